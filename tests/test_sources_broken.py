"""What is broken costs itself: a rejected row with a reason, and reading goes on."""

import bz2
import gzip
import json
import os
import random
import tracemalloc

import pytest
import zstandard
from archive_files import http, page, pages, warc

from corpusprep.config import from_mapping
from corpusprep.document import Rejected
from corpusprep.sources import Part, Record, plan, read
from corpusprep.sources.streams import Flaw, lines

SMALL = from_mapping({"input": {"max_bytes": 100_000}})


def rows(folder, name, content, config=SMALL):
    path = folder / name
    path.write_bytes(content)
    return [row for part in plan([path], config=config) for row in read(part, config=config)]


def outcome(found):
    return [(row.number, "") if isinstance(row, Record) else (row.record, row.reason) for row in found]


def texts(count):
    """Texts that hardly compress, so that a file of them has an inside to be damaged."""
    rnd = random.Random(count)
    return [f"{number} " + " ".join(str(rnd.random()) for _ in range(60)) for number in range(count)]


def jsonl(values):
    return [json.dumps({"id": number, "text": text}).encode() + b"\n" for number, text in enumerate(values)]


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("a.txt", b"", "empty"),
        ("a.html", b" \n", "empty"),
        ("a.jsonl", b"", "empty"),
        ("a.jsonl", b"\n \n", "empty"),
        ("a.json", b"", "empty"),
        ("a.warc", b"", "empty"),
        ("a.warc.gz", gzip.compress(b""), "empty"),
        ("a.txt.gz", gzip.compress(b""), "empty"),
        ("a.arc", b"", "empty"),
        ("a.parquet", b"", "unreadable"),
        ("a.parquet", b"PAR1 and no more", "unreadable"),
        ("a", b"PAR1 and no more", "unreadable"),
        ("a.pdf", b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj", "binary"),
        ("a.jpg", b"\xff\xd8\xff\xe0\x00\x10JFIF\x00", "binary"),
        ("a.txt", b"\x89PNG\r\n\x1a\n\x00", "binary"),
        ("a.html", b"PK\x03\x04\x14\x00", "binary"),
        ("a.db", b"SQLite format 3\x00\x10\x00", "binary"),
        ("a.tar.gz", gzip.compress(b"a.txt".ljust(257, b"\0") + b"ustar\x0000".ljust(255, b"\0")), "binary"),
        ("a.txt", b"x" * 100_001, "too-large"),
        ("a.txt.gz", gzip.compress(b"x" * 100_001), "too-large"),
        ("a.txt.gz", gzip.compress("".join(texts(5)).encode())[:-40], "truncated"),
        ("a.txt.zst", zstandard.compress("".join(texts(5)).encode())[:-40], "truncated"),
        ("a.txt.bz2", bz2.compress("".join(texts(5)).encode())[:-40], "truncated"),
        ("a.warc", b"<html>no archive", "bad-record"),
        ("a.arc", b"<html>no archive", "bad-record"),
        ("a.json", b'[{"text": "one"', "bad-json"),
        ("a.json", b'{\n"text": nonsense', "bad-json"),
    ],
)
def test_a_file_of_no_use_is_one_rejected_row(tmp_path, name, content, reason):
    (found,) = rows(tmp_path, name, content)
    assert (found.stage, found.reason, found.source, found.record) == ("read", reason, name, 0)
    assert found.detail


def test_files_that_cannot_be_opened():
    def reason(uri):
        return [(row.reason, bool(row.detail)) for row in read(Part(uri, "a.txt", "text", 5), config=SMALL)]

    assert reason("/no/such/file.txt") == [("unreadable", True)]
    assert reason(os.getcwd()) == [("unreadable", True)]  # noqa: PTH109
    assert reason("memory://no-such-file") == [("unreadable", True)]


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="whoever runs this may read everything")
def test_permission_denied(tmp_path):
    path = tmp_path / "raw" / "a.txt"
    path.parent.mkdir()
    path.write_text("text")
    path.chmod(0)
    (part,) = plan([path.parent], config=SMALL)
    (found,) = read(part, config=SMALL)
    assert (found.reason, found.detail) == ("unreadable", "Permission denied")


def test_permission_denied_whoever_runs_this(monkeypatch):
    def refuse(_uri):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("corpusprep.sources.reading.open_bytes", refuse)
    (found,) = read(Part("/raw/a.txt", "a.txt", "text", 5), config=SMALL)
    assert (found.reason, found.detail) == ("unreadable", "Permission denied")


def test_a_disk_that_fails_halfway(tmp_path, monkeypatch):
    path = tmp_path / "a.jsonl"
    path.write_bytes(b"".join(jsonl(texts(5))))

    class Failing:
        def __init__(self):
            self.file = path.open("rb")

        def __enter__(self):
            return self

        def __exit__(self, *_):
            self.file.close()

        def read(self, _size):
            data = self.file.read(3000)
            if not data:
                raise OSError(5, "Input/output error")
            return data

    monkeypatch.setattr("corpusprep.sources.reading.open_bytes", lambda _uri: Failing())
    (part,) = plan([path], config=SMALL)
    found = list(read(part, config=SMALL))
    assert outcome(found)[-1][1] == "unreadable"
    assert "Input/output error" in found[-1].detail
    assert len(found) > 1


def test_lines_that_are_broken_say_which_they_are(tmp_path):
    good = b'{"text": "good"}'
    broken = [
        (b'{"text": "cut', "bad-json", "line 1: Unterminated string starting at at character 9"),
        (b'{"text": "caf\xe9"}', "undecodable", "line 3: byte 0xe9 at 13 is not UTF-8"),
        (b"[" * 100_000, "bad-json", "line 5: "),
        (b'{"text": "a\0b"}', "bad-json", "line 7: Invalid control character"),
        (b'{"text": ' + b"9" * 5000 + b"}", "bad-json", "line 9: "),
        (b"plain text", "bad-json", "line 11: Expecting value at character 0"),
        (
            b'{"text": "' + b"x" * 100_000 + b'"}',
            "too-large",
            "line 13: a line of 100,012 bytes; 100,000 (input.max_bytes) are the most",
        ),
    ]
    found = rows(tmp_path, "a.jsonl", b"\n".join(line + b"\n" + good for line, _, _ in broken))
    for number, (_, reason, detail) in enumerate(broken):
        rejected, record = found[2 * number : 2 * number + 2]
        assert (rejected.record, rejected.reason) == (2 * number, reason)
        assert rejected.detail.startswith(detail)
        assert len(rejected.content_sha256) == 64
        assert (record.number, record.payload) == (2 * number + 1, b"good")


def test_a_huge_line_is_never_held_in_memory():
    piece = b"x" * 65_536

    def stream():
        yield b'{"text": "first"}\n'
        for _ in range(800):  # 52 MB
            yield piece
        yield b'\n{"text": "last"}'

    tracemalloc.start()
    first, huge, last = lines(stream(), 100_000)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert (first, last) == (b'{"text": "first"}', b'{"text": "last"}')
    assert isinstance(huge, Flaw)
    assert (huge.reason, len(huge.content_sha256)) == ("too-large", 64)
    assert peak < 1_000_000


def test_a_decompression_bomb_is_not_unpacked_into_memory(tmp_path):
    bomb = gzip.compress(b"x" * 50_000_000)
    tracemalloc.start()
    found = rows(tmp_path, "a.jsonl.gz", bomb) + rows(tmp_path, "b.txt.gz", bomb)
    found += rows(tmp_path, "c.warc", warc("http://a.example/", http(bomb, fields="Content-Encoding: gzip\r\n")))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert [row.reason for row in found] == ["too-large"] * 3
    assert peak < 5_000_000


def test_a_truncated_gzip_gives_what_came_before_the_cut(tmp_path):
    data = gzip.compress(b"".join(jsonl(texts(30))))
    found = rows(tmp_path, "a.jsonl.gz", data[: len(data) // 2])
    *records, last = found
    assert len(records) > 10
    assert all(isinstance(row, Record) for row in records)
    assert (last.reason, last.record) == ("truncated", len(records))
    assert last.detail == f"line {len(records) + 1}: the gzip data ends too early"


def test_a_damaged_member_costs_itself(tmp_path):
    members = [gzip.compress(line) for line in jsonl(texts(9))]
    members[4] = members[4][:50] + bytes(100) + members[4][150:]
    found = rows(tmp_path, "a.jsonl.gz", b"".join(members))
    assert [row.source_id for row in found if isinstance(row, Record)] == list("01235678")
    assert [row.reason for row in found if isinstance(row, Rejected)] == ["corrupt"]


def test_padding_after_the_end_is_no_flaw_and_anything_else_is(tmp_path):
    data = gzip.compress(b'{"text": "good"}\n')
    assert outcome(rows(tmp_path, "a.jsonl.gz", data + bytes(1000))) == [(0, "")]
    assert outcome(rows(tmp_path, "a.jsonl.gz", data + b"garbage")) == [(0, ""), (1, "corrupt")]
    assert outcome(rows(tmp_path, "a.jsonl.gz", data + b"garbage" + data)) == [(0, ""), (1, "corrupt"), (2, "")]


def test_a_broken_json_array_gives_what_came_before(tmp_path):
    content = b'[\n{"text": "one"},\n{"text": "two"},\n{"text": nonsense},\n{"text": "four"}]'
    found = rows(tmp_path, "a.json", content)
    assert outcome(found) == [(0, ""), (1, ""), (2, "bad-json")]
    assert "from line 4 on" in found[2].detail
    assert outcome(rows(tmp_path, "a.json", b'[{"text": "one"},')) == [(0, ""), (1, "truncated")]
    assert outcome(rows(tmp_path, "a.json", b'[{"text": "one"}, {"text": "caf\xe9"}]')) == [(0, "undecodable")]
    assert outcome(rows(tmp_path, "a.json", b'[{"text": "' + b"x" * 700_000 + b'"}]')) == [(0, "too-large")]


def gzipped(records):
    return b"".join(map(gzip.compress, records))


@pytest.mark.parametrize("pack", [b"".join, gzipped])
def test_a_truncated_warc(tmp_path, pack):
    records = pages(5)
    whole = pack(records)
    last = len(pack(records[:4]))
    for cut in (last + 30, last + 120, len(whole) - 30):
        found = rows(tmp_path, "a.warc", whole[:cut])
        assert [row.payload for row in found[:4]] == [page(number) for number in range(4)]
        assert outcome(found)[4:] == [(4, "truncated")], cut
    assert len(rows(tmp_path, "a.warc", whole[:last])) == 4


def test_a_warc_goes_on_after_what_is_broken(tmp_path):
    records = pages(6)
    broken = {
        "garbage between": [*records[:3], b"garbage\r\n" * 100, *records[3:]],
        "length too small": [
            *records[:2],
            records[2].replace(b"Content-Length: ", b"Content-Length: 1\r\nX: "),
            *records[3:],
        ],
        "no length": [*records[:2], records[2].replace(b"Content-Length", b"Content-Size"), *records[3:]],
    }
    for name, parts in broken.items():
        found = rows(tmp_path, "a.warc", b"".join(parts))
        kept = {row.url[-1] for row in found if isinstance(row, Record)}
        assert kept >= set("01345"), name
        assert any(row.reason == "bad-record" for row in found if isinstance(row, Rejected)), name
    parts = [*map(gzip.compress, records)]
    parts[2] = parts[2][:80] + bytes(60) + parts[2][140:]
    found = rows(tmp_path, "a.warc.gz", b"".join(parts))
    assert [row.url[-1] for row in found if isinstance(row, Record)] == list("01345")
    assert [row.reason for row in found if isinstance(row, Rejected)] == ["corrupt"]


def test_a_length_that_reaches_beyond_the_end_does_not_swallow_the_rest(tmp_path):
    records = pages(6)
    records[2] = records[2].replace(b"Content-Length: ", b"Content-Length: 9")
    found = rows(tmp_path, "a.warc", b"".join(records))
    assert [row.url[-1] for row in found if isinstance(row, Record)] == list("01345")
    assert outcome(found)[2] == (2, "truncated")


def test_a_page_that_is_too_large(tmp_path):
    large = warc("http://a.example/large", http(b"x" * 100_001))
    one, two, three = rows(tmp_path, "a.warc", pages(1)[0] + large + pages(1)[0])
    assert (two.reason, two.record) == ("too-large", 1)
    assert (one.number, three.number) == (0, 2)


def test_a_damaged_row_group_costs_itself(tmp_path):
    import pyarrow as pa
    import pyarrow.parquet as pq

    path = tmp_path / "a.parquet"
    pq.write_table(pa.table({"text": texts(90)}), path, row_group_size=30, compression="zstd", use_dictionary=False)
    column = pq.read_metadata(path).row_group(1).column(0)
    data = bytearray(path.read_bytes())
    middle = column.data_page_offset + column.total_compressed_size // 2
    data[middle : middle + 200] = bytes(200)
    found = rows(tmp_path, "a.parquet", bytes(data))
    assert [row.number for row in found if isinstance(row, Record)] == [*range(30), *range(60, 90)]
    assert [(row.record, row.reason) for row in found if isinstance(row, Rejected)] == [(30, "corrupt")]


@pytest.mark.parametrize(
    "kind", ["warc", "warc.gz", "arc", "jsonl", "jsonl.gz", "jsonl.zst", "jsonl.bz2", "json", "parquet"]
)
def test_any_damage_costs_little_and_raises_nothing(tmp_path, kind):
    count = 12
    bodies = [text.encode() for text in texts(count)]
    blocks = {
        "warc": [warc(f"http://a.example/{n}", http(body)) for n, body in enumerate(bodies)],
        "arc": [b"http://a/ 1.1.1.1 20040102030405 text/html %d\n%s\n" % (len(body), body) for body in bodies],
        "jsonl": jsonl(texts(count)),
        "json": [b"[", b",".join(jsonl(texts(count))), b"]"],
        "parquet": [parquet(texts(count))],
    }[kind.partition(".")[0]]
    pack = {"gz": gzip.compress, "zst": zstandard.compress, "bz2": bz2.compress}.get(kind.partition(".")[2], bytes)
    whole = b"".join(map(pack, blocks))
    assert {row.payload for row in rows(tmp_path, f"a.{kind}", whole)} == set(bodies)
    rnd = random.Random(kind)
    for _ in range(25):
        at, length = rnd.randrange(20, len(whole)), rnd.randrange(1, 60)
        damage = rnd.choice(
            [whole[at + length :], rnd.randbytes(length) + whole[at:], bytes(length) + whole[at + length :]]
        )
        found = rows(tmp_path, f"a.{kind}", whole[:at] + damage)
        kept = sum(row.payload in bodies for row in found if isinstance(row, Record))
        if kind not in ("json", "parquet"):
            assert kept >= count - 2
        assert kept == count or found


def parquet(values):
    import io

    import pyarrow as pa
    import pyarrow.parquet as pq

    file = io.BytesIO()
    pq.write_table(pa.table({"text": values}), file, row_group_size=4)
    return file.getvalue()
