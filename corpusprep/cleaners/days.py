"""Reads dates without their time: in figures, with named months, in other calendars."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING

from corpusprep.cleaners.calendars import ERAS, buddhist_year, is_jalali_year, jalali
from corpusprep.cleaners.datewords import COLON, COMMA, DASH, DOT, SLASH, joints

if TYPE_CHECKING:
    from corpusprep.cleaners.datewords import Line, Word

__all__ = ["CHINESE_DIGITS", "Stamp", "read_day"]

_MONTH_FIRST = "en"  # some papers in English, and hardly any in other languages, write 03/14/2017
CHINESE_DIGITS = "〇一二三四五六七八九零十"
_QUOTE = frozenset("'’")
_SHORTEST = 4  # letters of a month that needs no year beside it: "may", "mar" and "set" mean too many other things


@dataclass(frozen=True, slots=True)
class Stamp:
    """A stamp by its tokens, half-open; numbers are 0 (hour and minute -1) where it does not say them.

    swapped: the day may be the month and the month the day. relative: units (see datewords.UNITS) and how many of each have
    passed; `()` on a stamp without any date is a time of today.
    """

    start: int
    end: int
    year: int = 0
    month: int = 0
    day: int = 0
    hour: int = -1
    minute: int = -1
    zone: str = ""
    weekday: int = -1
    swapped: bool = False
    relative: tuple[tuple[int, int], ...] = ()

    @property
    def dated(self) -> bool:
        """Whether it names a month at least."""
        return bool(self.month) or self.swapped


def read_day(line: Line, at: int) -> Stamp | None:
    """The date that begins at a token, None if there is none."""
    token = line.tokens[at]
    if token.number >= 0:
        if line.joined(at) and at and line.key(at - 1) in DASH | SLASH | DOT and line.tokens[at - 2].number >= 0:
            return None
        return _signs(line, at) or _numeric(line, at) or _day_month(line, at) or _year_month(line, at)
    return _month_day(line, at) or _era(line, at) or (_signs(line, at) if token.key in CHINESE_DIGITS else None)


def _signs(line: Line, at: int) -> Stamp | None:
    """2017年3月14日, 3月14日, 2017년 3월 14일, 二〇一七年三月十四日."""
    for year_sign, month_sign, day_signs in (("年", "月", "日号號"), ("년", "월", "일")):
        year, then = _before_sign(line, at, year_sign)
        if year and not 1700 <= year <= 2100:
            year = 2000 + year if year < 50 else 0
        month, behind = _before_sign(line, then if year else at, month_sign)
        if month:
            day, end = _before_sign(line, behind, day_signs)
            stamp = Stamp(at, end if day else behind, year, month, day)
            return _checked(stamp) if day or year else None
    return None


def _before_sign(line: Line, at: int, signs: str) -> tuple[int, int]:
    """The number before a sign such as 年, and the token behind it; 0 if none."""
    number, end = _chinese_number(line, at) if line.tokens[at].number < 0 else (line.tokens[at].number, at + 1)
    return (number, end + 1) if number > 0 and line.key(end) and line.key(end) in signs else (0, at)


def _chinese_number(line: Line, at: int) -> tuple[int, int]:
    """二〇一七 as 2017, 十四 as 14, and the token behind it; 0 if none."""
    digits = ""
    while line.key(at) and line.key(at) in CHINESE_DIGITS:
        digits += line.key(at)
        at += 1
    tens, ten, ones = digits.partition("十")
    if not ten:
        return int("".join(str(CHINESE_DIGITS.index(digit) % 10) for digit in digits) or 0), at
    if len(tens) > 1 or len(ones) > 1:
        return 0, at
    return 10 * (CHINESE_DIGITS.index(tens) if tens else 1) + (CHINESE_DIGITS.index(ones) if ones else 0), at


def _era(line: Line, at: int) -> Stamp | None:
    """平成29年3月14日, 民國106年3月14日."""
    before = ERAS.get((line.key(at), line.key(at + 1)))
    year = 1 if line.key(at + 2) == "元" else line.number(at + 2, 1, 150, 3)
    if before is None or year < 1 or line.key(at + 3) != "年":
        return None
    month, day = line.number(at + 4, 1, 12), line.number(at + 6, 1, 31)
    if month > 0 and day > 0 and line.key(at + 5) == "月" and line.key(at + 7) == "日":
        return _checked(Stamp(at, at + 8, before + year, month, day))
    return None


def _numeric(line: Line, at: int) -> Stamp | None:
    """2017-03-14, 2017/3/14, 2017. 3. 14., 14.03.2017, 14/03/2017, 14.03.17."""
    kind = next((each for each in (DASH, SLASH, DOT) if line.key(at + 1) in each), None)
    if not kind or line.key(at + 3) not in kind:
        return None
    end = at + 5
    if line.key(end) in kind and line.tokens[end + 1].number >= 0 and line.joined(end) and line.joined(end + 1):
        return None  # a telephone number, an address of the internet
    first, second, third = (line.number(each, 1, 31) for each in (at, at + 2, at + 4))
    year = line.year(at)
    if year:
        end = line.skip(end, DOT, most=1) if kind == DOT else end
        return _in_calendar(Stamp(at, end, year, second, third))
    year = line.year(at + 4) or _short_year(line, at, kind)
    stamp = Stamp(at, end, year, second, first)
    if not year:
        return None
    if kind == DOT or first == second or line.language not in {"", "und", _MONTH_FIRST}:
        return _in_calendar(stamp) or _checked(replace(stamp, month=first, day=second))
    return _in_calendar(stamp) if is_jalali_year(year) else _either(stamp)


def _in_calendar(stamp: Stamp) -> Stamp | None:
    return _solar(stamp, stamp.year, stamp.month, stamp.day) if is_jalali_year(stamp.year) else _checked(stamp)


def _short_year(line: Line, at: int, kind: frozenset[str]) -> int:
    """The year of 14.03.17, when each part has two digits and no space stands between."""
    parts = [line.tokens[at + step] for step in (0, 2, 4)]
    tight = all(line.joined(at + step) for step in range(1, 5))
    if kind == DASH or not tight or any(part.number < 0 or part.end - part.start != 2 for part in parts):
        return 0
    year = parts[2].number
    return year + (2000 if year < 50 else 1900)


def _either(stamp: Stamp) -> Stamp | None:
    """Day first, month first, or undecided where both may be."""
    other = replace(stamp, month=stamp.day, day=stamp.month)
    readings = [each for each in (_checked(stamp), _checked(other)) if each]
    if len(readings) == 2:
        return replace(stamp, swapped=True)
    return readings[0] if readings else None


def _checked(stamp: Stamp) -> Stamp | None:
    """The stamp in the Gregorian calendar, None if there is no such day."""
    year = buddhist_year(stamp.year)
    if (stamp.year and not 1700 <= year <= 2100) or stamp.day < 0:
        return None
    try:
        date(year or 2000, stamp.month, stamp.day or 1)
    except ValueError:
        return None
    return replace(stamp, year=year)


def _solar(stamp: Stamp, year: int, month: int, day: int) -> Stamp | None:
    found = jalali(year, month, day)
    return replace(stamp, year=found.year, month=found.month, day=found.day) if found else None


def _day_month(line: Line, at: int) -> Stamp | None:
    """14 March 2017, 14. März 2017, 14 de marzo de 2017, 14-Mar-17, 14 March."""
    day = line.number(at, 1, 31)
    if day < 1:
        return None
    named = line.month(line.skip(at + 1, DOT, DASH, SLASH, frozenset("'’:"), joints("ordinal"), joints("of")))
    return _named(line, at, day, named) if named else None


def _named(line: Line, at: int, day: int, named: tuple[int, Word]) -> Stamp | None:
    """A day and a named month: the year may follow."""
    end, word = named
    then = line.skip(end, DOT, COMMA, DASH, SLASH, _QUOTE, joints("of"), joints("era"), most=3)
    year = line.year(then) or (_apostrophe_year(line, then) if then > end else 0)
    stamp = Stamp(at, then + 1 if year else end, year, word.value + 1, day)
    if year and _is_time(line, then):
        return _checked(replace(stamp, year=0, end=end))
    if word.kind == "jalali":
        return _solar(stamp, year, stamp.month, day) if year else None
    if year:
        stamp = replace(stamp, end=_past_year(line, stamp.end))
    elif not _plain(line, word, end):
        return None
    return _checked(stamp)


def _is_time(line: Line, at: int) -> bool:
    return line.key(at + 1) in joints("zone") and line.text[line.tokens[at + 1].start :][:1].isupper()


def _past_year(line: Line, at: int) -> int:
    """Past the word "year" behind it: "2017 г.", "2017 m.", "2023م"."""
    return line.skip(at, joints("year"), DOT, most=2)


def _apostrophe_year(line: Line, at: int) -> int:
    """The year of 14 Mar '17 and 14-Mar-17."""
    token = line.tokens[at]
    if line.key(at - 1) in {"'", "’"} | DASH and line.joined(at) and token.number >= 0 and token.end - token.start == 2:
        return token.number + (2000 if token.number < 50 else 1900)
    return 0


def _plain(line: Line, word: Word, end: int) -> bool:
    """Whether a month may stand without a year: "may", "mar" and "set" mean too many other things."""
    if line.key(end) == "(":  # "Madrid, 3 mar (EFE)"
        return True
    if word.language not in {"en", line.language} and len("".join(word.keys)) < _SHORTEST:
        return False
    first = line.text[line.tokens[end - len(word.keys)].start]
    return word.language != "en" or not first.islower()


def _month_day(line: Line, at: int) -> Stamp | None:
    """March 14, 2017; Mar. 14th 2017; March 2017; March 14."""
    named = line.month(at)
    if not named:
        return None
    end, word = named
    then = line.skip(end, DOT, DASH, COMMA, _QUOTE, joints("of"), joints("era"), most=2)
    year = line.year(then)
    if year:
        if word.kind == "jalali" or not _plain(line, word, end):
            return None
        return _checked(Stamp(at, _past_year(line, then + 1), year, word.value + 1))
    day = line.number(then, 1, 31)
    if day < 1 or line.key(then + 1) in COLON:
        return None
    stop = line.skip(then + 1, joints("ordinal"), most=1)
    return _named(line, at, day, (stop, word))


def _year_month(line: Line, at: int) -> Stamp | None:
    """2017. március 14., 2017 March 14, 2017-Mar-14."""
    year = line.year(at)
    if not year:
        return None
    named = line.month(line.skip(at + 1, DOT, COMMA, DASH, SLASH, joints("year"), most=3))
    if not named:
        return None
    end, word = named
    day = line.number(line.skip(end, DOT, COMMA, DASH, SLASH, most=1), 1, 31)
    if day < 1:
        return None
    stop = line.skip(end, DOT, COMMA, DASH, SLASH, most=1) + 1
    if word.kind == "jalali":
        return _solar(Stamp(at, stop), year, word.value + 1, day)
    return _checked(Stamp(at, line.skip(stop, DOT, {"d"}, most=1), year, word.value + 1, day))
