"""Killed, raced or out of room: a release is whole or not there, and the next run finishes."""

import multiprocessing
import os
import random
import shutil
import signal
from pathlib import Path

import pytest
from fake_hub import FakeHub
from made_corpus import story, write_corpus
from release_corpus import corpus, make
from release_jobs import build, counted, limited, push, race, whole

from corpusprep import release

KILLS = 20  # of these, eight hit a push
WHOLE = 8  # more, that hit whole builds
PATIENCE = 300  # seconds; a busy machine is no failure


@pytest.fixture(scope="module")
def processes():
    """Processes forked from one that has everything imported: starting takes no time that a kill could fall into."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(
        ["release_jobs", "corpusprep.release.pushing", "corpusprep.release.restoration", "corpusprep.building"]
    )
    with pytest.MonkeyPatch.context() as patch:
        folders = [str(Path(__file__).parent), str(Path(__file__).parents[1]), os.environ.get("PYTHONPATH", "")]
        patch.setenv("PYTHONPATH", os.pathsep.join(folders))
        run(context, 0, len, "")
    return context


def run(processes, limit, target, *arguments):
    """Run in a process of its own that is killed -9 at its `limit`-th call to the system; how many it came to, None if killed."""
    calls = processes.SimpleQueue()
    process = processes.Process(target=counted, args=(calls, limit, target, arguments))
    process.start()
    process.join(PATIENCE)
    assert process.exitcode in (0, -signal.SIGKILL)
    return calls.get() if process.exitcode == 0 else None


def test_a_build_killed_at_any_moment_leaves_the_old_state_or_the_new_one(processes, tmp_path):
    make(tmp_path, "1.0.0", corpus(10))
    old = (tmp_path / "news/README.md").read_bytes()
    calls = run(processes, 0, build, tmp_path / "trial", "1.1.0", 60)
    rng, killed = random.Random(1), 0
    for number in range(KILLS - 8):
        version = f"1.{number + 1}.0"
        killed += run(processes, rng.randint(1, calls), build, tmp_path, version, 60) is None
        home = tmp_path / "news"
        there = [path.name for path in home.iterdir() if path.is_dir() and path.name[0].isdigit()]
        if version in there:
            assert release.verify(home / version) == []
        else:
            assert (home / "README.md").read_bytes() == old
            build(tmp_path, version, 60)
        release.settle(tmp_path, "news")
        assert (home / "latest").resolve().name == version
        old = (home / "README.md").read_bytes()
        assert f"version: {version}" in old.decode()
        assert f"## {version}" in (home / "CHANGELOG.md").read_text()
    assert killed > (KILLS - 8) / 2
    with release.stage(tmp_path, "news"):
        assert len(list((tmp_path / "news").glob(".*"))) == 1  # the folder of this stage: what killed ones left is gone


def test_a_whole_build_killed_at_any_moment_is_made_up_for(processes, tmp_path):
    """From the first file it opens to the cache it leaves: a later version, with something withdrawn."""
    raw, withdraw = tmp_path / "raw", {"withdraw": {"urls": ["https://three.example/twice"]}}
    write_corpus(raw, 6)
    run(processes, 0, whole, raw, tmp_path / "first")
    (raw / "new.txt").write_text(story("new"))
    shutil.copytree(tmp_path / "first", tmp_path / "undisturbed", symlinks=True)
    calls = run(processes, 0, whole, raw, tmp_path / "undisturbed", withdraw)
    wanted = (tmp_path / "undisturbed/news/2.0.0/SHA256SUMS").read_bytes()
    rng, killed = random.Random(3), 0
    for number in range(WHOLE):
        dist = tmp_path / f"trial-{number}"
        shutil.copytree(tmp_path / "first", dist, symlinks=True)
        # The last moments, those of publishing and keeping, are few: every second kill falls into them.
        limit = rng.randint(1, calls) if number % 2 else rng.randint(calls * 2 // 3, calls)
        killed += run(processes, limit, whole, raw, dist, withdraw) is None
        if (dist / "news/2.0.0").exists():
            assert release.verify(dist / "news/2.0.0") == []
        run(processes, 0, whole, raw, dist, withdraw)
        assert (dist / "news/2.0.0/SHA256SUMS").read_bytes() == wanted
        assert release.verify(dist / "news") == []
        assert len(list((dist / "news/.cache").iterdir())) == 1
        assert sorted(path.name for path in (dist / "news").iterdir() if path.name[0] == ".") == [".cache"]
        assert sorted(path.name for path in (dist / "news").iterdir()) == sorted(
            path.name for path in (tmp_path / "undisturbed/news").iterdir()
        )
    assert killed >= WHOLE / 2


def test_of_four_publishers_one_wins_and_the_others_say_so(processes, tmp_path):
    start, results = processes.Barrier(4), processes.Queue()
    racers = [processes.Process(target=race, args=(tmp_path, start, results, number)) for number in range(4)]
    for racer in racers:
        racer.start()
    told = dict(results.get(timeout=PATIENCE) for _ in racers)
    for racer in racers:
        racer.join(PATIENCE)
        assert racer.exitcode == 0
    (winner,) = [number for number, said in told.items() if isinstance(said, int)]
    assert sum("exists already" in str(said) for said in told.values()) == 3
    assert release.verify(tmp_path / "news") == []
    assert f'"articles": {5 + winner}' in (tmp_path / "news/1.0.0/manifest.json").read_text()
    assert sorted(path.name for path in (tmp_path / "news").iterdir()) == [
        "1.0.0",
        "CHANGELOG.md",
        "README.md",
        "latest",
    ]


@pytest.mark.parametrize("limit", [0, 500, 2_000, 5_000, 9_000])
def test_a_full_disk_is_told_and_leaves_no_half_release(processes, tmp_path, limit):
    make(tmp_path, "1.0.0", corpus(4))
    before = sorted(path.name for path in tmp_path.rglob("*"))
    results = processes.Queue()
    process = processes.Process(target=limited, args=(limit, results, build, tmp_path, "1.1.0", 60))
    process.start()
    said = results.get(timeout=PATIENCE)
    process.join()
    assert "File too large" in said
    assert "make room" in said
    assert sorted(path.name for path in tmp_path.rglob("*")) == before
    assert release.verify(tmp_path / "news") == []


@pytest.mark.parametrize("limit", [0, 500, 3_000, 7_000, 12_000, 20_000])
def test_a_full_disk_stops_a_whole_build_in_any_pass_and_it_can_be_taken_up_again(processes, tmp_path, limit):
    raw, dist = tmp_path / "raw", tmp_path / "dist"
    write_corpus(raw, 40)
    results = processes.Queue()
    process = processes.Process(target=limited, args=(limit, results, whole, raw, dist))
    process.start()
    said = results.get(timeout=PATIENCE)
    process.join()
    if said != "published":
        assert "File too large" in said
        assert "make room" in said
        assert release.latest(dist / "news") is None
    run(processes, 0, whole, raw, dist)
    assert release.verify(dist / "news") == []
    assert said != "published" or limit > 3_000


def test_a_push_killed_at_any_moment_leaves_no_tag_or_the_whole(processes, tmp_path):
    hub = FakeHub()
    try:
        made = make(tmp_path, "1.0.0", corpus(10))
        calls = run(processes, 0, push, made.path, hub.url)
        rng, killed = random.Random(2), 0
        for _ in range(8):
            hub.repos.clear()
            hub.blobs.clear()
            killed += run(processes, rng.randint(1, calls), push, made.path, hub.url) is None
            tags = hub.repos["ann/news"].tags if hub.repos else {}
            if not tags:
                assert run(processes, 0, push, made.path, hub.url)
            repo = hub.repos["ann/news"]
            files = repo.commits[repo.tags["v1.0.0"]]
            assert "README.md" in files
            assert len(repo.log) == 2
        assert killed >= 4
    finally:
        hub.close()
