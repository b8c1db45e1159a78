"""Whether a built site holds together: every link and picture leads somewhere, and nothing comes from elsewhere."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import lru_cache
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit


class _Page(HTMLParser):
    """The anchors of a page, where it links to, and what a browser loads for it."""

    def __init__(self) -> None:
        super().__init__()
        self.anchors: set[str] = set()
        self.links: list[str] = []
        self.loaded: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value for name, value in attrs if value}
        self.anchors.update(values[name] for name in ("id", "name") if name in values)
        loads = tag in ("img", "script", "iframe", "source") or (
            tag == "link" and {"stylesheet", "icon", "preload", "shortcut"} & set(values.get("rel", "").split())
        )
        for name in ("href", "src"):
            if name in values:
                (self.loaded if loads else self.links).append(values[name])


def problems(site: Path) -> list[str]:
    """What is wrong with the pages of a site, a line each."""
    read = lru_cache(None)(_read)
    pages = [page for page in sorted(site.rglob("*.html")) if "_static" not in page.parts]
    return [f"{page.relative_to(site)}: {problem}" for page in pages for problem in _of(page, read)]


def _of(page: Path, read: Callable[[Path], _Page]) -> Iterator[str]:
    content = read(page)
    for address in content.loaded:
        if urlsplit(address).netloc:
            yield f"loads {address} from elsewhere"
    for address in [*content.loaded, *content.links]:
        parts = urlsplit(address)
        if parts.scheme or parts.netloc:
            continue
        target = page.parent / unquote(parts.path) if parts.path else page
        target = target / "index.html" if target.is_dir() else target
        if not target.exists():
            yield f"{address} leads nowhere"
        elif target.suffix == ".html" and unquote(parts.fragment) not in {"", *read(target.resolve()).anchors}:
            yield f"{address} names an anchor that is not there"


def _read(page: Path) -> _Page:
    content = _Page()
    content.feed(page.read_text(encoding="utf-8"))
    return content
