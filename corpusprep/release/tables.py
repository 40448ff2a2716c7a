"""Write the tables of a release into its staging folder, count them, and describe them."""

from __future__ import annotations

import json
import re
import shutil
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import pyarrow as pa

from corpusprep.errors import ConfigError, ReleaseError
from corpusprep.release import manifest as manifests
from corpusprep.release.card import card
from corpusprep.release.choosing import FIRST, choose, weigh
from corpusprep.release.croissant import croissant
from corpusprep.release.diffing import compare
from corpusprep.release.licences import LICENCES
from corpusprep.release.memory import remember
from corpusprep.release.parquet import Digest, ShardTask, Spool, Written, write_shard
from corpusprep.release.plots import plots
from corpusprep.release.schemas import SCHEMAS, columns
from corpusprep.release.shards import UNDATED, Place, Places, day, split_of
from corpusprep.release.states import url_digest
from corpusprep.release.tally import Tally
from corpusprep.release.versions import AUTO, check_name, disk_errors, parse

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from corpusprep.config import Config, ReleaseConfig
    from corpusprep.release.diffing import Diff
    from corpusprep.release.memory import Memory

__all__ = ["Draft", "check_settings", "describe", "write"]

_SPLIT = re.compile(r"[A-Za-z0-9_]+(\.[A-Za-z0-9_]+)*")  # as `datasets` has it
_ORDER = ("articles", "duplicates", "raw", "rejected")  # rows of the later stand where those of the earlier do


class Run(Protocol):
    """Anything shaped like builtin `map`."""

    def __call__(
        self, function: Callable[[ShardTask], Written | None], tasks: Iterable[ShardTask], /
    ) -> Iterable[Written | None]:
        """Yield the result of each task, in order."""
        ...


@dataclass(frozen=True, slots=True)
class Draft:
    """A release as it was written to its staging folder.

    version: the one given, or the one chosen for "auto"; why: what the choice rests on. changed: False where it holds just
    what the release before it holds. counts: records, articles, duplicates, rejected, which add up; recovered (articles) and
    recovered_duplicates are stories that stood below another on a page, and no records. diff: all changes since the release before.
    """

    version: str
    why: str
    counts: Mapping[str, int]
    changed: bool
    diff: Diff | None = None


def check_settings(settings: ReleaseConfig) -> None:
    """Raise ConfigError for a licence the Hub does not know, or a split that `datasets` cannot name."""
    if settings.license not in LICENCES:
        do = 'see https://huggingface.co/docs/hub/repositories-licenses, or say "other"'
        raise ConfigError(f"release.license is {settings.license!r}, which the Hub does not know", do=do)
    for split in settings.splits:
        if not _SPLIT.fullmatch(split) or split == "all":
            raise ConfigError(f"release.splits names {split!r}", do='use letters, digits and "_", and not "all"')


def write(  # noqa: PLR0913  (a release is made of these, each by its name)
    staging: Path,
    tables: Mapping[str, Iterable[pa.RecordBatch]],
    *,
    name: str,
    version: str,
    config: Config,
    inputs: Sequence[Mapping[str, object]] = (),
    counts: Mapping[str, int] | None = None,
    previous: Path | None = None,
    origins: Mapping[str, object] | None = None,
    memory: Memory | None = None,
    run: Run = map,
) -> Draft:
    """Write a whole release into an empty folder: Parquet files, card, manifest.json and SHA256SUMS.

    tables: batches of the schemas in `release.schemas`, by table; a table left out is empty. Each iterable is consumed once, in
    the order articles, duplicates, raw, rejected. Rows may come in any order and in batches of any size: the files are the same.
    inputs: what was read, such as {"path": "a.jsonl", "bytes": 123, "sha256": "..."}; the order does not matter.
    counts: what the caller counted ("records" and so on); each must agree with the rows.

    previous: the release before this one; version "auto" is chosen by what changed since (`release.choose`).
    origins: what the result depends on besides config and libraries, for `diff` to name causes: {"fingerprints": {part: digest},
    "sites": {site: digest of what was learned of it}}.
    memory: where what is known of rows lies, for batches with a column "print" (see `release.memory`).
    run: what calls a function on the files that are to be written, one after another like builtin `map`, or many at once.

    Raises ReleaseError where the books do not balance, VersionError for a malformed version, ConfigError as `check_settings`.
    """
    if version != AUTO:
        parse(version)
    check_name(name)
    check_settings(config.release)
    if unknown := tables.keys() - SCHEMAS.keys():
        raise ReleaseError(f"no table {min(unknown)!r} in a release")
    tally = Tally()
    with disk_errors(staging):
        staging.mkdir(parents=True, exist_ok=True)
        spools = _Spools(staging, config.release, memory.old if memory else "", tally)
        files = spools.write(tables, run)
        written = {table: _entry(table, found) for table, found in files.items()}
        if memory:
            remember(memory.new, ((one.prints, one.digests) for found in files.values() for one in found))
    entries = {table: written[table] for table in SCHEMAS}
    facts: dict[str, Any] = {
        "format": manifests.FORMAT,
        "name": name,
        "version": version,
        "digest": manifests.content_digest(entries),
        "rules": manifests.RULES,
        "tool": {"corpusprep": manifests.tool_version()},
        "libraries": manifests.libraries(),
        **(origins or {}),
        "config": _plain(config),
        "inputs": sorted((dict(one) for one in inputs), key=lambda one: [str(value) for value in one.values()]),
        "counts": _books(tally, counts or {}),
        "counts_by": tally.as_mapping(),
        "samples": tally.samples.as_list(),
        "tables": entries,
        "files": manifests.measure(staging, {}),
    }
    fresh = None
    if memory and memory.is_previous:
        fresh = {table: frozenset().union(*(one.fresh for one in found)) for table, found in files.items()}
    draft = _draft(staging, facts, previous, fresh)
    facts["version"] = draft.version
    with disk_errors(staging):
        describe(staging, facts)
    return draft


def describe(folder: Path, facts: Mapping[str, Any]) -> None:
    """Write card, plots, Croissant, manifest and checksums beside the data files."""
    texts = {"README.md": card(facts), "croissant.json": croissant(facts), **plots(facts)}
    for name, text in texts.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8", newline="\n")
    files = {name: entry for name, entry in facts["files"].items() if name.startswith("data/")}
    manifests.seal(folder, {**facts, "files": files})


def _draft(
    staging: Path, facts: Mapping[str, Any], previous: Path | None, fresh: Mapping[str, frozenset[str]] | None
) -> Draft:
    version, counts = facts["version"], facts["counts"]
    if previous is None:
        return Draft(FIRST if version == AUTO else version, "the first release", counts, changed=True)
    changes = compare(previous, staging, manifests.read(previous), facts, fresh)
    chosen, why = choose(changes)
    version = chosen if version == AUTO else version
    return Draft(version, why, counts, weigh(changes)[0] != "none", replace(changes, after=version))


class _Spools:
    """The rows of all tables on their way to files."""

    def __init__(self, staging: Path, settings: ReleaseConfig, known: str, tally: Tally) -> None:
        self._staging, self._settings, self._known, self._tally = staging, settings, known, tally
        self._articles, self._copies = Places(), Places()

    def write(self, tables: Mapping[str, Iterable[pa.RecordBatch]], run: Run) -> dict[str, list[Written]]:
        """Write all files; what each table came to."""
        tasks: list[ShardTask] = []
        for table in _ORDER:
            tasks.extend(self._spooled(table, tables.get(table, ())))
        files: dict[str, list[Written]] = {table: [] for table in _ORDER}
        for task, file in zip(tasks, run(write_shard, tasks), strict=True):
            if file is not None:
                files[Path(task.folder).name].append(file)
        shutil.rmtree(self._staging / ".spool")
        return files

    def _spooled(self, table: str, batches: Iterable[pa.RecordBatch]) -> list[ShardTask]:
        known = {"articles": self._articles, "duplicates": self._copies}.get(table)
        spool = Spool(SCHEMAS[table], self._staging / ".spool" / table, self._known)
        for each in batches:
            rows = _fit(table, each)
            if table == "raw" and self._settings.raw_text == "none":
                rows = _withheld(rows)
            places = _places(table, rows, self._settings.splits, (self._articles, self._copies))
            spool.add(rows, places, each.column("print") if "print" in each.schema.names else None)
            self._tally.update(table, rows)
            if known is not None:
                known.add(rows.column("id").to_pylist(), places)
        return list(spool.tasks(self._staging / "data" / table))


def _fit(table: str, rows: pa.RecordBatch) -> pa.RecordBatch:
    """The table's columns of these rows; a column they lack is empty."""
    schema = SCHEMAS[table]
    if rows.schema.equals(schema):
        return rows
    try:
        columns = [_column(rows, field).cast(field.type) for field in schema]
    except pa.ArrowInvalid as error:
        raise ReleaseError(f"rows do not fit the table {table!r} ({error})") from None
    return pa.RecordBatch.from_arrays(columns, schema=schema)


def _column(rows: pa.RecordBatch, field: pa.Field) -> pa.Array:
    if field.name in rows.schema.names:
        return rows.column(field.name)
    if pa.types.is_string(field.type):
        return pa.repeat("", rows.num_rows)
    return pa.nulls(rows.num_rows, field.type)


def _places(table: str, rows: pa.RecordBatch, splits: Mapping[str, float], known: tuple[Places, Places]) -> list[Place]:
    """Articles stand by their date; a copy beside the article that was kept, and raw text beside what was made of it."""
    ids = rows.column("id").to_pylist()
    if table in ("articles", "duplicates"):
        clusters = rows.column("cluster_id").to_pylist()
        own = [split_of(cluster or one, splits) for cluster, one in zip(clusters, ids, strict=True)]
        if table == "articles":
            days = [day(published) for published in rows.column("published").to_pylist()]
        else:
            days = [place[1] if place else UNDATED for place in known[0].find(rows.column("kept_id").to_pylist())]
        return list(zip(own, days, strict=True))
    found = zip(ids, known[0].find(ids), known[1].find(ids), strict=True)
    return [article or copy or (split_of(one, splits), UNDATED) for one, article, copy in found]


def _withheld(rows: pa.RecordBatch) -> pa.RecordBatch:
    """Rows of `raw` without any text of the documents: evidence quotes it too."""
    plain = rows.to_pylist()
    for row in plain:
        row["text"] = None
        row["spans"] = [{**span, "evidence": ""} for span in row["spans"] or ()]
    return pa.RecordBatch.from_pylist(plain, schema=SCHEMAS["raw"])


def _entry(table: str, files: Sequence[Written]) -> dict[str, Any]:
    """What manifest.json says of a table."""
    splits: dict[str, dict[str, Any]] = {}
    for split in dict.fromkeys(file.split for file in files):
        own = [file for file in files if file.split == split]
        rows = sum(file.rows for file in own)
        splits[split] = {
            "rows": rows,
            "bytes": sum(file.bytes for file in own),
            "download": sum(file.download for file in own),
            "digest": Digest(sum(file.digest for file in own), rows).hexdigest(),
        }
    names = {f"data/{table}/{file.path}": file.rows for file in files}
    return {
        "rows": sum(file.rows for file in files),
        "splits": splits,
        "files": names,
        "columns": columns(SCHEMAS[table]),
    }


def _books(tally: Tally, claimed: Mapping[str, int]) -> dict[str, int]:
    rows, recovered = tally.rows, tally.recovered
    books = {
        "articles": rows["articles"] - recovered["articles"],
        "duplicates": rows["duplicates"] - recovered["duplicates"],
        "rejected": rows["rejected"],
    }
    books = {"records": sum(books.values()), **books}
    books |= {"recovered": recovered["articles"], "recovered_duplicates": recovered["duplicates"]}
    for name, count in claimed.items():
        if name in books and books[name] != count:
            what = f"the books do not balance: {count} {name} were counted and {books[name]} were written"
            raise ReleaseError(what, do="please report this, with the command that was run")
    return books


def _plain(config: Config) -> Any:
    """A config as JSON has it; withdrawn addresses, which may name people, as digests."""
    table = asdict(config)
    table["withdraw"]["urls"] = sorted(url_digest(url) for url in config.withdraw.urls)
    return json.loads(json.dumps(table))
