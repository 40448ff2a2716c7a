"""Which of two ISO 8601 strings of any precision is later, where that can be known."""

from __future__ import annotations

import re
from datetime import UTC, datetime

__all__ = ["UNKNOWN", "interval"]

_MARKS = str.maketrans("", "", "-:T ")
_PRECISIONS = (4, 6, 8, 12, 14)  # digits of a year, month, day, minute, second
_ZONED = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:?\d\d\S*")
UNKNOWN = (0, 10**12)


def interval(stamp: str) -> tuple[int, int]:
    """The earliest and the latest moment that the stamp may mean, as numbers YYYYMMDDhhmm; `UNKNOWN` without a year.

    Of two stamps one is later for certain when its earliest moment is after the other's latest. A stamp without a zone
    is taken as it is, one with a zone in UTC.
    """
    digits = stamp.translate(_MARKS)
    if len(digits) in _PRECISIONS and digits.isascii() and digits.isdigit() and not stamp.startswith("-"):
        return int(digits[:12].ljust(12, "0")), int(digits[:12].ljust(12, "9"))
    if not _ZONED.fullmatch(stamp):
        return UNKNOWN
    try:
        moment = datetime.fromisoformat(stamp).astimezone(UTC)
    except (ValueError, OverflowError):
        return UNKNOWN
    number = int(moment.strftime("%Y%m%d%H%M"))
    return number, number
