"""A release is written, published, opened, verified and given back."""

import json
import os
import random
import subprocess
import sys
from dataclasses import replace
from importlib.metadata import version

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from lxml import etree
from release_corpus import CONFIG, batches, corpus, make, page

from corpusprep import release
from corpusprep.config import ReleaseConfig
from corpusprep.errors import ConfigError, ReleaseError, VersionError
from corpusprep.release import manifest as manifests


@pytest.fixture
def made(tmp_path):
    return make(tmp_path / "dist")


def test_a_release_is_sound(made):
    assert release.verify(made.path) == []
    assert made.counts["records"] == 50
    assert made.counts["records"] == made.counts["articles"] + made.counts["duplicates"] + made.counts["rejected"]
    assert (made.path.parent / "latest").resolve() == made.path.resolve()
    assert sorted(p.name for p in made.path.parent.iterdir()) == ["1.0.0", "CHANGELOG.md", "README.md", "latest"]


def test_sha256sum_agrees(made):
    subprocess.run(["sha256sum", "-c", "--quiet", "SHA256SUMS"], cwd=made.path, check=True)


def test_same_rows_same_bytes_in_any_order(made, tmp_path):
    tables = corpus()
    for rows in tables.values():
        random.Random(7).shuffle(rows)
    with release.stage(tmp_path / "other", "news") as staging:
        release.write(staging, batches(tables, size=3), name="news", version="1.0.0", config=CONFIG)
        assert (staging / "SHA256SUMS").read_bytes() == (made.path / "SHA256SUMS").read_bytes()


def test_large_tables_are_cut_and_keep_their_digest(tmp_path, monkeypatch):
    whole = make(tmp_path / "a")
    monkeypatch.setattr("corpusprep.release.parquet.Spool.tasks.__defaults__", (6,))
    cut = make(tmp_path / "b")
    names = {path.name for path in (cut.path / "data/articles/train").iterdir()}
    assert {"undated.parquet", "2022-01.parquet"} & names
    assert len(names) > 5
    assert release.verify(cut.path) == []
    digests = [json.loads((each.path / "manifest.json").read_text())["digest"] for each in (whole, cut)]
    assert digests[0] == digests[1]


def test_newer_articles_leave_the_older_files_as_they_were(tmp_path, monkeypatch):
    monkeypatch.setattr("corpusprep.release.parquet.Spool.tasks.__defaults__", (8,))
    tables = corpus(60)
    old = make(tmp_path, tables=tables)
    for number in range(3):
        article, raw = page(f"newer{number}", f"2031-05-0{number + 1}")
        tables["articles"].append(article)
        tables["raw"].append(raw)
    new = make(tmp_path, "1.1.0", tables)
    sums = [json.loads((each.path / "manifest.json").read_text())["files"] for each in (old, new)]
    files = [{name: facts["sha256"] for name, facts in each.items() if name.startswith("data/")} for each in sums]
    same = [name for name in files[0] if files[1].get(name) == files[0][name]]
    assert len(same) == len(files[0])
    assert {name.rpartition("/")[2] for name in files[1].keys() - files[0].keys()} == {"2030s.parquet"}


def test_the_manifest_says_of_what_it_was_made(tmp_path):
    given = {"path": "b.jsonl", "bytes": 12, "sha256": "0" * 64}, {"path": "a.jsonl", "bytes": 1, "sha256": "1" * 64}
    tables = batches(corpus(12))
    release.write(tmp_path, tables, name="news", version="1.0.0", config=CONFIG, inputs=given)
    facts = json.loads((tmp_path / "manifest.json").read_text())
    assert facts["tool"] == f"corpusprep {version('corpusprep')}" or version("corpusprep") in str(facts["tool"])
    assert facts["config"]["release"]["license"] == "cc0-1.0"
    assert facts["libraries"]["pyarrow"] == version("pyarrow")
    assert [one["path"] for one in facts["inputs"]] == ["a.jsonl", "b.jsonl"]
    assert facts["counts"]["records"] == 19
    assert len(facts["digest"]) == 64
    assert facts["rules"] == manifests.RULES


def test_another_rule_for_ids_is_a_major_step(made, monkeypatch):
    monkeypatch.setattr(manifests, "RULES", 99)
    with release.stage(made.path.parent.parent, "news") as staging:
        tables = batches(corpus())
        draft = release.write(staging, tables, name="news", version="auto", config=CONFIG, previous=made.path)
    assert (draft.version, draft.why) == ("2.0.0", "the rule that makes ids changed")


def test_no_foreign_metadata_in_the_files(made):
    for path in made.path.rglob("*.parquet"):
        assert set(pq.read_schema(path).metadata or ()) <= {b"ARROW:schema"}


def test_splits_keep_clusters_together(tmp_path):
    config = replace(CONFIG, release=replace(CONFIG.release, splits={"train": 0.7, "test": 0.3}))
    made = make(tmp_path, config=config, tables=corpus(200))
    split = {}
    for table, key in (("articles", "cluster_id"), ("duplicates", "cluster_id"), ("raw", "id")):
        for path in (made.path / "data" / table).rglob("*.parquet"):
            for row in pq.read_table(path).to_pylist():
                split.setdefault(row["id"], set()).add(path.parent.name)
                split.setdefault(row[key], set()).add(path.parent.name)
    assert all(len(homes) == 1 for homes in split.values())
    rows = pq.read_table(made.path / "data/articles/test").num_rows
    assert 30 < rows < 90
    assert release.verify(made.path) == []


def test_restore_gives_back_every_document(made):
    for row in corpus()["raw"]:
        assert release.restore(made.path, row["id"]) == row["text"]


def test_restore_of_a_recovered_story_gives_its_page(tmp_path):
    tables = corpus(3)
    story, _ = page("second", parent_id=tables["articles"][0]["id"])
    parent = tables["raw"][0]
    parent["text"] += "\n\n" + story["text"]
    start = parent["spans"][-1]["end"]
    parent["spans"].append({**parent["spans"][0], "start": start, "end": len(parent["text"]), "story": 1})
    tables["articles"].append(story)
    made = make(tmp_path, tables=tables)
    assert release.restore(made.path, story["id"]) == parent["text"]
    assert made.counts["recovered"] == 1
    assert made.counts["articles"] == 3
    assert release.verify(made.path) == []


@pytest.mark.parametrize(("id_", "says"), [("0" * 32, "no such id"), (corpus()["rejected"][0]["id"], "too-short")])
def test_restore_says_why_not(made, id_, says):
    with pytest.raises(ReleaseError, match=says):
        release.restore(made.path, id_)


@pytest.mark.parametrize("version", ["1.0", "v1.0.0", "1.0.0-rc1", "01.0.0", "", "1.0.0.0", "latest"])
def test_a_bad_version_is_refused(tmp_path, version):
    with pytest.raises(VersionError, match="not a version"):
        release.check_version(tmp_path, "news", version)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("version", ["1.0.0", "0.9.9"])
def test_an_existing_or_lower_version_is_refused(made, version):
    with pytest.raises(VersionError, match=r"choose 1\.0\.1, 1\.1\.0 or 2\.0\.0"):
        release.check_version(made.path.parent.parent, "news", version)


def test_the_faster_publisher_wins(made, tmp_path):
    with release.stage(tmp_path / "dist", "news") as staging:
        release.write(staging, batches(corpus(3)), name="news", version="1.0.0", config=CONFIG)
        with pytest.raises(VersionError, match="exists already"):
            release.publish(staging, tmp_path / "dist", "news", "1.0.0")
    assert release.verify(made.path) == []


def test_a_broken_build_leaves_nothing(tmp_path):
    def failing():
        yield batches(corpus())["articles"][0]
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt), release.stage(tmp_path / "dist", "news") as staging:
        release.write(staging, {"articles": failing()}, name="news", version="1.0.0", config=CONFIG)
    assert not list((tmp_path / "dist").iterdir())


def test_books_that_do_not_balance_are_no_release(tmp_path):
    with pytest.raises(ReleaseError, match="do not balance"):
        release.write(tmp_path, batches(corpus()), name="n", version="1.0.0", config=CONFIG, counts={"records": 51})


@pytest.mark.parametrize(
    "settings",
    [{"license": "my-own"}, {"splits": {"hold-out": 0.5, "train": 0.5}}, {"splits": {"all": 1.0}}],
)
def test_settings_the_hub_cannot_read_are_refused(settings):
    with pytest.raises(ConfigError):
        release.check_settings(ReleaseConfig(**settings))


def test_raw_text_can_be_withheld(tmp_path):
    config = replace(CONFIG, release=replace(CONFIG.release, raw_text="none"))
    made = make(tmp_path, config=config)
    assert release.verify(made.path) == []
    assert b"Well said" not in b"".join(
        repr(pq.read_table(p).to_pylist()).encode() for p in made.path.rglob("*.parquet")
    )
    assert "without the removed text" in (made.path / "README.md").read_text()
    with pytest.raises(ReleaseError, match="withholds"):
        release.restore(made.path, corpus()["raw"][0]["id"])


def test_the_card_shows_what_was_removed_but_no_comments(tmp_path):
    tables = corpus(12)
    raw = tables["raw"][0]
    raw["spans"][-1] |= {"label": "promo", "cleaner": "chrome", "reason": "newsletter"}
    raw["text"] = raw["text"].replace("Well said! - Ann", "Get our | news`letter")
    raw["spans"][-1]["end"] = len(raw["text"])
    text = (make(tmp_path, tables=tables).path / "README.md").read_text()
    assert "| `Get our \\| news'letter` | promo: newsletter (chrome) |" in text
    assert "Well said" not in text


def test_the_card_counts_and_draws(made):
    text = (made.path / "README.md").read_text()
    for heading in ("language", "site", "year", "removed", "limit", "load_dataset"):
        assert heading in text.lower(), heading
    assert "license: cc0-1.0" in text
    assert "50 records became 40 articles; 5 were copies of them and 5 were no articles." in text
    assert "| article: too-short | 5 |" in text
    index = (made.path.parent / "README.md").read_text()
    for name in ("years", "languages", "characters"):
        assert f"![{name}](plots/{name}.svg)" in text
        assert f"![{name}](1.0.0/plots/{name}.svg)" in index
        assert etree.parse(made.path / f"plots/{name}.svg").getroot().tag.endswith("svg")


def test_columns_left_out_are_empty_and_others_are_dropped(tmp_path):
    tables = batches(corpus())
    whole = pa.Table.from_batches(tables["duplicates"])
    more = whole.drop_columns(["parent_id"]).append_column("remark", pa.array(["seen"] * whole.num_rows))
    release.write(tmp_path, {**tables, "duplicates": more.to_batches()}, name="news", version="1.0.0", config=CONFIG)
    written = pq.read_table(tmp_path / "data/duplicates/train")
    assert written.schema.names == whole.schema.names
    assert set(written["parent_id"].to_pylist()) == {""}


def test_empty_tables_are_left_out(tmp_path):
    tables = {**corpus(3), "duplicates": [], "rejected": []}
    tables["raw"] = tables["raw"][:1] + tables["raw"][2:]
    made = make(tmp_path, tables=tables)
    assert release.verify(made.path) == []
    assert not (made.path / "data/rejected").exists()
    assert json.loads((made.path / "manifest.json").read_text())["tables"]["rejected"]["rows"] == 0


def test_importing_is_light():
    code = "import sys, corpusprep.release; from corpusprep.release import Release; sys.exit('pyarrow' in sys.modules)"
    subprocess.run(
        [sys.executable, "-c", code], check=True, env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    )
