"""Days of other calendars as days of the Gregorian one."""

from __future__ import annotations

from datetime import date, timedelta

__all__ = ["ERAS", "ERA_SIGNS", "buddhist_year", "is_jalali_year", "jalali"]

# The year before the first of an era: Japanese eras, and the Republic of China's.
ERAS = {
    ("令", "和"): 2018,
    ("平", "成"): 1988,
    ("昭", "和"): 1925,
    ("大", "正"): 1911,
    ("明", "治"): 1867,
    ("民", "國"): 1911,
    ("民", "国"): 1911,
}
ERA_SIGNS = frozenset(first for first, _ in ERAS)


def is_jalali_year(year: int) -> bool:
    """Whether a year can only be one of the Persian solar calendar in which papers were dated (1921 to 2031)."""
    return 1300 <= year <= 1410


def jalali(year: int, month: int, day: int) -> date | None:
    """The Gregorian day of a day of the Persian solar calendar, None if there is no such day.

    The arithmetic rule of 33-year cycles (K. Borkowski, "The Persian calendar for 3000 years", Earth, Moon and Planets 74, 1996),
    which agrees with the observed calendar from 1799 to 2256.
    """
    if not (is_jalali_year(year) and 1 <= month <= 12 and 1 <= day <= 31 - (month > 6)):
        return None
    days = (month - 1) * 31 - max(0, month - 7) + day - 1
    start = _new_year(year)
    found = start + timedelta(days)
    return found if found < _new_year(year + 1) else None


def _new_year(year: int) -> date:
    # 1 Farvardin 1300 was 21 March 1921; the leap years of the cycle of 33 are its 1st, 5th, 9th, 13th, 17th, 22nd, 26th, 30th.
    leaps = sum(before % 33 in {1, 5, 9, 13, 17, 22, 26, 30} for before in range(1300, year))
    return date(1921, 3, 21) + timedelta(365 * (year - 1300) + leaps)


def buddhist_year(year: int) -> int:
    """A Thai year as a Gregorian one: no other year of the news lies that far ahead."""
    return year - 543 if 2443 <= year <= 2643 else year
