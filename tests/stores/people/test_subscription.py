"""A subscription ends: prices rest, the list is served for two weeks, nothing is lost, and all goes on by itself."""

import base64
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from pathlib import Path

import pytest
from celery.exceptions import SoftTimeLimitExceeded
from django.conf import settings
from django.core import mail
from django.http import HttpResponseBase
from django.test import Client
from django.utils import timezone, translation
from pytest_django.fixtures import Settings

from kaspi_backend.celery import app
from landing.models import Tariff
from stores import tasks
from stores.models import CardMarket, CityPrice, Listing, Membership, Notification, Product, ProductPriceUpdate, Store
from stores.services import health, teams
from stores.services.accounts import delete_account
from stores.services.market.listings import claim_due_listings
from stores.services.market.positions import read_watched
from stores.services.market.watch import claim_due_markets, has_due_markets
from stores.services.messages import text_of
from stores.services.prices import gateway
from stores.services.prices.decide import decide_markets
from stores.services.prices.gateway import Intent
from stores.services.prices.price_list import publish
from stores.services.prices.pricing_edit import PricingEdit, edit_pricing
from stores.services.prices.undo import undo
from stores.services.store import PriceListAddress, change_store, renew_price_list_access
from stores.services.subscription import settling
from stores.services.subscription.settling import settle
from tests import cast
from users.models import Letter, User, UserTariff
from users.services.billing.subscriptions import choose_free

pytestmark = pytest.mark.django_db
Committed = Callable[..., AbstractContextManager[object]]
ME = "30125007"
State = UserTariff.State
DAY = timedelta(days=1)
START = datetime(2026, 11, 23, 5, tzinfo=UTC)


@pytest.fixture(autouse=True)
def billing(settings: Settings) -> None:
    settings.BILLING = True


def become(user: User, state: str) -> None:
    """The subscription is in this state from now on, and the stores have heard of it."""
    UserTariff.objects.filter(user=user).update(state=state)
    settle()


def look_and_decide(row: CityPrice, rival: int) -> CityPrice:
    decide_markets(cast.see(row.market, {ME: row.price, "a": rival}).market_ids)
    return cast.city_price(row.product)


def reread(store: Store) -> Store:
    return Store.everything.get(pk=store.pk)


# --- Prices rest ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("state", [State.GRACE, State.EXPIRED, State.PAUSED])
def test_rules_leave_prices_where_they_are_and_say_why(row: CityPrice, seller: User, state: str) -> None:
    cast.subscription(seller)
    become(seller, state)
    after = look_and_decide(row, 9_500)
    assert (after.price, after.hold_rule, after.lowest_rival) == (10_000, "subscription_ended", 9_500)
    assert not ProductPriceUpdate.everything.exists()


@pytest.mark.parametrize("state", [State.TRIAL, State.ACTIVE])
def test_while_it_runs_rules_go_on(row: CityPrice, seller: User, state: str) -> None:
    cast.subscription(seller)
    become(seller, state)
    assert look_and_decide(row, 9_500).price == 9_499


def test_the_gate_holds_what_a_worker_had_decided_before(row: CityPrice, store: Store, seller: User) -> None:
    cast.subscription(seller, State.GRACE)
    settle()
    update = gateway.send(Intent(row.pk, 9_500, row.version, looked_at=timezone.now(), shown=10_000))
    assert update is not None
    assert (update.state, update.hold_code) == ("held", "subscription_ended")
    assert cast.city_price(row.product).price == 10_000


def test_a_question_that_waited_is_held_though_somebody_says_yes(row: CityPrice, store: Store, seller: User) -> None:
    cast.subscription(seller)
    change_store(store, {"mode": Store.Mode.ASK}, seller)
    look_and_decide(row, 9_500)
    become(seller, State.GRACE)
    update = gateway.approve(ProductPriceUpdate.everything.get(), seller)
    assert (update.state, update.hold_code) == ("held", "subscription_ended")
    assert cast.city_price(row.product).price == 10_000


def test_a_person_still_sets_undoes_and_stops(row: CityPrice, store: Store, seller: User) -> None:
    cast.subscription(seller, State.EXPIRED)
    settle()
    edit_pricing(row.product, PricingEdit(row.product.version, {"price": 11_000}), seller)
    assert cast.city_price(row.product).price == 11_000
    undo(ProductPriceUpdate.everything.get(), seller)
    assert cast.city_price(row.product).price == 10_000
    assert change_store(store, {"mode": Store.Mode.PAUSED}, seller).mode == "paused"


def test_where_nobody_is_billed_nothing_rests(row: CityPrice, seller: User, settings: Settings) -> None:
    settings.BILLING = False
    cast.subscription(seller, State.EXPIRED, product_limit=0)
    settle()
    assert look_and_decide(row, 9_500).price == 9_499
    assert not Notification.everything.filter(kind="subscription_ended").exists()


def test_what_rests_goes_on_when_nobody_is_billed_any_more(row: CityPrice, seller: User, settings: Settings) -> None:
    cast.subscription(seller, State.EXPIRED, product_limit=0)
    settle()
    settings.BILLING = False
    settle()
    assert look_and_decide(row, 9_500).price == 9_499


def test_anothers_subscription_ends_nothing_of_ours(
    row: CityPrice, seller: User, stranger: User, strangers_store: Store
) -> None:
    cast.subscription(seller)
    cast.subscription(stranger, State.EXPIRED, "solo")
    settle()
    assert look_and_decide(row, 9_500).price == 9_499
    assert reread(strangers_store).frozen_at is not None
    assert not Notification.everything.filter(store=row.product.store_id, kind="subscription_ended").exists()


def test_nothing_is_deleted(row: CityPrice, store: Store, seller: User) -> None:
    cast.product(store, "SKU-2")
    cast.subscription(seller, State.EXPIRED)
    before = facts_of(store)
    for _ in range(3):
        settle()
    assert facts_of(store) == before


def facts_of(store: Store) -> tuple[object, ...]:
    """What belongs to the store, but what the end of a subscription may say."""
    products = Product.everything.filter(store=store).order_by("pk").values("sku", "strategy", "is_paused", "version")
    prices = CityPrice.everything.filter(product__store=store).order_by("pk").values("price", "floor", "ceiling")
    fresh = reread(store)
    return list(products), list(prices), fresh.mode, fresh.price_list_key, fresh.memberships.count()


# --- … and go on ------------------------------------------------------------------------------------------------------


def test_it_goes_on_by_itself_after_a_fresh_look(
    row: CityPrice, store: Store, seller: User, django_capture_on_commit_callbacks: Committed
) -> None:
    cast.subscription(seller)
    become(seller, State.GRACE)
    look_and_decide(row, 9_500)
    CardMarket.objects.update(next_look_at=timezone.now() + DAY)
    with django_capture_on_commit_callbacks(execute=True):
        become(seller, State.ACTIVE)
    assert reread(store).frozen_at is None
    assert cast.city_price(row.product).price == 10_000
    market = CardMarket.objects.get()
    assert not market.is_undecided
    assert market.next_look_at <= timezone.now() + timedelta(minutes=1)
    assert look_and_decide(row, 9_600).price == 9_599


# --- Warnings, and the end of the price list --------------------------------------------------------------------------


class Clock:
    """Moves the product's time on."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = START
        monkeypatch.setattr(timezone, "now", lambda: self.now)

    def is_day(self, day: float) -> None:
        """So many days after the end of the subscription; then the sweep runs."""
        self.now = START + timedelta(days=day)
        settle()


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    return Clock(monkeypatch)


def warned_on(store: Store) -> list[int]:
    """The days of whose warnings the store was told, in that order."""
    events = Notification.everything.filter(store=store, kind="subscription_ended").order_by("pk")
    return [int(event.rsplit(":", 1)[1]) for event in events.values_list("event", flat=True)]


@pytest.mark.parametrize(
    ("case", "sweeps", "warned"),
    [
        ("the end itself", [0], [0]),
        ("again and again on the same day", [0, 0.01, 0.9, 2.99], [0]),
        ("the days that are told", [0, 2.99, 3, 7, 13], [0, 3, 7, 13]),
        ("every day of three weeks", range(21), [0, 3, 7, 13]),
        ("the sweep slept over the third day", [0, 5], [0, 3]),
        ("… over two of them: the newest says all", [0, 8], [0, 7]),
        ("… over all of them", [0, 30], [0, 13]),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_each_warning_comes_once(
    store: Store, seller: User, clock: Clock, case: str, sweeps: list[float], warned: list[int]
) -> None:
    cast.subscription(seller, State.GRACE)
    for day in sweeps:
        clock.is_day(day)
    assert warned_on(store) == warned, case


def test_a_warning_says_how_long_the_list_is_served(store: Store, seller: User, clock: Clock) -> None:
    cast.subscription(seller, State.GRACE)
    clock.is_day(0)
    message = Notification.everything.get()
    assert (message.severity, message.facts) == ("warning", {"until": "2026-12-07T05:00:00+00:00"})
    with translation.override("en"):
        assert text_of(message) == (
            "The plan has ended. Prices stay where they are, and the price list is served until 07.12 10:00. Choose a "
            "plan, and the rules go on by themselves; or switch automatic loading off at the marketplace before then."
        )


def test_a_clock_that_is_put_back_stops_nothing(store: Store, seller: User, clock: Clock) -> None:
    cast.subscription(seller, State.GRACE)
    settle()
    Store.everything.update(subscription_ended_at=timezone.now() + timedelta(hours=1))
    settle()
    assert reread(store).frozen_at is not None


def test_a_second_end_is_warned_of_anew(store: Store, seller: User, clock: Clock) -> None:
    subscription = cast.subscription(seller, State.GRACE)
    clock.is_day(0)
    for day, state in [(1, State.ACTIVE), (2, State.GRACE)]:
        UserTariff.objects.filter(pk=subscription.pk).update(state=state)
        clock.is_day(day)
    assert warned_on(store) == [0, 0]
    assert reread(store).subscription_ended_at == START + 2 * DAY


def test_of_a_pause_nobody_is_warned_and_no_days_are_counted(store: Store, seller: User, clock: Clock) -> None:
    subscription = cast.subscription(seller, State.PAUSED)
    for day in (0, 20):
        clock.is_day(day)
    assert warned_on(store) == []
    assert (reread(store).frozen_at, reread(store).list_ended_at) == (START, None)
    UserTariff.objects.filter(pk=subscription.pk).update(state=State.GRACE)
    clock.is_day(21)
    assert reread(store).subscription_ended_at == START + 21 * DAY


@pytest.mark.parametrize(
    ("case", "sweeps", "is_ended"),
    [
        ("before the two weeks are over", [0, 13, 13.99], False),
        ("when they are over", [0, 13, 14], True),
        ("nobody was warned for the last time", [0, 14], False),
        ("… until a day after it", [0, 14, 14.9], False),
        ("… is over too", [0, 14, 15], True),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_the_list_is_served_for_two_weeks_and_a_day_after_the_last_warning(
    store: Store, seller: User, clock: Clock, case: str, sweeps: list[float], is_ended: bool
) -> None:
    cast.subscription(seller, State.EXPIRED)
    for day in sweeps:
        clock.is_day(day)
    assert (reread(store).list_ended_at is not None) is is_ended, case


@pytest.fixture
def address(store: Store, price_lists_dir: Path, django_capture_on_commit_callbacks: Committed) -> PriceListAddress:
    """Where the store's list is fetched, with one product in it."""
    cast.product(store)
    with django_capture_on_commit_callbacks(execute=True):
        access = renew_price_list_access(store)
    assert publish.publish(store.pk) is not None
    return access


def fetch(address: PriceListAddress) -> HttpResponseBase:
    secret = base64.b64encode(f"{address.login}:{address.password}".encode()).decode()
    path = address.url.removeprefix(settings.PUBLIC_URL)
    return Client().get(path, headers={"Authorization": f"Basic {secret}"})


def test_the_marketplace_gets_the_list_then_nothing_it_could_take_for_one_then_the_list(
    store: Store,
    seller: User,
    address: PriceListAddress,
    clock: Clock,
    django_capture_on_commit_callbacks: Committed,
) -> None:
    subscription = cast.subscription(seller, State.EXPIRED)
    before = b"".join(fetch(address))
    for day in (0, 13):
        clock.is_day(day)
    assert b"".join(fetch(address)) == before
    with django_capture_on_commit_callbacks(execute=True):
        clock.is_day(14)
    ended = fetch(address)
    assert (ended.status_code, ended.headers["Retry-After"]) == (HTTPStatus.SERVICE_UNAVAILABLE, "3600")
    assert ended.content == b""
    UserTariff.objects.filter(pk=subscription.pk).update(state=State.ACTIVE)
    with django_capture_on_commit_callbacks(execute=True):
        clock.is_day(60)
    assert b"".join(fetch(address)) == before


def test_an_ended_list_tells_strangers_nothing_and_stays_ended_with_a_new_password(
    store: Store, seller: User, address: PriceListAddress, django_capture_on_commit_callbacks: Committed
) -> None:
    Store.everything.filter(pk=store.pk).update(list_ended_at=timezone.now())
    with django_capture_on_commit_callbacks(execute=True):
        renewed = renew_price_list_access(reread(store))
    assert fetch(address).status_code == HTTPStatus.UNAUTHORIZED
    assert fetch(renewed).status_code == HTTPStatus.SERVICE_UNAVAILABLE


def test_while_prices_rest_what_a_person_sets_is_published(
    store: Store, seller: User, address: PriceListAddress
) -> None:
    cast.subscription(seller, State.GRACE)
    settle()
    product = Product.everything.get()
    edit_pricing(product, PricingEdit(product.version, {"price": 11_000}), seller)
    assert publish.publish(store.pk) is not None
    assert b"11000" in b"".join(fetch(address))


def test_a_list_that_was_paid_for_meanwhile_is_not_ended(
    store: Store, seller: User, address: PriceListAddress, clock: Clock, django_capture_on_commit_callbacks: Committed
) -> None:
    """One worker ended the list; before he said so to the door, another had put it back."""
    subscription = cast.subscription(seller, State.EXPIRED)
    for day in (0, 13):
        clock.is_day(day)
    with django_capture_on_commit_callbacks() as late:
        clock.is_day(14)
    assert reread(store).list_ended_at is not None
    UserTariff.objects.filter(pk=subscription.pk).update(state=State.ACTIVE)
    with django_capture_on_commit_callbacks(execute=True):
        settle()
    for work in late:
        work()
    assert fetch(address).status_code == HTTPStatus.OK


def test_a_password_that_is_renewed_meanwhile_ends_no_list(
    store: Store, seller: User, address: PriceListAddress, clock: Clock, django_capture_on_commit_callbacks: Committed
) -> None:
    subscription = cast.subscription(seller, State.EXPIRED)
    for day in (0, 13, 14):
        clock.is_day(day)
    with django_capture_on_commit_callbacks() as late:
        renewed = renew_price_list_access(reread(store))
    UserTariff.objects.filter(pk=subscription.pk).update(state=State.ACTIVE)
    settle()
    for work in late:
        work()
    assert fetch(renewed).status_code == HTTPStatus.OK


def test_what_was_paid_since_it_was_read_ends_nothing(
    row: CityPrice, store: Store, seller: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The sweep had read the subscription before it was paid."""
    subscription = cast.subscription(seller, State.GRACE)
    read = settling._subscriptions

    def pay_after(user_ids: Iterable[int]) -> dict[int, UserTariff]:
        monkeypatch.undo()
        stale = read(user_ids)
        UserTariff.objects.filter(pk=subscription.pk).update(state=State.ACTIVE)
        return stale

    monkeypatch.setattr(settling, "_subscriptions", pay_after)
    settle()
    assert reread(store).frozen_at is None
    assert look_and_decide(row, 9_500).price == 9_499


# --- Letters to who pays ----------------------------------------------------------------------------------------------


def test_who_pays_gets_a_letter_on_each_day_one_for_all_stores(
    store: Store, seller: User, assistant: User, clock: Clock
) -> None:
    cast.store(seller, "30125008", "Second")
    cast.subscription(seller, State.GRACE)
    for day in (0, 0.1, 3, 7, 13, 14, 20):
        clock.is_day(day)
    told = Letter.objects.order_by("pk").values_list("user", "kind", "event", "until")
    ends = START + 14 * DAY
    assert list(told) == [
        (seller.pk, "subscription_ended", f"subscription_ended:{seller.pk}:2026-11-23:{day}", ends)
        for day in (0, 3, 7, 13)
    ]


def test_the_letter_says_how_long_the_list_is_served(store: Store, seller: User, clock: Clock) -> None:
    User.objects.filter(pk=seller.pk).update(language="en")
    cast.subscription(seller, State.GRACE)
    clock.is_day(0)
    tasks.send_letters()
    [letter] = mail.outbox
    assert (letter.to, letter.subject) == ([seller.email], "Your plan has ended")
    assert "the price list is served until 07.12.2026 10:00" in letter.body


# --- Another payer ----------------------------------------------------------------------------------------------------


def hand_over(store: Store, leaving: User, to: User, committed: Committed) -> None:
    """Another owner, and the one who paid goes."""
    Membership.everything.create(store=store, user=to, role=Membership.Role.OWNER)
    with committed(execute=True):
        teams.remove(store.memberships.get(user=leaving), leaving)


def end_list(store: Store, clock: Clock, committed: Committed) -> None:
    for day in (0, 13, 14):
        with committed(execute=True):
            clock.is_day(day)
    assert reread(store).list_ended_at is not None


def test_a_store_lives_at_once_with_a_payer_who_has_paid(
    store: Store,
    seller: User,
    address: PriceListAddress,
    clock: Clock,
    django_capture_on_commit_callbacks: Committed,
) -> None:
    cast.subscription(seller, State.EXPIRED)
    buyer = cast.person("erlan@example.kz", "Ерлан")
    cast.subscription(buyer)
    end_list(store, clock, django_capture_on_commit_callbacks)
    hand_over(store, seller, buyer, django_capture_on_commit_callbacks)
    after = reread(store)
    assert (after.frozen_at, after.frozen_for, after.subscription_ended_at, after.list_ended_at) == (None,) * 4
    assert fetch(address).status_code == HTTPStatus.OK


def test_a_payer_whose_plan_has_ended_too_has_two_weeks_and_warnings_of_his_own(
    store: Store,
    seller: User,
    address: PriceListAddress,
    clock: Clock,
    django_capture_on_commit_callbacks: Committed,
) -> None:
    cast.subscription(seller, State.EXPIRED)
    buyer = cast.person("erlan@example.kz", "Ерлан")
    cast.subscription(buyer, State.EXPIRED)
    end_list(store, clock, django_capture_on_commit_callbacks)
    clock.now = START + 20 * DAY
    hand_over(store, seller, buyer, django_capture_on_commit_callbacks)
    after = reread(store)
    assert (after.frozen_at, after.frozen_for, after.list_ended_at) == (clock.now, buyer, None)
    assert after.subscription_ended_at == clock.now
    assert fetch(address).status_code == HTTPStatus.OK
    for day in (23, 27, 33, 33.99):
        clock.is_day(day)
    assert warned_on(store) == [0, 13, 0, 3, 7, 13]
    assert reread(store).list_ended_at is None
    clock.is_day(34)
    assert reread(store).list_ended_at == START + 34 * DAY


def test_a_payer_whose_plan_is_paused_has_the_list_served(
    store: Store,
    seller: User,
    address: PriceListAddress,
    clock: Clock,
    django_capture_on_commit_callbacks: Committed,
) -> None:
    cast.subscription(seller, State.EXPIRED)
    buyer = cast.person("erlan@example.kz", "Ерлан")
    cast.subscription(buyer, State.PAUSED)
    end_list(store, clock, django_capture_on_commit_callbacks)
    hand_over(store, seller, buyer, django_capture_on_commit_callbacks)
    after = reread(store)
    assert (after.frozen_for, after.subscription_ended_at, after.list_ended_at) == (buyer, None, None)
    assert fetch(address).status_code == HTTPStatus.OK


def demote(store: Store, payer: User, other: User) -> None:
    teams.change_role(store.memberships.get(user=payer), Membership.Role.VIEWER, other)


def leave(store: Store, payer: User, other: User) -> None:
    teams.remove(store.memberships.get(user=payer), payer)


def be_removed(store: Store, payer: User, other: User) -> None:
    teams.remove(store.memberships.get(user=payer), other)


def forget(store: Store, payer: User, other: User) -> None:
    delete_account(payer)


@pytest.mark.parametrize("change", [demote, leave, be_removed, forget])
def test_whatever_makes_another_owner_the_payer_is_followed_at_once(
    store: Store,
    seller: User,
    clock: Clock,
    django_capture_on_commit_callbacks: Committed,
    change: Callable[[Store, User, User], None],
) -> None:
    cast.subscription(seller, State.EXPIRED)
    other = cast.person("erlan@example.kz", "Ерлан")
    cast.subscription(other)
    Membership.everything.create(store=store, user=other, role=Membership.Role.OWNER)
    end_list(store, clock, django_capture_on_commit_callbacks)
    with django_capture_on_commit_callbacks(execute=True):
        change(store, seller, other)
    assert (reread(store).frozen_at, reread(store).list_ended_at) == (None, None)


def test_who_belonged_to_it_longer_pays_from_the_day_he_is_an_owner(
    store: Store, seller: User, clock: Clock, django_capture_on_commit_callbacks: Committed
) -> None:
    Membership.everything.filter(store=store).delete()
    buyer = cast.person("erlan@example.kz", "Ерлан")
    first = Membership.everything.create(store=store, user=buyer, role=Membership.Role.VIEWER)
    Membership.everything.create(store=store, user=seller, role=Membership.Role.OWNER)
    cast.subscription(seller, State.EXPIRED)
    cast.subscription(buyer)
    end_list(store, clock, django_capture_on_commit_callbacks)
    with django_capture_on_commit_callbacks(execute=True):
        teams.change_role(first, Membership.Role.OWNER, seller)
    assert (reread(store).frozen_at, reread(store).list_ended_at) == (None, None)


def test_the_sweep_finds_another_payer_that_nobody_told_of(store: Store, seller: User, clock: Clock) -> None:
    """A row of the team that was written in the admin, or a process that died after the commit."""
    cast.subscription(seller, State.EXPIRED)
    buyer = cast.person("erlan@example.kz", "Ерлан")
    cast.subscription(buyer, State.EXPIRED)
    for day in (0, 13, 14):
        clock.is_day(day)
    Membership.everything.filter(store=store).update(user=buyer)
    clock.is_day(20)
    after = reread(store)
    assert (after.frozen_for, after.subscription_ended_at) == (buyer, START + 20 * DAY)
    assert after.list_ended_at is None


def test_a_new_owner_beside_the_payer_changes_nothing(
    store: Store, seller: User, clock: Clock, django_capture_on_commit_callbacks: Committed
) -> None:
    cast.subscription(seller, State.EXPIRED)
    buyer = cast.person("erlan@example.kz", "Ерлан")
    cast.subscription(buyer)
    second = Membership.everything.create(store=store, user=buyer, role=Membership.Role.VIEWER)
    end_list(store, clock, django_capture_on_commit_callbacks)
    with django_capture_on_commit_callbacks(execute=True):
        teams.change_role(second, Membership.Role.OWNER, seller)
    after = reread(store)
    assert (after.frozen_for, after.subscription_ended_at, after.list_ended_at) == (seller, START, START + 14 * DAY)


# --- One store that cannot be settled ---------------------------------------------------------------------------------


def test_one_broken_store_keeps_no_other_waiting_and_is_heard_of(
    store: Store, seller: User, strangers_store: Store, stranger: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    third = cast.store(stranger, "30999998", "Third")
    cast.subscription(seller, State.EXPIRED)
    cast.subscription(stranger, State.EXPIRED)
    follow = settling._follow

    def break_at_the_second(store_id: int) -> None:
        if store_id == strangers_store.pk:
            raise OSError("No space left on device")
        follow(store_id)

    monkeypatch.setattr(settling, "_follow", break_at_the_second)
    with pytest.raises(ExceptionGroup) as failed:
        tasks.settle_subscriptions()
    assert [str(error) for error in failed.value.exceptions] == ["No space left on device"]
    assert [reread(each).frozen_at is None for each in (store, strangers_store, third)] == [False, True, False]


def test_a_round_that_takes_too_long_ends_there(
    store: Store, seller: User, strangers_store: Store, stranger: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    cast.subscription(seller, State.EXPIRED)
    cast.subscription(stranger, State.EXPIRED)

    def take_too_long(store_id: int) -> None:
        raise SoftTimeLimitExceeded

    monkeypatch.setattr(settling, "_follow", take_too_long)
    with pytest.raises(SoftTimeLimitExceeded):
        settle()


# --- A tariff with less room than there was ---------------------------------------------------------------------------


@pytest.fixture
def three(store: Store) -> list[CityPrice]:
    """Three products, the oldest first."""
    cards = {"SKU-1": "100000001", "SKU-2": "100000002", "SKU-3": "100000003"}
    return [cast.city_price(cast.product(store, sku, card_id=card)) for sku, card in cards.items()]


def test_of_too_many_products_the_newest_are_not_repriced(three: list[CityPrice], seller: User) -> None:
    cast.subscription(seller, product_limit=2)
    settle()
    after = [look_and_decide(row, 9_500) for row in three]
    assert [(row.price, row.hold_rule) for row in after] == [(9_499, ""), (9_499, ""), (10_000, "over_tariff")]
    assert [row.product.strategy for row in after] == ["undercut"] * 3


def test_the_gate_counts_too(three: list[CityPrice], seller: User) -> None:
    cast.subscription(seller, product_limit=2)
    settle()
    sent = [gateway.send(Intent(row.pk, 9_500, 1, looked_at=timezone.now(), shown=10_000)) for row in three]
    assert [update.hold_code for update in sent if update] == ["", "", "over_tariff"]
    edit_pricing(three[2].product, PricingEdit(1, {"price": 9_000}), seller)
    assert cast.city_price(three[2].product).price == 9_000


@pytest.mark.parametrize(("limit", "repriced"), [(0, []), (1, [0]), (2, [0, 1]), (3, [0, 1, 2]), (4, [0, 1, 2])])
def test_as_many_as_there_is_room_for_go_on(
    three: list[CityPrice], store: Store, seller: User, limit: int, repriced: list[int]
) -> None:
    cast.subscription(seller, product_limit=limit)
    settle()
    within = [place for place, row in enumerate(three) if reread(store).is_within_tariff(row.product_id)]
    assert within == repriced


def test_products_by_hand_and_stores_that_watch_take_no_place(
    three: list[CityPrice], store: Store, seller: User
) -> None:
    edit_pricing(three[0].product, PricingEdit(1, {"strategy": Product.Strategy.MANUAL}), seller)
    watching = cast.store(seller, "30125008", "Second", Store.Mode.WATCH)
    cast.product(watching)
    cast.subscription(seller, product_limit=2, store_limit=2)
    settle()
    assert reread(store).repriced_up_to is None


def test_all_stores_of_a_payer_share_the_room(three: list[CityPrice], store: Store, seller: User) -> None:
    second = cast.store(seller, "30125008", "Second")
    fourth = cast.product(second)
    cast.subscription(seller, product_limit=3)
    settle()
    assert reread(second).repriced_up_to == three[2].product_id < fourth.pk


def test_with_more_room_they_go_on_and_are_looked_at(
    three: list[CityPrice], store: Store, seller: User, django_capture_on_commit_callbacks: Committed
) -> None:
    subscription = cast.subscription(seller, product_limit=2)
    settle()
    CardMarket.objects.update(next_look_at=timezone.now() + DAY)
    Tariff.objects.filter(pk=subscription.tariff_id).update(product_limit=3)
    with django_capture_on_commit_callbacks(execute=True):
        settle()
    assert reread(store).repriced_up_to is None
    soon = CardMarket.objects.filter(next_look_at__lt=timezone.now() + timedelta(minutes=1))
    assert list(soon.values_list("card_id", flat=True)) == ["100000003"]
    assert look_and_decide(three[2], 9_500).price == 9_499


def test_a_store_that_begins_to_act_is_bounded_at_once(
    three: list[CityPrice], store: Store, seller: User, django_capture_on_commit_callbacks: Committed
) -> None:
    change_store(store, {"mode": Store.Mode.WATCH}, seller)
    cast.subscription(seller, product_limit=1)
    settle()
    assert reread(store).repriced_up_to is None
    with django_capture_on_commit_callbacks(execute=True):
        change_store(reread(store), {"mode": Store.Mode.AUTOMATIC}, seller)
    assert reread(store).repriced_up_to == three[0].product_id


def test_the_timetable_settles(store: Store, seller: User) -> None:
    cast.subscription(seller, State.EXPIRED)
    tasks.settle_subscriptions()
    assert reread(store).frozen_at is not None


def test_many_stores_cost_no_more_queries(
    store: Store,
    seller: User,
    stranger: User,
    django_assert_num_queries: Callable[[int], AbstractContextManager[object]],
) -> None:
    cast.subscription(seller)
    with django_assert_num_queries(4):
        settle()
    cast.store(stranger, "30999998", "Theirs")
    cast.store(stranger, "30999999", "Theirs")
    cast.subscription(stranger)
    with django_assert_num_queries(4):
        settle()


def test_a_plan_that_is_chosen_is_heard_of_at_once(
    row: CityPrice, store: Store, seller: User, django_capture_on_commit_callbacks: Committed
) -> None:
    cast.subscription(seller, State.EXPIRED, "solo")
    settle()
    with django_capture_on_commit_callbacks(execute=True):
        choose_free(seller)
    assert reread(store).frozen_at is None
    assert look_and_decide(row, 9_500).price == 9_499


def test_the_timetable_rings_for_it_and_for_nothing_that_no_worker_knows() -> None:
    rung = {row["task"] for row in app.conf.beat_schedule.values()}
    assert "stores.tasks.settle_subscriptions" in rung
    assert sorted(rung - set(app.tasks)) == []


# --- What nobody needs is not looked at -------------------------------------------------------------------------------


@pytest.fixture
def asleep(row: CityPrice, store: Store, seller: User, clock: Clock) -> CityPrice:
    """A price in a store whose list has ended; its market is due."""
    cast.subscription(seller, State.EXPIRED)
    for day in (0, 13, 14):
        clock.is_day(day)
    cast.make_due(row.market)
    return row


def test_until_the_list_ends_its_markets_are_looked_at(
    row: CityPrice, store: Store, seller: User, clock: Clock
) -> None:
    cast.subscription(seller, State.EXPIRED)
    for day in (0, 13, 13.9):
        clock.is_day(day)
    cast.make_due(row.market)
    assert claim_due_markets(10).markets == (row.market,)


def test_then_nobody_asks_the_marketplace_for_its_sake(asleep: CityPrice, store: Store, settings: Settings) -> None:
    settings.LISTING_SHARE = 1.0
    assert (has_due_markets(), claim_due_markets(10).markets) == (False, ())
    assert Listing.everything.filter(store=store).exists()
    assert claim_due_listings(10).listings == ()
    assert [market.market_id for market in read_watched()] == []
    assert not health.is_blind(None)


def test_what_another_store_needs_goes_on(asleep: CityPrice, strangers_store: Store) -> None:
    theirs = cast.city_price(cast.product(strangers_store))
    assert theirs.market == asleep.market
    cast.make_due(asleep.market)
    assert claim_due_markets(10).markets == (asleep.market,)
    [watched] = read_watched()
    assert watched.values.keys() == {strangers_store.pk}


def test_what_nobody_needs_does_not_stand_in_the_way(asleep: CityPrice, strangers_store: Store) -> None:
    """Else each search for what is due reads over all that nobody looks at."""
    theirs = cast.city_price(cast.product(strangers_store, card_id="100000002"))
    cast.make_due(asleep.market, theirs.market)
    tasks.retune_watch()
    due = CardMarket.objects.filter(next_look_at__lte=datetime.now(UTC))
    assert list(due) == [theirs.market]
    assert CardMarket.objects.get(card_id="100000001").next_look_at > datetime.now(UTC) + timedelta(minutes=59)


def test_when_it_is_paid_all_its_markets_are_looked_at_at_once(
    asleep: CityPrice, store: Store, seller: User, django_capture_on_commit_callbacks: Committed
) -> None:
    """Those of products without a strategy too: nobody has looked there either."""
    by_hand = cast.city_price(cast.product(store, "SKU-2", card_id="100000002", strategy=Product.Strategy.MANUAL))
    CardMarket.objects.update(next_look_at=timezone.now() + DAY)
    with django_capture_on_commit_callbacks(execute=True):
        become(seller, State.ACTIVE)
    soon = CardMarket.objects.needed().filter(next_look_at__lte=timezone.now() + timedelta(minutes=1))
    assert set(soon) == {asleep.market, by_hand.market}
    cast.make_due()
    assert set(claim_due_markets(10).markets) == {asleep.market, by_hand.market}
