"""Plain text to blocks: one a paragraph, whatever the line breaks.

Three layouts are told apart. Mostly a line is a paragraph. Hard-wrapped text breaks its lines at some width, so the lines
of a paragraph are joined again. A whole page on one line is cut where its sentences end.
"""

from __future__ import annotations

import itertools
import re
from typing import TYPE_CHECKING

from corpusprep.document import Block, BlockKind, Document

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

__all__ = ["render_text"]

_BREAKS = "\n\x0b\x0c\x1c-\x1e\x85\u2028\u2029"
_LINE = re.compile(rf"\S(?:[^{_BREAKS}]*\S)?")
_BULLET = re.compile(r"[•‣◦⁃∙·●○■▪□▫►▸➤✓✔*+–—-]\s+\S")
_BULLETS = frozenset("•‣◦⁃∙·●○■▪□▫►▸➤✓✔*+–—-")

# A sentence ends at its stop, closing quotes and brackets included, before a space; scripts without spaces need none.
_SENTENCE_END = re.compile(
    r"(?:[.!?…؟।۔]+[\"'”’»)\]]*|[。！？]+[”’」』）]*)(?=\s)|[。！？]+[”’」』）]*|\s{3,}|\s[|›»•·]\s"
)
_ABBREVIATION = re.compile(
    r"(?:\b\w|\b(?:Mr|Mrs|Ms|Dr|St|Sen|Rep|Gov|Gen|Col|Lt|Jr|Sr|vs|No|Inc|Co|Corp|Prof|bzw|ca|Nr|Mme|Sr|Sra))\.$"
)

_STOPS = frozenset('.!?:;…。！？؟।"”»')
_WRAP_WIDTHS = (50, 100)
_BROKEN = 40
"""A line shorter than this was not broken off amid a paragraph."""
_ONE_LINE = 1200
_INDENT = 2
"""Least columns of a paragraph's indent."""
_INDENTED = -1
"""Instead of a width: lines go on until the next indent."""


def render_text(text: str, *, url: str = "", fetched: str = "") -> Document:
    """Cut a text into blocks; the text itself stays as it is.

    Blocks hold no white space at their ends, and only white space lies between them.
    """
    lines = [match.span() for match in _LINE.finditer(text)]
    return Document(text, tuple(_blocks(text, lines)), url=url, fetched=fetched)


def _blocks(text: str, lines: list[tuple[int, int]]) -> Iterator[Block]:
    width = _INDENTED if _opens_by_indent(text, lines) else _wrap_width(text, lines)
    lines = _join(text, lines, width)
    one_line = len(lines) <= 6 and sum(end - start for start, end in lines) > _ONE_LINE
    for start, end in lines:
        if one_line and end - start > _ONE_LINE:
            yield from _sentences(text, start, end)
        elif text[start] in _BULLETS and _BULLET.match(text, start, end):
            yield Block(start, end, BlockKind.ITEM)
        else:
            yield Block(start, end)


def _wrap_width(text: str, lines: Sequence[tuple[int, int]]) -> int:
    """The column at which the text is hard-wrapped, 0 when it is not.

    Wrapped lines crowd just below some width and break amid sentences; paragraphs of their own do neither.
    """
    lengths = sorted(end - start for start, end in lines)
    if not lengths:
        return 0
    longest = lengths[int(len(lengths) * 0.97)]
    if not _WRAP_WIDTHS[0] <= longest <= _WRAP_WIDTHS[1] or lengths[-1] > 2 * longest:
        return 0
    full = amid = 0
    for (start, end), (following, _) in itertools.pairwise(lines):
        if end - start > longest - 16 and text.count("\n", end, following) == 1:
            full += 1
            amid += text[end - 1] not in ".!?:…。！？؟।" and not text[following].isupper()
    return longest if full >= 4 and full >= len(lines) / 4 and amid >= full / 3 else 0


def _opens_by_indent(text: str, lines: Sequence[tuple[int, int]]) -> bool:
    """Whether paragraphs open with an indent and go on at the margin, as agencies set them.

    Then no line at the margin that follows on another opens a paragraph, however short the line before it. The lines at the margin
    must break sentences, and the indented ones must not.
    """
    if not lines or max(end - start for start, end in lines) > _WRAP_WIDTHS[1]:
        return False
    indents = [start - _line_start(text, start) for start, _ in lines]
    margin = min(indents)
    opened = amid = 0
    for before, after in itertools.pairwise(range(len(lines))):
        end, start = lines[before][1], lines[after][0]
        if text.count("\n", end, start) != 1:
            continue
        stopped = text[end - 1] in _STOPS
        if indents[after] >= margin + _INDENT:
            opened += stopped
            amid -= 2 * (not stopped and text[start].islower())
        elif not stopped:
            amid += text[start].islower() and indents[after] == margin
    return opened >= 1 and amid >= 1


def _join(text: str, lines: list[tuple[int, int]], width: int) -> list[tuple[int, int]]:
    """Join the lines that one paragraph was broken into."""
    joined: list[tuple[int, int]] = []
    last_start = 0  # of the last single line, not of the paragraph it went into
    for start, end in lines:
        if joined:
            before = joined[-1]
            if start - before[1] < 40 and _continues(text, (last_start, before[1]), start, width):
                joined[-1] = (before[0], end)
                last_start = start
                continue
        joined.append((start, end))
        last_start = start
    return joined


def _continues(text: str, line: tuple[int, int], following: int, width: int) -> bool:
    start, end = line
    if width:
        if text.count("\n", end, following) != 1 or text[following] in _BULLETS:
            return False
        margin, indent = start - _line_start(text, start), following - _line_start(text, following)
        if indent > (1 if width == _INDENTED else margin + 1):
            return False  # an indented line opens a paragraph
        if width == _INDENTED or (text[following].islower() and text[end - 1] not in _STOPS):
            return True
        word = following
        while word < len(text) and not text[word].isspace():
            word += 1
        # A line was full when the next word had no room on it.
        return margin + end - start + 1 + word - following > width - 4
    if end - start < _BROKEN or not text[following].islower() or text[end - 1] in '.!?:;…"”»':
        return False
    # The rest of a paragraph is long, or it ends as a sentence does; "e-mail" or "miércoles, 6 de marzo" is a line of its own.
    stop = text.find("\n", following)
    rest = text[following : stop if stop >= 0 else len(text)].rstrip()
    return text.count("\n", end, following) == 1 and (len(rest) >= _BROKEN or rest[-1] in _STOPS)


def _line_start(text: str, at: int) -> int:
    return text.rfind("\n", 0, at) + 1


def _sentences(text: str, start: int, end: int) -> Iterator[Block]:
    at = start
    for match in _SENTENCE_END.finditer(text, start, end):
        if _ABBREVIATION.search(text, max(at, match.end() - 8), match.end()):
            continue
        stop = match.end()
        while stop > at and text[stop - 1].isspace():
            stop -= 1
        if stop > at:
            yield Block(at, stop)
        at = match.end()
        while at < end and text[at].isspace():
            at += 1
    if at < end:
        yield Block(at, end)
