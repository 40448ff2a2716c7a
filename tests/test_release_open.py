"""Releases open offline in the tools people use."""

import json
import os
import subprocess
import sys

import pyarrow.parquet as pq
import pytest
from release_corpus import corpus, make

from corpusprep.release.card import features
from corpusprep.release.schemas import SCHEMAS

OFFLINE = {**os.environ, "HF_HUB_OFFLINE": "1", "HF_DATASETS_DISABLE_PROGRESS_BARS": "1", "TZ": "Asia/Kolkata"}

LOOK = """
import json, sys, datasets
from datasets import load_dataset
dist, out = sys.argv[1], {}
for path, table in [("/news", None), ("/news/1.0.0", "duplicates"), ("/news/1.1.0", "raw"), ("/news", "rejected"), ("/news/1.0.0", None)]:
    ds = load_dataset(dist + path, table) if table else load_dataset(dist + path)
    stream = load_dataset(dist + path, *([table] if table else []), streaming=True)
    streamed = {name: list(split) for name, split in stream.items()}
    first = next(iter(ds))
    out[path + ":" + str(table)] = {
        "splits": {name: len(split) for name, split in ds.items()},
        "streamed": {name: len(rows) for name, rows in streamed.items()},
        "version": ds[first].info.version and str(ds[first].info.version),
        "same": ds[first][0] == streamed[first][0],
    }
print(json.dumps(out))
"""


@pytest.fixture(scope="module")
def dist(tmp_path_factory):
    dist = tmp_path_factory.mktemp("open") / "dist"
    make(dist, "1.0.0", corpus(20))
    make(dist, "1.1.0", corpus(30))
    return dist


def look(python, dist, cache):
    environment = {**OFFLINE, "HF_HOME": str(cache)}
    run = subprocess.run(
        [python, "-W", "error::FutureWarning", "-c", LOOK, str(dist)],
        env=environment,
        check=True,
        capture_output=True,
        text=True,
    )
    return json.loads(run.stdout.splitlines()[-1])


def check(found):
    assert found["/news:None"]["splits"] == {"train": 30}
    assert found["/news:None"]["version"] == "1.1.0"
    assert found["/news/1.0.0:None"]["splits"] == {"train": 20}
    assert found["/news/1.0.0:None"]["version"] == "1.0.0"
    assert found["/news/1.0.0:duplicates"]["splits"] == {"train": 3}
    assert found["/news/1.1.0:raw"]["splits"] == {"train": 34}
    for one in found.values():
        assert one["streamed"] == one["splits"]
        assert one["same"]


def test_datasets(dist, tmp_path):
    check(look(sys.executable, dist, tmp_path))


def test_datasets_of_release_3(dist, tmp_path):
    python = os.environ.get("CORPUSPREP_DATASETS3_PYTHON")
    if not python:
        pytest.skip("CORPUSPREP_DATASETS3_PYTHON names no Python that has datasets 3")
    check(look(python, dist, tmp_path))


def test_another_corpus_of_the_same_name_and_version_is_not_mistaken(tmp_path):
    """The cache of `datasets` is keyed by the card: the digest in it must tell contents apart."""
    code = (
        "import sys; from datasets import load_dataset\nfor d in sys.argv[1:]: print(load_dataset(d)['train'][0]['id'])"
    )
    homes = [make(tmp_path / str(seed), tables=corpus(10, seed)).path.parent for seed in (0, 1)]
    environment = {**OFFLINE, "HF_HOME": str(tmp_path / "cache")}
    command = [sys.executable, "-c", code, *map(str, homes)]
    run = subprocess.run(command, check=True, capture_output=True, text=True, env=environment)
    firsts = [pq.read_table(home / "latest/data/articles/train")["id"][0].as_py() for home in homes]
    assert firsts[0] != firsts[1]
    assert run.stdout.split() == firsts


def test_features_in_the_card_are_those_of_datasets():
    from datasets import Features

    for schema in SCHEMAS.values():
        assert features(schema) == Features.from_arrow_schema(schema)._to_yaml_list()


def test_pandas(dist):
    pandas = pytest.importorskip("pandas")
    frame = pandas.read_parquet(dist / "news/1.1.0/data/articles")
    assert len(frame) == 30
    assert str(frame["published_at"].dt.tz) == "UTC"


def test_polars(dist):
    polars = pytest.importorskip("polars")
    frame = polars.scan_parquet(str(dist / "news/1.1.0/data/raw/train/*.parquet")).select("id", "spans").collect()
    assert frame.height == 34


def test_duckdb(dist):
    duckdb = pytest.importorskip("duckdb")
    query = f"select count(*), sum(len(s.label)) from '{dist}/news/latest/data/raw/*/*.parquet', unnest(spans) as t(s)"  # noqa: S608
    assert duckdb.sql(query).fetchall()[0][0] == 64


def test_rows_are_in_order_of_their_date(dist):
    rows = pq.read_table(dist / "news/1.1.0/data/articles/train/all.parquet").to_pylist()
    days = [row["published"] or "undated" for row in rows]
    assert days == sorted(days)
