"""From bytes, text or HTML to a `Document` with blocks."""

from __future__ import annotations

__all__ = ["render"]

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from corpusprep.document import Document


def render(
    payload: bytes | str, *, markup: bool | None = None, charset: str = "", url: str = "", fetched: str = ""
) -> Document:
    """Decode a payload once and cut it into blocks.

    Args:
        payload: bytes as they came, or text.
        markup: whether it is HTML; None looks.
        charset: what a header or a record says of the bytes.
        url: where the page was found.
        fetched: ISO 8601 date it was fetched, "" when unknown.

    Raises:
        RecordError: nothing that can be read came out; its `reason` is a short code.
    """
    from dataclasses import replace  # noqa: PLC0415

    from corpusprep.render.decoding import decode, looks_like_markup, sanitize  # noqa: PLC0415
    from corpusprep.render.text import render_text  # noqa: PLC0415

    if markup is None:
        markup = looks_like_markup(payload)
    text, steps = (
        (sanitize(payload), ()) if isinstance(payload, str) else decode(payload, declared=charset, markup=markup)
    )
    if markup:
        from corpusprep.render.html import render_html  # noqa: PLC0415

        document = render_html(text, url=url, fetched=fetched)
    else:
        document = render_text(text, url=url, fetched=fetched)
    return replace(document, decoding=steps) if steps else document
