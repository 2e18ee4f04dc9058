import random

import pytest

from sandbox.clock import HOUR, almaty_hour
from sandbox.config import MANUAL_CLOCK_STARTS_AT as NOW
from sandbox.market import Shelf
from sandbox.rivals import Follower, Limits, Rival, Sleeper, TypoMaker, Undercutter, Vanisher
from tests.sandbox.sandbox_fakes import OfferMaker

MINUTE = 60.0
LIMITS = Limits(minimum=8_000, usual=10_000, step=10)


class Fixed(random.Random):
    """A stream that always gives the same number."""

    def __init__(self, value: float) -> None:
        super().__init__(0)
        self.value = value

    def random(self) -> float:
        return self.value


def settle(
    kind: type[Rival],
    shelf: Shelf,
    make_offer: OfferMaker,
    *,
    price: int = 10_000,
    chance: float = 0.5,
    tempo: float = 1,
) -> Rival:
    offer = make_offer("9", price)
    shelf.put(offer)
    return kind(shelf, offer, LIMITS, Fixed(chance), tempo)


def own_price(shelf: Shelf) -> int | None:
    offer = shelf.get("9")
    return None if offer is None else offer.price


@pytest.mark.parametrize(
    ("own", "other", "expected"),
    [
        pytest.param(10_000, 9_500, 9_490, id="a step under the cheapest"),
        pytest.param(9_000, 8_005, 8_000, id="down to the minimum and no further"),
        pytest.param(9_000, 95, 8_000, id="not below the minimum for a typo"),
        pytest.param(8_490, 9_900, 9_890, id="up again behind a rival who went up"),
        pytest.param(8_490, 50_000, 10_000, id="never above the usual price"),
        pytest.param(8_490, None, 10_000, id="alone: the usual price"),
    ],
)
def test_undercutter(shelf: Shelf, make_offer: OfferMaker, own: int, other: int | None, expected: int) -> None:
    rival = settle(Undercutter, shelf, make_offer, price=own)
    if other is not None:
        shelf.put(make_offer("1", other))
    rival.act(NOW)
    assert own_price(shelf) == expected


@pytest.mark.parametrize(("chance", "expected"), [(0.1, 10_000), (0.9, 8_000)])
def test_undercutter_beaten_at_his_minimum_tires_now_and_then(
    shelf: Shelf, make_offer: OfferMaker, chance: float, expected: int
) -> None:
    rival = settle(Undercutter, shelf, make_offer, price=8_000, chance=chance)
    shelf.put(make_offer("1", 7_900))
    rival.act(NOW)
    assert own_price(shelf) == expected


def test_two_undercutters_do_not_race_to_zero(shelf: Shelf, make_offer: OfferMaker) -> None:
    first = settle(Undercutter, shelf, make_offer)
    offer = make_offer("8", 10_000)
    shelf.put(offer)
    second = Undercutter(shelf, offer, Limits(minimum=8_500, usual=10_000, step=10), Fixed(0.5), 1)
    for _ in range(500):
        first.act(NOW)
        second.act(NOW)
    assert [offer.price for offer in shelf.ranked()] == [8_490, 8_500]


def test_follower_matches_what_he_saw_a_turn_ago(shelf: Shelf, make_offer: OfferMaker) -> None:
    rival = settle(Follower, shelf, make_offer)
    shelf.put(make_offer("1", 9_000))
    rival.act(NOW)
    assert own_price(shelf) == 10_000
    shelf.reprice("1", 8_700)
    rival.act(NOW)
    assert own_price(shelf) == 9_000
    shelf.reprice("1", 100)
    rival.act(NOW)
    assert own_price(shelf) == 8_700
    rival.act(NOW)
    assert own_price(shelf) == 8_000


@pytest.mark.parametrize("chance", [0.0, 0.25, 0.5, 0.75, 0.99])
def test_sleeper_acts_in_working_hours_only(shelf: Shelf, make_offer: OfferMaker, chance: float) -> None:
    rival = settle(Sleeper, shelf, make_offer, chance=chance)
    moment = NOW
    for _ in range(30):
        following = rival.act(moment)
        assert following >= moment + 4 * HOUR
        assert 10 <= almaty_hour(following) < 19
        moment = following


def test_sleeper_drifts_but_not_under_his_minimum(shelf: Shelf, make_offer: OfferMaker) -> None:
    rival = settle(Sleeper, shelf, make_offer, chance=0.0)
    rival.act(NOW)
    assert own_price(shelf) == 9_500
    rival.limits = Limits(minimum=9_900, usual=10_000, step=1)
    rival.act(NOW)
    assert own_price(shelf) == 9_900


def test_vanisher_leaves_and_comes_back(shelf: Shelf, make_offer: OfferMaker) -> None:
    rival = settle(Vanisher, shelf, make_offer, chance=0.5)
    back_at = rival.act(NOW)
    assert own_price(shelf) is None
    assert back_at == NOW + 4.5 * HOUR
    leaves_at = rival.act(back_at)
    assert own_price(shelf) == 9_650
    assert leaves_at == back_at + 13 * HOUR


def test_typo_maker_loses_zeros_and_mends(shelf: Shelf, make_offer: OfferMaker) -> None:
    rival = settle(TypoMaker, shelf, make_offer, price=9_876, chance=0.1)
    notices_at = rival.act(NOW)
    assert own_price(shelf) in (987, 98)
    assert notices_at == pytest.approx(NOW + 13 * MINUTE)
    rival.act(notices_at)
    assert own_price(shelf) == 9_876


def test_typo_maker_is_careful_most_of_the_time(shelf: Shelf, make_offer: OfferMaker) -> None:
    rival = settle(TypoMaker, shelf, make_offer, chance=0.5)
    rival.act(NOW)
    assert own_price(shelf) == 9_700


@pytest.mark.parametrize(
    ("kind", "pause"),
    [(Undercutter, 12.5 * MINUTE), (Follower, 37.5 * MINUTE), (TypoMaker, 6 * HOUR)],
)
@pytest.mark.parametrize("tempo", [1, 60])
def test_intervals_are_divided_by_tempo(
    shelf: Shelf, make_offer: OfferMaker, kind: type[Rival], pause: float, tempo: float
) -> None:
    rival = settle(kind, shelf, make_offer, tempo=tempo)
    assert rival.act(NOW) == pytest.approx(NOW + pause / tempo)


@pytest.mark.parametrize("kind", [Undercutter, Follower, Sleeper, TypoMaker])
def test_a_rival_taken_away_by_hand_stays_away(shelf: Shelf, make_offer: OfferMaker, kind: type[Rival]) -> None:
    rival = settle(kind, shelf, make_offer)
    shelf.remove("9")
    assert rival.act(NOW) > NOW
    assert own_price(shelf) is None
