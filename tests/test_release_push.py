"""Releases go to the Hub over HTTP as one tagged commit, or not at all."""

import functools
import json
import os
import shutil
import subprocess
import sys

import huggingface_hub
import pytest
from fake_hub import FakeHub
from huggingface_hub import constants
from release_corpus import corpus, make

from corpusprep import release
from corpusprep.errors import ReleaseError, VersionError

REPO = "ann/news"
pytestmark = pytest.mark.filterwarnings("ignore:Use .content=:DeprecationWarning")  # huggingface_hub's own


@pytest.fixture
def hub(monkeypatch):
    hub = FakeHub()
    monkeypatch.setattr(huggingface_hub, "HfApi", functools.partial(huggingface_hub.HfApi, endpoint=hub.url))
    monkeypatch.setattr(constants, "HF_HUB_DISABLE_XET", True)
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
    monkeypatch.setattr("huggingface_hub.utils._http.time.sleep", lambda _: None)
    monkeypatch.setenv("HF_TOKEN", "hf_for_tests_only")
    yield hub
    hub.close()


@pytest.fixture(scope="module")
def dist(tmp_path_factory):
    dist = tmp_path_factory.mktemp("push")
    make(dist, "1.0.0", corpus(12))
    make(dist, "1.1.0", corpus(16))
    return dist / "news"


LOAD = """
import json, sys
from datasets import load_dataset
out = {}
for tag in ("v1.0.0", "v1.1.0"):
    ds = load_dataset(sys.argv[1], revision=tag)
    stream = load_dataset(sys.argv[1], "duplicates", revision=tag, streaming=True)
    out[tag] = [len(ds["train"]), str(ds["train"].info.version), len(list(stream["train"]))]
print(json.dumps(out))
"""


def test_pushed_releases_load_by_their_tag(hub, dist, tmp_path):
    pushed = release.push(dist / "1.0.0", REPO, private=True)
    assert hub.repos[REPO].private
    assert pushed.tag == "v1.0.0"
    release.push(dist / "1.1.0", REPO)
    assert list(hub.repos[REPO].tags) == ["v1.0.0", "v1.1.0"]
    assert len(hub.repos[REPO].log) == 3  # one commit each
    environment = {
        **os.environ,
        "HF_ENDPOINT": hub.url,
        "HF_HOME": str(tmp_path),
        "HF_HUB_DISABLE_XET": "1",
        "HF_HUB_DISABLE_TELEMETRY": "1",
    }
    run = subprocess.run(
        [sys.executable, "-c", LOAD, REPO], env=environment, check=False, capture_output=True, text=True
    )
    assert run.returncode == 0, run.stderr[-3000:]
    assert json.loads(run.stdout.splitlines()[-1]) == {"v1.0.0": [12, "1.0.0", 2], "v1.1.0": [16, "1.1.0", 2]}


def download(hub, tag, target):
    repo = hub.repos[REPO]
    for name, data in repo.commits[repo.tags[tag]].items():
        if name != ".gitattributes":
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            (target / name).write_bytes(data)
    return target


def test_raw_stays_at_home(hub, dist, tmp_path):
    release.push(dist, REPO)
    there = download(hub, "v1.1.0", tmp_path)
    assert not (there / "data/raw").exists()
    assert b"Well said" not in b"".join(path.read_bytes() for path in there.rglob("*") if path.is_file())
    assert release.verify(there) == []
    assert "stayed with the publisher" in (there / "README.md").read_text()
    with pytest.raises(ReleaseError, match="not in this release"):
        release.restore(there, corpus(1)["articles"][0]["id"])


def test_raw_goes_along_when_asked(hub, dist, tmp_path):
    release.push(dist, REPO, with_raw=True)
    there = download(hub, "v1.1.0", tmp_path)
    assert (there / "SHA256SUMS").read_bytes() == (dist / "1.1.0/SHA256SUMS").read_bytes()
    assert release.verify(there) == []


def test_what_the_older_version_had_is_deleted_and_what_others_put_there_stays(hub, dist):
    release.push(dist / "1.0.0", REPO, with_raw=True)
    repo = hub.repos[REPO]
    repo.commit({**repo.commits[repo.head], "LICENSE.md": b"CC0"}, "by hand")
    release.push(dist / "1.1.0", REPO)
    files = repo.commits[repo.tags["v1.1.0"]]
    assert "LICENSE.md" in files
    assert not [name for name in files if name.startswith("data/raw")]


@pytest.mark.parametrize("version", ["1.0.0", "1.1.0"])
def test_an_existing_or_lower_tag_is_refused(hub, dist, version):
    release.push(dist / "1.1.0", REPO)
    log = list(hub.repos[REPO].log)
    with pytest.raises(VersionError, match=r"v1\.1\.0"):
        release.push(dist / version, REPO)
    assert hub.repos[REPO].log == log


def test_no_token(hub, dist, monkeypatch):
    monkeypatch.setattr(huggingface_hub, "get_token", lambda: None)
    with pytest.raises(ReleaseError, match="hf auth login"):
        release.push(dist, REPO)
    assert not hub.requests


def test_a_changed_release_is_not_pushed(hub, dist, tmp_path):
    broken = shutil.copytree(dist / "1.0.0", tmp_path / "1.0.0")
    (broken / "README.md").write_text("")
    with pytest.raises(ReleaseError, match=r"README\.md: changed"):
        release.push(broken, REPO)
    assert not hub.requests


def test_nobody_else_is_overwritten(hub, dist):
    def meddle(_, path):
        repo = hub.repos.get(REPO)
        if "/preupload/" in path and len(repo.log) == 1:
            repo.commit({"theirs.txt": b"1"}, "somebody else")

    hub.fault = meddle
    with pytest.raises(ReleaseError, match="run the same command again"):
        release.push(dist / "1.0.0", REPO)
    assert not hub.repos[REPO].tags
    release.push(dist / "1.0.0", REPO)
    assert "theirs.txt" in hub.repos[REPO].commits[hub.repos[REPO].tags["v1.0.0"]]


def test_bytes_lost_on_the_way_are_noticed_before_the_tag(hub, dist):
    hub.corrupt = lambda path, data: data[:-1] if path.endswith("articles/train/all.parquet") else data
    with pytest.raises(ReleaseError, match=r"all\.parquet is not on the Hub as it was sent"):
        release.push(dist / "1.0.0", REPO)
    assert not hub.repos[REPO].tags


def test_a_connection_that_breaks_anywhere_leaves_no_version_and_can_be_taken_up_again(hub, dist, tmp_path):
    release.push(dist / "1.0.0", REPO)
    start = len(hub.requests)
    broken_at = 0
    for number in range(60):
        first = len(hub.requests)

        def fault(*_, stop=first + number):
            return "drop" if len(hub.requests) > stop else None

        hub.fault = fault
        try:
            release.push(dist / "1.1.0", REPO)
            break
        except ReleaseError:
            broken_at = number
            assert set(hub.repos[REPO].tags) == {"v1.0.0"}
            assert len(hub.repos[REPO].log) <= 3
    assert broken_at >= 8, (broken_at, hub.requests[start:])
    assert len(hub.repos[REPO].log) == 3  # committed once, whatever the number of tries
    assert release.verify(download(hub, "v1.1.0", tmp_path)) == []


def test_a_server_that_is_down(hub, dist):
    hub.close()
    with pytest.raises(ReleaseError, match="run the same command again"):
        release.push(dist, REPO)


def test_a_name_that_is_none(dist, monkeypatch):
    monkeypatch.setenv("HF_TOKEN", "hf_for_tests_only")
    with pytest.raises(ReleaseError, match="user/name"):
        release.push(dist, "a/b/c")
