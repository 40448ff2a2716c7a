"""Copies in files, by the command line and by what is behind it."""

import gzip
import json

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from test_cli import printed, run
from test_dedupe import words

TEXTS = [words(seed, 150) for seed in range(6)]
BODIES = [*TEXTS, TEXTS[2].upper(), TEXTS[3][: len(TEXTS[3]) // 2]]


@pytest.fixture
def lines(tmp_path):
    path = tmp_path / "news.jsonl.gz"
    with gzip.open(path, "wt", encoding="utf-8") as file:
        for number, body in enumerate(BODIES):
            file.write(json.dumps({"body": body, "key": f"k{number}", "n": number}) + "\n\n")
    return path


@pytest.fixture
def table(tmp_path):
    path = tmp_path / "news.parquet"
    rows = {"text": BODIES, "n": list(range(8)), "url": [f"https://one.example/{n}" for n in range(8)]}
    pq.write_table(pa.table(rows), path, row_group_size=3)
    return path


def test_lines(lines, tmp_path):
    out = tmp_path / "kept.jsonl"
    said = printed("dedupe", lines, "--text-column", "body", "--id-column", "key", "--out", out).splitlines()
    assert [line.split("\t")[:3] for line in said[:-1]] == [["k6", "duplicate", "k2"], ["k7", "abridged", "k3"]]
    assert said[-1] == "8 documents, 6 stay: 1 abridged, 1 duplicate"
    assert [json.loads(line)["n"] for line in out.read_text("utf-8").splitlines()] == [0, 1, 2, 3, 4, 5]


def test_parquet(table, tmp_path):
    out = tmp_path / "kept.parquet"
    said = json.loads(printed("dedupe", table, "--out", out, "--json"))
    assert (said["documents"], said["kept"]) == (8, 6)
    assert [(row["id"], row["kept_id"]) for row in said["duplicates"]] == [("6", "2"), ("7", "3")]
    kept = pq.read_table(out)
    assert kept.column("n").to_pylist() == [0, 1, 2, 3, 4, 5]
    assert kept.schema.names == ["text", "n", "url"]


def test_against_what_was_signed(lines, table, tmp_path):
    signatures = tmp_path / "old.parquet"
    printed("dedupe", lines, "--text-column", "body", "--signatures", signatures)
    said = printed("dedupe", table, "--against", signatures).splitlines()
    assert said[-1] == "8 documents, 0 stay: 8 duplicate (of the older release)"


@pytest.mark.parametrize("named", ["", "1.0.0"])
def test_against_a_release(lines, tmp_path, named):
    home = tmp_path / "dist"
    folder = home / "1.0.0" / "data" / "articles" / "train"
    folder.mkdir(parents=True)
    (home / "latest").symlink_to("1.0.0")
    kinds = {"source_id", "source", "site", "published", "updated", "content_sha256"}
    rows = [
        {"id": f"old{n}", "text": text, "record": 0, **dict.fromkeys(kinds, "")} for n, text in enumerate(TEXTS[:3])
    ]
    pq.write_table(pa.Table.from_pylist(rows), folder / "0.parquet")
    said = printed("dedupe", lines, "--text-column", "body", "--against", home / named, "--json")
    assert [(row["id"], row["kept_id"]) for row in json.loads(said)["known"]] == [
        ("0", "old0"), ("1", "old1"), ("2", "old2"), ("6", "old2"),
    ]  # fmt: skip


def test_paragraphs(tmp_path):
    path = tmp_path / "site.jsonl"
    rows = [{"site": "one.example", "text": f"{words(seed, 40)}\nAll rights reserved."} for seed in range(6)]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    assert printed("dedupe", path, "--paragraphs") == "one.example\t6 of 6\tAll rights reserved.\n"
    assert json.loads(printed("dedupe", path, "--paragraphs", "--json"))["paragraphs"][0]["n_documents"] == 6


@pytest.mark.parametrize(
    ("content", "options", "said"),
    [
        (None, [], "news.jsonl"),
        ('{"text": "a"}\n{"text": \n', [], "line 2: not a JSON object"),
        ('{"text": ["a"]}\n', [], "line 1: 'text' is no text"),
        ('{"body": "a"}\n', [], "news.jsonl: no column 'text'; name one with --text-column; here are body"),
        ('{"text": "a"}\n', ["--id-column", "key"], "line 1: no column 'key'"),
        ('{"text": "a", "id": 1}\n{"text": "b", "id": 1}\n', [], "two documents have the id '1'"),
        ('{"text": "a"}\n', ["--against", "nowhere.parquet"], "nowhere.parquet: no signatures"),
        ('{"text": "a"}\n', ["--against", "news.jsonl"], "news.jsonl: not a Parquet file"),
        ('{"text": "a"}\n', ["--signatures", "nowhere/here.parquet"], "cannot be written"),
        ('{"text": "a"}\n', ["--out", "nowhere/here.jsonl"], "cannot be written"),
    ],
)
def test_bad_input_is_one_line_and_exit_code_2(tmp_path, content, options, said):
    if content is not None:
        (tmp_path / "news.jsonl").write_text(content, "utf-8")
    done = run("dedupe", "news.jsonl", *options, cwd=tmp_path)
    assert done.returncode == 2
    assert done.stderr.decode().count("\n") == 1
    assert said in done.stderr.decode()


def test_an_empty_file_has_no_copies(tmp_path):
    (tmp_path / "news.jsonl").write_bytes(b"")
    assert printed("dedupe", tmp_path / "news.jsonl") == "0 documents, 0 stay\n"
