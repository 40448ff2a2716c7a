"""Finds the phrases of the lexicon in all blocks of a document at once.

The phrases stand in a trie whose edges are keyed by 64-bit hashes of tokens. One step of the search moves every open match
of the document by one token, as an array operation, so that thousands of phrases cost a page a fraction of a millisecond.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache, cached_property
from typing import TYPE_CHECKING

import numpy as np

from corpusprep.cleaners import lexicon
from corpusprep.cleaners.evidence import tokenise

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from numpy.typing import NDArray

    from corpusprep.cleaners.evidence import Evidence, Tokens

__all__ = ["Matches", "Trie", "build_trie", "lexicon_trie", "match", "stop_words"]

_EDGE = np.uint64(0x94D049BB133111EB)
_SLOT_BITS = 18
_SLOT = np.uint64(64 - _SLOT_BITS)
_LONG, _ENDS = 60, (20, 30)
"""Blocks of more tokens than this are searched only so many tokens from their beginning and end."""


@dataclass(frozen=True, eq=False)
class Trie:
    """Phrases by their tokens.

    edges: sorted keys, each a node and a token mixed. targets: the node each edge leads to.
    slots: by a key's top bits, the index of the first edge that shares them.
    meanings: a bit for each class and mode, by node; 0 for a node amid a phrase. names: (class, mode) by bit.
    roots: which tokens open a phrase, by the top 16 bits of their hash: a quick no for most tokens.
    """

    edges: NDArray[np.uint64]
    targets: NDArray[np.int32]
    slots: NDArray[np.int32]
    meanings: NDArray[np.uint64]
    names: tuple[tuple[str, str], ...]
    roots: NDArray[np.bool_]

    @cached_property
    def bits(self) -> dict[tuple[str, str], int]:
        """The bit of each (class, mode)."""
        return {name: number for number, name in enumerate(self.names)}

    @cached_property
    def wanted(self) -> dict[tuple[str, ...], np.uint64]:
        """The bits of the classes and modes that were asked for, remembered."""
        return {}

    @cached_property
    def masks(self) -> dict[str, int]:
        """The bits of each mode, and of each class, taken together."""
        masks: dict[str, int] = {}
        for (name, mode), bit in self.bits.items():
            masks[name] = masks.get(name, 0) | 1 << bit
            masks[mode] = masks.get(mode, 0) | 1 << bit
        return masks

    def follow(self, keys: NDArray[np.uint64]) -> tuple[NDArray[np.bool_], NDArray[np.int32]]:
        """Which keys are edges, and the nodes that these lead to."""
        at = self.slots[keys >> _SLOT]
        found = self.edges[at] == keys
        missed = np.flatnonzero(~found)
        while len(missed):  # the few edges that share a slot with the one before
            following = at[missed] + 1
            here = self.edges[following]
            missed, following = missed[here <= keys[missed]], following[here <= keys[missed]]
            at[missed] = following
            found[missed] = self.edges[following] == keys[missed]
            missed = missed[~found[missed]]
        return found, self.targets[at[found]]

    def mask(self, name: str, *modes: str) -> int:
        """The bits of a class in these modes; in all modes if none is named."""
        return self.masks[name] & (sum(self.masks.get(mode, 0) for mode in modes) if modes else -1)


def _keys(nodes: NDArray[np.int32], hashes: NDArray[np.uint64]) -> NDArray[np.uint64]:
    return hashes ^ ((nodes.astype(np.uint64) + np.uint64(1)) * _EDGE)


def build_trie(phrases: Mapping[str, Mapping[str, Iterable[lexicon.Tokens]]]) -> Trie:
    """A trie of phrases by class and mode."""
    names = [(name, mode) for name, modes in phrases.items() for mode in modes]
    if len(names) > 64:
        raise ValueError("more than 64 kinds of phrases do not fit the bits of a meaning")
    wordings = [(" ".join(p), bit) for bit, (name, mode) in enumerate(names) for p in sorted(phrases[name][mode])]
    tokens = tokenise([wording for wording, _ in wordings])
    hashes, bounds = tokens.hashes.tolist(), tokens.first.tolist()
    edges: dict[tuple[int, int], int] = {}
    meanings = [0]
    for number, (_, bit) in enumerate(wordings):
        node = 0
        for token in hashes[bounds[number] : bounds[number + 1]]:
            following = edges.get((node, token))
            if following is None:
                following = edges[node, token] = len(meanings)
                meanings.append(0)
            node = following
        if node:
            meanings[node] |= 1 << bit
    sources = np.array([node for node, _ in edges], np.int32)
    heads = np.array([token for _, token in edges], np.uint64)
    keys = _keys(sources, heads)
    order = np.argsort(keys, kind="stable")
    roots = np.zeros(1 << 16, np.bool_)
    roots[heads[sources == 0] >> np.uint64(48)] = True
    targets = np.array(list(edges.values()), np.int32)[order]
    # The last two edges are no keys of any token's; they stop the search, also of what comes after all others.
    keys = np.append(keys[order], np.full(2, (1 << 64) - 1, np.uint64))
    slots = np.searchsorted(keys[:-2] >> _SLOT, np.arange(1 << _SLOT_BITS, dtype=np.uint64)).astype(np.int32)
    return Trie(keys, targets, slots, np.array(meanings, np.uint64), tuple(names), roots)


@cache
def lexicon_trie() -> Trie:
    """The trie of all phrase lists."""
    return build_trie(lexicon.load().phrases)


@cache
def stop_words() -> NDArray[np.bool_]:
    """Which tokens are stop words of some language, by the top 20 bits of their hash (about one in a thousand others, too)."""
    found = tokenise(sorted(lexicon.load().stop_words()))
    table = np.zeros(1 << 20, np.bool_)
    table[found.hashes[np.diff(found.first)[found.block] == 1] >> np.uint64(44)] = True
    return table


@dataclass(frozen=True, eq=False)
class Matches:
    """Phrases found.

    meanings: by block, the bits of all that was found there and stands as its mode asks. first, count: of each single
    match, the index of its first token and its tokens; bits: its own meanings. covered: by block, the share of its tokens that lie in
    `line` phrases, wherever they stand.
    """

    trie: Trie
    meanings: NDArray[np.uint64]
    first: NDArray[np.int64]
    count: NDArray[np.int32]
    bits: NDArray[np.uint64]
    covered: NDArray[np.float64]
    _asked: dict[tuple[str, ...], NDArray[np.bool_]] = field(default_factory=dict)

    def has(self, name: str, *modes: str) -> NDArray[np.bool_]:
        """By block, whether a phrase of that class stands there in one of these modes; all modes if none is named."""
        key = (name, *modes)
        found = self._asked.get(key)
        if found is None:
            wanted = self.trie.wanted.get(key)
            if wanted is None:
                wanted = self.trie.wanted[key] = np.uint64(self.trie.mask(name, *modes))
            found = self._asked[key] = (self.meanings & wanted) != 0
        return found


def match(trie: Trie, evidence: Evidence) -> Matches:
    """Find the phrases of a trie in the blocks of a document."""
    tokens, masks = evidence.tokens, trie.masks
    line, start, anywhere = (
        np.uint64(bits)
        for bits in (masks.get("line", 0), masks.get("start", 0) | masks.get("sure", 0), masks.get("any", 0))
    )
    hashes, blocks = tokens.hashes, len(evidence)
    first, count, bits = _walk(trie, tokens, _worth(evidence))
    block = tokens.block[first]
    sizes = np.diff(tokens.first)
    begins = first == tokens.first[block]
    whole = begins & (count == sizes[block])
    valid = whole * line | begins * start | anywhere
    meanings = np.zeros(blocks, np.uint64)
    np.bitwise_or.at(meanings, block, bits & valid)
    inside = np.zeros(len(hashes) + 1, np.int32)
    lines = (bits & line) != 0
    np.add.at(inside, first[lines], 1)
    np.subtract.at(inside, first[lines] + count[lines], 1)
    covered = np.bincount(tokens.block, weights=np.cumsum(inside[:-1]) > 0, minlength=blocks) / np.maximum(sizes, 1)
    return Matches(trie, meanings, first, count, bits, covered)


def _worth(evidence: Evidence) -> NDArray[np.bool_]:
    """By token, whether a phrase may begin there: anywhere in short blocks, near the ends of long ones."""
    tokens = evidence.tokens
    place = np.arange(len(tokens.hashes))
    long = np.diff(tokens.first) > _LONG
    inner = (place - tokens.first[tokens.block] >= _ENDS[0]) & (tokens.first[tokens.block + 1] - place > _ENDS[1])
    worth: NDArray[np.bool_] = ~(long[tokens.block] & inner)
    return worth


def _walk(
    trie: Trie, tokens: Tokens, worth: NDArray[np.bool_]
) -> tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.uint64]]:
    """All matches, wherever they stand: index of the first token, number of tokens, meanings."""
    hashes = tokens.hashes
    open_at = np.flatnonzero(trie.roots[hashes >> np.uint64(48)] & worth)
    nodes = np.zeros(len(open_at), np.int32)
    found: list[tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.uint64]]] = []
    step = 0
    while len(open_at):
        alive, nodes = trie.follow(_keys(nodes, hashes[open_at + step]))
        open_at = open_at[alive]
        step += 1
        meanings = trie.meanings[nodes]
        ends = meanings != 0
        found.append((open_at[ends], np.full(int(ends.sum()), step, np.int32), meanings[ends]))
        # A match goes on only within its block.
        inside = open_at + step < tokens.first[tokens.block[open_at] + 1]
        open_at, nodes = open_at[inside], nodes[inside]
    if not found:
        return np.zeros(0, np.int64), np.zeros(0, np.int32), np.zeros(0, np.uint64)
    first, count, bits = (np.concatenate(parts) for parts in zip(*found, strict=True))
    return first, count, bits
