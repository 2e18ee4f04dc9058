"""What orders earned: reckoned when they change, by the fees of their day and the costs of their moment."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from threading import Barrier, Thread
from typing import Any

import pytest
from django.db import DataError, IntegrityError, connection, transaction
from django.utils import timezone

from stores.models import (
    FeeShare,
    Notification,
    Order,
    OrderAccount,
    OrderAccountLine,
    OrderItem,
    OrderReturn,
    Product,
    ReturnOutcome,
    Store,
)
from stores.services.errors import Forbidden, Refusal
from stores.services.ledger import reckon
from stores.services.ledger.costs import UnknownCosts, fill_unknown_costs, unknown_costs
from stores.services.ledger.returns import awaited, awaited_goods, close_return, tell_overdue
from stores.services.messages import text_of
from tests import cast
from tests.sandbox.orders_fakes import OWN
from tests.stores.ledger_orders import (
    ACCEPTED,
    CANCELLED,
    COMING_BACK,
    DELIVERY,
    PRICE,
    PROFIT,
    RETURNED,
    account_of,
    kettle,
    reckon_all,
    sell,
)
from tests.stores.orders.desk import connect, read_all, row_of
from users.models import User

pytestmark = pytest.mark.django_db
Outcome = ReturnOutcome.Outcome


@pytest.fixture
def product(store: Store) -> Product:
    return kettle(store)


# --- Accounts ---------------------------------------------------------------------------------------------------------


def test_an_order_is_reckoned_with_its_line_its_day_and_its_city(product: Product) -> None:
    order = sell(product, placed_at=datetime(2026, 3, 1, 20, 30, tzinfo=UTC), delivery_cost_for_seller=1_507)
    reckon_all()
    account = account_of(order)
    # Half past one of the second of March in Almaty.
    assert (str(account.day), account.city_id, account.fate) == ("2026-03-02", cast.ALMATY, "sold")
    assert (account.units, account.amount, account.missing) == (1, PRICE, "")
    assert (account.delivery_expected, account.delivery_charged, account.overcharge) == (DELIVERY, 1_507, 232)
    assert (account.profit, account.expected_profit) == (PROFIT - 232, PROFIT)
    line = OrderAccountLine.everything.get(account=account)
    assert (line.sku, line.product, line.commission, line.delivery, line.profit) == (
        *("SKU-1", product, 1_875, 1_507),
        PROFIT - 232,
    )


def test_reckoning_again_writes_the_same(product: Product) -> None:
    order = sell(product)
    fees = reckon.read_fees()
    reckon.reckon([order.pk], fees)
    before = list(OrderAccount.everything.values()), list(OrderAccountLine.everything.values())
    Order.everything.update(reckoned_at=None)
    reckon.reckon([order.pk], fees)
    assert (list(OrderAccount.everything.values()), list(OrderAccountLine.everything.values())) == before
    assert not reckon.reckon_due()


def test_who_comes_second_leaves_the_account_of_newer_fees(product: Product) -> None:
    order = sell(product)
    old, new = reckon.read_fees(), reckon.read_fees()
    reckon.reckon([order.pk], new)
    OrderAccount.everything.update(amount=1)
    reckon.reckon([order.pk], old)
    assert account_of(order).amount == 1


def test_an_order_that_cannot_be_reckoned_keeps_no_other_from_it(
    product: Product, monkeypatch: pytest.MonkeyPatch
) -> None:
    good, bad, last = (sell(product) for _ in range(3))
    accounts = reckon._account

    def refuse(order: Order, *facts: Any) -> Any:
        if order == bad:
            raise DataError("out of range")
        return accounts(order, *facts)

    monkeypatch.setattr(reckon, "_account", refuse)
    reckon_all()
    assert set(OrderAccount.everything.values_list("order", flat=True)) == {good.pk, last.pk}
    assert not reckon.reckon_due()
    # It changes, and can be.
    monkeypatch.setattr(reckon, "_account", accounts)
    Order.everything.filter(pk=bad.pk).update(reckoned_at=None)
    reckon_all()
    assert account_of(bad).profit == PROFIT


@pytest.mark.parametrize(
    ("words", "fate"),
    [
        (ACCEPTED, "open"),
        ({"state": "NEW", "status": "APPROVED_BY_BANK"}, "open"),
        ({}, "sold"),
        (CANCELLED, "cancelled"),
        (CANCELLED | {"handed_over_at": datetime(2026, 3, 1, tzinfo=UTC)}, "refused"),
        (CANCELLED | {"has_left": True}, "refused"),
        (COMING_BACK, "refused"),
        ({"state": "ARCHIVE", "status": "KASPI_DELIVERY_RETURN_REQUESTED"}, "returned"),
        (RETURNED, "returned"),
        ({"state": "ARCHIVE", "status": "A_NEW_WORD"}, "open"),
    ],
)
def test_the_words_of_the_marketplace_say_what_became_of_it(
    product: Product, words: dict[str, object], fate: str
) -> None:
    order = sell(product, **words)
    reckon_all()
    assert account_of(order).fate == fate
    assert OrderReturn.everything.count() == (fate in ("refused", "returned"))


def test_how_a_parcel_travels_decides_its_fee_and_a_lockers_is_not_guessed(product: Product) -> None:
    modes = [
        ("DELIVERY_LOCAL", False),
        ("DELIVERY_LOCAL", True),
        ("DELIVERY_REGIONAL_TODOOR", False),
        ("DELIVERY_PICKUP", False),
    ]
    orders = [sell(product, delivery_mode=mode, is_express=is_express) for mode, is_express in modes]
    reckon_all()
    told = [(account_of(order).delivery_expected, account_of(order).missing) for order in orders]
    assert told == [(1_275, ""), (1_971, ""), (1_507, ""), (None, "zone")]


def test_a_later_cost_does_not_rewrite_what_was_earned(product: Product) -> None:
    order = sell(product)
    Product.everything.filter(pk=product.pk).update(purchase_cost=1, packaging_cost=1, weight_g=90_000)
    Store.everything.update(tax_regime="simplified")
    Order.everything.update(reckoned_at=None)
    reckon_all()
    assert account_of(order).profit == PROFIT


def test_an_unknown_cost_is_no_profit_until_a_person_fills_it_in(product: Product, seller: User) -> None:
    known, unknown = sell(product), sell(product)
    OrderItem.everything.filter(order=unknown).update(unit_cost=None, unit_packaging=None, unit_weight_g=None)
    Order.everything.filter(pk=unknown.pk).update(tax_regime="")
    OrderItem.everything.filter(order=known).update(unit_cost=9_000)
    reckon_all()
    assert (account_of(unknown).profit, account_of(unknown).missing) == (None, "purchase_cost")
    assert unknown_costs(product.store) == UnknownCosts(lines=1, orders=1)

    assert fill_unknown_costs(product.store, seller) == UnknownCosts(lines=1, orders=1)
    reckon_all()
    assert account_of(unknown).profit == PROFIT
    # What was known stays as it was.
    assert account_of(known).profit == PROFIT + 500
    assert unknown_costs(product.store) == UnknownCosts(lines=0, orders=0)


def test_costs_are_filled_in_by_who_may_change_prices(product: Product, assistant: User) -> None:
    OrderItem.everything.filter(order=sell(product)).update(unit_cost=None)
    with pytest.raises(Forbidden):
        fill_unknown_costs(product.store, assistant)
    assert OrderItem.everything.get().unit_cost is None


def test_a_changed_fee_table_reckons_the_orders_anew(product: Product) -> None:
    order = sell(product)
    reckon_all()
    share = FeeShare.objects.get(code="commission-2026-general")
    share.share = Decimal("0.135")
    share.save()
    reckon_all()
    assert account_of(order).profit == PROFIT - 150
    assert not reckon.reckon_due()


def test_an_account_says_a_profit_or_why_there_is_none(product: Product) -> None:
    order = sell(product)
    reckon_all()
    for broken in ({"profit": None}, {"missing": "weight"}):
        with pytest.raises(IntegrityError), transaction.atomic():
            OrderAccount.everything.filter(order=order).update(**broken)


# --- From the marketplace ---------------------------------------------------------------------------------------------


def test_an_order_is_taken_in_with_its_costs_and_reckoned_again_when_it_changes(
    product: Product, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = connect(product.store, monkeypatch).desk
    goods = next(iter(desk.world.sellers[OWN].products.values()))
    Product.everything.filter(pk=product.pk).update(sku=goods.sku)
    theirs = desk.place(quantity=2)
    read_all()
    item = OrderItem.everything.get()
    assert (item.unit_cost, item.unit_packaging, item.unit_weight_g) == (9_500, 150, 2_000)
    assert row_of(theirs).tax_regime == product.store.tax_regime
    reckon_all()
    assert (account_of(row_of(theirs)).fate, account_of(row_of(theirs)).units) == ("open", 2)

    # Read again, and nothing new in it.
    read_all()
    assert row_of(theirs).reckoned_at is not None

    Product.everything.filter(pk=product.pk).update(purchase_cost=1)
    desk.change(theirs, "CANCELLED", cancellationReason="MERCHANT_OUT_OF_STOCK")
    read_all()
    assert row_of(theirs).reckoned_at is None
    reckon_all()
    assert (account_of(row_of(theirs)).fate, account_of(row_of(theirs)).profit) == ("cancelled", 0)
    assert OrderItem.everything.get().unit_cost == 9_500


# --- Returns ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("outcome", "profit"), [(Outcome.SELLABLE, -1_425), (Outcome.DAMAGED, -10_925), (Outcome.MISSING, -10_925)]
)
def test_a_return_is_closed_once_and_costs_what_was_lost(
    product: Product, seller: User, outcome: str, profit: int
) -> None:
    order = sell(product, **RETURNED, delivery_cost_for_seller=DELIVERY)
    reckon_all()
    assert list(awaited(product.store).values_list("order", "fate", "amount", "at_stake")) == [
        (order.pk, "returned", PRICE, 9_500)
    ]
    said = close_return(order, outcome, seller)
    assert (said.order, said.outcome, said.said_by) == (order, outcome, seller)
    reckon_all()
    assert account_of(order).profit == profit
    assert not awaited(product.store).exists()
    with pytest.raises(Refusal) as refusal:
        close_return(order, Outcome.SELLABLE, seller)
    assert refusal.value.code == "return_closed"
    assert ReturnOutcome.everything.get().outcome == outcome


@pytest.mark.parametrize(("outcome", "code"), [("eaten", "unknown_outcome"), ("sellable", "no_return")])
def test_what_cannot_be_closed_is_refused(product: Product, seller: User, outcome: str, code: str) -> None:
    order = sell(product)
    reckon_all()
    with pytest.raises(Refusal) as refusal:
        close_return(order, outcome, seller)
    assert refusal.value.code == code
    assert not ReturnOutcome.everything.exists()


def test_returns_are_closed_by_who_handles_orders(product: Product, assistant: User) -> None:
    order = sell(product, **RETURNED)
    reckon_all()
    with pytest.raises(Forbidden):
        close_return(order, Outcome.SELLABLE, assistant)
    assert not ReturnOutcome.everything.exists()


def test_an_order_that_was_not_coming_back_after_all_is_awaited_no_longer(product: Product, seller: User) -> None:
    wrong, closed = sell(product, **COMING_BACK), sell(product, **COMING_BACK)
    reckon_all()
    close_return(closed, Outcome.SELLABLE, seller)
    Order.everything.update(status="COMPLETED", reckoned_at=None)
    reckon_all()
    assert list(OrderReturn.everything.values_list("order", flat=True)) == [closed.pk]
    assert account_of(wrong).fate == "sold"


def test_a_return_of_unknown_cost_is_not_worth_nothing(product: Product) -> None:
    sell(product, **RETURNED)
    OrderItem.everything.filter(order=sell(product, **RETURNED)).update(unit_cost=None)
    reckon_all()
    goods = awaited_goods(product.store)
    assert (goods.count, goods.at_stake, goods.unknown) == (2, 9_500, 1)


def test_overdue_goods_are_told_of_once_a_return(product: Product, seller: User) -> None:
    old, closed, fresh = (sell(product, **RETURNED) for _ in range(3))
    reckon_all()
    close_return(closed, Outcome.SELLABLE, seller)
    long_ago = timezone.now() - timedelta(days=8)
    OrderReturn.everything.exclude(order=fresh).update(since=long_ago)
    tell_overdue()
    tell_overdue()
    message = Notification.everything.get(kind=Notification.Kind.RETURNS_OVERDUE)
    assert message.facts == {"count": 1, "orders": [old.code], "amount": PRICE, "days": 7}
    assert old.code in text_of(message)
    OrderReturn.everything.filter(order=fresh).update(since=long_ago)
    tell_overdue()
    assert Notification.everything.filter(kind=Notification.Kind.RETURNS_OVERDUE).count() == 2


@pytest.mark.django_db(transaction=True)
def test_of_two_people_one_closes_a_return(product: Product, seller: User) -> None:
    order = sell(product, **RETURNED)
    reckon_all()
    start, told = Barrier(2), []

    def close(outcome: str) -> None:
        start.wait()
        try:
            told.append(close_return(order, outcome, seller).outcome)
        except Refusal as refusal:
            told.append(refusal.code)
        finally:
            connection.close()

    threads = [Thread(target=close, args=[outcome]) for outcome in (Outcome.SELLABLE, Outcome.MISSING)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(told) == sorted(["return_closed", ReturnOutcome.everything.get().outcome])
