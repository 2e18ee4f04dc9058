"""Market stories as tables, and what holds whatever the market does."""

import dataclasses
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pricing import Limits, Offer, Rule, Situation, decide

ME = "me"


def situation(price: int, rivals: dict[str, int], *, shown: int | None = None, **changes: Any) -> Situation:
    limits = Limits(floor=9_000, ceiling=12_000, step=1)
    offers = (Offer(ME, shown or price), *(Offer(name, asked) for name, asked in rivals.items()))
    return dataclasses.replace(Situation(price, limits, ME, offers), **changes)


@pytest.mark.parametrize(
    ("story", "price", "rivals", "expected", "rules"),
    [
        ("nobody else sells it: up to the ceiling", 11_000, {}, 12_000, ["alone"]),
        ("one tenge under the cheapest", 10_000, {"a": 9_800, "b": 9_900}, 9_799, ["undercut"]),
        ("already one tenge under: nothing moves", 9_799, {"a": 9_800}, 9_799, ["undercut", "unchanged"]),
        ("the rival left, the next one leads: up again", 9_799, {"b": 9_900}, 9_899, ["undercut"]),
        ("the rival rose: up with him", 9_799, {"a": 11_000}, 10_999, ["undercut"]),
        (
            "a rival under the floor is left alone",
            10_000,
            {"a": 8_500, "b": 11_000},
            10_999,
            ["under_my_floor", "undercut"],
        ),
        ("all rivals under the floor: stop there", 10_000, {"a": 8_500}, 9_000, ["under_my_floor", "floor"]),
        ("a rival exactly at the floor cannot be undercut", 9_500, {"a": 9_000}, 9_000, ["under_my_floor", "floor"]),
        ("rivals above the ceiling: stop at the ceiling", 11_900, {"a": 15_000}, 12_000, ["undercut", "ceiling"]),
        (
            "a slip of the keyboard does not lead",
            10_000,
            {"typo": 98, "a": 9_900, "b": 9_950},
            9_899,
            ["outlier", "undercut"],
        ),
    ],
)
def test_where_the_price_goes(story: str, price: int, rivals: dict[str, int], expected: int, rules: list[str]) -> None:
    decision = decide(situation(price, rivals))
    assert (decision.price, [step.rule for step in decision.steps]) == (expected, rules), story
    assert not decision.is_hold


@pytest.mark.parametrize(
    ("story", "changes", "rule"),
    [
        ("no floor", {"limits": Limits(None, 12_000)}, Rule.NO_LIMITS),
        ("no ceiling", {"limits": Limits(9_000, None)}, Rule.NO_LIMITS),
        ("floor above the ceiling", {"limits": Limits(12_000, 9_000)}, Rule.LIMITS_CROSSED),
        ("seen too long ago", {"age_seconds": 3_601.0}, Rule.STALE),
        ("seen in the future", {"age_seconds": -1.0}, Rule.FROM_THE_FUTURE),
        ("an empty list is not 'no rivals'", {"offers": ()}, Rule.NO_OFFERS),
        ("our own offer is missing", {"offers": (Offer("a", 9_800),)}, Rule.OWN_OFFER_MISSING),
    ],
)
def test_unknown_means_hold(story: str, changes: dict[str, object], rule: Rule) -> None:
    decision = decide(situation(10_000, {"a": 9_800}, **changes))
    assert (decision.price, decision.is_hold, [step.rule for step in decision.steps]) == (10_000, True, [rule]), story


@pytest.mark.parametrize("rivals", [{"typo": 100}, {"typo": 1, "another": 1}, {"far below": 3_900}])
def test_where_all_rivals_are_outliers_the_price_holds(rivals: dict[str, int]) -> None:
    decision = decide(situation(10_000, rivals))
    assert (decision.price, decision.is_hold) == (10_000, True)
    assert [step.rule for step in decision.steps] == ["only_outliers"]


def test_own_shops_and_partners_are_never_undercut() -> None:
    second_shop = situation(10_000, {"mine too": 9_100, "a": 9_800}, not_rivals=frozenset({"mine too"}))
    decision = decide(second_shop)
    assert decision.price == 9_799
    assert [(step.rule, step.merchant_id) for step in decision.steps] == [
        ("not_a_rival", "mine too"),
        ("undercut", "a"),
    ]


def test_one_move_goes_at_most_a_fifth_from_what_buyers_see() -> None:
    wide = Limits(floor=1_000, ceiling=100_000)
    assert decide(situation(10_000, {"a": 7_000}, limits=wide)).price == 8_000
    assert decide(situation(10_000, {}, limits=wide)).price == 12_000


def test_only_the_way_up_to_the_floor_is_free() -> None:
    raised_floor = Limits(floor=20_000, ceiling=30_000)
    assert decide(situation(10_000, {"a": 9_000}, limits=raised_floor)).price == 20_000


def test_a_bound_move_says_where_it_was_going() -> None:
    decision = decide(situation(10_000, {"a": 7_000}, limits=Limits(1_000, 100_000)))
    assert [(step.rule, step.price, step.seen) for step in decision.steps][-1] == (Rule.BOUNDED_STEP, 8_000, 6_999)


prices = st.integers(min_value=1, max_value=10_000_000)
corridors = st.tuples(st.integers(100, 1_000_000), st.integers(0, 1_000_000)).map(
    lambda pair: Limits(floor=pair[0], ceiling=pair[0] + pair[1], step=1 + pair[1] % 500)
)
markets = st.dictionaries(st.text("abcdefgh", min_size=1, max_size=3), prices, max_size=12)


@st.composite
def situations(draw: st.DrawFn) -> Situation:
    limits = draw(corridors)
    rivals = draw(markets)
    own = Offer(ME, draw(prices))
    offers = draw(st.permutations([own, *(Offer(name, price) for name, price in rivals.items())]))
    friends = draw(st.frozensets(st.sampled_from([*rivals, "nobody"])))
    price = draw(st.integers(limits.floor or 0, limits.ceiling or 0))
    return Situation(price, limits, ME, tuple(offers), friends)


@given(situations())
def test_never_leaves_the_corridor(told: Situation) -> None:
    assert told.limits.floor <= decide(told).price <= told.limits.ceiling


@given(situations())
def test_deciding_again_with_our_own_new_price_changes_nothing(told: Situation) -> None:
    first = decide(told)
    assert decide(dataclasses.replace(told, price=first.price)).price == first.price


@given(situations(), st.randoms(use_true_random=False))
def test_the_order_of_offers_does_not_matter(told: Situation, chance: Random) -> None:
    shuffled = list(told.offers)
    chance.shuffle(shuffled)
    assert decide(dataclasses.replace(told, offers=tuple(shuffled))) == decide(told)


@given(situations())
def test_a_move_is_bounded_by_what_buyers_see(told: Situation) -> None:
    shown = next(offer.price for offer in told.offers if offer.merchant_id == ME)
    decision = decide(told)
    price = decision.price
    if decision.is_hold:
        assert price == told.price
        return
    assert price >= min(shown * 0.8, told.limits.ceiling)
    assert price <= max(shown * 1.2, told.limits.floor)


@given(situations(), st.integers(1, 1000))
def test_dearer_rivals_never_make_us_cheaper(told: Situation, rise: int) -> None:
    """Promised where no rival is an outlier: their slips come and go as the others move."""
    spread = [offer.price for offer in told.offers]
    if max(spread) > 2 * min(spread):
        return
    risen = tuple(
        offer if offer.merchant_id == ME else dataclasses.replace(offer, price=offer.price + rise)
        for offer in told.offers
    )
    floor = told.limits.floor
    if any(offer.price - told.limits.step < floor <= offer.price + rise for offer in told.offers):
        return  # Who rises over our floor leads again, and may well be cheaper than who led before.
    assert decide(dataclasses.replace(told, offers=risen)).price >= decide(told).price
