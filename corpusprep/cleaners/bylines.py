"""Reads bylines and datelines of plain lines: whether a line is one, and the names and days in it."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING

from corpusprep.cleaners.dates import may_be_date, read_dates
from corpusprep.cleaners.lexicon import fold, load

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["dateline", "is_byline", "read_authors"]

_LONGEST = 160  # code points
_HANDLE = re.compile(r"\(?(?:https?://\S+|[\w.+-]+@[\w-]+(?:\.[\w-]+)+|(?<!\w)@\w{2,30})\)?")
_MARKS = re.compile(r"\s*[|·•;；/／\n\t<>»«，、—–]\s*|\s+-\s+|\s*[()（）【】\[\]]\s*|\s{3,}|\u3000+")
_COMMA = re.compile(r"\s*[,،]\s*")
_COLON = re.compile(r"\s*[:：]\s*")
_WORD = re.compile(
    r"[^\W\d_](?:[\w'’.\-\u0300-\u036f\u064b-\u0670\u0900-\u0dff\u0e31-\u0e4e\u200c\u2010\u2011]*[\w.'’\u0900-\u0dff\u0e31-\u0e4e])?"
)
_HAN = re.compile(r"[\u3040-\u30ff\u3400-\u9fff々・]+")
_ASIAN_ROLE = re.compile(r"(?:报道|報道|報導|电|摄|记者|記者|기자|특파원)$")
_MONTHS = frozenset(
    [
        "january",
        "february",
        "march",
        "april",
        "may",
        "june",
        "july",
        "august",
        "september",
        "october",
        "november",
        "december",
        "monday",
        "tuesday",
        "wednesday",
        "thursday",
        "friday",
        "saturday",
        "sunday",
        "januar",
        "februar",
        "märz",
        "mai",
        "juni",
        "juli",
        "oktober",
        "dezember",
        "montag",
        "dienstag",
        "mittwoch",
        "donnerstag",
        "freitag",
        "samstag",
        "sonntag",
    ]
)


@dataclass(frozen=True, slots=True)
class _Words:
    """bylines.toml and the roles and agencies of the phrase lists, folded."""

    strong: tuple[str, ...]
    weak: frozenset[str]
    others: tuple[str, ...]
    joins: frozenset[str]
    places: frozenset[str]
    particles: frozenset[str]
    roles: frozenset[str]
    agencies: frozenset[str]
    stop: frozenset[str]
    first: frozenset[str]


@cache
def _words() -> _Words:
    file = resources.files("corpusprep.cleaners") / "bylines.toml"
    table = tomllib.loads(file.read_text(encoding="utf-8"))
    lists = {
        key: {fold(each.strip()) for each in block.replace("\n", " ").split(",")} - {""} for key, block in table.items()
    }
    lexicon = load()
    agencies = lists["agencies"] | {" ".join(each) for each in lexicon.words.get("byline", {}).get("agencies", ())}
    longest = {key: tuple(sorted(lists[key], key=lambda each: (-len(each), each))) for key in ("strong", "others")}
    openers = (*longest["strong"], *longest["others"], *lists["weak"])
    return _Words(
        strong=longest["strong"],
        weak=frozenset(lists["weak"]),
        others=longest["others"],
        joins=frozenset(lists["joins"]),
        places=frozenset(lists["places"]),
        particles=frozenset(lists["particles"]),
        roles=frozenset(lists["roles"]),
        agencies=frozenset(agencies),
        stop=lexicon.stop.get("en", frozenset()) - lists["particles"],
        first=frozenset(opener.split()[0] for opener in openers),
    )


@dataclass(frozen=True, slots=True)
class _Part:
    """A part of a line between marks: how it was opened ("strong", "weak", "others", ""), and what it holds."""

    opened: str
    names: tuple[str, ...]
    role: bool
    foreign: int  # words that are neither name nor role, agency, place


def is_byline(text: str) -> float:
    """How sure it is that this short line says who wrote a story, 0 to 1.

    A name alone reaches .4, since a caption, a heading or a list may be one, too: the caller knows where the line stands.
    """
    text = text.strip()
    if not 3 <= len(text) <= _LONGEST or text[-1] in "?!？！。" or text[0] in "\"“‘'#$€£":
        return 0.0
    head = text[:24].lstrip("-–—( （«»•").split(None, 1)
    opener = bool(head) and fold(head[0]).rstrip(":：/|.,") in _words().first
    count = text.count(" ")
    if not opener and count > 16:
        return 0.0
    parts = list(_parts(text))
    return _sure(parts, text)


def _sure(parts: list[_Part], text: str) -> float:
    foreign = sum(part.foreign for part in parts)
    names = sum(len(part.names) for part in parts)
    role = any(part.role for part in parts) or bool(_HANDLE.search(text))
    opened = {part.opened for part in parts if part.names or part.role} - {""}
    if not (names or role) or foreign > 2:
        return 0.0
    sure = 0.4 if names else 0.0
    if "strong" in opened:
        sure = 0.95
    elif "weak" in opened:
        sure = 0.9
    elif names and role:
        sure = 0.8
    elif role:
        sure = 0.6
    elif "others" in opened:
        sure = 0.3
    elif len(parts) > 1 and names == 1 and may_be_date(text) and read_dates(text):
        sure = 0.75
    elif names > 1 and len(parts) == 1:
        sure = 0.5
    return max(0.0, sure - 0.25 * foreign)


def read_authors(text: str) -> tuple[str, ...]:
    """The names of those who wrote, in the order of the byline, without roles, places, agencies, addresses and dates.

    A name in capitals is told in the usual spelling ("JANE DOE" as "Jane Doe"). () where only an agency or a desk signs.
    """
    parts = list(_parts(text.strip()[:400]))
    wrote = [part for part in parts if part.names and part.opened in {"strong", "weak"}]
    if not wrote:
        wrote = [part for part in parts if part.names and not part.opened][:2]
    names: dict[str, str] = {}
    for part in wrote:
        for name in part.names:
            names.setdefault(name.casefold(), name)
    return tuple(names.values())


def _parts(text: str) -> Iterator[_Part]:
    """The line between its marks; what follows "Foto:" belongs to it until the next opener."""
    bare = _HANDLE.sub(" | ", text)
    if may_be_date(bare):
        for stamp in reversed(read_dates(bare)):
            bare = bare[: stamp.start].rstrip() + " | " + bare[stamp.end :]
    opened = ""
    for piece in filter(None, (each.strip(" .,:：-–—•*\"'") for each in _MARKS.split(bare))):
        kind, rest = _opener(piece)
        opened = kind or ("others" if opened == "others" else "")
        yield _read(rest, opened)


def _opener(piece: str) -> tuple[str, str]:
    """What opens a piece, and what follows it."""
    words = _words()
    folded = fold(piece)
    if len(folded) != len(piece):
        folded = piece.lower()
    for kind, openers in (("others", words.others), ("strong", words.strong)):
        for opener in openers if folded.startswith(openers) else ():
            if folded.startswith(opener) and _ends(folded, len(opener), opener):
                rest = piece[len(opener) :]
                if kind == "strong":
                    inner = fold(rest.strip(" :：")).split(" ", 1)
                    if len(inner) > 1 and inner[0] in words.weak:
                        rest = rest.strip(" :：").split(" ", 1)[1]
                return kind, rest.strip(" :：/.,")
    first, _, rest = folded.partition(" ")
    if first.rstrip(":：.") in words.weak and rest:
        return "weak", piece[len(first) :].strip(" :：")
    return "", piece


def _ends(folded: str, at: int, opener: str) -> bool:
    """Whether an opener ends where a word ends; a bare noun ("text", "author") opens only with a colon, or before a capital."""
    after = folded[at : at + 1]
    if _HAN.match(opener):
        return True
    if not after:
        return False
    return after in " :：/" and (
        " " in opener or not opener.isascii() or after in ":：/" or folded[at : at + 3].lstrip()[:1] == ":"
    )


def _read(piece: str, opened: str) -> _Part:
    """The names of a piece, whether it tells a role or an agency, and how many words are neither."""
    names: list[str] = []
    role, foreign = False, 0
    for side in _COMMA.split(piece):
        for each in _sides(side):
            if not each.strip():
                continue
            kind, name, rest = _kind(each.strip(" .:"), opened)
            role = role or kind == "role"
            foreign += rest
            if name:
                names.append(name)
    return _Part(opened, tuple(names), role, foreign)


def _sides(side: str) -> list[str]:
    """A piece at its joining words, where what stands on both sides looks like a name or a role."""
    sides: list[list[str]] = [[]]
    for word in side.replace("&", " & ").split():
        if (
            word == "&" or ((fold(word) in _words().joins and word[0].islower()) or fold(word) in {"و", "和", "और"})
        ) and sides[-1]:
            sides.append([])
        else:
            sides[-1].append(word)
    joined = [" ".join(each) for each in sides]
    if len(joined) > 1 and any(len(each) < 2 and fold(" ".join(each)) not in _words().agencies for each in sides[:1]):
        single = side.split()
        return joined if len(single) > 4 else [side]
    return joined


def _kind(text: str, opened: str) -> tuple[str, str, int]:
    """("name", the name, 0), ("role", the name beside it if any, 0) or ("", "", number of foreign words)."""
    words = _words()
    folded = fold(text)
    if folded in words.agencies or folded.removeprefix("the ") in words.agencies:
        return "role", "", 0
    pieces = text.split()
    role = [index for index, word in enumerate(pieces) if fold(word).strip(".") in words.roles]
    if role:
        before, after = pieces[: role[0]], pieces[role[-1] + 1 :]
        if all(not piece[0].islower() or fold(piece) in words.particles for piece in pieces[:1]) or opened:
            name = _name(after) if opened and _name(after) else (_name(before[:-1]) if len(before) > 2 else "")
            return ("role", name, 0) if len(pieces) <= 7 else ("", "", len(pieces))
        return ("role", "", 0) if len(pieces) <= 5 else ("", "", len(pieces))
    place = next(
        (index for index, word in enumerate(pieces) if index and fold(word) in words.places and word[0].islower()), 0
    )
    if place and _name(pieces[:place]) and len(pieces) - place <= 5 and pieces[-1][:1].isupper():
        return "name", _name(pieces[:place]), 0
    name = _name(pieces, alone=bool(opened))
    return ("name", name, 0) if name else ("", "", len(pieces) if pieces else 0)


def _name(pieces: list[str], *, alone: bool = False) -> str:
    """The name that these words are, "" if they are none."""
    text = " ".join(pieces).strip(" .,:")
    if not text or len(text) > 48 or any(char.isdigit() for char in text):
        return ""
    if _HAN.match(text) or "\uac00" <= text[0] <= "\ud7a3":
        bare = _ASIAN_ROLE.sub("", text.replace("\u3000", "")).split(" ")[0].strip("・")
        return bare if 2 <= len(bare) <= (8 if alone else 4) else ""
    fewest = 1 if alone else 2
    if not fewest <= len(pieces) <= 5:
        return ""
    if not any(char.isupper() or char.islower() for char in text):
        return text if len(text) >= 4 else ""
    return _spelled(text) if all(map(_may_name, pieces, range(len(pieces), 0, -1))) else ""


def _may_name(piece: str, left: int) -> bool:
    """Whether a word may be part of a name of which so many words are left."""
    words, low = _words(), fold(piece).strip(".,")
    if not _WORD.match(piece) or low in _MONTHS:
        return False
    if piece[0].islower():
        return low in words.particles and left > 1
    return len(low) < 2 or low not in words.stop


def _spelled(name: str) -> str:
    """A name in capitals in the usual spelling."""
    letters = [char for char in name if char.isalpha()]
    if len(letters) < 5 or not all(char.isupper() for char in letters):
        return name
    words = _words()
    told = []
    for index, piece in enumerate(name.split()):
        low = piece.lower()
        if index > 0 and low in words.particles:
            told.append(low)
        elif "." in piece:
            told.append(piece)
        else:
            told.append(re.sub(r"(^|[-'’]|^mc)(\w)", lambda found: found[1].capitalize() + found[2].upper(), low))
    return " ".join(told)


_PLACE = r"[^\W\d_][^\W\d_.'’-]*(?:[.'’\- ]{1,2}[^\W\d_][^\W\d_.'’-]*){0,4}"
_LEAD = re.compile(rf"\s*[(（]?(?P<place>{_PLACE})(?:\s*,\s*(?P<more>{_PLACE}))?\.?")
_DASH = re.compile(r"\s*(?:—|–|--|―|-(?=\s))\s*")
_AGENCY = re.compile(r"\s*[(（](?P<agency>[^()（）]{2,30})[)）]")
_CHINESE = re.compile(
    r"\s*[（(【]?\s*(?P<agency>新华社|中新社|中新网|本报|人民网|央视网|中央社|中國|新華社|本報)[^，。]{1,14}?(?P<date>\d{1,2}月\d{1,2}日)?[电電讯訊](?:\s*[)）】])?"
)
_SPEAKING = frozenset(
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


def dateline(text: str) -> tuple[int, str] | None:
    """Where the dateline of a first paragraph ends and the day it tells as ISO 8601 ("" if none); None without a dateline.

    "MOSCOW: ", "LONDON, March 3 (Reuters) - ", "BERLIN (dpa) - ", "March 29 (UPI) -- ", "PARIS — ", "（新华社北京3月3日电）". The end is an
    offset into `text`, past the mark and the space behind it.
    """
    head = text[:120]
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
        named = bool(words) and all(word[0].isupper() for word in words) and fold(words[0]) not in _SPEAKING
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
    colon = re.compile(r"\s*:\s+").match(head, at)
    if colon and upper and not dated and len(head[:at].split()) == 1 and len(head) > colon.end() + 40:
        return colon.end(), ""
    return None
