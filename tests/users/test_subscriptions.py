"""Trial, free plan, purchases and pauses as stories, with the ledger that they leave."""

import threading
from collections.abc import Callable
from datetime import timedelta

import pytest
from allauth.account.models import EmailAddress
from django.db import connection
from pytest_django.fixtures import Settings

from landing.models import Tariff
from tests.users.billing import NOON, Clock, assert_follows, buy, day, ledger, order, refusal, stands, tariff
from users.models import AccessEntry, User, UserPurchase, UserTariff
from users.services.billing import purchases, subscriptions
from users.services.errors import Refusal

pytestmark = pytest.mark.django_db


def test_who_begins_tries_the_recommended_plan_and_has_the_free_one_afterwards(buyer: User, clock: Clock) -> None:
    subscriptions.begin(buyer)
    subscriptions.begin(buyer)
    assert stands(buyer) == ("shop", "trial", day(3, 24))
    clock.forward(days=14)
    assert subscriptions.sweep() == 1
    assert stands(buyer) == ("free", "active", None)
    assert subscriptions.sweep() == 0
    assert UserTariff.objects.for_user(buyer).count() == 2


def test_a_payment_gives_a_month(buyer: User, clock: Clock) -> None:
    purchase = purchases.request_purchase(buyer, tariff("solo"), "month", "invoice", expected_amount=9_900)
    assert (purchase.state, purchase.amount, stands(buyer)) == ("created", 9_900, None)
    paid = purchases.confirm(purchase, receipt_number="R-1")
    assert (paid.state, paid.paid_at, paid.access_from, paid.access_until) == ("paid", NOON, NOON, day(4, 10))
    assert purchases.confirm(purchase, receipt_number="R-1") == paid
    assert stands(buyer) == ("solo", "active", day(4, 10))
    assert [(row.why, row.amount) for row in AccessEntry.objects.for_user(buyer)] == [("purchase", 9_900)]
    clock.forward(days=31)
    assert (subscriptions.sweep(), stands(buyer)) == (1, ("solo", "grace", day(4, 10)))
    clock.forward(days=14)
    assert (subscriptions.sweep(), stands(buyer)) == (1, ("solo", "expired", day(4, 10)))


def test_a_larger_plan_comes_at_once_and_the_rest_of_the_smaller_one_is_credited(buyer: User, clock: Clock) -> None:
    buy(buyer, "solo")
    clock.forward(days=15.5)  # half of 31 days
    told = purchases.quote(buyer, tariff("shop"), "month")
    assert (told.change, told.price, told.credit, told.amount) == ("up", 19_900, 4_950, 14_950)
    bought = buy(buyer, "shop")
    assert (bought.amount, bought.credit, stands(buyer)[0]) == (14_950, 4_950, "shop")
    assert sum(row.amount for row in AccessEntry.objects.for_user(buyer)) == 9_900 + 14_950


def test_the_example_of_the_documentation(buyer: User, clock: Clock) -> None:
    small = buy(buyer, "solo")
    clock.forward(days=15)
    large = buy(buyer, "shop")
    assert (large.credit, large.amount, stands(buyer)) == (5_110, 14_790, ("shop", "active", day(4, 25)))
    assert ledger(buyer) == [
        ("solo", "paid", "purchase", day(3, 10), day(4, 10), 9_900, small.pk),
        ("solo", "paid", "upgrade", day(3, 25), day(4, 10), -5_110, small.pk),
        ("shop", "paid", "upgrade", day(3, 25), day(4, 25), 19_900, large.pk),
    ]
    clock.forward(days=7)
    purchases.refund(large)
    assert stands(buyer) == ("solo", "active", day(4, 10))


def test_a_smaller_plan_comes_when_the_larger_one_has_ended(buyer: User, clock: Clock) -> None:
    buy(buyer, "shop")
    bought = buy(buyer, "solo")
    assert (bought.access_from, stands(buyer)) == (day(4, 10), ("shop", "active", day(4, 10)))
    assert [(each.tariff.code, each.starts_at) for each in subscriptions.waiting_for(buyer)] == [("solo", day(4, 10))]
    clock.forward(days=31)
    subscriptions.sweep()
    assert stands(buyer) == ("solo", "active", day(5, 10))


def test_a_refund_takes_back_what_is_left_and_what_it_had_replaced_comes_back(buyer: User, clock: Clock) -> None:
    buy(buyer, "solo")
    clock.forward(days=10)
    larger = buy(buyer, "shop")
    clock.forward(days=10)
    assert purchases.refund(larger).state == "refunded"
    assert stands(buyer) == ("solo", "active", day(4, 10))
    assert purchases.refund(larger).state == "refunded"


def test_what_waits_moves_up_when_what_is_before_it_is_refunded(buyer: User, clock: Clock) -> None:
    first, _second = buy(buyer, "shop"), buy(buyer, "shop")
    assert stands(buyer) == ("shop", "active", day(5, 10))
    clock.forward(days=1)
    purchases.refund(first)
    assert stands(buyer) == ("shop", "active", day(4, 10))


def test_a_purchase_whose_rest_was_credited_is_not_refunded_before_the_other(buyer: User) -> None:
    small, large = buy(buyer, "solo"), buy(buyer, "shop")
    assert refusal(purchases.refund, small) == "rest_credited"
    purchases.refund(large)
    assert purchases.refund(small).state == "refunded"


def test_a_pause_keeps_what_was_left(buyer: User, clock: Clock) -> None:
    buy(buyer, "shop")
    clock.forward(days=1)
    subscriptions.pause(buyer)
    assert stands(buyer) == ("shop", "paused", day(3, 11))
    clock.forward(days=100)
    assert subscriptions.sweep() == 0
    subscriptions.resume(buyer)
    assert stands(buyer) == ("shop", "active", clock.now + timedelta(days=30))


def test_one_order_at_a_time(buyer: User) -> None:
    first = purchases.request_purchase(buyer, tariff("solo"), "month", "invoice")
    assert purchases.request_purchase(buyer, tariff("solo"), "month", "invoice") == first
    assert refusal(purchases.request_purchase, buyer, tariff("shop"), "month", "invoice") == "order_open"
    told_otherwise = refusal(
        purchases.request_purchase, buyer, tariff("solo"), "month", "invoice", expected_amount=9_899
    )
    assert told_otherwise == "order_open"
    purchases.refuse(first)
    assert refusal(purchases.request_purchase, buyer, tariff("shop"), "month", "invoice", expected_amount=1) == (
        "price_changed"
    )
    assert UserPurchase.objects.count() == 1


def test_money_for_a_smaller_plan_is_never_lost_in_an_upgrade_above_its_price(buyer: User, clock: Clock) -> None:
    buy(buyer, "shop", "year")
    bought = buy(buyer, "chain")
    assert (bought.amount, bought.credit, bought.state) == (0, 39_900, "paid")
    # 199,000 ₸ are worth five months of chain, less 500 ₸.
    assert stands(buyer)[2] > day(8, 1)
    assert sum(row.amount for row in AccessEntry.objects.for_user(buyer)) == 199_000


def test_a_plan_begins_once_the_free_one_is_left(buyer: User, clock: Clock) -> None:
    subscriptions.choose_free(buyer)
    assert stands(buyer) == ("free", "active", None)
    clock.forward(days=3)
    buy(buyer, "solo")
    assert stands(buyer) == ("solo", "active", day(4, 13))
    clock.forward(days=31)
    subscriptions.sweep()
    assert stands(buyer) == ("solo", "grace", day(4, 13))
    subscriptions.choose_free(buyer)
    assert stands(buyer) == ("free", "active", None)


def test_a_larger_plan_in_the_trial_comes_at_once_and_the_trial_waits(buyer: User, clock: Clock) -> None:
    subscriptions.begin(buyer)
    clock.forward(days=4)
    bought = buy(buyer, "chain")
    assert (bought.credit, stands(buyer)) == (0, ("chain", "active", day(4, 14)))
    assert [(each.tariff.code, each.starts_at) for each in subscriptions.waiting_for(buyer)] == [("shop", day(4, 14))]


def test_the_same_plan_in_the_trial_comes_when_it_has_ended(buyer: User) -> None:
    subscriptions.begin(buyer)
    assert buy(buyer, "shop").access_from == day(3, 24)
    assert stands(buyer) == ("shop", "trial", day(3, 24))


def test_a_hidden_plan_stays_with_those_who_have_it(buyer: User, clock: Clock) -> None:
    buy(buyer, "solo")
    Tariff.objects.filter(code="solo").update(is_visible=False)
    assert refusal(order, User.objects.create_user("other@example.kz")) == "not_sold"
    assert ("solo", "prolong") in [(offer.tariff.code, offer.change) for offer in purchases.offers(buyer)]
    buy(buyer, "solo")
    clock.forward(days=100)
    assert refusal(order, buyer) == "not_sold"
    assert "solo" not in [offer.tariff.code for offer in purchases.offers(buyer)]


def test_a_trial_is_had_once(buyer: User, clock: Clock) -> None:
    subscriptions.begin(buyer)
    clock.forward(days=100)
    assert refusal(subscriptions.start_trial, buyer, tariff("chain")) == "tried"
    assert stands(buyer)[1] == "trial"  # Nobody swept yet.
    assert subscriptions.sweep() == 1
    assert stands(buyer) == ("free", "active", None)


def test_without_billing_nobody_begins(buyer: User, billing: Settings) -> None:
    billing.BILLING = False
    subscriptions.begin(buyer)
    assert (subscriptions.begin_left_behind(), stands(buyer)) == (0, None)


def test_without_a_trial_one_begins_with_the_free_plan(buyer: User) -> None:
    Tariff.objects.update(trial_days=0)
    subscriptions.begin(buyer)
    assert stands(buyer) == ("free", "active", None)


def test_without_a_free_plan_a_trial_ends_in_grace(buyer: User, clock: Clock) -> None:
    Tariff.objects.filter(code="free").update(is_visible=False)
    subscriptions.begin(buyer)
    clock.forward(days=14)
    subscriptions.sweep()
    assert stands(buyer) == ("shop", "grace", day(3, 24))
    assert refusal(subscriptions.choose_free, buyer) == "no_free_plan"


def test_who_was_left_behind_begins_within_the_hour(buyer: User) -> None:
    unconfirmed = User.objects.create_user("new@example.kz")
    EmailAddress.objects.filter(user=unconfirmed).update(verified=False)
    gone = User.objects.create_user("gone@example.kz", is_active=False)
    assert subscriptions.begin_left_behind() == 1
    assert (stands(buyer)[1], stands(unconfirmed), stands(gone)) == ("trial", None, None)
    assert subscriptions.begin_left_behind() == 0


def test_a_clock_that_was_wrong_leaves_nothing_behind(buyer: User, clock: Clock) -> None:
    buy(buyer, "solo")
    trier = User.objects.create_user("trier@example.kz")
    subscriptions.begin(trier)
    before = [stands(person) for person in (buyer, trier)]
    clock.forward(days=400)
    assert subscriptions.sweep() == 2
    assert [stands(person)[1] for person in (buyer, trier)] == ["expired", "active"]
    clock.forward(days=-360)
    assert subscriptions.sweep() == 1
    assert stands(buyer)[1] == "grace"
    clock.forward(days=-40)
    assert subscriptions.sweep() == 2
    assert [stands(person) for person in (buyer, trier)] == before
    assert subscriptions.sweep() == 0


def test_the_service_desk_gives_days(buyer: User, clock: Clock) -> None:
    desk = User.objects.create_user("desk@example.kz", is_staff=True)
    assert refusal(subscriptions.extend, buyer, 5, by=desk, note="sorry") == "no_plan"
    buy(buyer, "solo")
    subscriptions.extend(buyer, 5, by=desk, note="our outage")
    assert stands(buyer) == ("solo", "active", day(4, 15))
    row = AccessEntry.objects.latest("pk")
    assert (row.actor, row.note, row.source, row.amount) == (desk, "our outage", "gift", 0)
    assert [refusal(subscriptions.extend, buyer, days, by=desk, note="") for days in (0, 367)] == ["days", "days"]
    clock.forward(days=60)
    subscriptions.extend(buyer, 1, by=desk, note="late")
    assert stands(buyer) == ("solo", "active", clock.now + timedelta(days=1))


@pytest.mark.parametrize("prepare", ["nothing", "trial", "free"])
def test_only_paid_time_is_paused(buyer: User, prepare: str) -> None:
    if prepare == "trial":
        subscriptions.begin(buyer)
    if prepare == "free":
        subscriptions.choose_free(buyer)
    before = ledger(buyer)
    assert refusal(subscriptions.pause, buyer) == "not_paid"
    assert refusal(subscriptions.resume, buyer) == "not_paused"
    assert ledger(buyer) == before


def test_who_pays_while_paused_goes_on(buyer: User, clock: Clock) -> None:
    buy(buyer, "solo")
    clock.forward(days=1)
    subscriptions.pause(buyer)
    assert [refusal(work, buyer) for work in (subscriptions.pause, subscriptions.choose_free)] == ["paused", "paused"]
    clock.forward(days=50)
    buy(buyer, "solo")
    assert stands(buyer)[:2] == ("solo", "active")
    assert_follows(buyer, clock.now)


def test_a_refund_leaves_a_paused_plan_paused(buyer: User, clock: Clock) -> None:
    first, second = buy(buyer, "solo"), buy(buyer, "solo")
    clock.forward(days=1)
    subscriptions.pause(buyer)
    purchases.refund(second)
    assert stands(buyer)[1] == "paused"
    subscriptions.resume(buyer)
    assert stands(buyer) == ("solo", "active", day(4, 10))
    assert purchases.refund(first).state == "refunded"


def test_a_refund_at_once_leaves_what_was_before(buyer: User, clock: Clock) -> None:
    first = buy(buyer, "solo")
    purchases.refund(first)
    assert (stands(buyer), UserTariff.objects.for_user(buyer).count()) == (None, 1)
    assert sum(row.amount for row in AccessEntry.objects.for_user(buyer)) == 0


def test_an_order_that_nobody_pays_is_closed_and_may_still_be_paid(buyer: User, clock: Clock) -> None:
    forgotten = order(buyer, "solo")
    clock.forward(days=7)
    assert purchases.close_unpaid() == 0
    clock.forward(minutes=1)
    assert (purchases.close_unpaid(), purchases.close_unpaid()) == (1, 0)
    forgotten.refresh_from_db()
    assert forgotten.state == "refused"
    assert purchases.confirm(forgotten).state == "paid"


def test_a_credit_is_good_for_a_week(buyer: User, clock: Clock) -> None:
    buy(buyer, "solo")
    late = order(buyer, "shop")
    clock.forward(days=7, seconds=1)
    held = purchases.confirm(late)
    assert (held.state, held.attention, stands(buyer)[0]) == ("held", "plan_changed", "solo")
    assert purchases.confirm(late).state == "held"
    assert refusal(purchases.cancel, late) == "not_open"
    assert purchases.refuse(late, by=buyer, note="money returned").state == "refused"


def test_of_two_changes_at_once_one_wins(buyer: User, billing: Settings) -> None:
    """Both were shown what they cost from the small plan; the second one costs less than it was shown by now."""
    buy(buyer, "solo", "year")
    shown = {code: purchases.quote(buyer, tariff(code), "month").amount for code in ("shop", "chain")}
    assert shown == {"shop": 0, "chain": 0}
    purchases.request_purchase(buyer, tariff("shop"), "month", "invoice", expected_amount=0)
    before = ledger(buyer)
    assert refusal(purchases.request_purchase, buyer, tariff("solo"), "month", "invoice", expected_amount=0) == (
        "price_changed"
    )
    assert ledger(buyer) == before


@pytest.mark.django_db(transaction=True)
def test_two_orders_at_the_same_moment_are_one(buyer: User) -> None:
    ends = at_once(lambda: order(buyer, "solo"), lambda: order(buyer, "shop"))
    assert (sorted(ends), UserPurchase.objects.count()) == (["created", "order_open"], 1)


@pytest.mark.django_db(transaction=True)
def test_two_confirmations_at_the_same_moment_give_once(buyer: User) -> None:
    waiting = order(buyer, "solo")
    ends = at_once(lambda: purchases.confirm(waiting), lambda: purchases.confirm(waiting))
    assert (ends, AccessEntry.objects.count(), stands(buyer)) == (["paid", "paid"], 1, ("solo", "active", day(4, 10)))


def at_once(*works: Callable[[], UserPurchase]) -> list[str]:
    """What each came to: the purchase's state, or why it was refused."""
    start, ends = threading.Barrier(len(works)), []

    def go(work: Callable[[], UserPurchase]) -> None:
        start.wait(10)
        try:
            ends.append(work().state)
        except Refusal as refused:
            ends.append(refused.code)
        finally:
            connection.close()

    threads = [threading.Thread(target=go, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    return ends
