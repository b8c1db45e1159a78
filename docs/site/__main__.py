"""Build the site and check it.

Exit code 1 where Sphinx warns, a link leads nowhere, or a page would fetch something from elsewhere.
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from sphinx.cmd.build import main as sphinx

from docs.site.checking import problems
from docs.site.news import add_unreleased
from docs.site.pages import write_pages
from docs.site.reference import write_reference

ROOT = Path(__file__).parents[2]
BUILD = ROOT / "build" / "site"


def main() -> int:
    """Write the sources of all pages, let Sphinx build them, and check the result."""
    source, html = BUILD / "source", BUILD / "html"
    shutil.rmtree(BUILD, ignore_errors=True)
    write_pages(ROOT, source)
    add_unreleased(source / "changelog.md", ROOT)
    write_reference(source / "python")
    options = ["--quiet", "--fail-on-warning", "--jobs", "auto", "-c", str(Path(__file__).parent)]
    if code := sphinx([*options, str(source), str(html)]):
        return code
    found = problems(html)
    for problem in found:
        print(problem, file=sys.stderr)
    if not found:
        print(f"{html / 'index.html'}: written and checked")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
