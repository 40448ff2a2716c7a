"""Other stories that follow the article on its page.

Where they begin is told by `boundaries`: structure proposes, cohesion confirms. This cleaner comes after all others, since teasers
and threads must be known before a change of matter means anything.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from corpusprep.cleaners.boundaries import Boundary, boundaries
from corpusprep.cleaners.bylines import is_byline
from corpusprep.cleaners.dates import is_date_line, may_be_date
from corpusprep.cleaners.layout import BODY, COMMENTS, FURNITURE, UNSURE, read_page
from corpusprep.cleaners.siblings import sibling_stories
from corpusprep.document import Claim, Label

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from corpusprep.cleaners.context import Context
    from corpusprep.cleaners.layout import Page

__all__ = ["appended", "read_roles"]

_ROLES = {Label.BODY: BODY, Label.COMMENTS: COMMENTS}
_SIBLING, _MOST_SIBLINGS = 0.9, 12
_LEAST_WORDS = 45.0
"""Words of the article above another story."""
_BYLINE = 0.4
_SENTENCE = 4
"""Words of a sentence that may close a story."""
_SURE = 0.96
"""What this cleaner says of a story's header and paragraphs outweighs those who took them for teasers or comments."""


def appended(context: Context) -> Iterator[Claim]:
    """Claim each further story, from its header on, as a range that reaches to the next one or the end of the page.

    The range says which story its blocks belong to. What they are stays with the other cleaners, but for the story's own header, and
    for paragraphs that were taken for a part of the thread before it.
    """
    page = read_page(context.evidence, context.phrases, read_roles(context))
    blocks = context.document.blocks
    found = [*_siblings(context, page.given)] or [
        (each, len(blocks)) for each in boundaries(page) if _apart(context, page, each)
    ]
    end = len(blocks)
    for number, (boundary, own_end) in reversed(list(enumerate(found, 1))):
        end = min(end, own_end)
        first, last = blocks[boundary.start].start, blocks[end - 1].end
        yield Claim(first, last, Label.BODY, "another-story", boundary.evidence, boundary.score, number)
        yield from _header(context, boundary, number)
        # Where there is markup its judge has said what is a paragraph.
        for run, stop in () if context.document.markup else _runs(_retaken(page, (boundary.paragraph, end))):
            yield context.claim_range((run, stop + 1), Label.BODY, "story-paragraph", boundary.evidence, _SURE)
        end = boundary.start


def _siblings(context: Context, roles: NDArray[np.int8]) -> Iterator[tuple[Boundary, int]]:
    """Stories that the markup of their page sets apart, each with the end of its container; none where there are too many."""
    prose = context.regions.prose & (roles != COMMENTS)
    stories = [*sibling_stories(context, prose)]
    for start, end in stories if len(stories) <= _MOST_SIBLINGS else ():
        paragraph = start + 1 + int(prose[start + 1 : end].argmax())
        said = f"{context.evidence.texts[start][:60]!r} is set as the page's headline is"
        yield Boundary(start=start, paragraph=paragraph, title=start, score=_SIBLING, evidence=said), end


def _apart(context: Context, page: Page, boundary: Boundary) -> bool:
    """Whether markup bears a boundary out: there is a story above it, and the paragraphs on both sides stand in different elements.

    What parts those of one element is a box in their story. Without markup, every boundary is.
    """
    if not context.document.markup:
        return True
    above = page.units[(page.units < boundary.start) & (page.given[page.units] == BODY)]
    if float(context.evidence.words[above].sum()) < _LEAST_WORDS:
        return False
    last, first = (context.document.blocks[index].markup for index in (int(above[-1]), boundary.paragraph))
    return last is None or first is None or last.path.rpartition("/")[0] != first.path.rpartition("/")[0]


def _header(context: Context, boundary: Boundary, number: int) -> Iterator[Claim]:
    """The lines between the story's start and its first paragraph: its headline, and what is known of the others."""
    evidence, blocks = context.evidence, context.document.blocks
    for index in range(boundary.start, boundary.paragraph):
        block, text = blocks[index], evidence.texts[index]
        if index == boundary.title:
            yield Claim(block.start, block.end, Label.TITLE, "another-headline", repr(text[:60]), _SURE, number)
        elif boundary.title >= 0 and evidence.prints[index] == evidence.prints[boundary.title]:
            yield Claim(block.start, block.end, Label.DUPLICATE, "another-header", repr(text[:60]), _SURE, number)
        elif evidence.words[index] <= 16 and not evidence.ends[index]:
            label = Label.DATE if may_be_date(text) and is_date_line(text) else None
            label = label or (Label.BYLINE if is_byline(text) >= _BYLINE else None)
            if label:
                yield Claim(block.start, block.end, label, "another-header", repr(text[:60]), _SURE, number)


def _retaken(page: Page, story: tuple[int, int]) -> NDArray[np.int64]:
    """The paragraphs of a story that were taken for something else, and the short sentences right below them."""
    first, end = story
    units = page.units[(page.units >= first) & (page.units < end)]
    taken = set(units[page.given[units] != BODY].tolist())
    goes_on = page.evidence.ends & (page.evidence.words >= _SENTENCE) & ~page.is_kind("dated") & (page.given != BODY)
    for index in range(first, end):
        if goes_on[index] and index - 1 in taken:
            taken.add(index)
    return np.array(sorted(taken), np.int64)


def _runs(blocks: NDArray[np.int64]) -> list[tuple[int, int]]:
    """First and last of each run of neighbours."""
    if not len(blocks):
        return []
    pieces = np.split(blocks, np.flatnonzero(np.diff(blocks) > 1) + 1)
    return [(int(piece[0]), int(piece[-1])) for piece in pieces]


def read_roles(context: Context) -> NDArray[np.int8]:
    """What the cleaners before hold each block to be: the strongest claim counts, and a range outweighs single blocks."""
    blocks = context.document.blocks
    place = {block.start: index for index, block in enumerate(blocks)}
    roles = [BODY] * len(blocks)
    strength = [0.0] * len(blocks)
    for name, claim in context.claims:
        index = place.get(claim.start, -1)
        if index < 0:
            continue
        role, score = _ROLES.get(claim.label, UNSURE if name == "lines" else FURNITURE), claim.score
        if blocks[index].end >= claim.end:
            if score > strength[index] and blocks[index].end == claim.end:
                roles[index], strength[index] = role, score
            continue
        while index < len(blocks) and blocks[index].start < claim.end:
            if score + 1 > strength[index]:
                roles[index], strength[index] = role, score + 1
            index += 1
    return np.array(roles, np.int8)
