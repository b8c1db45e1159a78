"""The command that installs a package which a message asks for.

No package index has the zoo's own packages yet, so they come from where the core did: the folder of its
repository, or a folder of wheels.
"""

from __future__ import annotations

import json
import shlex
from importlib import metadata
from pathlib import Path

from zoo_core.common.versions import CORE
from zoo_core.registry.known_plugins import OWN_PACKAGES

__all__ = ["folder_in_repository", "pip_install", "way_to_parts"]


def pip_install(*requirements: str) -> str:
    """The command that installs packages; those of other people are left to pip.

    Args:
        requirements: each a name or ``name==version``. A repository has its packages in one version only, so one
            of the zoo's own at a certain version is asked of a folder of wheels.
    """
    source = _source_of_core()
    repository = source if source and (source / "plugins").is_dir() else None
    wheels = shlex.quote(str(source)) if source and not repository else "FOLDER_OF_WHEELS"
    words = []
    for requirement in requirements:
        name, _, version = requirement.partition("==")
        if name not in OWN_PACKAGES:
            words.append(shlex.quote(requirement))
        elif repository and not version:
            words.append(shlex.quote(str(repository / folder_in_repository(name))))
        else:  # a file: nobody knows who will have the name on an index
            words.append(f"{wheels}/{name.replace('-', '_')}-{f'{version}-' if version else ''}*.whl")
    return " ".join(["pip", "install", *words])


def way_to_parts() -> str:
    """The command that installs detectors and the parts of networks, where there are none."""
    return pip_install(*(package for package in OWN_PACKAGES if package != CORE))


def folder_in_repository(package: str) -> str:
    """Where a package of the zoo lies in its repository: ``zoo-gluoncv-ssd`` in ``plugins/gluoncv_ssd``."""
    return "." if package == CORE else f"plugins/{package.removeprefix('zoo-').replace('-', '_')}"


def _source_of_core() -> Path | None:
    """The folder that the core was installed from, or in which its wheel was; None where pip did not note one."""
    from urllib.parse import unquote, urlsplit

    try:
        url = urlsplit(json.loads(metadata.distribution(CORE).read_text("direct_url.json") or "{}").get("url", ""))
    except (metadata.PackageNotFoundError, ValueError, AttributeError):
        return None
    path = Path(unquote(url.path))
    folder = path.parent if path.suffix == ".whl" else path
    return folder if url.scheme == "file" and folder.is_dir() else None
