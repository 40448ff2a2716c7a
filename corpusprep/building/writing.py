"""The files of a release, written on an engine; one that a killed build had finished is taken over."""

from __future__ import annotations

import pickle
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from corpusprep.building.store import digest
from corpusprep.release.parquet import ShardTask, Written, write_shard

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from corpusprep.building.store import Store
    from corpusprep.engine import Engine

__all__ = ["Writing", "write_file"]

_STAGE = "shards"


@dataclass(frozen=True, slots=True)
class WriteTask:
    """One file of a release, and where finished ones are kept."""

    store: Store
    shard: ShardTask

    @property
    def name(self) -> str:
        """The same in every build that writes the same file."""
        return digest([Path(self.shard.folder).name, self.shard.path, self.shard.known])


@dataclass(frozen=True, slots=True)
class Writing:
    """Shaped like builtin `map`, for `release.write`."""

    store: Store
    engine: Engine

    def __call__(
        self, _: Callable[[ShardTask], Written | None], tasks: Iterable[ShardTask], /
    ) -> Iterator[Written | None]:
        """Write the files."""
        return self.engine(write_file, (WriteTask(self.store, shard) for shard in tasks))


def write_file(task: WriteTask) -> Written | None:
    """`release.write_shard`, once: a second call puts the same file in place."""
    store, name = task.store, task.name
    target = Path(task.shard.folder, task.shard.path)
    if store.facts(_STAGE, name) is None:
        written = write_shard(task.shard)
        if written is not None:
            store.link(_STAGE, f"{name}.parquet", target)
        store.write_bytes(_STAGE, f"{name}.pickle", pickle.dumps(written))
        store.finish(_STAGE, name, {"path": task.shard.path})
        return written
    known: Written | None = pickle.loads(store.path(_STAGE, f"{name}.pickle").read_bytes())  # noqa: S301  (our own)
    if known is not None and not target.exists():
        store.place(_STAGE, f"{name}.parquet", target)
    return known
