"""Segment, evidence, claims, resolve: from a document to a labelled span for each of its characters."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
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
    return Cleaned(document, spans, article, tuple(others))


_USERS = {"own_phrases"}
_NOBODY = ("default", Claim(0, 0, Label.BODY, "unclaimed", score=0.5))

Named = tuple[str, Claim]
Rank = tuple[int, float]


def resolve(document: Document, claims: Sequence[Named]) -> tuple[Span, ...]:
    """One owner per character.

    A user's cleaner outweighs the built-in ones; a claim that spans several blocks (a comment thread) owns all that lies
    in it; then the higher score wins, then the earlier claim. A claim of another story moves what lies in it to that
    story and leaves its label to the other claims.
    """
    _check(document, claims)
    blocks = document.blocks
    if not blocks:
        return (_span((0, len(document.text)), _NOBODY, 0),) if document.text else ()
    starts = [block.start for block in blocks]
    index_of = {start: index for index, start in enumerate(starts)}
    owners: list[Named] = [_NOBODY] * len(blocks)
    ranks: list[Rank] = [(-1, 0.0)] * len(blocks)
    stories = [0] * len(blocks)
    pieces: dict[int, list[tuple[Rank, Named]]] = {}
    for named in claims:
        name, claim = named
        only = index_of.get(claim.start, -1)
        if only >= 0 and blocks[only].end == claim.end:
            first, last = only, only + 1
        else:
            first, last = _reach(starts, claim)
        if claim.story and claim.label is Label.BODY:
            stories[first:last] = [claim.story] * (last - first)
            continue
        users = name in _USERS or name not in BUILT_IN
        rank = (2 if users else int(last - first > 1), claim.score)
        for index in range(first, last):
            if claim.start > blocks[index].start or claim.end < blocks[index].end:
                pieces.setdefault(index, []).append((rank, named))
            elif rank > ranks[index]:
                ranks[index], owners[index] = rank, named
    ends = [*starts[1:], len(document.text)]
    at, spans = 0, []
    for index, end in enumerate(ends):
        if index in pieces:
            bounds = (at, blocks[index].end, end)
            spans.extend(_divide(bounds, (ranks[index], owners[index]), pieces[index], stories[index]))
        else:
            spans.append(_span((at, end), owners[index], stories[index]))
        at = end
    return tuple(spans)


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


def _divide(
    bounds: tuple[int, int, int], whole: tuple[Rank, Named], pieces: Sequence[tuple[Rank, Named]], story: int
) -> list[Span]:
    """Share out one block among its owner and the claims on parts of it; `bounds` are its start, end and the next start."""
    start, stop, end = bounds
    inner = {min(max(at, start), stop) for _, (_, claim) in pieces for at in (claim.start, claim.end)}
    cuts = [start, *sorted(inner - {start, stop}), end]  # the white space after a block goes with its last piece
    spans: list[Span] = []
    for left, right in pairwise(cuts):
        inside = min(right, stop)
        covering = [each for each in pieces if each[1][1].start <= left and each[1][1].end >= inside]
        _, owner = max([whole, *covering], key=lambda each: each[0])
        spans.append(_span((left, right), owner, story))
    return spans
