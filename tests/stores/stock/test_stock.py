"""Stock goes down with orders and comes back by the rules, each once; what is doubtful is not sold cheaper."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import IntegrityError
from django.db.models import Sum
from django.utils import timezone
from django.utils.translation import override
from pytest_django.fixtures import Settings

import kaspi
from sandbox.orders.order import Order as TheirOrder
from sandbox.orders.order import Reason
from stores.models import (
    Availability,
    CardMarket,
    CatalogueBatch,
    CityPrice,
    Notification,
    Order,
    OrderItem,
    Product,
    StockMovement,
    Store,
)
from stores.services.catalogue import EMPTY, PointChange, ProductChange, apply_changes
from stores.services.errors import Forbidden
from stores.services.ledger.returns import close_return
from stores.services.messages import text_of
from stores.services.orders import actions
from stores.services.prices.decide import decide_markets
from stores.services.prices.plans import policy_of, read_rules
from stores.services.prices.price_list import files, publish
from stores.services.prices.situation import read_batch_facts
from stores.services.stock import counts
from stores.services.stock.following import bring_back, follow_orders
from stores.services.stock.rules import change_rules, rules_of
from tests import cast
from tests.sandbox.orders_fakes import BY_KASPI, COLLECTED, OWN, OWN_COURIER, Desk
from tests.stores.ledger_orders import reckon_all
from tests.stores.orders.desk import DeskTransport, age_actions, connect, look_up, read_all, row_of
from users.models import User

pytestmark = pytest.mark.django_db

Kind, Doubt = StockMovement.Kind, Availability.Doubt
Step = Callable[[Desk, TheirOrder], object]


@pytest.fixture
def transport(store: Store, monkeypatch: pytest.MonkeyPatch) -> DeskTransport:
    return connect(store, monkeypatch)


@pytest.fixture
def desk(transport: DeskTransport) -> Desk:
    return transport.desk


@pytest.fixture
def product(store: Store, desk: Desk) -> Product:
    """Five pieces at PP1, counted long before the desk opened."""
    product = cast.product(store, next(iter(desk.world.sellers[OWN].products)))
    Availability.everything.update(counted_at=timezone.now() - timedelta(days=2))
    return product


def stock() -> Availability:
    return Availability.everything.get()


def seen() -> list[counts.Seen]:
    """All stocks, as a page shows them now."""
    rows = Availability.everything.order_by("pk")
    return [counts.Seen(row.pk, row.stock_count, row.counted_at, row.doubt) for row in rows]


def in_english(note: Notification) -> str:
    with override("en"):
        return text_of(note)


def moved() -> list[tuple[str, int, int]]:
    """What happened, oldest first: kind, change, stock after it."""
    return list(StockMovement.everything.order_by("pk").values_list("kind", "change", "stock_after"))


def read() -> None:
    read_all()
    follow_orders()


def is_explained(there: Availability) -> bool:
    """The stock is what was counted, and the movements since."""
    since = StockMovement.everything.filter(availability=there, counted_at=there.counted_at)
    change = since.aggregate(sum=Sum("change"))["sum"] or 0
    return there.stock_count == (there.counted_stock or 0) + change


def accept(desk: Desk, order: TheirOrder) -> None:
    desk.world.book.rules.accept(order, desk.world.now)


def assemble(desk: Desk, order: TheirOrder) -> None:
    desk.change(order, "ASSEMBLE", numberOfSpace="1")


def hand_over(desk: Desk, order: TheirOrder) -> None:
    desk.world.book.life.hand_over(order, desk.world.now)


def complete(desk: Desk, order: TheirOrder) -> None:
    desk.world.book.life.complete(order, desk.world.now)


def ask_return(desk: Desk, order: TheirOrder) -> None:
    desk.world.book.life.ask_return(order, desk.world.now)


def take_back(desk: Desk, order: TheirOrder) -> None:
    desk.world.book.life.take_back(order, desk.world.now)


def cancel(desk: Desk, order: TheirOrder) -> None:
    desk.world.book.life.cancel(order, desk.world.now, reason=Reason.BUYER_CANCELLATION_HIMSELF)


def cancel_for_want(desk: Desk, order: TheirOrder) -> None:
    desk.world.book.life.cancel(order, desk.world.now, reason=Reason.MERCHANT_OUT_OF_STOCK)


def keep_one(desk: Desk, order: TheirOrder) -> None:
    desk.world.book.life.reduce(order, 0, 1, desk.world.now)


TAKEN = ("reserved", -2, 3)
# What happens to an order of two pieces → the stock of five, and the movements, after all of it.
STORIES: dict[str, tuple[Any, Sequence[Step], int, list[tuple[str, int, int]]]] = {
    "ordered": (BY_KASPI, [], 3, [TAKEN]),
    "accepted": (BY_KASPI, [accept], 3, [TAKEN]),
    "carried": (BY_KASPI, [accept, assemble, hand_over], 3, [TAKEN]),
    "sold": (BY_KASPI, [accept, assemble, hand_over, complete], 3, [TAKEN]),
    "cancelled when new": (BY_KASPI, [cancel], 5, [TAKEN, ("released", 2, 5)]),
    "cancelled when packed": (BY_KASPI, [accept, assemble, cancel], 5, [TAKEN, ("released", 2, 5)]),
    "cancelled on the way": (BY_KASPI, [accept, assemble, hand_over, cancel], 3, [TAKEN]),
    "cancelled and back": (BY_KASPI, [accept, assemble, hand_over, cancel, take_back], 3, [TAKEN]),
    "returned": (BY_KASPI, [accept, assemble, hand_over, complete, ask_return, take_back], 3, [TAKEN]),
    "collected too late": (COLLECTED, [accept, cancel], 5, [TAKEN, ("released", 2, 5)]),
    "new, by the own courier": (OWN_COURIER, [cancel], 5, [TAKEN, ("released", 2, 5)]),
    "perhaps with the own courier": (OWN_COURIER, [accept, cancel], 3, [TAKEN]),
    "cancelled in part": (BY_KASPI, [accept, keep_one], 4, [TAKEN, ("reduced", 1, 4)]),
    "cancelled in part, then whole": (
        BY_KASPI,
        [accept, keep_one, cancel],
        5,
        [TAKEN, ("reduced", 1, 4), ("released", 1, 5)],
    ),
    "cancelled for want of goods": (BY_KASPI, [cancel_for_want], 3, [TAKEN, ("released", 0, 3)]),
}


@pytest.mark.parametrize("story", STORIES)
def test_the_stock_follows_an_order(story: str, product: Product, desk: Desk) -> None:
    delivery, steps, left, movements = STORIES[story]
    order = desk.place(delivery, quantity=2)
    read()
    for step in steps:
        step(desk, order)
        read()
    read()
    assert (stock().stock_count, moved()) == (left, movements)
    assert is_explained(stock())
    # A list that is told anew leads nowhere else.
    Order.everything.update(stock_due_at=timezone.now())
    follow_orders()
    assert (stock().stock_count, moved()) == (left, movements)


@pytest.mark.parametrize("story", STORIES)
def test_states_that_nobody_saw_lead_to_no_more_than_was_seen(story: str, product: Product, desk: Desk) -> None:
    delivery, steps, _left, _movements = STORIES[story]
    order = desk.place(delivery, quantity=2)
    for step in steps:
        step(desk, order)
    read()
    left = 5 if order.status == "CANCELLED" else 5 - order.entries[0].quantity
    assert stock().stock_count == left
    assert is_explained(stock())


def test_an_order_that_is_alive_again_takes_its_pieces_again_once(product: Product, desk: Desk) -> None:
    order = desk.place(quantity=2)
    read()
    Order.everything.update(state="ARCHIVE", status="CANCELLED", stock_due_at=timezone.now())
    follow_orders()
    assert stock().stock_count == 5
    for status in ("APPROVED_BY_BANK", "ACCEPTED_BY_MERCHANT"):
        Order.everything.update(state="NEW", status=status, stock_due_at=timezone.now())
        follow_orders()
    assert moved() == [TAKEN, ("released", 2, 5), ("revived", -2, 3)]
    assert row_of(order).code == order.code


def test_the_same_line_moves_the_same_way_once(product: Product, desk: Desk) -> None:
    desk.place(quantity=2)
    read()
    done = StockMovement.everything.get()
    done.pk = None
    with pytest.raises(IntegrityError):
        done.save(force_insert=True)


# --- Which orders take ------------------------------------------------------------------------------------------------


def test_an_older_order_that_is_on_its_way_was_not_on_the_shelf_when_it_was_counted(
    product: Product, desk: Desk
) -> None:
    Availability.everything.update(counted_at=timezone.now())
    order = desk.place(quantity=2)
    accept(desk, order)
    read()
    assert (stock().stock_count, moved()) == (5, [])
    Availability.everything.update(counted_at=timezone.now() - timedelta(days=2))
    Order.everything.update(stock_due_at=timezone.now())
    follow_orders()
    assert (stock().stock_count, moved()) == (3, [TAKEN])


@pytest.mark.parametrize(
    "spoil",
    [
        lambda: Availability.everything.update(stock_count=None),
        lambda: OrderItem.everything.update(product=None),
        lambda: Order.everything.update(sales_point=None),
        lambda: change_rules(
            Store.everything.get(), 1, {"follows_orders": False}, User.objects.get(email="aliya@example.kz")
        ),
    ],
    ids=["nobody counts", "unknown goods", "unknown point", "not wanted"],
)
def test_where_nothing_can_be_said_nothing_moves(
    spoil: Callable[[], object], product: Product, desk: Desk, store: Store
) -> None:
    desk.place(quantity=2)
    read_all()
    before = Store.everything.get(pk=store.pk).catalogue_version
    spoil()
    follow_orders()
    assert (moved(), Order.everything.filter(stock_due_at__isnull=False).count()) == ([], 0)
    assert Store.everything.get(pk=store.pk).catalogue_version == before


def test_a_stock_that_moves_is_shown_in_the_next_price_list(product: Product, desk: Desk, store: Store) -> None:
    before = Store.everything.get(pk=store.pk).catalogue_version
    desk.place(quantity=2)
    read()
    product.refresh_from_db()
    assert Store.everything.get(pk=store.pk).catalogue_version == before + 1 == product.offer_version


@pytest.mark.parametrize(
    ("stock_count", "preorder_days", "hides_gone", "is_shown"),
    [
        (0, None, True, False),
        (0, None, False, True),
        (0, 3, True, True),
        (1, None, True, True),
        (None, None, True, True),
    ],
)
def test_goods_that_are_gone_are_off_sale_where_the_store_wants_that(
    stock_count: int | None,
    preorder_days: int | None,
    hides_gone: bool,
    is_shown: bool,
    store: Store,
    seller: User,
    settings: Settings,
    tmp_path: Path,
) -> None:
    settings.PRICE_LISTS_DIR = tmp_path / "price-lists"
    cast.product(store, "SKU-2", card_id="100000002")
    goods = cast.product(store)
    Availability.everything.filter(product=goods).update(stock_count=stock_count, preorder_days=preorder_days)
    change_rules(store, rules_of(store.pk).version, {"hides_gone": hides_gone}, seller)
    # The checker compares the finished file with the rows by its own reading of them.
    assert publish.publish(store.pk) is not None
    with files.LiveList.read(files.folder_of(store.price_list_key)).path.open("rb") as file:
        offers = {offer.sku: offer for offer in kaspi.read_price_list(file).offers}
    assert [each.available for each in offers["SKU-1"].availabilities] == [is_shown]
    assert [each.available for each in offers["SKU-2"].availabilities] == [True]


def test_rules_look_at_the_market_when_the_stock_has_moved(
    product: Product, desk: Desk, django_capture_on_commit_callbacks: Any
) -> None:
    later = timezone.now() + timedelta(hours=1)
    CardMarket.objects.update(next_look_at=later)
    desk.place(quantity=2)
    with django_capture_on_commit_callbacks(execute=True):
        read()
    assert CardMarket.objects.get().next_look_at < later


def test_a_doubtful_stock_stops_undercutting_until_it_is_counted(product: Product, store: Store, seller: User) -> None:
    market = cast.city_price(product).market
    Availability.everything.update(doubt=Doubt.NO_GOODS)
    cast.see(market, {store.merchant_id: 10_000, "30200001": 9_500})
    assert decide_markets([market.pk]) == 0
    assert cast.city_price(product).price == 10_000
    counts.confirm_stocks(store, seen(), seller)
    cast.see(market, {store.merchant_id: 10_000, "30200001": 9_400})
    assert decide_markets([market.pk]) == 1
    assert cast.city_price(product).price == 9_399


# --- Counts -----------------------------------------------------------------------------------------------------------


def tell(store: Store, product: Product, seller: User, number: Any) -> None:
    wanted = ProductChange(product.sku, points={"PP1": PointChange(stock_count=number)})
    assert not apply_changes(store, [wanted], seller, CatalogueBatch.Source.PERSON).refused


def test_a_count_starts_anew(product: Product, desk: Desk, store: Store, seller: User) -> None:
    order = desk.place(quantity=2)
    read()
    tell(store, product, seller, 8)
    there = stock()
    assert (there.stock_count, there.counted_stock, there.doubt) == (8, 8, "")
    # It took from the count before: cancelled, it gives nothing back to this one.
    cancel(desk, order)
    read()
    assert (stock().stock_count, moved()[-1]) == (8, ("released", 0, 8))
    desk.place(quantity=3)
    read()
    assert stock().stock_count == 5
    assert is_explained(stock())


def test_a_new_order_takes_from_each_count(product: Product, desk: Desk, store: Store, seller: User) -> None:
    order = desk.place(quantity=2)
    read()
    tell(store, product, seller, 8)
    follow_orders()
    follow_orders()
    assert (stock().stock_count, stock().doubt, moved()) == (6, "", [TAKEN, ("reserved", -2, 6)])
    counts.count_stock(stock(), 6, seller)
    follow_orders()
    assert (stock().stock_count, stock().counted_stock, moved()[2:]) == (4, 6, [("reserved", -2, 4)])
    cancel(desk, order)
    read()
    assert (stock().stock_count, moved()[3:]) == (6, [("released", 2, 6)])
    assert is_explained(stock())


@pytest.mark.parametrize(("step", "is_told"), [(accept, True), (cancel, False)])
def test_it_is_known_since_when_an_order_is_accepted(
    step: Callable[[Desk, TheirOrder], None], is_told: bool, product: Product, desk: Desk
) -> None:
    order = desk.place(quantity=2)
    read()
    assert row_of(order).accepted_at is None
    before = timezone.now()
    step(desk, order)
    read()
    accepted_at = row_of(order).accepted_at
    assert accepted_at is None if not is_told else before < accepted_at
    if is_told:
        assemble(desk, order)
        read()
    assert row_of(order).accepted_at == accepted_at


def test_what_is_set_aside_for_an_accepted_order_is_not_counted(
    product: Product, desk: Desk, store: Store, seller: User
) -> None:
    order = desk.place(quantity=2)
    accept(desk, order)
    read()
    tell(store, product, seller, 8)
    read()
    assert (stock().stock_count, moved()) == (8, [TAKEN])


def test_a_count_that_is_too_small_for_an_order_is_not_doubtful(
    product: Product, desk: Desk, store: Store, seller: User
) -> None:
    desk.place(quantity=2)
    read()
    tell(store, product, seller, 1)
    follow_orders()
    assert (stock().stock_count, stock().doubt, moved()) == (0, "", [TAKEN, ("reserved", -1, 0)])


@pytest.mark.parametrize("door", ["button", "page"])
def test_what_is_told_again_as_it_stands_can_be_sold(
    door: str, product: Product, desk: Desk, store: Store, seller: User
) -> None:
    order = desk.place(quantity=2)
    read()
    before = stock().counted_at
    if door == "button":
        assert counts.confirm_stocks(store, seen(), seller).count == 1
    else:
        tell(store, product, seller, 3)
    Order.everything.update(stock_due_at=timezone.now())
    follow_orders()
    there = stock()
    assert (there.stock_count, there.counted_stock, moved()) == (3, 5, [TAKEN])
    assert there.counted_at > before
    assert is_explained(there)
    cancel(desk, order)
    read()
    assert (stock().stock_count, is_explained(stock())) == (5, True)


def test_what_is_not_counted_any_more_does_not_move(product: Product, desk: Desk, store: Store, seller: User) -> None:
    order = desk.place(quantity=2)
    read()
    tell(store, product, seller, EMPTY)
    cancel(desk, order)
    read()
    assert (stock().stock_count, stock().counted_stock) == (None, None)
    assert moved() == [TAKEN, ("released", 0, 0)]


def test_a_stock_that_is_told_again_as_it_stands_is_not_old(product: Product, store: Store, seller: User) -> None:
    long_ago = timezone.now() - timedelta(days=40)
    Availability.everything.update(counted_at=long_ago, doubt=Doubt.OLD)
    tell(store, product, seller, 5)
    assert stock().doubt == ""
    assert stock().counted_at > long_ago
    # A file may repeat the same mistake.
    Availability.everything.update(counted_at=long_ago, doubt=Doubt.NO_GOODS)
    tell(store, product, seller, 5)
    assert (stock().doubt, stock().counted_at) == (Doubt.NO_GOODS, long_ago)


# --- What is doubtful -------------------------------------------------------------------------------------------------


def test_more_was_ordered_than_there_was(product: Product, desk: Desk, seller: User) -> None:
    first = desk.place(quantity=4)
    desk.wait(1)
    second = desk.place(quantity=3)
    read()
    there = stock()
    assert (there.stock_count, there.doubt) == (0, Doubt.EXCEEDED)
    assert moved() == [("reserved", -4, 1), ("reserved", -1, 0)]
    note = Notification.everything.get(kind=Notification.Kind.STOCK_DOUBTED)
    assert note.facts == {"sku": product.sku, "point": "PP1", "why": "exceeded", "order": second.code, "stock": 0}
    assert in_english(note) == (
        f"{product.sku} at PP1: is the stock of 0 right? Order {second.code}: more was ordered than there was. "
        "Count it; until then its price is not lowered."
    )
    cancel(desk, first)
    cancel(desk, second)
    read()
    assert stock().stock_count == 5
    counts.count_stock(stock(), 6, seller)
    assert (stock().stock_count, stock().doubt) == (6, "")


def test_cancelled_for_want_of_goods_it_is_doubtful_and_does_not_come_back(
    product: Product, desk: Desk, seller: User
) -> None:
    order = desk.place(quantity=2)
    read()
    cancel_for_want(desk, order)
    read()
    assert (stock().stock_count, stock().doubt) == (3, Doubt.NO_GOODS)
    assert bring_back(row_of(order), seller) == 0
    assert stock().stock_count == 3
    # It is asked once a count.
    other = desk.place(quantity=1)
    read()
    cancel_for_want(desk, other)
    read()
    assert Notification.everything.filter(kind=Notification.Kind.STOCK_DOUBTED).count() == 1


def test_want_of_goods_is_said_of_a_stock_that_was_only_old(product: Product, desk: Desk) -> None:
    order = desk.place(quantity=2)
    read()
    Availability.everything.update(doubt=Doubt.OLD)
    cancel_for_want(desk, order)
    read()
    assert stock().doubt == Doubt.NO_GOODS
    assert Notification.everything.filter(kind=Notification.Kind.STOCK_DOUBTED).count() == 1


def test_a_line_cancelled_for_want_of_goods_gives_nothing_back(product: Product, desk: Desk, seller: User) -> None:
    order = desk.place(quantity=2)
    accept(desk, order)
    read()
    entries = [{"number": 0, "remaining": 1}]
    actions.plan(row_of(order), "reduce", {"entries": entries, "reason": "MERCHANT_OUT_OF_STOCK"}, seller)
    actions.send_due_actions()
    desk.wait(600)
    age_actions(timedelta(minutes=10))
    look_up()
    follow_orders()
    assert OrderItem.everything.get().quantity == 1
    assert (stock().stock_count, stock().doubt, moved()[-1]) == (3, Doubt.NO_GOODS, ("reduced", 0, 3))
    cancel(desk, order)
    read()
    assert (stock().stock_count, moved()[-1]) == (4, ("released", 1, 4))


def test_a_count_of_long_ago_is_doubtful(product: Product, store: Store, seller: User) -> None:
    Availability.everything.update(counted_at=timezone.now() - timedelta(days=29))
    assert counts.doubt_old_counts() == 0
    Availability.everything.update(counted_at=timezone.now() - timedelta(days=31))
    assert (counts.doubt_old_counts(), counts.doubt_old_counts()) == (1, 0)
    assert stock().doubt == Doubt.OLD
    note = Notification.everything.get(kind=Notification.Kind.STOCKS_OLD)
    assert in_english(note) == (
        "Stocks that were counted more than 30 days ago: 1. Count them or say that they are right; until then their "
        "prices are not lowered."
    )
    assert counts.confirm_stocks(store, seen(), seller) == counts.Confirmed(1, [])
    assert stock().doubt == ""
    assert timezone.now() - stock().counted_at < timedelta(minutes=1)


def long_ago(there: counts.Seen) -> counts.Seen:
    return replace(there, counted_at=timezone.now() - timedelta(days=9))


@pytest.mark.parametrize(
    "looked",
    [
        lambda there: replace(there, stock_count=4),
        lambda there: replace(there, doubt=""),
        lambda there: replace(there, doubt=Doubt.OLD),
        long_ago,
    ],
    ids=["another number", "no doubt", "another doubt", "another count"],
)
def test_what_has_moved_since_it_was_seen_is_not_confirmed(
    looked: Callable[[counts.Seen], counts.Seen], product: Product, store: Store, seller: User
) -> None:
    other = cast.product(store, "OTHER", card_id="100000009")
    Availability.everything.update(doubt=Doubt.NO_GOODS)
    before = Availability.everything.filter(product=product).values().get()
    here, there = seen()
    confirmed = counts.confirm_stocks(store, [looked(here), there], seller)
    assert (confirmed.count, [row.product for row in confirmed.moved]) == (1, [product])
    assert Availability.everything.filter(product=product).values().get() == before
    assert Availability.everything.get(product=other).doubt == ""


def test_what_was_confirmed_a_moment_ago_has_not_moved(product: Product, store: Store, seller: User) -> None:
    Availability.everything.update(doubt=Doubt.NO_GOODS)
    shown = seen()
    for _ in range(2):
        assert counts.confirm_stocks(store, shown, seller) == counts.Confirmed(1, [])


@pytest.mark.parametrize(("days", "doubted"), [(None, 0), (60, 0), (10, 1)])
def test_each_store_says_what_long_ago_is(
    days: int | None, doubted: int, product: Product, store: Store, seller: User
) -> None:
    Availability.everything.update(counted_at=timezone.now() - timedelta(days=40))
    change_rules(store, rules_of(store.pk).version, {"doubted_after_days": days}, seller)
    assert counts.doubt_old_counts() == doubted


def test_a_doubtful_stock_is_told_to_the_engine_until_it_is_counted(
    product: Product, store: Store, seller: User
) -> None:
    rows = list(CityPrice.everything.select_related("product__store", "market"))
    policies = {row.pk: policy_of(row, read_rules(rows)) for row in rows}
    assert read_batch_facts(rows, policies).doubtful == set()
    Availability.everything.update(doubt=Doubt.EXCEEDED)
    assert read_batch_facts(rows, policies).doubtful == {rows[0].pk}
    counts.confirm_stocks(store, seen(), seller)
    assert read_batch_facts(rows, policies).doubtful == set()


# --- By a person's word -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("outcome", "left", "last"), [("sellable", 5, ("returned", 2, 5)), ("damaged", 3, TAKEN), ("missing", 3, TAKEN)]
)
def test_goods_that_came_back_are_sold_again_when_a_person_says_that_they_can_be(
    outcome: str, left: int, last: tuple[str, int, int], product: Product, desk: Desk, seller: User
) -> None:
    order = desk.place(quantity=2)
    for step in (accept, assemble, hand_over, complete, ask_return, take_back):
        step(desk, order)
        read()
    reckon_all()
    close_return(row_of(order), outcome, seller)
    assert (stock().stock_count, moved()[-1]) == (left, last)
    assert is_explained(stock())


@pytest.mark.parametrize(("told", "left"), [(3, 5), (9, 11), (EMPTY, None)])
def test_goods_that_left_come_back_whatever_was_counted_meanwhile(
    told: Any, left: int | None, product: Product, desk: Desk, store: Store, seller: User
) -> None:
    order = desk.place(quantity=2)
    for step in (accept, assemble, hand_over):
        step(desk, order)
        read()
    tell(store, product, seller, told)
    for step in (complete, ask_return, take_back):
        step(desk, order)
        read()
    reckon_all()
    close_return(row_of(order), "sellable", seller)
    assert stock().stock_count == left
    assert bring_back(row_of(order), seller) == 0
    assert left is None or is_explained(stock())


def test_who_brought_the_goods_back_is_kept(product: Product, desk: Desk, seller: User) -> None:
    order = desk.place(quantity=2)
    read()
    assert (bring_back(row_of(order), seller), bring_back(row_of(order), seller)) == (2, 0)
    assert StockMovement.everything.get(kind=Kind.RETURNED).actor == seller


def test_a_role_too_small_moves_nothing(product: Product, store: Store, assistant: User) -> None:
    for forbidden in (
        lambda: counts.count_stock(stock(), 9, assistant),
        lambda: counts.confirm_stocks(store, seen(), assistant),
        lambda: change_rules(store, rules_of(store.pk).version, {"hides_gone": True}, assistant),
    ):
        with pytest.raises(Forbidden):
            forbidden()
    assert (stock().stock_count, rules_of(store.pk).hides_gone) == (5, False)


def test_the_marketplaces_word_for_want_of_goods() -> None:
    assert kaspi.CancelReason.MERCHANT_OUT_OF_STOCK == Reason.MERCHANT_OUT_OF_STOCK
