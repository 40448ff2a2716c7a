"""What is measured on the blocks of a document, once, for all cleaners.

Everything is an array with one entry a block, made in a few passes over the whole document rather than block by block:
a page has some 150 blocks and is to be cleaned in a millisecond or two. For the same reason tokens are 64-bit hashes
of their letters, not strings.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from functools import cache, cached_property
from typing import TYPE_CHECKING

import numpy as np

from corpusprep.cleaners.lexicon import fold

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from corpusprep.document import Document

__all__ = ["CHARS", "Evidence", "Tokens", "among", "fingerprints", "measure", "tokenise"]

CHARS = ("other", "space", "lower", "upper", "letter", "unspaced", "digit", "stop", "pause", "quote", "bar", "symbol")
"""Classes of code points: `letter` has no case, `unspaced` belongs to a script without spaces between words, `stop`
ends a sentence, `pause` divides one, `bar` divides a menu."""
CHAR = {name: number for number, name in enumerate(CHARS)}

_UNSPACED = (
    (0x0E00, 0x0EFF),
    (0x1000, 0x109F),
    (0x1780, 0x17FF),
    (0x3040, 0x30FF),
    (0x3400, 0x4DBF),
    (0x4E00, 0x9FFF),
    (0xF900, 0xFAFF),
)
_MARKS = {
    "stop": ".!?…。！？؟।۔｡",
    "pause": ",;:،、，；：-–—()[]（）「」『』《》",
    "quote": "\"'“”‘’«»„‹›`",
    "bar": "|/\\>•·●○■▪□▸►→←↑↓▲▼‣◦★☆✓✔",
    "symbol": "@#©®™$€£¥%&*+=~^_<{}",
}
_CLOSING, _ASKING = ")）]", "?!？！؟"
_LETTERS = np.isin(np.arange(len(CHARS)), [CHAR[name] for name in ("lower", "upper", "letter")])
_OUTSIDE = np.isin(np.arange(len(CHARS)), [CHAR[name] for name in ("quote", "pause", "space")])

# Multipliers of the token hash, drawn once: odd, so that no position of a token loses its high bits.
_POWERS = np.array([pow(0x9E3779B97F4A7C15, exponent, 1 << 64) for exponent in range(1, 33)], np.uint64)
_MIX = np.uint64(0xBF58476D1CE4E5B9)


@cache
def _tables() -> tuple[NDArray[np.uint8], NDArray[np.uint64]]:
    """For each code point of the basic plane its class, and its letter folded (lower case, compatibility forms) and mixed."""
    classes = np.zeros(0x10001, np.uint8)
    folded = np.arange(0x10001, dtype=np.uint64)
    for code in range(0x10000):
        char = chr(code)
        if char.isspace():
            classes[code] = CHAR["space"]
        elif char.isalpha():
            cased = (
                CHAR["lower"]
                if char.islower()
                else CHAR["upper"]
                if char.isupper() or char.istitle()
                else CHAR["letter"]
            )
            classes[code] = CHAR["unspaced"] if any(low <= code <= high for low, high in _UNSPACED) else cased
            letter = fold(char)
            folded[code] = ord(letter) if len(letter) == 1 else code
        elif char.isdigit():
            classes[code] = CHAR["digit"]
    for name, marks in _MARKS.items():
        classes[[ord(mark) for mark in marks]] = CHAR[name]
    return classes, (folded + np.uint64(1)) * _MIX


@cache
def among(marks: str) -> NDArray[np.bool_]:
    """For each code point of the basic plane, and one for all others, whether it is one of these marks."""
    found = np.zeros(0x10001, np.bool_)
    found[[ord(mark) for mark in marks]] = True
    return found


def _points(text: str) -> NDArray[np.uint32]:
    """The code points; those beyond the basic plane (emoji, rare ideographs) share one number."""
    codec = "utf-32-le" if sys.byteorder == "little" else "utf-32-be"
    points = np.frombuffer(text.encode(codec, "surrogatepass"), np.uint32)
    return points if text.isascii() else np.minimum(points, np.uint32(0x10000))


@dataclass(frozen=True, slots=True)
class Tokens:
    """The tokens of a document's blocks: runs of letters, and single characters of scripts without spaces.

    hashes: 64 bits of each token in order, folded. block: index of each token's block.
    first: index of each block's first token, with the total at the end.
    """

    hashes: NDArray[np.uint64]
    block: NDArray[np.int32]
    first: NDArray[np.int64]


def _tokens(points: NDArray[np.uint32], classes: NDArray[np.uint8], owner: NDArray[np.int32], blocks: int) -> Tokens:
    letter, unspaced = _LETTERS[classes], classes == CHAR["unspaced"]
    begins = letter.copy()
    begins[1:] &= ~letter[:-1]
    begins |= unspaced
    kept = np.flatnonzero(letter | unspaced)
    starts = np.flatnonzero(begins[kept])
    if not len(starts):
        return Tokens(np.zeros(0, np.uint64), np.zeros(0, np.int32), np.zeros(blocks + 1, np.int64))
    sizes = np.diff(starts, append=len(kept))
    within = np.arange(len(kept)) - np.repeat(starts, sizes)
    mixed = _tables()[1][points[kept]] * _POWERS[np.minimum(within, 31)]
    block = owner[kept[starts]]
    return Tokens(np.add.reduceat(mixed, starts), block, np.searchsorted(block, np.arange(blocks + 1)))


def tokenise(texts: Sequence[str]) -> Tokens:
    """The tokens of some texts, a block each, as `Evidence.tokens` has them."""
    points = _points("\n".join(texts))
    owner = np.repeat(np.arange(len(texts), dtype=np.int32), [len(text) + 1 for text in texts])[: len(points)]
    return _tokens(points, _tables()[0][points], owner, len(texts))


def fingerprints(texts: Sequence[str]) -> NDArray[np.uint64]:
    """`Evidence.prints` of some texts."""
    return _prints(tokenise(texts), len(texts))


@dataclass(frozen=True)
class Evidence:
    """What was measured, an entry a block."""

    texts: tuple[str, ...]
    """The blocks' own text."""
    chars: NDArray[np.int32]
    """Code points by class; columns as in `CHARS`."""
    capitals: NDArray[np.int32]
    """Words that begin with a capital."""
    words: NDArray[np.float64]
    """Words: runs between spaces, and half a word for each character of a script without spaces."""
    last: NDArray[np.uint8]
    """Class of the last character that is no quote, bracket or space."""
    leading: NDArray[np.uint8]
    """Class of the first character that is no quote, bracket or space."""
    edges: tuple[NDArray[np.uint32], NDArray[np.uint32]]
    """First and last code point of each block; 0x10000 for all beyond the basic plane."""
    breaks: NDArray[np.int32]
    """Line breaks between the block before and this one."""
    tokens: Tokens

    def __len__(self) -> int:
        return len(self.texts)

    def share(self, *names: str) -> NDArray[np.float64]:
        """Share of the non-space characters that are of these classes."""
        columns: NDArray[np.int32] = self.chars[:, [CHAR[name] for name in names]].sum(axis=1)
        share: NDArray[np.float64] = columns / np.maximum(self.length, 1)
        return share

    @cached_property
    def length(self) -> NDArray[np.int32]:
        """Code points that are no white space."""
        length: NDArray[np.int32] = self.chars.sum(axis=1, dtype=np.int32) - self.chars[:, CHAR["space"]]
        return length

    @cached_property
    def ends(self) -> NDArray[np.bool_]:
        """Whether the block ends as a sentence does."""
        ends: NDArray[np.bool_] = self.last == CHAR["stop"]
        return ends

    @cached_property
    def digits(self) -> NDArray[np.bool_]:
        """Whether the block has a digit."""
        digits: NDArray[np.bool_] = self.chars[:, CHAR["digit"]] > 0
        return digits

    @cached_property
    def closed(self) -> NDArray[np.bool_]:
        """Whether the block ends with a bracket."""
        return among(_CLOSING)[self.edges[1]]

    @cached_property
    def statement(self) -> NDArray[np.bool_]:
        """Whether the block ends as a sentence does that neither asks nor exclaims."""
        statement: NDArray[np.bool_] = self.ends & ~among(_ASKING)[self.edges[1]]
        return statement

    @cached_property
    def vocabulary(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """For each token the number of its word, and for each word how often the document has it."""
        _, ids, counts = np.unique(self.tokens.hashes, return_inverse=True, return_counts=True)
        return ids, counts

    def strangers(self, block: int) -> float:
        """Share of a block's tokens that stand nowhere else in the document."""
        ids, counts = self.vocabulary
        first, end = self.tokens.first[block : block + 2].tolist()
        own: dict[int, int] = {}
        for word in ids[first:end].tolist():
            own[word] = own.get(word, 0) + 1
        return float(sum(number for word, number in own.items() if counts[word] == number) / max(end - first, 1))

    def shared(self, block: int, others: tuple[int, int]) -> float:
        """Share of a block's distinct tokens that stand in a range of blocks, too."""
        own = self._words((block, block + 1))
        if others not in self._spoken:
            self._spoken[others] = self._words(others)
        return len(own & self._spoken[others]) / max(len(own), 1)

    @cached_property
    def _spoken(self) -> dict[tuple[int, int], set[int]]:
        """The words of the ranges that were asked for."""
        return {}

    def _words(self, blocks: tuple[int, int]) -> set[int]:
        first, end = self.tokens.first[blocks[0]], self.tokens.first[blocks[1]]
        return set(self.vocabulary[0][first:end].tolist())

    @cached_property
    def prints(self) -> NDArray[np.uint64]:
        """A hash of each block's letters, the same for the same words however they are set; 0 for none."""
        return _prints(self.tokens, len(self.texts))


def _prints(tokens: Tokens, blocks: int) -> NDArray[np.uint64]:
    prints = np.zeros(blocks, np.uint64)
    if len(tokens.hashes):
        within = np.arange(len(tokens.hashes)) - tokens.first[tokens.block]
        order = (within.astype(np.uint64) * np.uint64(2) + np.uint64(1)) * _POWERS[5]
        filled = np.flatnonzero(np.diff(tokens.first))
        prints[filled] = np.add.reduceat(
            (tokens.hashes ^ (tokens.hashes >> np.uint64(29))) * order, tokens.first[filled]
        )
    return prints


def measure(document: Document) -> Evidence:
    """Measure the blocks of a document."""
    text, count = document.text, len(document.blocks)
    bounds = np.array([(block.start, block.end) for block in document.blocks], np.int64).reshape(count, 2)
    texts = tuple([text[block.start : block.end] for block in document.blocks])
    points = _points("\n".join(texts))
    classes = _tables()[0][points]
    sizes = bounds[:, 1] - bounds[:, 0] + 1
    ends = np.cumsum(sizes) - 1
    starts = ends - sizes + 1
    owner = np.repeat(np.arange(count, dtype=np.int32), sizes)[: len(classes)]
    width = len(CHARS)
    chars = np.bincount(owner * width + classes, minlength=count * width).reshape(count, width).astype(np.int32)
    space = classes == CHAR["space"]
    start = ~space
    start[1:] &= space[:-1]
    fresh = classes == CHAR["upper"]
    fresh[1:] &= ~_LETTERS[classes[:-1]] & (classes[:-1] != CHAR["digit"])
    return Evidence(
        texts,
        chars,
        capitals=np.bincount(owner[fresh], minlength=count).astype(np.int32),
        words=np.bincount(owner[start], minlength=count) + chars[:, CHAR["unspaced"]] / 2,
        last=_edge(classes, starts, ends, -1),
        leading=_edge(classes, starts, ends, 1),
        edges=(points[starts], points[ends - 1]),
        breaks=_breaks(text, bounds),
        tokens=_tokens(points, classes, owner, count),
    )


def _breaks(text: str, bounds: NDArray[np.int64]) -> NDArray[np.int32]:
    pairs = zip([0, *bounds[:-1, 1].tolist()], bounds[:, 0].tolist(), strict=True) if len(bounds) else ()
    return np.array([text.count("\n", end, start) for end, start in pairs], np.int32)


def _edge(
    classes: NDArray[np.uint8], starts: NDArray[np.int64], ends: NDArray[np.int64], step: int
) -> NDArray[np.uint8]:
    """The class of the first (step 1) or last (-1) character of each block that is no quote, pause or space."""
    if not len(starts):
        return np.zeros(0, np.uint8)
    at = starts if step > 0 else ends - 1
    for _ in range(3):
        at = np.minimum(np.maximum(at + step * _OUTSIDE[classes[at]], starts), ends - 1)
    return classes[at]
