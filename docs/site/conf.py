"""Sphinx's settings for the site. Why Sphinx, MyST and this theme: docs/decisions/0011-site.md."""

from __future__ import annotations

from typing import Any

from pygments.lexers.special import TextLexer
from sphinx.application import Sphinx

import zoo_core

project = "The detector zoo"
version = release = zoo_core.__version__
copyright = "the authors of the detector zoo"  # noqa: A001 -- Sphinx's name for it
language = "en"

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
myst_heading_anchors = 6  # on GitHub every heading has an anchor
default_role = "py:obj"  # `name` in a docstring

autodoc_member_order = "bysource"
autodoc_typehints_format = "short"
autodoc_default_options = {"members": True}
python_use_unqualified_type_names = True
python_maximum_signature_line_length = 88
napoleon_numpy_docstring = False
napoleon_custom_sections = [("Attributes", "params_style")]  # a list; the signature says the types

highlight_language = "text"

html_theme = "pydata_sphinx_theme"
html_title = project
html_show_sourcelink = False
html_theme_options = {
    "navbar_end": ["theme-switcher"],
    "show_prev_next": True,
    "show_toc_level": 2,
    "navigation_depth": 3,
    "footer_start": ["copyright"],
    "footer_end": [],
}


def setup(app: Sphinx) -> None:
    """Blocks of ``output`` show what a program printed; diagrams are drawn where the page is read as Markdown."""
    app.add_lexer("output", TextLexer)
    app.add_lexer("mermaid", TextLexer)
    app.connect("autodoc-process-signature", _without_that_of_models)


def _without_that_of_models(*event: Any) -> tuple[str, None] | None:
    """Nothing in place of ``(**data: Any)``: the attributes of a settings model are what it takes."""
    signature = event[-2]
    return ("", None) if signature == "(**data: Any)" else None
