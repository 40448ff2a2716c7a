"""Invent stories in six scripts: words by Zipf's law, stock phrases, numbers and quotes, all from one seed."""

from __future__ import annotations

import random
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Language:
    """How invented words are spelled, and what stands between and behind them."""

    name: str
    syllables: tuple[str, ...]
    between: str = " "
    stop: str = "."
    quotes: str = "“”"


@dataclass(frozen=True)
class Story:
    """Paragraphs of sentences of words. Real stories have one sentence a paragraph."""

    language: Language
    paragraphs: tuple[tuple[tuple[str, ...], ...], ...]

    @property
    def text(self) -> str:
        return "\n\n".join(self.sentences(part) for part in self.paragraphs)

    def sentences(self, part: tuple[tuple[str, ...], ...]) -> str:
        gap = self.language.between
        return gap.join(gap.join(words) for words in part)

    @property
    def n_words(self) -> int:
        return sum(len(words) for part in self.paragraphs for words in part)


def _cross(first: str, second: str) -> tuple[str, ...]:
    return tuple(a + b for a in first.split() for b in second.split())


def _block(start: int, count: int) -> tuple[str, ...]:
    return tuple(chr(code) for code in range(start, start + count))


LANGUAGES = (
    Language("latin", _cross("b br d f g gl k l m n p r s st t v z", "a e i o u ai an er on is")),
    Language("cyrillic", _cross("б в г д ж з к л м н п р с т ф", "а е и о у ов ен ий"), quotes="«»"),
    Language("arabic", _cross("ب ت ج د ر س ع ف ق ك ل م ن", "ا و ي ان"), quotes="«»"),
    Language("devanagari", _cross("क ग च ज त द न प ब म र ल स", "ा ि े ो ं"), stop="।", quotes="''"),
    Language("han", _block(0x4E00, 2500), "", "。", "「」"),
    Language("thai", _cross("ก ข ค ง จ ช ด ต ท น ป พ ม ร ล ว ส ห อ", "า ี ู อน าก"), "", " ", "“”"),
)
_SHARES = (0.65, 0.09, 0.07, 0.06, 0.08, 0.05)


class Writer:
    """Invents stories: words by Zipf's law, stock phrases, numbers, quotes; all from one generator."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)
        self.numbers = np.random.Generator(np.random.PCG64(seed))
        self._words = {language.name: self._lexicon(language) for language in LANGUAGES}
        weights = 1 / (np.arange(20000) + 2.7)
        self._steps = np.cumsum(weights / weights.sum())
        self._phrases = {
            name: [tuple(self.draw(name, self.chance.randint(5, 12))) for _ in range(300)] for name in self._words
        }

    def _lexicon(self, language: Language) -> np.ndarray:
        chance = random.Random(f"words of {language.name}")
        sizes = (1, 2) if language.name == "han" else (1, 2, 2, 3, 3, 4)
        words: dict[str, None] = {}
        while len(words) < 20000:
            words["".join(chance.choices(language.syllables, k=chance.choice(sizes)))] = None
        return np.array(sorted(words, key=lambda word: len(word) + chance.random() * 6), object)

    def draw(self, name: str, count: int) -> list[str]:
        return self._words[name][np.searchsorted(self._steps, self.numbers.random(count))].tolist()

    def language(self) -> Language:
        return self.chance.choices(LANGUAGES, _SHARES)[0]

    def number(self) -> str:
        chance = self.chance
        return chance.choice(
            (
                str(chance.randint(2, 99)),
                str(chance.randint(100, 9999)),
                f"{chance.uniform(0, 100):.1f}",
                f"{chance.randint(1, 999)},{chance.randint(100, 999)}",
            )
        )

    def sentence(self, language: Language, words: list[str]) -> tuple[str, ...]:
        chance = self.chance
        for place in range(len(words)):
            if chance.random() < 0.025:
                words[place] = self.number()
        if chance.random() < 0.25:
            words = [*words, *chance.choice(self._phrases[language.name][: chance.randint(1, 300)])]
        if chance.random() < 0.15:
            words = [language.quotes[0] + words[0], *words[1:-1], words[-1] + language.quotes[1]]
        return (words[0][:1].upper() + words[0][1:], *words[1:-1], words[-1] + language.stop)

    def story(self, count: int, language: Language | None = None) -> Story:
        language = language or self.language()
        stock = self.draw(language.name, count + 40)
        paragraphs, used = [], 0
        while used < count:
            part = []
            for _ in range(self.chance.randint(1, 4)):
                length = self.chance.randint(7, 28)
                if used < count:
                    part.append(self.sentence(language, stock[used : used + length]))
                used += length
            paragraphs.append(tuple(part))
        return Story(language, tuple(paragraphs))

    def length(self) -> int:
        return int(min(3000, max(60, self.chance.lognormvariate(5.6, 0.65))))
