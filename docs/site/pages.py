"""The pages of the site, from the Markdown files of the repository.

The sections below "Pages" in docs/index.md are the navigation: each becomes a page that lists its own in the order
in which they stand there. So the site has the order that is read in the repository.
"""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path, PurePosixPath

_FENCE = re.compile(r"^( *)```.*?^\1```$", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"\]\((?![a-z]+:|#)([^)\s#]+)(#[\w-]+)?\)")
_SECTION = re.compile(r"^### ([^\n]+)\n(.*?)(?=^##|\Z)", re.MULTILINE | re.DOTALL)
_FIRST_CELL = re.compile(r"^\| \[[^]]+\]\(([^)]+)\)", re.MULTILINE)
_PICTURES = (".png", ".jpg", ".svg", ".gif")


class LeavesTheSiteError(Exception):
    """A page links to a file that is not on the site."""


def write_pages(root: Path, site: Path) -> None:
    """Copy every page and picture of a repository, with links that lead to where things are on the site.

    Args:
        root: the repository.
        site: a new folder, which Sphinx reads.

    Raises:
        LeavesTheSiteError: a page links to what is not on the site.
    """
    places = _places(root)
    for file, place in places.items():
        target = site / place
        target.parent.mkdir(parents=True, exist_ok=True)
        if file.suffix in _PICTURES:
            shutil.copyfile(file, target)
        elif file.suffix == ".md" and file != root / "README.md":
            text = with_links(file.read_text(encoding="utf-8"), _leading_from(file, place, places))
            target.write_text(text + _contents(_below(place, places.values())), encoding="utf-8")
    _write_sections(site)


def _places(root: Path) -> dict[Path, PurePosixPath]:
    """Where on the site each file is; a folder's README is its index."""
    docs = root / "docs"
    files = [file for ending in (".md", *_PICTURES) for file in sorted(docs.rglob(f"*{ending}"))]
    inside = {file: PurePosixPath(file.relative_to(docs)) for file in files}
    plugins = {file: PurePosixPath("plugins", f"{file.parent.name}.md") for file in root.glob("plugins/*/README.md")}
    return {
        **{file: place.with_name("index.md") if place.name == "README.md" else place for file, place in inside.items()},
        **plugins,
        root / "README.md": PurePosixPath("index.md"),
        root / "CHANGELOG.md": PurePosixPath("changelog.md"),
        root / "CONTRIBUTING.md": PurePosixPath("contributing.md"),
        root / "zoo_core" / "__init__.py": PurePosixPath("python/index.rst"),
        root / "zoo_core" / "plugin_api.py": PurePosixPath("python/plugin_api.rst"),
        root / "zoo_core" / "testing" / "__init__.py": PurePosixPath("python/testing.rst"),
    }


def _leading_from(file: Path, place: PurePosixPath, places: Mapping[Path, PurePosixPath]) -> Callable[[str], str]:
    def where(target: str) -> str:
        linked = Path(os.path.normpath(file.parent / target))
        if linked not in places:
            raise LeavesTheSiteError(f"{file}: links to {target}, which is not on the site")
        return os.path.relpath(places[linked], place.parent)

    return where


def with_links(text: str, where: Callable[[str], str]) -> str:
    """A page with other targets of its relative links and pictures; what stands in a block of code is left alone."""
    begin, parts = 0, []
    for fence in [*_FENCE.finditer(text), None]:
        prose = text[begin : fence.start() if fence else None]
        parts.append(_LINK.sub(lambda found: f"]({where(found[1])}{found[2] or ''})", prose))
        if fence:
            parts.append(fence[0])
            begin = fence.end()
    return "".join(parts)


def _below(place: PurePosixPath, places: Iterable[PurePosixPath]) -> list[str]:
    """The pages beside the index of a folder."""
    if place.name != "index.md" or not place.parent.name:
        return []
    beside = (each for each in places if each.parent == place.parent and each.suffix == ".md" and each != place)
    return sorted(each.stem for each in beside)


def _write_sections(site: Path) -> None:
    """A page for each section of the index, and the navigation that they make."""
    index = site / "index.md"
    text = index.read_text(encoding="utf-8")
    names = []
    for title, pages in _SECTION.findall(text):
        name = re.sub(r"\W+", "-", title.lower())
        page = f"# {title}\n\n{pages.strip()}\n{_contents(_FIRST_CELL.findall(pages))}"
        (site / f"{name}.md").write_text(page, encoding="utf-8")
        names.append(name)
    index.write_text(text + _contents(names), encoding="utf-8")


def _contents(pages: Iterable[str]) -> str:
    """What tells Sphinx that pages are below this one; nothing where there are none."""
    listed = "\n".join(str(PurePosixPath(page).with_suffix("")) for page in pages)
    return f"\n```{{toctree}}\n:hidden:\n\n{listed}\n```\n" if listed else ""
