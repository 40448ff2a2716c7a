"""Which of two ISO 8601 strings of any precision is later, where that can be known."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

__all__ = ["UNKNOWN", "interval", "intervals"]

_MARKS = str.maketrans("", "", "-:T ")
_PRECISIONS = (4, 6, 8, 12, 14)  # digits of a year, month, day, minute, second
_ZONED = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:?\d\d\S*")
_PLAIN = r"^\d{4}(-\d\d(-\d\d([T ]\d\d:\d\d(:\d\d)?)?)?)?$"
_MOMENT = 12  # digits of a minute
UNKNOWN = (0, 10**12)


def interval(stamp: str) -> tuple[int, int]:
    """The earliest and the latest moment that the stamp may mean, as numbers YYYYMMDDhhmm; `UNKNOWN` without a year.

    Of two stamps one is later for certain when its earliest moment is after the other's latest. A stamp without a zone
    is taken as it is, one with a zone in UTC.
    """
    digits = stamp.translate(_MARKS)
    if len(digits) in _PRECISIONS and digits.isascii() and digits.isdigit() and not stamp.startswith("-"):
        return int(digits[:_MOMENT].ljust(_MOMENT, "0")), int(digits[:_MOMENT].ljust(_MOMENT, "9"))
    if not _ZONED.fullmatch(stamp):
        return UNKNOWN
    try:
        moment = datetime.fromisoformat(stamp).astimezone(UTC)
    except (ValueError, OverflowError):
        return UNKNOWN
    number = int(moment.strftime("%Y%m%d%H%M"))
    return number, number


def intervals(stamps: pa.Array) -> npt.NDArray[np.int64]:
    """`interval` of each stamp: an array of shape (2, n). The common forms are read all at once."""
    result = np.empty((2, len(stamps)), np.int64)
    plain = pc.match_substring_regex(stamps, _PLAIN).to_numpy(zero_copy_only=False)
    digits = pc.replace_substring_regex(stamps.filter(pa.array(plain)), "[-:T ]", "")
    digits = pc.utf8_slice_codeunits(digits, 0, _MOMENT)
    missing = 10 ** (_MOMENT - pc.utf8_length(digits).to_numpy().astype(np.int64))
    result[0, plain] = digits.cast(pa.int64()).to_numpy() * missing
    result[1, plain] = result[0, plain] + missing - 1
    others = np.flatnonzero(~plain)
    rest = [interval(stamp) for stamp in stamps.take(pa.array(others)).to_pylist()]
    result[:, others] = np.array(rest, np.int64).reshape(-1, 2).T
    return result
