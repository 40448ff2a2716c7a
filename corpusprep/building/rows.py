"""Documents and spans as Arrow, and back."""

from __future__ import annotations

import marshal
from dataclasses import fields
from operator import attrgetter
from typing import TYPE_CHECKING

import pyarrow as pa

from corpusprep.document import Block, BlockKind, Document, Markup, Metadata
from corpusprep.release.schemas import SPAN

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

    from corpusprep.document import Span

__all__ = ["CONTENT", "DOCUMENTS", "KEY", "PLACE", "RECORDS", "document_row", "spans_array", "to_document"]

KEY = pa.binary(16)
"""What a result is found again by; null for what is not to be found again."""

PLACE = pa.schema(
    [
        ("source", pa.string()),
        ("record", pa.int64()),
        ("source_id", pa.string()),
        ("content_sha256", pa.string()),
        ("key", pa.string()),
        ("url", pa.string()),
        ("site", pa.string()),
        ("fetched", pa.string()),
    ]
)
"""Where a record stands, what it is called, and when it was fetched; `key` is what its id is made from."""

_FATE = [("stage", pa.string()), ("reason", pa.string()), ("detail", pa.string())]

RECORDS = pa.schema(
    [
        *PLACE,
        ("markup", pa.bool_()),
        ("declared", pa.string()),
        ("title", pa.string()),
        ("date", pa.string()),
        ("payload", pa.large_binary()),
        ("print", KEY),
        ("known", pa.bool_()),
        *_FATE,
    ]
)
"""What was read, a row a record. A row without payload has a stage and a reason instead, or is known from an earlier build."""

CONTENT = pa.schema(
    [
        ("decoding", pa.list_(pa.string())),
        ("text", pa.string()),
        ("page", pa.large_string()),
        ("rest", pa.binary()),
        ("page_url", pa.string()),
        ("print", KEY),
        *_FATE,
    ]
)
"""What was made of a payload wherever it stood. page: the markup that was. rest: blocks, metadata and the like. page_url: where the page says it belongs."""

DOCUMENTS = pa.schema([*PLACE, *CONTENT])
"""What was rendered, row by row beside the records."""

_KINDS = tuple(BlockKind)
_CODES = {kind: code for code, kind in enumerate(_KINDS)}
# A page has hundreds of blocks: `astuple`, which copies deeply, would take a fifth of the rendering.
_MARKUP = attrgetter(*(field.name for field in fields(Markup)))
_METADATA = attrgetter(*(field.name for field in fields(Metadata)))


def document_row(document: Document) -> dict[str, Any]:
    """The columns of a document that do not come from its record."""
    blocks = [
        (block.start, block.end, _CODES[block.kind], block.markup and _MARKUP(block.markup))
        for block in document.blocks
    ]
    rest = (blocks, document.markup, _METADATA(document.metadata), document.fetched)
    # marshal, because it is many times faster than pickle; only the Python that wrote it ever reads it.
    return {
        "decoding": document.decoding,
        "text": document.text,
        "page": document.source,
        "rest": marshal.dumps(rest),
        "page_url": document.metadata.url,
    }


def to_document(row: Mapping[str, Any]) -> Document:
    """The document of a row, as it was."""
    blocks, markup, metadata, fetched = marshal.loads(row["rest"])  # noqa: S302  (our own, see above)
    return Document(
        text=row["text"],
        blocks=tuple(
            [Block(start, end, _KINDS[kind], Markup(*its) if its else None) for start, end, kind, its in blocks]
        ),
        markup=markup,
        metadata=Metadata(*metadata),
        url=row["url"],
        decoding=tuple(row["decoding"]),
        fetched=fetched,
        source=row["page"],
    )


def spans_array(documents: Sequence[Sequence[Span] | None]) -> pa.Array:
    """The spans of each document as the column `spans` of the table `raw`; null for None.

    Column by column, since a page has some hundred spans and dicts of them would cost more than the cleaning.
    """
    spans = [span for each in documents for span in each or ()]
    columns = [pa.array(list(map(attrgetter(field.name), spans)), field.type) for field in SPAN]
    offsets: list[int | None] = []
    at = 0
    for each in documents:
        offsets.append(None if each is None else at)
        at += len(each or ())
    return pa.ListArray.from_arrays(
        pa.array([*offsets, at], pa.int32()), pa.StructArray.from_arrays(columns, fields=list(SPAN))
    )
