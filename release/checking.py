"""What is wrong with a wheel or an sdist, looked at as those see it who get it: from its files alone."""

from __future__ import annotations

import re
import tarfile
from collections.abc import Iterator
from email.message import Message
from email.parser import Parser
from pathlib import Path, PurePosixPath
from zipfile import ZipFile

__all__ = ["relative_links", "sdist_problems", "wheel_problems"]

_FIELDS = ("Summary", "License-Expression", "License-File", "Requires-Python", "Keywords", "Classifier")
_STRAY = re.compile(r"(^|/)(tests?|__pycache__|\.[^/]*|conftest\.py)(/|$)|\.(pyc|orig|rej|log)$")
_LINK = re.compile(r"\]\((?!https?://|#|mailto:)([^)\s]+)\)")
_TEMPLATES = "cli/scaffold/templates/"
"""A plugin that is written for its author has tests and hidden files of its own."""


def wheel_problems(wheel: Path) -> list[str]:
    """A line for each: metadata, licence, types, and files that do not belong into it."""
    with ZipFile(wheel) as archive:
        names = archive.namelist()
        information = next(name.partition("/")[0] for name in names if name.endswith(".dist-info/METADATA"))
        metadata = Parser().parsestr(archive.read(f"{information}/METADATA").decode())
    package = information.partition("-")[0]
    found = [*_metadata_problems(metadata)]
    if f"{information}/licenses/LICENSE" not in names:
        found.append("has no LICENSE")
    if f"{package}/py.typed" not in names:
        found.append(f"has no {package}/py.typed")
    found += [f"{name}: does not belong to the package" for name in names if _is_stray(name, package, information)]
    return [f"{wheel.name}: {problem}" for problem in found]


def sdist_problems(sdist: Path) -> list[str]:
    """A line for each: what an sdist needs to be built, and files that do not belong into it."""
    with tarfile.open(sdist) as archive:
        names = {str(PurePosixPath(*PurePosixPath(name).parts[1:])) for name in archive.getnames()}
    missing = [f"has no {name}" for name in ("LICENSE", "README.md", "pyproject.toml", "PKG-INFO") if name not in names]
    stray = [
        f"{name}: does not belong to it"
        for name in sorted(names)
        if _STRAY.search(name) and _TEMPLATES not in name and not name.startswith(("tests/", ".gitignore"))
    ]
    return [f"{sdist.name}: {problem}" for problem in [*missing, *stray]]


def relative_links(description: str) -> list[str]:
    """Links that lead nowhere once a description stands on the page of an index."""
    return _LINK.findall(description)


def _metadata_problems(metadata: Message) -> Iterator[str]:
    yield from (f"its metadata have no {field}" for field in _FIELDS if not metadata.get(field))
    description = metadata.get_payload()
    if not isinstance(description, str) or len(description.split()) < 50:
        yield "its description says next to nothing"
    else:
        yield from (f"its description links to {target}, which no index has" for target in relative_links(description))
    for field in ("Home-page", "Project-URL"):
        for address in metadata.get_all(field, []):
            if not re.search(r"(^|, )https://[\w.-]+/", f"{address}/"):
                yield f"{field} {address} is no address"


def _is_stray(name: str, package: str, information: str) -> bool:
    if name.startswith(f"{information}/"):
        return False
    return not name.startswith(f"{package}/") or (bool(_STRAY.search(name)) and _TEMPLATES not in name)
