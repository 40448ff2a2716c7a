"""Reader comment threads, found by their shape: who, when, what, again and again, and the words of their controls."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np

from corpusprep.document import Label

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from corpusprep.cleaners.context import Context
    from corpusprep.document import Claim

__all__ = ["comments"]

_STAMP = re.compile(
    r"\d{1,2}[:.h]\d\d\b|\b\d+ ?(?:s|sec|m|min|h|hr|d|w|mo|y|yr)s?\.?(?:\s|$)|\b\d+ \w+ ago\b|\b(?:19|20)\d\d\b|\d{1,2}[./-]\d{1,2}[./-]\d{2,4}"
    r"|\b(?:vor|il y a|hace|há) \d+ |\d+ (?:fa|назад|önce|temu|sedan|siden|geleden)\b|\d+ ?(?:分钟|小时|天|時間|分|日)前|\d+[시분일]|منذ|قبل"
)
_SAYS = re.compile(
    r"(?:\b(?:says|said|wrote|writes|schrieb|schreibt|sagt|sagte|dit|dice|dijo|diz|disse|escribió|escreveu|scrive|ha scritto|zegt|schreef|пишет|написал|yazdı|dedi|pisze|skriver|sier)"
    r"|より|さんのコメント)\s*:?\s*$|^(?:Posted by|Comment by|Von|Par|Por)\b"
)
_VOTES = re.compile(r"^[▲▼△▽↑↓👍👎♥❤⬆⬇+−-]?\s*[▲▼△▽↑↓👍👎♥❤⬆⬇]|^\+\d+$")
_HANDLE = re.compile(r"(?:^|\s)@\w")
_LONGEST_STAMP = 14
_REACH = 12
_THREAD = 2.0


def comments(context: Context) -> Iterator[Claim]:
    """Claim each thread as one range.

    A heading of a thread, or two comments of the same shape close together, open one; it runs on as long as comments
    follow within a dozen blocks. Signs are counted only on short lines: a story that quotes a comment has none of them.
    """
    signs = _signs(context)
    heads = _headings(context)
    evidence, regions = context.evidence, context.regions
    count = len(evidence)
    index = _earliest(context)
    while index < count:
        if not (heads[index] or signs[index] >= 1):
            index += 1
            continue
        end, weight = _extent(context, signs, heads, index)
        needed = _THREAD if heads[index] else _THREAD + 1.5
        if weight >= needed and not (index < regions.start and end <= regions.start):
            first = index if heads[index] else _author(context, index)
            text = f"{weight:.0f} stamps, replies and authors, from {evidence.texts[first][:40]!r}"
            yield context.claim_range((first, end), Label.COMMENTS, "thread", text, 0.95)
            index = end
        else:
            index += 1


def _earliest(context: Context) -> int:
    """No thread begins before the story has had a paragraph."""
    prose = np.flatnonzero(context.regions.prose)
    return int(prose[0]) + 1 if len(prose) else 0


def _signs(context: Context) -> NDArray[np.float64]:
    """By block, how much of a comment's furniture it is."""
    evidence, phrases = context.evidence, context.phrases
    signs = np.zeros(len(evidence))
    reply = phrases.has("reply", "line") | (phrases.has("reply", "any") & (evidence.words < 10))
    short = evidence.words <= _LONGEST_STAMP
    for index in np.flatnonzero(short).tolist():
        text = evidence.texts[index]
        stamped = bool(_STAMP.search(text)) and not evidence.ends[index]
        signs[index] = stamped + 1.5 * bool(_SAYS.search(text)) + bool(_VOTES.search(text)) + (0.75 * reply[index])
    tails = phrases.has("reply", "any") & ~short
    signs[tails] += 0.75
    for index in np.flatnonzero(~short).tolist():
        if _HANDLE.match(evidence.texts[index]):
            signs[index] += 0.75
    return signs


def _headings(context: Context) -> NDArray[np.bool_]:
    evidence, phrases = context.evidence, context.phrases
    known = phrases.has("comments", "line") | phrases.has("comments", "sure") | phrases.has("comments", "any")
    return known & (evidence.words <= 10)


def _extent(context: Context, signs: NDArray[np.float64], heads: NDArray[np.bool_], start: int) -> tuple[int, float]:
    """Where a thread that opens here ends (not included), and the sum of its signs."""
    evidence = context.evidence
    last = start
    weight = 0.0
    for index in range(start, len(evidence)):
        if index - last > _REACH:
            break
        if heads[index]:
            last = index
        elif signs[index] >= 0.75:
            weight += min(float(signs[index]), 2.0)
            last = index
    end = last + 1
    # The words below the last stamp belong to it: the next block, and those that go on in prose.
    if end < len(evidence) and signs[last] >= 1 and evidence.breaks[end] <= 3:
        end += 1
        while end < len(evidence) and context.regions.prose[end] and evidence.breaks[end] <= 2:
            end += 1
    return end, weight


def _author(context: Context, index: int) -> int:
    """The first block of a comment whose stamp this is: its author stands on the line before."""
    evidence = context.evidence
    before = index - 1
    if before > 0 and evidence.words[before] <= 5 and not evidence.ends[before] and not context.regions.prose[before]:
        return before
    return index
