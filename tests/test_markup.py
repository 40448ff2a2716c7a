"""The judge of rendered pages: pages of several makes, labelled block by block, and the vote that it asks for."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import labelled_documents
import numpy as np
import pytest

import corpusprep
from corpusprep.cleaners import markup
from corpusprep.cleaning import clean_document
from corpusprep.document import Label
from corpusprep.render import render, vote

PAGES = list(labelled_documents.read_pages(Path(__file__).parent / "html_judged"))
STORY = [
    "The last bell founder of Osmere has poured his last bell, a small one, for the school that his daughters went to.",
    "He had been asked for a large one by the town, and had said that he was too old for it and the town too poor.",
    "Nobody contradicted him. The pit was filled on Friday with the sand that had been in it since 1911.",
    "His apprentice, who is forty, will make door handles. There is a market for door handles, he said.",
]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_each_block_of_the_page_goes_where_it_should(page):
    wrong = [line for line in labelled_documents.judge_page(page, corpusprep.clean(page.payload)) if line.wrong]
    assert not wrong, "\n".join(map(str, wrong))


def page_of(paragraphs, around=""):
    return (
        f"<html><body>{around}<div class=story>{''.join(f'<p>{each}</p>' for each in paragraphs)}</div></body></html>"
    )


def test_a_vote_is_placed_in_order():
    texts = ["Home", STORY[0], "Home", STORY[1], "Read on", STORY[2]]
    assert vote.place(texts, "".join((STORY[0] + "Home" + STORY[1] + STORY[2]).split())) == [
        False,
        True,
        True,
        True,
        False,
        True,
    ]
    assert vote.place(texts, "") == [False] * 6
    assert vote.place([], "words") == []


def test_trafilatura_votes_on_our_blocks():
    page = page_of(STORY * 2, "<ul><li><a href=/a>Sport</a></li><li><a href=/b>Weather</a></li></ul>")
    document = render(page)
    votes = vote.ask(page, [document.slice(block) for block in document.blocks])
    assert votes[:2] == [False, False]
    assert votes[2]


@pytest.mark.parametrize("page", ["", "<p>", "<html></html>", "plain"])
def test_no_vote_where_trafilatura_finds_nothing(page):
    assert vote.ask(page, []) is None


def test_what_fails_in_trafilatura_is_no_vote(monkeypatch):
    def fail(*_, **__):
        raise RecursionError

    monkeypatch.setattr("trafilatura.core.bare_extraction", fail)
    assert vote.ask(page_of(STORY), STORY) is None


def test_the_vote_is_asked_only_where_the_judge_is_unsure(monkeypatch):
    asked = []
    monkeypatch.setattr(markup.vote, "ask", lambda *arguments: asked.append(arguments))
    for limit in (0.0, 1e9):
        monkeypatch.setattr(markup, "_UNSURE", limit)
        corpusprep.clean(page_of(STORY))
    assert len(asked) == 1


def test_without_its_source_a_page_is_judged_all_the_same():
    document = render(page_of(STORY))
    assert clean_document(replace(document, source="")).text == "\n\n".join(STORY)
    assert clean_document(document).document.source == ""


def test_uncertainty_is_wrong_words_for_each_kept():
    assert markup.uncertainty(np.array([1.0, 0.0]), np.array([100.0, 50.0])) == 0
    assert markup.uncertainty(np.array([0.9, 0.1]), np.array([100.0, 100.0])) == pytest.approx(0.2)


def test_markup_disabled_leaves_the_page_to_the_judge_of_lines():
    config = corpusprep.Config(clean=replace(corpusprep.Config().clean, disable=("markup",)))
    cleaned = corpusprep.clean(page_of(STORY), config=config)
    assert {span.cleaner for span in cleaned.spans} == {"lines"}
    assert cleaned.text == "\n\n".join(STORY)


def test_a_paragraph_said_twice_by_the_article_is_a_duplicate():
    cleaned = corpusprep.clean(page_of([*STORY, STORY[1]]))
    assert cleaned.spans[-1].label is Label.DUPLICATE
    assert cleaned.text == "\n\n".join(STORY)


def test_a_byline_that_bears_the_date_tells_it():
    head = "<h1>Bell founder pours his last bell</h1><div class=byline>Orla Penhallow 4 May 2020 - 14:41</div>"
    cleaned = corpusprep.clean(page_of(STORY, head))
    assert cleaned.authors == ("Orla Penhallow",)
    assert cleaned.published.startswith("2020-05-04")
