"""Reports that fill one frame anew are kept, though no number tells them; copies that differ in the same places are not."""

import random

from test_dedupe import article, found, words

NAMES = [f"Na{one}{other}" for one in "bdklmprst" for other in "aeiou"]


def refill(seed, every, lists=4):
    """Texts on one frame: each so many words a name from one of some lists of a dozen."""
    frame = words(seed, 140).split(" ")
    chance = random.Random(seed)
    choices = [chance.sample(NAMES, 12) for _ in range(lists)]
    slots = {place: chance.choice(choices) for place in range(3, len(frame), every)}
    while True:
        yield " ".join(chance.choice(slots[place]) if place in slots else word for place, word in enumerate(frame))


def test_reports_that_differ_in_names_alone_are_kept():
    for seed in range(6):
        texts = refill(seed, 11 + seed % 3)
        assert not found([article(str(day), next(texts)) for day in range(8)])


def test_notices_of_deaths_are_kept():
    def notice(chance):
        pick = chance.choice
        return (
            f"{pick(NAMES)} {pick(NAMES)}, {chance.randint(60, 99)}, of {pick(NAMES[:6])}, passed away on "
            f"{pick(('Monday', 'Tuesday', 'Friday'))} at the county hospital. Services will be held at "
            f"{chance.randint(9, 12)} a.m. at the {pick(('Lutheran', 'Methodist', 'Baptist', 'Catholic'))} church with burial to "
            "follow in the church cemetery. The family will receive friends one hour before the service. Memorial gifts "
            f"may be sent to the {pick(('library', 'hospice', 'school', 'choir'))}."
        )

    chance = random.Random(5)
    assert len(found([article(f"{number:02}", notice(chance)) for number in range(50)])) <= 5


def test_copies_under_their_own_headlines_are_copies():
    text = words(33, 120)
    rows = [
        article(f"{site}", f"{words(site, 9)} {text} Copyright {NAMES[site]} {NAMES[site + 9]} News.")
        for site in range(8)
    ]
    assert len(found(rows)) == 7


def test_copies_in_two_house_styles_are_copies():
    frame = words(31, 140).split(" ")
    one, other = (" ".join(f"{word}{style}" if n % 14 == 3 else word for n, word in enumerate(frame)) for style in "zs")
    copies = found([article(f"{site}{style}", text) for style, text in (("a", one), ("b", other)) for site in range(3)])
    assert {kept for _, kept in copies} == {"0a"}
    assert len(copies) == 5


def test_edited_copies_of_one_text_are_copies():
    frame = words(32, 300).split(" ")
    chance = random.Random(1)
    texts = [" ".join(word if chance.random() > 0.04 else "changed" for word in frame) for _ in range(6)]
    assert len(found([article(str(n), text) for n, text in enumerate(texts)])) == 5
