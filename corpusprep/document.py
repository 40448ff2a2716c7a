"""The data that the rest passes around: documents, blocks, claims, spans and what becomes of them.

Offsets are code points into `Document.text`, half-open, everywhere.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = [
    "GROUPS",
    "Article",
    "Block",
    "BlockKind",
    "Claim",
    "Cleaned",
    "Document",
    "Label",
    "Language",
    "Markup",
    "Metadata",
    "Rejected",
    "Span",
    "Story",
]


class Label(StrEnum):
    """What a stretch of a document is."""

    BODY = "body"
    TITLE = "title"
    SUBTITLE = "subtitle"
    BYLINE = "byline"
    DATE = "date"
    CAPTION = "caption"
    NAVIGATION = "navigation"
    RELATED = "related"
    PROMO = "promo"
    NOTICE = "notice"
    DUPLICATE = "duplicate"
    COMMENTS = "comments"


GROUPS: Mapping[Label, str] = {
    Label.BODY: "body",
    **dict.fromkeys((Label.TITLE, Label.SUBTITLE, Label.BYLINE, Label.DATE, Label.CAPTION), "fields"),
    **dict.fromkeys(
        (Label.NAVIGATION, Label.RELATED, Label.PROMO, Label.NOTICE, Label.DUPLICATE),
        "chrome",
    ),
    Label.COMMENTS: "comments",
}


class BlockKind(StrEnum):
    """How a block was set on its page; decides its form in the article's text."""

    PARAGRAPH = "paragraph"
    HEADING = "heading"
    ITEM = "item"
    ROW = "row"
    QUOTE = "quote"
    CAPTION = "caption"
    PREFORMATTED = "preformatted"


@dataclass(frozen=True, slots=True)
class Markup:
    """What a page's markup says of one block.

    path: from the root to the innermost element that holds all of the block, as `html/body/div[2]/article/p[3]/b`; a first
        child of its tag bears no number.
    tag: the name of the block-level element there.
    names: `class`, `id`, `role`, `itemprop`, `itemtype`, `aria-label`, `data-testid` and `data-component` of the element and its
        ancestors below `<body>`, nearest first, casefolded, space-separated; `hidden` where one of them is hidden.
    link_density: share of the block's non-space characters inside `<a>`, 0 to 1.
    heading: 1 to 6 in a heading, else 0.
    article: number of the enclosing `<article>` from 1 on, 0 outside any.
    """

    path: str
    tag: str
    names: str = ""
    link_density: float = 0.0
    heading: int = 0
    article: int = 0


@dataclass(frozen=True, slots=True)
class Block:
    """A unit that is judged: a paragraph whatever its line breaks, or a rendered element.

    `start` and `end` leave out the white space around it; what lies between two blocks is white space only.
    """

    start: int
    end: int
    kind: BlockKind = BlockKind.PARAGRAPH
    markup: Markup | None = None


@dataclass(frozen=True, slots=True)
class Metadata:
    """What a record or a page's head says of its article; empty where it says nothing.

    Dates are ISO 8601 strings with their own precision ("2017-03-14", "2021-10-21T09:51").
    """

    title: str = ""
    subtitle: str = ""
    authors: tuple[str, ...] = ()
    published: str = ""
    updated: str = ""
    language: str = ""
    url: str = ""
    site: str = ""


@dataclass(frozen=True, slots=True)
class Document:
    """A record's text, decoded once and never changed afterwards, cut into blocks.

    text: code points; no lone surrogates.
    blocks: sorted, apart from each other, with only white space between them.
    markup: True when the text was rendered from HTML.
    decoding: the steps that led from bytes to text, such as ("cp1252", "mojibake repaired").
    fetched: ISO 8601 date the page was fetched, "" where it is not known.
    source: the markup it was rendered from, for evidence that is asked for only where it is needed; left out of what is kept.
    """

    text: str
    blocks: tuple[Block, ...]
    markup: bool = False
    metadata: Metadata = field(default_factory=Metadata)
    url: str = ""
    decoding: tuple[str, ...] = ()
    fetched: str = ""
    source: str = field(default="", repr=False, compare=False)

    def slice(self, piece: Block | Claim | Span) -> str:
        """The characters of a block, claim or span."""
        return self.text[piece.start : piece.end]


@dataclass(frozen=True, slots=True)
class Claim:
    """A cleaner's word on a stretch of a document.

    reason: a code that docs/cleaning.md explains; evidence: what was seen, for a person to read; score: 0 to 1, how sure.
    story: 0 for the article, 1 and up for a story appended to it.
    """

    start: int
    end: int
    label: Label
    reason: str
    evidence: str = ""
    score: float = 1.0
    story: int = 0


@dataclass(frozen=True, slots=True)
class Span:
    """A labelled range of a document. The spans of a document tile it: sorted, adjacent, from 0 to its length."""

    start: int
    end: int
    label: Label
    story: int
    cleaner: str
    reason: str
    evidence: str
    score: float

    @property
    def group(self) -> str:
        """`body`, `fields`, `chrome`, `comments`, or `appended` for any span of another story."""
        return "appended" if self.story else GROUPS[self.label]


@dataclass(frozen=True, slots=True)
class Story:
    """One story of a page: the article (number 0) or one appended to it.

    Dates are ISO 8601 strings with their own precision ("2017-03-14", "--03-29", "2021-10-21T09:51").
    """

    number: int
    title: str = ""
    subtitle: str = ""
    authors: tuple[str, ...] = ()
    published: str = ""
    updated: str = ""
    captions: tuple[str, ...] = ()
    text: str = ""


@dataclass(frozen=True, slots=True)
class Cleaned:
    """A document with every character accounted for.

    `spans` tile the document; `article` (story 0) and `stories` (those appended to it, in order) are derived from them.
    """

    document: Document
    spans: tuple[Span, ...]
    article: Story
    stories: tuple[Story, ...] = ()

    @property
    def text(self) -> str:
        """The article's text: paragraphs separated by one blank line, NFC; the title is not in it."""
        return self.article.text

    @property
    def title(self) -> str:
        """The headline, "" when none was found."""
        return self.article.title

    @property
    def subtitle(self) -> str:
        """The standfirst or summary bullets, "" when none was found."""
        return self.article.subtitle

    @property
    def authors(self) -> tuple[str, ...]:
        """The authors' names, in the order of the byline."""
        return self.article.authors

    @property
    def published(self) -> str:
        """ISO 8601 with its own precision, "" when unknown."""
        return self.article.published

    @property
    def updated(self) -> str:
        """ISO 8601 with its own precision, "" when unknown."""
        return self.article.updated

    @property
    def captions(self) -> tuple[str, ...]:
        """Photo captions and credits, in the order of the page."""
        return self.article.captions


@dataclass(frozen=True, slots=True)
class Language:
    """An ISO 639 code ("zh" for any Chinese), "und" when unsure, and a score from 0 to 1."""

    code: str
    score: float


@dataclass(frozen=True, slots=True)
class Rejected:
    """A record that is not an article, with the reason.

    source, record: path below the input root and number in it; id, source_id: as in the table `rejected`.
    stage: `read`, `render`, `clean`, `language`, `article` or `withdraw`.
    """

    stage: str
    reason: str
    detail: str = ""
    id: str = ""
    source_id: str = ""
    source: str = ""
    record: int = 0
    content_sha256: str = ""


@dataclass(frozen=True, slots=True)
class Article:
    """One row of the table `articles`. Lengths are code points and words of `text`."""

    id: str
    source: str
    record: int
    content_sha256: str
    text: str
    source_id: str = ""
    url: str = ""
    site: str = ""
    title: str = ""
    subtitle: str = ""
    authors: tuple[str, ...] = ()
    published: str = ""
    updated: str = ""
    language: str = "und"
    language_score: float = 0.0
    captions: tuple[str, ...] = ()
    n_chars: int = 0
    n_words: int = 0
    cluster_id: str = ""
    cluster_size: int = 1
    parent_id: str = ""
    share_removed: float = 0.0
    truncated: bool = False
