"""Prices of a big change that the marketplace does not take at once: what lets them leave, what ends their wait."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db.models import Q
from django.utils import timezone
from pytest_django.fixtures import Settings

from stores import tasks
from stores.models import (
    Availability,
    CatalogueBatch,
    CatalogueChange,
    CityPrice,
    Membership,
    Notification,
    PriceStop,
    Product,
    ProductPriceUpdate,
    Store,
    WaitingPrice,
)
from stores.services import catalogue
from stores.services.catalogue import EMPTY, CityChange, PointChange, ProductChange, Terms, sending
from stores.services.prices import gateway
from stores.services.prices.budget import budget_of
from stores.services.prices.corridor import narrowed
from stores.services.prices.gateway import Intent
from stores.services.prices.pricing_edit import PricingEdit, edit_pricing
from stores.services.prices.switches import pause_product
from stores.services.store import change_store
from tests import cast
from tests.cast import ALMATY, ASTANA
from users.models import User

pytestmark = pytest.mark.django_db

Source = CatalogueBatch.Source
State = ProductPriceUpdate.State


@pytest.fixture
def waiting(store: Store, seller: User, settings: Settings) -> CatalogueBatch:
    """Five prices wanted where the marketplace takes three in half an hour."""
    settings.CHANGES_PER_HALF_HOUR = 3
    for number in range(5):
        cast.product(store, f"SKU-{number}")
    limits = CityChange(9_900, 9_000, EMPTY)
    applied = apply(store, seller, *(ProductChange(f"SKU-{number}", everywhere=limits) for number in range(5)))
    assert (applied.changed, applied.prices_waiting, applied.held) == (5, 2, {})
    assert [*applied.waiting] == ["SKU-3", "SKU-4"]
    return applied.batch


def apply(store: Store, actor: User, *changes: ProductChange, **terms: bool) -> catalogue.Applied:
    return catalogue.apply_changes(store, changes, actor, Source.BULK, Terms(is_confirmed=True, **terms))


def prices() -> list[int]:
    return list(CityPrice.everything.order_by("product__sku").values_list("price", flat=True))


def corridor(sku: str) -> tuple[int | None, int, int | None]:
    row = CityPrice.everything.get(product__sku=sku)
    return row.floor, row.price, row.ceiling


def by_rule(sku: str, price: int) -> ProductPriceUpdate:
    """What becomes of a price that a rule wants."""
    row = CityPrice.everything.get(product__sku=sku)
    update = gateway.send(Intent(row.pk, price, row.version, looked_at=timezone.now(), shown=row.price))
    assert update is not None
    return update


def half_an_hour_later() -> None:
    ProductPriceUpdate.everything.update(approved_at=timezone.now() - timedelta(minutes=31))


def a_round_later() -> None:
    half_an_hour_later()
    tasks.send_waiting_prices()


# --- Leaving ----------------------------------------------------------------------------------------------------------


def test_no_more_prices_leave_than_the_marketplace_takes(store: Store, waiting: CatalogueBatch) -> None:
    assert prices() == [9_900, 9_900, 9_900, 10_000, 10_000]
    assert sending.send_waiting(store.pk) == 0
    assert budget_of(store).waiting == 2


def test_the_others_leave_in_their_turn_with_their_limits_and_a_reserve_is_left(
    store: Store, waiting: CatalogueBatch, settings: Settings
) -> None:
    settings.CHANGES_PER_HALF_HOUR = 5  # Three are spent, and one of five is the reserve.
    tasks.send_waiting_prices()
    assert prices() == [9_900, 9_900, 9_900, 9_900, 10_000]
    assert corridor("SKU-3") == (9_000, 9_900, None)
    a_round_later()
    assert prices() == [9_900] * 5
    assert not WaitingPrice.everything.exists()
    assert budget_of(store).waiting == 0
    waiting.refresh_from_db()
    assert waiting.products_changed == 5
    assert CatalogueChange.everything.filter(batch=waiting, field="price").count() == 5


def test_a_product_whose_cities_leave_one_after_the_other(store: Store, seller: User, settings: Settings) -> None:
    settings.CHANGES_PER_HALF_HOUR = 0
    cast.product(store, cities=(ALMATY, ASTANA))
    apply(store, seller, ProductChange("SKU-1", everywhere=CityChange(9_900)))
    settings.CHANGES_PER_HALF_HOUR = 2
    for _turn in range(2):
        tasks.send_waiting_prices()
        half_an_hour_later()
    assert prices() == [9_900, 9_900]


def test_a_store_that_fails_keeps_no_other_from_its_turn(
    store: Store,
    strangers_store: Store,
    stranger: User,
    waiting: CatalogueBatch,
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    settings.CHANGES_PER_HALF_HOUR = 0
    theirs = cast.product(strangers_store)
    apply(strangers_store, stranger, ProductChange("SKU-1", everywhere=CityChange(9_900)))
    settings.CHANGES_PER_HALF_HOUR = 3
    send = sending.send_waiting

    def send_but_for_one(store_id: int) -> int:
        if store_id == store.pk:
            raise RuntimeError("broken rows")
        return send(store_id)

    monkeypatch.setattr(sending, "send_waiting", send_but_for_one)
    a_round_later()
    assert cast.city_price(theirs).price == 9_900
    assert WaitingPrice.everything.filter(store=store).count() == 2
    assert f"the prices that wait in store {store.pk} cannot be sent" in caplog.text


# --- What only makes them wait longer ---------------------------------------------------------------------------------


def stop_everything(store: Store, settings: Settings) -> Callable[[], Any]:
    stop = PriceStop.objects.create(reason="one minute")
    return stop.delete


def pause_store(store: Store, settings: Settings) -> Callable[[], Any]:
    Store.everything.filter(pk=store.pk).update(mode=Store.Mode.PAUSED)
    return lambda: Store.everything.filter(pk=store.pk).update(mode=Store.Mode.AUTOMATIC)


def deploy(store: Store, settings: Settings) -> Callable[[], Any]:
    build, settings.BUILD = settings.BUILD, "not yet on record"
    return lambda: setattr(settings, "BUILD", build)


@pytest.mark.parametrize("hold", [stop_everything, pause_store, deploy])
def test_a_hold_that_passes_leaves_the_line_as_it_is(
    store: Store, waiting: CatalogueBatch, settings: Settings, hold: Callable[..., Callable[[], Any]]
) -> None:
    release = hold(store, settings)
    before = list(WaitingPrice.everything.values()), list(Product.everything.values_list("version", flat=True))
    a_round_later()
    assert prices() == [9_900, 9_900, 9_900, 10_000, 10_000]
    after = list(WaitingPrice.everything.values()), list(Product.everything.values_list("version", flat=True))
    assert after == before
    release()
    tasks.send_waiting_prices()
    assert prices() == [9_900] * 5


def test_a_stop_in_the_last_moment_leaves_the_prices_in_the_line(
    store: Store, waiting: CatalogueBatch, monkeypatch: pytest.MonkeyPatch
) -> None:
    half_an_hour_later()
    monkeypatch.setattr(gateway, "foresee", lambda _store_id, intents: ["stopped"] * len(intents))
    assert sending.send_waiting(store.pk) == 0
    assert WaitingPrice.everything.filter(batch=waiting).count() == 2
    assert not Notification.everything.filter(kind=Notification.Kind.PRICES_FORGOTTEN).exists()


def test_a_product_that_rules_leave_alone_has_its_turn_too(store: Store, waiting: CatalogueBatch) -> None:
    pause_product(Product.everything.get(sku="SKU-3").pk)
    a_round_later()
    assert prices() == [9_900] * 5


def test_what_does_not_touch_the_price_does_not_end_its_wait(
    store: Store, seller: User, waiting: CatalogueBatch
) -> None:
    """An hourly file of stocks, an edit of the name, and a rule that moves the price meanwhile."""
    apply(store, seller, ProductChange("SKU-3", points={"PP1": PointChange(stock_count=4)}))
    apply(store, seller, ProductChange("SKU-4", brand="Tefal"))
    half_an_hour_later()
    assert by_rule("SKU-3", 9_950).state == State.APPROVED
    assert WaitingPrice.everything.count() == 2
    a_round_later()
    assert prices() == [9_900] * 5
    assert Availability.everything.get(product__sku="SKU-3").stock_count == 4


def test_a_price_that_a_rule_has_brought_there_meanwhile_waits_no_longer(store: Store, waiting: CatalogueBatch) -> None:
    half_an_hour_later()
    by_rule("SKU-3", 9_900)
    a_round_later()
    assert corridor("SKU-3") == (9_000, 9_900, None)
    assert not WaitingPrice.everything.exists()


# --- What ends their wait ---------------------------------------------------------------------------------------------


def change_limits_of_many(store: Store, actor: User) -> None:
    apply(store, actor, ProductChange("SKU-3", everywhere=CityChange(floor=9_500)))


def edit_limits(store: Store, actor: User) -> None:
    product = Product.everything.get(sku="SKU-3")
    edit_pricing(product, PricingEdit(product.version, {"floor": 9_500}), actor)


def edit_price(store: Store, actor: User) -> None:
    product = Product.everything.get(sku="SKU-3")
    edit_pricing(product, PricingEdit(product.version, {"price": 10_500}), actor)


def agree_to_a_rule(store: Store, actor: User) -> None:
    cast.see(CityPrice.everything.get(product__sku="SKU-3").market, {store.merchant_id: 10_000, "30200001": 10_200})
    change_store(store, {"mode": Store.Mode.ASK}, actor)
    gateway.approve(by_rule("SKU-3", 10_100), actor)


@pytest.mark.parametrize(
    ("change", "after"),
    [
        (change_limits_of_many, (9_500, 10_000, 12_000)),
        (edit_limits, (9_500, 10_000, 12_000)),
        (edit_price, (9_000, 10_500, 12_000)),
        (agree_to_a_rule, (9_000, 10_100, 12_000)),
    ],
)
def test_who_changes_the_price_or_its_limits_ends_its_wait(
    store: Store,
    seller: User,
    waiting: CatalogueBatch,
    change: Callable[[Store, User], None],
    after: tuple[int, int, int],
) -> None:
    half_an_hour_later()
    change(store, seller)
    assert list(WaitingPrice.everything.values_list("city_price__product__sku", flat=True)) == ["SKU-4"]
    a_round_later()
    assert (corridor("SKU-3"), corridor("SKU-4")) == (after, (9_000, 9_900, None))


def test_who_left_the_store_moves_no_price_any_more_and_the_seller_is_told_once(
    store: Store, seller: User, waiting: CatalogueBatch
) -> None:
    Membership.everything.filter(user=seller).update(role=Membership.Role.VIEWER)
    since = WaitingPrice.everything.earliest("pk").created_at
    for _round in range(2):
        a_round_later()
    assert prices() == [9_900, 9_900, 9_900, 10_000, 10_000]
    assert not WaitingPrice.everything.exists()
    told = Notification.everything.get(kind=Notification.Kind.PRICES_FORGOTTEN)
    assert told.facts == {
        "since": since.isoformat(),
        "count": 2,
        "skus": ["SKU-3", "SKU-4"],
        "code": "not_allowed",
    }


def test_a_price_that_does_not_fit_any_more_is_told_and_keeps_no_other(store: Store, waiting: CatalogueBatch) -> None:
    WaitingPrice.everything.filter(city_price__product__sku="SKU-3").update(floor=9_950)
    a_round_later()
    assert prices() == [9_900, 9_900, 9_900, 10_000, 9_900]
    assert not WaitingPrice.everything.exists()
    told = Notification.everything.get(kind=Notification.Kind.PRICES_FORGOTTEN)
    assert (told.facts["skus"], told.facts["code"]) == (["SKU-3"], "price_outside_limits")


def test_undo_takes_those_that_wait_out_of_the_line_and_puts_their_limits_back(
    store: Store, seller: User, waiting: CatalogueBatch
) -> None:
    catalogue.undo_batch(waiting, seller)
    a_round_later()
    assert {corridor(f"SKU-{number}") for number in range(5)} == {(8_000, 10_000, 12_000)}


def test_undo_puts_back_what_has_left_in_its_turn(store: Store, seller: User, waiting: CatalogueBatch) -> None:
    a_round_later()
    undone = catalogue.undo_batch(waiting, seller)
    assert (undone.restored, undone.left) == (5, {})
    assert {corridor(f"SKU-{number}") for number in range(5)} == {(8_000, 10_000, 12_000)}


# --- Their limits -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("wanted", "present", "price", "in_force"),
    [
        ((9_000, 11_000), (8_000, 12_000), 10_000, (9_000, 11_000)),
        ((7_000, 13_000), (8_000, 12_000), 10_000, (8_000, 12_000)),  # wider ones come with the price
        ((None, None), (8_000, 12_000), 10_000, (8_000, 12_000)),
        ((9_000, 11_000), (None, None), 10_000, (9_000, 11_000)),
        ((None, None), (None, None), 10_000, (None, None)),
        ((10_500, 14_000), (8_000, 12_000), 10_000, (10_000, 12_000)),  # as far as the price fits in
        ((7_000, 9_500), (8_000, 12_000), 10_000, (8_000, 10_000)),
        ((15_000, 20_000), (8_000, 12_000), 10_000, (10_000, 12_000)),
    ],
)
def test_limits_are_drawn_in_at_once(
    wanted: tuple[int | None, int | None],
    present: tuple[int | None, int | None],
    price: int,
    in_force: tuple[int | None, int | None],
) -> None:
    assert narrowed(wanted, present, price) == in_force


def test_a_raised_floor_holds_before_its_price_has_left(store: Store, waiting: CatalogueBatch) -> None:
    half_an_hour_later()
    assert corridor("SKU-3") == (9_000, 10_000, 12_000)
    assert by_rule("SKU-3", 8_999).hold_code == "under_floor"
    assert by_rule("SKU-3", 9_000).state == State.APPROVED
    assert CatalogueChange.everything.filter(batch=waiting, sku="SKU-4").values_list("field", "old", "new").get() == (
        *("floor", 8_000, 9_000),
    )


@pytest.fixture
def raised(store: Store, seller: User, settings: Settings) -> CatalogueBatch:
    """Floors of three products raised over their prices, with room for one change."""
    settings.CHANGES_PER_HALF_HOUR = 1
    for sku in ("A", "B", "C"):
        cast.product(store, sku, price=9_000)
    raised = (ProductChange(sku, everywhere=CityChange(floor=9_500)) for sku in ("A", "B", "C"))
    applied = apply(store, seller, *raised, move_prices=True)
    assert (applied.changed, applied.prices_waiting) == (3, 2)
    settings.CHANGES_PER_HALF_HOUR = 250
    return applied.batch


def test_rules_leave_a_price_alone_that_stands_under_its_new_floor(store: Store, raised: CatalogueBatch) -> None:
    told = Notification.everything.count()
    for sku in ("B", "C"):
        for price in (8_500, 8_999, 9_100, 9_600):
            assert by_rule(sku, price).hold_code == "persons_price_waits"
    assert [corridor(sku) for sku in ("A", "B", "C")] == [
        *((9_500, 9_500, 12_000), (9_000, 9_000, 12_000), (9_000, 9_000, 12_000)),
    ]
    assert Notification.everything.count() == told
    tasks.send_waiting_prices()
    assert {corridor(sku) for sku in ("A", "B", "C")} == {(9_500, 9_500, 12_000)}
    assert by_rule("B", 9_499).hold_code == "under_floor"
    assert by_rule("C", 9_600).state == State.APPROVED


def test_no_yes_to_a_rule_goes_before_the_persons_price(store: Store, seller: User, settings: Settings) -> None:
    cast.product(store, price=9_000)
    change_store(store, {"mode": Store.Mode.ASK}, seller)
    proposed = by_rule("SKU-1", 8_500)
    settings.CHANGES_PER_HALF_HOUR = 0
    apply(store, seller, ProductChange("SKU-1", everywhere=CityChange(floor=9_500)), move_prices=True)
    settings.CHANGES_PER_HALF_HOUR = 250
    proposed.refresh_from_db()
    assert proposed.state == State.SUPERSEDED
    assert by_rule("SKU-1", 8_600).hold_code == "persons_price_waits"
    assert corridor("SKU-1") == (9_000, 9_000, 12_000)


def test_no_price_leaves_under_a_floor_that_waits(raised: CatalogueBatch) -> None:
    for sku in ("B", "C"):
        by_rule(sku, 9_100)
    assert not ProductPriceUpdate.everything.filter(Q(new_price__lt=9_500) & ~Q(state=State.HELD)).exists()
