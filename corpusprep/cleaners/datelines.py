"""Finds the dateline before the first words of a story: place, day, agency and a mark."""

from __future__ import annotations

import re

from corpusprep.cleaners.dates import read_dates
from corpusprep.cleaners.lexicon import fold

__all__ = ["dateline"]

_HEAD = 120  # code points in which a dateline ends
_PLACE = r"[^\W\d_][^\W\d_.'’-]*(?:[.'’\- ]{1,2}[^\W\d_][^\W\d_.'’-]*){0,4}"
_LEAD = re.compile(rf"\s*[(（]?(?P<place>{_PLACE})(?:\s*,\s*(?P<more>{_PLACE}))?\.?")
_DASH = re.compile(r"\s*(?:—|–|--|―|-(?=\s))\s*")
_COLON = re.compile(r"\s*:\s+")
_AGENCY = re.compile(r"\s*[(（](?P<agency>[^()（）]{2,30})[)）]")
_CHINESE = re.compile(
    r"\s*[（(【]?\s*(?P<agency>新华社|中新社|中新网|本报|人民网|央视网|中央社|中國|新華社|本報)[^，。]{1,14}?(?P<date>\d{1,2}月\d{1,2}日)?[电電讯訊](?:\s*[)）】])?"
)
_LABELS = frozenset(
    [
        "warning",
        "update",
        "updated",
        "note",
        "breaking",
        "watch",
        "live",
        "exclusive",
        "correction",
        "editor",
        "editors",
        "q",
        "a",
        "quote",
        "source",
        "sources",
        "photo",
        "opinion",
        "analysis",
        "related",
        "read",
        "more",
        "video",
    ]
)
_REST = 40  # code points of a paragraph that follow a place and a colon


def dateline(text: str) -> tuple[int, str] | None:
    """Where the dateline of a first paragraph ends and the day it tells as ISO 8601 ("" if none); None without a dateline.

    "MOSCOW: ", "LONDON, March 3 (Reuters) - ", "BERLIN (dpa) - ", "March 29 (UPI) -- ", "PARIS — ", "（新华社北京3月3日电）". The end is an
    offset into `text`, past the mark and the space behind it.
    """
    head = text[:_HEAD]
    match = _CHINESE.match(head)
    if match:
        stamp = read_dates(match[0])
        return match.end(), stamp[0].value if stamp else ""
    return _dateline(head)


def _dateline(head: str) -> tuple[int, str] | None:
    stamps = [stamp for stamp in read_dates(head[:80]) if stamp.value]
    stamp = stamps[0] if stamps else None
    at, upper, named = 0, False, False
    lead = _LEAD.match(head)
    if lead and not (stamp and stamp.start <= lead.start("place")):
        place = head[lead.start("place") : (stamp.start if stamp and stamp.start < lead.end() else lead.end())].strip(
            " ,."
        )
        words = [word for word in re.split(r"[\s,]+", place) if word]
        upper = bool(words) and words[0].isupper() and len(words[0]) > 1
        named = bool(words) and all(word[0].isupper() for word in words) and fold(words[0]) not in _LABELS
        at = min(lead.end(), stamp.start) if stamp else lead.end()
        if not named:
            return None
    dated = bool(stamp and stamp.start <= at + 3)
    if stamp and dated:
        at = stamp.end
    agency = _AGENCY.match(head, at)
    at = agency.end() if agency else at
    if not at:
        return None
    mark = _DASH.match(head, at)
    if mark and (upper or agency or (named and dated)):
        return mark.end(), stamp.value if stamp and dated else ""
    colon = _COLON.match(head, at)
    if colon and upper and not dated and len(head[:at].split()) == 1 and len(head) > colon.end() + _REST:
        return colon.end(), ""
    return None
