"""Which tables hold data and which only lay out a page.

The signs are those of Mozilla's Readability (`_markDataTables`), made stricter: a cell that holds what only a page layout puts
into a cell (headings, lists, forms, paragraphs in the plural, long prose) settles it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lxml.etree import _Element

__all__ = ["is_data_table"]

_LAYOUT_ONLY = (
    "table",
    "h1",
    "h2",
    "h3",
    "h4",
    "ul",
    "ol",
    "form",
    "article",
    "section",
    "aside",
    "nav",
    "iframe",
    "blockquote",
)
_LONGEST_CELL = 400  # code points
_MOST_ROWS = 2_000  # enough to judge by


def is_data_table(table: _Element) -> bool:
    """Whether the rows of a `<table>` are to be read as rows."""
    if table.get("role") in {"presentation", "none"} or table.get("datatable") == "0":
        return False
    if next((inner for inner in table.iter(*_LAYOUT_ONLY) if inner is not table), None) is not None:
        return False
    widths = []
    for row, _ in zip(table.iter("tr"), range(_MOST_ROWS), strict=False):
        cells = [cell for cell in row if cell.tag in {"td", "th"}]
        if any(_lays_out(cell) for cell in cells):
            return False
        widths.append(len(cells))
    return len(widths) >= 2 and sum(width >= 2 for width in widths) * 2 > len(widths)


def _lays_out(cell: _Element) -> bool:
    if sum(1 for _ in zip(cell.iter("p", "div"), range(4), strict=False)) == 4:
        return True
    return (
        sum(map(len, cell.itertext())) > _LONGEST_CELL
        and len(" ".join("".join(cell.itertext()).split())) > _LONGEST_CELL
    )
