"""Find out whether a release is whole and keeps its promises."""

from __future__ import annotations

import hashlib
import unicodedata
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq

from corpusprep.errors import ReleaseError
from corpusprep.release import manifest as manifests
from corpusprep.release.parquet import Digest
from corpusprep.release.schemas import columns, moment
from corpusprep.release.versions import find

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

__all__ = ["check_files", "verify"]

_SHOWN = 5  # rows named for one kind of problem; the rest are counted


def verify(path: str | Path) -> list[str]:
    """Everything that is wrong with a release, one line each; an empty list where nothing is.

    path: a release, or dist/NAME for its newest. Checks that no file was changed, lost or added; that counts and digests in
    manifest.json are those of the rows; that spans tile their document and every article's text is the body of its
    document; that records = articles + duplicates + rejected; and that every copy names an article that is there.
    Raises ReleaseError where there is no release at all.
    """
    folder = find(path)
    problems = check_files(folder)
    try:
        manifest = manifests.read(folder)
        return problems + _check_rows(folder, manifest)
    except ReleaseError as error:
        return [*problems, str(error)]


def check_files(folder: Path) -> list[str]:
    """What is wrong with the files of a release, going by SHA256SUMS alone."""
    try:
        wanted = manifests.read_sums(folder)
    except ReleaseError as error:
        return [str(error)]
    here = dict(manifests.files_below(folder))
    here.pop(manifests.SUMS, None)
    problems = [f"{name}: missing" for name in sorted(wanted.keys() - here.keys())]
    problems += [f"{name}: added, it is not in {manifests.SUMS}" for name in sorted(here.keys() - wanted.keys())]
    for name in sorted(wanted.keys() & here.keys()):
        if manifests.file_sha256(here[name]) != wanted[name]:
            problems.append(f"{name}: changed, its SHA-256 is another")
    return problems


@dataclass(slots=True)
class _Findings:
    """What the rows say, gathered table by table. A set or mapping of ids is all that is held of a whole table."""

    withheld: bool
    joined: bool  # appended stories were kept in the article's text
    raw: bool  # the table is there
    bodies: dict[str, tuple[bytes, ...]] = field(default_factory=dict)
    homes: dict[str, str] = field(default_factory=dict)  # id -> the table that accounts for it
    clusters: dict[str, str] = field(default_factory=dict)
    contents: dict[str, str] = field(default_factory=dict)
    broken: Counter[str] = field(default_factory=Counter)
    problems: list[str] = field(default_factory=list)

    def note(self, kind: str, where: str) -> None:
        self.broken[kind] += 1
        if self.broken[kind] <= _SHOWN:
            self.problems.append(f"{where}: {kind}")

    def told(self) -> list[str]:
        more = [f"{count - _SHOWN} more rows: {kind}" for kind, count in self.broken.items() if count > _SHOWN]
        return self.problems + more


def _check_rows(folder: Path, manifest: Mapping[str, Any]) -> list[str]:
    settings = manifest["config"]
    found = _Findings(
        settings["release"]["raw_text"] == "none",
        settings["clean"]["appended"] == "keep",
        "raw" not in manifest.get("withheld", ()),
    )
    checks = {
        "raw": _check_raw,
        "articles": _check_article,
        "duplicates": _check_duplicate,
        "rejected": _check_rejected,
    }
    primary = Counter[str]()
    for table, check in checks.items():
        entry = manifest["tables"][table]
        digests: dict[str, Digest] = {}
        for file, count in entry["files"].items():
            rows = 0
            for part in _read(folder / file, file, entry["columns"], found):
                rows += part.num_rows
                digests.setdefault(file.split("/")[2], Digest()).update(part)
                for row in part.to_pylist():
                    check(row, found)
                    primary[table] += not row.get("parent_id")
            if rows != count:
                found.problems.append(f"{file}: {rows} rows, where the manifest counts {count}")
        _compare(table, entry, digests, found)
    _check_books(manifest["counts"], primary, found)
    if manifests.content_digest(manifest["tables"]) != manifest["digest"]:
        found.problems.append("manifest.json: its digest is not that of its tables")
    return found.told()


def _read(path: Path, file: str, wanted: Mapping[str, str], found: _Findings) -> Iterator[pa.RecordBatch]:
    try:
        with pq.ParquetFile(path) as parquet:
            if columns(parquet.schema_arrow) != wanted:
                found.problems.append(f"{file}: its columns are not those of the manifest")
                return
            yield from parquet.iter_batches(batch_size=500)
    except (OSError, pa.ArrowException) as error:
        found.problems.append(f"{file}: cannot be read ({error})")


def _compare(table: str, entry: Mapping[str, Any], digests: Mapping[str, Digest], found: _Findings) -> None:
    for split in sorted(entry["splits"].keys() | digests.keys()):
        facts, digest = entry["splits"].get(split, {"rows": 0, "digest": ""}), digests.get(split, Digest())
        if facts["rows"] != digest.rows:
            found.problems.append(f"{table}, {split}: {digest.rows} rows, where the manifest counts {facts['rows']}")
        elif facts["digest"] != digest.hexdigest():
            found.problems.append(f"{table}, {split}: the digest of its rows is not that of the manifest")
    if entry["rows"] != sum(part["rows"] for part in entry["splits"].values()):
        found.problems.append(f"{table}: the manifest's splits do not add up to {entry['rows']} rows")


def _check_raw(row: Mapping[str, Any], found: _Findings) -> None:
    id_, text, spans = row["id"], row["text"], row["spans"] or []
    if id_ in found.contents:
        found.note("its id stands twice in raw", id_)
    found.contents[id_] = row["content_sha256"]
    if (text is None) != found.withheld:
        found.note("its text should be withheld" if found.withheld else "its text is missing", id_)
    edges = [0, *(span["end"] for span in spans)]
    tiled = all(span["start"] == edge and span["end"] > edge for span, edge in zip(spans, edges[:-1], strict=True))
    if not tiled or (text is not None and edges[-1] != len(text)):
        found.note("its spans do not tile the document", id_)
    elif text is not None:
        found.bodies[id_] = _bodies(text, spans, joined=found.joined)


def _bodies(text: str, spans: Sequence[Mapping[str, Any]], *, joined: bool) -> tuple[bytes, ...]:
    stories: dict[int, list[str]] = {0: []}
    for span in spans:
        if span["label"] == "body":
            stories.setdefault(0 if joined else span["story"], []).append(text[span["start"] : span["end"]])
    return tuple(_letters("".join(stories[number])) for number in sorted(stories))


def _letters(text: str) -> bytes:
    """A digest of letters and digits alone: the text of an article differs from its spans in white space, bullets and form."""
    letters = "".join(filter(str.isalnum, unicodedata.normalize("NFD", text)))
    return hashlib.blake2b(letters.encode(), digest_size=8).digest()


def _check_article(row: Mapping[str, Any], found: _Findings) -> None:
    id_, parent = row["id"], row["parent_id"]
    _account(row, "articles", found)
    found.clusters[id_] = row["cluster_id"]
    document = parent or id_
    if found.raw and document not in found.contents:
        found.note("its document is not in raw", id_)
    elif not found.withheld and document in found.bodies:
        bodies = found.bodies[document]
        if _letters(row["text"]) not in (bodies[1:] if parent else bodies[:1]):
            found.note("its text is not the body of its document", id_)
    if row["n_chars"] != len(row["text"]):
        found.note("n_chars is not the length of its text", id_)
    if row["published_at"] != moment(row["published"]):
        found.note("published_at is not what published says", id_)


def _check_duplicate(row: Mapping[str, Any], found: _Findings) -> None:
    _account(row, "duplicates", found)
    kept = row["kept_id"]
    if found.homes.get(kept) != "articles":
        found.note("the article kept for it is not there", row["id"])
    elif found.clusters[kept] != row["cluster_id"]:
        found.note("the article kept for it is of another cluster", row["id"])


def _check_rejected(row: Mapping[str, Any], found: _Findings) -> None:
    _account(row, "rejected", found)
    if not row["stage"] or not row["reason"]:
        found.note("rejected without stage and reason", row["id"] or row["source"])


def _account(row: Mapping[str, Any], table: str, found: _Findings) -> None:
    id_ = row["id"]
    if not id_:
        found.note(f"a row of {table} without id", f"{row['source']}, record {row['record']}")
    elif id_ in found.homes:
        found.note(f"accounted for in {found.homes[id_]} and again in {table}", id_)
    found.homes[id_] = table
    content = found.contents.get(id_)
    if content is not None and row["content_sha256"] not in ("", None, content):
        found.note(f"its content_sha256 in {table} is not that in raw", id_)


def _check_books(counts: Mapping[str, int], primary: Counter[str], found: _Findings) -> None:
    for table in ("articles", "duplicates", "rejected"):
        if counts[table] != primary[table]:
            found.problems.append(f"manifest.json: {counts[table]} {table}, where the rows make {primary[table]}")
    total = primary["articles"] + primary["duplicates"] + primary["rejected"]
    if counts["records"] != total:
        found.problems.append(f"the books do not balance: {counts['records']} records, {total} accounted for")
    for id_ in found.contents.keys() - found.homes.keys():
        found.note("a document in raw that no table accounts for", id_)
