"""What `corpusprep status` says while a build runs: of how it goes now, not of what an earlier build did."""

from __future__ import annotations

import json
import os

from corpusprep.building.status import status
from corpusprep.building.store import Store
from corpusprep.display import status_lines

NOW = 1_700_000_000


def finish(store, stage, task, facts, when):
    store.finish(stage, task, facts)
    os.utime(store.path(stage, f"{task}.json"), (when, when))


def work(folder, tasks):
    """A build that took up a pass of ten tasks; tasks: seconds since then, records and rejected rows of each that is done."""
    store = Store(folder / ".work" / "key")
    finish(store, "plan", "label", {"tasks": 10}, NOW)
    for number, (seconds, records, rejected) in enumerate(tasks):
        finish(store, "label", str(number), {"documents": records, "rejected": rejected}, NOW + seconds)
    (one,) = status(folder)["builds"][0]["passes"]
    return one


def test_the_rate_is_that_of_the_build_that_runs(tmp_path):
    # Four tasks of an earlier build, and two in twenty seconds.
    found = work(tmp_path, [(-900, 500, 9)] * 4 + [(10, 500, 1), (20, 300, 0)])
    assert found == {
        "pass": "label",
        "done": 6,
        "total": 10,
        "records": 2_800,
        "rejected": 37,
        "per_second": 40.0,
        "left": 40,
    }


def test_no_rate_is_made_up(tmp_path):
    found = work(tmp_path, [(-900, 500, 9)] * 4)
    assert (found["done"], found["per_second"], found["left"]) == (4, None, None)
    json.dumps(found)


def test_the_lines_for_a_person(tmp_path):
    work(tmp_path, [(10, 500, 1), (20, 300, 0)])
    found = status(tmp_path)
    assert list(status_lines(found)) == [
        "a build was interrupted; the same command takes it up",
        "  cleaning   2 of 10 tasks, 800 records, 1 rejected, 40/s",
    ]
    found["builds"][0]["running"] = True
    assert list(status_lines(found))[1].endswith(", 40/s, 1:20 left")
