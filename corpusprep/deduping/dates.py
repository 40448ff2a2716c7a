"""Which of two ISO 8601 strings of any precision is later, where that can be known."""

from __future__ import annotations

import re
from datetime import UTC, datetime

__all__ = ["UNKNOWN", "interval"]

_STAMP = re.compile(r"(\d{4})(?:-(\d\d)(?:-(\d\d)(?:[T ](\d\d):?(\d\d)(.*))?)?)?")
UNKNOWN = (0, 10**12)


def interval(stamp: str) -> tuple[int, int]:
    """The earliest and the latest moment that the stamp may mean, as numbers YYYYMMDDhhmm; `UNKNOWN` without a year.

    Of two stamps one is later for certain when its earliest moment is after the other's latest. A stamp without a zone
    is taken as it is, one with a zone in UTC.
    """
    found = _STAMP.fullmatch(stamp)
    if not found:
        return UNKNOWN
    *parts, rest = found.groups()
    if rest and rest[-1] != ":" and ("Z" in rest or "+" in rest or "-" in rest):
        try:
            moment = datetime.fromisoformat(stamp).astimezone(UTC)
        except (ValueError, OverflowError):
            return UNKNOWN
        number = int(moment.strftime("%Y%m%d%H%M"))
        return number, number
    known = "".join(part for part in parts if part)
    return int(known.ljust(12, "0")), int(known.ljust(12, "9"))
