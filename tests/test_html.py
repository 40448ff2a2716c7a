"""From HTML to blocks: what becomes a block, what its markup says, and that hostile pages stay within bounds."""

import time
from pathlib import Path

import pytest

from corpusprep.document import Document
from corpusprep.errors import RecordError
from corpusprep.render.html import render_html

CASES = sorted((Path(__file__).parent / "html").glob("*.html"))


def set_out(document: Document) -> list[list[str]]:
    rows, end = [], 0
    for block in document.blocks:
        assert document.text[end : block.start].isspace() or not rows
        close = " +" if document.text[end : block.start] == "\n" else ""
        text = document.slice(block)
        assert text
        assert text == text.strip()
        rows.append([block.kind + close, block.markup.path, text.replace("\n", "⏎").replace("\t", "⇥")])
        end = block.end
    assert end == len(document.text)
    return rows


def expected(path: Path) -> list[list[str]]:
    lines = path.with_suffix(".blocks").read_text(encoding="utf-8").splitlines()
    rows = [line.replace(" +", "+").split(None, 2) for line in lines]
    return [[kind.replace("+", " +"), place, text] for kind, place, text in rows]


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_blocks(path):
    assert set_out(render_html(path.read_text(encoding="utf-8"))) == expected(path)


def markup(page):
    return [block.markup for block in render_html(page).blocks]


def test_markup_names_what_encloses_a_block():
    story, comment, footer = markup(
        '<body class="Wide"><div><article id=one class="Story x"><p itemprop=articleBody>A <a href=/>link</a></p></article>'
        '<article itemtype="https://schema.org/Comment"><p hidden>B</p></article></div><footer role=contentinfo><a>C</a></footer>'
    )
    assert story.names == "articlebody one story x"
    assert (story.tag, story.article, story.heading, story.link_density) == ("p", 1, 0, 0.8)
    assert comment.names == "hidden comment"
    assert comment.article == 2
    assert (footer.path, footer.tag, footer.names) == ("html/body/footer/a", "footer", "contentinfo")
    assert (footer.article, footer.link_density) == (0, 1.0)


def test_headings_bear_their_level():
    assert [each.heading for each in markup("<h1>A</h1><h3><span>B</span></h3><p>C</p>")] == [1, 3, 0]


def test_text_without_markup_and_no_text_at_all():
    assert render_html("just words").text == "just words"
    for nothing in ("", " \n", "<!-- -->", "<html></html>", "<head><title>x</title></head>"):
        document = render_html(nothing, url="https://paper.example/1", fetched="2024-05-01")
        assert (document.text, document.blocks, document.markup) == ("", (), True)
        assert (document.url, document.fetched) == ("https://paper.example/1", "2024-05-01")


def test_no_half_characters_and_no_early_end():
    assert render_html("<p>a\ud800b\x00c &#xDFFF; d</p><p>e</p>").text == "a�b�c � d\n\ne"


@pytest.mark.parametrize(
    "page",
    [
        "<div>" * 100_000 + "deep inside" + "</div>" * 100_000,
        "<b>" * 100_000 + "deep inside",
        "<table><tr><td>" * 50_000 + "deep inside",
        "<p " + " ".join(f"a{number}=1" for number in range(60_000)) + ">deep inside</p>",
        "<p " + " ".join(f"a{number}" for number in range(60_000)) + ">deep inside</p>",
        "<p " + " ".join(f"a{number}='>'" for number in range(60_000)) + ">deep inside</p>",
        f'<p class="{"name " * 500_000}">deep inside</p>',
        "<p>" + "&amp;" * 300_000 + " deep inside",
        "<p>" + "<" * 300_000 + " deep inside",
        "<!--" * 100_000 + "--><p>deep inside",
        "<p><b><i>x</i></b>" * 20_000 + "deep inside",
        "x<br>" * 50_000 + "deep inside",
        "<a href=x>y<i>z" * 20_000 + "deep inside",
    ],
    ids=lambda page: page[:12],
)
def test_hostile_pages_are_read_within_bounds(page):
    started = time.process_time()
    document = render_html(page)
    assert "deep inside" in document.text[-40:]
    assert time.process_time() - started < 5


@pytest.mark.parametrize("page", ["x" * 33_000_000, "<p>x" * 250_000], ids=["characters", "elements"])
def test_a_page_beyond_the_bounds_is_refused(page):
    with pytest.raises(RecordError) as refused:
        render_html(page)
    assert refused.value.reason == "too-large"
