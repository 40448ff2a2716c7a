"""Reads the phrase lists: words and wordings by which page furniture is known, one TOML file per language.

A file holds a table per class (`related`, `share`, `promo` ...) and in it a multi-line literal string per mode, with one phrase a
line or several between bars. That form is plain to read and to edit, and tomllib skims such a string in one step: all languages
load in some 40 ms, where arrays of strings would take six times as long.

The modes of a class say how a phrase must stand in a block, after both went through `tokens`:

- `line`: the block is the phrase, apart from numbers;
- `start`: the block begins with it; weak evidence, since "Related" or "By" may begin a sentence;
- `sure`: the block begins with it, and even a long line with a full stop may be trusted to be what the class says;
- `any`: it stands anywhere in the block; only phrases that hardly occur in news prose.

All languages are merged, because pages mix languages and the language is not known before the text is clean.
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING

from corpusprep.document import Label
from corpusprep.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

__all__ = ["CLASSES", "MODES", "Lexicon", "Tokens", "fold", "load", "own_phrases", "tokens"]

Tokens = tuple[str, ...]

CLASSES = (
    "related",
    "share",
    "navigation",
    "sections",
    "promo",
    "notice",
    "comments",
    "reply",
    "byline",
    "date",
    "caption",
    "error",
)
MODES = ("line", "start", "sure", "any")

# Chinese, Japanese, Thai, Lao, Burmese and Khmer are written without spaces: each of their characters is a token.
_UNSPACED = r"\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3005-\u3007\u3040-\u309f\u30a1-\u30fa\u30fc-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\U00020000-\U0003ffff"
# Vowel signs of Indic scripts are no word characters for `re`, but a word must not break at them.
_MARKS = r"\u0300-\u036f\u0591-\u05c7\u0610-\u061a\u064b-\u065f\u0670\u0900-\u0903\u093a-\u094f\u0951-\u0957\u0962\u0963\u0981-\u0dff"
_ASCII_WORD = re.compile(r"[a-z0-9]+")
_WORD = re.compile(rf"[^\W_]+(?:[{_MARKS}]+[^\W_]*)*")
_SINGLE = re.compile(rf"[{_UNSPACED}]")
_SINGLE_OR_WORD = re.compile(rf"[{_UNSPACED}]|(?:[^\W_{_UNSPACED}]|[{_MARKS}])+")

# One letter for several that typists and systems mix: Turkish i, Russian io, Arabic and Persian yeh and kaf; and marks that are
# left out as often as written: soft hyphen, Arabic vowels and tatweel, Hebrew points, the dot that lower case leaves on i.
_VARIANTS: Mapping[str, str] = {
    **dict.fromkeys("\u00ad\u0307\u0640\u0670\u200b\u200c\u200d\u200e\u200f\u2060\ufeff", ""),
    **dict.fromkeys(map(chr, range(0x64B, 0x660)), ""),
    **dict.fromkeys(map(chr, range(0x591, 0x5C8)), ""),
    **dict.fromkeys("يى", "ی"),
    **dict.fromkeys("أإآ", "ا"),
    "ı": "i",
    "ς": "σ",
    "ё": "е",
    "ك": "ک",
    "ة": "ه",
}
_VARIANT = re.compile(f"[{''.join(_VARIANTS)}]")


@dataclass(frozen=True, slots=True)
class Lexicon:
    """All phrase lists, ready to be matched against what `tokens` makes of a block.

    phrases: class -> mode -> phrases as tuples of tokens. Line phrases hold no numbers: leave those of the block out.
    stop: language code -> its most frequent function words, folded.
    words: class -> key -> phrases of what has no mode: under `byline`, the names of `agencies`.
    """

    phrases: Mapping[str, Mapping[str, frozenset[Tokens]]]
    stop: Mapping[str, frozenset[str]]
    words: Mapping[str, Mapping[str, frozenset[Tokens]]]

    def stop_words(self) -> frozenset[str]:
        """The stop words of all languages together."""
        return frozenset().union(*self.stop.values())


def fold(text: str) -> str:
    """`text` in the one form in which phrases are compared: NFKC, lower case, with letters that are mixed up made one."""
    if text.isascii():
        return text.lower()
    text = unicodedata.normalize("NFKC", text.lower())
    return _VARIANT.sub(lambda found: _VARIANTS[found[0]], text)


def tokens(text: str) -> Tokens:
    """The words of `text`, folded, without punctuation; single characters in scripts that are written without spaces."""
    folded = fold(text)
    if folded.isascii():
        return tuple(_ASCII_WORD.findall(folded))
    return tuple((_SINGLE_OR_WORD if _SINGLE.search(folded) else _WORD).findall(folded))


@cache
def load() -> Lexicon:
    """Read every phrase list of the package, once; takes some 60 ms."""
    blocks: dict[tuple[str, str], list[str]] = {(name, mode): [] for name in CLASSES for mode in MODES}
    stop: dict[str, frozenset[str]] = {}
    for language, table in _files():
        stop[language] = frozenset(fold(table.pop("stop")["words"]).split())
        for name, lists in table.items():
            for key, block in lists.items():
                blocks.setdefault((name, key), []).append(block)
    phrases: dict[str, dict[str, frozenset[Tokens]]] = {name: {} for name in CLASSES}
    words: dict[str, dict[str, frozenset[Tokens]]] = {}
    for (name, key), parts in blocks.items():
        lists_of = phrases[name] if key in MODES else words.setdefault(name, {})
        lists_of[key] = _phrases("\n".join(parts))
    return Lexicon(phrases=phrases, stop=stop, words=words)


def own_phrases(
    phrases: Mapping[str, Iterable[str]], *, where: str = "clean.phrases"
) -> Mapping[str, Mapping[str, frozenset[Tokens]]]:
    """A user's own phrases, label -> phrases, in the form of `Lexicon.phrases`, all of mode `any`.

    Raises ConfigError for a key that is no label and for a phrase without a word in it.
    """
    found: dict[str, dict[str, frozenset[Tokens]]] = {}
    for label, wordings in phrases.items():
        if label not in set(Label):
            raise ConfigError(f"{label!r} is no label", where=where, do=f"choose from {', '.join(Label)}")
        cut = {wording: tokens(wording) for wording in wordings}
        empty = [wording for wording, words in cut.items() if not words]
        if empty:
            raise ConfigError(f"the phrase {empty[0]!r} holds no word", where=f"{where}.{label}", do="take it out")
        found[label] = {"any": frozenset(cut.values())}
    return found


def _files() -> Iterator[tuple[str, dict[str, dict[str, str]]]]:
    folder = resources.files("corpusprep.cleaners") / "phrases"
    for file in sorted(folder.iterdir(), key=lambda each: each.name):
        if file.name.endswith(".toml"):
            yield file.name.removesuffix(".toml"), tomllib.loads(file.read_text(encoding="utf-8"))


def _phrases(block: str) -> frozenset[Tokens]:
    # What `tokens` would make of each phrase: the files hold no punctuation (a test sees to it), so that splitting will do.
    block = fold(block).replace("\n", "|")
    if _SINGLE.search(block):
        block = _SINGLE.sub(r" \g<0> ", block)
    return frozenset(tuple(phrase.split()) for phrase in set(block.split("|"))) - {()}
