"""Two customers who undercut each other on one card do not walk to their floors."""

from datetime import timedelta

import pytest
from django.utils import timezone
from django.utils.translation import override

from stores.models import CardMarket, CityPrice, ProductPriceUpdate, Store
from stores.services.prices.decide import decide_markets
from stores.services.prices.explain import hold_of, why_held
from stores.services.prices.situation import market_of
from tests import cast

pytestmark = pytest.mark.django_db
ME, THEY = "30125007", "30999999"


@pytest.fixture
def rows(store: Store, strangers_store: Store) -> list[CityPrice]:
    """Ours and theirs on one card, at 10,000, with room down to 9,000."""
    return [cast.city_price(cast.product(each, floor=9_000)) for each in (store, strangers_store)]


def go_on(rows: list[CityPrice], rounds: int, rival: int = 9_900) -> list[int]:
    """So many looks at the card, where a third one sells too; the prices at the end."""
    for _ in range(rounds):
        for row in rows:
            row.refresh_from_db()
        cast.see(market_of(rows[0]), {ME: rows[0].price, THEY: rows[1].price, "a": rival})
        decide_markets([market_of(rows[0]).pk])
    for row in rows:
        row.refresh_from_db()
    return [row.price for row in rows]


def test_the_ladder_stops_after_a_few_rungs(rows: list[CityPrice]) -> None:
    assert go_on(rows, rounds=10) == [9_897, 9_897]
    assert [hold_of(cast.city_price(row.product)) for row in rows] == ["ladder", "ladder"]
    with override("en"):
        assert "going on would lead both to the floor" in why_held("ladder")


def test_a_third_one_is_followed_down_and_up(rows: list[CityPrice]) -> None:
    go_on(rows, rounds=10)
    assert go_on(rows, rounds=3, rival=9_500) == [9_499, 9_499]
    CityPrice.everything.filter(pk=rows[1].pk).update(price=9_700)
    assert go_on(rows, rounds=1, rival=11_000)[0] > 9_499


def test_who_stands_far_above_follows_down(rows: list[CityPrice]) -> None:
    go_on(rows, rounds=10)
    CityPrice.everything.filter(pk=rows[0].pk).update(price=10_100)
    assert go_on(rows, rounds=1)[0] == 9_896


@pytest.mark.parametrize("story", ["a day has passed", "they set theirs by hand"])
def test_what_is_no_ladder_is_answered(rows: list[CityPrice], story: str) -> None:
    go_on(rows, rounds=10)
    updates = ProductPriceUpdate.everything.all()
    if story == "a day has passed":
        updates.update(approved_at=timezone.now() - timedelta(hours=24))
    else:
        updates.filter(city_price=rows[1]).update(origin="person")
    assert go_on(rows, rounds=1)[0] == 9_896


def test_another_card_is_another_matter(rows: list[CityPrice], store: Store) -> None:
    go_on(rows, rounds=10)
    other = cast.city_price(cast.product(store, "SKU-2", card_id="100000002"))
    cast.see(market_of(other), {ME: 10_000, THEY: 9_950})
    decide_markets([market_of(other).pk])
    assert (CityPrice.everything.get(pk=other.pk).price, CardMarket.objects.count()) == (9_949, 2)
