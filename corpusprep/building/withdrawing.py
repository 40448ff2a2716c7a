"""Who leaves with `[withdraw]`: the records it names and their copies, also of texts that are in no input any more.

Of what was withdrawn dist/NAME/withdrawn.parquet keeps signatures: hashes of some runs of words, by which copies are known again
and from which no text can be made.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.parquet as pq

from corpusprep.articles import canonical_url, identity
from corpusprep.building.store import files_digest
from corpusprep.deduping.against import find_known
from corpusprep.deduping.documents import gather
from corpusprep.deduping.relations import Relation
from corpusprep.deduping.signing import SCHEMA as SIGNATURES
from corpusprep.release.states import url_digest

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from corpusprep.building.keeping import Kept
    from corpusprep.building.store import Store
    from corpusprep.config import WithdrawConfig

__all__ = ["Documents", "Withdrawn", "find_withdrawn", "put_down", "stored_digest"]

_FILE = "withdrawn.parquet"
_STORED = SIGNATURES.append(pa.field("url", pa.string()))
_ALGORITHM = b"corpusprep.signatures"
_NO_ADDRESS = ("source_id", "source")


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """Documents that leave.

    rows: of each chunk the rows of its documents that leave, with what `rejected` says of them. signatures: of those that are
    named, to know their copies by.
    """

    rows: Mapping[str, Mapping[int, str]] = field(default_factory=dict)
    signatures: pa.Table = field(default_factory=_STORED.empty_table)


class Documents:
    """Where the documents of a build stand, and which articles were made of them."""

    def __init__(self, store: Store, chunks: Sequence[str], ids: Mapping[str, Mapping[int, str]]) -> None:
        self.store, self.chunks = store, chunks
        self.places: dict[str, tuple[str, int]] = {}
        self.urls: dict[str, str] = {}
        self.home: dict[str, str] = {}  # article -> document
        self.articles: dict[str, list[str]] = {}
        for chunk in chunks:
            table = store.read("render", f"{chunk}.arrow", ["key", "url"])
            others = ids.get(chunk, {})
            for row, (key, url) in enumerate(zip(*(column.to_pylist() for column in table.columns), strict=True)):
                own = others.get(row, key)
                self.places[own] = chunk, row
                self.urls[own] = url
            made = store.read("label", f"{chunk}.articles.arrow", ["id", "parent_id"])
            for id_, parent in zip(*(column.to_pylist() for column in made.columns), strict=True):
                self.home[id_] = parent or id_
                self.articles.setdefault(parent or id_, []).append(id_)

    def signatures(self) -> Iterator[pa.Table]:
        """Those of all articles, chunk by chunk."""
        for chunk in self.chunks:
            yield self.store.read("label", f"{chunk}.signatures.arrow")


def find_withdrawn(
    documents: Documents, clusters: pa.Table, withdraw: WithdrawConfig, kept: Kept, home: Path
) -> Withdrawn:
    """The documents that leave: those that are named, their copies by the matching, and copies of what was withdrawn before.

    clusters: of the matching, which takes part in all documents. home: dist/NAME.
    """
    named = {one for chunk in documents.chunks for one in (documents.store.facts("label", chunk) or {})["withdrawn"]}
    gone = dict.fromkeys(sorted(named), withdraw.reason)
    before = _before(home, kept, withdraw, named)
    for copy, of in _copies_of(documents, before):
        gone.setdefault(documents.home[copy], _said(of, withdraw))
    members: dict[str, list[str]] = {}
    for id_, cluster in zip(*(clusters.column(name).to_pylist() for name in ("id", "cluster_id")), strict=True):
        members.setdefault(cluster, []).append(id_)
    own = {id_: ids for ids in members.values() for id_ in ids}
    todo = list(gone)
    while todo:  # a page leaves as a whole, and with all that stands for a story of it or is stood for
        document = todo.pop(0)
        for article in documents.articles.get(document, ()):
            for copy in own.get(article, ()):
                if documents.home[copy] not in gone:
                    gone[documents.home[copy]] = _said(document, withdraw)
                    todo.append(documents.home[copy])
    rows: dict[str, dict[int, str]] = {}
    for document, said in gone.items():
        chunk, row = documents.places[document]
        rows.setdefault(chunk, {})[row] = said
    return Withdrawn(rows, _joined(before, _of(documents, named)))


def _said(of: str, withdraw: WithdrawConfig) -> str:
    return f"a copy of {of}" + (f": {withdraw.reason}" if withdraw.reason else "")


def _before(home: Path, kept: Kept, withdraw: WithdrawConfig, named: set[str]) -> pa.Table:
    """Signatures of documents that are named and not in the input: put down by an earlier build, or kept by the last one."""
    plain = {identity("", url, "", 0) for url in withdraw.urls if canonical_url(url)}
    urls = {url_digest(canonical_url(url) or url) for url in withdraw.urls}
    ids = {*withdraw.ids, *plain}
    found = [_STORED.empty_table()]
    if (home / _FILE).is_file():
        stored = pq.read_table(home / _FILE, partitioning=None)
        if (stored.schema.metadata or {}).get(_ALGORITHM) == SIGNATURES.metadata[_ALGORITHM]:
            found.append(stored.cast(_STORED))
    old = kept.signatures() if kept.signed_alike else ()
    found.extend(table.append_column("url", pa.repeat("", table.num_rows)) for table in old)
    seen = set(named)
    parts = [_STORED.empty_table()]
    for table in found:
        columns = (table.column(name).to_pylist() for name in ("id", "site", "url"))
        mine = []
        for row, (id_, site, url) in enumerate(zip(*columns, strict=True)):
            is_named = id_ in ids or (url and url in urls) or any(_is_of(site, one) for one in withdraw.sites)
            if is_named and id_ not in seen:
                seen.add(id_)
                mine.append(row)
        parts.append(_plain(table.take(pa.array(mine, pa.int64()))))
    return pa.concat_tables(parts)


def _is_of(site: str, named: str) -> bool:
    return site == named or site.endswith(f".{named}")


def _of(documents: Documents, named: set[str]) -> pa.Table:
    parts = [_STORED.empty_table()]
    for table in documents.signatures() if named else ():
        ids = table.column("id").to_pylist()
        rows = [row for row, one in enumerate(ids) if documents.home[one] in named]
        urls = [documents.urls[documents.home[ids[row]]] for row in rows]
        digests = [url_digest(canonical_url(url) or url) if url else "" for url in urls]
        parts.append(
            _plain(table.take(pa.array(rows, pa.int64())).append_column("url", pa.array(digests, pa.string())))
        )
    return pa.concat_tables(parts)


def _plain(table: pa.Table) -> pa.Table:
    """Without what may name a person: own ids and paths."""
    for name in _NO_ADDRESS:
        at = table.schema.get_field_index(name)
        table = table.set_column(at, _STORED.field(name), pa.repeat("", table.num_rows))
    return table.cast(_STORED)


def _joined(one: pa.Table, other: pa.Table) -> pa.Table:
    return pa.concat_tables([one, other]).sort_by("id")


def _copies_of(documents: Documents, known: pa.Table) -> Iterator[tuple[str, str]]:
    """Articles that are copies of these, each with the id of what it is a copy of; later versions too, but no round-ups."""
    if not known.num_rows:
        return
    theirs = known.select(SIGNATURES.names).replace_schema_metadata(SIGNATURES.metadata)
    for table in documents.signatures():
        if table.num_rows:
            found = find_known(gather([table]), [theirs])
            for rows in (found.rows, found.links):
                yield from _pairs(rows)


def _pairs(rows: pa.Table) -> Iterable[tuple[str, str]]:
    columns = (rows.column(name).to_pylist() for name in ("id", "kept_id", "relation"))
    return [(id_, of) for id_, of, relation in zip(*columns, strict=True) if relation != Relation.CONTAINED.label]


def stored_digest(home: Path) -> str:
    """A digest of what earlier builds put down."""
    return files_digest([home / _FILE])


def put_down(home: Path, signatures: pa.Table) -> None:
    """Keep the signatures of what is withdrawn beside the releases; nothing where nothing is."""
    path = home / _FILE
    if signatures.num_rows:
        spare = path.with_name(f".{_FILE}.{uuid.uuid4().hex}")
        pq.write_table(signatures, spare)
        spare.replace(path)
    else:
        path.unlink(missing_ok=True)
