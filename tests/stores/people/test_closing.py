"""A store that is closed asks for nothing, sends nothing and learns of no buyer any more."""

from datetime import timedelta

import pytest
from django.utils import timezone

from stores.models import AcceptanceRules, Client, MerchantToken, Order, OrderAction, OrderReading, Store
from stores.services.errors import Forbidden
from stores.services.merchant import tokens
from stores.services.orders import actions, lookups, readings
from stores.services.orders.acceptance.rules import change_rules, rules_of
from stores.services.store import close_store
from tests.sandbox.orders_fakes import Desk
from tests.stores.orders.desk import DeskTransport, connect, read_all, row_of
from users.models import User

pytestmark = pytest.mark.django_db


@pytest.fixture
def line(store: Store, monkeypatch: pytest.MonkeyPatch) -> DeskTransport:
    return connect(store, monkeypatch)


@pytest.fixture
def desk(line: DeskTransport) -> Desk:
    return line.desk


def left_open(store: Store) -> None:
    """As stores were closed once, and as a worker finds it who knew the store before."""
    Store.everything.filter(pk=store.pk).update(closed_at=timezone.now())


def test_closing_ends_the_work_with_orders(store: Store, seller: User, desk: Desk, line: DeskTransport) -> None:
    theirs = desk.place()
    read_all()
    action = actions.plan(row_of(theirs), "accept", {}, seller)
    change_rules(store, rules_of(store.pk).version, {"is_on": True}, seller)
    close_store(store, seller)
    line.requests.clear()
    desk.place()
    read_all()
    lookups.look_up_due_orders()
    assert (actions.send_due_actions(), theirs.done, line.requests) == (0, [], [])
    action.refresh_from_db()
    assert (action.state, action.why, action.holds_id) == ("not_done", "closed", None)
    assert not MerchantToken.everything.exists()
    assert AcceptanceRules.everything.get().is_on is False
    assert (Order.everything.count(), Client.everything.count()) == (1, 1)


def test_a_planned_code_of_a_buyer_is_forgotten_with_the_store(store: Store, seller: User, desk: Desk) -> None:
    theirs = desk.place()
    read_all()
    OrderAction.everything.create(
        store=store, order=row_of(theirs), holds=row_of(theirs), kind="issue", arguments={"code": "1234"}, actor=seller
    )
    close_store(store, seller)
    assert OrderAction.everything.get().arguments == {}


@pytest.mark.parametrize("work", ["read", "look up", "send"])
def test_a_token_that_is_still_there_is_of_no_use(
    work: str, store: Store, seller: User, desk: Desk, line: DeskTransport
) -> None:
    theirs = desk.place()
    read_all()
    action = actions.plan(row_of(theirs), "accept", {}, seller)
    left_open(store)
    line.requests.clear()
    long_ago = timezone.now() - timedelta(hours=1)
    OrderReading.everything.update(next_read_at=long_ago)
    Order.everything.update(check_at=long_ago)
    {"read": readings.read_due_orders, "look up": lookups.look_up_due_orders, "send": actions.send_due_actions}[work]()
    assert line.requests == []
    action.refresh_from_db()
    assert (action.state, action.why) == (("not_done", "closed") if work == "send" else ("planned", ""))


def test_a_reader_that_was_about_to_begin_finds_the_store_closed(
    store: Store, seller: User, desk: Desk, line: DeskTransport
) -> None:
    readings.begin_readings()
    reading = readings.claim_due_reading()
    assert reading is not None
    left_open(store)
    readings.read_tray(reading, 0.0)
    assert line.requests == []
    assert readings.claim_due_reading() is None


def test_a_token_that_is_checked_while_the_store_closes_is_not_kept(
    store: Store, seller: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tokens, "ask_with", lambda *_args: close_store(store, seller))
    with pytest.raises(Forbidden):
        tokens.enter_token(store, "a-token-of-a-good-length", seller)
    assert not MerchantToken.everything.exists()
