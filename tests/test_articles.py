"""Ids, addresses, and what counts as an article."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import corpusprep
from corpusprep.articles import (
    Provenance,
    canonical_url,
    identity,
    is_withdrawn,
    site_of,
    story_id,
    to_article,
    to_stories,
    told_apart,
)
from corpusprep.config import Config, from_mapping
from corpusprep.criterion import REASONS, count_words, is_truncated, why_not
from corpusprep.document import Article, Rejected

PAGES = sorted(Path(__file__).with_name("pages").rglob("*.*"))
ORIGIN = Provenance("0" * 32, "a/b.txt", 3, "c" * 64, "own-1", "https://news.example.com/a?id=1", "news.example.com")


@pytest.mark.parametrize("path", PAGES, ids=[f"{path.parent.name}/{path.name}" for path in PAGES])
def test_tells_articles_from_what_stands_in_their_place(path):
    found = why_not(corpusprep.clean(path.read_bytes()), 40)
    assert (found.reason if found else "article") == path.parent.name


def test_every_reason_has_a_page():
    shown = {path.parent.name for path in PAGES}
    assert shown <= {"article", *REASONS}
    # An index and a gallery are known by markup, and stand in the sample.
    assert set(REASONS) - shown == {"index", "gallery"}


def test_the_least_length_is_a_setting():
    text = Path(__file__).with_name("pages").joinpath("article", "brief.txt").read_text("utf-8")
    assert why_not(corpusprep.clean(text), 40) is None
    assert why_not(corpusprep.clean(text), 200).reason == "too-short"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", 0),
        ("one two  three", 3),
        ("- one\n- two", 2),
        ("星期四清晨，一只猞猁", 5),
        ("島と本土", 2),
        ("新的 iPhone 发布", 3),
        ("Über Straße — naïve", 4),
    ],
)
def test_counts_words(text, words):
    assert count_words(text) == words


@pytest.mark.parametrize(
    ("text", "cut"), [("And so on…", True), ("more [...]", True), ('He said ..."', True), ("The end.", False)]
)
def test_sees_a_text_that_breaks_off(text, cut):
    assert is_truncated(text) is cut


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("http://example.com", "https://www.EXAMPLE.com:443/"),
        ("https://example.com/a/", "https://example.com/a"),
        ("https://example.com/a/../b/./c", "https://example.com/b/c"),
        ("https://example.com/a?utm_source=x&id=3&fbclid=y#comments", "https://example.com/a?id=3"),
        ("https://example.com/a?b=1&a=2", "https://example.com/a?a=2&b=1"),
        ("https://example.com/%7euser/caf%c3%a9", "https://example.com/~user/café"),
        ("https://bücher.example/x", "https://xn--bcher-kva.example./x"),
        (" https://example.com/a ", "https://example.com/a"),
    ],
)
def test_addresses_of_one_page_have_one_form(one, other):
    assert canonical_url(one) == canonical_url(other) != ""


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("https://example.com/a?id=1", "https://example.com/a?id=2"),
        ("https://example.com/a", "https://example.com/A"),
        ("https://m.example.com/a", "https://example.com/a"),
        ("https://example.com:8080/a", "https://example.com/a"),
        ("https://example.com/#!/a", "https://example.com/#!/b"),
        ("https://example.com/a?x=1&x=2", "https://example.com/a?x=2&x=1"),
        ("https://example.com/a%2Fb", "https://example.com/a/b"),
        ("https://example.com/a?q=%26", "https://example.com/a?q="),
    ],
)
def test_addresses_of_different_pages_stay_apart(one, other):
    assert canonical_url(one) != canonical_url(other)


@pytest.mark.parametrize(
    "url", ["", "news/1", "mailto:a@b.example", "https://", "http://[broken", "http://a:b/", "javascript:x"]
)
def test_what_is_no_web_address_has_no_form(url):
    assert canonical_url(url) == ""


@given(st.text(max_size=60))
def test_a_canonical_address_stays_as_it_is(text):
    once = canonical_url(f"https://example.com/{text}")
    assert canonical_url(once) == once


def test_ids_come_from_own_id_or_address_or_place():
    assert identity("x-1", "https://a.example/1", "f", 0) == identity("x-1", "https://b.example/2", "g", 7)
    assert identity("", "http://www.a.example/1/", "f", 0) == identity("", "https://a.example/1", "g", 7)
    assert identity("", "", "f", 0) != identity("", "", "f", 1)
    assert len(identity("", "", "f", 0)) == 32
    # An id once given must stay what it is: these are part of every release.
    assert identity("x-1", "", "f", 0) == "e0f26c5c92757661153f941e9d0e65ec"
    assert identity("", "http://a.example/1/", "f", 0) == "d817b80f9a5befb9163eb63dc83dccd5"
    assert identity("", "", "f", 0) == "45c298276cafbc8a67af4ab610c39d12"
    assert told_apart("k", "c", 0) != told_apart("k", "c", 1) != told_apart("k", "d", 0)
    assert story_id("k", 1) != story_id("k", 2)


def test_sites():
    assert site_of("https://www.Example.com/a", "x/y.html") == "example.com"
    assert site_of("", "example.org/2017/y.html") == "example.org/2017"
    assert site_of("", "y.html") == ""


def test_an_article_has_its_columns():
    text = Path(__file__).with_name("pages").joinpath("article", "brief.txt").read_text("utf-8")
    article = to_article(corpusprep.clean(text), ORIGIN, Config())
    assert isinstance(article, Article)
    assert (article.id, article.source, article.record, article.source_id) == ("0" * 32, "a/b.txt", 3, "own-1")
    assert (article.language, article.truncated, article.parent_id) == ("en", False, "")
    assert article.n_chars == len(article.text)
    assert article.n_words == count_words(article.text) > 40
    assert 0 <= article.share_removed < 0.3


def test_an_unwanted_language_is_rejected():
    text = Path(__file__).with_name("pages").joinpath("article", "brief.txt").read_text("utf-8")
    config = from_mapping({"language": {"wanted": ["fr", "und"]}})
    found = to_article(corpusprep.clean(text), ORIGIN, config)
    assert isinstance(found, Rejected)
    assert (found.stage, found.reason, found.source_id) == ("language", "unwanted-language", "own-1")
    assert found.detail.startswith("en ")


@pytest.mark.parametrize(
    ("withdraw", "hit"),
    [
        ({"ids": ["0" * 32]}, True),
        ({"ids": ["own-1"]}, True),
        ({"urls": ["http://www.news.example.com/a/?utm_medium=x&id=1"]}, True),
        ({"urls": ["https://news.example.com/a?id=2"]}, False),
        ({"sites": ["example.com"]}, True),
        ({"sites": ["news.example.com"]}, True),
        ({"sites": ["ews.example.com"]}, False),
        ({}, False),
    ],
)
def test_withdrawal_finds_its_records(withdraw, hit):
    assert is_withdrawn(ORIGIN, from_mapping({"withdraw": withdraw}).withdraw) is hit


def test_recovered_stories_are_articles_of_their_own():
    cleaned = corpusprep.clean("x")
    text = " ".join(["A second story stood below the first one on the page."] * 6)
    story = type(cleaned.article)(1, title="Second", text=text, published="2017-03-14")
    short = type(cleaned.article)(2, text="Too short.")
    cleaned = type(cleaned)(cleaned.document, cleaned.spans, cleaned.article, (story, short))
    found = to_stories(cleaned, ORIGIN, Config())
    assert [(one.id, one.parent_id, one.title, one.published) for one in found] == [
        (story_id(ORIGIN.id, 1), ORIGIN.id, "Second", "2017-03-14")
    ]
    config = from_mapping({"withdraw": {"ids": [story_id(ORIGIN.id, 1)]}})
    assert to_stories(cleaned, ORIGIN, config) == []
