"""Other stories that follow the article on its page, found by the page's header come again.

A second story is rare, and a cut in the wrong place costs more than a miss. So structure proposes: below some paragraphs a
headline-like line that is said twice, with a date or a byline beside it, or that has both below it as the first headline has.
Wording confirms: the line speaks of the paragraphs below it rather than of those above. Many such places make a round-up or a live
blog, which is one story.
"""

from __future__ import annotations

from bisect import bisect_left
from typing import TYPE_CHECKING

import numpy as np

from corpusprep.cleaners.bylines import is_byline
from corpusprep.cleaners.dates import is_date_line, may_be_date
from corpusprep.cleaners.evidence import CHAR
from corpusprep.document import Claim, Label

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from corpusprep.cleaners.context import Context

__all__ = ["appended"]

_HEADER = 6
"""Blocks that a header may have below its headline."""
_PARAGRAPHS, _WORDS = 3, 45.0
"""Least prose on either side of a cut."""
_CUE, _MORE = 0.34, 0.1
"""Share of the headline's words in the paragraphs below, and how much more than in those above."""
_MOST = 3


def appended(context: Context) -> Iterator[Claim]:
    """Claim each further story, from its headline on to the next one or the end of the page."""
    prose = context.regions.prose & ~_threads(context)
    found = [index for index in _headlines(context, prose) if _confirmed(context, prose, index)]
    starts: list[int] = []
    for index in found:
        if not starts or _words(context, prose, (starts[-1], index)) >= _WORDS:
            starts.append(index)
    if not 0 < len(starts) <= _MOST:
        return
    blocks, texts = context.document.blocks, context.evidence.texts
    for number, (start, end) in enumerate(zip(starts, [*starts[1:], len(blocks)], strict=True), 1):
        said = f"{texts[start][:60]!r} heads another story"
        yield Claim(blocks[start].start, blocks[end - 1].end, Label.BODY, "another-story", said, 0.9, number)
        yield Claim(blocks[start].start, blocks[start].end, Label.TITLE, "another-headline", said, 0.96, number)
        for index in range(start + 1, min(start + 1 + _HEADER, end)):
            block, label = blocks[index], _field(context, start, index)
            if label:
                yield Claim(block.start, block.end, label, "another-header", repr(texts[index][:60]), 0.96, number)


def _threads(context: Context) -> NDArray[np.bool_]:
    """By block, whether a cleaner before holds it for a comment."""
    inside = np.zeros(len(context.evidence), np.bool_)
    starts = [block.start for block in context.document.blocks]
    for _, claim in context.claims:
        if claim.label is Label.COMMENTS:
            inside[bisect_left(starts, claim.start) : bisect_left(starts, claim.end)] = True
    return inside


def _headlines(context: Context, prose: NDArray[np.bool_]) -> Iterator[int]:
    """Lines that may head another story: below prose, above prose, the header of a story close below."""
    evidence = context.evidence
    worth = (evidence.words >= 4) & (evidence.words <= 32) & ~evidence.statement & (evidence.chars[:, CHAR["bar"]] < 2)
    worth &= ~context.regions.prose & ~_threads(context)
    for name in ("reply", "comments", "promo", "share", "navigation"):
        worth &= ~context.phrases.has(name, "line", "sure")
    own = _own_header(context)
    before = np.cumsum(prose)
    worth &= (before >= _PARAGRAPHS) & (before[-1] - before >= 2)
    for index in np.flatnonzero(worth).tolist():
        if may_be_date(evidence.texts[index]) and is_date_line(evidence.texts[index]):
            continue
        below = range(index + 1, min(index + 1 + _HEADER, len(evidence)))
        header = {_field(context, index, other) for other in below}
        if (Label.DUPLICATE in header and header & _SIGNATURES) or (header >= _SIGNATURES and own >= _SIGNATURES):
            yield index


_SIGNATURES = {Label.DATE, Label.BYLINE}


def _own_header(context: Context) -> set[Label]:
    """The labels of the lines above the first story."""
    first = int(np.argmax(context.regions.prose))
    story = context.document.blocks[first].start
    return {claim.label for name, claim in context.claims if name == "fields" and claim.end <= story}


def _field(context: Context, headline: int, index: int) -> Label | None:
    """What a line below a headline is in its header: the headline again, a date, a byline, or nothing known."""
    evidence = context.evidence
    text = evidence.texts[index]
    if evidence.prints[index] == evidence.prints[headline] and evidence.prints[index]:
        return Label.DUPLICATE
    if evidence.words[index] > 16 or evidence.ends[index]:
        return None
    if may_be_date(text) and is_date_line(text):
        return Label.DATE
    return Label.BYLINE if is_byline(text) >= 0.7 else None


def _confirmed(context: Context, prose: NDArray[np.bool_], index: int) -> bool:
    """Whether the line speaks of the paragraphs below it rather than of those above, and there is enough of either."""
    evidence, paragraphs = context.evidence, np.flatnonzero(prose)
    below, above = paragraphs[paragraphs > index], paragraphs[paragraphs < index]
    if min(_words(context, prose, (0, index)), _words(context, prose, (index, len(evidence)))) < _WORDS:
        return False
    near = (int(below[0]), int(below[min(len(below), 5) - 1]) + 1)
    if near[0] - index > _HEADER + 3:
        return False
    ahead = evidence.shared(index, near)
    behind = evidence.shared(index, (int(above[0]), int(above[-1]) + 1))
    return ahead >= _CUE and ahead > behind + _MORE


def _words(context: Context, prose: NDArray[np.bool_], blocks: tuple[int, int]) -> float:
    first, end = blocks
    return float(context.evidence.words[first:end][prose[first:end]].sum())
