"""How many queries a page costs: as many with twenty rows as with one, and no more than the table says."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client, override_settings
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from landing.models import Tariff
from stores.models import (
    Availability,
    CardBatch,
    CardMarket,
    CatalogueBatch,
    Competitor,
    Membership,
    NewCard,
    Notification,
    Order,
    OrderAction,
    OrderItem,
    OrderReturn,
    PricingRule,
    Product,
    ProductPriceUpdate,
    ProductUpload,
    Replay,
    Store,
)
from stores.models import Client as Buyer
from stores.models.roles import Action, Role
from stores.services import catalogue, teams
from stores.services.catalogue import ProductChange
from stores.services.ledger import reckon
from stores.services.notifications import notify
from stores.services.prices import profit
from stores.services.prices.decide import decide_markets
from stores.services.prices.replay import work
from stores.services.store import open_store
from stores.services.tokens import issue_token
from stores.services.uploads import receive
from stores.services.uploads.steps import work_next
from tests import cast
from users.models import UserPurchase
from users.services.billing import subscriptions

pytestmark = pytest.mark.django_db

# Address → the most queries it may cost. Two of them are the session and the person.
COSTS = {
    "/api/health/": 6,
    "/api/session/": 2,
    "/api/stores/": 4,
    "/api/stores/{store}/": 4,
    "/api/stores/{store}/merchant-token/": 5,
    "/api/stores/{store}/card-categories/?search=kettles": 6,
    "/api/stores/{store}/card-attributes/?category=Master+-+Kettles": 7,
    "/api/card-batches/": 4,
    "/api/card-batches/?store={store}&state=draft": 5,
    "/api/card-batches/{batch}/": 4,
    "/api/card-batches/{batch}/check/": 7,
    "/api/new-cards/": 3,
    "/api/new-cards/?store={store}&batch={batch}": 5,
    "/api/new-cards/{card}/": 3,
    "/api/products/": 8,
    "/api/products/?search=sku&store={store}": 9,
    "/api/products/?sort=name&store={store}&is_on_sale=true&has_limits=true": 9,
    "/api/products/{product}/": 8,
    "/api/sales-points/": 3,
    "/api/sales-points/?store={store}": 4,
    "/api/sales-points/{point}/closing/": 8,
    "/api/catalogue-changes/": 3,
    "/api/catalogue-changes/?product={product}": 4,
    "/api/catalogue-batches/": 3,
    "/api/catalogue-batches/?store={store}": 4,
    "/api/products/{product}/economics/": 9,
    "/api/rules/": 3,
    "/api/rules/?store={store}": 4,
    "/api/rules/{rule}/": 3,
    "/api/price-updates/": 3,
    "/api/price-updates/?product={product}&state=approved": 4,
    "/api/price-updates/{update}/": 4,
    "/api/stores/{store}/coverage/": 10,
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
    "/api/uploads/": 3,
    "/api/uploads/?store={store}&state=previewed": 4,
    "/api/uploads/{upload}/": 3,
    "/api/uploads/{upload}/entries/?kind=changed": 4,
    "/api/orders/": 5,
    "/api/orders/?store={store}&state=NEW": 6,
    "/api/orders/{order}/": 6,
    "/api/stores/{store}/orders-progress/": 5,
    "/api/order-profits/": 3,
    "/api/order-profits/?store={store}&is_loss=true": 4,
    "/api/order-profits/{order}/": 4,
    "/api/returns/": 4,
    "/api/returns/?store={store}&is_closed=false": 5,
    "/api/returns/{order}/": 4,
    "/api/stores/{store}/statistics/": 6,
    "/api/stores/{store}/statistics/?by=city": 6,
    "/api/stores/{store}/statistics/?by=product": 7,
    "/api/stores/{store}/delivery-differences/": 6,
    "/api/stores/{store}/quality/": 11,
    "/api/stores/{store}/unknown-costs/": 6,
    "/api/stock/": 3,
    "/api/stock/?store={store}&is_doubtful=false": 4,
    "/api/stock/{stock}/": 3,
    "/api/stock/{stock}/movements/": 4,
    "/api/stores/{store}/stock-rules/": 5,
    "/api/stores/{store}/acceptance-rules/": 5,
    "/api/notifications/": 3,
    "/api/notifications/?is_read=false&store={store}": 4,
    "/api/notifications/{notification}/": 3,
    "/api/memberships/": 3,
    "/api/memberships/?store={store}": 4,
    "/api/invitations/": 3,
    "/api/account/": 2,
    "/api/account/tokens/": 3,
    "/api/account/invitations/": 4,
    "/api/account/plan/": 16,
    "/api/account/purchases/": 3,
    "/api/account/purchases/{purchase}/": 3,
    "/cabinet/account/": 9,
    "/cabinet/account/tokens/": 3,
    "/cabinet/stores/new/": 2,
    "/cabinet/invitations/": 4,
    "/cabinet/stores/{store}/team/": 9,
    "/cabinet/": 3,
    "/cabinet/stores/{store}/": 22,
    "/cabinet/stores/{store}/?q=sku": 22,
    "/cabinet/stores/{store}/moved/?ids={products}": 19,
    "/cabinet/stores/{store}/bulk/": 9,
    "/cabinet/stores/{store}/bulk/?ask=1&to-step=5": 22,
    "/cabinet/stores/{store}/changes/": 6,
    "/cabinet/changes/{catalogue_batch}/": 7,
    "/cabinet/stores/{store}/points/": 7,
    "/cabinet/stores/{store}/stock/": 9,
    "/cabinet/stores/{store}/stock/?show=all": 9,
    "/cabinet/stock/{stock}/": 6,
    "/cabinet/stores/{store}/acceptance/": 8,
    "/cabinet/points/{point}/closing/": 11,
    "/cabinet/stores/{store}/prices/": 19,
    "/cabinet/stores/{store}/prices/?moment=2026-01-01T00:00": 22,
    "/cabinet/stores/{store}/price-list/": 10,
    "/cabinet/products/{product}/": 26,
    "/cabinet/products/{product}/facts/": 12,
    "/cabinet/stores/{store}/products/new/": 9,
    "/cabinet/price-updates/{update}/": 6,
    "/cabinet/products/{product}/chart/": 8,
    "/cabinet/stores/{store}/rules/": 7,
    "/cabinet/stores/{store}/rules/new/": 7,
    "/cabinet/rules/{rule}/": 9,
    "/cabinet/stores/{store}/what-if/": 8,
    "/cabinet/stores/{store}/what-if/?rule={rule}": 9,
    "/cabinet/replays/{replay}/": 7,
    "/cabinet/stores/{store}/uploads/": 7,
    "/cabinet/uploads/{upload}/": 7,
    "/cabinet/stores/{store}/rivals/?q=rival": 7,
    "/cabinet/stores/{store}/notifications/": 7,
    "/cabinet/stores/{store}/connection/": 6,
    "/cabinet/stores/{store}/new-cards/": 7,
    "/cabinet/stores/{store}/money/": 8,
    "/cabinet/stores/{store}/money/?by=product": 9,
    "/cabinet/stores/{store}/money/profits/": 13,
    "/cabinet/stores/{store}/money/returns/": 9,
    "/cabinet/stores/{store}/money/quality/": 12,
    "/cabinet/card-batches/{batch}/": 9,
    "/cabinet/card-batches/{batch}/new/?q=kettles": 7,
    "/cabinet/new-cards/{card}/": 7,
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
        batch = CardBatch.everything.first() or cast.card_batch(store, sku="N-0")
        cast.card_batch(store, sku=f"O-{number}")
        NewCard.everything.filter(batch__name="Kettles", sku=f"O-{number}").update(batch=batch)
        cast.card_batch(store, sku=f"P-{number}")
        place_order(store, product, number)
        notify(store.pk, Notification.Kind.NOT_SEEN, event=f"unseen:{number}", facts=facts(product))
        change = ProductChange(product.sku, brand=f"Brand {number}")
        catalogue.apply_changes(store, [change], store.memberships.get(role=Role.OWNER).user, CatalogueBatch.Source.API)
        now = timezone.now()
        work.ask(store, work.Wanted(now - timedelta(hours=1), now), None)
        work.run_next()
        receive.receive(store, "costs.csv", [file_of(store)], store.memberships.get(role=Role.OWNER).user)
        while work_next():
            pass
        grow_team(store, number)


def file_of(store: Store) -> bytes:
    """Other costs for all that the store has."""
    skus = Product.everything.filter(store=store).order_by("pk").values_list("sku", flat=True)
    return "".join(["SKU;cost\n", *(f"{sku};7100\n" for sku in skus)]).encode()


def place_order(store: Store, product: Product, number: int) -> None:
    """An order with a buyer, a line and an action of its own."""
    buyer = Buyer.everything.create(store=store, marketplace_id=f"B{number}", first_name="Aidar")
    order = Order.everything.create(
        store=store,
        code=f"90{number}",
        marketplace_id=f"O{number}",
        client=buyer,
        sales_point=store.sales_points.first(),
        state="NEW",
        status="APPROVED_BY_BANK",
        total_price=9_899,
        placed_at=timezone.now(),
    )
    OrderItem.everything.create(
        order=order,
        entry_number=0,
        product=product,
        sku=product.sku,
        name="Kettle",
        quantity=1,
        base_price=9_899,
        total_price=9_899,
    )
    reckon.reckon([order.pk], reckon.read_fees())
    OrderReturn.everything.create(order=order, store=store, fate="returned", since=order.placed_at, amount=9_899)
    actor = store.memberships.get(role="owner").user
    OrderAction.everything.create(store=store, order=order, holds=order, kind="accept", actor=actor)


def grow_team(store: Store, number: int) -> None:
    """A member and an invitation; for the owner a token, an invitation elsewhere, an order and a day of a plan."""
    owner = store.memberships.get(role=Role.OWNER).user
    guest = cast.person(f"guest{number}@example.kz", f"Guest {number}")
    Membership.everything.create(store=store, user=guest, role=Role.VIEWER)
    teams.invite(store, f"new{number}@example.kz", Role.VIEWER, owner)
    teams.invite(open_store(f"Else {number}", f"E{number}", guest), owner.email, Role.VIEWER, guest)
    tariff = Tariff.objects.get(code="solo")
    UserPurchase.objects.create(user=owner, tariff=tariff, period="month", amount=9_900, provider="invoice")
    subscriptions.extend(owner, 1, by=owner, note="kindness", tariff=tariff)
    issue_token(owner, f"Script {number}", [Action.SEE_PRICES], timezone.now() + timedelta(days=1))


def facts(product: Product) -> dict[str, object]:
    return {"count": 1, "skus": [product.sku]}


def count(browser: Client, store: Store, address: str) -> int:
    with override_settings(BILLING="/account/p" in address):
        return count_of(browser, store, address)


def count_of(browser: Client, store: Store, address: str) -> int:
    ids = list(Product.everything.values_list("pk", flat=True))
    path = address.format(
        store=store.pk,
        product=ids[0],
        products=",".join(map(str, ids)),
        rule=PricingRule.everything.latest("pk").pk,
        update=ProductPriceUpdate.everything.latest("pk").pk,
        order=Order.everything.latest("pk").pk,
        replay=Replay.everything.latest("pk").pk,
        upload=ProductUpload.everything.latest("pk").pk,
        notification=Notification.everything.latest("pk").pk,
        market=CardMarket.objects.earliest("pk").pk,
        catalogue_batch=CatalogueBatch.everything.latest("pk").pk,
        point=store.sales_points.earliest("pk").pk,
        stock=Availability.everything.earliest("pk").pk,
        rival=Competitor.everything.latest("pk").pk,
        batch=CardBatch.everything.earliest("pk").pk,
        card=NewCard.everything.earliest("pk").pk,
        purchase=UserPurchase.objects.earliest("pk").pk,
    )
    with CaptureQueriesContext(connection) as queries:
        answer = browser.get(path)
    assert answer.status_code in (200, 302), path
    return len(queries)


# One test, for the rows take longer to make than all pages to ask.
def test_no_page_asks_more_for_more_rows_or_than_the_table_says(
    grown: dict[str, tuple[int, int]], browser_of_seller: Client
) -> None:
    assert {address: counts for address, counts in grown.items() if counts[0] != counts[1]} == {}
    assert {address: counts[1] for address, counts in grown.items() if counts[1] > COSTS[address]} == {}
    for topic in (
        *("products", "rules", "price-updates", "markets", "rivals", "replays", "uploads", "orders", "notifications"),
    ):
        rows = browser_of_seller.get(f"/api/{topic}/", {"page_size": 200}).json()["results"]
        assert len(rows) >= MANY, topic
