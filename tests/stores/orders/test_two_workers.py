"""Two workers at once: each order takes its goods once, and is accepted once."""

from collections.abc import Callable
from threading import Barrier, Thread

import pytest
from django.db import connection
from django.db.models import Count
from django.utils import timezone

from stores.models import Availability, Order, OrderAction, OrderItem, StockMovement, Store
from stores.services.orders.acceptance.accepting import accept_new_orders
from stores.services.orders.acceptance.rules import change_rules, rules_of
from stores.services.stock.following import follow_orders
from tests import cast
from users.models import User

pytestmark = pytest.mark.django_db(transaction=True)

ORDERS, COUNTED = 8, 20


@pytest.fixture
def orders(store: Store, seller: User) -> list[Order]:
    """New orders of two pieces each, of goods of which there are enough."""
    product = cast.product(store)
    Availability.everything.update(stock_count=COUNTED, counted_stock=COUNTED)
    cast.token(store)
    change_rules(store, rules_of(store.pk).version, {"is_on": True}, seller)
    point = store.sales_points.get(code="PP1")
    made = []
    for number in range(ORDERS):
        order = Order.everything.create(
            store=store,
            code=f"88000000{number}",
            marketplace_id=f"O{number}",
            sales_point=point,
            state="NEW",
            status="APPROVED_BY_BANK",
            total_price=20_000,
            placed_at=timezone.now(),
            stock_due_at=timezone.now(),
        )
        OrderItem.everything.create(
            order=order,
            entry_number=0,
            product=product,
            sku=product.sku,
            name="Kettle",
            quantity=2,
            base_price=10_000,
            total_price=20_000,
        )
        made.append(order)
    return made


def both(work: Callable[[], object]) -> None:
    """Two workers begin the same at the same time."""
    start = Barrier(2)

    def run() -> None:
        start.wait()
        try:
            work()
        finally:
            connection.close()

    workers = [Thread(target=run) for _ in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()


def test_two_workers_move_the_stock_once(orders: list[Order]) -> None:
    both(follow_orders)
    assert Availability.everything.get().stock_count == COUNTED - 2 * ORDERS
    assert StockMovement.everything.count() == ORDERS
    assert not Order.everything.filter(stock_due_at__isnull=False).exists()


def test_two_workers_accept_each_order_once(orders: list[Order]) -> None:
    follow_orders()
    both(accept_new_orders)
    accepted = OrderAction.everything.values("order").annotate(actions=Count("pk"))
    assert [each["actions"] for each in accepted] == [1] * ORDERS
    assert set(Order.everything.values_list("acceptance__is_accepted", flat=True)) == {True}
