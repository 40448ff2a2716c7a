"""UTF-8 that somebody misread and wrote again: found cheaply, undone by ftfy, left alone where in doubt."""

from __future__ import annotations

import functools
import re
from collections import Counter
from itertools import islice

from corpusprep.render.charsets import encode_with

__all__ = ["repair"]


def repair(text: str) -> tuple[str, bool]:
    """Undo mojibake: UTF-8 that somebody read as a single-byte set and wrote again as UTF-8, once or more often.

    Returns the text and whether anything was repaired. ftfy does the work (`fix_encoding`, nothing else of it); it sees the
    whole text only where all of it is mojibake, else the lines or pieces between tags that look it.
    """
    if text.isascii():
        return text, False
    if whole := _undone_whole(text):
        return repair(whole)[0], True
    suspects = _pieces(text)
    if not suspects:
        return text, False
    from ftfy import fix_encoding  # noqa: PLC0415
    from ftfy.badness import is_bad  # noqa: PLC0415

    bad = [(start, end) for start, end in suspects if is_bad(text[start:end])]
    if not bad:
        return text, False
    whole = next((undone for codec in _MISREAD if (undone := _undone(text, codec))), "")
    if whole:
        return repair(whole)[0], True
    fixed = {(start, end): fix_encoding(text[start:end]) for start, end in bad}
    return _join(text, _alike(text, suspects, fixed))


def _undone_whole(text: str) -> str:
    """The text before it was misread, "" unless every character in it beyond ASCII, and there are some, is part of UTF-8.

    Once may be chance, a whole text is not. A text may have been through it twice.
    """
    sample = " ".join(run[0] for run in islice(_BEYOND_ASCII.finditer(text), 4))
    for codec in _WINDOWS:
        if _undone(sample, codec) and (undone := _undone(text, codec)) and len(text) - len(undone) >= 6:
            return undone
    return ""


_BEYOND_ASCII = re.compile(r"[^\x00-\x7f]+")


def _join(text: str, fixed: dict[tuple[int, int], str]) -> tuple[str, bool]:
    pieces: list[str] = []
    position = 0
    for (start, end), piece in sorted(fixed.items()):
        pieces += text[position:start], piece
        position = end
    joined = "".join(pieces) + text[position:]
    return joined, joined != text


def _alike(text: str, suspects: list[tuple[int, int]], fixed: dict[tuple[int, int], str]) -> dict[tuple[int, int], str]:
    """What was repaired, and what can be undone in the same way where the text is full of it.

    A short line ("ArpaguÅŸ") looks odd to no rule, but where most lines were read as cp1252, this one was too.
    """
    used: Counter[str] = Counter()
    for (start, end), piece in fixed.items():
        used.update(codec for codec in _MISREAD if _undone(text[start:end], codec) == piece)
    sure = [codec for codec in _MISREAD if used[codec] >= 3]
    more = dict(fixed)
    for start, end in suspects:
        if (start, end) not in fixed:
            undone = next((piece for codec in sure if (piece := _undone(text[start:end], codec))), "")
            if undone:
                more[start, end] = undone
    return more


# In ftfy's order, likeliest first.
_WINDOWS = ("iso8859-1", "cp1252", "cp1251", "cp1250", "cp1253", "cp1254", "cp1257", "iso8859-2")
_MISREAD = (*_WINDOWS, "mac-roman", "cp437")


def _undone(text: str, codec: str) -> str:
    try:
        return encode_with(codec, text).decode()
    except UnicodeError:
        return ""


def _pieces(text: str) -> list[tuple[int, int]]:
    """Lines, or pieces of text between tags, that hold what UTF-8 looks like when it is misread."""
    pieces: list[tuple[int, int]] = []
    position = 0
    suspect = _suspect()
    while found := suspect.search(text, position):
        first = found.start()
        start = max(text.rfind(edge, position, first) for edge in "\n<>") + 1
        end = min(at for edge in "\n<>" if (at := text.find(edge, first)) >= 0 or (at := len(text)))
        # A whole book on one line: enough of it to judge by, cut where words end.
        start = max(start, position, text.rfind(" ", position, max(position, first - 2000)) + 1)
        if end - first > 2000 and (space := text.find(" ", first + 2000, end)) >= 0:
            end = space
        pieces.append((start, end))
        position = end
    return pieces


@functools.cache
def _suspect() -> re.Pattern[str]:
    """Finds the characters that a first and a following byte of UTF-8 become, read as one of the usual single-byte sets.

    Necessary, not sufficient: ftfy's own test is some fifty times slower, so it is asked only about pieces that pass here.
    """
    latin = ("cp1252", "cp1250", "cp1254", "cp1257", "iso8859-2", "latin-1")
    lead, wide = _chars(range(0xC2, 0xE0), latin), _chars(range(0xE0, 0xF5), latin)
    after, cyrillic, greek = (_chars(range(0x80, 0xC0), codecs) for codecs in (latin, ("cp1251",), ("cp1253",)))
    shapes = (
        f"(?<=[{lead}])[{after}]",
        f"(?<=[{wide}])[{after}][{after}]",
        "(?<=[\x80-\x84\x86-\x9f])",
        f"(?<=[ВГРС])[{cyrillic}]|(?<=в)Ђ",
        f"(?<=[ΒΓΞΟ])[{greek}]|(?<=β)€",
        # Mac Roman, then the DOS set.
        "(?<=√)[^\\x00-\\x7f]|(?<=≈)[°¢]|(?<=‚)[Äâó]",
        "(?<=[├┬╨╤╪┘])[^\\x00-\\x7f]|(?<=Γ)Ç",
    )
    # One set of first characters in front: Python's re then skips everything else at the speed of a table look-up.
    return re.compile(f"[{lead}{wide}\x80-\x84\x86-\x9fВГРСвΒΓΞΟβ√≈‚├┬╨╤╪┘Γ](?:{'|'.join(shapes)})")


def _chars(numbers: range, codecs: tuple[str, ...]) -> str:
    chars = {char for codec in codecs for char in bytes(numbers).decode(codec, "ignore")}
    return "".join(f"\\u{ord(char):04x}" for char in sorted(chars))
