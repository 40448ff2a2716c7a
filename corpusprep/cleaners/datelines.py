"""Finds the dateline before the first words of a story: place, day, agency and a mark."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from corpusprep.cleaners.dates import read_dates
from corpusprep.cleaners.lexicon import fold
from corpusprep.cleaners.names import given, vocabulary

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["dateline"]

_HEAD = 120  # code points in which a dateline ends
_REST = 30  # code points of a paragraph that follow a place and a colon, at the least
_WORD = r"[^\W\d_][^\W\d_.'’\-‑/]*\.?(?:['’\-‑/][^\W\d_]+)*"
_PLACE = re.compile(rf"[(（]?(?P<place>{_WORD}(?: {_WORD}){{0,3}}(?:, (?:[A-Z]\.){{1,3}}|, {_WORD}(?: {_WORD})?\.?)?)")
_AGENCY = re.compile(r"[\s,.]*(?P<open>[(（\[/])(?P<agency>[^()（）\[\]]{2,30}?)(?:[)）\]]|(?<=\w)/(?=[. ]))")
_BARE_AGENCY = re.compile(
    r"(?:\s+[—–-]\s+|\s*[,.]\s+)(?P<agency>[^\W\d_][\w.-]*(?: [^\W\d_][\w.-]*){0,2}?)\s*(?=[—–:.-]+\s)"
)
_SHORT = re.compile(r"[a-z]{2,4}")  # "dpo", between brackets only
_DASH = re.compile(r"\s*(?:\.\s?[-—–]|—|–|--|―|[-‑](?=\s))\s*")
_COLON, _STOP = re.compile(r":\s+"), re.compile(r"\.\s+")
_EAST = re.compile(
    r"\s*(?:"
    r"[（(【\[]?\s*(?:新华社|中新社|中新网|本报|人民网|央视网|中央社|新華社|本報|法新社|路透社)[^，。]{0,16}?[电電讯訊](?:\s*[)）】\]])?(?:\s*[（(](?:记者|記者)[^）)]{1,20}[）)])?"
    r"|【[^】]{2,14}(?:共同|時事|ロイター|AFP|AP|[=＝][^】]{2,12})】"
    r"|[（(【](?:中央社)?(?:記者|记者)[^）)】]{2,24}(?:報導|报道|電|电|專電)[）)】]"
    r"|[(\[［][가-힣A-Za-z·・]{2,12}\s*=\s*[^)\]］]{2,12}[)\]］]\s*(?:[가-힣·, ]{2,20}(?:기자|특파원)\s*=\s*)?"
    r")\s*"
)
_ELIDED = re.compile(r"^[ld]['’]")
_WITHIN = frozenset("de del di da do la le los las el of the sur en am an der upon under aux sous ob bei".split())  # noqa: SIM905
_SPOKEN = re.compile(r"\b(?:I|I['’]m|I['’]ve|you|your|my|we|Yes|Yeah|No|Well|Thank|Thanks|Oh|So)\b")


@dataclass(frozen=True, slots=True)
class _Place:
    """The place at the head: where it ends, whether it is in capitals, whether its words begin with capitals."""

    end: int
    upper: bool
    words: tuple[str, ...]


def dateline(text: str) -> tuple[int, str] | None:
    """Where the dateline of a first paragraph ends and the day it tells as ISO 8601 ("" if none); None without a dateline.

    "MOSCOW: ", "LONDON, March 3 (Reuters) - ", "BERLIN (dpa) - ", "March 29 (UPI) -- ", "PARIS — ", "（新华社北京3月3日电）",
    "Москва. 3 марта. ИНТЕРФАКС - ". The end is an offset into `text`, past the mark and the space behind it. The name of a speaker
    and a label such as "WARNING: " are no datelines.
    """
    head = text[:_HEAD]
    east = _EAST.match(head)
    if east:
        return east.end(), _day(east[0])[0]
    if not head[:1].strip() or not (head[0].isalpha() or head[0] in "(（"):
        return None
    return _western(head)


def _day(text: str) -> tuple[str, int, int]:
    """The day of the first stamp, with its offsets; ("", -1, -1) if there is none."""
    for stamp in read_dates(text):
        if stamp.value:
            return stamp.value, stamp.start, stamp.end
    return "", -1, -1


def _western(head: str) -> tuple[int, str] | None:
    if not any(mark in head for mark in ("-", "—", "–", "―", ":", ".", "‑")):
        return None
    dated = any(char.isdigit() for char in head[:60])
    value, start, end = _day(head[:70]) if dated else ("", -1, -1)
    before = head if start < 0 else head[:start]
    for place in _places(before) if start else (_Place(0, upper=False, words=()),):
        found = _behind_place(head, place, (value, start, end))
        if found:
            return found
    return None


def _behind_place(head: str, place: _Place, stamp: tuple[str, int, int]) -> tuple[int, str] | None:
    """Where the dateline ends that begins with a place and perhaps holds a stamp."""
    value, start, end = stamp
    at = place.end
    day = ""
    if start >= 0 and not head[at:start].strip(" ,.:(（—–-") and start - at <= 5:
        at, day = end, value
    agency = _AGENCY.match(head, at)
    if agency and (_is_house(agency["agency"]) or _SHORT.fullmatch(agency["agency"])):
        at = agency.end()
    else:
        agency = _BARE_AGENCY.match(head, at)
        agency = agency if agency and _is_house(agency["agency"]) else None
        at = agency.end() if agency else at
    past = _past_mark(head, at, place, dated=bool(day), signed=bool(agency))
    return (past, day) if past else None


def _past_mark(head: str, at: int, place: _Place, *, dated: bool, signed: bool) -> int:
    """The end of the dateline, past its mark; 0 where the mark is missing or what stands before it is not sure enough."""
    named = bool(place.words)
    mark = _DASH.match(head, at)
    if mark:
        return mark.end() if signed or (named and (place.upper or dated)) else 0
    colon = _COLON.match(head, at)
    if colon and named and (signed or dated):
        return colon.end()
    if colon and place.upper and _may_be_town(place.words) and len(head) - colon.end() > _REST:
        return 0 if _SPOKEN.search(head, colon.end(), colon.end() + 60) else colon.end()
    stop = _STOP.match(head, at)
    return stop.end() if stop and signed and dated else 0


def _places(head: str) -> Iterator[_Place]:
    """The places that the head may begin with, longest first; none where it begins with something else."""
    match = _PLACE.match(head)
    if not match:
        return
    town = match["place"].partition(",")[0]
    words = re.findall(_WORD, town)
    uncased = not any(char.isupper() or char.islower() for char in town)
    labels = vocabulary().lists["labels"]
    small = [word for word in words if word[0].islower() and word not in _WITHIN]
    if (
        (not uncased and not words[0][0].isupper())
        or small
        or any(_ELIDED.sub("", fold(word)).strip(".") in labels for word in words)
    ):
        return
    capitals = not uncased and all(word.isupper() for word in words) and len(town.strip(". ")) > 3
    yield _Place(match.end(), capitals, tuple(words))
    if "," in match["place"]:
        yield _Place(match.start("place") + len(town), capitals, tuple(words))


def _may_be_town(words: tuple[str, ...]) -> bool:
    """Whether words before a colon are a place rather than somebody who speaks: one word, or two that begin as towns do."""
    if given(words[0]):
        return False
    return len(words) == 1 or vocabulary().has("place_first", fold(words[0]).strip("."))


def _is_house(text: str) -> bool:
    """Whether this is an agency or a paper: known, or a few letters such as "MNA", "dpa/lno", or a site."""
    agencies = vocabulary().lists["agencies"]
    parts = [part.strip() for part in re.split(r"[/,]| and ", text)]
    return any(fold(part).removeprefix("the ") in agencies or _is_letters(part) for part in parts)


def _is_letters(text: str) -> bool:
    bare = text.replace(".", "").replace(" ", "")
    return (bare.isalpha() and bare.isupper() and 2 <= len(bare) <= 9) or text.lower().endswith((".com", ".co", ".id"))
