"""JSON Lines, and JSON files: an array, one object, or objects one after the other."""

from __future__ import annotations

import codecs
import json
import re
from typing import TYPE_CHECKING, Any

from corpusprep.sources.streams import Flaw, lines

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from corpusprep.document import Rejected
    from corpusprep.sources.records import Record
    from corpusprep.sources.rows import Rows

__all__ = ["begins_with_line", "read_json", "read_jsonl"]

_BOM = b"\xef\xbb\xbf"


def read_jsonl(stream: Iterable[bytes | Flaw], rows: Rows, first: int = 0) -> Iterator[Record | Rejected]:
    """A record for each line that is not blank; `first` is the number of the first line."""
    for number, line in enumerate(lines(stream, rows.config.max_bytes), first):
        if isinstance(line, Flaw):
            yield rows.flawed(number, line)
            continue
        data = line.removeprefix(_BOM) if number == 0 else line
        if not data or data.isspace():
            continue
        value = _parse(data)
        if isinstance(value, Flaw):
            yield rows.rejected(number, value.reason, value.detail, payload=line)
        else:
            yield rows.record(number, value)


def begins_with_line(head: bytes) -> bool:
    """Whether the first line that is not blank is a JSON object: JSON Lines, then."""
    first = head.removeprefix(_BOM).lstrip().partition(b"\n")[0]
    return first.startswith(b"{") and isinstance(_parse(first), dict)


def read_json(stream: Iterable[bytes | Flaw], rows: Rows) -> Iterator[Record | Rejected]:
    """A record for each element of an array, or each object of a file that is no array. Numbers count them from 0."""
    for number, value in enumerate(_values(stream, rows.config.max_bytes)):
        yield rows.flawed(number, value) if isinstance(value, Flaw) else rows.record(number, value)


def _parse(line: bytes) -> Any:
    try:
        return json.loads(line.decode())
    except UnicodeDecodeError as error:
        return Flaw("undecodable", f"byte 0x{line[error.start]:02x} at {error.start} is not UTF-8")
    except json.JSONDecodeError as error:
        return Flaw("bad-json", f"{error.msg} at character {error.pos}")
    except (ValueError, RecursionError) as error:  # a number of 5,000 digits, brackets nested 5,000 deep
        return Flaw("bad-json", str(error))


_BETWEEN = re.compile(r"[\s,\ufeff]*")


def _values(stream: Iterable[bytes | Flaw], limit: int) -> Iterator[Any]:
    """The values of a JSON text, one at a time; a flaw, and no more, from the first that is broken."""
    source = _Text(stream)
    decoder = json.JSONDecoder()
    array = False
    source.skip(_BETWEEN)
    if source.text.startswith("[", source.position):
        array, source.position = True, source.position + 1
    while True:
        source.skip(_BETWEEN)
        if source.flaw and source.position >= len(source.text):
            yield source.flaw
            return
        if source.position >= len(source.text):
            if array:
                yield Flaw("truncated", "the array is not closed")
            return
        if array and source.text[source.position] == "]":
            return
        try:
            value, source.position = decoder.raw_decode(source.text, source.position)
        except (ValueError, RecursionError) as error:
            if len(source.text) - source.position > limit:
                yield Flaw(
                    "too-large", f"a value of more than {limit:,} bytes (input.max_bytes), from line {source.line()} on"
                )
                return
            if not source.grow():
                yield source.flaw or Flaw("bad-json", f"{error}; from line {source.line()} on the file cannot be read")
                return
            continue
        yield value


class _Text:
    """A stream as text, of which what has been read is forgotten and more is added when asked for."""

    def __init__(self, stream: Iterable[bytes | Flaw]) -> None:
        self._stream = iter(stream)
        self._decoder = codecs.getincrementaldecoder("utf-8")()
        self._lines = 1
        self._wanted = 1
        self.text, self.position = "", 0
        self.flaw: Flaw | None = None

    def skip(self, between: re.Pattern[str]) -> None:
        """Go to the next character that is none of those between values, reading on if need be."""
        while True:
            found = between.match(self.text, self.position)
            self.position = found.end() if found else self.position
            if self.position < len(self.text) or not self.grow():
                return

    def grow(self) -> bool:
        """Read at least as much again as is held; False at the end."""
        self._lines += self.text.count("\n", 0, self.position)
        self.text, self.position = self.text[self.position :], 0
        held = [self.text]
        wanted = max(1, len(self.text))
        while wanted > 0 and self.flaw is None and (piece := next(self._stream, None)) is not None:
            if isinstance(piece, Flaw):
                self.flaw = piece
                break
            try:
                held.append(self._decoder.decode(piece))
            except UnicodeDecodeError as error:
                self.flaw = Flaw("undecodable", f"byte 0x{piece[min(error.start, len(piece) - 1)]:02x} is not UTF-8")
                break
            wanted -= len(held[-1])
        grown = len(held) > 1
        self.text = "".join(held)
        return grown

    def line(self) -> int:
        return self._lines + self.text.count("\n", 0, self.position)
