"""Bylines and datelines: the lines of tests/bylines."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpusprep.cleaners.bylines import dateline, is_byline, read_authors

FOLDER = Path(__file__).parent / "bylines"


def rows(name, fields):
    lines = (FOLDER / name).read_text(encoding="utf-8").splitlines()
    return [(line.split("\t") + [""] * fields)[:fields] for line in lines if line and not line.startswith("#")]


@pytest.mark.parametrize(("low", "high", "line", "authors"), [*rows("authors.tsv", 4), *rows("languages.tsv", 4)])
def test_bylines(low, high, line, authors):
    assert float(low) <= is_byline(line) <= float(high)
    if float(low) > 0:
        assert "; ".join(read_authors(line)) == authors


@pytest.mark.parametrize(("paragraph", "expected", "day"), rows("datelines.tsv", 3))
def test_datelines(paragraph, expected, day):
    found = dateline(paragraph)
    assert (paragraph[: found[0]], found[1]) == (expected, day) if expected else found is None


@given(
    st.text(st.characters(exclude_categories=["Cs"]), max_size=60)
    | st.text("By vonАлЛе記者张/(|),.-:— @abC12", max_size=40)
)
def test_any_line_can_be_read(line):
    assert 0 <= is_byline(line) <= 1
    assert all(author.strip() for author in read_authors(line))
    found = dateline(line)
    assert found is None or 0 < found[0] <= len(line)
