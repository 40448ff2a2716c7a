"""How a page is laid out: which blocks are paragraphs, and what kinds of lines stand between them."""

from __future__ import annotations

import itertools
import re
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from corpusprep.cleaners.cohesion import terms, weigh
from corpusprep.cleaners.evidence import CHAR

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from corpusprep.cleaners.cohesion import Weights
    from corpusprep.cleaners.evidence import Evidence
    from corpusprep.cleaners.matching import Matches

    Flags = NDArray[np.bool_]
    Ints = NDArray[np.int64]
    Roles = NDArray[np.int8]

__all__ = ["BODY", "COMMENTS", "FURNITURE", "HEADER", "KINDS", "UNSURE", "Page", "is_dateline", "read_page"]

FURNITURE, BODY, COMMENTS, UNSURE = 0, 1, 2, 3
"""Roles of blocks; UNSURE is furniture by its looks alone."""

HEADER = 12
"""Blocks before a story's first paragraph that may be its header."""

KINDS = ("furniture", "line", "thread", "stamp", "byline", "headline", "template", "dated", "doubted")
"""Kinds of blocks between paragraphs: furniture by its role; other lines; comments; and what lines of either role may be.
`template` is a line that the document's own header has, too; `dated` is a stamp in whatever role, a reader's comment's included;
`doubted` is a paragraph that was taken back from a thread or the page's foot."""

_LONG_RUN, _LONG_RUN_WORDS = 3, 60.0

_STAMP = re.compile(
    r"\b\d{1,2}\s?[:.h]\s?\d\d\b|\d{1,4}[./-]\d{1,2}[./-]\d{1,4}|\b\d+ ?\w+ ago\b|\b(?:vor|il y a|hace|há) \d+ "
    r"|\b\d+ \w+ (?:fa|назад|önce|temu|sedan|siden|geleden|lalu)\b|\d+ ?(?:分钟|小时|天|時間|分|日)前|\d+[시분일]|\d+ ?[年月日]|(?:منذ|قبل) \d"
)
_YEAR = re.compile(r"(?:^|\D)(?:19|20)\d\d(?!\d)")
_SHORT_STAMP = 12
_DIGITS = re.compile(r"\d+")
_LETTERS = re.compile(r"[^\W\d_]+")
_BULLETS = frozenset("•‣◦⁃∙·●○■▪□▫►▸➤»›✓✔*+")
_NUMBERED = re.compile(r"(?:\d{1,2}[.)]|-)\s")
_DASHES = ("--", "–", "—", ":", " - ", "/")


@dataclass(frozen=True)
class Page:
    """roles: by block. given: the roles that the cleaners gave. units: indices of the blocks that are paragraphs of prose."""

    evidence: Evidence
    phrases: Matches
    given: Roles
    roles: Roles
    units: Ints

    @cached_property
    def terms(self) -> tuple[NDArray[np.uint64], Ints]:
        """Terms and their blocks, see `cohesion.terms`."""
        return terms(self.evidence)

    @cached_property
    def weights(self) -> Weights:
        """What each term weighs."""
        return weigh(self.terms[0])

    @cached_property
    def kinds(self) -> Flags:
        """A row for each of KINDS, by block, whether it is one."""
        evidence, words, prints = self.evidence, self.evidence.words, self.evidence.prints
        dated = _dated(evidence)
        line = self.roles != COMMENTS
        line[self.units] = False
        stamp = line & dated
        byline = line & (words <= 8) & ~stamp & self.phrases.has("byline", "start", "line", "any")
        headline = line & (words >= 3) & (words <= 25) & ~evidence.statement & ~stamp & ~byline
        template = np.zeros(len(words), np.bool_)
        start = int(self.units[0]) if len(self.units) else 0
        known = {*prints[max(start - HEADER, 0) : start].tolist()} - {0}
        if known:
            template[start:] = [each in known for each in prints[start:].tolist()]
        body = self.roles == BODY
        kinds = (line & ~body, line & body, self.roles == COMMENTS, stamp, byline, headline, template & line, dated)
        return np.stack((*kinds, self.roles != self.given))

    @cached_property
    def _sums(self) -> Ints:
        sums = np.zeros((len(KINDS), len(self.roles) + 1), np.int64)
        np.cumsum(self.kinds, axis=1, out=sums[:, 1:])
        return sums

    def count(self, low: Ints, high: Ints) -> Ints:
        """How many blocks of each kind (rows) there are from `low` up to `high`, not included (columns)."""
        return self._sums[:, high] - self._sums[:, low]

    def is_kind(self, name: str) -> Flags:
        """By block, whether it is of that kind."""
        kind: Flags = self.kinds[KINDS.index(name)]
        return kind

    def stamp_shapes(self, low: int, high: int) -> set[str]:
        """How the stamps from block `low` up to `high` are written: figures as 0, words as a."""
        stamps = np.flatnonzero(self.is_kind("stamp")[low:high]) + low
        return {_LETTERS.sub("a", _DIGITS.sub("0", self.evidence.texts[index])) for index in stamps.tolist()}


def read_page(evidence: Evidence, phrases: Matches, given: Roles) -> Page:
    """Find the paragraphs of a page; `given` holds a role by block."""
    words = evidence.words
    prose = (((words >= 8) & evidence.ends) | (words >= 18)) & (evidence.capitals <= 0.6 * words + 2)
    prose &= evidence.chars[:, CHAR["bar"]] <= 2
    roles = given
    if np.count_nonzero(prose & (given > BODY)) >= _LONG_RUN:
        roles = _doubt(evidence, given, (prose, _dated(evidence), phrases.has("reply", "line", "any")))
    # Items of lists are no paragraphs: a page's foot and margin are full of them.
    units = np.flatnonzero(prose & (roles == BODY))
    texts = evidence.texts
    items = [texts[unit][0] in _BULLETS or _NUMBERED.match(texts[unit]) is not None for unit in units.tolist()]
    units = units[~np.array(items, np.bool_)]
    if len(units):
        _, first = np.unique(evidence.prints[units], return_index=True)
        if len(first) < len(units):
            units = units[np.sort(first)]  # a paragraph that is said again would make any two parts alike
    return Page(evidence, phrases, given, roles, units)


def _dated(evidence: Evidence) -> Flags:
    """Short blocks with a date, a time or an age in them."""
    digits = evidence.chars[:, CHAR["digit"]]
    dated = (evidence.words <= _SHORT_STAMP) & (digits > 0) & ~evidence.ends
    for index in np.flatnonzero(dated).tolist():
        text = evidence.texts[index]
        # A year makes a date when a day stands beside it, or hardly anything else does; headlines have years, too.
        year = (digits[index] > 4 or evidence.words[index] <= 3) and _YEAR.search(text)
        dated[index] = bool(year or _STAMP.search(text))
    return dated


def _doubt(evidence: Evidence, roles: Roles, kinds: tuple[Flags, Flags, Flags]) -> Roles:
    """Take back from threads and the page's foot what reads as a story: paragraph after paragraph, nobody's name, stamp or reply between.

    `kinds` flags prose, stamps and replies. Above such a run must stand a header with a line like a headline, or a reply, below
    which no comment begins without its author. A long comment may pass here; whether it is a story is judged later.
    """
    prose, dated, replies = kinds
    signs = dated | replies
    titled = (evidence.words >= 4) & (evidence.words <= 25) & ~evidence.ends & ~signs
    breaks = signs | (~prose & (evidence.words <= 3)) | (roles <= BODY) | (prose & ~evidence.ends)
    within = np.flatnonzero(prose & ~breaks & evidence.ends)
    bounds = np.flatnonzero(np.diff(np.cumsum(breaks)[within], prepend=-1, append=-1))
    thread = np.logical_or.accumulate(roles == COMMENTS)
    roles = roles.copy()
    for first, end in itertools.pairwise(bounds.tolist()):
        run = within[first:end]
        if len(run) < _LONG_RUN or evidence.words[run].sum() < _LONG_RUN_WORDS:
            continue
        start = above = int(run[0])
        while above > 0 and start - above < HEADER // 2 and roles[above - 1] != BODY and not prose[above - 1]:
            above -= 1
        head = slice(above, start)
        if (titled[head].any() and (thread[start] or dated[head].any())) or _after_reply(head, dated, replies):
            roles[run] = BODY
            roles[head] = FURNITURE
    return roles


def _after_reply(head: slice, dated: Flags, replies: Flags) -> bool:
    """Whether nothing but a stamp stands between a reply and the first paragraph."""
    last = head.stop - 1
    while last > head.start and dated[last]:
        last -= 1
    return last >= head.start and bool(replies[last])


def is_dateline(text: str) -> bool:
    """Whether a paragraph opens as agencies do: PLACE, date (AGENCY) --."""
    opening = text[:80]
    places = [at for at in map(opening.find, _DASHES) if at > 3]
    if not places:
        return False
    place, _, agency = opening[: min(places)].partition("(")
    place, agency = place.split(",")[0].strip(), agency.strip(" )")
    named = 4 <= len(place) <= 30 and place.isupper() and len(place.split()) <= 4
    return named or (len(agency) > 1 and agency.isupper())
