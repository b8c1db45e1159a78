"""HTML for the cells of notebooks, which keeps the colours of the notebook, light or dark."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable, Sequence
from html import escape

__all__ = ["details", "heading", "picture", "table"]


def heading(text: str) -> str:
    """A line that stands out."""
    return f"<p><b>{escape(text)}</b></p>"


def table(rows: Iterable[Sequence[object]], columns: Sequence[str] = ()) -> str:
    """Rows of values as text; numbers stand to the right.

    Args:
        rows: of the table.
        columns: their names, if they have some.
    """
    head = "".join(f'<th scope="col">{escape(each)}</th>' for each in columns)
    body = "".join(f"<tr>{''.join(map(_cell, row))}</tr>" for row in rows)
    return f"<table>{f'<thead><tr>{head}</tr></thead>' if head else ''}<tbody>{body}</tbody></table>"


def _cell(value: object) -> str:
    side = "right" if re.fullmatch(r"-?\d+(\.\d+)?", text := str(value)) else "left"
    return f'<td style="text-align: {side}; padding: 0 0.6em">{escape(text)}</td>'


def picture(png: bytes, text: str) -> str:
    """A picture, at most as wide as the cell.

    Args:
        png: its file.
        text: what it shows, for whoever does not see it.
    """
    source = f"data:image/png;base64,{base64.b64encode(png).decode()}"
    return f'<img src="{source}" alt="{escape(text)}" style="max-width: 100%">'


def details(title: str, text: str) -> str:
    """Text of many lines that is shown when somebody asks for it."""
    return f"<details><summary>{escape(title)}</summary><pre>{escape(text)}</pre></details>"
