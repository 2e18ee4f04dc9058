"""Cards of which the marketplace shows nothing: asked for ever more seldom, told of once."""

from datetime import timedelta
from itertools import pairwise

import pytest
from django.utils import timezone
from django.utils.translation import override

import kaspi
from stores.models import CardMarket, CityPrice, Notification, Store
from stores.services import health
from stores.services.market import cards_without_offers
from stores.services.messages import text_of
from tests import cast

pytestmark = pytest.mark.django_db
ME = "30125007"


@pytest.fixture
def market(store: Store) -> CardMarket:
    """Seen once, while other cards are seen all the time."""
    watched = cast.city_price(cast.product(store)).market
    cast.see(watched, {ME: 10_000, "a": 9_900})
    health.finished(health.PathStep.Name.LOOKED)
    return watched


def pause(market: CardMarket) -> float:
    """Seconds until the next look."""
    market.refresh_from_db()
    return (market.next_look_at - timezone.now()).total_seconds()


def find(market: CardMarket, answer: dict[str, int] | kaspi.KaspiError, times: int = 1) -> None:
    for _ in range(times):
        cast.see(market, answer)


@pytest.mark.parametrize("answer", [{}, kaspi.Refused("404", 404)])
def test_the_pauses_double_up_to_an_hour(market: CardMarket, answer: dict[str, int] | kaspi.KaspiError) -> None:
    pauses = []
    for _ in range(13):
        find(market, answer)
        pauses.append(pause(market))
    assert all(3 <= each <= 5 for each in pauses[:1])
    assert all(1.1 <= later / sooner <= 3.4 for sooner, later in pairwise(pauses[:9]))
    assert all(2_700 - 5 <= each <= 4_500 for each in pauses[-2:])


def test_an_outage_is_tried_again_within_a_minute_however_long_it_lasts(market: CardMarket) -> None:
    find(market, kaspi.Unavailable("503"), times=15)
    assert pause(market) <= 75
    find(market, {})
    assert pause(market) <= 5, "one empty answer after an outage is no dead card"


def test_a_good_look_forgets_it(market: CardMarket) -> None:
    find(market, {}, times=14)
    find(market, {ME: 10_000, "a": 9_900})
    market.refresh_from_db()
    assert (market.unknown_looks, market.failures) == (0, 0)
    find(market, {})
    assert pause(market) <= 5


def test_the_seller_is_told_once(market: CardMarket, store: Store, strangers_store: Store) -> None:
    cast.product(strangers_store, marker=cast.STRANGE)
    find(market, {}, times=11)
    assert not Notification.everything.filter(kind="card_unknown").exists()
    find(market, {}, times=5)
    told = Notification.everything.filter(kind="card_unknown").order_by("store")
    assert [message.store_id for message in told] == [store.pk, strangers_store.pk]
    assert told[0].product_id == CityPrice.everything.get(product__store=store).product_id
    with override("en"):
        assert "the marketplace does not know card 100000001" in text_of(told[0])
    assert cast.STRANGE not in text_of(told[0])


def test_where_no_card_can_be_read_nobody_is_told(market: CardMarket) -> None:
    health.PathStep.objects.update(finished_at=timezone.now() - timedelta(minutes=11))
    find(market, {}, times=16)
    assert not Notification.everything.filter(kind="card_unknown").exists()


def test_the_pauses_of_many_looks() -> None:
    assert [cards_without_offers.pause_after(looks).total_seconds() for looks in (1, 2, 11, 500)] == [4, 8, 3600, 3600]
