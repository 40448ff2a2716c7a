"""The build: books, same bytes, resuming, bad records, ids."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from made_corpus import story, write_corpus

import corpusprep
from corpusprep import building
from corpusprep.building import PASSES, Progress, surveying
from corpusprep.building.shards import Shard
from corpusprep.building.status import status
from corpusprep.engine import local
from corpusprep.errors import CleanerError, ConfigError, InputError, VersionError
from corpusprep.release import restore, verify

HERE = Path(__file__).parent


@pytest.fixture(scope="module")
def corpus(tmp_path_factory):
    folder = tmp_path_factory.mktemp("corpus")
    return folder, write_corpus(folder)


def table(release, name):
    paths = sorted(Path(release.path, "data", name).rglob("*.parquet"))
    return [row for path in paths for row in pq.read_table(path, partitioning=None).to_pylist()]


def by_source(rows):
    return {(row["source"], row["record"]): row for row in rows}


def sums(release):
    return Path(release.path, "SHA256SUMS").read_text()


def command(*arguments, **environment):
    """Run the command line as a user would, from a folder of no meaning."""
    paths = [entry for entry in sys.path if entry]
    everything = {**os.environ, "PYTHONPATH": os.pathsep.join([*paths, str(HERE)]), **environment}
    return [sys.executable, "-m", "corpusprep", *map(str, arguments)], everything


def test_the_books_balance(corpus, tmp_path):
    folder, records = corpus
    seen = []
    built = corpusprep.build(folder, tmp_path, name="news", version="1.0.0", workers=0, progress=seen.append)
    assert built.counts["records"] == records
    assert records == sum(built.counts[name] for name in ("articles", "duplicates", "rejected"))
    assert (built.counts["duplicates"], built.counts["rejected"]) == (1, 2)
    assert verify(built.path) == []
    assert [one.stage for one in seen if one.done == one.total] == list(PASSES)
    (labelled,) = [one for one in seen if one.stage == "label" and one.task]
    assert replace(labelled, seconds=0) == Progress("label", 1, 1, records, 2, "00000-0000")
    assert labelled.seconds > 0
    rejected = by_source(table(built, "rejected"))
    assert {(row["stage"], row["reason"]) for row in rejected.values()} == {("article", "menu"), ("read", "empty")}
    assert not (tmp_path / "news" / ".work").exists()


def test_documents_are_kept_whole(corpus, tmp_path):
    folder, _ = corpus
    built = corpusprep.build([folder], tmp_path, name="news", workers=0)
    for row in table(built, "articles"):
        if row["source"].endswith(".txt"):
            assert restore(built.path, row["id"]) == (folder / row["source"]).read_text("utf-8")
    copy = table(built, "duplicates")[0]
    assert restore(built.path, copy["id"]) == story(0)


def test_records_with_one_key_are_told_apart(corpus, tmp_path):
    folder, _ = corpus
    built = corpusprep.build(folder, tmp_path, name="news", workers=0)
    twice = [row for row in table(built, "articles") if row["url"].endswith(("twice", "twice?utm_source=x"))]
    plain = hashlib.sha256(b"https://three.example/twice").hexdigest()[:32]
    first, second = sorted(twice, key=lambda row: row["content_sha256"])
    assert first["id"] == plain
    assert second["id"] == hashlib.sha256(f"{plain}:{second['content_sha256']}".encode()).hexdigest()[:32]


@pytest.mark.parametrize("later", ["2024-05-02", "2024-05-01T08:00:00Z", None], ids=str)
def test_a_page_crawled_again_takes_no_id_from_an_older_crawl(tmp_path, later):
    raw = tmp_path / "raw"
    raw.mkdir()
    texts = [story(f"crawl {number}") for number in range(8)]
    texts.sort(key=lambda text: hashlib.sha256(text.encode()).hexdigest())
    first = {"url": "https://three.example/again", "text": texts[-1], "fetched": "2024-05-01"}
    (raw / "b.jsonl").write_text(json.dumps(first) + "\n")
    (old,) = table(corpusprep.build(raw, tmp_path, name="news", workers=0), "articles")
    again = [{**first, "text": text, "fetched": later} for text in (texts[0], texts[0], texts[1])]
    (raw / "a.jsonl").write_text("".join(json.dumps(row) + "\n" for row in again))
    config = {"dedupe": {"drop": []}}
    built = corpusprep.build(raw, tmp_path, name="news", config=config, workers=0)
    found = {row["id"]: row["text"] for row in table(built, "articles")}
    assert len(found) == 4
    assert found[old["id"]] == old["text"]
    changes = corpusprep.release.diff(tmp_path / "news/1.0.0", built.path).causes()
    assert set(changes) == {"articles added"}


def test_the_same_input_gives_the_same_bytes(corpus, tmp_path):
    folder, _ = corpus
    (tmp_path / "copy").mkdir()
    for path in sorted(folder.rglob("*.*"), reverse=True):  # made in another order
        if path.is_file():
            target = tmp_path / "copy" / path.relative_to(folder)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, target)
    one = corpusprep.build(folder, tmp_path / "one", name="news", workers=0)
    line, environment = command(
        *("build", tmp_path / "copy", "--out", tmp_path / "two", "--name", "news", "--workers", 2, "--json"),
        TZ="Asia/Kathmandu",
        LC_ALL="C",
        PYTHONHASHSEED="7",
    )
    done = subprocess.run(line, env=environment, capture_output=True, text=True, check=True, cwd=tmp_path)
    path = Path(json.loads(done.stdout)["path"])
    assert (path / "SHA256SUMS").read_text() == sums(one)


def test_inputs_may_come_in_any_order_and_number(corpus, tmp_path):
    folder, _ = corpus
    parts = [folder / "one.example", folder / "feed.jsonl", folder / "two.example"]
    one = corpusprep.build(parts, tmp_path / "one", name="news", workers=0)
    two = corpusprep.build(parts[::-1], tmp_path / "two", name="news", workers=0)
    assert sums(one) == sums(two)


def test_nothing_changed_means_no_new_release(corpus, tmp_path):
    folder, _ = corpus
    first = corpusprep.build(folder, tmp_path, name="news", workers=0)
    again = corpusprep.build(folder, tmp_path, name="news", workers=0)
    assert (first.version, first.changed) == ("1.0.0", True)
    assert (again.version, again.changed, again.path) == ("1.0.0", False, first.path)
    assert sorted(path.name for path in (tmp_path / "news").iterdir() if path.name[0].isdigit()) == ["1.0.0"]


def test_new_input_makes_a_new_version(corpus, tmp_path):
    folder, _ = corpus
    raw = tmp_path / "raw"
    shutil.copytree(folder, raw)
    corpusprep.build(raw, tmp_path, name="news", workers=0)
    (raw / "new.txt").write_text(story("new"))
    built = corpusprep.build(raw, tmp_path, name="news", workers=0)
    assert (built.version, built.changed) == ("1.1.0", True)
    assert "1 article" in built.why


def test_own_cleaners_take_part(tmp_path):
    text = story(1) + "\nBrought to you by Harrow Seeds\n\n*** not for print\n"
    (tmp_path / "a.txt").write_text(text)
    config = {"clean": {"cleaners": ["own_cleaners:sponsor", "own_cleaners:starred"]}}
    built = corpusprep.build(tmp_path / "a.txt", tmp_path, name="news", config=config, workers=0)
    (raw,) = table(built, "raw")
    found = {span["cleaner"]: (span["label"], span["reason"]) for span in raw["spans"]}
    assert found["own_cleaners:sponsor"] == ("promo", "sponsor-line")
    assert found["own_cleaners:starred"] == ("notice", "marked")
    assert "Harrow Seeds" not in table(built, "articles")[0]["text"]


def test_a_record_that_breaks_a_cleaner_is_rejected(tmp_path):
    raw = tmp_path / "raw"
    raw.mkdir()
    for name, text in {"a": story(1), "b": story(2) + "\nRAISES\n", "c": story(3)}.items():
        (raw / f"{name}.txt").write_text(text)
    config = {"clean": {"cleaners": ["own_cleaners:broken"]}}
    built = corpusprep.build(raw, tmp_path, name="news", config=config, workers=0)
    (row,) = table(built, "rejected")
    assert (row["source"], row["stage"], row["reason"]) == ("b.txt", "clean", "internal-error")
    assert "ZeroDivisionError: by a cleaner" in row["detail"]
    assert built.counts["articles"] == 2


def test_a_record_that_kills_or_stops_its_worker_is_rejected(tmp_path):
    raw = tmp_path / "raw"
    raw.mkdir()
    texts = {"a": story(1), "b": story(2) + "\nENDS THE PROCESS\n", "c": story(3) + "\nNEVER ENDS\n", "d": story(4)}
    for name, text in texts.items():
        (raw / f"{name}.txt").write_text(text)
    config = {"clean": {"cleaners": ["own_cleaners:fatal"]}}
    with local(2, seconds=3) as engine:
        built = corpusprep.build(raw, tmp_path, name="news", config=config, engine=engine)
    rows = {row["source"]: (row["stage"], row["reason"]) for row in table(built, "rejected")}
    assert rows == {"b.txt": ("clean", "crashed"), "c.txt": ("clean", "timeout")}
    assert built.counts["articles"] == 2
    assert verify(built.path) == []


def test_withdrawn_records_leave_no_text(corpus, tmp_path):
    folder, _ = corpus
    corpusprep.build(folder, tmp_path, name="news", workers=0)
    config = {
        "withdraw": {"urls": ["https://www.three.example/twice/"], "sites": ["two.example"], "reason": "asked for"}
    }
    built = corpusprep.build(folder, tmp_path, name="news", config=config, workers=0)
    assert built.version == "2.0.0"
    rows = [row for row in table(built, "rejected") if row["stage"] == "withdraw"]
    assert {row["reason"] for row in rows} == {"withdrawn"}
    details = sorted(row["detail"] for row in rows)
    assert details[1:] == ["asked for"] * 6
    assert details[0].startswith("a copy of ")
    assert details[0].endswith(": asked for")
    gone = {row["id"] for row in rows}
    assert len(gone) == 7  # one is a copy, of another site
    for name in ("articles", "raw", "duplicates"):
        assert not gone & {row["id"] for row in table(built, name)}
    assert verify(built.path) == []


def test_only_wanted_languages_stay(tmp_path):
    raw = tmp_path / "raw"
    raw.mkdir()
    (raw / "en.txt").write_text(story(1))
    german = "Die Fähre zwischen der Insel und dem Festland fährt ab Montag wieder, wie die Gemeinde mitteilte. "
    (raw / "de.txt").write_text(german * 4)
    built = corpusprep.build(raw, tmp_path, name="news", config={"language": {"wanted": ["en"]}}, workers=0)
    (row,) = table(built, "rejected")
    assert (row["source"], row["stage"], row["reason"]) == ("de.txt", "language", "unwanted-language")


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        ({"raw": "nowhere"}, InputError),
        ({"version": "1.0"}, VersionError),
        ({"config": {"clean": {"claeners": []}}}, ConfigError),
        ({"config": {"clean": {"cleaners": ["own_cleaners:not_a_cleaner"]}}}, CleanerError),
        ({"config": {"clean": {"cleaners": ["no_such_module:x"]}}}, CleanerError),
        ({"config": {"clean": {"disable": ["no-such-cleaner"]}}}, CleanerError),
        ({"config": {"release": {"license": "mine"}}}, ConfigError),
        ({"config": "nowhere.toml"}, ConfigError),
        ({"engine": "abacus"}, ConfigError),
    ],
)
def test_a_fault_of_the_users_leaves_nothing_behind(corpus, tmp_path, arguments, error):
    given = {"raw": corpus[0], "dist": tmp_path / "dist", "name": "news", "workers": 0} | arguments
    with pytest.raises(error):
        corpusprep.build(given.pop("raw"), given.pop("dist"), **given)
    assert not (tmp_path / "dist").exists()


def test_a_version_that_is_there_is_refused(corpus, tmp_path):
    corpusprep.build(corpus[0], tmp_path, name="news", version="1.2.0", workers=0)
    before = sorted(tmp_path.rglob("*"))
    for version in ("1.2.0", "1.1.0"):
        with pytest.raises(VersionError):
            corpusprep.build(corpus[0], tmp_path, name="news", version=version, workers=0)
    assert sorted(tmp_path.rglob("*")) == before


def start(raw, dist, tmp_path, *more):
    config = tmp_path / "slow.toml"
    config.write_text('[clean]\ncleaners = ["own_cleaners:slow"]\n')
    line, environment = command("build", raw, "--out", dist, "--name", "news", "--config", config, *more)
    return subprocess.Popen(
        line, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=tmp_path
    )


def wait_for(dist, pattern, process, seconds=60):
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline and process.poll() is None:
        if list(dist.glob(pattern)):
            return
        time.sleep(0.02)
    raise AssertionError(process.communicate())


@pytest.mark.skipif(os.name != "posix", reason="POSIX signals")
@pytest.mark.parametrize(("kind", "stage"), [(signal.SIGKILL, "render"), (signal.SIGINT, "label")])
def test_a_build_that_was_stopped_goes_on_to_the_same_bytes(tmp_path, monkeypatch, kind, stage):
    raw, dist = tmp_path / "raw", tmp_path / "dist"
    write_corpus(raw, 30)
    build = start(raw, dist, tmp_path, "--workers", "1")
    wait_for(dist, f"news/.work/*/plan/{stage}.json", build)
    build.send_signal(kind)
    _, complaint = build.communicate(timeout=30)
    if kind == signal.SIGINT:
        assert build.returncode == 130
        assert complaint.strip().count("\n") == 0
        assert "goes on where it was" in complaint
    assert not list(dist.glob("news/[0-9]*"))
    work = list(dist.glob("news/.work/*/read/*.json"))
    assert work
    (interrupted,) = status(dist / "news")["builds"]
    assert not interrupted["running"]
    assert interrupted["passes"][0] == {
        **interrupted["passes"][0],
        "pass": "read",
        "done": 1,
        "total": 1,
        "records": 35,
    }
    stamp = work[0].stat().st_mtime_ns
    again = start(raw, dist, tmp_path, "--workers", "1")
    deadline = time.monotonic() + 60
    while not status(dist / "news")["builds"][0]["running"]:
        assert again.poll() is None, again.communicate()
        assert time.monotonic() < deadline
    wait_for(dist, "news/.work/*/label/*.json", again)
    assert work[0].stat().st_mtime_ns == stamp  # what was read was not read again
    again.communicate(timeout=60)
    assert again.returncode == 0
    monkeypatch.syspath_prepend(str(HERE))
    undisturbed = corpusprep.build(raw, tmp_path / "other", name="news", config=tmp_path / "slow.toml", workers=0)
    assert (dist / "news" / "1.0.0" / "SHA256SUMS").read_text() == sums(undisturbed)
    assert not (dist / "news" / ".work").exists()
    assert not list(dist.glob("news/.staging-*"))


def test_what_is_known_of_sites_does_not_depend_on_how_they_are_shared_out(tmp_path, monkeypatch):
    raw = tmp_path / "raw"
    raw.mkdir()
    for number in range(60):
        name = f"site-{number % 7}.example"
        text = f"{story(number)}\nAll the news of {name} and nothing else, every morning since the war.\n"
        row = json.dumps({"url": f"https://{name}/{number}", "text": text})
        (raw / f"{number:02}.jsonl").write_text(row + "\n", encoding="utf-8")
    monkeypatch.setattr(building, "cut", lambda parts: [Shard(f"{n:05}", (part,)) for n, part in enumerate(parts)])
    whole = corpusprep.build(raw, tmp_path / "whole", name="news", workers=0)
    monkeypatch.setattr(surveying, "_AT_ONCE", 9)
    monkeypatch.setattr(surveying, "_CHUNKS", 8)
    shared = corpusprep.build(raw, tmp_path / "shared", name="news", workers=0)
    assert sums(shared) == sums(whole)
    spans = [span for row in table(whole, "raw") for span in row["spans"]]
    assert sum(span["reason"] == "site-template" for span in spans) == 60
