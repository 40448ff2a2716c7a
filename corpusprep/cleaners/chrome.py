"""Page furniture known by its wording: menus, share bars, promotion, notices and the headings of link lists."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from corpusprep.cleaners.evidence import CHAR
from corpusprep.document import Label

if TYPE_CHECKING:
    from collections.abc import Iterator

    from corpusprep.cleaners.context import Context
    from corpusprep.cleaners.matching import Trie
    from corpusprep.document import Claim

__all__ = ["chrome"]

# Class of phrases -> the label of a block that holds one. A heading of a link list navigates; the links below it are related.
_LABELS = {
    "promo": Label.PROMO,
    "notice": Label.NOTICE,
    "share": Label.NAVIGATION,
    "navigation": Label.NAVIGATION,
    "sections": Label.NAVIGATION,
    "related": Label.NAVIGATION,
    "comments": Label.NAVIGATION,
    "reply": Label.NAVIGATION,
    "error": Label.NOTICE,
}
_SHORT = 12
_LONG = 60
_MENU = 0.75

# How much a phrase proves: (mode, in a paragraph of the story, elsewhere). A whole line is near certain; a line that opens with a
# phrase must be short and no sentence; a phrase in a paragraph of the story weighs little.
_WEIGHTS = (("line", 0.94, 0.94), ("sure", 0.62, 0.88), ("any", 0.6, 0.8), ("start", 0.0, 0.7))

Weights = list[tuple[int, float, float, str, str]]


def chrome(context: Context) -> Iterator[Claim]:
    """Claim blocks by their phrases, and rows of links by their bars."""
    evidence, phrases, regions = context.evidence, context.phrases, context.regions
    story = regions.prose.copy()
    story[: regions.start] = story[regions.end :] = False
    short = (evidence.words <= _SHORT) & ~evidence.ends
    counting, weights = _table(phrases.trie)
    strong = set()
    for index in np.flatnonzero(phrases.meanings & np.uint64(counting)).tolist():
        if story[index] and evidence.words[index] >= _LONG:
            continue
        found = _heaviest(weights, int(phrases.meanings[index]), story=bool(story[index]), short=bool(short[index]))
        if found:
            score, name, mode = found
            if score >= _MENU:
                strong.add(index)
            yield context.claim(
                index, _LABELS[name], f"phrase-{name}", f"{mode}: {evidence.texts[index][:60]!r}", score
            )
    bars = (evidence.chars[:, CHAR["bar"]] >= 2) & (evidence.words < 40)
    rows = (bars | ((phrases.covered > 0.5) & (evidence.words > 1))) & ~evidence.ends
    for index in np.flatnonzero(rows).tolist():
        if index not in strong:
            yield context.claim(index, Label.NAVIGATION, "menu", f"{evidence.texts[index][:60]!r}", _MENU)


@cache
def _table(trie: Trie) -> tuple[int, Weights]:
    """All bits that count here, and for each class and mode its bits and weights, the heaviest first."""
    rows = [
        (trie.mask(name, mode), inside, outside, name, mode)
        for mode, inside, outside in _WEIGHTS
        for name in _LABELS
        if (name, mode) in trie.bits
    ]
    return sum(trie.masks[name] for name in _LABELS), rows


def _heaviest(rows: Weights, meanings: int, *, story: bool, short: bool) -> tuple[float, str, str] | None:
    best = None
    for bits, inside, outside, name, mode in rows:
        if meanings & bits and (mode != "start" or short):
            score = inside if story else outside
            if score and (best is None or score > best[0]):
                best = (score, name, mode)
    return best
