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
    "records", "rejected", "per_second", "left"}]}]}: tasks, what is in those that are done, records per second since the pass was
    begun or taken up, and the seconds that the rest of it will take at that rate; both null where they cannot be known.
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
        # The plan is written anew whenever a build takes the pass up; older tasks say nothing of how fast it goes now.
        since, total = plan.stat().st_mtime, json.loads(plan.read_text("utf-8"))["tasks"]
        tasks = list((work / plan.stem).glob("[!.]*.json"))
        facts = [json.loads(path.read_text("utf-8")) for path in tasks]
        times = [path.stat().st_mtime for path in tasks]
        own = [one.get("documents", 0) for one, done in zip(facts, times, strict=True) if done > since]
        seconds = max(times, default=since) - since
        yield {
            "pass": plan.stem,
            "done": len(tasks),
            "total": total,
            "records": sum(one.get("documents", 0) for one in facts),
            "rejected": sum(one.get("rejected", 0) for one in facts),
            "per_second": round(sum(own) / seconds, 1) if seconds > 1 else None,
            "left": round(seconds * (total - len(tasks)) / len(own)) if seconds > 1 and own else None,
        }
