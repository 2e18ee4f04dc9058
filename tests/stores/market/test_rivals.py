"""The merchants a store meets: who is new, what he is to it, how he behaves."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from stores.models import Competitor, CompetitorStore, Notification, Product, Store
from stores.services.errors import Forbidden
from stores.services.market import rivals
from stores.services.market.rivals import change_rival, learn_due_rivals, learn_rivals
from stores.services.prices.decide import decide_markets
from tests import cast
from users.models import User

pytestmark = pytest.mark.django_db

RIVAL, NEWCOMER = "30200001", "30200002"


def see(store: Store, product: Product, *rivals: str) -> None:
    row = cast.city_price(product)
    cast.see(row.market, {store.merchant_id: 10_000} | {rival: 9_500 + place for place, rival in enumerate(rivals)})


def told(store: Store) -> list[tuple[str, str]]:
    rows = Notification.everything.filter(store=store, kind__in=["new_rival", "stuck_on"]).order_by("pk")
    return [(row.kind, row.facts["merchant"]) for row in rows]


def test_the_first_picture_is_no_news(store: Store) -> None:
    see(store, cast.product(store), RIVAL)
    assert told(store) == []
    assert Competitor.everything.get(store=store).stance == Competitor.Stance.RIVAL


def test_a_new_seller_is_told_once_a_day(store: Store) -> None:
    product = cast.product(store)
    see(store, product, RIVAL)
    for _ in range(2):
        see(store, product, RIVAL, NEWCOMER)
        see(store, product, RIVAL)
    assert told(store) == [("new_rival", f"Rival {NEWCOMER}")]


def test_on_a_card_of_ours_alone_it_is_urgent(store: Store) -> None:
    product = cast.product(store)
    Product.everything.filter(pk=product.pk).update(is_exclusive=True)
    see(store, product)
    see(store, product, NEWCOMER)
    assert told(store) == [("stuck_on", f"Rival {NEWCOMER}")]
    assert Notification.everything.get(store=store, kind="stuck_on").severity == Notification.Severity.URGENT


@pytest.mark.parametrize("stance", ["own", "partner", "ignored"])
def test_a_friend_who_comes_is_no_news(store: Store, stance: str) -> None:
    product = cast.product(store)
    see(store, product, RIVAL)
    see(store, product)
    Competitor.everything.filter(store=store).update(stance=stance)
    see(store, product, RIVAL)
    assert told(store) == []


def test_our_own_offer_is_no_newcomer(store: Store) -> None:
    product = cast.product(store)
    row = cast.city_price(product)
    cast.see(row.market, {RIVAL: 9_500})
    cast.see(row.market, {RIVAL: 9_500, store.merchant_id: 10_000})
    assert told(store) == []
    assert Competitor.everything.filter(store=store).count() == 1


def test_every_store_on_the_card_hears_of_him(store: Store, strangers_store: Store) -> None:
    ours, theirs = cast.product(store), cast.product(strangers_store, "X-1")
    assert cast.city_price(ours).market_id == cast.city_price(theirs).market_id
    see(store, ours, RIVAL)
    see(store, ours, RIVAL, NEWCOMER)
    assert told(store) == told(strangers_store) == [("new_rival", f"Rival {NEWCOMER}")]


def test_a_merchant_called_a_partner_leads_no_price(store: Store, seller: User) -> None:
    product = cast.product(store)
    see(store, product, RIVAL)
    rival = Competitor.everything.get(store=store)
    change_rival(rival, {"stance": "partner", "notes": "брат", "contact": "+7"}, seller)
    decide_markets([cast.city_price(product).market_id])
    assert cast.city_price(product).lowest_rival is None
    rival.refresh_from_db()
    assert (rival.stance, rival.notes, rival.contact) == ("partner", "брат", "+7")


def test_who_may_only_look_changes_no_stance(store: Store, assistant: User) -> None:
    see(store, cast.product(store), RIVAL)
    rival = Competitor.everything.get(store=store)
    with pytest.raises(Forbidden):
        change_rival(rival, {"stance": "own"}, assistant)
    rival.refresh_from_db()
    assert rival.stance == Competitor.Stance.RIVAL


def test_behaviour_is_written_for_each_merchant_met(store: Store) -> None:
    product = cast.product(store, cities=(cast.ALMATY, cast.ASTANA))
    see(store, product, RIVAL)
    market = cast.city_price(product).market
    for price in range(9_499, 9_480, -1):
        cast.see(market, {store.merchant_id: 10_000, RIVAL: price})
    learn_rivals(store)
    rival = Competitor.everything.get(store=store)
    assert rival.behaviour["moves"] == 19
    assert rival.behaviour["lowest"] == 9_481
    assert rival.behaviour["cities"] == [cast.ALMATY]
    assert rival.is_bot is not None


def test_behaviour_is_learnt_page_by_page(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rivals, "MARKETS_A_PAGE", 2)
    for number in range(5):
        product = cast.product(store, f"SKU-{number}", card_id=f"10000000{number}")
        see(store, product, RIVAL)
        cast.see(cast.city_price(product).market, {store.merchant_id: 10_000, RIVAL: 9_400 + number})
    with CaptureQueriesContext(connection) as queries:
        learn_rivals(store)
    pages = [query["sql"] for query in queries if "price_after" in query["sql"]]
    assert len(pages) == 3
    assert Competitor.everything.get(store=store).behaviour["moves"] == 5


def test_our_own_shop_is_no_rival_of_itself(store: Store) -> None:
    see(store, cast.product(store), RIVAL)
    learn_rivals(store)
    own = CompetitorStore.objects.get(merchant_id=store.merchant_id)
    assert not Competitor.everything.filter(competitor_store=own).exists()


def test_each_store_is_learnt_once_a_day(store: Store, strangers_store: Store) -> None:
    assert learn_due_rivals() == 2
    assert learn_due_rivals() == 0
    Store.everything.filter(pk=store.pk).update(rivals_learnt_at=timezone.now() - timedelta(hours=25))
    assert learn_due_rivals() == 1
