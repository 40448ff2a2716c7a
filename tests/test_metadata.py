"""What a page says of its article, and that nothing else on the page is taken for it."""

import json
from dataclasses import asdict
from pathlib import Path

import pytest

from corpusprep.render.dates import iso_date, not_after
from corpusprep.render.html import render_html
from corpusprep.render.people import is_full_name, people
from corpusprep.render.titles import choose_title

CASES = sorted((Path(__file__).parent / "metadata").glob("*.html"))


def read(page, **known):
    return render_html(page, **known).metadata


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_metadata(path):
    got = asdict(read(path.read_text(encoding="utf-8"), url="https://post.example/2024/", fetched="2024-05-02"))
    expected = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))
    assert {key: value for key, value in got.items() if value} == {
        key: tuple(value) if isinstance(value, list) else value for key, value in expected.items()
    }


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("2021-10-21T09:51", "2021-10-21T09:51"),
        ("2021-10-21T09:51:07.55Z", "2021-10-21T09:51:07+00:00"),
        ("2026-01-06 14:02:09 +01:00", "2026-01-06T14:02:09+01:00"),
        ("2026-01-06T14:02:09+0100", "2026-01-06T14:02:09+01:00"),
        ("2024/4/5", "2024-04-05"),
        ("20240405", "2024-04-05"),
        ("5.4.2024", "2024-04-05"),
        ("5.4.2024, 18:30", "2024-04-05T18:30"),
        ("1712300000", "2024-04-05T06:53:20+00:00"),
        ("1712300000000", "2024-04-05T06:53:20+00:00"),
        ("Fri, 05 Apr 2024 06:53:20 GMT", "2024-04-05T06:53:20+00:00"),
        ("Fri Apr 28 19:20:36 CEST 2023", "2023-04-28T19:20:36"),
        ("2024-13-40", ""),
        ("2024-02-30T10:00", ""),
        ("1970-01-01", ""),
        ("yesterday", ""),
        ("12345", ""),
        ("", ""),
    ],
)
def test_dates_keep_their_precision(written, expected):
    assert iso_date(written) == expected


def test_no_date_after_the_page_was_fetched():
    page = '<meta property="article:published_time" content="{}"><p>x</p>'
    assert read(page.format("2024-05-03"), fetched="2024-05-02").published == ""
    assert read(page.format("2024-05-02T23:00"), fetched="2024-05-02").published == "2024-05-02T23:00"
    assert not_after("2030-01-01", "")


def test_a_date_in_the_address():
    assert read("<p>x</p>", url="https://post.example/2019/3/4/owls").published == "2019-03-04"
    assert read("<p>x</p>", url="https://post.example/2019/33/44/owls").published == ""


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("By Ada Example", ["Ada Example"]),
        ("Ada Example and Ben Sample", ["Ada Example", "Ben Sample"]),
        ("Par Ada Example et Ben Sample", ["Ada Example", "Ben Sample"]),
        ("Von Ada Example, Ben Sample und dpa", ["Ada Example", "Ben Sample", "dpa"]),
        ("José Ortega y Gasset", ["José Ortega y Gasset"]),
        ("Ada Example; Ben Sample", ["Ada Example", "Ben Sample"]),
        ("Ada Example/Ben Sample", ["Ada Example", "Ben Sample"]),
        ("Ada Example, Senior Political Correspondent", ["Ada Example"]),
        ("Dr. Ada Example", ["Dr. Ada Example"]),
        ("ada@post.example Ada Example", ["Ada Example"]),
        ("https://social.example/ada", []),
        ("ada-example", []),
        ("12 May 2021 | By Ada Example | 4 minutes", ["Ada Example"]),
        ("By TPS, in News, Sport", ["TPS"]),
        ("Ada Example, Ada Example", ["Ada Example"]),
        ("Ada &amp; Ben Sample", ["Ada", "Ben Sample"]),
        ("文／山田太郎、鈴木花子", ["山田太郎", "鈴木花子"]),
        ("admin", []),
    ],
)
def test_names(written, expected):
    assert list(people([written])) == expected


def test_full_names_have_no_small_words_but_particles():
    assert is_full_name("Anna van der Example")
    assert is_full_name("José Ortega y Gasset")
    assert not is_full_name("Posted in Architecture")


def titles(**given):
    given = {"headline": "", "shared": "", "shown": [], "window": "", "sites": ["The Post", "post.example"]} | given
    return choose_title(**given)


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"window": "Owls | The Post"}, "Owls"),
        ({"window": "The Post: Owls"}, "The Post: Owls"),
        ({"window": "The Post - Owls at night"}, "Owls at night"),
        ({"window": "Owls - Nature - The Post", "shown": ["Owls"]}, "Owls"),
        ({"window": "War - what is it good for?"}, "War - what is it good for?"),
        ({"shown": ["The Post", "Owls"], "window": "Owls | The Post"}, "Owls"),
        ({"shown": ["Menu", "Owls at night"], "shared": "Owls at night"}, "Owls at night"),
        ({"headline": "Owls", "shared": "Owls | The Post", "shown": ["Something else"]}, "Owls"),
        ({"headline": "Owls of the night", "shared": "What owls do", "shown": ["What owls do"], "window": "What owls do"}, "Owls of the night"),
        ({"headline": "Nature: Owls at night", "shared": "Owls at night", "shown": ["Nature: Owls at night"]}, "Owls at night"),
        ({"shared": "Owls and", "shown": ['Owls and "night larks"', "Menu"]}, 'Owls and "night larks"'),
        ({"shared": "Owls", "window": "Owls and larks"}, "Owls"),
        ({}, ""),
    ],
)  # fmt: skip
def test_titles(given, expected):
    assert titles(**given) == expected


@pytest.mark.parametrize(
    "script",
    ["[" * 100_000, '{"a":' * 100_000, '"just text"', "null", "[[[]]]", '{"@type": 3, "author": {"name": {"name": 1}}, "headline": ["x"]}',
     '{"@type": "Article", "headline": null, "author": [null, 3, {"name": null}], "datePublished": {"x": 1}, "publisher": "x"}'],
    ids=lambda script: script[:8],
)  # fmt: skip
def test_odd_structured_data_does_no_harm(script):
    page = f'<script type="application/ld+json">{script}</script><h1>Owls</h1>'
    assert read(page).title == "Owls"


def test_odd_addresses_do_no_harm():
    assert read('<link rel=canonical href="https://[broken/x"><p>x</p>', url="https://[too").url == ""
    assert read('<link rel=canonical href="/"><p>x</p>', url="https://post.example/story").url == ""
