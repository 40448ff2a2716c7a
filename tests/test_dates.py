"""Date stamps: the lines of tests/dates, and what must not depend on the clock."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpusprep.cleaners.dates import is_date_line, may_be_date, read_date, read_dates

FOLDER = Path(__file__).parent / "dates"


def rows(name):
    lines = (FOLDER / name).read_text(encoding="utf-8").splitlines()
    return [line.split("\t") for line in lines if line and not line.startswith("#")]


def told(stamps):
    pairs = (("ago" if stamp.relative else stamp.value, stamp.role) for stamp in stamps)
    return "; ".join(" ".join(filter(None, pair)) for pair in pairs)


@pytest.mark.parametrize(("line", "language", "expected"), rows("read.tsv"))
def test_reads_every_stamp_of_a_line(line, language, expected):
    assert told(read_dates(line, language=language)) == expected
    assert may_be_date(line) or not expected


@pytest.mark.parametrize(("language", "line", "expected"), rows("languages.tsv"))
def test_reads_stamps_of_many_languages(language, line, expected):
    assert told(read_dates(line)) == expected, language
    assert is_date_line(line) or not expected


@pytest.mark.parametrize(("answer", "line"), rows("lines.tsv"))
def test_tells_date_lines_from_prose(answer, line):
    assert is_date_line(line) == (answer == "yes")


def test_offsets_are_of_the_stamp():
    line = "Publié le 18 janvier 2024 à 18h42, mis à jour le 19 janvier 2024 à 09h15"
    first, second = read_dates(line)
    assert line[first.start : first.end] == "18 janvier 2024 à 18h42"
    assert line[second.start : second.end] == "19 janvier 2024 à 09h15"


@pytest.mark.parametrize(
    ("line", "fetched", "expected"),
    [
        ("Updated 6 sec ago", "", ""),
        ("Updated 6 sec ago", "2020-05-04", "2020-05-04"),
        ("3 hours ago", "2020-05-04T12:00", "2020-05-04"),
        ("vor 2 Stunden", "2020-05-04T01:00", "2020-05-03"),
        ("3 hours ago", "2020-05-04", "2020-05"),
        ("il y a 3 jours", "2020-05-01", "2020-04-28"),
        ("昨天", "2020-01-01", "2019-12-31"),
        ("2 months ago", "2020-12-15", "2020"),
        ("Publié hier à 18:05", "2020-05-04", "2020-05-03T18:05"),
        ("12 May 2031", "2020-05-04", ""),
        ("03/12/2020", "2020-05-04", "2020-03-12"),
        ("March 29", "2020-05-04", "--03-29"),
    ],
)
def test_what_the_day_of_the_crawl_settles(line, fetched, expected):
    assert read_date(line, fetched=fetched).value == expected


def test_the_published_date_goes_before_the_updated_one():
    assert read_date("Updated 2014-02-19 07:45 Published 2014-02-18 20:10").value == "2014-02-18T20:10"
    assert read_date("No date here") is None


@given(
    st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
    | st.text("0123456789 .,:/-年月日amphTZ'مMay", max_size=30)
)
def test_any_line_can_be_read(line):
    for stamp in read_dates(line, fetched="2020-05-04T12:00"):
        assert 0 <= stamp.start < stamp.end <= len(line)
        assert not stamp.value or stamp.value.startswith("--") or stamp.value[:10] <= "2020-05-04"
    is_date_line(line)


@pytest.mark.parametrize(
    ("solar", "expected"),
    [
        ("1357/11/22", "1979-02-11"),
        ("1375/01/01", "1996-03-20"),
        ("1376/01/01", "1997-03-21"),
        ("1387/01/01", "2008-03-20"),
        ("1388/01/01", "2009-03-21"),
        ("1395/01/01", "2016-03-20"),
        ("1396/01/01", "2017-03-21"),
        ("1399/01/01", "2020-03-20"),
        ("1399/12/30", "2021-03-20"),
        ("1400/12/30", None),
        ("1403/01/01", "2024-03-20"),
        ("1404/01/01", "2025-03-21"),
    ],
)
def test_the_persian_solar_year(solar, expected):
    stamp = read_date(solar)
    assert (stamp.value if stamp else None) == expected
