"""Which files are read, what they are called and where they are cut."""

import gzip
import json
import os
import pickle
import sys

import pytest
import zstandard
from archive_files import http, pages, warc
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from corpusprep.config import Config
from corpusprep.errors import InputError
from corpusprep.sources import plan, planning, read

CONFIG = Config()


def write(folder, *names, content="text"):
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
    return folder


def sources(*paths):
    return [part.source for part in plan(paths, config=CONFIG)]


def test_one_folder_gives_paths_below_it_wherever_it_lies(tmp_path):
    for root in ("here/raw", "there/deeper/input"):
        write(tmp_path / root, "b.txt", "a/z.html", "a/b/c.jsonl.gz", "B.txt")
        assert sources(tmp_path / root) == ["B.txt", "a/b/c.jsonl.gz", "a/z.html", "b.txt"]
        assert sources(f"{tmp_path / root}/") == sources(tmp_path / root / ".." / (tmp_path / root).name)


def test_relative_paths(tmp_path, monkeypatch):
    write(tmp_path / "raw", "a.txt")
    monkeypatch.chdir(tmp_path / "raw")
    assert sources(".") == sources("../raw") == ["a.txt"]
    part = plan(["a.txt"], config=CONFIG)[0]
    assert os.path.isabs(part.uri)  # noqa: PTH117


def test_several_paths_are_called_by_their_own_names(tmp_path):
    write(tmp_path / "one/seeds", "000.txt", "sub/001.txt")
    write(tmp_path / "two", "pages.jsonl.gz")
    paths = [tmp_path / "one/seeds", tmp_path / "two/pages.jsonl.gz"]
    assert sources(*paths) == sources(*reversed(paths)) == ["pages.jsonl.gz", "seeds/000.txt", "seeds/sub/001.txt"]


def test_the_same_names_are_told_apart_by_the_folders_above(tmp_path):
    for year in ("2023", "2024"):
        write(tmp_path / year / "pages", "a.txt")
    write(tmp_path / "other", "a.txt")
    paths = [tmp_path / "2023/pages", tmp_path / "2024/pages", tmp_path / "other/a.txt"]
    assert sources(*paths) == sources(*reversed(paths)) == ["2023/pages/a.txt", "2024/pages/a.txt", "a.txt"]
    files = [tmp_path / "2023/pages/a.txt", tmp_path / "2024/pages/a.txt"]
    assert sources(*files) == ["2023/pages/a.txt", "2024/pages/a.txt"]


def test_a_file_named_twice_is_read_once(tmp_path):
    root = write(tmp_path / "raw", "a.txt", "b.txt", "sub/c.txt")
    assert sources(root, root / "a.txt", root / "sub", f"{root}/*.txt") == ["a.txt", "b.txt", "sub/c.txt"]


def test_globs(tmp_path):
    root = write(tmp_path / "raw", "a.txt", "b.html", "sub/c.txt", "sub/deep/d.txt", ".hidden.txt", "odd[1].txt")
    assert sources(f"{root}/*.txt") == ["a.txt", "odd[1].txt"]
    assert sources(f"{root}/**/*.txt") == ["a.txt", "odd[1].txt", "sub/c.txt", "sub/deep/d.txt"]
    assert sources(f"{root}/su?") == ["sub/c.txt", "sub/deep/d.txt"]
    assert sources(f"{root}/odd[1].txt") == ["odd[1].txt"]


def test_hidden_files_are_left_out_unless_named(tmp_path):
    root = write(tmp_path / ".raw", "a.txt", ".DS_Store", ".git/config", "sub/.hidden", "_SUCCESS")
    assert sources(root) == ["_SUCCESS", "a.txt"]
    assert sources(root / ".DS_Store") == [".DS_Store"]


@pytest.mark.parametrize(
    ("path", "what"),
    [
        ("none", "no such file or folder"),
        ("none/*.txt", "nothing matches"),
        ("empty", "no files in this folder"),
        ("nosuch://bucket/raw", "Protocol not known"),
        ("memory://nowhere/at/all", "no such file or folder"),
        ("zip://a.txt::b.zip", "chained"),
    ],
)
def test_paths_of_no_use(tmp_path, monkeypatch, path, what):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "empty/sub").mkdir(parents=True)
    with pytest.raises(InputError) as caught:
        plan([write(tmp_path, "a.txt") / "a.txt", path], config=CONFIG)
    assert what in caught.value.what
    assert caught.value.where == path
    assert caught.value.do


def test_no_paths_at_all():
    with pytest.raises(InputError):
        plan([], config=CONFIG)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes here")
def test_pipes_are_not_waited_for(tmp_path):
    write(tmp_path, "a.txt")
    os.mkfifo(tmp_path / "pipe")
    assert sources(tmp_path) == ["a.txt"]
    with pytest.raises(InputError):
        plan([tmp_path / "pipe"], config=CONFIG)


@pytest.mark.skipif(sys.platform == "win32", reason="links need a privilege there")
def test_links_are_followed_but_not_for_ever(tmp_path):
    write(tmp_path / "data", "a.txt")
    root = write(tmp_path / "raw", "b.txt")
    (root / "linked").symlink_to(tmp_path / "data")
    (root / "loop").symlink_to(root)
    (root / "nowhere").symlink_to(tmp_path / "none")
    assert sources(root) == ["b.txt", "linked/a.txt", "nowhere"]


@pytest.mark.skipif(sys.platform != "linux", reason="other systems' names are Unicode")
def test_names_that_are_no_utf8(tmp_path):
    (tmp_path / os.fsdecode(b"caf\xe9.txt")).write_text("text")
    (part,) = plan([tmp_path], config=CONFIG)
    assert part.source == "caf\\xe9.txt"
    assert [record.payload for record in read(part, config=CONFIG)] == [b"text"]


def test_a_file_system_of_fsspec(tmp_path):
    import fsspec

    memory = fsspec.filesystem("memory")
    for name in ("a.txt", "sub/b.txt", ".hidden", "sub/.c"):
        memory.pipe(f"/plan-test/raw/{name}", b"text of " + name.encode())
    assert sources("memory://plan-test/raw") == ["a.txt", "sub/b.txt"]
    assert sources("memory://plan-test/raw/*.txt") == ["a.txt"]
    assert sources("memory://plan-test/raw/sub/b.txt", write(tmp_path, "b.txt")) == ["b.txt", f"{tmp_path.name}/b.txt"]
    (part,) = plan(["memory://plan-test/raw/sub/b.txt"], config=CONFIG)
    assert [record.payload for record in read(part, config=CONFIG)] == [b"text of sub/b.txt"]
    assert sources(f"file://{write(tmp_path, 'b.txt')}") == ["b.txt"]


def test_formats_by_name(tmp_path):
    names = "a.txt b.TXT c.html d.htm e.xhtml f.jsonl g.ndjson.gz h.json i.parquet j.warc.gz k.warc.wet.gz l.arc m.log n p.gz"
    write(tmp_path, *names.split())
    formats = {part.source: part.format for part in plan([tmp_path], config=CONFIG)}
    assert list(formats.values()) == [
        *("text", "text", "html", "html", "html", "jsonl", "jsonl", "json", "parquet", "warc", "warc", "arc"),
        *("unknown", "unknown", "unknown"),
    ]


def test_json_beside_a_document_is_about_it(tmp_path):
    write(tmp_path, "a.txt", "www.b.html.gz")
    write(tmp_path, "a.json", "a.labels.json", "www.b.json", "ab.json", "sub/a.json", content='{"x": 1}')
    write(tmp_path, "a.more.json", content='{"text": "A text of its own."}')
    found = [row for part in plan([tmp_path], config=CONFIG) for row in read(part, config=CONFIG)]
    assert [row.source for row in found] == ["a.more.json", "a.txt", "ab.json", "sub/a.json", "www.b.html.gz"]


def test_parts_can_be_pickled(tmp_path):
    parts = plan([write(tmp_path, "a.txt")], config=CONFIG)
    assert pickle.loads(pickle.dumps(parts)) == parts  # noqa: S301
    assert parts[0].size == 4


LINES = st.lists(
    st.sampled_from(['{"text": "a"}', '{"text": "longer than the others"}', "", "  ", "broken", "é", "BZh9"]),
    max_size=30,
)


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(LINES, st.integers(1, 60), st.sampled_from(["", "\n"]), st.integers(1, 40))
def test_lines_are_the_same_however_a_file_is_cut(tmp_path, lines, step, end, block):
    path = tmp_path / "a.jsonl"
    path.write_bytes(("\n".join([*lines, '{"text": "last"}']) + end).encode())
    with pytest.MonkeyPatch.context() as patch:
        whole = [row for part in plan([path], config=CONFIG) for row in read(part, config=CONFIG)]
        patch.setattr(planning, "RANGE", step)
        patch.setattr(planning, "_BLOCK", block)
        parts = plan([path], config=CONFIG)
        assert [row for part in parts for row in read(part, config=CONFIG)] == whole
    assert sum(part.size for part in parts) == path.stat().st_size
    assert all(part.size >= step for part in parts[:-1])


@pytest.mark.parametrize("step", [1, 2_000, 5_000, 10**9])
def test_parquet_is_the_same_however_it_is_cut(tmp_path, monkeypatch, step):
    import pyarrow as pa
    import pyarrow.parquet as pq

    table = pa.table({"id": range(200), "text": [f"{n} " * n if n % 50 else None for n in range(200)]})
    pq.write_table(table, tmp_path / "a.parquet", row_group_size=30, compression="none")
    whole = [row for part in plan([tmp_path], config=CONFIG) for row in read(part, config=CONFIG)]
    assert [(row.record if hasattr(row, "record") else row.number) for row in whole] == list(range(200))
    monkeypatch.setattr(planning, "RANGE", step)
    parts = plan([tmp_path], config=CONFIG)
    assert [row for part in parts for row in read(part, config=CONFIG)] == whole
    assert len(parts) == {1: 7, 10**9: 1}.get(step, len(parts))


@pytest.mark.parametrize("pack", [bytes, gzip.compress, zstandard.compress])
@pytest.mark.parametrize("step", [1, 3_000, 30_000])
def test_archives_are_the_same_however_they_are_cut(tmp_path, monkeypatch, pack, step):
    request = warc("http://a.example/0", b"GET / HTTP/1.1\r\n\r\n", kind="request")
    records = [request, *pages(5), warc("http://a.example/x", http(b"", status="404 Not Found")), request, *pages(20)]
    (tmp_path / "a.warc").write_bytes(b"".join(map(pack, records)))
    whole = [row for part in plan([tmp_path], config=CONFIG) for row in read(part, config=CONFIG)]
    monkeypatch.setattr(planning, "RANGE", step)
    parts = plan([tmp_path], config=CONFIG)
    assert [row for part in parts for row in read(part, config=CONFIG)] == whole
    assert len(parts) > 1 or step == 30_000
    assert sum(part.size for part in parts) == (tmp_path / "a.warc").stat().st_size


def test_archives_in_which_places_are_not_sure_are_not_cut(tmp_path, monkeypatch):
    monkeypatch.setattr(planning, "RANGE", 10)
    records = pages(5)
    (tmp_path / "in-one.warc.gz").write_bytes(gzip.compress(b"".join(records)))
    (tmp_path / "broken.warc").write_bytes(b"".join([*records, b"garbage", *records]))
    (tmp_path / "headless.warc").write_bytes(b"".join([*records, records[0].replace(b"Content-Length", b"X")]))
    parts = plan([tmp_path], config=CONFIG)
    assert [(part.source, part.stop) for part in parts] == [
        ("broken.warc", -1),
        ("headless.warc", -1),
        ("in-one.warc.gz", -1),
    ]


def test_compressed_and_broken_files_are_not_cut(tmp_path, monkeypatch):
    monkeypatch.setattr(planning, "RANGE", 10)
    (tmp_path / "packed.jsonl").write_bytes(gzip.compress(json.dumps({"text": "x" * 100}).encode()))
    (tmp_path / "no.parquet").write_text("this is no Parquet at all")
    parts = plan([tmp_path], config=CONFIG)
    assert [(part.source, part.stop) for part in parts] == [("no.parquet", -1), ("packed.jsonl", -1)]
    assert [getattr(row, "reason", "") for part in parts for row in read(part, config=CONFIG)] == ["unreadable", ""]
