"""Page furniture known by its wording: menus, share bars, promotion, notices and the headings of link lists."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from corpusprep.cleaners.evidence import CHAR
from corpusprep.document import Label

if TYPE_CHECKING:
    from collections.abc import Iterator

    from corpusprep.cleaners.context import Context
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


def chrome(context: Context) -> Iterator[Claim]:
    """Claim blocks by their phrases.

    The whole line being a known phrase is near certain; a line that opens with one needs to be short and no sentence;
    a phrase anywhere in a paragraph of the story weighs little.
    """
    evidence, phrases, regions = context.evidence, context.phrases, context.regions
    short = (evidence.words <= _SHORT) & ~evidence.ends
    inside = np.zeros(len(evidence), np.bool_)
    inside[regions.start : regions.end] = True
    story = inside & regions.prose
    taken = np.zeros(len(evidence), np.float64)
    labels: list[tuple[float, str, str]] = [(0.0, "", "")] * len(evidence)
    for name in _LABELS:
        scores = np.zeros(len(evidence))
        modes = [""] * len(evidence)
        for mode, where, score in (
            ("any", ~story, 0.8),
            ("any", story & (evidence.words < 60), 0.6),
            ("start", short, 0.7),
            ("sure", ~story, 0.88),
            ("sure", story & (evidence.words < 60), 0.62),
            ("line", np.ones(len(evidence), np.bool_), 0.94),
        ):
            hit = phrases.has(name, mode) & where & (scores < score)
            scores[hit] = score
            for index in np.flatnonzero(hit).tolist():
                modes[index] = mode
        better = scores > taken
        for index in np.flatnonzero(better).tolist():
            labels[index] = (float(scores[index]), name, modes[index])
        taken = np.maximum(taken, scores)
    for index, (score, name, mode) in enumerate(labels):
        if name:
            yield context.claim(
                index, _LABELS[name], f"phrase-{name}", f"{mode}: {evidence.texts[index][:60]!r}", score
            )
    bars = (evidence.chars[:, CHAR["bar"]] >= 2) & ~evidence.ends & (evidence.words < 40)
    menus = (phrases.covered > 0.5) & ~evidence.ends & (evidence.words > 1)
    for index in np.flatnonzero((bars | menus) & (taken < 0.75)).tolist():
        yield context.claim(index, Label.NAVIGATION, "menu", f"{evidence.texts[index][:60]!r}", 0.75)
