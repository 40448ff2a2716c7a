"""The commands that have to do with releases: diff, push, cache, build --no-cache."""

from __future__ import annotations

import functools
import json
import shutil

import huggingface_hub
import pytest
from fake_hub import FakeHub
from huggingface_hub import constants
from made_corpus import story, write_corpus
from test_cli import printed, run

pytestmark = pytest.mark.filterwarnings("ignore:Use .content=:DeprecationWarning")  # huggingface_hub's own


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    """Two versions: in the second one text was edited, one came and one went."""
    folder = tmp_path_factory.mktemp("versions")
    write_corpus(folder / "raw")
    build = ("build", folder / "raw", "--out", folder / "dist", "--name", "news", "--workers", 0)
    printed(*build)
    (folder / "raw/two.example/story-003.txt").write_text(story(3).replace("years after", "whole years after"))
    (folder / "raw/two.example/story-006.txt").unlink()
    (folder / "raw/two.example/story-009a.txt").write_text(story("new"))
    printed(*build)
    return folder / "dist/news"


def test_diff_tells_what_changed_and_why(home):
    told = printed("diff", home / "1.0.0", home / "2.0.0")
    assert "raw changed" in told
    assert "raw gone" in told
    assert "new raw" in told
    found = json.loads(printed("diff", home / "1.0.0", home / "2.0.0", "--json"))
    assert found == json.loads((home / "diffs/1.0.0..2.0.0.json").read_text())
    assert found["causes"] == {
        "articles added": {"new raw": 1},
        "articles changed": {"raw changed": 1},
        "articles removed": {"raw gone": 1},
    }
    (changed,) = found["changes"]["changed"]
    text = printed("diff", home / "1.0.0", home / "2.0.0", "--text", changed["id"])
    added = [line for line in text.splitlines() if line.startswith("+") and not line.startswith("+++")]
    assert added
    assert all("whole years after" in line for line in added)


def test_diff_of_what_is_no_release(tmp_path):
    done = run("diff", tmp_path, tmp_path / "nowhere")
    assert done.returncode == 2
    assert b"no release here" in done.stderr


def test_push_from_the_command_line(home, monkeypatch):
    hub = FakeHub()
    monkeypatch.setattr(huggingface_hub, "HfApi", functools.partial(huggingface_hub.HfApi, endpoint=hub.url))
    monkeypatch.setattr(constants, "HF_HUB_DISABLE_XET", True)
    monkeypatch.setenv("HF_TOKEN", "hf_for_tests_only")
    try:
        done = run("push", home / "1.0.0", "ann/news", "--private", "--with-raw", "--json")
        assert done.returncode == 0, done.stderr
        pushed = json.loads(done.stdout)
        assert (pushed["tag"], hub.repos["ann/news"].private) == ("v1.0.0", True)
        files = hub.repos["ann/news"].commits[pushed["commit"]]
        assert "data/raw/train/all.parquet" in files
        again = run("push", home / "1.0.0", "ann/news")
        assert again.returncode == 2
        assert b"on the Hub already" in again.stderr
    finally:
        hub.close()


def test_the_cache_from_the_command_line(home, tmp_path):
    dist = shutil.copytree(home.parent, tmp_path / "dist", symlinks=True)
    told = printed("cache", dist / "news")
    assert "17 documents" in told
    assert told.count("can be taken over") == 3
    (one,) = json.loads(printed("cache", dist / "news", "--json"))["kept"]
    assert one["holds"] == {"render": True, "label": True, "sign": True}
    (tmp_path / "other.toml").write_text('[clean]\nappended = "keep"\n')
    assert "of other code, settings" in printed("cache", dist / "news", "--config", tmp_path / "other.toml")
    assert "17 documents" in printed("cache", dist / "news", "--prune")
    assert printed("cache", dist / "news", "--clear") == "nothing is kept\n"
    done = run("cache", tmp_path / "nowhere")
    assert done.returncode == 2
    assert b"no such folder" in done.stderr


def test_build_without_a_cache(tmp_path):
    write_corpus(tmp_path / "raw", 3)
    build = ("build", tmp_path / "raw", "--out", tmp_path / "dist", "--name", "news", "--workers", 0)
    printed(*build, "--no-cache")
    assert not (tmp_path / "dist/news/.cache").exists()
    printed(*build)
    assert (tmp_path / "dist/news/.cache").exists()
