"""Lines that a site sets on its pages whatever the story, learned from the other documents of the site.

What recurs is evidence of furniture, not a proof: a series repeats its subheadings, and papers share a wire story. So a line is
counted once for all documents that tell the same story (building/surveying.py), and one amid the story weighs less.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from corpusprep.document import Label

if TYPE_CHECKING:
    from collections.abc import Iterator

    from corpusprep.cleaners.context import Context
    from corpusprep.document import Claim

__all__ = ["template"]

_LINE = (3, 0.08)
_SENTENCE = (4, 0.2)
"""Least number of stories, and least share of the site's, that hold a line, or a sentence, of its template."""
_SENTENCE_WORDS = 8
_AMID, _AMID_SENTENCE, _OUTSIDE = 0.7, 0.88, 0.9


def template(context: Context) -> Iterator[Claim]:
    """Claim blocks that recur across the documents of the site."""
    site = context.site
    if site is None or not site.lines:
        return
    evidence, regions, phrases = context.evidence, context.regions, context.phrases
    counts = np.array([site.lines.get(mark, 0) for mark in evidence.prints.tolist()])
    sentence = regions.prose | (evidence.ends & (evidence.words >= _SENTENCE_WORDS))
    least = np.where(
        sentence, max(_SENTENCE[0], _SENTENCE[1] * site.documents), max(_LINE[0], _LINE[1] * site.documents)
    )
    promo, notice = phrases.has("promo"), phrases.has("notice")
    for index in np.flatnonzero(counts >= least).tolist():
        amid = regions.start < index < regions.end - 1
        score = (_AMID_SENTENCE if sentence[index] else _AMID) if amid else _OUTSIDE
        label = Label.PROMO if promo[index] else Label.NOTICE if notice[index] else Label.NAVIGATION
        said = f"in at least {counts[index]} of {site.documents} stories of {site.name}"
        yield context.claim(index, label, "site-template", said, score)
