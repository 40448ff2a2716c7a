"""The kinds of copies and look-alikes that `dedupe_corpus.py` plants."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from dataclasses import replace

from dedupe_writer import Story, Writer

Change = Callable[[Writer, Story], Story | str]


def same(_: Writer, story: Story) -> str:
    return story.text


def spelling(writer: Writer, story: Story) -> str:
    text = story.text
    swaps = (("'", "’"), ('"', "”"), (" ", "\u00a0"), ("--", "—"), ("“", '"'), ("”", '"'), ("«", '"'), ("»", '"'))
    for old, new in writer.chance.sample(swaps, 5):
        text = text.replace(old, new)
    return writer.chance.choice(
        (text, text.upper(), text.replace(",", ""), text.replace("\n\n", "\n"), f"  {text}\n\n\n")
    )


def dateline(writer: Writer, story: Story) -> Story:
    words = writer.draw(story.language.name, 6)
    first, *rest = story.paragraphs
    head = (f"{words[0].upper()},", words[1], writer.number(), f"({words[2].upper()})", "—")
    return replace(story, paragraphs=(((head + first[0]), *first[1:]), *rest))


def chrome(writer: Writer, story: Story) -> Story:
    parts = list(story.paragraphs)
    for _ in range(writer.chance.randint(3, 8)):
        words = tuple(writer.draw(story.language.name, writer.chance.randint(2, 9)))
        parts.insert(writer.chance.choice((0, len(parts), writer.chance.randint(0, len(parts)))), (words,))
    return replace(story, paragraphs=tuple(parts))


def paragraph_dropped(writer: Writer, story: Story) -> Story:
    parts = list(story.paragraphs)
    if len(parts) > 3:
        sizes = [sum(map(len, part)) for part in parts]
        droppable = [number for number, size in enumerate(sizes) if size < 0.3 * story.n_words]
        if droppable:
            parts.pop(writer.chance.choice(droppable))
    return replace(story, paragraphs=tuple(parts))


def edited(writer: Writer, story: Story) -> Story:
    rate = writer.chance.uniform(0.03, 0.05)
    return _edit(writer, story, rate)


def _edit(writer: Writer, story: Story, rate: float) -> Story:
    def touch(words: tuple[str, ...]) -> tuple[str, ...]:
        out: list[str] = []
        for word in words:
            if writer.chance.random() >= rate:
                out.append(word)
                continue
            new = writer.draw(story.language.name, 1)[0]
            out.extend(writer.chance.choice(((new,), (), (word, new))))
        return tuple(out)

    return replace(story, paragraphs=tuple(tuple(touch(words) for words in part) for part in story.paragraphs))


def abridged(writer: Writer, story: Story) -> Story:
    """About half: the beginning, or the first sentence and some of the others."""
    sentences = [words for part in story.paragraphs for words in part]
    order = list(range(len(sentences)))
    if writer.chance.random() < 0.4:
        order[1:] = writer.chance.sample(order[1:], len(order) - 1)
    wanted, kept = story.n_words * writer.chance.uniform(0.45, 0.6), []
    while order and wanted > 0:
        kept.append(order.pop(0))
        wanted -= len(sentences[kept[-1]])
    return replace(story, paragraphs=tuple((sentences[number],) for number in sorted(kept)))


def mixed(writer: Writer, story: Story) -> str:
    return spelling(writer, chrome(writer, dateline(writer, _edit(writer, story, 0.03))))


def figures(writer: Writer, story: Story) -> Story:
    """The same report with one to three of its figures revised."""
    places = [
        (p, s, w)
        for p, part in enumerate(story.paragraphs)
        for s, words in enumerate(part)
        for w, word in enumerate(words)
        if word[0].isdigit()
    ]
    chosen = set(writer.chance.sample(places, min(len(places), writer.chance.randint(1, 3), max(1, len(places) // 3))))
    return replace(
        story,
        paragraphs=tuple(
            tuple(
                tuple(
                    writer.number() + word.lstrip("0123456789.,") if (p, s, w) in chosen else word
                    for w, word in enumerate(words)
                )
                for s, words in enumerate(part)
            )
            for p, part in enumerate(story.paragraphs)
        ),
    )


def update(writer: Writer, story: Story) -> Story:
    """Two hours later: another lead, some figures revised, a paragraph or two added, the last one gone."""
    parts = list(figures(writer, story).paragraphs)
    fresh = lambda: (writer.sentence(story.language, writer.draw(story.language.name, writer.chance.randint(14, 30))),)  # noqa: E731
    if sum(map(len, parts[0])) < 0.25 * story.n_words:
        parts[0] = fresh()
    for _ in range(writer.chance.randint(1, 2)):
        parts.insert(writer.chance.randint(1, len(parts)), fresh())
    if len(parts) > 6 and writer.chance.random() < 0.4:
        parts.pop()
    return replace(story, paragraphs=tuple(parts))


COPIES: tuple[tuple[str, Change], ...] = (
    ("same", same),
    ("spelling", spelling),
    ("dateline", dateline),
    ("chrome", chrome),
    ("paragraph dropped", paragraph_dropped),
    ("edited", edited),
    ("abridged", abridged),
    ("mixed", mixed),
)
UPDATES: tuple[tuple[str, Change], ...] = (("update", update), ("figures", figures))


def template(writer: Writer, every: int) -> Iterator[str]:
    """Texts on one frame, with a number slot each so many words."""
    language = writer.language()
    frame = [words for part in writer.story(writer.chance.randint(80, 400), language).paragraphs for words in part]
    flat = [word for words in frame for word in words]
    offset = writer.chance.randint(0, every - 1)
    while True:
        filled = [writer.number() if place % every == offset else word for place, word in enumerate(flat)]
        yield language.between.join(filled)


def report(writer: Writer) -> Iterator[str]:
    """Daily reports: sentences with slots for numbers, and for a name or a word here and there."""
    language = writer.language()
    frame = writer.story(writer.chance.randint(50, 250), language)
    names = writer.draw(language.name, 40)
    slots: dict[tuple[int, int], str] = {}
    sentences = [words for part in frame.paragraphs for words in part]
    for s, words in enumerate(sentences):
        for w in range(len(words)):
            luck = writer.chance.random()
            if luck < 0.08 or words[w][0].isdigit():
                slots[s, w] = "number"
            elif luck < 0.11:
                slots[s, w] = "name"
    while True:
        lines = [
            language.between.join(
                {"number": writer.number(), "name": writer.chance.choice(names)}.get(slots.get((s, w), ""), word)
                for w, word in enumerate(words)
            )
            for s, words in enumerate(sentences)
        ]
        yield "\n\n".join(lines)


def named(writer: Writer) -> Iterator[str]:
    """Reports without numbers: a frame with a slot for a name or a word each 6 to 14 words, filled from lists of some ten."""
    language = writer.language()
    frame = writer.story(writer.chance.randint(60, 200), language)
    sentences = [[word for word in words if not word[0].isdigit()] for part in frame.paragraphs for words in part]
    every = writer.chance.randint(6, 14)
    lists = [writer.draw(language.name, writer.chance.randint(6, 20)) for _ in range(4)]
    count = itertools.count()
    slots = {
        (s, w): writer.chance.choice(lists)
        for s, words in enumerate(sentences)
        for w in range(len(words))
        if next(count) % every == 0
    }
    while True:
        yield "\n\n".join(
            language.between.join(
                writer.chance.choice(slots[s, w]) if (s, w) in slots else word for w, word in enumerate(words)
            )
            for s, words in enumerate(sentences)
        )


def event(writer: Writer) -> Iterator[str]:
    """Reporters on one event: the same names, a quote and some background in the same words, the rest their own."""
    language = writer.language()
    shared = writer.story(writer.chance.randint(40, 90), language).paragraphs
    names = writer.draw(language.name, 8)
    while True:
        own = list(writer.story(writer.chance.randint(200, 450), language).paragraphs)
        own = [tuple((writer.chance.choice(names), *words) for words in part) for part in own]
        for part in writer.chance.sample(shared, max(1, int(0.8 * len(shared)))):
            own.insert(writer.chance.randint(0, len(own)), part)
        yield Story(language, tuple(own)).text


def round_up(writer: Writer) -> tuple[list[str], str]:
    """Short items, and a text that strings them together with others."""
    language = writer.language()
    items = [writer.story(writer.chance.randint(50, 130), language) for _ in range(writer.chance.randint(5, 9))]
    apart = writer.chance.sample(items, 2)
    return [item.text for item in apart], "\n\n".join(item.text for item in items)
