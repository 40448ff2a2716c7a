"""Segment, evidence, claims, resolve: from a document to a labelled span for each of its characters."""

from __future__ import annotations

import itertools
from bisect import bisect_left, bisect_right
from typing import TYPE_CHECKING, NamedTuple

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


class _Owner(NamedTuple):
    rank: tuple[int, float, int]
    name: str
    claim: Claim


_NOBODY = _Owner((-1, 0.0, 0), "default", Claim(0, 0, Label.BODY, "unclaimed", score=0.5))


def resolve(document: Document, claims: Sequence[tuple[str, Claim]]) -> tuple[Span, ...]:
    """One owner per character.

    A user's cleaner outweighs the built-in ones; a claim that spans several blocks (a comment thread) owns all that lies
    in it; then the higher score wins, then the earlier claim. A claim of another story moves what lies in it to that
    story and leaves its label to the other claims.
    """
    _check(document, claims)
    blocks = document.blocks
    if not blocks:
        return (_span(0, len(document.text), _NOBODY, 0),) if document.text else ()
    starts = [block.start for block in blocks]
    owners = [_NOBODY] * len(blocks)
    stories = [0] * len(blocks)
    pieces: dict[int, list[_Owner]] = {}
    for number, (name, claim) in enumerate(claims):
        first, last = _reach(starts, claim)
        if claim.story and claim.label is Label.BODY:
            stories[first:last] = [claim.story] * (last - first)
            continue
        tier = 2 if name in _USERS or name not in BUILT_IN else int(last - first > 1)
        owner = _Owner((tier, claim.score, -number), name, claim)
        for index in range(first, last):
            block = blocks[index]
            if claim.start > block.start or claim.end < block.end:
                pieces.setdefault(index, []).append(owner)
            elif owner.rank > owners[index].rank:
                owners[index] = owner
    spans: list[Span] = []
    for index, block in enumerate(blocks):
        at = spans[-1].end if spans else 0
        end = blocks[index + 1].start if index + 1 < len(blocks) else len(document.text)
        if index in pieces:
            spans.extend(_divide((at, block.end, end), owners[index], pieces[index], stories[index]))
        else:
            spans.append(_span(at, end, owners[index], stories[index]))
    return tuple(spans)


def _check(document: Document, claims: Iterable[tuple[str, Claim]]) -> None:
    length = len(document.text)
    for name, claim in claims:
        if not (isinstance(claim, Claim) and 0 <= claim.start < claim.end <= length):
            raise CleanerError(f"cleaner {name!r} yielded {claim!r}", do=f"claims lie within 0 and {length}")


def _reach(starts: list[int], claim: Claim) -> tuple[int, int]:
    """The blocks a claim touches, as a range; white space before the first block belongs to it."""
    return max(0, bisect_right(starts, claim.start) - 1), max(1, bisect_left(starts, claim.end))


def _span(start: int, end: int, owner: _Owner, story: int) -> Span:
    claim = owner.claim
    return Span(start, end, claim.label, story, owner.name, claim.reason, claim.evidence, claim.score)


def _divide(bounds: tuple[int, int, int], whole: _Owner, pieces: list[_Owner], story: int) -> list[Span]:
    """Share out one block among its owner and the claims on parts of it; `bounds` are its start, end and the next start."""
    start, stop, end = bounds
    cuts = sorted({start, end, *(min(max(at, start), stop) for p in pieces for at in (p.claim.start, p.claim.end))})
    if cuts[-1] == end and stop in cuts and stop != end:
        cuts.remove(stop)  # the white space after a block goes with its last piece
    spans: list[Span] = []
    for left, right in itertools.pairwise(cuts):
        covering = [
            p
            for p in pieces
            if p.claim.start <= left and (p.claim.end >= right or right == end <= p.claim.end + end - stop)
        ]
        spans.append(_span(left, right, max([whole, *covering]), story))
    return spans
