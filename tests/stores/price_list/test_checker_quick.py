"""What the checker's quick look at an offer lets through, its careful one has nothing against."""

from typing import Any

import msgspec
import pytest
from hypothesis import event, given
from hypothesis import strategies as st

import kaspi
from stores.services.prices.price_list.meant import Meant, MeantPrice
from stores.services.prices.price_list.wrong import faults_of, is_sound
from tests.cast import ALMATY, ASTANA

Line = kaspi.PriceListLine

# Few values each, so that they meet.
TENGE = st.integers(98, 102)
PRICES = st.dictionaries(st.sampled_from([ALMATY, ASTANA]), TENGE, max_size=2)
LIMIT = st.none() | TENGE
MEANT_PRICE = st.builds(MeantPrice, price=TENGE, floor=LIMIT, ceiling=LIMIT, confirmed=TENGE)
POINT = st.builds(
    kaspi.Availability,
    store_id=st.just("PP1"),
    available=st.booleans(),
    stock_count=st.sampled_from([None, 0, 5]),
    preorder_days=st.sampled_from([None, 3]),
)


def sold_where_it_has_a_price(meant: Meant) -> Meant:
    """As rows are read: not on sale in a city without a price."""
    points = {
        code: msgspec.structs.replace(point, available=point.available and CITIES[code] in meant.prices)
        for code, point in meant.points.items()
    }
    return msgspec.structs.replace(meant, points=points)


CITIES = {"PP1": ALMATY, "PP2": ASTANA}
POINTS = st.dictionaries(st.sampled_from(["PP1", "PP2"]), POINT, max_size=2)
NAME = st.sampled_from(["Чайник", "Самовар"])
MEANT = st.builds(
    Meant,
    product_id=st.just(1),
    sku=st.just("SKU-1"),
    model=NAME,
    brand=st.sampled_from(["", "Qazan"]),
    offer_version=st.integers(0, 2),
    prices=st.dictionaries(st.sampled_from([ALMATY, ASTANA]), MEANT_PRICE, max_size=2),
    points=POINTS,
    derived_floors=st.just({}) | PRICES,
    cities=st.just(CITIES),
).map(sold_where_it_has_a_price)
# What may be otherwise in the list, and usually one thing at most is.
OTHERWISE: st.SearchStrategy[dict[str, Any]] = st.one_of(
    st.just({}),
    st.fixed_dictionaries(
        {},
        optional={
            "model": NAME,
            "brand": st.sampled_from([None, "Qazan"]),
            "points": POINTS,
            "price": st.none() | TENGE,
            "city_prices": PRICES,
        },
    ),
)


def as_meant(meant: Meant, **otherwise: Any) -> Line:
    prices = {city_id: row.price for city_id, row in meant.prices.items()}
    line = Line(meant.sku, meant.model, meant.brand or None, dict(meant.points), None, prices)
    return msgspec.structs.replace(line, **otherwise)


@given(MEANT, OTHERWISE, st.none() | OTHERWISE, st.booleans(), st.integers(0, 2))
def test_the_quick_look_passes_nothing_that_the_careful_one_does_not(
    meant: Meant, new: dict[str, Any], old: dict[str, Any] | None, keeps_prices: bool, as_of: int
) -> None:
    line, live = as_meant(meant, **new), None if old is None else as_meant(meant, **old)
    quick = is_sound(line, live, meant, keeps_prices=keeps_prices)
    event(f"sound at a glance: {quick}")
    assert not quick or list(faults_of(line, live, meant, as_of, keeps_prices=keeps_prices)) == []


POINT_1 = kaspi.Availability("PP1", True, 5, None)
SOUND = Meant(
    product_id=1,
    sku="SKU-1",
    model="Чайник",
    brand="",
    offer_version=1,
    prices={ALMATY: MeantPrice(200, 150, 250, 200), ASTANA: MeantPrice(100, None, None, 100)},
    points={"PP1": POINT_1},
    derived_floors={},
    cities=CITIES,
)
AT = {ALMATY: 200, ASTANA: 100}


def rows(**changes: Any) -> Meant:
    return msgspec.structs.replace(SOUND, **changes)


def almaty(**changes: Any) -> Meant:
    """The rows, with another price or limit in Almaty."""
    return rows(prices={**SOUND.prices, ALMATY: msgspec.structs.replace(SOUND.prices[ALMATY], **changes)})


@pytest.mark.parametrize(
    ("story", "meant", "line", "is_passed"),
    [
        ("as the rows", SOUND, {}, True),
        ("in another order", SOUND, {"city_prices": {ASTANA: 100, ALMATY: 200}}, True),
        ("at the floor and at the ceiling", almaty(floor=200, ceiling=200), {}, True),
        ("without limits", almaty(floor=None, ceiling=None), {}, True),
        ("rows under their own floor", almaty(floor=201), {}, False),
        ("rows over their own ceiling", almaty(ceiling=199), {}, False),
        ("rows under 100 tenge", almaty(price=99, floor=None), {}, False),
        ("a margin binds", rows(derived_floors={ALMATY: 150}), {}, False),
        ("another price", SOUND, {"city_prices": {**AT, ALMATY: 201}}, False),
        ("a city less", SOUND, {"city_prices": {ALMATY: 200}}, False),
        ("a city more", SOUND, {"city_prices": {**AT, "511010000": 200}}, False),
        ("another city", SOUND, {"city_prices": {ALMATY: 200, "511010000": 100}}, False),
        ("one price for all", SOUND, {"price": 200}, False),
        ("another name", SOUND, {"model": "Самовар"}, False),
        ("a brand", SOUND, {"brand": "Qazan"}, False),
        ("a point less", SOUND, {"points": {}}, False),
        ("a point more", SOUND, {"points": {"PP1": POINT_1, "PP2": POINT_1}}, False),
        ("off sale", SOUND, {"points": {"PP1": kaspi.Availability("PP1", False, 5, None)}}, False),
        ("another stock", SOUND, {"points": {"PP1": kaspi.Availability("PP1", True, 4, None)}}, False),
        ("pre-order", SOUND, {"points": {"PP1": kaspi.Availability("PP1", True, 5, 3)}}, False),
    ],
)
def test_the_quick_look_passes_what_is_its_rows_to_the_letter_and_within_limits(
    story: str, meant: Meant, line: dict[str, Any], is_passed: bool
) -> None:
    offer = as_meant(meant, **line)
    assert is_sound(offer, None, meant, keeps_prices=False) is is_passed, story
    assert is_sound(offer, offer, meant, keeps_prices=True) is is_passed, story


def test_a_kept_price_is_passed_only_where_it_is_live() -> None:
    offer = as_meant(SOUND)
    for live in (None, as_meant(SOUND, city_prices={**AT, ALMATY: 201}), as_meant(SOUND, city_prices={ALMATY: 200})):
        assert not is_sound(offer, live, SOUND, keeps_prices=True)
        assert is_sound(offer, live, SOUND, keeps_prices=False)


def test_what_has_no_row_is_looked_at_carefully() -> None:
    offer = as_meant(SOUND)
    assert not is_sound(offer, offer, None, keeps_prices=False)
    assert not is_sound(offer, offer, None, keeps_prices=True)
