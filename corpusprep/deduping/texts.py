"""Shingles of the candidate documents: their texts are fetched once, a few at a time, and only hashes are kept."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from corpusprep.deduping.keyset import first_of_each, salts
from corpusprep.deduping.ragged import Ragged
from corpusprep.deduping.shingles import SPELLED, shingle
from corpusprep.errors import InputError

if TYPE_CHECKING:
    from corpusprep.deduping.documents import Documents
    from corpusprep.deduping.shingles import Shingled

__all__ = ["Fetch", "Texts", "load"]

Hashes = npt.NDArray[np.uint64]
Indices = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

Fetch = Callable[[Sequence[str]], "pa.Table"]
"""Gives a table with the columns id and text of the documents asked for, in any order."""

_LINE = 8  # words of a line that may be a sentence; menus, headings and hard-wrapped columns have fewer
_PARAGRAPH = 5  # shingle widths of a line that need not end like a sentence to be one
_HARDLY = 0.1
_AT_ONCE = 4_000_000  # tokens of the texts fetched at once
_IN_MEMORY = 50_000_000  # tokens whose shingles are held in memory; more go to a temporary file


@dataclass(frozen=True, slots=True, eq=False)
class Texts:
    """Shingles of some documents, one row each.

    row: of each document of the corpus, -1 for those not here. offsets: row i has the tokens offsets[i] to offsets[i + 1].
    shingles: of the run of `widths[i]` tokens that begins at each token, 0 where none begins. distinct: those that stand for
    the first time in their text; n_distinct: their number, per row. prose: running number, modulo 2^32, of the tokens before
    each one that stand in lines that read like sentences, and after the last.
    """

    row: Indices
    offsets: Indices
    widths: Indices
    shingles: Hashes
    distinct: Flags
    n_distinct: Indices
    prose: npt.NDArray[np.uint32]

    @property
    def rows(self) -> Ragged:
        """The shingles by row."""
        return Ragged(self.offsets, self.shingles)

    @property
    def n_tokens(self) -> Indices:
        """Tokens of each text."""
        return np.diff(self.offsets)

    @property
    def n_shingles(self) -> Indices:
        """Shingles of each text, repeated ones as often as they stand."""
        counts: Indices = np.maximum(self.n_tokens - self.widths + 1, np.minimum(self.n_tokens, 1))
        return counts

    def prose_between(self, start: Indices, stop: Indices) -> Indices:
        """Tokens in lines that read like sentences, from `start` to `stop`."""
        return (self.prose[stop] - self.prose[start]).astype(np.int64)


def load(documents: Documents, wanted: Flags, fetch: Fetch) -> Texts:
    """Fetch and shingle the wanted documents, in the order in which their signatures came.

    Raises InputError where `fetch` leaves out a document, or gives another text than the one that was signed.
    """
    numbers = documents.arrival[wanted[documents.arrival]]
    offsets = np.zeros(len(numbers) + 1, np.int64)
    np.cumsum(documents.n_tokens[numbers], out=offsets[1:])
    row = np.full(len(documents), -1, np.int64)
    row[numbers] = np.arange(len(numbers))
    size = int(offsets[-1])
    texts = Texts(
        row,
        offsets,
        documents.table.column("width").to_numpy()[numbers].astype(np.int64),
        _room(size, np.uint64),
        _room(size, np.bool_),
        np.zeros(len(numbers), np.int64),
        _room(size + 1, np.uint32),
    )
    for first, behind in _batches(offsets):
        at = first
        for part in _fetched(documents.ids(numbers[first:behind]), fetch):
            _check(part, texts, at)
            _keep(part, texts, at)
            at += len(part)
    return texts


def _keep(part: Shingled, texts: Texts, at: int) -> None:
    first, behind = int(texts.offsets[at]), int(texts.offsets[at + len(part)])
    texts.shingles[first:behind] = part.shingles
    none = np.flatnonzero(part.shingles == 0)
    keys = part.shingles ^ np.repeat(salts(len(part)), part.n_tokens)
    keys[none] = salts(len(none))  # all different
    distinct = first_of_each(keys)
    distinct[none] = False
    texts.distinct[first:behind] = distinct
    sums = np.zeros(len(distinct) + 1, np.int64)
    np.cumsum(distinct, out=sums[1:])
    texts.n_distinct[at : at + len(part)] = np.diff(sums[part.offsets])
    running = np.cumsum(_in_prose(part), dtype=np.uint32)
    running += texts.prose[first]
    texts.prose[first + 1 : behind + 1] = running


def _in_prose(part: Shingled) -> Flags:
    """Which tokens stand in a line that reads like a sentence; all of a text that has hardly any such line."""
    lengths = np.diff(np.append(part.lines, len(part.shingles)))
    text = np.searchsorted(part.offsets, part.lines, side="right") - 1
    widths = part.widths[text]
    ended = part.sentences | (widths == SPELLED) | (lengths >= _PARAGRAPH * widths)  # spelled scripts have no full stop
    prose = ended & (5 * lengths >= _LINE * widths)
    few = np.bincount(text, lengths * prose, len(part)) < _HARDLY * part.n_tokens
    return np.repeat(prose | few[text], lengths)


def _batches(offsets: Indices) -> Iterator[tuple[int, int]]:
    first = 0
    while first < len(offsets) - 1:
        behind = int(np.searchsorted(offsets, offsets[first] + _AT_ONCE, side="right")) - 1
        yield first, max(behind, first + 1)
        first = max(behind, first + 1)


def _room(size: int, kind: Any) -> npt.NDArray[Any]:
    if size <= _IN_MEMORY:
        return np.zeros(size, kind)
    with tempfile.TemporaryFile() as file:  # the mapping keeps it until the array is gone
        return np.memmap(file, kind, "w+", shape=(size,))


def _fetched(wanted: list[str], fetch: Fetch) -> Any:
    table = fetch(wanted)
    asked = pa.array(wanted, table.schema.field("id").type)
    rows = pc.index_in(asked, value_set=table.column("id"))
    if rows.null_count:
        missing = asked.filter(pc.is_null(rows))[0].as_py()
        raise InputError(
            f"no text came for the id {missing!r}", where="match", do="let fetch give all that are asked for"
        )
    texts = table.column("text")
    if len(texts) != len(rows) or not rows.equals(pa.array(np.arange(len(rows), dtype=np.int32))):
        texts = texts.take(rows)
    return shingle(texts, lines=True)


def _check(part: Shingled, texts: Texts, at: int) -> None:
    if (part.n_tokens != texts.n_tokens[at : at + len(part)]).any():
        raise InputError(
            "a text differs from the one that was signed", where="match", do="sign the texts that fetch gives"
        )
