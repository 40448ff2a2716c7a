"""Croissant readers find the tables, and notice a file that was changed."""

import pytest
from release_corpus import corpus, make

mlcroissant = pytest.importorskip("mlcroissant")
pytestmark = pytest.mark.filterwarnings("ignore")  # mlcroissant's own


@pytest.fixture
def path(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    return make(tmp_path / "dist", tables=corpus(12)).path


def test_it_is_valid_and_reads(path):
    dataset = mlcroissant.Dataset(jsonld=str(path / "croissant.json"))
    assert not dataset.metadata.ctx.issues.errors
    records = list(dataset.records("articles/train/all"))
    ids = {record["articles/train/all/id"].decode() for record in records}
    assert ids == {row["id"] for row in corpus(12)["articles"]}


def test_a_changed_file_is_noticed(path):
    other = make(path.parent.parent / "other", tables=corpus(13)).path / "data/articles/train/all.parquet"
    (path / "data/articles/train/all.parquet").write_bytes(other.read_bytes())
    dataset = mlcroissant.Dataset(jsonld=str(path / "croissant.json"))
    with pytest.raises(Exception, match="Download") as caught:
        list(dataset.records("articles/train/all"))
    assert "Hash of downloaded file" in str(caught.value.__cause__)
