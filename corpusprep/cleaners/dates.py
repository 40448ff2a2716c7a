"""Reads the date stamps of a page: absolute ones to ISO 8601 with their own precision, relative ones when it is known from when.

Nothing depends on the clock: a stamp without a year stays without, a relative one is resolved only against the day on which the
page was fetched, and where day and month may be exchanged only the year is told.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING

from corpusprep.cleaners.datewords import DOT, UNITS, Line, joints, labels, words
from corpusprep.cleaners.stamps import bare_age, day_first, stamps

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from corpusprep.cleaners.days import Stamp

__all__ = ["DateStamp", "is_date_line", "may_be_date", "read_date", "read_dates"]

_LONGEST = 160  # code points: a date line and a byline on one
_WORDS_ONLY = (((0, 0),), ((3, 0),), ((3, 1),))  # now, today, yesterday, as units and how many
_NUMBER = re.compile(r"\d")


@dataclass(frozen=True, slots=True)
class DateStamp:
    """A date stamp.

    value: ISO 8601 with the stamp's own precision ("2017-03-14", "--03-29", "2021-10-21T09:51" in local time as printed, "2018-08",
        "2017" where day and month cannot be told apart); "" where it cannot be resolved.
    role: "published", "updated", or "" where the line does not say.
    relative: it counts from the moment the page was shown ("3 hours ago").
    start, end: of the stamp in the line, without its role word.
    """

    value: str
    role: str = ""
    relative: bool = False
    start: int = 0
    end: int = 0


def may_be_date(line: str) -> bool:
    """Whether it is worth the while to look for a stamp; rejects most lines quickly."""
    if len(line) > _LONGEST:
        return False
    if _NUMBER.search(line):
        return True
    if len(line) >= 40:
        return False
    pieces = line.lower().split()
    return not _bare_words().isdisjoint(pieces) or (not line.isascii() and line[:1] in _bare_words())


@cache
def _bare_words() -> frozenset[str]:
    """Words that tell a day without a figure: "yesterday", "an hour ago", "il y a une heure"."""
    return frozenset(key for kind in ("now", "today", "yesterday", "after", "before") for key in words(kind))


def read_date(text: str, *, language: str = "", fetched: str = "") -> DateStamp | None:
    """The date a line tells: the published one if it tells several, None if it tells none.

    language: a hint, an ISO 639 code; it decides between day and month in 03/04/2017. fetched: ISO 8601 date or time when the page
    was fetched; a stamp later than that is not resolved.
    """
    found = read_dates(text, language=language, fetched=fetched)
    return next((stamp for stamp in found if stamp.role != "updated"), found[0] if found else None)


def read_dates(text: str, *, language: str = "", fetched: str = "") -> tuple[DateStamp, ...]:
    """Every stamp of a line, in order; see `read_date`."""
    line = Line(text, language)
    found = _stamps(line)
    doubtful = [stamp for stamp in found if stamp.swapped]
    order = _order(doubtful, line, fetched) if doubtful else None
    told: list[DateStamp] = []
    day: Stamp | None = None
    for each, role in zip(found, _roles(line, found), strict=True):
        bare = day and not each.dated and not each.relative  # "20 Nov 2022 | Updated 18:40"
        stamp = (
            replace(day, start=each.start, end=each.end, hour=each.hour, minute=each.minute) if day and bare else each
        )
        day = stamp if stamp.year and stamp.day else day
        relative = not stamp.dated
        value = _since(stamp, fetched) if relative else _iso(_read_as(stamp, order=order))
        if fetched and not value.startswith("--") and value[:10] > fetched[:10]:
            value = ""
        tokens = line.tokens
        told.append(DateStamp(value, role, relative, tokens[stamp.start].start, tokens[stamp.end - 1].end))
    return tuple(told)


def is_date_line(text: str) -> bool:
    """Whether a short line is a date stamp and nothing else but a role word, a place, a section, a reading time or a name.

    "Published: March 14, 2017", "Updated 6 sec ago", "3h", "Lisbon, 3 May 2019 | 5 min read" are; prose or a headline with a date
    in it ("September 11 attacks remembered") is not.
    """
    text = text.strip()
    if not text or len(text) > _LONGEST or text[-1] in "?!？！":
        return False
    line = Line(text, "")
    found = _stamps(line)
    if not found:
        return False
    roles = any(_roles(line, found))
    firm = roles or any((stamp.year and stamp.day) or stamp.hour >= 0 or stamp.swapped for stamp in found)
    left = _rest(line, found)
    return left is not None and (left == 0 or (firm and left <= 7))


def _stamps(line: Line) -> list[Stamp]:
    """The stamps of a line; a bare time or a bare "3h" only where its role is told or nothing else is."""
    whole = bare_age(line)
    if whole:
        return [whole]
    found = stamps(line)
    return [stamp for stamp, role in zip(found, _roles(line, found), strict=True) if role or _stands_alone(line, stamp)]


def _stands_alone(line: Line, stamp: Stamp) -> bool:
    """Whether a stamp without a role is one: a time needs a day, and "today" is a mere word in a longer line."""
    if stamp.dated or stamp.weekday >= 0 or (stamp.relative and stamp.hour >= 0):
        return True
    bare = not stamp.relative or stamp.relative in _WORDS_ONLY
    return not bare or (bool(stamp.relative) and line.skip(stamp.end, DOT) - stamp.start == line.count)


def _roles(line: Line, found: Sequence[Stamp]) -> list[str]:
    """The role of each stamp: told before it, or behind the last one if none is told before any."""
    roles, before = [], 0
    for stamp in found:
        told, at = "", before
        while at < stamp.start:
            role = line.first(at, "role")
            at, told = (role[0], role[1].kind) if role else (at + 1, told)
        roles.append(told)
        before = stamp.end
    if found and not any(roles):
        behind = line.skip(found[-1].end, frozenset(",、()（）[]【】に"))
        role = line.first(behind, "role")
        roles[-1] = role[1].kind if role else ""
    return roles


def _iso(stamp: Stamp) -> str:
    if stamp.swapped:
        return f"{stamp.year:04}"
    if not stamp.year:
        return f"--{stamp.month:02}-{stamp.day:02}" if stamp.day else ""
    if not stamp.day:
        return f"{stamp.year:04}-{stamp.month:02}"
    clock = f"T{stamp.hour:02}:{max(stamp.minute, 0):02}" if stamp.hour >= 0 else ""
    return f"{stamp.year:04}-{stamp.month:02}-{stamp.day:02}{clock}"


def _order(doubtful: Sequence[Stamp], line: Line, fetched: str) -> bool | None:
    """Whether the day stands before the month, None if that is open.

    It is settled by the line itself, by the weekday beside a stamp, or by the day of the crawl, which no stamp is after.
    """
    order = day_first(line)
    for stamp in doubtful if order is None else ():
        fit = [_fits(_read_as(stamp, order=first), fetched) for first in (True, False)]
        if fit[0] != fit[1]:
            return fit[0]
    return order


def _fits(stamp: Stamp, fetched: str) -> bool:
    weekday = date(stamp.year, stamp.month, stamp.day).weekday()
    return stamp.weekday in {-1, weekday} and not (fetched and _iso(stamp)[:10] > fetched[:10])


def _read_as(stamp: Stamp, *, order: bool | None) -> Stamp:
    """A stamp that may be swapped, with the day first, the month first, or left open."""
    if order is None or not stamp.swapped:
        return stamp
    day, month = (stamp.day, stamp.month) if order else (stamp.month, stamp.day)
    return replace(stamp, swapped=False, day=day, month=month)


def _since(stamp: Stamp, fetched: str) -> str:
    """The day of a relative stamp, as exactly as both it and the time of the crawl allow."""
    if not fetched or not stamp.relative:
        return ""
    try:
        shown = datetime.fromisoformat(fetched[:19])
    except ValueError:
        return ""
    unit, number = max(stamp.relative)
    if UNITS[unit] == "day":
        day = (shown - timedelta(number)).date().isoformat()
        return f"{day}T{stamp.hour:02}:{max(stamp.minute, 0):02}" if stamp.hour >= 0 else day
    if UNITS[unit] in {"second", "minute"} or (UNITS[unit] == "hour" and len(fetched) > 10):
        return (shown - timedelta(hours=number) if UNITS[unit] == "hour" else shown).date().isoformat()
    return _shared(_ago(shown, unit, number + 1), _ago(shown + timedelta(hours=23), unit, number))


def _ago(shown: datetime, unit: int, number: int) -> str:
    if UNITS[unit] == "hour":
        return (shown - timedelta(hours=number)).date().isoformat()
    if UNITS[unit] == "week":
        return (shown - timedelta(weeks=number)).date().isoformat()
    months = shown.year * 12 + shown.month - 1 - number * (12 if UNITS[unit] == "year" else 1)
    return f"{months // 12:04}-{months % 12 + 1:02}-{shown.day:02}" if months > 0 else ""


def _shared(early: str, late: str) -> str:
    """What two days share: the day, the month, the year, or nothing."""
    return next((early[:size] for size in (10, 7, 4) if early[:size] == late[:size]), "")


_READING = re.compile(
    r"\b\d{1,3}\s*[-‑]?\s*(?:min(?:ute)?s?\.?|minutos|minuti|minuten|минут\w*|мин\.?|phút|dk\.?|dakika)\s*(?:read(?:ing)?|to read|de lectura|de leitura|di lettura|de lecture|leestijd|"
    r"lesezeit|lesedauer|lästid|lesetid|okuma\w*|чтения|czytania|đọc)\b|(?:reading time|read time|lesezeit|lesedauer|tiempo de lectura|tempo de leitura|tempo di lettura|"
    r"temps de lecture|leestijd|okuma süresi|время чтения|lästid)\s*:?\s*\d{1,3}\s*\w{1,8}\.?|(?:^|(?<=[|•·,–\s]))\d{1,2}\s*(?:min\.?|minuten|minutes|minutos|minuti|分)$|\d+\s?文字$|\b\d{1,5}\s+(?:comments?|commentaires?|comentarios?|kommentare?|views?|shares?)\b",
    re.IGNORECASE,
)
_EAST = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7a3]")
_LABELLED, _UNLABELLED, _BESIDE = (
    16,
    8,
    4,
)  # code points of "来源：...", of a place or a section, of a name right beside a stamp
_NAME_WORDS = 4
_MARK = frozenset("|·•,，、;-–—−/／()（）[]【】<>»«›…")


def _rest(line: Line, found: Sequence[Stamp]) -> int | None:
    """How many words beside the stamps and what belongs to them a line has; None if they read like text."""
    known = [""] * (line.count + 1)
    for stamp in found:
        known[stamp.start : stamp.end] = ["stamp"] * (stamp.end - stamp.start)
    reading = [match.span() for match in _READING.finditer(line.text)]
    for at in range(line.count):
        token = line.tokens[at]
        if any(start <= token.start < end for start, end in reading):
            known[at] = "said"
        word = line.first(at, "role") or line.first(at, "weekdays")
        if word and (word[0] > at + 1 or len(token.key) > 1):
            known[at : word[0]] = [known[at] or "said"] * (word[0] - at)
    left = 0
    for piece, near in _pieces(line, known):
        count = _foreign(line, piece, near=near)
        if count is None:
            return None
        left += count
    return left


def _pieces(line: Line, known: Sequence[str]) -> Iterator[tuple[list[int], bool]]:
    """Runs of tokens between marks and stamps, and whether no mark parts them from a stamp."""
    run: list[int] = []
    near = False
    for at in range(line.count + 1):
        if at == line.count or known[at] or line.key(at) in _MARK:
            if run:
                yield run, near or known[at] == "stamp"
            run, near = [], known[at] == "stamp"
        elif line.key(at) not in joints("light"):
            run.append(at)


def _foreign(line: Line, piece: Sequence[int], *, near: bool) -> int | None:
    """The number of words of a place, a section or a name, None if it is something else.

    near: no mark parts the piece from a stamp; then it must say "by", behind the stamp.
    """
    start, end = line.tokens[piece[0]].start, line.tokens[piece[-1]].end
    text = line.text[start:end]
    if _EAST.match(text):
        longest = _LABELLED if text.startswith(labels()) else _UNLABELLED if not near else _BESIDE * (not piece[0])
        return 2 if len(text) <= longest else None
    named = line.key(piece[0]) in joints("by")
    words_in = [line.text[line.tokens[at].start : line.tokens[at].end] for at in piece[named:]]
    if (near and not (named and _behind_stamp(line, piece[0]))) or len(words_in) > _NAME_WORDS:
        return None
    if any(word[0].isdigit() or (word[0].islower() and word not in joints("particle")) for word in words_in):
        return None
    return len(words_in)


def _behind_stamp(line: Line, at: int) -> bool:
    return any(char.isdigit() for char in line.text[: line.tokens[at].start])
