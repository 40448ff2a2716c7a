"""Copies among documents: sign, match, choose the representative.

This module is light: what needs NumPy and Arrow is imported when it is used.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    import pyarrow as pa

    from corpusprep.config import DedupeConfig
    from corpusprep.deduping.matching import Matches
    from corpusprep.document import Article

__all__ = ["Duplicate", "dedupe", "match", "sign"]


@dataclass(frozen=True, slots=True)
class Duplicate:
    """One document that is a copy of another one.

    id, kept_id: its id and that of the document to keep in its place. cluster_id: the smallest id among all copies of it.
    relation: `duplicate` (the same text but for small edits and page furniture), `abridged` (a shorter form), `updated`
    (an earlier version), or `contained` (an item of a round-up; only if the config drops these).
    method: `bytes`, `text` (the same words) or `shingles`. resemblance: runs of five words in both over those in either;
    containment: over those of the shorter; both 0 to 1. evidence: what was counted, for a person to check.
    """

    id: str
    kept_id: str
    cluster_id: str
    relation: str
    method: str
    resemblance: float
    containment: float
    evidence: str


def sign(articles: pa.Table) -> pa.Table:
    """Make the signatures of articles; see `corpusprep.deduping.signing.sign`."""
    from corpusprep.deduping.signing import sign as sign_table  # noqa: PLC0415

    return sign_table(articles)


def match(
    signatures: Iterable[pa.Table],
    fetch: Callable[[Sequence[str]], pa.Table],
    config: DedupeConfig,
    against: Iterable[pa.Table] = (),
) -> Matches:
    """Find the copies among signed documents; see `corpusprep.deduping.matching.match`."""
    from corpusprep.deduping.matching import match as match_signatures  # noqa: PLC0415

    return match_signatures(signatures, fetch, config, against)


def dedupe(
    articles: pa.Table | Iterable[Article | Mapping[str, Any]], *, config: DedupeConfig | None = None
) -> Iterator[Duplicate]:
    """Find the copies among articles: yields one `Duplicate` for each document that should leave, sorted by id.

    articles: an Arrow table, or any iterable of `Article`, or of mappings, with `text` and, if they have one, `id` (else
    the row's number, from 0, is it), `published`, `updated`, `site`, `source`, `content_sha256`. Their order changes
    nothing but the ids given to rows without one.
    Raises InputError where there is no `text` or an id comes twice.
    """
    from corpusprep.deduping.library import duplicates  # noqa: PLC0415

    return duplicates(articles, config)
