"""The pages of the site are made of the documents as they are; Sphinx itself runs with `make site`."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from docs.site.checking import problems
from docs.site.pages import LeavesTheSiteError, with_links, write_pages

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """The sources of all pages, as Sphinx gets them."""
    folder = tmp_path_factory.mktemp("site")
    write_pages(ROOT, folder)
    return folder


def test_every_page_is_below_one_of_the_sections(site):
    contents = re.findall(r"```\{toctree\}\n:hidden:\n\n(.*?)\n```", (site / "index.md").read_text(), re.DOTALL)
    sections = contents[0].split()
    below = {page for section in sections for page in entries(site / f"{section}.md")}
    pages = {str(page.relative_to(site).with_suffix("")) for page in site.rglob("*.md")} - {"index", *sections}
    nested = {f"decisions/{page}" for page in entries(site / "decisions" / "index.md")}
    assert pages <= below | nested
    assert {"python/index", "contributing", "changelog", "decisions/index", "install"} <= below
    assert sections[0] == "begin"
    assert entries(site / "begin.md")[0] == "install"


def entries(page):
    (contents,) = re.findall(r"```\{toctree\}\n:hidden:\n\n(.*?)\n```", page.read_text(encoding="utf-8"), re.DOTALL)
    return contents.split()


def test_links_out_of_the_documents_lead_to_where_things_are_on_the_site(site):
    text = (site / "from_gluoncv.md").read_text(encoding="utf-8")
    assert "](plugins/gluoncv_ssd.md)" in text
    assert "](../" not in text


def test_the_list_of_decisions_is_complete():
    folder = ROOT / "docs" / "decisions"
    listed = re.findall(r"^- \[(.+)\]\((.+)\)$", (folder / "README.md").read_text(encoding="utf-8"), re.MULTILINE)
    titles = {page.name: page.read_text(encoding="utf-8").partition("\n")[0] for page in folder.glob("0*.md")}
    assert {name: f"# {title}" for title, name in listed} == titles
    assert [name for _, name in listed] == sorted(titles)


def test_code_keeps_its_links():
    text = "[a](b.md)\n\n```text\n[a](b.md)\n```\n\n![c](d.png#e) [f](https://g.org) [h](#i)\n"
    assert with_links(text, lambda target: f"x/{target}") == (
        "[a](x/b.md)\n\n```text\n[a](b.md)\n```\n\n![c](x/d.png#e) [f](https://g.org) [h](#i)\n"
    )


def test_a_link_to_what_is_not_on_the_site_is_an_error(tmp_path):
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "index.md").write_text("[code](../zoo_core/boxes/boxes.py)")
    with pytest.raises(LeavesTheSiteError, match=r"index\.md: links to \.\./zoo_core/boxes/boxes\.py, which is not on"):
        write_pages(tmp_path, tmp_path / "site")


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        ('<a href="b.html#there">x</a><img src="c.png"><a href="https://a.org">y</a>', []),
        ('<a href="gone.html">x</a>', ["a.html: gone.html leads nowhere"]),
        ('<a href="b.html#gone">x</a>', ["a.html: b.html#gone names an anchor that is not there"]),
        ('<a href="#gone">x</a>', ["a.html: #gone names an anchor that is not there"]),
        ('<img src="gone.png">', ["a.html: gone.png leads nowhere"]),
        (
            '<script src="https://cdn.example.org/x.js"></script><link rel="stylesheet" href="//a.org/x.css">',
            [
                "a.html: loads https://cdn.example.org/x.js from elsewhere",
                "a.html: loads //a.org/x.css from elsewhere",
            ],
        ),
    ],
)
def test_what_is_wrong_with_a_built_page_is_found(tmp_path, html, expected):
    (tmp_path / "a.html").write_text(html)
    (tmp_path / "b.html").write_text('<h1 id="there">B</h1>')
    (tmp_path / "c.png").touch()
    assert problems(tmp_path) == expected
