"""Teasers of other stories: marked ones, lists of headlines under a heading, and bare headlines between two paragraphs."""

from __future__ import annotations

import re
from functools import cache
from itertools import islice
from typing import TYPE_CHECKING

import numpy as np

from corpusprep.cleaners.evidence import CHAR
from corpusprep.cleaners.lexicon import load, tokens
from corpusprep.document import BlockKind, Label

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from corpusprep.cleaners.context import Context
    from corpusprep.document import Claim

__all__ = ["related"]

_LONGEST = 30
_WORD = re.compile(r"[^\W\d_]+")
_FOREIGN = 0.34
"""A subheading speaks of the paragraphs below it; a teaser shares no more than this of its words with the next three."""
_NOT_A_TEASER = re.compile(r"^[—–-]|^[\"'“„«»‘‹「『].*[\"'”“«»’›」』]$|[.!?]['\"”“»’]|^\d+\s?[.:)h]|[:：?？؟]$")
"""Dialogue, quotations, numbered headings, time stamps of a live blog, questions of an interview, what announces the next line."""
_STRANGERS, _HEADLINE = 0.25, 6
"""Share of a teaser's words that the page has nowhere else; fewest words of a teaser that asks."""
_APART = re.compile(r"\s*[:：|»>›–—]")


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
    for index in np.flatnonzero(opens & (words <= _LONGEST) & (~evidence.statement | sure)).tolist():
        # Above the story "Interview:" or "Watch:" opens its own headline.
        if sure[index] or (index > regions.start and _marked(context, index)):
            yield context.claim(index, Label.RELATED, "marked-teaser", f"opens with {texts[index][:20]!r}", 0.95)
    yield from _lists(context, whole, headline)
    inner = np.zeros(len(evidence), np.bool_)
    inner[regions.start + 1 : max(regions.end - 1, 0)] = True
    for index in np.flatnonzero(headline & inner & ~regions.prose & (words >= 8) & (words <= 18)).tolist():
        if not _between_paragraphs(context, index) or _NOT_A_TEASER.search(texts[index]):
            continue
        shared = _shared_below(context, index)
        said = f"a headline between two paragraphs, {shared:.0%} of its words in those below"
        if evidence.strangers(index) >= _STRANGERS:
            yield context.claim(index, Label.RELATED, "unmarked-teaser", said, 0.86 if shared <= _FOREIGN else 0.62)
            # The first of two may ask: no question of an interview is answered by a headline.
            asks = shared <= _FOREIGN and words[index - 1] >= _HEADLINE and _asks(texts[index - 1])
            if asks and _shared_below(context, index - 1) <= _FOREIGN and regions.prose[index - 2]:
                yield context.claim(index - 1, Label.RELATED, "unmarked-teaser", f"above a teaser: {said}", 0.86)


def _asks(text: str) -> bool:
    return text.endswith(("?", "？", "؟"))


def _marked(context: Context, index: int) -> bool:
    """Whether the phrase that the block opens with stands apart as a mark: in capitals, or before a colon or a bar."""
    phrases = context.phrases
    at = phrases.first == context.evidence.tokens.first[index]
    mask = np.uint64(phrases.trie.mask("related", "start", "sure"))
    counts = phrases.count[at & ((phrases.bits & mask) != 0)]
    if not len(counts):
        return False
    text = context.evidence.texts[index]
    words = list(islice(_WORD.finditer(text), int(counts.max())))
    if not words:
        return False
    last = words[-1]
    mark = text[: last.end()]
    return (mark.isupper() and not text.isupper()) or bool(_APART.match(text, last.end()))


def _lists(context: Context, whole: NDArray[np.bool_], headline: NDArray[np.bool_]) -> Iterator[Claim]:
    """The headlines below the heading of a list of links."""
    kinds = [block.kind for block in context.document.blocks]
    phrases, prose = context.phrases, context.regions.prose
    other = phrases.has("promo") | phrases.has("notice", "sure", "any") | phrases.has("share", "line", "sure", "any")
    blocks = {block.start: index for index, block in enumerate(context.document.blocks)}
    captions = {blocks.get(claim.start) for _, claim in context.claims if claim.label is Label.CAPTION}
    for heading in np.flatnonzero(whole).tolist():
        index = heading + 1
        while (
            index < len(kinds)
            and not prose[index]
            and (headline[index] or kinds[index] is BlockKind.ITEM)
            and not whole[index]
        ):
            if not other[index] and index not in captions:
                said = f"below {context.evidence.texts[heading][:40]!r}"
                yield context.claim(index, Label.RELATED, "listed-teaser", said, 0.9)
            index += 1


def _shared_below(context: Context, index: int) -> float:
    """Share of a block's words, by their first letters and without stop words, that the next three paragraphs have."""
    texts = context.evidence.texts
    own = _stems(texts[index])
    below = np.flatnonzero(context.regions.prose[index + 1 :])[:3] + index + 1
    shared = own & frozenset().union(*(_stems(texts[at]) for at in below.tolist()))
    return len(shared) / len(own) if len(own) > 2 else 1.0


def _stems(text: str) -> frozenset[str]:
    return frozenset(word[:5] for word in tokens(text) if word not in _stop_words())


@cache
def _stop_words() -> frozenset[str]:
    return load().stop_words()


def _between_paragraphs(context: Context, index: int) -> bool:
    prose = context.regions.prose
    return bool(prose[max(index - 2, 0) : index].any() and prose[index + 1 : index + 3].any())
