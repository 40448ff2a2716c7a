"""What is promised of every document holds for pages, too, however broken: nothing vanishes, and it can be traced to its bytes."""

from __future__ import annotations

import gzip
import hashlib
import json
import sys
import time
from pathlib import Path

import archive_files
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import corpusprep
from corpusprep.release import restore, verify
from corpusprep.render import render
from corpusprep.render.html import render_html

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "benchmarks"))
from mutated_pages import KINDS, mutants  # noqa: E402

PAGES = [path.read_text(encoding="utf-8") for path in sorted((ROOT / "tests" / "html_judged").glob("*.html"))]
SOUP = st.lists(
    st.one_of(
        st.sampled_from("<p> </p> <div> </div> <br> <ul><li> <table><tr><td> <td> </table> <h1> <article> <nav> <a href=/x> </a>".split()),  # noqa: SIM905
        st.sampled_from(["<div class='comments hidden'>", "<!--", "-->", "<script>", "</script>", "<pre>", "&amp;", "&#xD800;", "\x00", "<"]),
        st.sampled_from(["Comments (3)", "By Ann Ash", "4 May 2020", "A whole sentence of some length stands here, and it ends.", "\n", " "]),
        st.text(max_size=40),
    ),
    max_size=40,
).map("".join)  # fmt: skip


def holds_together(cleaned):
    document = cleaned.document
    at = 0
    for span in cleaned.spans:
        assert (span.start, span.end) == (at, max(span.end, at + 1))
        at = span.end
    assert at == len(document.text)
    end = 0
    for block in document.blocks:
        assert not document.text[end : block.start].strip()
        assert document.slice(block).strip() == document.slice(block) != ""
        assert block.markup.path.startswith("html")
        end = block.end


@settings(max_examples=60, deadline=None)
@given(SOUP)
def test_spans_tile_any_page(page):
    cleaned = corpusprep.clean(f"<html><body>{page}")
    holds_together(cleaned)
    assert cleaned.document.text == render_html(f"<html><body>{page}").text


@settings(max_examples=20, deadline=None)
@given(SOUP)
def test_the_same_page_is_cleaned_alike_twice(page):
    page = f"<html><body>{page}"
    assert corpusprep.clean(page) == corpusprep.clean(page)


def test_mutated_pages_neither_crash_nor_hang():
    refused = 0
    for kind, page in mutants(PAGES, 4 * len(KINDS), seed=7):
        started = time.process_time()
        try:
            holds_together(corpusprep.clean(page))
        except corpusprep.RecordError:
            refused += 1
        assert time.process_time() - started < 5, kind
    assert refused < 5


def test_the_mutator_makes_the_same_pages_from_the_same_seed():
    assert list(mutants(PAGES, 20, seed=1)) == list(mutants(PAGES, 20, seed=1)) != list(mutants(PAGES, 20, seed=2))


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    raw = tmp_path_factory.mktemp("pages")
    (raw / "table.html").write_bytes(PAGES[0].replace("Seaweed", "Séaweed").encode("cp1252"))
    rows = [
        json.dumps({"html": page, "url": f"https://paper.example/{number}"}) for number, page in enumerate(PAGES[1:2])
    ]
    (raw / "rows.jsonl").write_text("\n".join(rows), encoding="utf-8")
    record = archive_files.warc("https://other.example/news", archive_files.http(PAGES[2].encode()))
    (raw / "crawl.warc.gz").write_bytes(gzip.compress(record))
    release = corpusprep.build(raw, tmp_path_factory.mktemp("dist"), name="pages", version="1.0.0", workers=0)
    payloads = {
        ("table.html", 0): (raw / "table.html").read_bytes(),
        ("crawl.warc.gz", 0): PAGES[2].encode(),
        **{("rows.jsonl", number): page.encode() for number, page in enumerate(PAGES[1:2])},
    }
    return release, payloads


def test_every_row_leads_to_its_bytes(built):
    release, payloads = built
    rows = [row for path in sorted(release.path.rglob("raw/**/*.parquet")) for row in pq.read_table(path).to_pylist()]
    assert {(row["source"], row["record"]) for row in rows} == set(payloads)
    for row in rows:
        payload = payloads[row["source"], row["record"]]
        assert row["content_sha256"] == hashlib.sha256(payload).hexdigest()
        assert row["text"] == restore(release.path, row["id"]) == render(payload, markup=True).text
        assert "".join(row["text"][span["start"] : span["end"]] for span in row["spans"]) == row["text"]
    assert not verify(release.path)


def test_a_page_is_cleaned_in_a_build_as_it_is_by_itself(built):
    release, payloads = built
    for path in sorted(release.path.rglob("articles/**/*.parquet")):
        for row in pq.read_table(path).to_pylist():
            if not row["parent_id"]:
                alone = corpusprep.clean(payloads[row["source"], row["record"]], url=row["url"])
                assert row["text"] == alone.text
