"""Documents that are one story though they look like several: round-ups, live blogs, lists, interviews and their kin.

Put together from real stories of one fold, with furniture of our own invention.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from splices import FOLDS, Case, Item, Line, tease

if TYPE_CHECKING:
    import random
    from collections.abc import Callable, Iterator, Sequence

    Maker = Callable[["Shelf", random.Random], list[Line]]


class Shelf:
    """The stories of one fold and language that a document is made of."""

    def __init__(self, items: Sequence[Item]) -> None:
        self.items = [
            item
            for item in items
            if item.paragraphs and len(item.paragraphs[0].split()) >= 12 and item.paragraphs[0].endswith(".")
        ]
        self.titles = [item.title for item in self.items if item.title] or ["In other news"]
        self.long = [item for item in self.items if item.words >= 140 and len(item.paragraphs) >= 5] or self.items
        self.paragraphs = [p for item in self.items for p in item.paragraphs if 25 <= len(p.split()) <= 110] or [
            "No text."
        ]


def _lines(*texts: str) -> list[Line]:
    return [Line(text) for text in texts if text]


def _title(shelf: Shelf, rng: random.Random) -> str:
    title = rng.choice(shelf.titles)
    return title.capitalize() if title.isupper() and rng.random() < 0.7 else title


def round_up(shelf: Shelf, rng: random.Random) -> list[Line]:
    """News in brief: many short items, each with its own headline, some with a stamp of place or hour."""
    lines = _lines(
        rng.choice(
            ["News in brief", "Morning briefing: what you need to know", "Business briefs", "The week in review"]
        )
    )
    longest, style = rng.choice([1, 2, 3]), rng.choice(["headline", "number", "lead-in", "none", "place"])
    for number, item in enumerate(rng.sample(shelf.items, min(len(shelf.items), rng.randint(4, 12))), 1):
        title = item.title or _title(shelf, rng)
        if style in ("headline", "place"):
            lines += _lines(title)
        if style == "number":
            lines += _lines(f"{number}. {title}")
        body = list(item.paragraphs[: rng.randint(1, longest)])
        if style == "lead-in":
            body[0] = f"{title.upper()}: {body[0]}"
        if style == "place":
            body[0] = f"{rng.choice(['LONDON', 'PARIS', 'NEW YORK', 'TOKYO', 'BONN'])} - {body[0]}"
        lines += _lines(*body)
    return lines


def long_round_up(shelf: Shelf, rng: random.Random) -> list[Line]:
    """A newsletter: four to seven items of three or four paragraphs."""
    lines = _lines(
        _title(shelf, rng),
        "Good morning. Here is what we are watching today, and why it matters to readers across the country.",
    )
    for item in rng.sample(shelf.long, min(len(shelf.long), rng.randint(4, 7))):
        lines += _lines(item.title or _title(shelf, rng), *item.paragraphs[: rng.randint(2, 4)])
    return lines


def live_blog(shelf: Shelf, rng: random.Random) -> list[Line]:
    """Stamped entries, the newest first, mostly on one matter with others strewn in."""
    item = rng.choice(shelf.long)
    lines = _lines(
        f"{item.title or _title(shelf, rng)} - live", "Follow the latest developments with us throughout the day."
    )
    hour, minute, style = (
        rng.randint(12, 22),
        59,
        rng.choice(["{h:02d}:{m:02d}", "{p}.{m:02d}pm", "Posted at {h:02d}:{m:02d}", "{n} min ago"]),
    )
    entries = [list(item.paragraphs[i : i + 2]) for i in range(0, len(item.paragraphs), 2)]
    for other in rng.sample(shelf.items, min(len(shelf.items), rng.randint(2, 5))):
        entries.insert(rng.randint(0, len(entries)), list(other.paragraphs[: rng.randint(1, 3)]))
    titled = rng.random() < 0.5
    for number, entry in enumerate(entries):
        minute -= rng.randint(3, 25)
        if minute < 0:
            hour, minute = hour - 1, minute + 60
        lines += _lines(style.format(h=hour, p=(hour - 1) % 12 + 1, m=minute, n=5 + 13 * number))
        lines += _lines(_title(shelf, rng)) if titled and rng.random() < 0.7 else []
        lines += _lines(*entry)
    return lines


def wanderer(shelf: Shelf, rng: random.Random) -> list[Line]:
    """A story that leaves its matter for some paragraphs and comes back to it."""
    home, away = rng.choice(shelf.long), rng.choice(shelf.long)
    cut = rng.randint(2, max(2, len(home.paragraphs) - 2))
    lines = _lines(home.title, *home.paragraphs[:cut])
    lines += _lines(rng.choice(["", "A life in pictures", "The early years", "Background"]))
    return lines + _lines(*away.paragraphs[: rng.randint(2, 4)], *home.paragraphs[cut:])


def notebook(shelf: Shelf, rng: random.Random) -> list[Line]:
    """A column of three to six notes without headlines, parted by stars or by nothing."""
    mark = rng.choice(["", "* * *", "", "..."])
    lines = _lines(_title(shelf, rng), f"By {rng.choice(['Ann Holt', 'Peter Strand'])}")
    for item in rng.sample(shelf.long, min(len(shelf.long), rng.randint(3, 6))):
        lines += _lines(*item.paragraphs[: rng.randint(2, 3)], mark)
    return lines


def interview(shelf: Shelf, rng: random.Random) -> list[Line]:
    """Short questions, long answers, on one matter after another."""
    lines = _lines(_title(shelf, rng), "This conversation has been edited and condensed for clarity.")
    openings = (
        "And what do you make of {}?",
        "Q: How did {} come about?",
        "Let us talk about {}.",
        "You have written about {}. Why?",
        "What about {}?",
    )
    for item in rng.sample(shelf.long, min(len(shelf.long), rng.randint(3, 7))):
        topic = (item.title or "the future").lower()[:60]
        lines += _lines(rng.choice(openings).format(topic), *item.paragraphs[: rng.randint(1, 3)])
    return lines


def shopping(shelf: Shelf, rng: random.Random) -> list[Line]:
    """The ten best of something: a name, a price, a paragraph or two, a shop."""
    things = (
        "Garden Chair Oslo",
        "Trail Runner 4",
        "The Slow Kettle",
        "Nimbus Duvet",
        "Pocket Projector X2",
        "Ceramic Knife Set",
        "Wool Beanie",
        "Travel Mug Pro",
    )
    lines = _lines(f"The {rng.randint(5, 15)} best things to buy this month", rng.choice(shelf.paragraphs))
    for number in range(rng.randint(4, 9)):
        lines += _lines(
            f"{rng.choice(['', f'{number + 1}. '])}{rng.choice(things)}",
            *rng.sample(shelf.paragraphs, min(2, len(shelf.paragraphs), rng.randint(1, 2))),
        )
        lines += _lines(
            rng.choice(["", "Buy now for $24.99", "See price at retailer", "Pros: light, quiet. Cons: dear."])
        )
    return lines


_TEAMS = ("Rovers", "United", "Athletic", "Wanderers", "City", "Albion", "Dynamo", "Harriers", "Falcons", "Comets")
_PLAYERS = (
    "Marsh",
    "Okoye",
    "Lindqvist",
    "Baptista",
    "Novak",
    "Reyes",
    "Tanaka",
    "Whelan",
    "Dupont",
    "Salah",
    "Kerr",
    "Ibarra",
)
_PLAYS = (
    "{a} took the lead after {n} minutes when {p} turned a low cross past the goalkeeper from close range.",
    "{b} answered before the break, {q} heading in from a corner after the defence had twice failed to clear.",
    "Coach {r} said his side had been too slow in midfield but praised the way they kept their heads late on.",
    "{p}, who has now scored in four matches running, left the field with a sore ankle and will be examined on Monday.",
    "The visitors had the better chances after the interval, yet {q} shot wide with only the keeper to beat.",
    "{a} stay third in the table, {n} points behind the leaders with a match in hand, while {b} slip to eleventh.",
    "A crowd of {n},{n}50 saw {r} sent off for a second yellow card, after which {a} were content to defend.",
)


def sports_wrap(_: Shelf, rng: random.Random) -> list[Line]:
    """A day's matches, each with its own teams and players."""
    lines = _lines(
        f"{rng.choice(_TEAMS)} go top as rivals stumble",
        "A round of surprises shook the standings on Saturday, with late goals on four grounds and two managers under pressure.",
    )
    headed = rng.random() < 0.6
    for _match in range(rng.randint(3, 6)):
        a, b = rng.sample(_TEAMS, 2)
        p, q, r = rng.sample(_PLAYERS, 3)
        lines += _lines(f"{a} {rng.randint(0, 4)} {b} {rng.randint(0, 4)}") if headed else []
        lines += _lines(
            *(s.format(a=a, b=b, p=p, q=q, r=r, n=rng.randint(4, 44)) for s in rng.sample(_PLAYS, rng.randint(2, 5)))
        )
    return lines


def letters(shelf: Shelf, rng: random.Random) -> list[Line]:
    """Letters to the editor: each with a heading, an address and a name below."""
    lines = _lines("Letters to the editor")
    for item in rng.sample(shelf.long, min(len(shelf.long), rng.randint(3, 6))):
        lines += _lines(
            _title(shelf, rng),
            *(f"Sir, {p}" if not k else p for k, p in enumerate(item.paragraphs[: rng.randint(1, 3)])),
            f"{rng.choice(['J. Holm', 'Ada Wirth', 'R. Patel'])}, by email",
        )
    return lines


def release(shelf: Shelf, rng: random.Random) -> list[Line]:
    """A story with a box after it: about a company, an author, how we tested."""
    item, box = rng.choice(shelf.long), rng.choice(shelf.long)
    name = rng.choice(
        [
            "About the company",
            "About the author",
            "How we did it",
            "Notes to editors",
            "Analysis",
            "Explainer: what is it all about?",
        ]
    )
    return _lines(item.title, *item.paragraphs, name, *box.paragraphs[: rng.randint(1, 3)])


def teased(shelf: Shelf, rng: random.Random) -> list[Line]:
    """A story with teaser headlines inside, and teasers with a sentence or two each after it."""
    item = rng.choice(shelf.long)
    lines = tease(_lines(item.title, *item.paragraphs), rng, shelf.titles)
    for other in rng.sample(shelf.items, min(len(shelf.items), rng.randint(0, 5))):
        lines += [
            Line(other.title or _title(shelf, rng), "chrome"),
            Line(" ".join(other.paragraphs[0].split()[:35]), rng.choice(["chrome", "body"])),
        ]
    return lines


def sectioned(shelf: Shelf, rng: random.Random) -> list[Line]:
    """One long story with subheadings of its own words."""
    item = rng.choice(shelf.long)
    lines = _lines(item.title)
    for number, paragraph in enumerate(item.paragraphs):
        words = [w for w in paragraph.split() if len(w) > 4]
        if number and len(words) > 8 and rng.random() < 0.4:
            lines += _lines(" ".join(rng.sample(words, rng.randint(2, 5))).strip(".,").capitalize())
        lines += _lines(paragraph)
    return lines


def stamped(shelf: Shelf, rng: random.Random) -> list[Line]:
    """One story whose captions, updates and quoted posts bring dates and bylines into its middle."""
    item = rng.choice(shelf.long)
    extras = (
        "Photo: Ann Holt/AP, March 3, 2021",
        "Updated 14:05",
        "Posted by @harbour_watch, 9:12 PM - 4 May 2020",
        "UPDATE, 5:20 p.m.:",
        "Correction, June 4, 2019: an earlier version misspelled a name.",
    )
    lines = _lines(item.title)
    for paragraph in item.paragraphs:
        lines += _lines(paragraph)
        if rng.random() < 0.3:
            lines.append(Line(rng.choice(extras), rng.choice(["chrome", "body"])))
    return lines


def interrupted(shelf: Shelf, rng: random.Random) -> list[Line]:
    """One story broken once or twice by what sites put amid it: a list of headlines, a share bar, a sign-up, a gallery."""
    item = rng.choice(shelf.long)
    places = rng.sample(range(1, len(item.paragraphs)), min(len(item.paragraphs) - 1, rng.randint(1, 2)))
    lines = _lines(item.title)
    for number, paragraph in enumerate(item.paragraphs):
        if number in places:
            titles = [_title(shelf, rng) for _ in range(rng.randint(2, 7))]
            block = rng.choice(
                [
                    [rng.choice(["Most read", "More trending", "Read next", "Related stories"]), *titles],
                    [part for title in titles for part in (rng.choice(["World", "Exclusive", "Sport"]), title)],
                    ["Share this article", "Share", "Tweet", "Email", "Updated 14:05"],
                    [
                        "Sign up for our newsletter",
                        "Your email",
                        "Subscribe",
                        titles[0],
                        "By Ann Holt",
                        "March 3, 2021",
                    ],
                    ["1 of 7", f"{titles[0]} (Photo: Ann Holt)", "Next", "Show all", titles[-1]],
                    [titles[0], "By Ann Holt", "2 hours ago", titles[1], "By Peter Strand", "4 hours ago"],
                ]
            )
            lines += [Line(text, "chrome") for text in block]
        lines += _lines(paragraph)
    return lines


MAKERS: dict[str, Maker] = {
    maker.__name__: maker
    for maker in (round_up, long_round_up, live_blog, wanderer, notebook, interview, shopping, sports_wrap, letters, release, teased, sectioned, stamped, interrupted)
}  # fmt: skip


def made(items: Sequence[Item], rng: random.Random, count: int, source: str) -> Iterator[Case]:
    """`count` single documents of every kind in turn."""
    shelves = {}
    for fold in range(FOLDS):
        for language in sorted({item.language for item in items}):
            chosen = [item for item in items if item.fold == fold and item.language == language]
            if len(chosen) >= 8:
                shelves[fold, language] = Shelf(chosen)
    keys = sorted(shelves)
    names = sorted(MAKERS)
    for number in range(count):
        fold, language = rng.choice(keys)
        name = names[number % len(names)]
        yield Case(f"{source}/{name}", fold, language, tuple(MAKERS[name](shelves[fold, language], rng)))


def plain(items: Sequence[Item]) -> Iterator[Case]:
    """Every story by itself, and every flattened page of it."""
    for item in items:
        yield Case(f"{item.source}/single", item.fold, item.language, tuple(_lines(item.title, *item.paragraphs)))
        for page in item.pages:
            yield Case(f"{item.source}/flattened", item.fold, item.language, page)
