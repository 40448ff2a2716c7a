"""Articles to signatures: all that finding copies needs of a document, in a few hundred bytes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from corpusprep.deduping.numbers import slots
from corpusprep.deduping.shingles import ALGORITHM, shingle
from corpusprep.errors import InputError

if TYPE_CHECKING:
    from corpusprep.deduping.shingles import Shingled

__all__ = ["LIST", "SCHEMA", "bounds", "check", "rates", "sign"]

Hashes = npt.NDArray[np.uint64]
Indices = npt.NDArray[np.int64]

_SHARE = 1 / 16
_LEAST = 40
"""A document keeps this share of its shingles, and a short one as many more as to have about so many."""

LIST = pa.large_list(pa.uint64())
_TEXTS = ("id", "source_id", "source", "site", "published", "updated", "content_sha256")
SCHEMA = pa.schema(
    [
        *((name, pa.string()) for name in _TEXTS),
        ("record", pa.int64()),
        ("n_tokens", pa.int64()),
        ("n_shingles", pa.int64()),
        ("width", pa.uint8()),
        ("digest", pa.binary(16)),
        ("sketch", LIST),
        ("slots", LIST),
    ],
    metadata={"corpusprep.signatures": ALGORITHM},
)
"""One row per article. digest: of the folded tokens in order, empty bytes where there is none. sketch: its shingle
hashes below a bound (see `rates`). slots: some of its numbers with the words around them (see `numbers`)."""


def sign(articles: pa.Table) -> pa.Table:
    """Make the signatures of articles, one row each, in their order.

    A pure function of each row, so a table may be cut anywhere and signed in parts. Needs the columns `id` and `text`
    (both strings); source_id, source, record, site, published, updated and content_sha256 are taken over where present.
    The result has the schema `SCHEMA`, about 600 bytes a row, and names the algorithm in its metadata.

    The sketch is a FracMinHash (Irber and others, 2022): all hashes below a bound, so that two sketches estimate
    containment as well as resemblance; here the bound rises for short texts, so that they keep enough of them.
    """
    for name in ("id", "text"):
        if name not in articles.column_names:
            raise InputError(
                f"no column {name!r}", where="sign", do=f"columns here: {', '.join(articles.column_names)}"
            )
    parts = [_measure(part) for part in shingle(articles.column("text"))]
    columns: dict[str, pa.Array] = {}
    for name in _TEXTS:
        columns[name] = _strings(articles, name)
    columns["record"] = (
        articles.column("record").cast(pa.int64()).combine_chunks()
        if "record" in articles.column_names
        else pa.array(np.zeros(len(articles), np.int64))
    )
    for field in ("n_tokens", "n_shingles", "width", "digest", "sketch", "slots"):
        kind = SCHEMA.field(field).type
        columns[field] = pa.concat_arrays([part[field] for part in parts]) if parts else pa.array([], kind)
    return pa.table([columns[field.name] for field in SCHEMA], schema=SCHEMA)


def rates(n_shingles: Indices) -> npt.NDArray[np.float64]:
    """The share of the hash space that a document of so many shingles keeps."""
    return np.minimum(1.0, np.maximum(_SHARE, _LEAST / np.maximum(n_shingles, 1)))


def bounds(n_shingles: Indices) -> Hashes:
    """The number that the hashes a document of so many shingles keeps are below."""
    below = (rates(n_shingles) * float(1 << 53)).astype(np.uint64) << np.uint64(11)
    below[below == 0] = np.uint64((1 << 64) - 1)  # 2^64 itself does not fit
    return below


def check(signatures: pa.Table, where: str) -> None:
    """Raise InputError unless these signatures were made by this algorithm."""
    made = (signatures.schema.metadata or {}).get(b"corpusprep.signatures", b"").decode()
    if made != ALGORITHM:
        raise InputError(
            f"signatures of algorithm {made or 'unknown'!r}, not {ALGORITHM!r}",
            where=where,
            do="sign its articles again",
        )


def _strings(articles: pa.Table, name: str) -> pa.Array:
    if name not in articles.column_names:
        return pa.repeat(pa.scalar("", pa.string()), len(articles))
    column = articles.column(name).cast(pa.string()).combine_chunks()
    return column.fill_null("")


def _measure(part: Shingled) -> dict[str, pa.Array]:
    counts = part.n_shingles
    # 0 is no shingle; less one, it is above all bounds.
    kept = np.flatnonzero(part.shingles - np.uint64(1) < np.repeat(bounds(counts), part.n_tokens))
    found = slots(part)
    return {
        "n_tokens": pa.array(part.n_tokens),
        "n_shingles": pa.array(counts),
        "width": pa.array(part.widths.astype(np.uint8)),
        "digest": _digests(part),
        "sketch": _lists(np.searchsorted(kept, part.offsets), part.shingles[kept]),
        "slots": _lists(found.offsets, found.values),
    }


def _lists(offsets: Indices, values: Hashes) -> pa.Array:
    return pa.LargeListArray.from_arrays(pa.array(offsets.astype(np.int64)), pa.array(values))


def _digests(part: Shingled) -> pa.Array:
    """128 bits of each text's tokens: a polynomial of them, and the sum of their shingles."""
    halves = np.zeros((len(part), 2), "<u8")
    halves[:, 0] = part.digests
    filled = np.flatnonzero(part.n_tokens)
    if len(filled):
        halves[filled, 1] = np.add.reduceat(part.shingles, part.offsets[filled])
    return pa.FixedSizeBinaryArray.from_buffers(pa.binary(16), len(part), [None, pa.py_buffer(halves.tobytes())])
