"""How far a build is, or what came of it, by what lies in dist/NAME."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from corpusprep.building.store import in_use, work_folders
from corpusprep.errors import ReleaseError
from corpusprep.release import latest
from corpusprep.release import manifest as manifests

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["status"]


def status(home: str | Path) -> dict[str, Any]:
    """The newest release below dist/NAME, and the builds that are under way or were interrupted there.

    Returns {"release": {"version", "path", "counts"} or None, "builds": [{"running", "passes": [{"pass", "done", "total",
    "records", "rejected", "seconds"}]}]}; `seconds` is the time between the first and the last task that was done.
    Raises ReleaseError where nothing was ever built.
    """
    folder = Path(home)
    if not folder.is_dir():
        raise ReleaseError("no such folder", where=str(home), do="give the path of a dataset, such as dist/news")
    newest = latest(folder)
    release = None
    if newest is not None:
        release = {"version": newest.name, "path": str(newest), "counts": manifests.read(newest)["counts"]}
    builds = [{"running": in_use(one), "passes": list(_passes(one))} for one in work_folders(folder)]
    if release is None and not builds:
        raise ReleaseError("neither a release nor a build here", where=str(home), do="give the path of a dataset")
    return {"release": release, "builds": builds}


def _passes(work: Path) -> Iterator[dict[str, Any]]:
    plans = sorted((work / "plan").glob("[!.]*.json"), key=lambda path: path.stat().st_mtime_ns)
    for plan in plans:
        tasks = list((work / plan.stem).glob("[!.]*.json"))
        facts = [json.loads(path.read_text("utf-8")) for path in tasks]
        times = [path.stat().st_mtime for path in tasks]
        yield {
            "pass": plan.stem,
            "done": len(tasks),
            "total": json.loads(plan.read_text("utf-8"))["tasks"],
            "records": sum(one.get("documents", 0) for one in facts),
            "rejected": sum(one.get("rejected", 0) for one in facts),
            "seconds": round(max(0.0, max(times) - plan.stat().st_mtime), 1) if times else 0.0,
        }
