"""Dates as machines write them, to ISO 8601 with the precision and the offset they came with."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time
from email.utils import parsedate_to_datetime

__all__ = ["iso_date", "not_after"]

_ISO = re.compile(
    r"(?P<y>\d{4})[-/.](?P<m>\d{1,2})[-/.](?P<d>\d{1,2})"
    r"(?:[T\s]+(?:at\s+)?(?P<H>\d{1,2}):(?P<M>\d{2})(?::(?P<S>\d{2})(?:[.,]\d+)?)?\s*(?P<z>Z|UTC|GMT|[+-]\d{2}:?\d{2}|[+-]\d{2}\b)?)?",
    re.IGNORECASE,
)
_COMPACT = re.compile(
    r"(?P<y>\d{4})(?P<m>\d{2})(?P<d>\d{2})(?:T?(?P<H>\d{2})(?P<M>\d{2})(?P<S>\d{2})?(?P<z>Z|[+-]\d{2}:?\d{2})?)?"
)
_DAY_FIRST = re.compile(r"(?P<d>\d{1,2})\.\s?(?P<m>\d{1,2})\.\s?(?P<y>\d{4})(?:[\s,-]+(?P<H>\d{1,2})[:.](?P<M>\d{2}))?")
_EPOCH = re.compile(r"\d{10}(?:\d{3})?")
_UNIX = re.compile(r"\w{3} (?P<b>\w{3}) (?P<d>\d{1,2}) (?P<H>\d{2}):(?P<M>\d{2}):(?P<S>\d{2}) \w{3,4} (?P<y>\d{4})")
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_EARLIEST = 1700


def iso_date(written: str) -> str:
    """A date as ISO 8601, "" where it is none that a machine would write.

    A time of day is kept with the offset it bears ("2021-10-21T09:51:00+02:00"); fractions of a second are not. The epoch's own
    day is a default that somebody forgot, and no date.
    """
    text = written.strip()[:60]
    match = _ISO.match(text) or _COMPACT.fullmatch(text) or _DAY_FIRST.match(text)
    if match:
        return _written(match.groupdict(), int(match["m"]))
    if _EPOCH.fullmatch(text):
        return _stamp(datetime.fromtimestamp(int(text[:10]), UTC))
    match = _UNIX.fullmatch(text)
    if match and match["b"].lower() in _MONTHS:
        return _written({**match.groupdict(), "z": None}, _MONTHS.index(match["b"].lower()) + 1)
    try:
        return _stamp(parsedate_to_datetime(text))
    except (TypeError, ValueError, IndexError, OverflowError):
        return ""


def _stamp(moment: datetime) -> str:
    return moment.isoformat(timespec="seconds") if moment.year > 1970 else ""


def _written(parts: dict[str, str | None], month: int) -> str:
    try:
        day = date(int(parts["y"] or 0), month, int(parts["d"] or 0))
        text = day.isoformat()
        if parts["H"]:
            clock = time(int(parts["H"]), int(parts["M"] or 0), int(parts.get("S") or 0))
            text += "T" + clock.isoformat("seconds" if parts.get("S") else "minutes") + _offset(parts.get("z"))
    except ValueError:
        return ""
    return text if day.year >= _EARLIEST and day != date(1970, 1, 1) else ""


def _offset(zone: str | None) -> str:
    if not zone:
        return ""
    if zone[0] not in "+-":
        return "+00:00"
    digits = zone[1:].replace(":", "").ljust(4, "0")
    return f"{zone[0]}{digits[:2]}:{digits[2:]}"


def not_after(stamp: str, latest: str) -> bool:
    """Whether a date is no later than another, day by day: the clocks of a page and of a crawler need not agree."""
    return not latest or stamp[:10] <= latest[:10]
