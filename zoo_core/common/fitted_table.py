"""Tables that fit a terminal of any width and cut nothing: text is wrapped, and columns go below each other."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rich import box
from rich.cells import cell_len
from rich.console import Console, ConsoleOptions, RenderResult
from rich.table import Table
from rich.text import Text

__all__ = ["FittedTable"]

_READABLE = 20
"""Cells to which text is wrapped before columns go below each other."""
_RULED_GAP, _GAP = 1, 2
"""Cells between two columns, with a rule below their names and without."""


@dataclass(frozen=True)
class FittedTable:
    """A table as `rich` prints it, in the width that there is.

    Where it is too wide, text is wrapped between words; where that is not enough, the columns are printed in several
    tables, one below the other, each with the first column. No number and no word is cut; only one that is wider than
    half of the terminal, or three quarters in the first column, goes on in the next line.

    Attributes:
        rows: the cells.
        columns: their names, or nothing; a line break in one is kept.
        title: stands above.
        ruled: whether there is a rule below the names of the columns.
        total: whether the last row is the sum of the others.
    """

    rows: Sequence[Sequence[str]]
    columns: Sequence[str] = ()
    title: str = ""
    ruled: bool = False
    total: bool = False

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        if self.title:
            yield Text(self.title, style="italic")
        for number, widths in enumerate(self._parted(options.max_width)):
            if number:
                yield ""
            yield self._table(widths)

    def _parted(self, width: int) -> Iterator[dict[int, int]]:
        """The columns of each table by their index, with their widths."""
        gap = _RULED_GAP if self.ruled else _GAP
        headings = self.columns or [""] * len(self.rows[0])
        columns = list(zip(headings, zip(*self.rows, strict=True), strict=True))
        wide = [max(map(_longest_line, (heading, *cells))) for heading, cells in columns]
        others = [_least_width(heading, cells, (width - gap) // 2) for heading, cells in columns[1:]]
        narrow = [_least_width(*columns[0], min(width * 3 // 4, width - gap - max(others, default=0))), *others]
        part = [0]
        for place in range(1, len(wide)):
            if len(part) > 1 and sum(narrow[each] + gap for each in (*part, place)) - gap > width:
                yield _filled(part, narrow, wide, width, gap)
                part = [0]
            part.append(place)
        yield _filled(part, narrow, wide, width, gap)

    def _table(self, widths: dict[int, int]) -> Table:
        gap = {"padding": 0, "box": box.SIMPLE_HEAD} if self.ruled else {"padding": (0, _GAP, 0, 0), "box": None}
        table = Table(show_edge=False, pad_edge=False, show_header=bool(self.columns), header_style="bold", **gap)
        for place, width in widths.items():
            right = place > 0 and all(map(_is_number, (row[place] for row in self.rows)))
            table.add_column(
                self.columns[place] if self.columns else "",
                justify="right" if right else "left",
                style="" if place else "cyan",
                width=width,
                overflow="fold",
            )
        for number, row in enumerate(self.rows, 1):
            last = self.total and number == len(self.rows)
            if last:
                table.add_section()
            table.add_row(*(Text(row[place]) for place in widths), style="bold" if last else None)
        return table


def _longest_line(text: str) -> int:
    return max(map(cell_len, text.split("\n")))


def _least_width(heading: str, cells: Sequence[str], most: int) -> int:
    """The width to which a column can shrink: that of its longest word, and no less than text needs to be read."""
    text = max(map(_longest_line, (heading, *cells)))
    word = max((cell_len(word) for cell in (heading, *cells) for word in cell.split()), default=0)
    return min(text, max(min(word, most), _READABLE if any(" " in cell for cell in cells) else 1))


def _filled(part: Sequence[int], narrow: Sequence[int], wide: Sequence[int], width: int, gap: int) -> dict[int, int]:
    """The widths of the columns of a table: what is left of the screen goes to those that would be wrapped."""
    widths = {place: narrow[place] for place in part}
    spare = width - sum(widths.values()) - gap * (len(part) - 1)
    for place in sorted(part, key=lambda each: wide[each] - narrow[each]):
        more = max(0, min(wide[place] - widths[place], spare))
        widths[place] += more
        spare -= more
    return widths


def _is_number(cell: str) -> bool:
    try:
        float(cell.removesuffix("%"))
    except ValueError:
        return cell in ("", "-")
    return True
