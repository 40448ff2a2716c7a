"""Short lines that are the story's own, though they look like furniture: subheadings that count or tell days, dialogue."""

from __future__ import annotations

import re
from collections import Counter
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from corpusprep.cleaners.datewords import cut, words
from corpusprep.cleaners.evidence import CHAR
from corpusprep.cleaners.lexicon import fold
from corpusprep.document import Label

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from corpusprep.cleaners.context import Context
    from corpusprep.document import Claim

__all__ = ["sequences"]

_LONGEST_HEADING = 14
_COUNTED = 3
"""Headings of one kind that make an outline; turns that each of two speakers must take at least."""
_NUMBER = re.compile(r"(\d{1,2})\s?[.):] (?!.*\d[:.]\d\d)")
_SPEAKER = re.compile(r"([^:：\d]{1,24})[:：]\s*\S")
_FURNITURE = ("related", "share", "navigation", "promo", "notice", "comments", "reply", "caption", "date")


def sequences(context: Context) -> Iterator[Claim]:
    """Claim such lines for the body."""
    known = np.zeros(len(context.evidence), np.bool_)
    for name in _FURNITURE:
        known |= context.phrases.has(name)
    yield from _numbered(context)
    yield from _dated(context)
    yield from _spoken(context, known)


def _numbered(context: Context) -> Iterator[Claim]:
    """Subheadings that count ("1. Water", "2. Energy") with paragraphs below each: a story told as a list."""
    evidence, prose = context.evidence, context.regions.prose
    short = ~prose & (evidence.words <= _LONGEST_HEADING) & (evidence.leading == CHAR["digit"])
    found: list[int] = []
    for index in np.flatnonzero(short[:-1]).tolist():
        number = _NUMBER.match(evidence.texts[index])
        if number and int(number[1]) == len(found) + 1 and prose[index + 1]:
            found.append(index)
    if len(found) >= _COUNTED:
        for index in found:
            yield context.claim(index, Label.BODY, "numbered-heading", f"of {len(found)}, with prose below each", 0.96)


def _dated(context: Context) -> Iterator[Claim]:
    """Subheadings that tell a month or a day ("May 9"), some between paragraphs; a comment has its author's name above its day."""
    evidence, prose = context.evidence, context.regions.prose
    short = np.zeros(len(prose), np.bool_)
    short[1:-1] = ~prose[1:-1] & (evidence.words[1:-1] <= 3) & prose[2:] & prose[:-2]
    found = [index for index in np.flatnonzero(short).tolist() if _is_day(evidence.texts[index])]
    if len(found) >= _COUNTED:
        for index in range(found[0], found[-1] + 1):
            if evidence.words[index] <= 3 and _is_day(evidence.texts[index]):
                yield context.claim(index, Label.BODY, "dated-heading", f"one of {len(found)} or more", 0.96)


def _is_day(text: str) -> bool:
    months, tokens = words("month"), cut(text)
    rest = [token for token in tokens if fold(token.key) not in months]
    return len(rest) < len(tokens) and all(0 < token.number <= 31 or token.key == "." for token in rest)


def _spoken(context: Context, known: NDArray[np.bool_]) -> Iterator[Claim]:
    """The turns of two speakers: an interview, a transcript."""
    evidence, texts = context.evidence, context.evidence.texts
    known = known.copy()
    known[: max(context.regions.start - 3, 0)] = True
    turns = [
        (index, found[1].strip())
        for index in np.flatnonzero(~known).tolist()
        if (found := _SPEAKER.match(texts[index]))
    ]
    counts = Counter(speaker for _, speaker in turns)
    pair = {speaker for speaker, number in counts.most_common(2) if number >= _COUNTED}
    if len(pair) < 2:
        return
    taken = [(index, speaker) for index, speaker in turns if speaker in pair]
    changes = sum(one[1] != two[1] for one, two in pairwise(taken))
    sentences = sum(bool(evidence.ends[index]) for index, _ in taken)
    if min(changes, sentences) >= 2 * len(taken) / 3:
        for index, speaker in taken:
            yield context.claim(index, Label.BODY, "dialogue", f"{speaker!r} takes turns with another", 0.96)
