"""`verify` finds what was changed, and says what it found."""

import json
import shutil

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from release_corpus import CONFIG, batches, copy_of, corpus, make

from corpusprep import release
from corpusprep.errors import ReleaseError
from corpusprep.release import manifest as manifests


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    return make(tmp_path_factory.mktemp("dist")).path


@pytest.fixture
def copy(whole, tmp_path):
    return shutil.copytree(whole, tmp_path / "1.0.0")


def test_a_changed_file(copy):
    path = copy / "README.md"
    path.write_bytes(path.read_bytes().replace(b"Example", b"Exemple"))
    assert release.verify(copy) == ["README.md: changed, its SHA-256 is another"]


def test_a_missing_file(copy):
    (copy / "README.md").unlink()
    assert release.verify(copy) == ["README.md: missing"]


def test_a_missing_table(copy):
    (copy / "data/rejected/train/all.parquet").unlink()
    problems = release.verify(copy)
    assert "data/rejected/train/all.parquet: missing" in problems
    assert any("0 rejected" in one or ("rejected" in one and "rows" in one) for one in problems)


def test_an_added_file(copy):
    (copy / "data/articles/train/more.parquet").write_bytes(b"PAR1")
    assert release.verify(copy) == ["data/articles/train/more.parquet: added, it is not in SHA256SUMS"]


def test_a_broken_file(copy):
    path = copy / "data/articles/train/all.parquet"
    path.write_bytes(path.read_bytes()[:-100])
    assert any("cannot be read" in one for one in release.verify(copy))


def test_a_wrong_count(copy):
    facts = manifests.read(copy)
    facts["counts"]["records"] += 1
    facts.pop("files")
    manifests.seal(copy, facts)
    assert release.verify(copy) == ["the books do not balance: 51 records, 50 accounted for"]


def test_rows_changed_and_sealed_again(copy):
    path = copy / "data/articles/train/all.parquet"
    table = pq.read_table(path)
    pq.write_table(table.slice(0, table.num_rows - 1), path)
    facts = manifests.read(copy)
    facts.pop("files")
    manifests.seal(copy, facts)
    problems = release.verify(copy)
    assert any("39 rows, where the manifest counts 40" in one for one in problems)


def _row(tables, table, **changes):
    tables[table][0].update(changes)


def _spans(tables, change):
    change(tables["raw"][0]["spans"])


@pytest.mark.parametrize(
    ("harm", "says"),
    [
        (lambda t: _spans(t, lambda s: s.pop()), "spans do not tile"),
        (lambda t: _spans(t, lambda s: s[0].update(end=s[0]["end"] - 1)), "spans do not tile"),
        (lambda t: _spans(t, lambda s: s.insert(0, {**s[0], "end": 0})), "spans do not tile"),
        (lambda t: _spans(t, lambda s: s[0].update(label="promo")), "not the body of its document"),
        (lambda t: _row(t, "articles", text="Another text.", n_chars=13), "not the body of its document"),
        (lambda t: _row(t, "articles", n_chars=1), "n_chars"),
        (lambda t: _row(t, "articles", published="2001-01-01"), "published_at"),
        (lambda t: _row(t, "articles", content_sha256="0" * 64), "not that in raw"),
        (lambda t: _row(t, "duplicates", kept_id="f" * 32), "kept for it is not there"),
        (lambda t: _row(t, "duplicates", cluster_id="f" * 32), "of another cluster"),
        (lambda t: _row(t, "rejected", id=t["articles"][0]["id"]), "accounted for in articles and again in rejected"),
        (lambda t: _row(t, "rejected", reason=""), "without stage and reason"),
        (lambda t: t["raw"].pop(0), "its document is not in raw"),
        (lambda t: t["raw"].append(copy_of(t["articles"][1], "stray")[1]), "no table accounts for"),
        (lambda t: t["raw"].append(t["raw"][1]), "stands twice"),
        (lambda t: _row(t, "raw", text=None), "text is missing"),
    ],
)
def test_a_row_that_breaks_a_promise(tmp_path, harm, says):
    tables = corpus(12)
    harm(tables)
    release.write(tmp_path, batches(tables), name="news", version="1.0.0", config=CONFIG)
    problems = release.verify(tmp_path)
    assert any(says in one for one in problems), problems


def test_many_broken_rows_are_counted_not_listed(tmp_path):
    tables = corpus(30)
    for row in tables["articles"]:
        row["n_chars"] += 1
    release.write(tmp_path, batches(tables), name="news", version="1.0.0", config=CONFIG)
    problems = release.verify(tmp_path)
    assert len(problems) == 6
    assert problems[-1] == "25 more rows: n_chars is not the length of its text"


def test_there_must_be_a_release(tmp_path):
    with pytest.raises(ReleaseError, match="no release here"):
        release.verify(tmp_path)


def test_the_newest_is_verified_by_name(whole):
    assert release.verify(whole.parent) == []


def test_the_digest_is_of_values(whole):
    """Written again by another writer, the rows have the same digest."""
    from corpusprep.release.parquet import Digest

    digest = Digest()
    table = pq.read_table(whole / "data/articles/train/all.parquet")
    digest.update(pa.Table.from_pylist(table.to_pylist()[::-1], schema=table.schema))
    assert (
        digest.hexdigest()
        == json.loads((whole / "manifest.json").read_text())["tables"]["articles"]["splits"]["train"]["digest"]
    )
