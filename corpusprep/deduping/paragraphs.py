"""Paragraphs that a site repeats from document to document: evidence for page furniture, for a person or a cleaner to weigh.

Nothing is removed here. A wire story that a site ran five times repeats its paragraphs too, so look before you cut.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from corpusprep.deduping.shingles import shingle
from corpusprep.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

__all__ = ["PARAGRAPHS", "repeated_paragraphs"]

Hashes = npt.NDArray[np.uint64]
Indices = npt.NDArray[np.int64]

PARAGRAPHS = pa.schema(
    [
        ("site", pa.string()),
        ("text", pa.string()),
        ("n_documents", pa.int64()),
        ("site_documents", pa.int64()),
        ("share", pa.float64()),
    ]
)


def repeated_paragraphs(articles: Callable[[], Iterable[pa.Table]], *, least: int = 5) -> pa.Table:
    """Find the paragraphs that stand in at least so many documents of one site.

    articles: gives tables with the columns `text` and, if known, `site`; called twice. A paragraph is a line that is not
    empty; two are the same when they differ in case, punctuation, white space or Unicode form alone.
    Returns one row for each site and paragraph: site, text (of its spellings the first by code points), n_documents that
    have it, site_documents, share of them; sorted by site, then the most frequent first. Needs 24 bytes of memory a
    paragraph. Raises InputError where there is no column `text`.
    """
    sites: dict[str, int] = {}
    sizes: dict[int, int] = {}
    found: list[npt.NDArray[np.uint64]] = []
    for base, (names, owners, digests, _) in _numbered(articles()):
        numbers = [sites.setdefault(name, len(sites)) for name in names]
        for number in numbers:
            sizes[number] = sizes.get(number, 0) + 1
        site = np.array(numbers, np.uint64)[owners]
        found.append(np.stack([site, digests, owners.astype(np.uint64) + np.uint64(base)], axis=1))
    rows = np.unique(np.concatenate([np.zeros((0, 3), np.uint64), *found]), axis=0)
    keys, counts = np.unique(rows[:, :2], axis=0, return_counts=True)
    frequent = {(int(site), int(digest)): int(n) for (site, digest), n in zip(keys, counts, strict=True) if n >= least}
    spelled: dict[tuple[int, int], str] = {}
    for _, (names, owners, digests, texts) in _numbered(articles()):
        for owner, digest, text in zip(owners.tolist(), digests.tolist(), texts, strict=True):
            key = sites[names[owner]], digest
            if key in frequent and text < spelled.get(key, "\U0010ffff"):
                spelled[key] = text
    names_of = list(sites)
    table = [
        (names_of[key[0]], text, frequent[key], sizes[key[0]], round(frequent[key] / sizes[key[0]], 4))
        for key, text in spelled.items()
    ]
    table.sort(key=lambda row: (row[0], -row[2], row[1]))
    columns = list(zip(*table, strict=True)) or [()] * len(PARAGRAPHS)
    return pa.table(
        [pa.array(column, field.type) for column, field in zip(columns, PARAGRAPHS, strict=True)], PARAGRAPHS
    )


_Paragraphs = tuple[list[str], Indices, Hashes, list[str]]
"""Sites of some documents; and of each of their paragraphs the document, the digest and the text."""


def _numbered(tables: Iterable[pa.Table]) -> Iterator[tuple[int, _Paragraphs]]:
    base = 0
    for table in tables:
        if "text" not in table.column_names:
            raise InputError(
                "no column 'text'", where="paragraphs", do=f"columns here: {', '.join(table.column_names)}"
            )
        for start in range(0, len(table), 1024):
            part = table.slice(start, 1024)
            sites = part.column("site").to_pylist() if "site" in part.column_names else [""] * len(part)
            yield base, _paragraphs([site or "" for site in sites], part.column("text").to_pylist())
            base += len(part)


def _paragraphs(sites: list[str], documents: list[str | None]) -> _Paragraphs:
    owners: list[int] = []
    texts: list[str] = []
    for owner, document in enumerate(documents):
        lines = [line.strip() for line in (document or "").splitlines()]
        texts.extend(line for line in lines if line)
        owners.extend(owner for line in lines if line)
    parts = list(shingle(pa.chunked_array([pa.array(texts, pa.large_string())])))
    digests = np.concatenate([np.zeros(0, np.uint64), *(part.digests for part in parts)])
    words = np.concatenate([np.zeros(0, np.int64), *(part.n_tokens for part in parts)])
    some = np.flatnonzero(words)
    return sites, np.array(owners, np.int64)[some], digests[some], [texts[place] for place in some.tolist()]
