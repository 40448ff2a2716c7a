"""What is withdrawn goes with its copies, and stays away: from the release, from the cache, and when it comes again."""

from __future__ import annotations

import json
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from made_corpus import story

import corpusprep
from corpusprep.building.store import opened
from corpusprep.release import diff, verify

LONG = story("withdrawn", 16)
PARAGRAPHS = LONG.split("\n\n")
SHORT = "\n\n".join(PARAGRAPHS[:-2]) + "\n"
SENTENCE = PARAGRAPHS[2][:70]
URL = "https://three.example/withdrawn"
WITHDRAW = {"withdraw": {"urls": [URL], "reason": "asked for"}}


def put(raw, **texts):
    raw.mkdir(exist_ok=True)
    rows = [{"url": f"https://{name}.example/{name}", "text": text} for name, text in texts.items()]
    rows.append({"url": "https://other.example/1", "text": story("another")})
    (raw / "feed.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")


def put_withdrawn(raw, text=LONG):
    (raw / "named.jsonl").write_text(json.dumps({"url": URL, "text": text}) + "\n", encoding="utf-8")


def build(raw, dist, **more):
    return corpusprep.build(raw, dist, name="news", workers=0, **more)


def rows(release, table):
    return [
        row
        for path in Path(release.path, "data", table).rglob("*.parquet")
        for row in pq.read_table(path, partitioning=None).to_pylist()
    ]


def everything(folder):
    """All that stands in the release, and in the cache and the list of signatures beside it."""
    found = []
    for path in folder.rglob("*"):
        if path.suffix == ".parquet":
            found.append(str(pq.read_table(path, partitioning=None).to_pylist()))
        elif path.suffix == ".arrow":
            with opened(path) as file:
                found.append(str(file.read_all().to_pydict()))
        elif path.is_file():
            found.append(path.read_bytes().decode("utf-8", "replace"))
    return "\n".join(found)


@pytest.mark.parametrize("cache", [True, False], ids=["cache", "no cache"])
def test_copies_go_with_what_is_withdrawn(tmp_path, cache):
    raw, dist = tmp_path / "raw", tmp_path / "dist"
    put(raw, exact=LONG, abridged=SHORT)
    put_withdrawn(raw)
    before = build(raw, dist)
    assert SENTENCE in everything(dist / "news")
    after = build(raw, dist, config=WITHDRAW, cache=cache)
    assert after.version == "2.0.0"
    assert verify(after.path) == []
    (article,) = rows(after, "articles")
    assert article["url"] == "https://other.example/1"
    gone = {row["source"]: row for row in rows(after, "rejected")}
    assert after.counts == {**after.counts, "records": 4, "articles": 1, "duplicates": 0, "rejected": 3}
    named = next(row for row in rows(after, "rejected") if row["source"] == "named.jsonl")
    assert gone["named.jsonl"]["detail"] == "asked for"
    details = {row["detail"] for row in rows(after, "rejected")} - {"asked for"}
    assert details == {f"a copy of {named['id']}: asked for"}
    assert SENTENCE not in everything(after.path)
    assert SENTENCE not in everything(dist / "news" / ".cache")
    found = diff(before.path, after.path)
    assert found.unguarded == ()
    assert {cause for causes in found.causes().values() for cause in causes} == {"withdrawn"}


@pytest.mark.parametrize("keeps", [True, False], ids=["named before it went", "named after it went"])
def test_a_copy_that_comes_later_is_known_when_the_text_itself_is_gone(tmp_path, keeps):
    raw, dist = tmp_path / "raw", tmp_path / "dist"
    put(raw)
    put_withdrawn(raw)
    build(raw, dist)
    if keeps:
        build(raw, dist, config=WITHDRAW)
    (raw / "named.jsonl").unlink()
    put(raw, exact=LONG, abridged="\n\n".join(PARAGRAPHS[:-1]))
    built = build(raw, dist, config=WITHDRAW)
    assert [row["url"] for row in rows(built, "articles")] == ["https://other.example/1"]
    assert len([row for row in rows(built, "rejected") if row["stage"] == "withdraw"]) == 2
    again = build(raw, dist, config=WITHDRAW)
    assert not again.changed
    assert SENTENCE not in everything(built.path)
    assert SENTENCE not in everything(dist / "news" / ".cache")
    assert SENTENCE not in everything(dist / "news" / "withdrawn.parquet")
    (signature,) = pq.read_table(dist / "news" / "withdrawn.parquet").to_pylist()
    assert (signature["source"], signature["source_id"]) == ("", "")
    assert URL not in str(signature)


def test_what_is_not_named_any_more_may_come_back(tmp_path):
    raw, dist = tmp_path / "raw", tmp_path / "dist"
    put(raw, exact=LONG)
    put_withdrawn(raw)
    first = build(raw, dist)
    build(raw, dist, config=WITHDRAW)
    back = build(raw, dist)
    assert back.counts == first.counts
    assert not (dist / "news" / "withdrawn.parquet").exists()
    other = build(raw, tmp_path / "other", version=back.version, cache=False)
    assert (back.path / "SHA256SUMS").read_bytes() == (other.path / "SHA256SUMS").read_bytes()


def test_reports_of_the_same_thing_stay(tmp_path):
    raw, dist = tmp_path / "raw", tmp_path / "dist"
    own = story("a report of its own", 12)
    put(raw, quotes=own + "\n" + PARAGRAPHS[1] + "\n")
    put_withdrawn(raw)
    built = build(raw, dist, config=WITHDRAW)
    assert len(rows(built, "articles")) == 2
    assert len(rows(built, "rejected")) == 1


def test_a_page_goes_with_a_story_below_it_that_is_a_copy(tmp_path):
    raw, dist = tmp_path / "raw", tmp_path / "dist"
    page = (Path(__file__).parent / "cases/appended/positive/after-thread.txt").read_text("utf-8")
    second = page[page.index("Swimming baths") :]
    put(raw, page=page)
    put_withdrawn(raw, second)
    config = {"clean": {"appended": "recover"}}
    whole = build(raw, dist, config=config)
    assert [row["parent_id"] for table in ("articles", "duplicates") for row in rows(whole, table) if row["parent_id"]]
    built = build(raw, dist, config=config | WITHDRAW)
    assert verify(built.path) == []
    assert [row["url"] for row in rows(built, "articles")] == ["https://other.example/1"]
    assert "Roland Figgis" not in everything(built.path)
    assert "Roland Figgis" not in everything(dist / "news" / ".cache")
