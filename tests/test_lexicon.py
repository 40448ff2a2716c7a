"""The phrase lists and how they are read."""

import tomllib
from importlib import resources
from pathlib import Path

import numpy as np
import pytest

from corpusprep.cleaners import lexicon
from corpusprep.cleaners.lexicon import CLASSES, MODES, load, own_phrases, tokens
from corpusprep.cleaners.matching import build_trie
from corpusprep.errors import ConfigError

FILES = sorted((resources.files("corpusprep.cleaners") / "phrases").iterdir(), key=lambda file: file.name)
LANGUAGES = [file.name.removesuffix(".toml") for file in FILES]
SAMPLES = Path(__file__).parent / "phrases"
WORDS = {"byline": {"agencies"}, "stop": {"words"}}


def table(language):
    return tomllib.loads((resources.files("corpusprep.cleaners") / "phrases" / f"{language}.toml").read_text("utf-8"))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("READ ALSO: Don't miss", "read also don t miss"),
        ("“Related”—stories…", "related stories"),
        ("相关阅读：3月", "相 关 阅 读 3 月"),
        ("İLGİLİ YAZILAR", "ilgili yazilar"),
        ("ilgili yazılar", "ilgili yazilar"),
        ("Ещё материалы", "еще материалы"),
        ("यह भी पढ़ें", "यह भी पढ़ें"),
        ("المَزيد", "المزید"),
        ("Ｒｅａｄ　ｍｏｒｅ", "read more"),
        ("snake_case", "snake case"),
        ("", ""),
    ],
)
def test_tokens(text, expected):
    assert tokens(text) == tokens(expected) == tuple(expected.split())


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_file_holds_known_classes_and_modes_only(language):
    found = table(language)
    assert {"related", "share", "navigation", "promo", "notice", "comments", "stop"} <= set(found)
    for name, modes in found.items():
        known = set(WORDS.get(name, ())) | (set(MODES) if name in CLASSES else set())
        assert set(modes) <= known, name


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_file_loads_to_the_tokens_of_its_phrases(language):
    merged = load()
    for name, modes in table(language).items():
        for mode, block in modes.items():
            if mode in MODES:
                cut = {tokens(phrase) for line in block.split("\n") for phrase in line.split("|")} - {()}
                assert cut <= merged.phrases[name][mode]


@pytest.mark.parametrize("language", LANGUAGES)
def test_phrases_hold_no_punctuation(language):
    for name, lists in table(language).items():
        for key, block in lists.items():
            assert not set(block) & set("""!"#$%&()*+,-./:;<=>?@[\\]^_`{}~’“”«»…–—。、，：！？¿¡"""), f"{name}.{key}"


@pytest.mark.parametrize("language", LANGUAGES)
def test_phrases_that_may_stand_anywhere_are_no_single_short_word(language):
    found = table(language)
    for name in CLASSES:
        for phrase in found.get(name, {}).get("any", "").replace("|", "\n").split("\n"):
            assert not phrase.strip() or len(phrase.strip().encode()) > 4, f"{name}: {phrase}"


def test_no_phrase_is_a_mere_number_and_whole_lines_hold_none():
    for name, modes in load().phrases.items():
        assert not [phrase for phrase in modes["line"] if any(token.isdecimal() for token in phrase)], name
        for mode, phrases in modes.items():
            assert not [phrase for phrase in phrases if all(token.isdecimal() for token in phrase)], (name, mode)


@pytest.mark.parametrize("language", LANGUAGES)
def test_stop_words_are_many_and_found_whole(language):
    words = load().stop[language]
    assert len(words) >= 50
    if language not in {"zh", "ja", "th"}:
        assert all(tokens(word) == (word,) for word in words)


def lines_of(name):
    lines = (SAMPLES / name).read_text(encoding="utf-8").splitlines()
    return [line for line in lines if line and not line.startswith("#")]


def stands(phrases, mode, line):
    """Whether a phrase stands in the line as its mode asks; the plain way, a token at a time."""
    words, longest = tokens(line), max(map(len, phrases), default=0)
    if mode == "line":
        return tuple(word for word in words if not word.isdecimal()) in phrases
    first = range(len(words)) if mode == "any" else (0,)
    return any(words[i:j] in phrases for i in first for j in range(i + 1, min(i + longest, len(words)) + 1))


@pytest.mark.parametrize("sample", lines_of("furniture.tsv"))
def test_furniture_is_known(sample):
    name, mode, line = sample.split("\t")
    assert stands(load().phrases[name][mode], mode, line)


@pytest.mark.parametrize("line", lines_of("prose.txt"))
def test_prose_is_not_taken_for_furniture(line):
    found = [
        (name, mode) for name in CLASSES for mode in ("sure", "any") if stands(load().phrases[name][mode], mode, line)
    ]
    assert not found


def test_own_phrases_take_the_form_of_the_built_in_ones():
    assert own_phrases({"promo": ("Support our newsroom!",)}) == {
        "promo": {"any": frozenset({("support", "our", "newsroom")})}
    }


def test_own_phrases_for_what_is_no_label_are_an_error():
    with pytest.raises(ConfigError, match="'adverts' is no label"):
        own_phrases({"adverts": ("Buy",)})


def test_own_phrases_without_a_word_are_an_error():
    with pytest.raises(ConfigError, match="holds no word"):
        own_phrases({"promo": ("***",)})


def test_the_lists_are_read_once():
    assert lexicon.load() is load()


def test_a_word_that_comes_after_all_edges_of_a_trie_is_no_phrase():
    trie = build_trie({"share": {"line": [("share",)]}})
    found, _ = trie.follow(np.array([int(trie.edges[0]) + 1, (1 << 64) - 2], np.uint64))
    assert not found.any()
