"""Segment, evidence, claims, resolve: from a document to a labelled span for each of its characters."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING

from corpusprep.cleaners.context import Context, Site
from corpusprep.cleaners.evidence import measure
from corpusprep.cleaners.matching import lexicon_trie, match
from corpusprep.cleaners.regions import find_regions
from corpusprep.cleaners.registry import BUILT_IN, selected
from corpusprep.cleaners.stories import read_stories
from corpusprep.config import Config
from corpusprep.document import Claim, Cleaned, Document, Label, Span
from corpusprep.errors import CleanerError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

__all__ = ["clean_document", "resolve"]

DEFAULT = Config()


def clean_document(document: Document, *, config: Config = DEFAULT, site: Site | None = None) -> Cleaned:
    """Label every character of a document.

    Pure: the result depends on the arguments alone. Raises CleanerError when a cleaner of the user's breaks its contract.
    """
    evidence = measure(document)
    phrases, regions = match(lexicon_trie(), evidence), find_regions(evidence)
    claims: list[tuple[str, Claim]] = []
    for name, cleaner in selected(config.clean) if document.blocks else ():
        context = Context(document, evidence, phrases, regions, config, tuple(claims), site)
        claims.extend((name, claim) for claim in cleaner(context))
    spans = resolve(document, claims)
    article, *others = read_stories(document, spans)
    return Cleaned(replace(document, source=""), spans, article, tuple(others))


_USERS = {"own_phrases"}
_ARBITERS, _SURE = {"markup", "appended"}, 0.95
"""From this score on what they say of a single block weighs as much as a claim that spans several: they have weighed those."""
_NOBODY = ("default", Claim(0, 0, Label.BODY, "unclaimed", score=0.5))

Named = tuple[str, Claim]
Rank = tuple[int, float]


def resolve(document: Document, claims: Sequence[Named]) -> tuple[Span, ...]:
    """One owner per character.

    A user's cleaner outweighs the built-in ones; a claim that spans several blocks (a comment thread) owns all that lies
    in it, unless `markup` or `appended` is sure of a block; then the higher score wins, then the earlier claim. A claim of another story
    moves what lies in it to that story and leaves its label to the other claims.
    """
    _check(document, claims)
    blocks = document.blocks
    if not blocks:
        return (_span((0, len(document.text)), _NOBODY, 0),) if document.text else ()
    owned = _Owned(len(blocks))
    _share_out(document, claims, owned)
    ends = [*(block.start for block in blocks[1:]), len(document.text)]
    at, spans = 0, []
    for index, end in enumerate(ends):
        if index in owned.pieces:
            spans.extend(_divide((at, blocks[index].end, end), owned, index))
        else:
            name, claim = owned.owners[index]
            story = owned.stories[index]
            spans.append(Span(at, end, claim.label, story, name, claim.reason, claim.evidence, claim.score))
        at = end
    return tuple(spans)


class _Owned:
    """Who owns each block, by what rank, in which story; and the claims on parts of a block."""

    def __init__(self, count: int) -> None:
        self.owners: list[Named] = [_NOBODY] * count
        self.ranks: list[Rank] = [(-1, 0.0)] * count
        self.stories = [0] * count
        self.pieces: dict[int, list[tuple[Rank, Named]]] = {}


def _share_out(document: Document, claims: Sequence[Named], owned: _Owned) -> None:
    blocks, owners, ranks = document.blocks, owned.owners, owned.ranks
    starts = [block.start for block in blocks]
    index_of = {start: index for index, start in enumerate(starts)}
    users = {name for name, _ in claims if name in _USERS or name not in BUILT_IN}
    for named in claims:
        name, claim = named
        only = index_of.get(claim.start, -1)
        if only >= 0 and blocks[only].end == claim.end and not claim.story:  # most claims are on one block
            rank = (2 if name in users else int(name in _ARBITERS and claim.score >= _SURE), claim.score)
            if rank > ranks[only]:
                ranks[only], owners[only] = rank, named
            continue
        first, last = _reach(starts, claim)
        if claim.story and claim.label is Label.BODY:
            owned.stories[first:last] = [claim.story] * (last - first)
            continue
        sure = last - first > 1 or (name in _ARBITERS and claim.score >= _SURE)
        rank = (2 if name in users else int(sure), claim.score)
        for index in range(first, last):
            if claim.start > blocks[index].start or claim.end < blocks[index].end:
                owned.pieces.setdefault(index, []).append((rank, named))
            elif rank > ranks[index]:
                ranks[index], owners[index] = rank, named


def _check(document: Document, claims: Iterable[tuple[str, Claim]]) -> None:
    length = len(document.text)
    for name, claim in claims:
        if not (isinstance(claim, Claim) and 0 <= claim.start < claim.end <= length):
            raise CleanerError(f"cleaner {name!r} yielded {claim!r}", do=f"claims lie within 0 and {length}")


def _reach(starts: list[int], claim: Claim) -> tuple[int, int]:
    """The blocks a claim touches, as a range; white space before the first block belongs to it."""
    return max(0, bisect_right(starts, claim.start) - 1), max(1, bisect_left(starts, claim.end))


def _span(bounds: tuple[int, int], owner: Named, story: int) -> Span:
    name, claim = owner
    return Span(bounds[0], bounds[1], claim.label, story, name, claim.reason, claim.evidence, claim.score)


def _divide(bounds: tuple[int, int, int], owned: _Owned, index: int) -> list[Span]:
    """Share out one block among its owner and the claims on parts of it; `bounds` are its start, end and the next start."""
    start, stop, end = bounds
    whole, pieces = (owned.ranks[index], owned.owners[index]), owned.pieces[index]
    inner = {min(max(at, start), stop) for _, (_, claim) in pieces for at in (claim.start, claim.end)}
    cuts = [start, *sorted(inner - {start, stop}), end]  # the white space after a block goes with its last piece
    spans: list[Span] = []
    for left, right in pairwise(cuts):
        inside = min(right, stop)
        covering = [each for each in pieces if each[1][1].start <= left and each[1][1].end >= inside]
        _, owner = max([whole, *covering], key=lambda each: each[0])
        spans.append(_span((left, right), owner, owned.stories[index]))
    return spans
