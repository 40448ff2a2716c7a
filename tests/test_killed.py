"""A build that is killed at random moments, again and again: the same bytes in the end, and hardly anything done twice."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest
from killed_build import NOTES
from made_corpus import write_corpus

KILLS = 10
STARTED_BY = "import killed_build; killed_build.main()"


@pytest.mark.skipif(os.name != "posix", reason="POSIX signals")
def test_a_build_killed_ten_times_gives_the_same_bytes(tmp_path):
    raw, dist, notes = tmp_path / "raw", tmp_path / "dist", tmp_path / "notes"
    write_corpus(raw, 45)
    moments = random.Random(11)
    allowed = 0
    for kill in range(KILLS):
        workers = kill % 3
        committed, before = facts(dist), started(notes)
        build = start(raw, dist, workers, notes)
        wait_for_tasks(notes, before.total() + moments.randrange(1, 12), build)
        time.sleep(moments.random() / 20)
        assert build.poll() is None, ("it came to its end: make the corpus larger", build.communicate())
        build.kill()
        build.communicate()
        own = started(notes) - before
        assert not own.keys() & committed, "what was done was done again"
        assert max(own.values(), default=1) == 1
        allowed += max(1, workers)
        time.sleep(0.2)  # orphans end by themselves
    last = start(raw, dist, 2, notes)
    _, complaint = last.communicate(timeout=120)
    assert last.returncode == 0, complaint
    redone = started(notes).total() - len(started(notes))
    assert redone <= allowed
    whole = start(raw, tmp_path / "other", 0, tmp_path / "other-notes")
    whole.communicate(timeout=120)
    assert whole.returncode == 0
    assert set(started(notes)) == set(started(tmp_path / "other-notes"))
    assert sums(dist) == sums(tmp_path / "other")
    assert [path.name for path in dist.glob("news/.*")] == [".cache"]


def start(raw, dist, workers, notes):
    paths = [str(Path(__file__).parent), *(entry for entry in sys.path if entry)]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(paths), NOTES: str(notes)}
    line = [sys.executable, "-c", STARTED_BY, raw, dist, str(workers)]
    return subprocess.Popen(line, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)


def started(notes):
    return Counter(notes.read_text().split()) if notes.exists() else Counter()


def facts(dist):
    """The tasks that are marked as done."""
    found = dist.glob("news/.work/*/[a-z]*/[!.]*.json")
    return {f"{path.parent.name}/{path.stem}" for path in found if path.parent.name != "plan"}


def wait_for_tasks(notes, count, process, seconds=60):
    deadline = time.monotonic() + seconds
    while started(notes).total() < count and process.poll() is None:
        assert time.monotonic() < deadline, "the build stands still"
        time.sleep(0.005)


def sums(dist):
    return (dist / "news" / "1.0.0" / "SHA256SUMS").read_text()
