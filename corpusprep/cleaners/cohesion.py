"""How much stretches of a document have to say to each other: the words they share, each weighed by how rare it is.

A word weighs -log of the chance that a stretch of 150 words of its language holds it; the commonest weigh nothing. The
chances are counted (cleaners/frequencies). Where the language has no counts, words are weighed by the stop-word lists alone,
which is too little to rest a decision on: `Weights.known` says so.

Similarity is the cosine of the sums of paragraph vectors, so that every stretch costs one row of a matrix.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING

import numpy as np

from corpusprep.cleaners import lexicon
from corpusprep.cleaners.evidence import CHAR, tokenise

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from corpusprep.cleaners.evidence import Evidence

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

__all__ = ["Bags", "Cohesion", "Weights", "bag_units", "measure_cohesion", "terms", "weigh"]

STRETCH = 150
"""Words of the stretch whose chance to hold a word makes the word's weight."""
RAREST = 8.0
"""Weight of a word that was never counted, and the most that any word weighs."""
COMMON = 1.5
"""Words that weigh less are left out."""
_RELIABLE = 20_000
"""Counts of fewer tokens know the common words of a language, not how rare the others are."""
_FUNCTION_WORD = 0.002
"""A word so frequent says nothing of the matter."""
_SAMPLE = 400
_BITS = 18
_SHIFT = np.uint64(64 - _BITS)
_PAIR = np.uint64(0x9E3779B97F4A7C15)


@dataclass(frozen=True, slots=True)
class Weights:
    """known: whether the counts of the document's language were there to weigh by. terms: a weight for each term."""

    known: bool
    terms: Floats


@dataclass(frozen=True)
class _Tables:
    """By the top bits of a term's hash.

    function: a bit for each language whose function word it is, of at most 64. weights: by the number of a language that was
    counted, the weight in steps of RAREST/255. reliable: numbers of languages. Two terms in a hundred meet a stranger's entry; a
    paragraph has enough terms to bear that.
    """

    function: NDArray[np.uint64]
    weights: dict[int, NDArray[np.uint8]]
    reliable: frozenset[int]


def terms(evidence: Evidence) -> tuple[NDArray[np.uint64], Ints]:
    """The terms of a document and the block of each: its tokens, and pairs of characters in scripts without spaces."""
    tokens = evidence.tokens
    hashes, block = tokens.hashes, tokens.block.astype(np.int64)
    unspaced = evidence.chars[:, CHAR["unspaced"]] > 0.5 * evidence.length
    if not unspaced.any():
        return hashes, block
    return _pairs(hashes, block, unspaced[block])


def _pairs(hashes: NDArray[np.uint64], block: Ints, unspaced: NDArray[np.bool_]) -> tuple[NDArray[np.uint64], Ints]:
    follows = np.zeros(len(hashes), np.bool_)
    follows[:-1] = block[1:] == block[:-1]
    paired = np.where(unspaced, hashes * _PAIR + np.roll(hashes, -1), hashes)
    kept = follows | ~unspaced
    return paired[kept], block[kept]


def weigh(hashes: NDArray[np.uint64]) -> Weights:
    """Weigh terms by the counts of the language whose function words are most frequent among them."""
    tables = _tables()
    keys = hashes >> _SHIFT
    sample = tables.function[keys[:: max(1, len(keys) // _SAMPLE)]]
    votes = np.unpackbits(sample.view(np.uint8).reshape(-1, 8), axis=1, bitorder="little").sum(axis=0, dtype=np.int64)
    best = int(votes.argmax())
    if not len(sample) or votes[best] < 0.1 * len(sample):
        common = tables.function[keys] != 0
        return Weights(known=False, terms=np.where(common, 0.0, RAREST - 2))
    if best in tables.weights:
        return Weights(best in tables.reliable, tables.weights[best][keys] * (RAREST / 255))
    own = tables.function[keys] & np.uint64(1 << best) != 0
    return Weights(known=False, terms=np.where(own, 0.0, RAREST))


@cache
def _tables() -> _Tables:
    counted = dict(_counts())
    stop = lexicon.load().stop
    languages = [*sorted(counted), *sorted({*stop} - {*counted})][:64]
    function = np.zeros(1 << _BITS, np.uint64)
    weights: dict[int, NDArray[np.uint8]] = {}
    for number, language in enumerate(languages):
        chances, _ = counted.get(language, ({}, False))
        ranked = sorted(chances, key=lambda term: -chances[term])
        frequent = [term for term in ranked if chances[term] > _FUNCTION_WORD]
        often = np.array([*frequent, *_hashes(sorted(stop.get(language, ())))], np.uint64) >> _SHIFT
        function[often] |= np.uint64(1 << number)
        if chances:
            table = weights[number] = np.full(1 << _BITS, 255, np.uint8)
            found = np.array(ranked[::-1], np.uint64) >> _SHIFT  # the commonest last, so that it wins where two meet
            chance = np.array([chances[term] for term in ranked[::-1]])
            table[found] = np.clip(-np.log(-np.expm1(-STRETCH * chance)) * (255 / RAREST), 0, 255)
            table[often] = np.minimum(table[often], int(COMMON * 255 / RAREST) - 1)
    reliable = frozenset(number for number in weights if counted[languages[number]][1])
    return _Tables(function, weights, reliable)


def _counts() -> list[tuple[str, tuple[dict[int, float], bool]]]:
    """By language, the chance of each counted term and whether the counts are many."""
    folder = resources.files("corpusprep.cleaners") / "frequencies"
    found = []
    for file in sorted(folder.iterdir(), key=lambda each: each.name):
        if file.name.endswith(".tsv"):
            header, *lines = file.read_text(encoding="utf-8").splitlines()
            total = int(header.rsplit("\t", 1)[1])
            rows = [line.split("\t") for line in lines]
            chances = {
                term: int(count) / total
                for term, (_, count) in zip(_hashes([term for term, _ in rows]), rows, strict=True)
            }
            found.append((file.name.removesuffix(".tsv"), (chances, total >= _RELIABLE)))
    return found


def _hashes(words: Sequence[str]) -> list[int]:
    """A hash for each word; for each pair of characters, too."""
    tokens = tokenise(words)
    hashes, first = tokens.hashes, tokens.first
    size = np.diff(first)
    single = hashes[np.minimum(first[:-1], max(len(hashes) - 1, 0))]
    second = hashes[np.minimum(first[:-1] + 1, max(len(hashes) - 1, 0))]
    return np.where(size == 2, single * _PAIR + second, single).tolist()  # type: ignore[no-any-return]


@dataclass(frozen=True, slots=True)
class Bags:
    """The weighty terms of some units of text, each unit a bag: unit, term (numbered from 0 on) and value of each entry.

    value: (1 + log of the count) times the weight. norm: by unit, the length of its vector. size: number of terms.
    """

    unit: Ints
    term: Ints
    value: Floats
    norm: Floats
    size: int


def bag_units(hashes: NDArray[np.uint64], unit: Ints, weights: Floats, units: int) -> Bags:
    """Make bags of terms; `unit` and `weights` go with `hashes`; terms outside of any unit have unit -1."""
    kept = (unit >= 0) & (weights >= COMMON)
    hashes, unit, weights = hashes[kept], unit[kept], weights[kept]
    _, first, ids = np.unique(hashes, return_index=True, return_inverse=True)
    size = len(first)
    entries, counts = np.unique(unit * size + ids, return_counts=True)
    owner, term = np.divmod(entries, max(size, 1))
    value = (1 + np.log(counts)) * weights[first][term]
    norm = np.sqrt(np.bincount(owner, value * value, units))
    return Bags(owner, term, value, norm, size)


@dataclass(frozen=True, slots=True)
class Cohesion:
    """What the text before some cuts has to do with the text after, an entry a cut; cosines unless said otherwise.

    whole: all before with all after. ahead: all before with the next three units. around: the last three with the next three.
    opening: the first unit after with the rest after it. onward: the next three with the rest after them.
    back: the first unit after with all before. inner_before, inner_after, across: mean cosine of two units, both before,
    both after, one on each side. overall: the same, of any two units of the document.
    """

    whole: Floats
    ahead: Floats
    around: Floats
    opening: Floats
    onward: Floats
    back: Floats
    inner_before: Floats
    inner_after: Floats
    across: Floats
    overall: float


def measure_cohesion(bags: Bags, cuts: Ints) -> Cohesion:
    """Measure cohesion at `cuts`: sorted, distinct indices of units before which to cut, none of them 0."""
    units, cut_count = len(bags.norm), len(cuts)
    segment = np.searchsorted(cuts, np.arange(units), side="right")
    before = _sums(bags, segment, bags.value, cut_count + 1).cumsum(axis=0)
    after = before[-1] - before[:-1]
    before = before[:-1]
    first = _window(bags, cuts, range(1))
    following = first + _window(bags, cuts, range(1, 3))
    leading = _window(bags, cuts, range(-3, 0))
    beyond = after - following
    unitary = bags.value / np.maximum(bags.norm, 1e-9)[bags.unit]
    even_before = _sums(bags, segment, unitary, cut_count + 1).cumsum(axis=0)
    even_all = even_before[-1]
    even_before = even_before[:-1]
    even_after = even_all - even_before
    return Cohesion(
        whole=_cosine(before, after),
        ahead=_cosine(before, following),
        around=_cosine(leading, following),
        opening=_cosine(first, after - first),
        onward=_cosine(following, beyond),
        back=_cosine(first, before),
        inner_before=_inner(even_before, cuts),
        inner_after=_inner(even_after, units - cuts),
        across=_dot(even_before, even_after) / (cuts * (units - cuts)),
        overall=float(_inner(even_all[np.newaxis], np.array([units]))[0]),
    )


def _sums(bags: Bags, group: Ints, value: Floats, groups: int) -> Floats:
    """Sum of the vectors of each group of units, a row each."""
    sums = np.bincount(group[bags.unit] * bags.size + bags.term, value, groups * bags.size)
    return sums.astype(np.float64, copy=False).reshape(groups, bags.size)


def _window(bags: Bags, cuts: Ints, offsets: range) -> Floats:
    """Sum of the vectors of the units at these offsets from each cut, a row each."""
    total = np.zeros((len(cuts), bags.size))
    row = np.full(len(bags.norm) + 6, -1)
    row[cuts + 3] = np.arange(len(cuts))
    for offset in offsets:
        at = row[bags.unit + 3 - offset]
        hit = at >= 0
        total += np.bincount(at[hit] * bags.size + bags.term[hit], bags.value[hit], total.size).reshape(total.shape)
    return total


def _dot(left: Floats, right: Floats) -> Floats:
    products: Floats = np.einsum("ij,ij->i", left, right)
    return products


def _cosine(left: Floats, right: Floats) -> Floats:
    return _dot(left, right) / np.sqrt(np.maximum(_dot(left, left) * _dot(right, right), 1e-18))


def _inner(sums: Floats, units: Ints) -> Floats:
    """Mean cosine of two units, from the sums of their unit vectors."""
    inner: Floats = (_dot(sums, sums) - units) / np.maximum(units * (units - 1), 1)
    return inner
