"""Blocks that say again, word for word, what stood before: a headline set twice, a caption below its picture, a paragraph doubled."""

from __future__ import annotations

from typing import TYPE_CHECKING

from corpusprep.document import Label

if TYPE_CHECKING:
    from collections.abc import Iterator

    from corpusprep.cleaners.context import Context
    from corpusprep.document import Claim

__all__ = ["duplicates"]

_PARAGRAPH = 12
"""From so many words on a repetition is no refrain."""
_HEADLINE = 4


def duplicates(context: Context) -> Iterator[Claim]:
    """Claim every block whose text an earlier block has.

    A short line may well come twice (a refrain, "Yes.", a menu entry), so below a paragraph's length only those in the
    page's head count, where headlines and captions are set twice.
    """
    evidence, texts = context.evidence, context.evidence.texts
    if len(set(evidence.prints.tolist())) == len(texts):
        return
    seen: dict[int, int] = {}
    start = context.regions.start
    for index, (fingerprint, words) in enumerate(zip(evidence.prints.tolist(), evidence.words.tolist(), strict=True)):
        if not fingerprint:
            continue
        first = seen.setdefault(fingerprint, index)
        if first == index or texts[first].split() != texts[index].split():
            continue
        if words >= _PARAGRAPH or (words >= _HEADLINE and index <= start):
            yield context.claim(index, Label.DUPLICATE, "repeats-block", f"block {first + 1} has the same words", 0.93)
