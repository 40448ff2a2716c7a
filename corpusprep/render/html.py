"""HTML to a Document: one block for each paragraph, heading, list item, table row, quote or caption of the page.

Everything a reader of the page may read is text of the Document, in the order of the markup: what a style sheet or `hidden` hides
(it is marked with the name `hidden`), `<noscript>` and `<template>` too. Left out is what is no text of the page: scripts, style
sheets, drawings, embedded media and the head, whose metadata is read instead (see `metadata`).

A run of text between two block-level elements is one block, whatever inline elements it holds. Two `<br>` part paragraphs; a single
one does so where the lines are too long to be lines (see `_LONGEST_LINE`) or are set differently (a bold headline, a byline in small
print), else it is a line break inside the block. A row of
a data table is one block, its cells joined by tabs; the cells of a layout table are blocks like any other (see `tables`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from itertools import chain, pairwise
from typing import TYPE_CHECKING

from lxml import etree

from corpusprep.document import Block, BlockKind, Document, Markup
from corpusprep.render import tree
from corpusprep.render.metadata import read_metadata
from corpusprep.render.page import survey
from corpusprep.render.places import BLOCK_LEVEL, Facts, Place, facts_of
from corpusprep.render.tables import is_data_table

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from lxml.etree import _Element

    Style = tuple[tuple[str, str], ...] | None

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
_MOST_LINES = 200  # of one paragraph, beyond which nobody asks how they are set
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
    reader = _Reader()
    rendered, blocks = _lay_out(reader.read(root))
    metadata = read_metadata(survey(root, rendered, blocks, reader.times, url), fetched=fetched)
    return Document(rendered, blocks, markup=True, metadata=metadata, url=url, fetched=fetched, source=text)


@dataclass(slots=True)
class _Run:
    """Text between two block-level boundaries: its pieces and breaks, those of them in links, and the places they are in."""

    table: Place | None = None
    row: Place | None = None
    pieces: list[str] = field(default_factory=list)
    linked: list[str] = field(default_factory=list)
    places: list[Place] = field(default_factory=list)
    breaks: list[int] = field(default_factory=list)  # how many places there were at each break

    def mark(self, mark: str) -> None:
        self.pieces.append(mark)
        self.linked.append(mark)


class _Reader:
    """Reads a tree in document order and cuts its text at the block-level boundaries."""

    def __init__(self) -> None:
        self._at: Place | None = None
        self._run = _Run()
        self._runs: list[_Run] = []
        self.times: list[Place] = []
        self._links = self._articles = 0
        self._data_table: Place | None = None
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
                at = self._at = Place(element, tag, self._at)
                self._open(tag, at)
                if element.text:
                    self._add(element.text, at)
            else:
                if tag not in _LEFT_OUT and self._at is not None:
                    self._close(tag, self._at)
                    self._at = self._at.parent
                if element.tail and self._at is not None:
                    self._add(element.tail, self._at)
        self._flush()
        return self._runs

    def _open(self, tag: str, place: Place) -> None:
        if tag in _STYLED_APART:
            self._opened = self._closed
            self._links += tag == "a"
            if tag == "time":
                self.times.append(place)
        elif tag == "br":
            self._break()
        elif tag in BLOCK_LEVEL:
            self._boundary(tag)
            if tag == "article":
                self._articles += 1
                place.article = self._articles
            elif tag == "table" and is_data_table(place.element):
                self._data_table = place
            elif tag == "tr" and self._data_table is not None:
                self._flush()
                self._run.row, self._run.table = place, self._data_table

    def _close(self, tag: str, place: Place) -> None:
        if tag in _STYLED_APART:
            self._closed, self._opened = True, False
            self._links -= tag == "a"
        elif tag in BLOCK_LEVEL:
            if place is self._run.row:
                self._flush()
            else:
                self._boundary("")
            if place is self._data_table:
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
            self._run.breaks.append(len(self._run.places))
            self._after_break = True

    def _add(self, text: str, place: Place) -> None:
        run = self._run
        if not self._run.pieces and text.isspace():
            return
        linked = self._links > 0
        if self._opened and run.pieces and _is_gap(run.pieces[-1][-1], text[0], links=linked and self._was_linked):
            run.pieces.append(" ")
        self._closed = self._opened = False
        self._was_linked = linked
        run.pieces.append(text)
        if not text.isspace():
            self._after_break = False
            if not run.places or run.places[-1] is not place or (run.breaks and run.breaks[-1] == len(run.places)):
                run.places.append(place)
            if linked:
                run.linked.append(text)

    def _flush(self) -> None:
        if self._run.places:
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


def _lay_out(runs: Iterable[_Run]) -> tuple[str, tuple[Block, ...]]:
    texts: list[str] = []
    blocks: list[Block] = []
    position = 0
    group: tuple[BlockKind, Place | None] | None = None  # the list or table of the block before
    items: set[Place] = set()
    for run in chain.from_iterable(map(_by_style, runs)):
        place = _common(run)
        facts = facts_of(place)
        for text, density in _cut(run, facts):
            if not text:
                continue
            kind = _kind(run, facts, items)
            before, group = group, (kind, run.table if kind is BlockKind.ROW else facts.list)
            if blocks:
                texts.append("\n" if group == before and kind in _CLOSE_SET else "\n\n")
                position += len(texts[-1])
            texts.append(text)
            blocks.append(Block(position, position + len(text), kind, _markup(place, facts, density)))
            position += len(text)
    return "".join(texts), tuple(blocks)


def _by_style(run: _Run) -> list[_Run]:
    """A run cut at those of its breaks where lines that are set differently meet."""
    if not run.breaks or len(run.breaks) > _MOST_LINES or run.row is not None:
        return [run]
    bounds = [0, *run.breaks, len(run.places)]
    styles = [_style(run.places[start:end]) for start, end in pairwise(bounds)]
    if all(style in (None, styles[0]) for style in styles) or facts_of(run.places[0]).kind is BlockKind.PREFORMATTED:
        return [run]
    parts: list[_Run] = []
    before: Style = None
    lines = zip(_lines(run.pieces), _lines(run.linked), styles, pairwise(bounds), strict=True)
    for pieces, linked, style, (start, end) in lines:
        if style is None or not parts:  # an empty line goes with the one before it
            part = parts[-1] if parts else _Run()
            parts = parts or [part]
        elif style != before and before is not None:
            part = _Run()
            parts.append(part)
        else:
            part = parts[-1]
        if part.pieces:
            part.mark(_BREAK)
        part.pieces += pieces
        part.linked += linked
        part.places += run.places[start:end]
        before = before if style is None else style
    return [part for part in parts if part.places]


def _lines(pieces: Sequence[str]) -> list[list[str]]:
    lines: list[list[str]] = [[]]
    for piece in pieces:
        if piece == _BREAK:
            lines.append([])
        else:
            lines[-1].append(piece)
    return lines


def _style(places: Sequence[Place]) -> Style:
    """The inline elements, by tag and class or size, that hold all of a line, innermost first; None for a line without text."""
    if not places:
        return None
    block = facts_of(places[0]).block
    chains: list[list[Place]] = []
    for place in places[:_MOST_INLINE]:
        steps = [place]
        while steps[-1] is not block and steps[-1].parent is not None and len(steps) < _MOST_INLINE:
            steps.append(steps[-1].parent)
        chains.append(steps)
    shared = [place for place in chains[0] if place is not block and all(place in other for other in chains[1:])]
    return tuple((each.tag, each.element.get("class") or each.element.get("size") or "") for each in shared)


def _markup(place: Place, facts: Facts, density: float) -> Markup:
    tag = facts.block.tag if facts.block else place.tag
    return Markup(facts.path[1:], tag, facts.names.rstrip(), density, facts.heading, place.article)


def _common(run: _Run) -> Place:
    """The innermost element that holds all of a run."""
    if run.row is not None:
        return run.row
    first = run.places[0]
    block = facts_of(first).block
    if len(run.places) == 1 or block is None:
        return first
    chain = [first]
    while chain[-1] is not block and chain[-1].parent is not None:
        chain.append(chain[-1].parent)
        if len(chain) > _MOST_INLINE:
            return block
    heights = {place: height for height, place in enumerate(chain)}
    top = 0
    for place in run.places[1:_MOST_INLINE]:
        at: Place | None = place
        while at is not None and at not in heights:
            at = at.parent
        top = max(top, heights.get(at, 0) if at is not None else 0)
    return chain[top] if len(run.places) <= _MOST_INLINE else block


def _kind(run: _Run, facts: Facts, items: set[Place]) -> BlockKind:
    """How a run is set; of the blocks of a list item only the first bears the item's mark."""
    if run.row is not None:
        return BlockKind.ROW
    if facts.kind is BlockKind.ITEM and facts.item is not None:
        if facts.item in items:
            return BlockKind.PARAGRAPH
        items.add(facts.item)
    return facts.kind


def _cut(run: _Run, facts: Facts) -> Iterator[tuple[str, float]]:
    """The texts of a run's blocks, each with its share of characters in links."""
    text, linked = "".join(run.pieces), "".join(run.linked)
    if run.row is not None:
        cells = (" ".join(cell.split()) for cell in text.split(_CELL))
        yield "\t".join(cells).strip(), _density(linked, text)
    elif facts.kind is BlockKind.PREFORMATTED:
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
