"""The passes of a build, in order: read, render, learn, label, match, assemble. Each is a pure function of what the one before committed."""

from __future__ import annotations

import contextlib
import os
import time
from collections import Counter
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from corpusprep import config as configs
from corpusprep.building.assembling import tables
from corpusprep.building.fingerprinting import fingerprints
from corpusprep.building.identities import exceptions
from corpusprep.building.keeping import Kept, Made, drop, keep, newest, release_digest
from corpusprep.building.labelling import LabelTask, label
from corpusprep.building.matching import find_copies
from corpusprep.building.reading import ReadTask, read_shard
from corpusprep.building.rendering import RenderTask, render_chunk
from corpusprep.building.shards import cut
from corpusprep.building.store import Store, digest, own_code, work
from corpusprep.building.surveying import LearnTask, gather_sites, learn, shares_of
from corpusprep.building.withdrawing import Documents, Withdrawn, find_withdrawn, put_down, stored_digest
from corpusprep.building.writing import Writing
from corpusprep.cleaners.registry import selected
from corpusprep.config import Config, WithdrawConfig
from corpusprep.engine import local
from corpusprep.engine.ray import on_ray
from corpusprep.errors import ConfigError
from corpusprep.release import Release, check_settings, check_version, latest, publish, settle, stage, write
from corpusprep.release.versions import disk_errors
from corpusprep.sources import plan

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    import pyarrow as pa

    from corpusprep.engine import Engine
    from corpusprep.sources import Part

__all__ = ["PASSES", "Built", "Progress", "build"]

PASSES = ("read", "render", "learn", "label", "match", "write")
"""The passes of a build, in order."""

_ENGINES = ("local", "ray")

_LISTED = 10_000
"""Input files that manifest.json names one by one; of more it has the number and one digest."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a pass has come: tasks done of how many, with the records and rejected rows in them so far.

    stage: one of PASSES. task: the one just done, "" before the first; seconds: the CPU time it took. before: tasks that an earlier
    build had done.
    """

    stage: str
    done: int
    total: int
    records: int = 0
    rejected: int = 0
    task: str = ""
    seconds: float = 0.0
    before: int = 0


@dataclass(frozen=True)
class Built(Release):
    """The newest release after a build.

    changed: False where the build came to just what the newest release holds; that one stays the newest then.
    why: what the choice of the version rests on.
    """

    changed: bool = True
    why: str = ""


def build(  # noqa: PLR0913  (a build is made of these, each by its name)
    raw: str | Path | Iterable[str | Path],
    dist: str | Path,
    *,
    name: str,
    version: str = "auto",
    config: Config | Mapping[str, Any] | str | Path | None = None,
    workers: int | None = None,
    engine: str | Engine = "local",
    ray_address: str | None = None,
    cache: bool = True,
    progress: Callable[[Progress], None] | None = None,
) -> Built:
    """Build a release dist/NAME/VERSION from files, folders and globs.

    version: X.Y.Z above the newest, or "auto" for the next one by what changed; then, where nothing changed, nothing is made.
    config: a Config, what `config.from_mapping` or `config.load` take, or None for the defaults.
    workers: processes; None for one per processor, 0 for this process alone. engine: "local", "ray" (with ray_address, else the
    cluster of RAY_ADDRESS, else one made of this machine), or anything shaped like `map`.
    cache: take over what earlier builds of this dataset worked out for the same content under the same settings, code and
    libraries, and keep what this one does; without it everything is worked out anew and nothing is kept.
    progress: called whenever a task is done.

    The result depends on the records, the config and the versions of tool and libraries alone. What is built is there as a
    whole or not at all; a build that was killed goes on where it was when the same build is started again.
    Raises CorpusprepError: InputError for a path that is missing, ConfigError, VersionError for a version that cannot be the
    next, ReleaseError where it cannot be written.
    """
    settings = _config(config)
    check_version(dist, name, version)
    check_settings(settings.release)
    if engine not in _ENGINES and isinstance(engine, str):
        raise ConfigError(f"no engine {engine!r}", do=f"choose one of {', '.join(_ENGINES)}")
    selected(settings.clean)
    parts = plan([raw] if isinstance(raw, (str, Path)) else list(raw), config=settings)
    own = fingerprints(settings)
    home = Path(dist) / name
    new: Path | None = None
    with disk_errors(home), newest(home, own, use=cache) as kept:
        given = [name, [_stamp(part) for part in parts], asdict(settings), stored_digest(home)]
        key = digest([*given, own_code(), asdict(own), Path(kept.root).name])
        with work(home, key) as store:
            run = _Run(store, settings, home, kept, progress or (lambda _: None))
            with _engine(engine, workers, ray_address) as running:
                made = run.passes(parts, running)
                built = _finish(run, made, (Path(dist), name, version), running)
            with contextlib.suppress(OSError):  # what cannot be kept is no failure of this build
                whole = Made(made.chunks, made.withdrawn.rows, own, release_digest(built.path))
                new = keep(store, home, whole) if cache else None
    # Even where nothing is kept: the old cache may hold what is withdrawn now.
    if new or settings.withdraw != WithdrawConfig():
        drop(home, but=new)
    return built


def _engine(
    engine: str | Engine, workers: int | None, ray_address: str | None
) -> contextlib.AbstractContextManager[Engine]:
    if not isinstance(engine, str):
        return contextlib.nullcontext(engine)
    if engine == "ray":
        return on_ray(ray_address)
    return local(os.cpu_count() or 1 if workers is None else workers)


def _config(config: Config | Mapping[str, Any] | str | Path | None) -> Config:
    if config is None or isinstance(config, Config):
        return config or Config()
    return configs.load(config) if isinstance(config, (str, Path)) else configs.from_mapping(config)


def _stamp(part: Part) -> list[Any]:
    """What tells whether a part is the one that an earlier build read."""
    try:
        changed = Path(part.uri).stat().st_mtime_ns
    except (OSError, ValueError):  # not a path of this machine
        changed = 0
    return [asdict(part), changed]


@dataclass(frozen=True, slots=True)
class _Made:
    """What the passes came to: chunks in order, tables of the release, how many records there are, what was read."""

    chunks: Sequence[str]
    tables: Mapping[str, Any]
    withdrawn: Withdrawn
    records: int
    inputs: Sequence[Mapping[str, object]]
    sites: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class _Run:
    store: Store
    config: Config
    home: Path
    kept: Kept
    progress: Callable[[Progress], None]

    def passes(self, parts: Sequence[Part], engine: Engine) -> _Made:
        """All passes but the last."""
        store = self.store
        shards = cut(parts)
        read = list(
            self._pass(
                "read",
                [(shard.name, ReadTask(store, shard, self.config, self.kept)) for shard in shards],
                read_shard,
                engine,
            )
        )
        chunks = [chunk for facts in read for chunk, _ in facts["chunks"]]
        records = sum(facts["documents"] for facts in read)
        rendering = [(chunk, RenderTask(store, chunk, self.kept)) for chunk in chunks]
        for _ in self._pass("render", rendering, render_chunk, engine):
            pass
        ids = exceptions(chunks, lambda chunk, columns: store.read("render", f"{chunk}.arrow", columns), records)
        shares = shares_of(records)
        gather_sites(store, chunks, shares, engine)
        learning = [(str(share), LearnTask(store, chunks, share, shares)) for share in range(shares)]
        sites: dict[str, str] = {}
        for facts in self._pass("learn", learning, learn, engine):
            sites |= facts["sites"]
        tasks = [
            (chunk, LabelTask(store, chunk, self.config, self.kept, ids.get(chunk, {}), shares)) for chunk in chunks
        ]
        for _ in self._pass("label", tasks, label, engine):
            pass
        with self.alone("match", records):
            sizes = [(chunk, rows) for facts in read for chunk, rows in facts["chunks"]]
            copies = find_copies(store, sizes, self.config.dedupe, engine)
        inputs = [one for facts in read for one in facts["inputs"]]
        under = digest([own_code(), asdict(self.kept.prints), self.config.release.raw_text])
        gone = self._withdrawn(chunks, ids, copies[1])
        made = tables(store, chunks, ids, copies, gone.rows, under)
        return _Made(chunks, made, gone, records, inputs, dict(sorted(sites.items())))

    def _withdrawn(self, chunks: Sequence[str], ids: Mapping[str, Mapping[int, str]], clusters: pa.Table) -> Withdrawn:
        withdraw = self.config.withdraw
        if not (withdraw.ids or withdraw.urls or withdraw.sites):
            return Withdrawn()
        documents = Documents(self.store, chunks, ids)
        return find_withdrawn(documents, clusters, withdraw, self.kept, self.home)

    def _pass(
        self, stage: str, tasks: Sequence[tuple[str, Any]], function: Callable[[Any], dict[str, Any]], engine: Engine
    ) -> Iterator[dict[str, Any]]:
        """The facts of each task, in order: those of tasks done before, and of the others as they are done now."""
        done = {name: facts for name, _ in tasks if (facts := self.store.facts(stage, name)) is not None}
        self.store.finish("plan", stage, {"tasks": len(tasks)})
        results = engine(partial(_timed, function), [task for name, task in tasks if name not in done])
        counts: Counter[str] = Counter()
        self.progress(Progress(stage, 0, len(tasks), before=len(done)))
        for number, (name, _) in enumerate(tasks, 1):
            facts, seconds = (done[name], 0.0) if name in done else next(iter(results))
            counts.update(documents=facts["documents"], rejected=facts["rejected"])
            rows = counts["documents"], counts["rejected"]
            self.progress(Progress(stage, number, len(tasks), *rows, name, seconds, len(done)))
            yield facts

    @contextlib.contextmanager
    def alone(self, stage: str, records: int) -> Iterator[None]:
        """A pass that is one task in this process."""
        self.store.finish("plan", stage, {"tasks": 1})
        self.progress(Progress(stage, 0, 1, records))
        start = time.process_time()
        yield
        self.progress(Progress(stage, 1, 1, records, task="all", seconds=round(time.process_time() - start, 3)))


def _timed(function: Callable[[Any], dict[str, Any]], task: Any) -> tuple[dict[str, Any], float]:
    start = time.process_time()
    return function(task), round(time.process_time() - start, 3)


def _finish(run: _Run, made: _Made, place: tuple[Path, str, str], engine: Engine) -> Built:
    """Write the release, look whether it differs from the one before, and publish it."""
    dist, name, version = place
    previous = latest(dist / name)
    with stage(dist, name) as staging:
        with run.alone("write", made.records):
            draft = write(
                staging,
                made.tables,
                name=name,
                version=version,
                config=run.config,
                inputs=_inputs(made.inputs),
                counts={"records": made.records},
                previous=previous,
                origins={
                    "fingerprints": asdict(run.kept.prints),
                    "sites": made.sites if len(made.sites) <= _LISTED else {},
                },
                memory=run.kept.memory(run.store, previous),
                run=Writing(run.store, engine),
            )
        if version == "auto" and not draft.changed and previous is not None:
            settle(dist, name)
            put_down(dist / name, made.withdrawn.signatures)
            return Built(name, previous.name, previous, draft.counts, changed=False, why=draft.why)
        release = publish(staging, dist, name, draft.version, draft.diff)
        put_down(dist / name, made.withdrawn.signatures)
    return Built(name, release.version, release.path, draft.counts, changed=True, why=draft.why)


def _inputs(inputs: Sequence[Mapping[str, object]]) -> Sequence[Mapping[str, object]]:
    if len(inputs) <= _LISTED:
        return inputs
    lines = sorted(f"{one.get('sha256', '')}  {one['path']}" for one in inputs)
    size = sum(int(str(one["bytes"])) for one in inputs)
    return [{"path": "(all files)", "files": len(inputs), "bytes": size, "sha256": digest(lines)}]
