"""Finds the stamps of a line: a date with its time and weekday, or a relative one such as "3 hours ago"."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from corpusprep.cleaners.calendars import ERA_SIGNS
from corpusprep.cleaners.datewords import COLON, COMMA, DASH, DOT, SLASH, joints, starters
from corpusprep.cleaners.days import CHINESE_DIGITS, Stamp, read_day

if TYPE_CHECKING:
    from corpusprep.cleaners.datewords import Line

__all__ = ["bare_age", "day_first", "stamps"]

_POINT = DOT | {","}
_HOUR_ONLY = ("en", "es")  # where "9 am" is a time; elsewhere "am" and the like mean other things


def stamps(line: Line) -> list[Stamp]:
    """All stamps of a line, in order."""
    found, at = [], 0
    while at < line.count:
        token = line.tokens[at]
        starts = token.number >= 0 or token.key in starters() or token.key in ERA_SIGNS or token.key in CHINESE_DIGITS
        stamp = _stamp(line, at) if starts else None
        if stamp:
            found.append(_widened(line, stamp))
            at = max(stamp.end, at + 1)
        else:
            at += 1
    return found


def _stamp(line: Line, at: int) -> Stamp | None:
    relative = _relative(line, at)
    if relative:
        return _with_time(line, relative)
    timed = _time(line, at, dated=at > 0 and line.key(at - 1) in joints("clock_before"))
    if timed:
        then = _connect(line, timed.end)
        dated = read_day(line, then)
        if dated:
            return _both(dated, timed, start=at, end=dated.end)
    dated = read_day(line, at)
    if dated:
        return _with_time(line, dated)
    for end, word in line.found(at, "weekdays"):
        then = line.skip(end, COMMA, DASH, DOT, frozenset("()（）|·"), joints("at"), most=3)
        dated = read_day(line, then)
        if dated:
            return _with_time(line, replace(dated, start=at, weekday=word.value))
        timed = _time(line, then)
        if timed and not read_day(line, _connect(line, timed.end)):
            return replace(timed, start=at, weekday=word.value)
    return timed


def _connect(line: Line, at: int) -> int:
    """Past what stands between the date and the time of one stamp."""
    for _ in range(3):
        at = line.skip(at, COMMA, DASH, DOT, SLASH, frozenset("|•·@()（）"), joints("at"))
        day = line.first(at, "weekdays")
        if not day:
            break
        at = day[0]
    return at


def _with_time(line: Line, stamp: Stamp) -> Stamp:
    then = _connect(line, stamp.end)
    if line.key(then) == "t" and line.joined(then):
        then += 1
    if then == stamp.end and line.joined(then) and line.tokens[then].number >= 0 and line.key(then - 1).isascii():
        return stamp
    if _relative(line, then):
        return stamp
    timed = _time(line, then, dated=True)
    return _both(stamp, timed, start=stamp.start, end=timed.end) if timed else stamp


def _both(dated: Stamp, timed: Stamp, *, start: int, end: int) -> Stamp:
    return replace(dated, start=start, end=end, hour=timed.hour, minute=timed.minute, zone=timed.zone)


def _widened(line: Line, stamp: Stamp) -> Stamp:
    """With the weekday that stands before a time or behind the date."""
    weekday, start, end = stamp.weekday, stamp.start, stamp.end
    then = line.skip(end, COMMA, frozenset("(（["), most=2)
    for stop, word in line.found(then, "weekdays"):
        weekday, end = word.value, line.skip(stop, frozenset(")）]"), most=1)
        break
    return replace(stamp, weekday=weekday, start=start, end=end)


def _time(line: Line, at: int, *, dated: bool = False) -> Stamp | None:
    """A time of day; beside a date "18.30" is one, too."""
    half, then = _half_before(line, at)
    hour = line.number(then, 0, 24)
    if hour < 0:
        return None
    minute, end = _minutes(line, then + 1, dated=dated)
    hourly = minute < 0 and line.key(then + 1) not in joints("hour")
    if half < 0:
        half, end = _half_behind(line, end, hourly=hourly)
    if hourly and half < 0:
        return None
    if half >= 0 and hour <= 12:
        hour = hour % 12 + 12 * half
    zone, end = _zone(line, line.skip(end, joints("clock"), most=1))
    return Stamp(at, end, hour=hour % 24, minute=minute, zone=zone)


def _minutes(line: Line, at: int, *, dated: bool) -> tuple[int, int]:
    """The minutes behind an hour (-1 if none) and the token after them: ":30", ":30:15", "h30", ".30"."""
    key, pair = line.key(at), line.tokens[at + 1]
    minute = pair.number if pair.end - pair.start == 2 and 0 <= pair.number <= 59 else -1
    if key in COLON and minute >= 0:
        at += 2
        if line.key(at) in COLON and line.number(at + 1, 0, 59) >= 0:
            at += 2
            if line.key(at) in _POINT and line.tokens[at + 1].number >= 0 and line.joined(at) and line.joined(at + 1):
                at += 2
        return minute, at
    if key in joints("hour"):
        minute = line.number(at + 1, 0, 59)
        paired = pair.end - pair.start == 2 and key == "h"  # 14 h 15
        if minute >= 0 and (paired or line.joined(at + 1) or line.key(at + 2) in joints("minute") or not key.isascii()):
            return minute, line.skip(at + 2, joints("minute"), most=1)
        return -1, at + 1
    if key in DOT and minute >= 0 and line.joined(at) and line.joined(at + 1) and line.key(at + 2) not in DOT:
        marked = line.first(at + 2, "half") or line.key(at + 2) in joints("clock") | joints("zone")
        return (minute, at + 2) if dated or marked else (-1, at)
    if key in DOT and dated and minute >= 0 and line.joined(at + 1) and line.tokens[at + 3].number < 0:
        return minute, at + 2
    return -1, at


def _half_before(line: Line, at: int) -> tuple[int, int]:
    """0 in the morning, 1 after noon, -1 if nothing says so before the hour, as Chinese, Japanese and Korean do; the next token."""
    for end, word in line.found(at, "half"):
        if not word.keys[0].isascii():  # "am 3. Mai" and "em 3 de maio" are no times
            return int(word.kind == "pm"), end
    return -1, at


def _half_behind(line: Line, at: int, *, hourly: bool) -> tuple[int, int]:
    for end, word in line.found(at, "half"):
        if not hourly or word.language in _HOUR_ONLY:
            return int(word.kind == "pm"), line.skip(end, DOT, most=1) if line.joined(end) else end
    return -1, at


def _zone(line: Line, at: int) -> tuple[str, int]:
    """The zone behind a time ("" if it is but an offset), and the token after it: "GMT", "(MEZ)", "MYT", "GMT+7", "+02:00"."""
    then = line.skip(at, frozenset("(（"), most=1)
    token = line.tokens[then]
    offset = {"+"} | DASH
    if _is_zone(line, then):
        end = then + 1
        if line.key(end) in offset and line.joined(end) and line.number(end + 1, 0, 1400, 4) >= 0:
            end = line.skip(end + 2, COLON, {"0", "30"}, most=2)
        return token.key, line.skip(end, frozenset(")）"), most=1)
    if token.key in offset and line.joined(then) and line.joined(then + 1) and line.number(then + 1, 0, 1400, 4) >= 0:
        return "", line.skip(then + 2, COLON, {"0", "30"}, most=2)
    return "", at


def _is_zone(line: Line, at: int) -> bool:
    token = line.tokens[at]
    text = line.text[token.start : token.end]
    if not text.isupper():
        return False
    last = at + 1 == line.count or not line.text[token.end :][:2].strip().isalnum()
    return token.key in joints("zone") or (3 <= len(text) <= 4 and text.isascii() and text.endswith("T") and last)


def _relative(line: Line, at: int) -> Stamp | None:
    """3 hours ago, vor 2 Stunden, il y a 3 jours, 3 小时前, yesterday."""
    for end, _ in line.found(at, "before"):
        amount = _amount(line, end) or _amount_of_one(line, end)
        if amount:
            behind = line.first(amount[0], "after")
            stop = behind[0] if behind else amount[0]
            return Stamp(at, stop, relative=amount[1])
    amount = _amount(line, at)
    if amount:
        behind = line.first(amount[0], "after")
        if behind:
            return Stamp(at, behind[0], relative=amount[1])
    for kind, passed in (("now", (0, 0)), ("today", (3, 0)), ("yesterday", (3, 1))):
        told = line.first(at, kind)
        if told:
            return Stamp(at, told[0], relative=(passed,))
    return None


def _amount_of_one(line: Line, at: int) -> tuple[int, tuple[tuple[int, int], ...]] | None:
    """An hour, or two, in the one word by which Arabic and Hebrew say so."""
    for group, number in (("dual", 2), ("units", 1)):
        unit = line.first(at, group)
        if unit and not unit[1].keys[0].isascii():
            return unit[0], ((unit[1].value, number),)
    return None


def _amount(line: Line, at: int) -> tuple[int, tuple[tuple[int, int], ...]] | None:
    """So many units, and the token after them: "2 hours", "1h 5m", "an hour"."""
    passed: list[tuple[int, int]] = []
    while True:
        then = at
        for _ in range(3):
            filled = line.first(then, "fill")
            then = filled[0] if filled else then
        number = line.number(then, 0, 999, 3)
        if number < 0 and (then == at or passed):
            break
        unit = line.first(then + (number >= 0), "units")
        if not unit:
            break
        at = unit[0]
        at = line.skip(at, DOT, most=1)
        passed.append((unit[1].value, number if number >= 0 else 1))
    return (at, tuple(passed)) if passed else None


def bare_age(line: Line) -> Stamp | None:
    """The whole line as an age, perhaps behind a role word: "3h", "10 min"."""
    role = line.first(0, "role")
    start = line.skip(role[0], COLON) if role else 0
    amount = _amount(line, start)
    if amount and amount[0] == line.count and line.tokens[start].number >= 0:
        return Stamp(start, line.count, relative=amount[1])
    return None


def day_first(line: Line) -> bool | None:
    """Whether this line writes the day before the month, by its zone, its other dates, its language; None if it does not show."""
    upper = {token.key for token in line.tokens if token.key in joints("zone") and token.key.upper() in line.text}
    if upper & joints("american") or upper & joints("day_first"):
        return not upper & joints("american")
    for at in range(line.count):
        first, second = line.number(at, 1, 31), line.number(at + 2, 1, 31)
        if line.key(at + 1) in SLASH and line.key(at + 3) in SLASH and line.year(at + 4) and max(first, second) > 12:
            return first > second
    foreign = any(char.isalpha() and char > "\u024f" for char in line.text)
    groups = ("role", "weekdays")
    if any(token.key in joints("day_first_words") for token in line.tokens[: line.count]):
        return True
    told = {word.language for at in range(line.count) for group in groups for _, word in line.found(at, group)}
    return True if foreign or (told and "en" not in told) else None
