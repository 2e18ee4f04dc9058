"""What holds whatever the market does, and whatever the plan is."""

import dataclasses
import json
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from pricing import (
    STRATEGIES,
    Answer,
    Conditions,
    Hours,
    Limits,
    LowStock,
    Move,
    Offer,
    Plan,
    Rule,
    Situation,
    Slot,
    SlowSales,
    Strategy,
    Truce,
    decide,
    make_strategy,
)
from tests.pricing.market import ME, situation

prices = st.integers(100, 40_000)
minutes = st.integers(0, 10_079)
names = st.sampled_from(["a", "b", "c", "d", "e"])
basis_points = st.integers(0, 2_000)
amounts = st.integers(1, 500)
PARAMETERS: dict[str, st.SearchStrategy[dict[str, int | None]]] = {
    "undercut": st.fixed_dictionaries({}, optional={"tenge": st.none() | amounts, "basis_points": basis_points}),
    "match": st.just({}),
    "hold_place": st.fixed_dictionaries({"place": st.integers(1, 5)}),
    "follow_second": st.just({}),
    "stay_above": st.fixed_dictionaries({"tenge": amounts}, optional={"basis_points": basis_points}),
    "margin_target": st.fixed_dictionaries({"basis_points": basis_points}),
    "fixed": st.fixed_dictionaries({"price": prices}),
    "manual": st.just({}),
    "nine_ending": st.fixed_dictionaries({"of": st.sampled_from([10, 100, 1000])}),
}
strategies: st.SearchStrategy[Strategy] = st.sampled_from(sorted(PARAMETERS)).flatmap(
    lambda name: PARAMETERS[name].map(lambda parameters: make_strategy(name, **parameters))
)
windows = st.lists(st.builds(Hours, minutes, minutes), max_size=2).map(tuple)
truces = st.builds(
    Truce,
    answer=st.sampled_from(Answer),
    answers=st.integers(1, 2),
    step_up=st.integers(0, 3_000),
    sleep_hours=windows,
)
plans = st.builds(
    Plan,
    strategy=strategies,
    conditions=st.builds(
        Conditions, st.sampled_from([0.0, 4.0]), st.integers(0, 5), st.none() | st.integers(0, 5), st.booleans()
    ),
    schedule=st.lists(st.builds(Slot, st.builds(Hours, minutes, minutes), strategies), max_size=2).map(tuple),
    working_hours=windows,
    after_hours=st.none() | strategies,
    quiet_hours=windows,
    low_stock=st.none() | st.builds(LowStock, st.integers(0, 5), st.integers(0, 5_000)),
    slow_sales=st.none() | st.builds(SlowSales, st.integers(0, 5), st.integers(0, 5_000)),
    smallest_move=st.integers(0, 300),
    cool_down_seconds=st.integers(0, 300).map(float),
    truce=st.none() | truces,
)
offers = st.builds(
    Offer,
    merchant_id=names,
    price=prices,
    rating=st.none() | st.sampled_from([3.0, 4.0, 5.0]),
    reviews=st.none() | st.integers(0, 9),
    delivery_days=st.none() | st.integers(0, 9),
    preorder_days=st.none() | st.integers(0, 3),
)
zones = st.lists(st.integers(1_000, 40_000), min_size=2, max_size=6, unique=True).map(
    lambda edges: tuple(
        (low, high, low - 1) for low, high in zip(sorted(edges)[::2], sorted(edges)[1::2], strict=False)
    )
)


@st.composite
def races(draw: st.DrawFn) -> tuple[Move, ...]:
    """A race downwards of a few turns, with anything after it."""
    start, turns = draw(st.integers(5_000, 40_000)), draw(st.integers(0, 8))
    rival = draw(names)
    fall = [Move((ME, rival)[turn % 2], start - 50 * turn, 60.0 * (30 - turn)) for turn in range(turns)]
    after = draw(
        st.lists(st.builds(Move, st.sampled_from([ME, rival]), prices, st.integers(0, 1_000).map(float)), max_size=3)
    )
    return (*fall, *after)


@st.composite
def situations(draw: st.DrawFn) -> Situation:
    floor = draw(st.integers(100, 30_000))
    ceiling = floor + draw(st.integers(0, 10_000))
    own = draw(st.lists(st.builds(Offer, st.just(ME), prices), min_size=1, max_size=2))
    return Situation(
        price=draw(prices),
        limits=Limits(floor, ceiling, draw(st.integers(1, 300))),
        merchant_id=ME,
        offers=tuple(draw(st.permutations([*own, *draw(st.lists(offers, max_size=8))]))),
        not_rivals=draw(st.frozensets(names, max_size=2)),
        plan=draw(plans),
        minute_of_week=draw(minutes),
        seconds_since_change=draw(st.none() | st.integers(0, 600).map(float)),
        recent_median=draw(st.none() | prices),
        cost_floor=draw(st.none() | st.integers(100, 40_000)),
        dead_zones=draw(st.just(()) | zones),
        stock=draw(st.none() | st.integers(0, 9)),
        is_stock_doubtful=draw(st.sampled_from([False, False, False, True])),
        sold_per_week=draw(st.none() | st.integers(0, 9)),
        history=draw(races()),
    )


def shown_price(told: Situation) -> int:
    return min(offer.price for offer in told.offers if offer.merchant_id == ME)


def test_every_strategy_is_among_the_cases() -> None:
    assert set(PARAMETERS) == set(STRATEGIES)


@given(situations())
def test_never_under_a_floor_and_never_over_the_ceiling(told: Situation) -> None:
    decision = decide(told)
    if decision.is_hold:
        assert decision.price == told.price
    else:
        assert max(told.limits.floor, told.cost_floor or 0) <= decision.price <= told.limits.ceiling


@given(situations())
def test_a_move_is_bounded_by_what_buyers_see(told: Situation) -> None:
    shown, floor, ceiling = shown_price(told), max(told.limits.floor, told.cost_floor or 0), told.limits.ceiling
    price = decide(told).price
    is_bounded = min(shown * 0.8, ceiling) <= price <= max(shown * 1.2, floor)
    assert is_bounded or price in {told.price, floor, ceiling}
    if price not in {told.price, floor}:
        assert price >= min(shown * 0.8, ceiling)


@given(situations())
def test_deciding_again_with_our_own_new_price_changes_nothing(told: Situation) -> None:
    first = decide(told)
    assert decide(dataclasses.replace(told, price=first.price)).price == first.price


@given(situations(), st.randoms(use_true_random=False))
def test_the_order_of_offers_and_moves_does_not_matter(told: Situation, chance: Random) -> None:
    seen, moves = list(told.offers), list(told.history)
    chance.shuffle(seen)
    chance.shuffle(moves)
    assert decide(dataclasses.replace(told, offers=tuple(seen), history=tuple(moves))) == decide(told)


@given(situations())
def test_every_decision_is_explained(told: Situation) -> None:
    decision = decide(told)
    assert decision.steps
    moves = [step.price for step in decision.steps if step.price is not None]
    assert decision.price == (told.price if decision.is_hold or not moves else moves[-1])
    assert (Rule.UNCHANGED in {step.rule for step in decision.steps}) is (
        decision.price == told.price and not decision.is_hold
    )


@given(situations())
def test_stored_and_read_back_it_decides_the_same(told: Situation) -> None:
    again = Situation.from_stored(json.loads(json.dumps(told.to_stored())))
    assert decide(again) == decide(told)


@given(situations())
def test_a_person_has_the_word(told: Situation) -> None:
    by_hand = dataclasses.replace(told, plan=Plan(strategy=make_strategy("manual")), stock=None)
    assert decide(by_hand).price == told.price


@given(situations())
def test_a_doubtful_stock_is_never_sold_cheaper(told: Situation) -> None:
    decision = decide(dataclasses.replace(told, is_stock_doubtful=True))
    floor = max(told.limits.floor or 0, told.cost_floor or 0)
    if floor <= told.price <= (told.limits.ceiling or 0):
        assert decision.price >= told.price


@given(situations(), st.lists(prices, min_size=8, max_size=8))
def test_what_our_own_shops_and_partners_ask_never_matters(told: Situation, asked: list[int]) -> None:
    friends = told.not_rivals | {"another shop of ours"}
    told = dataclasses.replace(told, not_rivals=friends)
    strangers = [offer for offer in told.offers if offer.merchant_id not in friends]
    other = [Offer(sorted(friends)[number % len(friends)], price) for number, price in enumerate(asked)]
    with_other, without = (decide(dataclasses.replace(told, offers=(*strangers, *more))) for more in (other, []))
    assert (with_other.price, with_other.is_hold) == (without.price, without.is_hold)


@given(situations(), st.sampled_from([10, 100, 1000]))
def test_another_unit_never_leads(told: Situation, factor: int) -> None:
    """All offers near what is usual, then all of them tenfold, or at a hundredth: no market moves like that."""
    usual = shown_price(told)
    near = [dataclasses.replace(offer, price=usual + offer.price % usual) for offer in told.offers]
    for change in (lambda price: price * factor, lambda price: max(price // factor, 1)):
        offers = tuple(dataclasses.replace(offer, price=change(offer.price)) for offer in near)
        decision = decide(dataclasses.replace(told, offers=offers, recent_median=usual * 3 // 2))
        assert (decision.price, decision.is_hold) == (told.price, True)


plain_markets = st.lists(st.integers(6_000, 14_000), min_size=1, max_size=6)
followers = st.sampled_from(["undercut", "match", "follow_second", "stay_above", "hold_place", "nine_ending"])


def decided(asked: list[int], name: str, limits: Limits, **parameters: int) -> int:
    rivals = tuple(Offer(f"r{number}", price) for number, price in enumerate(asked))
    return decide(situation(rivals, limits=limits, plan=Plan(strategy=make_strategy(name, **parameters)))).price


@given(plain_markets, followers, st.integers(8_000, 11_000), st.integers(0, 1_000))
def test_a_higher_floor_never_gives_a_lower_price(asked: list[int], name: str, floor: int, more: int) -> None:
    low, high = Limits(floor, 12_000), Limits(floor + more, 12_000)
    assert decided(asked, name, low) <= decided(asked, name, high)


@given(plain_markets, followers, st.integers(9_000, 12_000), st.integers(0, 1_000))
def test_a_higher_ceiling_never_gives_a_lower_price(asked: list[int], name: str, ceiling: int, more: int) -> None:
    low, high = Limits(9_000, ceiling), Limits(9_000, ceiling + more)
    assert decided(asked, name, low) <= decided(asked, name, high)


@given(st.integers(6_000, 14_000), st.integers(0, 1_000), followers)
def test_an_only_rival_who_rises_never_pulls_us_down(asked: int, more: int, name: str) -> None:
    limits = Limits(9_000, 12_000)
    assert decided([asked], name, limits) <= decided([asked + more], name, limits)


@given(
    st.lists(st.integers(10_001, 14_000), min_size=1, max_size=6), st.integers(0, 5), st.integers(1, 3_999), followers
)
def test_a_cheaper_rival_never_makes_us_dearer(asked: list[int], who: int, less: int, name: str) -> None:
    """Promised while he can be followed: one who goes under the floor is left alone, and the next one leads."""
    limits, place = Limits(9_000, 12_000), who % len(asked)
    cheaper = [max(price - less, 10_001) if at == place else price for at, price in enumerate(asked)]
    assert decided(cheaper, name, limits) <= decided(asked, name, limits)


@given(plain_markets, st.integers(1, 2_000), followers)
def test_a_slip_of_the_keyboard_never_matters(asked: list[int], slip: int, name: str) -> None:
    limits = Limits(9_000, 12_000)
    assert decided([*asked, slip], name, limits) == decided(asked, name, limits)


@given(plain_markets, st.integers(1, 6), st.integers(9_000, 10_000))
def test_a_worse_place_is_never_cheaper(asked: list[int], place: int, floor: int) -> None:
    limits = Limits(floor, 12_000)
    assert decided(asked, "hold_place", limits, place=place) <= decided(asked, "hold_place", limits, place=place + 1)


@given(plain_markets)
def test_first_place_is_undercutting(asked: list[int]) -> None:
    limits = Limits(9_000, 12_000)
    assert decided(asked, "hold_place", limits, place=1) == decided(asked, "undercut", limits)


@given(situations())
def test_the_cheapest_fair_rival_is_beaten_or_left_alone(told: Situation) -> None:
    simple = dataclasses.replace(told, plan=Plan(), history=(), dead_zones=(), stock=None, is_stock_doubtful=False)
    decision = decide(simple)
    for step in decision.steps:
        if step.rule is Rule.UNDERCUT:
            assert step.price == step.seen - simple.limits.step
            assert step.merchant_id not in {ME, *simple.not_rivals}
