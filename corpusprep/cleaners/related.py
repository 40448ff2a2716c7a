"""Teasers of other stories: marked ones, lists of headlines under a heading, and bare headlines between two paragraphs."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np

from corpusprep.cleaners.evidence import CHAR
from corpusprep.document import BlockKind, Label

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from corpusprep.cleaners.context import Context
    from corpusprep.document import Claim

__all__ = ["related"]

_LONGEST = 30
_MARK = re.compile(r"\s*(?:[:|»>›–—-]|\s[A-Z\d\"“‘'])")


def headline_like(context: Context) -> NDArray[np.bool_]:
    """By block, whether it could be a headline: some words, no sentence's end, no list, not all furniture."""
    evidence = context.evidence
    found: NDArray[np.bool_] = (
        (evidence.words >= 4)
        & (evidence.words <= _LONGEST)
        & ~evidence.statement
        & (evidence.chars[:, CHAR["bar"]] < 3)
        & (evidence.leading != CHAR["symbol"])
    )
    return found


def related(context: Context) -> Iterator[Claim]:
    """Claim teasers of other stories."""
    evidence, phrases, regions = context.evidence, context.phrases, context.regions
    texts, words = evidence.texts, evidence.words
    headline = headline_like(context)
    whole = phrases.has("related", "line")
    opens = phrases.has("related", "start", "sure") & ~whole
    sure = phrases.has("related", "sure") & ~whole
    for index in np.flatnonzero(opens & (words <= _LONGEST) & (~evidence.ends | sure)).tolist():
        if sure[index] or _marked(texts[index]):
            yield context.claim(index, Label.RELATED, "marked-teaser", f"opens with {texts[index][:20]!r}", 0.95)
    yield from _lists(context, whole, headline)
    inner = np.zeros(len(evidence), np.bool_)
    inner[regions.start + 1 : max(regions.end - 1, 0)] = True
    for index in np.flatnonzero(headline & inner & (words >= 6) & (words <= 18)).tolist():
        if not _between_paragraphs(context, index):
            continue
        strangers = evidence.strangers(index)
        if strangers >= 0.25:
            evidence_text = f"a headline between two paragraphs, {strangers:.0%} of its words nowhere else in the story"
            yield context.claim(index, Label.RELATED, "unmarked-teaser", evidence_text, 0.86)


def _marked(text: str) -> bool:
    """Whether the first words stand out as a mark: in capitals, or parted from the rest."""
    first = text.split(maxsplit=1)[0]
    return (first.isupper() and len(first) > 3) or ":" in text[:40] or "|" in text[:40]


def _lists(context: Context, whole: NDArray[np.bool_], headline: NDArray[np.bool_]) -> Iterator[Claim]:
    """The headlines below the heading of a list of links."""
    kinds = [block.kind for block in context.document.blocks]
    prose = context.regions.prose
    for heading in np.flatnonzero(whole).tolist():
        index = heading + 1
        while (
            index < len(kinds)
            and not prose[index]
            and (headline[index] or kinds[index] is BlockKind.ITEM)
            and not whole[index]
        ):
            yield context.claim(
                index, Label.RELATED, "listed-teaser", f"below {context.evidence.texts[heading][:40]!r}", 0.9
            )
            index += 1


def _between_paragraphs(context: Context, index: int) -> bool:
    prose = context.regions.prose
    return bool(prose[max(index - 2, 0) : index].any() and prose[index + 1 : index + 3].any())
