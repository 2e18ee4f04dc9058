"""The admin of the seller's business, as a superuser meets it."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from html import unescape
from typing import Any

import pytest
from django.apps import apps
from django.contrib import admin
from django.db import connection, models
from django.test import Client, RequestFactory
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from stores.models import (
    AcceptanceDecision,
    AcceptanceRules,
    ApiToken,
    Availability,
    BreakerTrip,
    CardAttribute,
    CardBatch,
    CardCategory,
    CardMarket,
    CatalogueBatch,
    CatalogueChange,
    CityPrice,
    Competitor,
    CompetitorProduct,
    CompetitorProductDay,
    CompetitorProductMonitoring,
    CompetitorStore,
    FeeCategory,
    FeeDelivery,
    FeeShare,
    Invitation,
    Listing,
    ListingTrust,
    Membership,
    MerchantToken,
    NewCard,
    Notification,
    Order,
    OrderAccount,
    OrderAccountLine,
    OrderAction,
    OrderItem,
    OrderReading,
    OrderReturn,
    PathStep,
    PriceListPull,
    PriceListVersion,
    PriceStop,
    PriceTurn,
    PricingRule,
    Product,
    ProductPriceUpdate,
    ProductUpload,
    QualityLimit,
    QualityState,
    Release,
    Replay,
    ReturnOutcome,
    SalesPoint,
    StockMovement,
    StockRules,
    Store,
    TaskFailure,
    UploadColumns,
    UploadPage,
    WaitingPrice,
    WatchTempo,
)
from stores.models import Client as Buyer
from stores.services.market.tempo import columns_of, untuned
from stores.services.prices import queue
from tests import cast
from tests.cast import ALMATY, ASTANA
from users.models import User

pytestmark = pytest.mark.django_db

MARCH = datetime(2026, 3, 1, tzinfo=UTC)
PHONE = "+77015550123"
ADDRESS = "Abay avenue 10"
PASSWORD_HASH = "0f1e2d3c4b5a"
CLAIM = "c1a1m0123456789"
SEALED = "v1.key.5ea1ed.5ea1ed"

ADMINS = {model: site for model, site in admin.site._registry.items() if model._meta.app_label == "stores"}
VIEW_ONLY = [
    AcceptanceDecision,
    AcceptanceRules,
    BreakerTrip,
    CardAttribute,
    CardBatch,
    CardCategory,
    CardMarket,
    CatalogueBatch,
    CatalogueChange,
    CityPrice,
    CompetitorProduct,
    CompetitorProductMonitoring,
    CompetitorStore,
    Listing,
    ListingTrust,
    MerchantToken,
    NewCard,
    Notification,
    Order,
    OrderAccount,
    OrderAccountLine,
    OrderAction,
    OrderItem,
    OrderReading,
    OrderReturn,
    PathStep,
    PriceListPull,
    PriceListVersion,
    PriceTurn,
    PricingRule,
    ProductPriceUpdate,
    ProductUpload,
    QualityState,
    Release,
    Replay,
    ReturnOutcome,
    StockMovement,
    StockRules,
    TaskFailure,
    UploadColumns,
    UploadPage,
    WaitingPrice,
    WatchTempo,
]


@pytest.fixture(autouse=True)
def no_tariffs(db: None) -> None:
    """The rows that come with the installation are taken out: each test counts its own."""
    for model in (FeeShare, FeeDelivery, FeeCategory, QualityLimit):
        model.objects.all().delete()


def fill(*numbers: int) -> None:
    """One row of each model for each number, on stores, products and people of its own."""
    for number in numbers:
        store = _shop(number)
        product = _goods(store, number)
        _market(store, product, number)
        _order(store, product, number)
        _new_card(store, number)
        BreakerTrip.everything.create(code="falls_without_sale", store=store, product=product, facts={"falls": 40})
        queue.wait(store, product.city_prices.get(), 100.0, 1, is_correction=False)
        Release.objects.create(build=f"{number:064}", engine_version="1")
        WatchTempo.objects.create(pk=number, **columns_of(untuned()), claim=CLAIM)
        PriceStop.objects.create(reason=f"Drill {number}", stopped_by=store.members.get())
        Replay.everything.create(
            store=store, asked_by=store.members.get(), begins_at=MARCH, ends_at=MARCH + timedelta(days=1), claim=CLAIM
        )
        ApiToken.objects.create(
            user=store.members.get(),
            name=f"Script {number}",
            beginning="kb_abcdef",
            digest=f"{PASSWORD_HASH}{number:052}",
            scopes=["see_prices"],
            expires_at=MARCH,
        )
        Invitation.everything.create(store=store, email=f"new{number}@example.kz", role="viewer", expires_at=MARCH)
        _fees(number)


def _shop(number: int) -> Store:
    user = User.objects.create_user(f"seller{number}@example.kz", full_name=f"Seller {number}")
    store = Store.everything.create(
        name=f"Shop {number}", merchant_id=f"M{number}", price_list_password_hash=PASSWORD_HASH, publish_claim=CLAIM
    )
    Membership.everything.create(store=store, user=user, role=Membership.Role.OWNER)
    SalesPoint.everything.create(store=store, code=f"PP{number}", city_id=ALMATY)
    MerchantToken.everything.create(store=store, sealed=SEALED, last_four=f"x{number:03}", entered_at=MARCH)
    PriceListVersion.everything.create(store=store, number=number, sha256=f"{number:064}", size=900, offer_count=1)
    PriceListPull.everything.create(
        store=store, version_number=number, status=200, user_agent=f"puller-{number}", pulled_at=MARCH
    )
    upload = ProductUpload.everything.create(
        store=store, uploaded_by=user, size=100, file_name=f"range-{number}.xml", kind="xml"
    )
    UploadPage.everything.create(upload=upload, kind="added", number=1, entries=[{"sku": f"SKU-{number}"}])
    UploadColumns.everything.create(store=store, fingerprint=f"f{number}", columns=["sku", "price"])
    return store


def _goods(store: Store, number: int) -> Product:
    product = Product.everything.create(store=store, sku=f"SKU-{number}", card_id=f"7000{number}", model="Kettle")
    Availability.everything.create(product=product, sales_point=store.sales_points.get(), is_available=True)
    batch = CatalogueBatch.everything.create(store=store, actor=store.members.get(), source="api", products_changed=1)
    CatalogueChange.everything.create(
        store=store, batch=batch, product=product, sku=product.sku, field="brand", old="", new=f"Brand {number}"
    )
    PricingRule.everything.create(store=store, name=f"Kettles {number}", strategy="match")
    return product


def _market(store: Store, product: Product, number: int) -> None:
    rival = CompetitorStore.objects.create(merchant_id=f"R{number}", name=f"Rival {number}", first_seen_at=MARCH)
    Competitor.everything.create(store=store, competitor_store=rival)
    market = CardMarket.objects.create(
        card_id=product.card_id, city_id=ALMATY, leader=rival, next_look_at=MARCH, claim=CLAIM
    )
    CompetitorProduct.objects.create(market=market, competitor_store=rival, price=9_900, place=1, changed_at=MARCH)
    CompetitorProductMonitoring.objects.create(
        market=market, competitor_store=rival, kind="came", price_after=9_900, seen_at=MARCH
    )
    price = CityPrice.everything.create(
        product=product, city_id=ALMATY, market=market, price=9_899, floor=8_000, ceiling=12_000, confirmed_price=10_000
    )
    batch = CatalogueBatch.everything.get(store=store)
    WaitingPrice.everything.create(store=store, batch=batch, city_price=price, price=9_777)
    ProductPriceUpdate.everything.create(
        store=store,
        product=product,
        city_price=price,
        city_id=ALMATY,
        state="approved",
        origin="rule",
        actor=store.members.get(),
        old_price=10_000,
        new_price=9_899,
        floor=8_000,
        ceiling=12_000,
        why={"steps": [{"rule": "undercut", "seen": 9_900}]},
    )
    Notification.everything.create(
        store=store, product=product, kind="price_changed", severity="info", event=f"approved:{number}", claim=CLAIM
    )
    Listing.everything.create(store=store, city_id=ALMATY, next_read_at=MARCH, claim=CLAIM)
    ListingTrust.objects.create(city_id=ALMATY if number == 1 else f"{number}")
    PathStep.objects.update_or_create(
        name=PathStep.Name.values[number % len(PathStep.Name)], defaults={"finished_at": MARCH}
    )
    TaskFailure.objects.create(task=f"stores.tasks.work_{number}", error=f"Error{number}")


def _order(store: Store, product: Product, number: int) -> None:
    buyer = Buyer.everything.create(
        store=store, marketplace_id=f"B{number}", first_name=f"Aidar{number}", last_name="Omarov", phone=PHONE
    )
    order = Order.everything.create(
        store=store,
        code=f"90{number}",
        marketplace_id=f"O{number}",
        client=buyer,
        sales_point=store.sales_points.get(),
        state="NEW",
        status="APPROVED_BY_BANK",
        total_price=9_899,
        placed_at=MARCH,
        raw={"phone": PHONE, "address": ADDRESS},
    )
    OrderAction.everything.create(store=store, order=order, holds=order, kind="accept", actor=store.members.get())
    OrderReading.everything.create(
        store=store, tray="NEW", reads_from=MARCH, read_until=MARCH, next_read_at=MARCH, claim=CLAIM
    )
    item = OrderItem.everything.create(
        order=order,
        entry_number=0,
        product=product,
        sku=product.sku,
        name="Kettle",
        quantity=1,
        base_price=9_899,
        total_price=9_899,
    )
    _ledger(order, item)
    _acceptance(store, order)
    _stock(store, product, item)


def _ledger(order: Order, item: OrderItem) -> None:
    of_order = {"store": order.store, "day": MARCH.date(), "fate": "returned", "amount": 9_899, "profit": -1_425}
    account = OrderAccount.everything.create(order=order, placed_at=MARCH, units=1, **of_order)
    OrderAccountLine.everything.create(item=item, account=account, sku=item.sku, quantity=1, **of_order)
    OrderReturn.everything.create(order=order, store=order.store, fate="returned", since=MARCH, amount=9_899)
    ReturnOutcome.everything.create(
        order=order, store=order.store, outcome="missing", said_by=order.store.members.get()
    )
    QualityState.everything.create(store=order.store, indicator="cancels", level="near")


def _stock(store: Store, product: Product, item: OrderItem) -> None:
    StockRules.everything.create(store=store)
    StockMovement.everything.create(
        store=store,
        availability=Availability.everything.get(product=product),
        order_item=item,
        kind="reserved",
        change=-1,
        stock_after=4,
    )


def _acceptance(store: Store, order: Order) -> None:
    AcceptanceRules.everything.create(store=store)
    AcceptanceDecision.everything.create(
        store=store, order=order, is_accepted=False, reasons=[{"code": "express"}], rules_version=1, decided_at=MARCH
    )


def _new_card(store: Store, number: int) -> None:
    category = CardCategory.objects.create(code=f"Lamps {number}", title=f"Lamps {number}", read_at=MARCH)
    CardAttribute.objects.create(category=category, code=f"Power {number}", type="number")
    batch = CardBatch.everything.create(store=store, name=f"Batch {number}", claim=CLAIM)
    NewCard.everything.create(store=store, batch=batch, sku=f"NEW-{number}", title=f"New {number}", category=category)


def _fees(number: int) -> None:
    read_in = {"source": f"Guide {number}", "valid_from": MARCH.date()}
    FeeShare.objects.create(rate="commission", key=f"kind-{number}", share="0.125", code=f"share-{number}", **read_in)
    FeeDelivery.objects.create(
        zone="city", price_from=number, price_to=number, weight_from_g=1, fee=1_099, code=f"parcel-{number}", **read_in
    )
    FeeCategory.objects.create(category_code=f"Master - Kind {number}", commission_key=f"kind-{number}")
    QualityLimit.objects.create(
        indicator="cancels" if number == 1 else "returns", limit="0.03", days=30, code=f"limit-{number}", **read_in
    )


def address(model: type[models.Model], page: str, *args: object) -> str:
    return reverse(f"admin:stores_{model._meta.model_name}_{page}", args=args)


def only(model: type[models.Model]) -> Any:
    return model._default_manager.get()


def filled_in(page: Any) -> dict[str, Any]:
    """What the browser would send if nobody touched the page."""
    formsets = [inline.formset for inline in page.context["inline_admin_formsets"]]
    forms = [page.context["adminform"].form, *(form for formset in formsets for form in formset.forms)]
    forms += [formset.management_form for formset in formsets]
    values = {field.html_name: field.value() for form in forms for field in form}
    return {name: "" if value is None else value for name, value in values.items() if value is not False}


def edit(client: Client, row: models.Model, **changes: Any) -> Any:
    """Open the row's page, type the changes, press save."""
    place = address(type(row), "change", row.pk)
    values = filled_in(client.get(place)) | changes
    return client.post(place, {name: value for name, value in values.items() if value is not False})


def queries_of(work: Callable[[], Any]) -> int:
    with CaptureQueriesContext(
        connection,
    ) as queries:
        assert work().status_code == 200
    return len(queries)


# --- Every model ---


def test_every_model_is_registered() -> None:
    # Django's admin cannot show a row whose key has several columns.
    rows_of_days = {CompetitorProductDay}
    assert set(ADMINS) | rows_of_days == set(apps.get_app_config("stores").get_models())


@pytest.mark.parametrize(
    ("model", "found_by", "shown"),
    [
        (AcceptanceDecision, "902", "Shop 2"),
        (AcceptanceRules, "Shop 2", "Shop 2"),
        (ApiToken, "Script 2", "seller2@"),
        (Availability, "SKU-2", "PP2"),
        (CardAttribute, "Power 2", "Lamps 2"),
        (CardBatch, "Batch 2", "Shop 2"),
        (CardCategory, "Lamps 2", "Lamps 2"),
        (CardMarket, "70002", "Rival 2"),
        (CatalogueBatch, "seller2@", "Shop 2"),
        (CatalogueChange, "SKU-2", "Brand 2"),
        (CityPrice, "70002", "9899"),
        (Competitor, "Rival 2", "Shop 2"),
        (CompetitorProduct, "70002", "Rival 2"),
        (CompetitorProductMonitoring, "R2", "70002"),
        (CompetitorStore, "Rival 2", "R2"),
        (Buyer, "Aidar2", "Shop 2"),
        (FeeCategory, "Kind 2", "kind-2"),
        (FeeDelivery, "Guide 2", "parcel-2"),
        (FeeShare, "share-2", "Guide 2"),
        (Invitation, "new2@", "Shop 2"),
        (Listing, "Shop 2", "Алматы"),
        (ListingTrust, ALMATY, "Алматы"),
        (Membership, "seller2@", "Shop 2"),
        (MerchantToken, "x002", "Shop 2"),
        (NewCard, "New 2", "Batch 2"),
        (Notification, "approved:2", "SKU-2"),
        (Order, "902", "Shop 2"),
        (OrderAccount, "902", "-1425"),
        (OrderAccountLine, "902", "SKU-2"),
        (OrderAction, "902", "Shop 2"),
        (OrderItem, "SKU-2", "902"),
        (OrderReading, "Shop 2", "Shop 2"),
        (OrderReturn, "902", "Shop 2"),
        (PathStep, "published", "1 марта 2026"),
        (PriceListPull, "puller-2", "Shop 2"),
        (PriceListVersion, "Shop 2", "900"),
        (PriceStop, "seller2@", "Drill 2"),
        (PricingRule, "Kettles 2", "Shop 2"),
        (Product, "SKU-2", "Kettle"),
        (ProductPriceUpdate, "SKU-2", "seller2@example.kz"),
        (ProductUpload, "range-2", "Shop 2"),
        (QualityLimit, "limit-2", "Guide 2"),
        (QualityState, "Shop 2", "Shop 2"),
        (Replay, "seller2@", "Shop 2"),
        (ReturnOutcome, "902", "Shop 2"),
        (SalesPoint, "PP2", "Алматы"),
        (StockMovement, "902", "SKU-2"),
        (StockRules, "Shop 2", "Shop 2"),
        (Store, "seller2@", "M2"),
        (TaskFailure, "work_2", "Error2"),
        (UploadColumns, "f2", "Shop 2"),
        (UploadPage, "range-2", "range-2"),
        (WaitingPrice, "SKU-2", "9777"),
    ],
)
def test_the_list_finds_a_row(admin_client: Client, model: type[models.Model], found_by: str, shown: str) -> None:
    fill(1, 2)
    found = admin_client.get(address(model, "changelist"), {"q": found_by})
    missed = admin_client.get(address(model, "changelist"), {"q": "nothing of the kind"})
    assert (found.status_code, missed.status_code) == (200, 200)
    assert (found.context["cl"].result_count, missed.context["cl"].result_count) == (1, 0)
    assert shown in found.content.decode()


@pytest.mark.parametrize("model", ADMINS)
def test_the_page_of_a_row_opens(admin_client: Client, model: type[models.Model]) -> None:
    fill(1)
    row = only(model)
    answer = admin_client.get(address(model, "change", row.pk))
    assert (answer.status_code, str(row) in unescape(answer.content.decode())) == (200, True)


@pytest.mark.parametrize(
    ("model", "field"),
    [
        (Store, "merchant_id"),
        (Membership, "role"),
        (SalesPoint, "code"),
        (Availability, "preorder_days"),
        (Competitor, "stance"),
        (PriceStop, "reason"),
        (FeeShare, "share"),
        (FeeDelivery, "zone"),
        (FeeCategory, "category_code"),
        (QualityLimit, "limit"),
    ],
)
def test_the_page_to_add_opens(admin_client: Client, model: type[models.Model], field: str) -> None:
    answer = admin_client.get(address(model, "add"))
    assert (answer.status_code, f'name="{field}"' in answer.content.decode()) == (200, True)


@pytest.mark.parametrize("model", ADMINS)
def test_no_secret_and_no_buyers_phone_is_shown(admin_client: Client, model: type[models.Model]) -> None:
    fill(1)
    key = Store.everything.get().price_list_key
    pages = [address(model, "changelist"), address(model, "change", only(model).pk)]
    html = "".join(admin_client.get(page).content.decode() for page in pages)
    for secret in (key, SEALED, PASSWORD_HASH, CLAIM, PHONE, PHONE[1:], ADDRESS, "uploads/1.xml"):
        assert secret not in html


@pytest.mark.parametrize(
    ("model", "lookup"),
    [
        (Store, "price_list_key__startswith"),
        (Store, "price_list_password_hash"),
        (SalesPoint, "store__price_list_key__startswith"),
        (MerchantToken, "sealed__startswith"),
        (Buyer, "phone__startswith"),
        (Order, "client__phone__startswith"),
    ],
)
def test_a_secret_cannot_be_guessed_letter_by_letter(
    admin_client: Client, model: type[models.Model], lookup: str
) -> None:
    answer = admin_client.get(address(model, "changelist"), {lookup: "a"})
    assert answer.status_code == 400


@pytest.mark.parametrize("model", ADMINS)
def test_a_list_asks_as_often_for_ten_rows_as_for_one(admin_client: Client, model: type[models.Model]) -> None:
    def look() -> Any:
        return admin_client.get(address(model, "changelist"))

    fill(1)
    look()
    for_one = queries_of(look)
    fill(*range(2, 11))
    assert queries_of(look) == for_one


def more_of_a_store() -> None:
    store = only(Store)
    for number in range(2, 11):
        SalesPoint.everything.create(store=store, code=f"PP{number}", city_id=ASTANA)
        user = User.objects.create_user(f"staff{number}@example.kz")
        Membership.everything.create(store=store, user=user, role=Membership.Role.VIEWER)


def more_of_a_product() -> None:
    product = only(Product)
    for number in range(2, 11):
        CityPrice.everything.create(product=product, city_id=f"{number:09}", price=10_000, confirmed_price=10_000)
        point = SalesPoint.everything.create(store=product.store, code=f"PP{number}", city_id=ASTANA)
        Availability.everything.create(product=product, sales_point=point, is_available=True)


def more_of_an_order() -> None:
    order = only(Order)
    for number in range(2, 11):
        product = Product.everything.create(store=order.store, sku=f"SKU-{number}", model="Kettle")
        OrderItem.everything.create(
            order=order,
            entry_number=number,
            product=product,
            sku=product.sku,
            name="Kettle",
            quantity=1,
            base_price=500,
            total_price=500,
        )


@pytest.mark.parametrize(
    ("model", "add_more"), [(Store, more_of_a_store), (Product, more_of_a_product), (Order, more_of_an_order)]
)
def test_a_page_asks_as_often_for_ten_inline_rows_as_for_one(
    admin_client: Client, model: type[models.Model], add_more: Callable[[], None]
) -> None:
    fill(1)
    row = only(model)

    def look() -> Any:
        return admin_client.get(address(model, "change", row.pk))

    look()
    for_one = queries_of(look)
    add_more()
    assert queries_of(look) == for_one


# --- No way around the price gateway ---


@pytest.mark.parametrize("model", VIEW_ONLY)
def test_what_is_only_looked_at_is_not_added_changed_or_deleted(
    admin_client: Client, model: type[models.Model]
) -> None:
    fill(1)
    before = model._default_manager.values().get()
    pk = only(model).pk
    assert admin_client.get(address(model, "add")).status_code == 403
    assert admin_client.post(address(model, "add"), {}).status_code == 403
    assert admin_client.post(address(model, "change", pk), {"price": "1"}).status_code == 403
    assert admin_client.post(address(model, "delete", pk), {"post": "yes"}).status_code == 403
    assert "delete_selected" not in admin_client.get(address(model, "changelist")).content.decode()
    assert model._default_manager.values().get() == before


@pytest.mark.parametrize("model", [Store, Product, SalesPoint])
def test_what_prices_hang_on_is_not_deleted(admin_client: Client, model: type[models.Model]) -> None:
    fill(1)
    row = only(model)
    assert admin_client.post(address(model, "delete", row.pk), {"post": "yes"}).status_code == 403
    chosen = {"action": "delete_selected", "_selected_action": row.pk, "post": "yes"}
    assert admin_client.post(address(model, "changelist"), chosen).status_code == 403
    assert only(model) == row
    assert CityPrice.everything.get().price == 9_899


def test_a_product_comes_in_by_an_import_only(admin_client: Client) -> None:
    assert admin_client.get(address(Product, "add")).status_code == 403
    assert admin_client.post(address(Product, "add"), {}).status_code == 403


def test_a_products_page_moves_no_price(admin_client: Client) -> None:
    fill(1)
    before = CityPrice.everything.values().get()
    prices = {f"city_prices-0-{name}": "500" for name in ("price", "floor", "ceiling", "confirmed_price")}
    answer = edit(admin_client, only(Product), model="Teapot", **prices)
    assert answer.status_code == 302
    assert only(Product).model == "Teapot"
    assert CityPrice.everything.values().get() == before


# --- Stores ---


def test_a_store_is_opened_with_its_points_and_people(admin_client: Client) -> None:
    owner = cast.person("aliya@example.kz", "Aliya")
    blank = filled_in(admin_client.get(address(Store, "add")))
    answer = admin_client.post(
        address(Store, "add"),
        blank
        | {
            "name": "Sunflower",
            "merchant_id": "30125007",
            "mode": "automatic",
            "sales_points-TOTAL_FORMS": "1",
            "sales_points-0-code": "PP1",
            "sales_points-0-city_id": ALMATY,
            "sales_points-0-is_open": "on",
            "memberships-TOTAL_FORMS": "1",
            "memberships-0-user": owner.pk,
            "memberships-0-role": "owner",
        },
    )
    assert answer.status_code == 302
    store = only(Store)
    assert (store.name, store.merchant_id, store.mode) == ("Sunflower", "30125007", Store.Mode.WATCH)
    assert [(point.code, point.city_id) for point in store.sales_points.all()] == [("PP1", ALMATY)]
    assert [(member.user, member.role) for member in store.memberships.all()] == [(owner, "owner")]


def test_a_store_is_renamed_and_its_mode_stays(admin_client: Client) -> None:
    fill(1)
    before = only(Store)
    assert edit(admin_client, before, name="Sunflower", mode="automatic").status_code == 302
    after = only(Store)
    assert (after.name, after.mode, after.catalogue_version) == ("Sunflower", before.mode, before.catalogue_version + 1)
    assert (after.price_list_key, after.publish_claim) == (before.price_list_key, CLAIM)


def test_a_save_leaves_alone_what_others_have_written_meanwhile(admin_user: User) -> None:
    fill(1)
    read_before = only(Store)
    Store.everything.update(mode=Store.Mode.PAUSED, publish_claim="", catalogue_version=7)
    request = RequestFactory().post("/")
    request.user = admin_user
    form = ADMINS[Store].get_form(request, read_before)(
        {"name": "Sunflower", "merchant_id": "M1"}, instance=read_before
    )
    assert form.is_valid()
    ADMINS[Store].save_model(request, form.instance, form, change=True)
    after = only(Store)
    assert (after.name, after.mode, after.publish_claim, after.catalogue_version) == (
        "Sunflower",
        Store.Mode.PAUSED,
        "",
        8,
    )


def test_a_point_lies_in_a_city_that_the_marketplace_knows(admin_client: Client) -> None:
    fill(1)
    answer = edit(admin_client, only(SalesPoint), city_id="123456789")
    assert answer.status_code == 200
    assert list(answer.context["adminform"].form.errors) == ["city_id"]
    assert only(SalesPoint).city_id == ALMATY


def test_a_closed_point_asks_for_a_new_price_list(admin_client: Client) -> None:
    fill(1)
    assert edit(admin_client, only(SalesPoint), is_open=False).status_code == 302
    assert (only(SalesPoint).is_open, only(Store).catalogue_version) == (False, 1)


def test_a_membership_changes_its_role_and_not_its_store(admin_client: Client) -> None:
    fill(1)
    other = Store.everything.create(name="Other", merchant_id="X")
    assert edit(admin_client, only(Membership), role="viewer", store=other.pk).status_code == 302
    assert (only(Membership).role, only(Membership).store.name) == ("viewer", "Shop 1")


# --- The catalogue ---


def test_an_edit_at_the_service_desk_is_in_the_products_history(admin_client: Client) -> None:
    fill(1)
    CatalogueBatch.everything.all().delete()
    edit(admin_client, Product.everything.get(), brand="Tefal", is_paused=True)
    changes = CatalogueChange.everything.values_list("field", "old", "new", "batch__actor__is_staff")
    assert set(changes) == {("brand", "", "Tefal", True), ("is_paused", False, True, True)}
    assert "tefal" in Product.everything.get().search


def test_an_edited_product_grows_its_version_and_asks_for_a_new_price_list(admin_client: Client) -> None:
    fill(1)
    before = only(Product)
    answer = edit(admin_client, before, model="Teapot", is_paused="on", sku="OTHER", card_id="1", store="999")
    assert answer.status_code == 302
    after = only(Product)
    assert (after.model, after.is_paused, after.version) == ("Teapot", True, 2)
    assert (after.sku, after.card_id, after.store_id) == (before.sku, before.card_id, before.store_id)
    assert after.updated_at > before.updated_at
    assert only(Store).catalogue_version == after.offer_version == 1


def test_an_edit_of_an_older_version_is_refused(admin_client: Client) -> None:
    fill(1)
    product = only(Product)
    place = address(Product, "change", product.pk)
    read_before = filled_in(admin_client.get(place))
    Product.everything.update(is_paused=True, version=2)
    answer = admin_client.post(place, read_before | {"model": "Teapot"})
    assert answer.status_code == 200
    assert [error.code for error in answer.context["adminform"].form.non_field_errors().as_data()] == ["stale"]
    after = only(Product)
    assert (after.model, after.is_paused, after.version) == ("Kettle", True, 2)


def test_a_cost_with_a_dot_is_not_guessed(admin_client: Client) -> None:
    fill(1)
    answer = edit(admin_client, only(Product), purchase_cost="12.000")
    assert answer.status_code == 200
    assert list(answer.context["adminform"].form.errors) == ["purchase_cost"]
    assert only(Product).purchase_cost is None


def test_stock_is_changed_on_the_products_page(admin_client: Client) -> None:
    fill(1)
    answer = edit(admin_client, only(Product), **{"availabilities-0-stock_count": "7"})
    assert answer.status_code == 302
    assert (only(Availability).stock_count, only(Store).catalogue_version, only(Product).offer_version) == (7, 1, 1)


def test_a_product_taken_off_sale_asks_for_a_new_price_list(admin_client: Client) -> None:
    fill(1)
    assert edit(admin_client, only(Availability), is_available=False).status_code == 302
    assert (only(Availability).is_available, only(Store).catalogue_version) == (False, 1)
    assert only(Product).offer_version == 1


@pytest.mark.parametrize(("point_of", "status", "count"), [("Shop 1", 302, 2), ("Shop 2", 200, 1)])
def test_a_product_lies_at_points_of_its_own_store(
    admin_client: Client, point_of: str, status: int, count: int
) -> None:
    fill(1, 2)
    product = Product.everything.get(store__name="Shop 1")
    store = Store.everything.get(name=point_of)
    point = SalesPoint.everything.create(store=store, code="PP9", city_id=ASTANA)
    answer = admin_client.post(
        address(Availability, "add"), {"product": product.pk, "sales_point": point.pk, "is_available": "on"}
    )
    assert answer.status_code == status
    assert product.availabilities.count() == count


# --- The market, orders, the stop ---


def test_a_rival_becomes_a_partner(admin_client: Client) -> None:
    fill(1)
    assert edit(admin_client, only(Competitor), stance="partner").status_code == 302
    assert only(Competitor).stance == Competitor.Stance.PARTNER


def test_a_price_update_says_why(admin_client: Client) -> None:
    fill(1)
    page = admin_client.get(address(ProductPriceUpdate, "change", only(ProductPriceUpdate).pk))
    assert "9\u202f899 ₸" in page.content.decode()


def test_a_buyer_is_shown_masked_and_can_be_forgotten(admin_client: Client) -> None:
    fill(1)
    buyer = only(Buyer)
    assert "••• 0123" in admin_client.get(address(Buyer, "changelist")).content.decode()
    assert admin_client.get(address(Buyer, "add")).status_code == 403
    assert admin_client.post(address(Buyer, "change", buyer.pk), {"phone": "1"}).status_code == 403
    assert admin_client.post(address(Buyer, "delete", buyer.pk), {"post": "yes"}).status_code == 302
    assert Buyer.everything.count() == 0
    assert only(Order).client is None


def test_a_stop_says_who_stopped(admin_client: Client, admin_user: User) -> None:
    someone_else = cast.person("aliya@example.kz", "Aliya")
    answer = admin_client.post(
        address(PriceStop, "add"), {"reason": "Prices look wrong", "stopped_by": someone_else.pk}
    )
    assert answer.status_code == 302
    assert (only(PriceStop).reason, only(PriceStop).stopped_by) == ("Prices look wrong", admin_user)


def test_a_stop_is_lifted_and_never_rewritten(admin_client: Client) -> None:
    stop = PriceStop.objects.create(reason="Prices look wrong")
    assert admin_client.post(address(PriceStop, "change", stop.pk), {"reason": "Fine"}).status_code == 403
    assert only(PriceStop).reason == "Prices look wrong"
    assert admin_client.post(address(PriceStop, "delete", stop.pk), {"post": "yes"}).status_code == 302
    assert PriceStop.objects.count() == 0


# --- Fees ---


def test_a_new_rate_is_typed_in(admin_client: Client) -> None:
    fill(1)
    blank = filled_in(admin_client.get(address(FeeShare, "add")))
    typed = {"rate": "vat", "share": "0.16", "code": "vat", "source": "The tax code", "valid_from": "01.01.2026"}
    assert admin_client.post(address(FeeShare, "add"), blank | typed).status_code == 302
    row = FeeShare.objects.get(code="vat")
    assert (row.rate, row.key, str(row.share), row.valid_to) == ("vat", "", "0.160000", None)


def test_an_edited_rate_says_when(admin_client: Client) -> None:
    fill(1)
    before = only(FeeShare)
    assert edit(admin_client, before, share="0.13").status_code == 302
    after = only(FeeShare)
    assert str(after.share) == "0.130000"
    assert after.updated_at > before.updated_at


@pytest.mark.parametrize(
    ("changes", "codes"),
    [
        ({"share": "12.5"}, {"share": ["max_whole_digits"]}),
        ({"share": "1"}, {"__all__": [None]}),
        ({"key": ""}, {"__all__": [None]}),
        ({"valid_to": "28.02.2026"}, {"__all__": [None]}),
        ({"source": ""}, {"source": ["required"]}),
        ({"key": "kind-2"}, {"__all__": ["overlap"]}),
    ],
)
def test_a_rate_that_cannot_be_is_refused(
    admin_client: Client, changes: dict[str, str], codes: dict[str, list[str | None]]
) -> None:
    fill(1, 2)
    row = FeeShare.objects.get(key="kind-1")
    answer = edit(admin_client, row, **changes)
    assert answer.status_code == 200
    errors = answer.context["adminform"].form.errors.as_data()
    assert {name: [error.code for error in found] for name, found in errors.items()} == codes
    assert FeeShare.objects.get(pk=row.pk).updated_at == row.updated_at


@pytest.mark.parametrize(("regime", "status", "kept"), [("simplified", 302, "simplified"), ("simple", 200, "")])
def test_a_stores_tax_regime_is_one_that_the_fees_know(
    admin_client: Client, regime: str, status: int, kept: str
) -> None:
    fill(1)
    FeeShare.objects.create(
        rate="turnover_tax", key="simplified", share="0.04", code="tax", source="The tax code", valid_from=MARCH.date()
    )
    assert edit(admin_client, only(Store), tax_regime=regime).status_code == status
    assert only(Store).tax_regime == kept


@pytest.mark.parametrize(
    ("typed", "cost", "text"),
    [("12 000 ₸", 12_000, ""), ("12.000", None, "12 000"), ("12,5", None, "12000")],
)
def test_tenge_are_read_as_people_write_them(typed: str, cost: int | None, text: str) -> None:
    client = cast.at_the_desk(User.objects.create_superuser("root@example.kz", full_name="Root"))
    fill(1)
    product = Product.everything.get()
    url = reverse("admin:stores_product_change", args=[product.pk])
    form = client.get(url).context["adminform"].form
    data = {f"{name}": value for name, value in form.initial.items() if value is not None}
    for formset in client.get(url).context["inline_admin_formsets"]:
        management = formset.formset.management_form
        data |= {management.add_prefix(name): value for name, value in management.initial.items()}
        for row in formset.formset.initial_forms:
            data |= {row.add_prefix(name): value for name, value in row.initial.items() if value is not None}
            data[row.add_prefix("id")] = row.instance.pk
    data |= {"purchase_cost": typed, "plan": "{}", "seen_version": product.version}
    answer = client.post(url, data)
    product.refresh_from_db()
    assert (answer.status_code, product.purchase_cost) == (302 if cost else 200, cost)
    assert text in answer.content.decode()
