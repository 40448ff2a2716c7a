"""HTML to a Document: one block for each paragraph, heading, list item, table row, quote or caption of the page.

Everything a reader of the page may read is text of the Document, in the order of the markup: what a style sheet or `hidden` hides
(it is marked with the name `hidden`), `<noscript>` and `<template>` too. Left out is what is no text of the page: scripts, style
sheets, drawings, embedded media and the head, whose metadata is read instead (see `metadata`).

A run of text between two block-level elements is one block, whatever inline elements it holds. Two `<br>` part paragraphs; a single
one does so where the lines are too long to be lines (see `_LONGEST_LINE`), else it is a line break inside the block. A row of
a data table is one block, its cells joined by tabs; the cells of a layout table are blocks like any other (see `tables`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from lxml import etree

from corpusprep.document import Block, BlockKind, Document, Markup
from corpusprep.render import tree
from corpusprep.render.places import BLOCK_LEVEL, Place, Places
from corpusprep.render.tables import is_data_table

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lxml.etree import _Element

__all__ = ["render_html"]

# fmt: off
_LEFT_OUT = frozenset((
    "applet", "audio", "base", "canvas", "datalist", "embed", "head", "iframe", "link", "map", "meta", "noembed",
    "object", "rp", "script", "style", "svg", "title", "video",
))
# fmt: on
# Longer than any line of verse, of an address or of hard-wrapped text: it is a paragraph. In code points.
_LONGEST_LINE = 140
_STYLED_APART = frozenset(("a", "b", "em", "i", "label", "span", "strong", "time"))
_MOST_INLINE = 32  # inline elements of one paragraph, nested or side by side, that are looked at
_CLOSE_SET = frozenset((BlockKind.ITEM, BlockKind.ROW))
_BLANK_LINES = re.compile(r"\n[^\S\n]*(?:\n[^\S\n]*)+")
_BREAK, _CELL = "\x00", "\x01"  # `tree.parse` leaves neither in a text


def render_html(text: str, *, url: str = "", fetched: str = "") -> Document:
    """Render a page.

    url: where it was fetched, "" where that is not known; fetched: ISO 8601 date, "" where it is not known.
    Each block's text is whitespace-normalised; blocks are separated by a blank line, items of a list and rows of a table by a
    line break. Raises RecordError with the reason `too-large` for a page beyond the bounds of `tree`.
    """
    root = tree.parse(text)
    if root is None:
        return Document("", (), markup=True, url=url, fetched=fetched)
    rendered, blocks = _lay_out(root)
    return Document(rendered, blocks, markup=True, url=url, fetched=fetched)


@dataclass(slots=True)
class _Run:
    """Text between two block-level boundaries: its pieces and breaks, those of them in links, and the elements they are in."""

    table: _Element | None = None
    row: _Element | None = None
    pieces: list[str] = field(default_factory=list)
    linked: list[str] = field(default_factory=list)
    elements: list[_Element] = field(default_factory=list)

    def mark(self, mark: str) -> None:
        self.pieces.append(mark)
        self.linked.append(mark)


class _Reader:
    """Reads a tree in document order and cuts its text at the block-level boundaries."""

    def __init__(self, places: Places) -> None:
        self._places = places
        self._run = _Run()
        self._runs: list[_Run] = []
        self._links = 0
        self._data_table: _Element | None = None
        self._after_break = False
        self._closed = self._opened = False  # since the last text an inline element ended, and after it one began
        self._was_linked = False

    def read(self, root: _Element) -> list[_Run]:
        walk = etree.iterwalk(root, events=("start", "end"))
        for event, element in walk:
            tag = element.tag
            if event == "start":
                if tag in _LEFT_OUT:
                    walk.skip_subtree()
                    continue
                self._open(tag, element)
                if element.text:
                    self._add(element.text, element)
            else:
                if tag not in _LEFT_OUT:
                    self._close(tag, element)
                if element.tail:
                    parent = element.getparent()
                    self._add(element.tail, root if parent is None else parent)
        self._flush()
        return self._runs

    def _open(self, tag: str, element: _Element) -> None:
        if tag in _STYLED_APART:
            self._opened = self._closed
            self._links += tag == "a"
        elif tag == "br":
            self._break()
        elif tag in BLOCK_LEVEL:
            self._boundary(tag)
            if tag == "article":
                self._places.enter_article(element)
            elif tag == "table" and is_data_table(element):
                self._data_table = element
            elif tag == "tr" and self._data_table is not None:
                self._flush()
                self._run.row, self._run.table = element, self._data_table

    def _close(self, tag: str, element: _Element) -> None:
        if tag in _STYLED_APART:
            self._closed, self._opened = True, False
            self._links -= tag == "a"
        elif tag in BLOCK_LEVEL:
            if element is self._run.row:
                self._flush()
            else:
                self._boundary("")
            if element is self._data_table:
                self._data_table = None

    def _boundary(self, tag: str) -> None:
        if self._run.row is None:
            self._flush()
        elif tag in {"td", "th"}:
            self._run.mark(_CELL)
        else:
            self._run.pieces.append(" ")

    def _break(self) -> None:
        if self._run.row is not None:
            self._run.pieces.append(" ")
        elif self._after_break:
            self._flush()
        else:
            self._run.mark(_BREAK)
            self._after_break = True

    def _add(self, text: str, element: _Element) -> None:
        run = self._run
        linked = self._links > 0
        if self._opened and run.pieces and _is_gap(run.pieces[-1][-1], text[0], links=linked and self._was_linked):
            run.pieces.append(" ")
        self._closed = self._opened = False
        self._was_linked = linked
        run.pieces.append(text)
        if not text.isspace():
            self._after_break = False
            if not run.elements or run.elements[-1] is not element:
                run.elements.append(element)
            if linked:
                run.linked.append(text)

    def _flush(self) -> None:
        if self._run.elements:
            self._runs.append(self._run)
            self._run = _Run()
        elif self._run.pieces or self._run.row is not None:
            self._run = _Run()
        self._after_break = self._closed = self._opened = False


def _is_gap(before: str, after: str, *, links: bool) -> bool:
    """Whether a page shows a gap between two inline elements with nothing between them, by the characters that would meet.

    Menus and bylines are set apart by style. A word may be made of several elements too, so those that are not both links are
    parted only where a capital follows a small letter or a digit, or a digit follows a small letter.
    """
    if before.isspace() or after.isspace():
        return False
    if links:
        return True
    return (before.islower() and (after.isupper() or after.isdigit())) or (before.isdigit() and after.isupper())


def _lay_out(root: _Element) -> tuple[str, tuple[Block, ...]]:
    places = Places()
    texts: list[str] = []
    blocks: list[Block] = []
    position = 0
    group: tuple[BlockKind, _Element | None] | None = None  # the list or table of the block before
    items: set[_Element] = set()
    for run in _Reader(places).read(root):
        place = places.of(_common(run, places))
        for text, density in _cut(run, place):
            if not text:
                continue
            kind = _kind(run, place, items)
            before, group = group, (kind, run.table if kind is BlockKind.ROW else place.list)
            if blocks:
                texts.append("\n" if group == before and kind in _CLOSE_SET else "\n\n")
                position += len(texts[-1])
            texts.append(text)
            tag = "" if place.block is None else place.block.tag
            markup = Markup(place.path[1:], tag, place.names.rstrip(), density, place.heading, place.article)
            blocks.append(Block(position, position + len(text), kind, markup))
            position += len(text)
    return "".join(texts), tuple(blocks)


def _common(run: _Run, places: Places) -> _Element:
    """The innermost element that holds all of a run."""
    first = run.elements[0] if run.row is None else run.row
    block = places.of(first).block
    if run.row is not None or len(run.elements) == 1 or block is None:
        return first
    chain = [first]
    while chain[-1] is not block:
        chain.append(chain[-1].getparent())
        if len(chain) > _MOST_INLINE:
            return block
    heights = {element: height for height, element in enumerate(chain)}
    top = 0
    for element in run.elements[1:_MOST_INLINE]:
        while element not in heights:
            element = element.getparent()  # noqa: PLW2901
        top = max(top, heights[element])
    return chain[top] if len(run.elements) <= _MOST_INLINE else block


def _kind(run: _Run, place: Place, items: set[_Element]) -> BlockKind:
    """How a run is set; of the blocks of a list item only the first bears the item's mark."""
    if run.row is not None:
        return BlockKind.ROW
    if place.kind is BlockKind.ITEM and place.item is not None:
        if place.item in items:
            return BlockKind.PARAGRAPH
        items.add(place.item)
    return place.kind


def _cut(run: _Run, place: Place) -> Iterator[tuple[str, float]]:
    """The texts of a run's blocks, each with its share of characters in links."""
    text, linked = "".join(run.pieces), "".join(run.linked)
    if run.row is not None:
        cells = (" ".join(cell.split()) for cell in text.split(_CELL))
        yield "\t".join(cells).strip(), _density(linked, text)
    elif place.kind is BlockKind.PREFORMATTED:
        for part in _BLANK_LINES.split(text.replace(_BREAK, "\n")):
            yield "\n".join(line.rstrip() for line in part.splitlines()).strip(), _density(linked, text)
    else:
        lines = [" ".join(line.split()) for line in text.split(_BREAK)]
        if max(map(len, lines)) > _LONGEST_LINE:
            for line, link in zip(lines, linked.split(_BREAK), strict=True):
                yield line, _density(link, line)
        else:
            yield "\n".join(filter(None, lines)), _density(linked, text)


def _density(linked: str, text: str) -> float:
    if not linked:
        return 0.0
    return round(_n_visible(linked) / (_n_visible(text) or 1), 4)


def _n_visible(text: str) -> int:
    return sum(map(len, text.split())) - text.count(_BREAK) - text.count(_CELL)
