"""What failed today: each way to fail is counted, and nothing else is."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from celery import shared_task
from django.contrib.auth.models import Permission
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from landing.models import Tariff
from stores.admin import failures as page
from stores.models import (
    BreakerTrip,
    CardBatch,
    CardMarket,
    MerchantToken,
    Notification,
    Order,
    OrderAction,
    OrderReading,
    PriceListVersion,
    ProductPriceUpdate,
    ProductUpload,
    Store,
    TaskFailure,
)
from stores.services import failures
from stores.services.failures import Failed
from stores.services.prices.decide import decide_markets
from tests import cast
from users.models import Letter, User
from users.services import letters
from users.services.billing import purchases

pytestmark = pytest.mark.django_db
ADDRESS = "/api/admin/what-failed/"
LONG_AGO = timedelta(days=3)


@pytest.fixture
def update(store: Store) -> ProductPriceUpdate:
    """A price that is about to leave."""
    row = cast.city_price(cast.product(store))
    cast.see(row.market, {store.merchant_id: 10_000, "30200001": 9_500})
    decide_markets([row.market_id])
    return ProductPriceUpdate.everything.get()


def placed(store: Store) -> Order:
    return Order.everything.create(
        store=store, code="90", marketplace_id="O1", state="NEW", total_price=9_899, placed_at=timezone.now()
    )


def refuse_list(store: Store) -> None:
    for number, refusal in ((1, None), (2, {"code": "empty"})):
        PriceListVersion.everything.create(
            store=store, number=number, sha256="0" * 64, size=1, offer_count=1, refusal=refusal
        )


def leave_unpublished(store: Store) -> None:
    ProductPriceUpdate.everything.update(approved_at=timezone.now() - LONG_AGO)
    Store.everything.update(mode_changed_at=None)


def leave_unpulled(store: Store) -> None:
    ProductPriceUpdate.everything.update(state="published", published_at=timezone.now() - LONG_AGO)


def leave_unseen(store: Store) -> None:
    pulled_at = timezone.now() - LONG_AGO
    ProductPriceUpdate.everything.update(state="pulled", pulled_at=pulled_at)
    CardMarket.objects.update(looked_at=timezone.now())


def hold(store: Store) -> None:
    ProductPriceUpdate.everything.update(state="held", hold_code="step")


def trip(store: Store) -> None:
    BreakerTrip.everything.create(store=store, code="blocked")


def blind(store: Store) -> None:
    CardMarket.objects.update(failures=2)


def refuse_token(store: Store) -> None:
    cast.token(store, state=MerchantToken.State.REFUSED)


def leave_orders_unread(store: Store) -> None:
    now = timezone.now()
    row = {"store": store, "reads_from": now, "read_until": now, "next_read_at": now}
    OrderReading.everything.create(tray="NEW", failures=0, **row)
    OrderReading.everything.create(tray="DELIVERY", failures=3, **row)


def leave_an_order_unread(store: Store) -> None:
    now = timezone.now()
    row = {"store": store, "reads_from": now, "read_until": now, "next_read_at": now}
    OrderReading.everything.create(tray="NEW", finished_at=now, unread=2, **row)


def act(store: Store, state: str) -> None:
    now = timezone.now()
    OrderAction.everything.create(
        store=store, order=placed(store), kind="accept", state=state, sent_at=now, finished_at=now
    )


def leave_action_unclear(store: Store) -> None:
    act(store, "unclear")


def refuse_action(store: Store) -> None:
    act(store, "refused")


def refuse_upload(store: Store) -> None:
    for state in ("applied", "refused"):
        ProductUpload.everything.create(
            store=store, file_name="costs.csv", size=1, state=state, applied_at=timezone.now()
        )


def leave_cards_unsure(store: Store) -> None:
    cast.card_batch(store, CardBatch.State.UNSURE)


def leave_message_untold(store: Store) -> None:
    Notification.everything.update(delivery="waiting", created_at=timezone.now() - timedelta(hours=1))


def hold_payment(store: Store) -> None:
    tariff = Tariff.objects.create(code="x", name_ru="X", price_month=9_900, price_year=99_000, product_limit=1)
    owner = store.memberships.get().user
    purchases.hold(purchases.request_purchase(owner, tariff, "month", "invoice"), "amount_differs")


def leave_letter_unsent(store: Store) -> None:
    owner = store.memberships.get().user
    letters.write_of_end(owner, "2026-11-23:0", timezone.now())
    Letter.objects.update(created_at=timezone.now() - timedelta(hours=1))


def fail_task(store: Store) -> None:
    failures.note_failed_task("stores.tasks.read_orders", ValueError("what no table should hold"))


WAYS: list[tuple[Callable[..., Failed], Callable[[Store], None], int]] = [
    (failures.refused_lists, refuse_list, 1),
    (failures.unpublished_prices, leave_unpublished, 1),
    (failures.unpulled_prices, leave_unpulled, 1),
    (failures.unseen_prices, leave_unseen, 1),
    (failures.held_prices, hold, 1),
    (failures.tripped_breakers, trip, 1),
    (failures.blind_markets, blind, 1),
    (failures.refused_tokens, refuse_token, 1),
    (failures.unread_orders, leave_orders_unread, 1),
    (failures.unread_orders, leave_an_order_unread, 1),
    (failures.unclear_actions, leave_action_unclear, 1),
    (failures.refused_actions, refuse_action, 1),
    (failures.refused_uploads, refuse_upload, 1),
    (failures.unsure_cards, leave_cards_unsure, 1),
    (failures.untold_messages, leave_message_untold, 1),
    (failures.held_payments, hold_payment, 0),
    (failures.unsent_letters, leave_letter_unsent, 0),
    (failures.failed_tasks, fail_task, 0),
]


@pytest.mark.parametrize(("ask", "fail", "stores"), WAYS, ids=[fail.__name__ for _, fail, _ in WAYS])
def test_what_fails_is_counted_and_nothing_else(
    store: Store, update: ProductPriceUpdate, ask: Callable[..., Failed], fail: Callable[[Store], None], stores: int
) -> None:
    since = timezone.now() - timedelta(days=1)
    assert ask(since).rows == 0
    fail(store)
    failed = ask(since)
    assert (failed.rows, failed.stores) == (1, stores)


def test_every_way_to_fail_has_its_line() -> None:
    assert {kind.ask for kind in page.KINDS} == {ask for ask, _, _ in WAYS}


def test_what_failed_yesterday_is_not_of_today(store: Store) -> None:
    trip(store)
    assert failures.tripped_breakers(timezone.now() + timedelta(seconds=1)).rows == 0


# --- The background ---------------------------------------------------------------------------------------------------


@shared_task
def break_down() -> None:
    raise LookupError("a buyer's phone: +7 700 000 00 00")


def test_a_task_that_fails_is_written_down_without_its_words() -> None:
    break_down.apply()
    noted = TaskFailure.objects.get()
    assert (noted.task.endswith("break_down"), noted.error) == (True, "LookupError")


def test_old_failures_make_room(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(failures, "TASKS_KEPT", 2)
    for number in range(5):
        failures.note_failed_task(f"task {number}", ValueError())
    assert [each.task for each in TaskFailure.objects.order_by("pk")] == ["task 3", "task 4"]


# --- The page ---------------------------------------------------------------------------------------------------------


def test_the_page_says_what_failed_and_leads_to_it(admin_client: Client, store: Store) -> None:
    refuse_token(store)
    answer = admin_client.get(ADDRESS)
    (line,) = answer.context["failed"]
    assert (line.failed.rows, line.failed.stores) == (1, 1)
    assert f'href="{line.link}"' in answer.content.decode()
    assert len(answer.context["fine"]) == len(page.KINDS) - 1


def test_every_link_of_the_page_leads_to_a_list(admin_client: Client, store: Store) -> None:
    lines = admin_client.get(ADDRESS).context["fine"]
    assert [line.link for line in lines if admin_client.get(line.link).status_code != 200] == []


def test_who_may_not_see_the_rows_gets_the_numbers_alone(store: Store) -> None:
    refuse_token(store)
    clerk = User.objects.create_user("clerk@example.kz", is_staff=True)
    clerk.user_permissions.add(Permission.objects.get(codename="view_breakertrip"))
    answer = cast.at_the_desk(clerk).get(ADDRESS)
    links = [line.link for line in (*answer.context["failed"], *answer.context["fine"]) if line.link]
    assert links == ["/api/admin/stores/breakertrip/?"]


def test_the_side_bar_holds_what_one_may_open(admin_client: Client) -> None:
    whole = admin_client.get(ADDRESS).content.decode()
    clerk = User.objects.create_user("clerk@example.kz", is_staff=True)
    clerk.user_permissions.add(Permission.objects.get(codename="view_userpurchase"))
    part = cast.at_the_desk(clerk).get(ADDRESS).content.decode()
    links = ["/api/admin/users/userpurchase/", "/api/admin/users/user/", "/api/admin/landing/faq/", ADDRESS]
    assert [f'href="{link}"' in whole for link in links] == [True, True, True, True]
    assert [f'href="{link}"' in part for link in links] == [True, False, False, True]


def test_the_page_costs_a_query_for_each_way_to_fail(admin_client: Client, store: Store) -> None:
    """Two more: the session and the person."""
    for fail in (refuse_token, trip, refuse_upload, leave_cards_unsure):
        fail(store)
    with CaptureQueriesContext(connection) as queries:
        admin_client.get(ADDRESS)
    assert len(queries) == len(page.KINDS) + 2
