"""trafilatura's opinion of a page, as a vote on our own blocks.

Its output is not taken: it is placed on the rendered blocks, in order (98.7% of its characters equal whole blocks), and what it holds
has its vote. Where it cuts a page short, or finds nothing, the judge has its own evidence.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from corpusprep.render import tree

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["ask", "place"]

_LONG = 50
"""Blocks of so many characters, white space not counted, are found by their text alone."""
_REACH = 400
"""A short block must follow what was found before it within so many characters of the extracted text."""
_PREDECESSORS = 100
_MOST_CHARS = 1_500_000
"""Beyond it trafilatura takes seconds."""


def ask(source: str, texts: Sequence[str]) -> list[bool] | None:
    """By block, whether trafilatura keeps it; None where trafilatura fails, finds nothing, or the page is too big to ask.

    source: the page's markup; texts: of its blocks, in order.
    """
    if len(source) > _MOST_CHARS:
        return None
    from trafilatura.core import bare_extraction  # noqa: PLC0415 - takes half a second to import

    logging.getLogger("trafilatura").setLevel(logging.CRITICAL)  # what it thinks of a page is in its answer
    try:
        answer = bare_extraction(tree.parse(source), fast=True, include_comments=False)
    except Exception:  # noqa: BLE001 - whatever a page does to another library, we have evidence of our own
        return None
    body = getattr(answer, "body", None)
    if body is None:
        return None
    votes = place(texts, "".join("".join(body.itertext()).split()))
    return votes if any(votes) else None


def place(texts: Sequence[str], extracted: str) -> list[bool]:
    """By block, whether it lies in an extracted text (without its white space), in order."""
    blocks = ["".join(text.split()) for text in texts]
    found = [(index, extracted.find(text), len(text)) for index, text in enumerate(blocks) if len(text) >= _LONG]
    chain = _in_order([each for each in found if each[1] >= 0])
    votes = [False] * len(blocks)
    for index, _, _ in chain:
        votes[index] = True
    ends = [*chain, (len(blocks), len(extracted), 0)]
    before, at = -1, 0
    for index, start, length in ends:
        if start > at:
            gap = _backward if before < 0 else _forward
            for hit in gap(blocks, extracted, (before + 1, index), (at, start)):
                votes[hit] = True
        before, at = index, start + length
    return votes


def _in_order(found: list[tuple[int, int, int]]) -> list[tuple[int, int, int]]:
    """Of (block, place, length) in order of blocks, the chain in order of places that covers most."""
    best: list[int] = []
    back: list[int] = []
    for number, (_, start, length) in enumerate(found):
        score, link = length, -1
        for other in range(max(0, number - _PREDECESSORS), number):
            if found[other][1] + found[other][2] <= start and best[other] + length > score:
                score, link = best[other] + length, other
        best.append(score)
        back.append(link)
    chain: list[tuple[int, int, int]] = []
    at = best.index(max(best)) if best else -1
    while at >= 0:
        chain.append(found[at])
        at = back[at]
    return chain[::-1]


def _forward(blocks: Sequence[str], extracted: str, span: tuple[int, int], room: tuple[int, int]) -> list[int]:
    """The short blocks of a span that stand in a stretch of the extracted text, read from its start."""
    at, end = room
    hits = []
    for index in range(*span):
        start = extracted.find(blocks[index], at, end)
        if 0 <= start <= at + _REACH:
            hits.append(index)
            at = start + len(blocks[index])
    return hits


def _backward(blocks: Sequence[str], extracted: str, span: tuple[int, int], room: tuple[int, int]) -> list[int]:
    """The same, read from its end: what stands before the first long block is near to it."""
    start, end = room
    hits = []
    for index in reversed(range(*span)):
        at = extracted.rfind(blocks[index], start, end)
        if at >= 0 and end - at - len(blocks[index]) <= _REACH:
            hits.append(index)
            end = at
    return hits
