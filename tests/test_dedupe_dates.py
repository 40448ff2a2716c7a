"""Which of two dates is later, where that can be known."""

import pytest

from corpusprep.deduping.dates import UNKNOWN, interval


@pytest.mark.parametrize(
    ("older", "newer"),
    [
        ("2017-03-14", "2017-03-15"),
        ("2017", "2018-01-01T00:00"),
        ("2017-03", "2017-04-01"),
        ("2017-03-14T09:51", "2017-03-14T09:52"),
        ("2017-03-14T09:51:59", "2017-03-14 09:52"),
        ("2017-03-14T09:51+02:00", "2017-03-14T08:51Z"),
        ("2017-12-31", "2018-01-01T00:30+00:00"),
    ],
)
def test_later_for_certain(older, newer):
    assert interval(older)[1] < interval(newer)[0]


@pytest.mark.parametrize(("one", "other"), [("2017-03-14", "2017-03-14T09:51"), ("2017", "2017-05"), ("", "2017")])
def test_one_may_hold_the_other(one, other):
    (first, last), (other_first, other_last) = interval(one), interval(other)
    assert first <= other_last
    assert other_first <= last


@pytest.mark.parametrize("stamp", ["", "--03-29", "yesterday", "2017-99-99T99:99Z", "١٩٨٧", "0000-00-00T00:00+99:99"])
def test_no_year_no_date(stamp):
    assert interval(stamp) == UNKNOWN
