from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corpusprep.cleaning import clean_document, resolve
from corpusprep.config import from_mapping
from corpusprep.document import Block, Claim, Document, Label
from corpusprep.errors import CleanerError
from corpusprep.render.text import render_text

LINES = st.lists(
    st.one_of(
        st.text(max_size=60),
        st.sampled_from(
            ["", "Share", "RELATED Something else happened", "Comments (3)", "• Ali", "2 hours ago", "\x0c", "\u2028"]
        ),
        st.text(alphabet="ab .é\u0301世。\n\t\xa0", max_size=300),
    ),
    max_size=12,
).map("\n".join)


@settings(max_examples=150, deadline=None)
@given(LINES)
def test_spans_tile_any_text(text):
    document = render_text(text)
    cleaned = clean_document(document)
    assert document.text == text
    assert "".join(document.slice(span) for span in cleaned.spans) == text
    at = 0
    for span in cleaned.spans:
        assert (span.start, span.end) == (at, max(span.end, at + 1))
        at = span.end


@settings(max_examples=150, deadline=None)
@given(LINES)
def test_blocks_are_apart_with_only_space_between(text):
    document = render_text(text)
    at = 0
    for block in document.blocks:
        assert not text[at : block.start].strip()
        assert text[block.start : block.end].strip() == text[block.start : block.end] != ""
        at = block.end
    assert not text[at:].strip()


@settings(max_examples=100, deadline=None)
@given(LINES)
def test_text_is_normal_and_made_of_the_document(text):
    cleaned = clean_document(render_text(text))
    assert unicodedata.is_normalized("NFC", cleaned.text)
    assert "\xa0" not in cleaned.text
    assert "\n\n\n" not in cleaned.text


def document_of(*paragraphs):
    text = "\n\n".join(paragraphs)
    return render_text(text)


def claim_on(document, first, last, label, **more):
    return Claim(document.blocks[first].start, document.blocks[last].end, label, "test", **more)


def labels(spans):
    return [(str(span.label), span.story) for span in spans]


def test_the_higher_score_wins_and_a_tie_goes_to_the_earlier():
    document = document_of("One thing.", "Another thing.")
    low, high = (
        claim_on(document, 0, 0, label, score=score) for label, score in ((Label.PROMO, 0.6), (Label.NOTICE, 0.7))
    )
    tie = claim_on(document, 1, 1, Label.CAPTION, score=0.6), claim_on(document, 1, 1, Label.BYLINE, score=0.6)
    spans = resolve(document, [("chrome", low), ("chrome", high), ("fields", tie[0]), ("fields", tie[1])])
    assert labels(spans) == [("notice", 0), ("caption", 0)]


def test_a_thread_owns_all_that_lies_in_it():
    document = document_of("One thing.", "Another thing.", "A third.")
    inner = claim_on(document, 1, 1, Label.RELATED, score=0.99)
    thread = claim_on(document, 0, 1, Label.COMMENTS, score=0.9)
    assert labels(resolve(document, [("related", inner), ("comments", thread)])) == [
        ("comments", 0),
        ("comments", 0),
        ("body", 0),
    ]


def test_a_second_story_keeps_the_labels_of_its_blocks():
    document = document_of("One thing.", "Another headline", "Another thing.")
    story = claim_on(document, 1, 2, Label.BODY, story=1)
    title = claim_on(document, 1, 1, Label.TITLE, score=0.9)
    assert labels(resolve(document, [("appended", story), ("fields", title)])) == [
        ("body", 0),
        ("title", 1),
        ("body", 1),
    ]


def test_a_users_cleaner_outweighs_the_built_in_ones():
    document = document_of("One thing.", "Another thing.")
    thread = claim_on(document, 0, 1, Label.COMMENTS)
    own = claim_on(document, 1, 1, Label.BODY, score=0.1)
    assert labels(resolve(document, [("mine:keep", own), ("comments", thread)])) == [("comments", 0), ("body", 0)]


def test_a_claim_may_take_part_of_a_block():
    text = "The river fell. Read more"
    document = Document(text, (Block(0, len(text)),))
    spans = resolve(document, [("related", Claim(16, len(text), Label.RELATED, "test", score=0.9))])
    assert [document.slice(span) for span in spans] == ["The river fell. ", "Read more"]


@pytest.mark.parametrize(("start", "end"), [(-1, 3), (3, 3), (2, 999)])
def test_a_claim_outside_the_text_is_the_cleaners_fault(start, end):
    document = document_of("One thing.")
    with pytest.raises(CleanerError, match="mine:broken"):
        resolve(document, [("mine:broken", Claim(start, end, Label.PROMO, "test"))])


def test_own_phrases_win_on_their_site_only():
    story = "The mill on the lower weir closed on Monday after forty years, its owner said in a letter to the council."
    document = document_of(
        "Mill closes",
        story,
        "Our friends of the mill say thanks to all readers of this page.",
        story.replace("mill", "inn"),
    )
    table = {"clean": {"site_phrases": {"mill.example": {"promo": ["friends of the mill"]}}}}
    config = from_mapping(table)

    def label_of(url):
        cleaned = clean_document(Document(document.text, document.blocks, url=url), config=config)
        return next(span for span in cleaned.spans if "friends" in document.slice(span))

    assert label_of("https://mill.example/story").reason == "own-phrase"
    assert label_of("https://inn.example/story").reason != "own-phrase"


def test_wrapped_lines_are_joined_again():
    text = (
        "The council of the lower valley decided on Tuesday night that the old stone\n"
        "bridge would stay open for carts and bicycles but not for lorries, which\n"
        "must take the new road over the hill from the first of next month on.\n"
        "\n"
        "Nobody spoke against it. The mayor said the bridge had carried more in four\n"
        "hundred years than the road would in forty, and that she had counted the\n"
        "lorries herself from her kitchen window all through a wet and windy autumn.\n"
    )
    assert [" ".join(text[b.start : b.end].split())[:12] for b in render_text(text).blocks] == [
        "The council ",
        "Nobody spoke",
    ]


def test_a_page_on_one_line_is_cut_into_sentences():
    sentence = "The ferry left at noon with forty people and one goat aboard. "
    document = render_text(sentence * 40)
    assert len(document.blocks) == 40
    assert clean_document(document).text.count("\n") == 0
