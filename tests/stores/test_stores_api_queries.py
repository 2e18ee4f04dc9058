"""How many queries a page costs: as many with twenty rows as with one, and no more than the table says."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from stores.models import CardMarket, Competitor, Notification, PricingRule, Product, ProductPriceUpdate, Replay, Store
from stores.services.notifications import notify
from stores.services.prices import profit
from stores.services.prices.decide import decide_markets
from stores.services.prices.replay import work
from tests import cast

pytestmark = pytest.mark.django_db

# Address → the most queries it may cost. Two of them are the session and the person.
COSTS = {
    "/api/health/": 6,
    "/api/session/": 2,
    "/api/stores/": 4,
    "/api/stores/{store}/": 4,
    "/api/products/": 8,
    "/api/products/?search=sku&store={store}": 9,
    "/api/products/{product}/": 8,
    "/api/products/{product}/economics/": 9,
    "/api/rules/": 3,
    "/api/rules/?store={store}": 4,
    "/api/rules/{rule}/": 3,
    "/api/price-updates/": 3,
    "/api/price-updates/?product={product}&state=approved": 4,
    "/api/price-updates/{update}/": 4,
    "/api/stores/{store}/coverage/": 7,
    "/api/price-lists/{store}/": 6,
    "/api/price-lists/{store}/versions/": 4,
    "/api/price-lists/{store}/pulls/": 4,
    "/api/price-lists/{store}/export/?table=products": 4,
    "/api/markets/": 3,
    "/api/markets/?store={store}&product={product}": 5,
    "/api/markets/{market}/": 3,
    "/api/markets/{market}/offers/": 5,
    "/api/markets/{market}/history/": 6,
    "/api/rivals/": 3,
    "/api/rivals/?store={store}": 4,
    "/api/rivals/{rival}/": 3,
    "/api/replays/": 3,
    "/api/replays/?store={store}&state=done": 4,
    "/api/replays/{replay}/": 3,
    "/api/notifications/": 3,
    "/api/notifications/?is_read=false&store={store}": 4,
    "/api/notifications/{notification}/": 3,
    "/cabinet/": 3,
    "/cabinet/stores/{store}/": 20,
    "/cabinet/stores/{store}/?q=sku": 20,
    "/cabinet/stores/{store}/moved/?ids={products}": 19,
    "/cabinet/stores/{store}/prices/": 16,
    "/cabinet/stores/{store}/prices/?moment=2026-01-01T00:00": 19,
    "/cabinet/stores/{store}/price-list/": 10,
    "/cabinet/products/{product}/": 25,
    "/cabinet/price-updates/{update}/": 6,
    "/cabinet/products/{product}/chart/": 8,
    "/cabinet/stores/{store}/rules/": 7,
    "/cabinet/stores/{store}/rules/new/": 7,
    "/cabinet/rules/{rule}/": 9,
    "/cabinet/stores/{store}/what-if/": 8,
    "/cabinet/stores/{store}/what-if/?rule={rule}": 9,
    "/cabinet/replays/{replay}/": 7,
    "/cabinet/stores/{store}/rivals/?q=rival": 7,
    "/cabinet/stores/{store}/notifications/": 7,
}
FEW, MANY = 1, 20


@pytest.fixture
def grown(store: Store, browser_of_seller: Client, monkeypatch: pytest.MonkeyPatch) -> dict[str, tuple[int, int]]:
    """Address → its queries with one row of everything, and with twenty."""
    monkeypatch.setattr(profit, "CHECK_SECONDS", 1e12)  # A minute that does not end: the fees are read once.
    fill(store, range(FEW))
    few = {address: count(browser_of_seller, store, address) for address in COSTS}
    fill(store, range(FEW, MANY))
    return {address: (few[address], count(browser_of_seller, store, address)) for address in COSTS}


def fill(store: Store, numbers: range) -> None:
    """Products on cards of their own, each looked at and decided: an update and messages for each."""
    for number in numbers:
        product = cast.product(store, f"SKU-{number}", card_id=f"{100_000_000 + number}")
        row = cast.city_price(product)
        cast.rule(store, f"Category {number}")
        cast.see(row.market, {store.merchant_id: row.price, "30200001": 9_500, f"3030{number:04}": 9_900})
        decide_markets([row.market_id])
        notify(store.pk, Notification.Kind.NOT_SEEN, event=f"unseen:{number}", facts=facts(product))
        now = timezone.now()
        work.ask(store, work.Wanted(now - timedelta(hours=1), now), None)
        work.run_next()


def facts(product: Product) -> dict[str, object]:
    return {"count": 1, "skus": [product.sku]}


def count(browser: Client, store: Store, address: str) -> int:
    ids = list(Product.everything.values_list("pk", flat=True))
    path = address.format(
        store=store.pk,
        product=ids[0],
        products=",".join(map(str, ids)),
        rule=PricingRule.everything.latest("pk").pk,
        update=ProductPriceUpdate.everything.latest("pk").pk,
        replay=Replay.everything.latest("pk").pk,
        notification=Notification.everything.latest("pk").pk,
        market=CardMarket.objects.earliest("pk").pk,
        rival=Competitor.everything.latest("pk").pk,
    )
    with CaptureQueriesContext(connection) as queries:
        answer = browser.get(path)
    assert answer.status_code in (200, 302), path
    return len(queries)


def test_more_rows_cost_no_more_queries(grown: dict[str, tuple[int, int]]) -> None:
    assert {address: counts for address, counts in grown.items() if counts[0] != counts[1]} == {}


def test_no_page_costs_more_than_the_table_says(grown: dict[str, tuple[int, int]]) -> None:
    assert {address: counts[1] for address, counts in grown.items() if counts[1] > COSTS[address]} == {}


def test_twenty_rows_were_really_there(grown: dict[str, tuple[int, int]], browser_of_seller: Client) -> None:
    for topic in ("products", "rules", "price-updates", "markets", "rivals", "replays", "notifications"):
        rows = browser_of_seller.get(f"/api/{topic}/", {"page_size": 200}).json()["results"]
        assert len(rows) >= MANY, topic
