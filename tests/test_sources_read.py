"""Formats, columns and archives: what becomes of whole files."""

import bz2
import datetime as dt
import gzip
import hashlib
import json
import lzma
import subprocess
import sys
import zlib

import pytest
import zstandard
from archive_files import http, page, pages, warc

from corpusprep.config import Config, from_mapping
from corpusprep.document import Rejected
from corpusprep.sources import Record, plan, read

PACKERS = {
    "": bytes,
    ".gz": gzip.compress,
    ".zst": zstandard.compress,
    ".bz2": bz2.compress,
    ".xz": lzma.compress,
}


def rows(path, config=None):
    config = config or Config()
    return [row for part in plan([path], config=config) for row in read(part, config=config)]


def written(folder, name, content):
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def jsonl(*values):
    return "".join(json.dumps(value) + "\n" for value in values)


@pytest.mark.parametrize("ending", PACKERS)
@pytest.mark.parametrize(
    ("name", "markup"), [("a.txt", False), ("a.html", True), ("a.htm", True), ("a.log", None), ("a", None)]
)
def test_a_file_is_a_record(tmp_path, name, markup, ending):
    (record,) = rows(written(tmp_path, name + ending, PACKERS[ending](b"Caf\xe9 reopens.\n")))
    assert record == Record(source=name + ending, number=0, payload=b"Caf\xe9 reopens.\n", markup=markup)
    assert record.content_sha256 == hashlib.sha256(b"Caf\xe9 reopens.\n").hexdigest()


def test_compression_is_what_the_bytes_say_not_the_name(tmp_path):
    assert rows(written(tmp_path, "a.txt", gzip.compress(b"text")))[0].payload == b"text"
    assert rows(written(tmp_path, "b.txt.gz", b"text"))[0].payload == b"text"


def test_a_whole_page_in_a_text_file_is_markup(tmp_path):
    assert rows(written(tmp_path, "a.txt", "<!DOCTYPE html><html><body>"))[0].markup is True
    assert rows(written(tmp_path, "b.txt", "<p>This may be a text about HTML.</p>"))[0].markup is False


@pytest.mark.parametrize("ending", PACKERS)
@pytest.mark.parametrize("name", ["a.jsonl", "a.ndjson", "a.json", "a.dat", "a"])
def test_json_lines(tmp_path, name, ending):
    content = "\ufeff" + jsonl({"id": "x", "text": "Ünß"}, {"text": "two"}).replace("\n", "\r\n\r\n")
    first, second = rows(written(tmp_path, name + ending, PACKERS[ending](content.encode())))
    assert (first.payload, first.source_id, first.number, first.markup, first.declared) == (
        "Ünß".encode(),
        "x",
        0,
        False,
        "utf-8",
    )
    assert (second.payload, second.number) == (b"two", 2)


@pytest.mark.parametrize("name", ["a.json", "a.dat"])
@pytest.mark.parametrize(
    "content",
    [
        '[{"text": "one"}, {"text": "two"}]',
        '  [\n  {"text": "one"\n},\n{"text":\n"two"}\n]\n',
        '{\n"text": "one"\n}\n{\n"text": "two"}',
        "[" + '{"text": "one"},' + " " * 600_000 + '{"text": "two"}]',
    ],
)
def test_json_values(tmp_path, name, content):
    assert [(row.payload, row.number) for row in rows(written(tmp_path, name, content))] == [(b"one", 0), (b"two", 1)]


def test_a_large_json_array_with_large_values(tmp_path):
    values = [{"id": n, "text": f"{n} " * 40_000 + "é"} for n in range(20)]
    path = written(tmp_path, "a.json", json.dumps(values, ensure_ascii=False, indent=1))
    assert [row.payload.decode() for row in rows(path)] == [value["text"] for value in values]


def test_an_empty_json_array_is_a_rejected_row(tmp_path):
    assert [row.reason for row in rows(written(tmp_path, "a.json", "[]"))] == ["empty"]


def test_columns(tmp_path):
    config = from_mapping({"input": {"site": "paper"}})
    row = {
        "id": 17,
        "url": " http://a.example/ ",
        "title": "T",
        "date": "3 May 2018",
        "text": "t",
        "html": "<p>h",
        "paper": "P",
        "fetched": "soon",
        "crawl_date": "2024-05-01T12:00:00+02:00",
        "extra": [1],
    }
    (record,) = rows(written(tmp_path, "a.jsonl", jsonl(row)), config)
    assert record == Record(
        source="a.jsonl",
        number=0,
        payload=b"<p>h",
        markup=True,
        declared="utf-8",
        source_id="17",
        url="http://a.example/",
        title="T",
        date="3 May 2018",
        site="P",
        fetched="2024-05-01T10:00:00Z",
    )


@pytest.mark.parametrize(
    ("row", "reason", "detail"),
    [
        ({"id": "x", "content": "text"}, "no-text", "line 1: no column text or html; found: id, content"),
        ({}, "no-text", "line 1: no column text or html; found: none"),
        ({"text": ["a"]}, "no-text", "line 1: text is a list, not a string"),
        ({"text": None}, "empty", "line 1: neither text nor html has a value"),
        ({"text": " \n"}, "empty", "line 1: text is blank"),
        (["text"], "no-text", "line 1: a JSON list, not an object"),
        ("text", "no-text", "line 1: a JSON string, not an object"),
    ],
)
def test_rows_without_text(tmp_path, row, reason, detail):
    (rejected,) = rows(written(tmp_path, "a.jsonl", jsonl(row)))
    assert (rejected.stage, rejected.reason, rejected.detail, rejected.record) == ("read", reason, detail, 0)


def test_odd_types_are_left_out_and_blank_html_gives_way_to_text(tmp_path):
    row = {"id": True, "url": 5, "title": ["T"], "date": 2018, "text": "t", "html": " ", "fetched": 1714550000}
    (record,) = rows(written(tmp_path, "a.jsonl", jsonl(row)))
    assert record == Record(source="a.jsonl", number=0, payload=b"t", markup=False, declared="utf-8")


def test_lone_surrogates_in_json_stay_in_the_payload(tmp_path):
    (record,) = rows(written(tmp_path, "a.jsonl", '{"text": "a\\ud83db \\ud83d\\ude00"}'))
    assert record.payload == b"a\xed\xa0\xbdb \xf0\x9f\x98\x80"


def test_parquet(tmp_path):
    import pyarrow as pa
    import pyarrow.parquet as pq

    table = pa.table(
        {
            "id": pa.array([1, 2, 3, 4]),
            "html": pa.array([b"<p>caf\xe9", None, None, b""], pa.binary()),
            "text": pa.array(["one", "two", None, "four"], pa.large_string()).dictionary_encode(),
            "date": pa.array([dt.date(2024, 5, 1)] * 4),
            "fetched_at": pa.array([dt.datetime(2024, 5, 2, 3, 4, 5, tzinfo=dt.UTC)] * 4),
            "unused": pa.array([{"a": 1}] * 4),
        }
    )
    pq.write_table(table, tmp_path / "a.parquet")
    one, two, three, four = rows(tmp_path / "a.parquet")
    assert one == Record(
        source="a.parquet",
        number=0,
        payload=b"<p>caf\xe9",
        markup=True,
        source_id="1",
        date="2024-05-01",
        fetched="2024-05-02T03:04:05Z",
    )
    assert (two.payload, two.declared, two.number) == (b"two", "utf-8", 1)
    assert (three.reason, three.detail, three.source_id) == ("empty", "row 3: neither text nor html has a value", "3")
    assert four.payload == b"four"
    (tmp_path / "a.parquet").rename(tmp_path / "unnamed")
    assert len(rows(tmp_path / "unnamed")) == 4


def test_parquet_strings_that_are_no_utf8(tmp_path):
    import pyarrow as pa
    import pyarrow.parquet as pq

    broken = pa.array([b"caf\xe9", b"plain"], pa.binary()).view(pa.string())
    pq.write_table(pa.table({"text": broken}), tmp_path / "a.parquet")
    assert [row.payload for row in rows(tmp_path / "a.parquet")] == [b"caf\xe9", b"plain"]


def test_parquet_without_the_columns(tmp_path):
    import pyarrow as pa
    import pyarrow.parquet as pq

    pq.write_table(pa.table({"content": ["a"] * 10}), tmp_path / "a.parquet")
    assert [(row.reason, row.detail) for row in rows(tmp_path / "a.parquet")] == [
        ("no-text", "no column text or html; found: content")
    ]
    pq.write_table(pa.table({"text": pa.array([], pa.string())}), tmp_path / "a.parquet")
    assert [row.reason for row in rows(tmp_path / "a.parquet")] == ["empty"]


WARCS = {
    "a.warc": b"".join,
    "a.warc.gz": lambda records: b"".join(map(gzip.compress, records)),
    "one.warc.gz": lambda records: gzip.compress(b"".join(records)),
    "a.warc.zst": lambda records: b"".join(map(zstandard.compress, records)),
    "a.warc.bz2": lambda records: bz2.compress(b"".join(records)),
    "a": b"".join,
}


@pytest.mark.parametrize("name", WARCS)
def test_warc(tmp_path, name):
    info = warc("", b"software: x\r\n", kind="warcinfo", content="application/warc-fields")
    request = warc(
        "http://a.example/0", b"GET / HTTP/1.1\r\n\r\n", kind="request", content="application/http; msgtype=request"
    )
    first, second, *rest = pages(40)
    found = rows(written(tmp_path, name, WARCS[name]([info, request, first, request, second, *rest])))
    assert [row.payload for row in found] == [page(number) for number in range(40)]
    assert [row.number for row in found] == list(range(40))
    assert found[0] == Record(
        source=name,
        number=0,
        payload=page(0),
        markup=True,
        url="http://a.example/0",
        fetched="2024-05-01T10:20:30Z",
    )


def test_wet(tmp_path):
    record = warc("http://a.example/", "Der Bürgermeister".encode(), kind="conversion", content="text/plain")
    (found,) = rows(written(tmp_path, "a.warc.wet.gz", gzip.compress(record)))
    assert (found.payload.decode(), found.markup, found.url) == ("Der Bürgermeister", False, "http://a.example/")


def chunked(body, size=5):
    parts = [body[at : at + size] for at in range(0, len(body), size)]
    return b"".join(f"{len(part):x};x=y\r\n".encode() + part + b"\r\n" for part in parts) + b"0\r\n\r\n"


def deflated(body):
    packer = zlib.compressobj(wbits=-15)
    return packer.compress(body) + packer.flush()


BODY = b"<p>The ferry returns on Monday.</p>"
CODINGS = {
    "chunked": (chunked(BODY), "Transfer-Encoding: chunked\r\n"),
    "chunked and gzip": (chunked(gzip.compress(BODY)), "Transfer-Encoding: Chunked\r\nContent-Encoding: gzip\r\n"),
    "x-gzip": (gzip.compress(BODY), "content-encoding: x-gzip\r\n"),
    "deflate": (zlib.compress(BODY), "Content-Encoding: deflate\r\n"),
    "deflate without header": (deflated(BODY), "Content-Encoding: deflate\r\n"),
    "zstd": (zstandard.compress(BODY), "Content-Encoding: zstd\r\n"),
    "two": (gzip.compress(zlib.compress(BODY)), "Content-Encoding: deflate, gzip\r\n"),
    "identity": (BODY, "Content-Encoding: identity\r\n"),
    "said to be gzip": (BODY, "Content-Encoding: gzip\r\n"),
    "said to be deflate": (BODY, "Content-Encoding: deflate\r\n"),
    "said to be brotli": (BODY, "Content-Encoding: br\r\n"),
    "said to be chunked": (BODY, "Transfer-Encoding: chunked\r\n"),
}


@pytest.mark.parametrize("coding", CODINGS)
def test_http_codings_are_undone_where_they_are_there(tmp_path, coding):
    body, fields = CODINGS[coding]
    (found,) = rows(written(tmp_path, "a.warc", warc("http://a.example/", http(body, fields=fields))))
    assert found.payload == BODY


def test_brotli(tmp_path):
    import io

    from fastwarc.stream_io import BrotliWriter

    packed = io.BytesIO()
    writer = BrotliWriter(packed)
    writer.write(BODY)
    writer.close()
    block = http(packed.getvalue(), fields="Content-Encoding: br\r\n")
    assert rows(written(tmp_path, "a.warc", warc("http://a.example/", block)))[0].payload == BODY


@pytest.mark.parametrize(
    ("block", "expected"),
    [
        (http(BODY, kind='text/html; charset="ISO-8859-1"'), (True, "ISO-8859-1")),
        (http(BODY, kind="Application/XHTML+XML"), (True, "")),
        (http(BODY, kind="text/plain;charset=koi8-r"), (False, "koi8-r")),
        (http(BODY, kind="application/octet-stream"), (None, "")),
        (b"HTTP/1.0 200\r\n\r\n" + BODY, (None, "")),
        (http(b"<?xml version='1.0'?><html><body>", kind="text/xml"), (True, "")),
        (http(b"<rss>", kind="text/xml"), ("media-type", "text/xml (http://a.example/)")),
        (http(b"\x89PNG", kind="image/png"), ("media-type", "image/png (http://a.example/)")),
        (http(b"{}", kind="application/json"), ("media-type", "application/json (http://a.example/)")),
        (http(BODY, status="404 Not Found"), ("http-status", "404 Not Found (http://a.example/)")),
        (http(b"", status="301 Moved"), ("http-status", "301 Moved (http://a.example/)")),
        (http(b""), ("empty", "no body (http://a.example/)")),
        (http(b" \n"), ("empty", "a blank body (http://a.example/)")),
        (b"nonsense", ("bad-record", "a response without a status line (http://a.example/)")),
        (b"HTTP/1.1 200 OK\r\nContent-Type", ("bad-record", "a broken HTTP header (http://a.example/)")),
        (http(b"\x1f\x8bnonsense", fields="Content-Encoding: gzip\r\n"), ("corrupt", None)),
        (http(gzip.compress(BODY)[:-9], fields="Content-Encoding: gzip\r\n"), ("truncated", None)),
    ],
)
def test_responses(tmp_path, block, expected):
    (found,) = rows(written(tmp_path, "a.warc", warc("http://a.example/", block)))
    if isinstance(found, Rejected):
        assert (found.reason, expected[1] and found.detail) == expected
    else:
        assert (found.markup, found.declared) == expected


def test_a_dns_response_is_no_page(tmp_path):
    record = warc("dns:a.example", b"20240501 a.example 1.2.3.4", content="text/dns")
    assert [row.reason for row in rows(written(tmp_path, "a.warc", record))] == ["media-type"]


def test_resources_are_documents_as_they_are(tmp_path):
    records = [
        warc("<http://a.example/1>", BODY, kind="resource", content="text/html; charset=utf-8"),
        warc("file:///a.txt", b"text", kind="resource", content="text/plain"),
    ]
    first, second = rows(written(tmp_path, "a.warc", b"".join(records)))
    assert (first.payload, first.markup, first.declared, first.url) == (BODY, True, "utf-8", "http://a.example/1")
    assert (second.payload, second.markup) == (b"text", False)


def test_arc(tmp_path):
    version = (
        b"filedesc://a.arc 0.0.0.0 20040102030405 text/plain 76\n"
        + b"1 0 Archive\nURL IP-address Archive-date\n".ljust(76)
        + b"\n"
    )
    first = b"http://a.example/1 1.2.3.4 20040102030405 text/html %d\n"
    block = http(page(1))
    second = b"http://a.example/2 1.2.3.4 20040102030406 text/html 200 x - 12 a.arc %d\n"
    records = [version, first % len(block) + block + b"\n", second % len(block) + block + b"\n"]
    for name, content in (("a.arc", b"".join(records)), ("b.arc.gz", b"".join(map(gzip.compress, records)))):
        one, two = rows(written(tmp_path, name, content))
        assert one == Record(
            source=name,
            number=0,
            payload=page(1),
            markup=True,
            url="http://a.example/1",
            fetched="2004-01-02T03:04:05Z",
        )
        assert (two.number, two.url) == (1, "http://a.example/2")


def test_importing_sources_imports_no_heavy_library():
    heavy = "{'fsspec', 'pyarrow', 'fastwarc', 'zstandard', 'ftfy', 'charset_normalizer', 'numpy', 'datasets'}"
    code = f"import sys, corpusprep.sources; print(sorted({heavy} & set(sys.modules)))"
    assert (
        subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip() == "[]"
    )
