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

import corpusprep
from corpusprep.building import writing

STARTED_BY = "import killed_build; killed_build.main()"


@pytest.mark.skipif(os.name != "posix", reason="POSIX signals")
def test_a_build_killed_ten_times_gives_the_same_bytes(tmp_path):
    raw, dist, notes = tmp_path / "raw", tmp_path / "dist", tmp_path / "notes"
    write_corpus(raw, 45)
    moments = random.Random(11)
    allowed = sum(kill(raw, dist, notes, moments, workers) for workers in (*range(3), *range(3), *range(3)))
    # The tenth while the release is written.
    build = start(raw, dist, 1, notes)
    wait_for(lambda: any(dist.glob("news/.work/*/shards/[!.]*.json")), build)
    build.kill()
    build.communicate()
    time.sleep(0.2)
    last = start(raw, dist, 2, notes)
    _, complaint = last.communicate(timeout=120)
    assert last.returncode == 0, complaint
    redone = {task: times for task, times in started(notes).items() if times > 1 and not task.startswith("shards/")}
    assert sum(redone.values()) - len(redone) <= allowed
    whole = start(raw, tmp_path / "other", 0, tmp_path / "other-notes")
    whole.communicate(timeout=120)
    assert whole.returncode == 0
    assert set(started(notes)) == set(started(tmp_path / "other-notes"))
    assert sums(dist) == sums(tmp_path / "other")
    assert not list(dist.glob("news/.work"))
    assert not list(dist.glob("news/.staging-*"))


def kill(raw, dist, notes, moments, workers):
    """Start a build, kill it at a random moment, and check that it did nothing again. Returns how many tasks were under way."""
    committed, before = facts(dist), started(notes)
    build = start(raw, dist, workers, notes)
    more = before.total() + moments.randrange(1, 12)
    wait_for(lambda: started(notes).total() >= more, build)
    time.sleep(moments.random() / 20)
    assert build.poll() is None, ("it came to its end: make the corpus larger", build.communicate())
    build.kill()
    build.communicate()
    own = started(notes) - before
    assert not own.keys() & committed, "what was done was done again"
    assert max(own.values(), default=1) == 1
    time.sleep(0.2)  # orphans end by themselves
    return max(1, workers)


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


def wait_for(happens, process, seconds=90):
    deadline = time.monotonic() + seconds
    while not happens() and process.poll() is None:
        assert time.monotonic() < deadline, "the build stands still"
        time.sleep(0.005)


def sums(dist):
    return (dist / "news" / "1.0.0" / "SHA256SUMS").read_text()


def test_a_file_that_was_written_is_not_written_again(tmp_path, monkeypatch):
    raw = tmp_path / "raw"
    write_corpus(raw)
    write, calls = writing.write_shard, []

    def stopped_at_the_second(task):
        calls.append((Path(task.folder).name, task.path))
        if len(calls) == 2:
            raise KeyboardInterrupt
        return write(task)

    monkeypatch.setattr(writing, "write_shard", stopped_at_the_second)
    with pytest.raises(KeyboardInterrupt):
        corpusprep.build(raw, tmp_path / "dist", name="news", workers=0)
    corpusprep.build(raw, tmp_path / "dist", name="news", workers=0)
    first, *rest = calls
    assert len(set(calls)) == 4
    assert first not in rest
    corpusprep.build(raw, tmp_path / "other", name="news", workers=0)
    assert sums(tmp_path / "dist") == sums(tmp_path / "other")
