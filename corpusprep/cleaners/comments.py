"""Reader comment threads, found by their shape: who, when, what, again and again, and the words of their controls."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from corpusprep.cleaners.dates import is_date_line, may_be_date
from corpusprep.cleaners.evidence import CHAR
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
_POST = 6
"""Blocks from the stamp of a short comment to what one may do with it."""
_THREAD = 1.75


def comments(context: Context) -> Iterator[Claim]:
    """Claim each thread as one range.

    A heading of a thread with signs of comments below it, or comments of one shape close together, open one; it runs on
    as long as comments follow within a dozen blocks. Signs are counted only on short lines: a story that quotes a comment
    has none of them. Stamps alone are no sign: teasers, live blogs and the head of the story itself bear them, too.
    """
    heads = _headings(context)
    evidence = context.evidence
    index = _earliest(context)
    if not (heads[index:].any() or context.phrases.has("reply", "line", "any")[index:].any()):
        return
    signs, sure = _signs(context)
    count = len(evidence)
    while index < count:
        if not (heads[index] or sure[index]):
            index += 1
            continue
        end, weight, proofs = _extent(context, signs, sure, heads, index)
        if (weight >= _THREAD and proofs >= 1) if heads[index] else (weight >= _THREAD + 1.25 and proofs >= 2):
            first = index if heads[index] else _author(context, index)
            text = f"{weight:.0f} stamps, replies and authors, from {evidence.texts[first][:40]!r}"
            yield context.claim_range((first, end), Label.COMMENTS, "thread", text, 0.95)
            index = end
        else:
            index += 1


def _earliest(context: Context) -> int:
    """No thread begins before the story has had most of its paragraphs."""
    regions, words = context.regions, context.evidence.words
    prose = np.where(regions.prose, np.minimum(words, 80), 0)[regions.start : regions.end]
    if not len(prose):
        return 0
    before = np.cumsum(prose)
    enough = np.flatnonzero((before >= 0.3 * before[-1]) | (before >= 400))
    return regions.start + int(enough[0]) + 1


def _signs(context: Context) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """By block, how much of a comment's furniture it is, and whether hardly anything else looks like it."""
    evidence, phrases = context.evidence, context.phrases
    signs = np.zeros(len(evidence))
    sure = np.zeros(len(evidence), np.bool_)
    tails = phrases.has("reply", "any")
    reply = phrases.has("reply", "line") | (tails & (evidence.words < 10))
    short = evidence.words <= _LONGEST_STAMP
    texts, words, digits = evidence.texts, evidence.words.tolist(), evidence.digits.tolist()
    replied, tailed = reply.tolist(), tails.tolist()
    for index in np.flatnonzero(short & (~evidence.ends | reply)).tolist():
        text = texts[index]
        stamped = digits[index] and bool(_STAMP.search(text))
        says = words[index] < 10 and bool(_SAYS.search(text))
        votes = bool(_VOTES.match(text))
        # "2 hours ago" stands below replies, but below teasers as well.
        answer = replied[index] and not (stamped and may_be_date(text) and is_date_line(text))
        if stamped or says or votes or answer:
            signs[index] = stamped + 1.5 * says + votes + 0.75 * answer
            sure[index] = says or votes or (answer and (stamped or tailed[index]))
    signs[tails & ~short & (evidence.words < 120)] += 0.75
    for index in np.flatnonzero(~short & (evidence.chars[:, CHAR["symbol"]] > 0)).tolist():
        if _HANDLE.match(evidence.texts[index]):
            signs[index] += 0.75
    sure[_answered(context, signs)] = True
    return signs, sure | (signs >= 2)


def _answered(context: Context, signs: NDArray[np.float64]) -> list[int]:
    """The stamps below which one may reply, if there are two of them or more: so comments come without a heading."""
    replies = _replies(context) & context.phrases.has("reply", "line")
    stamps = np.flatnonzero((signs == 1.0) & context.evidence.digits & ~replies).tolist()
    found = []
    for stamp, following in pairwise([*stamps, len(signs)]):
        if replies[stamp + 1 : min(stamp + _POST, following)].any():
            found.append(stamp)
    return found if len(found) > 1 else []


def _headings(context: Context) -> NDArray[np.bool_]:
    evidence, phrases = context.evidence, context.phrases
    known = (phrases.has("comments", "line", "sure", "any")) & (evidence.words <= 10)
    known &= ~phrases.has("share", "line")  # "Email" is a field of the form, and a way to share
    return known | (phrases.has("comments", "start") & evidence.digits & (evidence.words <= _LONGEST_STAMP))


def _extent(
    context: Context, signs: NDArray[np.float64], sure: NDArray[np.bool_], heads: NDArray[np.bool_], start: int
) -> tuple[int, float, int]:
    """Where a thread that opens here ends (not included), the sum of its signs, and how many of them are sure."""
    evidence = context.evidence
    last, weight, proofs, longest = start, 0.0, 0, 1
    links, replies = _links(context), _replies(context)
    left = False  # below a list of other stories a stamp or a name is theirs, until somebody replies
    for index in range(start, len(evidence)):
        if index - last > _REACH:
            break
        left = (left or links[index]) and not replies[index]
        if heads[index]:
            last = index
        elif signs[index] >= 0.75 and not left:
            weight += min(float(signs[index]), 2.0)
            longest = max(longest, int(context.regions.prose[last + 1 : index].sum()))
            proofs += int(sure[index]) + int(signs[index] == 1.0 and last < index)
            last = index
    end = last + 1
    # The words below the last stamp belong to it: the next block, and those that go on in prose, though no further than in
    # the comments above. Otherwise it is the story that goes on, and what stands here is no thread's end.
    furniture = context.phrases.has("related", "line") | context.phrases.has("navigation", "line")
    if end < len(evidence) and signs[last] >= 1 and evidence.breaks[end] <= 3 and not furniture[end]:
        end += 1
        most = min(len(evidence), end + longest)
        while end < most and context.regions.prose[end] and evidence.breaks[end] <= 2:
            end += 1
    return end, weight, proofs


def _links(context: Context) -> NDArray[np.bool_]:
    """The headings of lists of other stories, less the buttons that threads have, too ("View all")."""
    phrases = context.phrases
    return phrases.has("related", "sure") & phrases.has("related", "line") & ~_replies(context)


def _replies(context: Context) -> NDArray[np.bool_]:
    """The controls that only threads have."""
    phrases = context.phrases
    return phrases.has("reply", "line", "any") & ~phrases.has("share", "line")


def _author(context: Context, index: int) -> int:
    """The first block of a comment whose stamp this is: its author stands on the line before."""
    evidence = context.evidence
    before = index - 1
    if before > 0 and evidence.words[before] <= 5 and not evidence.ends[before] and not context.regions.prose[before]:
        return before
    return index
