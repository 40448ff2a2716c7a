"""Bytes to text, once, with the steps that were taken.

The order is the browsers' (https://html.spec.whatwg.org/#determining-the-character-encoding): byte order mark, what the record
declares, `<meta>`, the content. With one difference: bytes that are valid UTF-8 *are* UTF-8, whatever a server's default says,
because text in another character set hardly ever is.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from corpusprep.errors import RecordError
from corpusprep.render.charsets import MULTIBYTE, codec_of, decode_with, encode_with, likely_latin
from corpusprep.render.mojibake import repair

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["begins_as_page", "binary_kind", "decode", "looks_like_markup", "sanitize"]

_BOMS = (
    (b"\xef\xbb\xbf", "utf-8"),
    (b"\xff\xfe\x00\x00", "utf-32-le"),
    (b"\x00\x00\xfe\xff", "utf-32-be"),
    (b"\xff\xfe", "utf-16-le"),
    (b"\xfe\xff", "utf-16-be"),
)
# First bytes of files that are no text, or text only to a program.
_SIGNATURES = {
    b"%PDF-": "PDF",
    b"%!PS": "PostScript",
    b"{\\rtf": "RTF",
    b"PK\x03\x04": "ZIP, DOCX or EPUB",
    b"PK\x05\x06": "ZIP",
    b"\x89PNG": "PNG",
    b"\xff\xd8\xff": "JPEG",
    b"GIF87a": "GIF",
    b"GIF89a": "GIF",
    b"RIFF": "WebP, WAV or AVI",
    b"II*\x00": "TIFF",
    b"MM\x00*": "TIFF",
    b"\x1f\x8b": "gzip",
    b"BZh": "bzip2",
    b"\xfd7zXZ\x00": "xz",
    b"7z\xbc\xaf\x27\x1c": "7-Zip",
    b"Rar!\x1a\x07": "RAR",
    b"\x28\xb5\x2f\xfd": "zstd",
    b"\x04\x22\x4d\x18": "LZ4",
    b"SQLite format 3\x00": "SQLite",
    b"PAR1": "Parquet",
    b"ARROW1": "Arrow",
    b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1": "old Office document",
    b"\x7fELF": "program",
    b"\xca\xfe\xba\xbe": "program",
    b"OggS": "Ogg",
    b"ID3": "MP3",
    b"wOFF": "font",
    b"wOF2": "font",
}
_SIGNATURE = re.compile(b"|".join(re.escape(head) for head in _SIGNATURES))
# All control characters but tab, line ends, form feed, escape (ISO-2022-JP) and the old end-of-file mark.
_CONTROLS = bytes(byte for byte in range(32) if byte not in b"\t\n\v\f\r\x1a\x1b")


def decode(payload: bytes, *, declared: str = "", markup: bool = False) -> tuple[str, tuple[str, ...]]:
    """Bytes to text.

    Args:
        payload: the bytes of one record.
        declared: the label of the character set that the record names (an HTTP header's charset), "" for none.
        markup: whether a `<meta charset>` or XML declaration may name it.

    Returns:
        The text, without a byte order mark and without lone surrogates, and the steps: first the character set under Python's
        name, with "(bom)", "(declared)", "(meta)" or "(guessed)" where it is not simply valid UTF-8, then what was replaced or
        repaired, such as `("cp1252 (declared)", "mojibake repaired")`.

    Raises:
        RecordError: with reason "empty" (no bytes, or nothing but white space), "binary" (NULs, control characters, or a
            format that is no text) or "undecodable" (no character set fits).
    """
    kind = binary_kind(payload)
    if kind:
        raise RecordError("binary", kind)
    text, steps = _to_text(payload, declared, markup=markup)
    if "\0" in text:
        raise RecordError("binary", f"NUL at character {text.index(chr(0))}")
    if not text or text.isspace():
        raise RecordError("empty", "white space only" if text else "no text")
    text, repaired = repair(text)
    return text, (*steps, "mojibake repaired") if repaired else steps


def sanitize(text: str) -> str:
    """The text with lone surrogates as U+FFFD; two that make a pair become the character they mean."""
    if text.isascii():
        return text
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return text


def binary_kind(head: bytes) -> str:
    """What format the bytes begin like, such as "PDF", when it is one that is no text; "" otherwise."""
    found = _SIGNATURE.match(head)
    if found:
        return _SIGNATURES[found[0]]
    if head[4:8] == b"ftyp":
        return "MP4, HEIC or AVIF"
    if head[257:262] == b"ustar":
        return "tar archive"
    return ""


def _to_text(payload: bytes, declared: str, *, markup: bool) -> tuple[str, tuple[str, ...]]:
    for bom, codec in _BOMS:
        if payload.startswith(bom):
            text = payload[len(bom) :].decode(codec, "replace")
            bad = text.count("\ufffd")
            if bad * 10 > len(text):
                raise RecordError("undecodable", f"begins like {codec}, but is not")
            return text, (f"{codec} (bom)", *_replaced(bad))
    try:
        text = payload.decode()
    except UnicodeDecodeError:
        return _not_utf8(payload, declared, markup=markup)
    if "\0" in text:
        return _utf16(payload, declared)
    if codec_of(declared) == "utf-8":
        return text, ("utf-8",)
    # One in five pairs of GBK, Shift JIS and the like happens to be valid UTF-8: a few characters prove nothing.
    if len(payload) - len(text) < 20 and (not text.isascii() or "\x1b" in text or "~{" in text):
        other = _multibyte(payload, declared, markup=markup)
        if other:
            return other
    return text, ("utf-8",)


def _multibyte(payload: bytes, declared: str, *, markup: bool) -> tuple[str, tuple[str, ...]] | None:
    """The text in a set of several bytes a character that is named, or that its escape sequences betray."""
    candidates = [label for label in _labels(payload, declared, markup=markup) if label[0] in MULTIBYTE]
    if re.search(rb"\x1b\$[@B].+?\x1b\([BJ]", payload, re.DOTALL):
        candidates.append(("iso2022-jp", "guessed"))
    for codec, origin in candidates:
        text, bad = decode_with(codec, payload)
        if not bad:
            return text, (f"{codec} ({origin})",)
    return None


def _not_utf8(payload: bytes, declared: str, *, markup: bool) -> tuple[str, tuple[str, ...]]:
    if b"\0" in payload:
        return _utf16(payload, declared)
    head = payload[:4096]
    if len(head) - len(head.translate(None, _CONTROLS)) > len(head) // 20:
        raise RecordError("binary", "more than 5% control characters")
    mended = _nearly_utf8(payload)
    if mended:
        return mended
    for codec, origin in _labels(payload, declared, markup=markup):
        text, bad = decode_with(codec, payload)
        # A wrong label of a multibyte set shows at once; some damage is a page cut in the middle of a character.
        if bad * 50 <= len(text.encode()) - len(text):
            return text, (f"{codec} ({origin})", *_replaced(bad))
    codec = _guess(payload)
    text, bad = decode_with(codec, payload)
    if bad * 20 > len(payload) - len(payload.translate(None, _HIGH_BYTES)):
        raise RecordError("undecodable", f"more like {codec} than anything else, but {bad} bytes do not fit")
    return text, (f"{codec} (guessed)", *_replaced(bad))


def _replaced(count: int) -> tuple[str, ...]:
    return (f"{count} undecodable replaced",) if count else ()


def _utf16(payload: bytes, declared: str) -> tuple[str, tuple[str, ...]]:
    """UTF-16 without a byte order mark: half of the bytes of its ASCII characters are NUL."""
    codec = codec_of(declared)
    origin = "declared"
    if not codec.startswith("utf-16"):
        even, odd = payload[:65536:2].count(0), payload[1:65536:2].count(0)
        enough = min(len(payload), 65536) * 0.15
        codec = "utf-16-le" if odd > enough > even * 20 else "utf-16-be" if even > enough > odd * 20 else ""
        origin = "guessed"
    if not codec or len(payload) % 2:
        raise RecordError("binary", f"NUL at byte {payload.index(0)}")
    return payload.decode(codec, "replace"), (f"{codec} ({origin})",)


# Where a stray byte may stand for a letter of any code page, these marks are the same in all those of Windows.
_MARKS = {
    0xDC00 + byte: bytes([byte]).decode("cp1252")
    for byte in b"\x80\x82\x84\x85\x91\x92\x93\x94\x95\x96\x97\xa0\xab\xbb"
}
_STRAY = re.compile("[\udc80-\udcff]+")


def _nearly_utf8(payload: bytes) -> tuple[str, tuple[str, ...]] | None:
    """UTF-8 with broken places in it: cut characters, lines of another page, surrogates written as three bytes (CESU-8)."""
    try:
        return sanitize(payload.decode("utf-8", "surrogatepass")), ("utf-8", "surrogates replaced")
    except UnicodeDecodeError:
        text = payload.decode("utf-8", "surrogateescape")
    stray = _STRAY.findall(text)
    broken = sum(map(len, stray))
    # How many bytes continue a character: the evidence for UTF-8, to be weighed against the bytes that are none.
    valid = len(payload) - len(text)
    western = valid * 4 >= broken and len(stray) == broken and _is_western(_STRAY.sub("", text))
    if valid < broken and not western:
        return None

    def mend(run: re.Match[str]) -> str:
        if len(run[0]) > 1 or run.end() == len(text):
            return "\ufffd"
        byte = ord(run[0])
        return _MARKS.get(byte) or (decode_with("cp1252", bytes([byte - 0xDC00]))[0] if western else "\ufffd")

    return _STRAY.sub(mend, text), ("utf-8", f"{len(stray)} broken places mended")


def _is_western(text: str) -> bool:
    try:
        encode_with("cp1252", text)
    except UnicodeEncodeError:
        return False
    return True


_COMMENT = re.compile(rb"<!--.*?-->", re.DOTALL)
_META = re.compile(rb"<meta\b[^<>]{0,500}?\bcharset\s*=\s*[\"']?\s*([\w:.+-]+)", re.IGNORECASE)
_XML = re.compile(rb"\s*<\?xml\b[^<>]{0,200}?\bencoding\s*=\s*[\"']\s*([\w:.+-]+)", re.IGNORECASE)


def _labels(payload: bytes, declared: str, *, markup: bool) -> Iterator[tuple[str, str]]:
    """The character sets that the record and the page name, as Python's names, with who says so."""
    if declared and (codec := codec_of(declared)):
        yield codec, "declared"
    if not markup:
        return
    # Browsers look no further than 1,024 bytes, but then read on with what a later <meta> says.
    head = _COMMENT.sub(b"", payload[:16384])
    for found in (_META.search(head), _XML.match(head)):
        if found and (codec := codec_of(found[1].decode("ascii", "replace"))):
            # A <meta> that could be read is not in UTF-16.
            yield "utf-8" if codec.startswith("utf-16") else codec, "meta"


# Charset-normalizer's names; it is good at these, and often wrong about Spanish or Swedish.
_NOT_LATIN = [
    *("gb18030", "big5hkscs", "euc_jp", "cp932", "cp949", "cp874"),
    *("cp1251", "koi8_r", "koi8_u", "cp866", "iso8859_5", "mac_cyrillic", "cp1253", "iso8859_7"),
    *("cp1255", "cp1256", "iso8859_6", "cp1258"),
]
_HIGH_BYTES = bytes(range(128, 256))
_HIGH = re.compile(rb"[\x80-\xff]")
_EDGE = re.compile(rb"[\n\r<>]")


def _guess(payload: bytes) -> str:
    """The character set the content speaks for. Raises RecordError ("undecodable")."""
    sample = _sample(payload)
    high = len(_HIGH.findall(sample))
    runs = len(re.findall(rb"[\x80-\xff]{2}", sample))
    letters = len(re.findall(rb"[A-Za-z]", sample))
    latin, explained = likely_latin(sample, mac=b"\r" in payload and b"\n" not in payload)
    # Letters with accents stand among letters without; in other scripts whole words are high bytes.
    if runs * 2 < high * 0.4 or letters > 20 * high or (letters > 2 * high and explained > 0.97):
        return latin
    from charset_normalizer import from_bytes  # noqa: PLC0415

    match = from_bytes(sample, cp_isolation=_NOT_LATIN, preemptive_behaviour=False, enable_fallback=False).best()
    if match is None:
        if runs * 2 < high * 0.6 or letters > 2 * high:
            return latin
        raise RecordError("undecodable", "the bytes fit no character set")
    return codec_of(match.encoding) or str(match.encoding)


def _sample(payload: bytes, size: int = 8192) -> bytes:
    """The pieces of text with bytes from 0x80 on in them, about `size` bytes where there are so many.

    Pieces begin and end where no character of several bytes can: at line ends and tags.
    """
    pieces: list[bytes] = []
    length = position = 0
    while length < size and (found := _HIGH.search(payload, position)):
        start = max(payload.rfind(edge, position, found.start()) for edge in (b"\n", b"\r", b"<", b">")) + 1
        start = max(start, position)
        if found.start() - start > size:
            # All is ASCII up to the byte that was found.
            start = found.start() - size // 8
        edge = _EDGE.search(payload, found.start())
        position = edge.start() if edge else len(payload)
        piece = payload[start : min(position, start + 4 * size)]
        if start + len(piece) < position:
            piece = piece[: max(piece.rfind(b" "), piece.rfind(b"&"), size)]
        pieces.append(piece)
        length += len(piece)
    return b"\n".join(pieces)


_TAGS = (
    "a abbr address article aside b blockquote body br center cite code dd del div dl dt em figcaption figure font footer form h1 h2 h3 h4"
    " h5 h6 head header hr html i iframe img input ins label li link main meta nav noscript ol option p param picture pre q s script section small span"
    " strike strong style sub sup table tbody td th thead time title tr tt u ul video"
).replace(" ", "|")
# A tag that is quoted or set in brackets is talked about, not used.
_TAG = re.compile(
    rf"(?<![`'\"(\u201c\u2018])<(/?)({_TAGS})(\s[^<>]{{0,4000}})?/?>(?![`'\")\u201d\u2019])", re.IGNORECASE
)
_PAGE = re.compile(r"<(?:!doctype\s+html|html|head|body)(?=[\s>])", re.IGNORECASE)


def looks_like_markup(content: str | bytes) -> bool:
    """Whether a text or payload is HTML: a page, or a fragment with tags that are used rather than talked about.

    Only the first 65,536 characters count. Doubt says no.
    """
    head = _head(content)
    start = _skip_prolog(head)
    if _PAGE.match(head, start):
        return True
    if head.find("<", start) < 0:
        return False
    return _uses_tags(head, start)


def begins_as_page(content: str | bytes) -> bool:
    """Whether a text or payload begins as only whole HTML pages do, comments and declarations in front of it apart."""
    head = _head(content)
    return _PAGE.match(head, _skip_prolog(head)) is not None


def _head(content: str | bytes) -> str:
    head = content[:65536]
    if isinstance(head, bytes):
        # Tags are ASCII in every set but UTF-16, whose NULs are then in the way.
        head = head.replace(b"\0", b"").decode("latin-1").removeprefix("\xef\xbb\xbf")
    return head


def _skip_prolog(head: str) -> int:
    """Where the first thing stands that is no white space, comment or XML declaration."""
    position, length = 0, len(head)
    while position < length:
        if head[position].isspace() or head[position] in "\ufeff\xff\xfe":
            position += 1
        elif head.startswith("<!--", position):
            position = head.find("-->", position) + 3 if "-->" in head[position:] else length
        elif head.startswith("<?", position):
            position = head.find(">", position) + 1 or length
        else:
            break
    return position


def _uses_tags(head: str, start: int) -> bool:
    unclosed: dict[str, int] = {}
    pairs = others = 0
    for found in _TAG.finditer(head, start):
        closing, name, attributes = found[1], found[2].lower(), found[3]
        if closing:
            pairs += unclosed.get(name, 0) > 0
            unclosed[name] = max(0, unclosed.get(name, 0) - 1)
        else:
            unclosed[name] = unclosed.get(name, 0) + 1
            others += name in ("br", "hr", "img") or bool(attributes and "=" in attributes)
    begins = _TAG.match(head, start)
    used = pairs + others + bool(begins and begins[1])
    # What begins with a tag is a fragment if another one is used in it; else a text is full of them.
    return used >= (1 if begins else 3) and used * (600 if begins else 200) >= len(head) - start
