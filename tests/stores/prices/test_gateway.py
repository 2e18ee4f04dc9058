"""The one way a price leaves, on a real database."""

import re
from dataclasses import replace
from datetime import timedelta
from random import Random
from threading import Barrier, Thread
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.models import F
from django.utils import timezone
from pytest_django.fixtures import Settings

import pricing
from stores.models import CityPrice, Notification, PriceStop, Product, ProductPriceUpdate, Store
from stores.services.prices import gateway, locked_prices
from stores.services.prices.gateway import Intent
from stores.services.store import change_store
from tests import cast
from users.models import User

pytestmark = pytest.mark.django_db
State = ProductPriceUpdate.State


def by_rule(row: CityPrice, price: int, **changes: Any) -> Intent:
    """What the decide step sends when the storefront shows the price that we mean."""
    picture = {"looked_at": timezone.now(), "shown": row.price}
    return Intent(row.pk, price, row.version, **picture | changes)


def reread(row: CityPrice) -> CityPrice:
    row.refresh_from_db()
    return row


def test_an_automatic_price_is_approved_with_its_reasons_and_a_message(row: CityPrice, store: Store) -> None:
    before = Store.everything.get(pk=store.pk).catalogue_version
    update = gateway.send(by_rule(row, 9_499, why={"steps": []}, look_number=1))
    assert (update.state, update.old_price, update.new_price) == (State.APPROVED, 10_000, 9_499)
    assert (update.floor, update.ceiling) == (8_000, 12_000)
    assert update.why["gate"]["current"] == 10_000
    assert (reread(row).price, row.version) == (9_499, 2)
    assert Store.everything.get(pk=store.pk).catalogue_version == before + 1
    message = Notification.everything.get()
    assert (message.kind, message.event) == ("price_changed", f"approved:{update.pk}")


FACTS = {"sku": "SKU-1", "city_id": cast.ALMATY, "old_price": 10_000, "floor": 8_000, "ceiling": 12_000}


@pytest.mark.parametrize(
    ("mode", "price", "kind", "facts"),
    [
        (Store.Mode.AUTOMATIC, 9_499, "price_changed", {"new_price": 9_499}),
        (Store.Mode.AUTOMATIC, 7_999, "price_held", {"new_price": 7_999, "code": "under_floor"}),
        (Store.Mode.ASK, 9_499, "price_proposed", {"new_price": 9_499}),
    ],
)
def test_a_message_names_the_product_and_carries_the_facts(
    row: CityPrice, store: Store, seller: User, mode: str, price: int, kind: str, facts: dict[str, Any]
) -> None:
    change_store(store, {"mode": mode}, seller)
    update = gateway.send(by_rule(row, price))
    message = Notification.everything.get()
    assert (message.kind, message.store_id, message.product_id) == (kind, store.pk, row.product_id)
    assert message.facts == FACTS | facts
    events = {
        "price_changed": f"approved:{update.pk}",
        "price_held": f"held:{row.pk}:under_floor:{timezone.localdate()}",
        "price_proposed": f"proposed:{update.pk}",
    }
    assert message.event == events[kind]


def test_what_the_gate_was_told_is_kept(row: CityPrice) -> None:
    assert gateway.send(by_rule(row, 9_499)).why["gate"] == {
        "floor": 8_000,
        "ceiling": 12_000,
        "is_stopped": False,
        "is_automated": True,
        "waits_for_person": False,
        "changes_per_half_hour": 250,
        "current": 10_000,
        "shown": 10_000,
        "known": True,
        "highest_of_day": 10_000,
        "confirmed": 10_000,
        "market_median": None,
        "changes_in_half_hour": 0,
        "changes_ahead": 0,
        "earns_margin": True,
        "is_recorded_build": True,
        "is_engine_accepted": True,
        "has_unread_alarm": False,
        "is_subscribed": True,
        "is_within_tariff": True,
    }


def test_the_usual_price_of_the_card_is_asked_for(row: CityPrice) -> None:
    cast.see(row.market, {"30125007": 10_000, "a": 30_000, "b": 30_000})
    held = gateway.send(by_rule(row, 9_499))
    assert (held.hold_code, held.why["gate"]["market_median"]) == ("far_from_market", 30_000)


def test_all_that_was_decided_is_in_the_row(row: CityPrice, seller: User) -> None:
    first = gateway.send(by_rule(row, 9_499, why={"steps": [1]}, look_number=3))
    undone = Intent(row.pk, 10_000, 2, {"undo": True}, actor=seller, is_undo=True, undoes_id=first.pk)
    update = ProductPriceUpdate.everything.get(pk=gateway.send(undone).pk)
    first.refresh_from_db()
    assert (first.origin, first.actor, first.look_number, first.undoes) == ("rule", None, 3, None)
    assert (update.origin, update.actor, update.look_number, update.undoes) == ("person", seller, None, first)
    assert (update.store, update.product, update.city_price) == (first.store, row.product, row)
    assert (update.city_id, update.old_price, update.new_price) == (cast.ALMATY, 9_499, 10_000)
    assert (first.why["steps"], update.why["undo"], "gate" in update.why) == ([1], True, True)


def test_an_undo_passes_what_is_stopped_for_a_person_only(row: CityPrice, store: Store, seller: User) -> None:
    first = gateway.send(by_rule(row, 9_499))
    change_store(store, {"mode": Store.Mode.PAUSED}, seller)
    by_nobody = by_rule(reread(row), 10_000, is_undo=True, undoes_id=first.pk)
    assert gateway.send(by_nobody).hold_code == "stopped"
    assert (
        gateway.send(Intent(row.pk, 10_000, 2, actor=seller, is_undo=True, undoes_id=first.pk)).state == State.APPROVED
    )


def test_limits_sent_with_a_price_count_at_the_gate_and_are_left_to_the_sender(row: CityPrice, seller: User) -> None:
    update = gateway.send(Intent(row.pk, 9_000, 1, actor=seller, limits=(8_500, 11_000)))
    assert (update.state, update.floor, update.ceiling) == (State.APPROVED, 8_500, 11_000)
    assert (reread(row).price, row.floor, row.ceiling) == (9_000, 8_000, 12_000)
    assert gateway.send(Intent(row.pk, 11_001, 2, actor=seller, limits=(8_500, 11_000))).hold_code == "over_ceiling"


def made_ago(update: ProductPriceUpdate, **ago: float) -> None:
    ProductPriceUpdate.everything.filter(pk=update.pk).update(approved_at=timezone.now() - timedelta(**ago))


@pytest.mark.parametrize(
    ("ago", "shown", "is_known"),
    [
        ({"days": 6.99}, 9_700, True),
        ({"days": 7.01}, 9_700, False),
        ({"days": 7.01}, 9_600, True),  # what we mean now
        ({"days": 7.01}, 10_000, False),  # what a person confirmed, long ago
        ({"days": 1}, 9_999, False),
    ],
)
def test_prices_of_the_last_week_may_still_be_shown(
    row: CityPrice, ago: dict[str, float], shown: int, is_known: bool
) -> None:
    made_ago(gateway.send(by_rule(row, 9_700)), **ago)
    made_ago(gateway.send(by_rule(reread(row), 9_600)), **ago)
    update = gateway.send(by_rule(reread(row), 9_500, shown=shown))
    assert (update.hold_code == "", update.why["gate"]["known"]) == (is_known, is_known)


def test_what_was_before_the_price_last_seen_is_shown_by_a_hand(row: CityPrice) -> None:
    gateway.send(by_rule(row, 9_700))
    seen = gateway.send(by_rule(reread(row), 9_600))
    under_way = gateway.send(by_rule(reread(row), 9_500))
    ProductPriceUpdate.everything.filter(pk=under_way.pk).update(state=State.PULLED)
    wished = [by_rule(reread(row), 9_400 - n, shown=shown) for n, shown in enumerate((10_000, 9_700, 9_600, 9_500))]
    ProductPriceUpdate.everything.filter(pk=seen.pk).update(seen_at=timezone.now())
    codes = [gateway.send(wish).hold_code for wish in wished[:2]]
    known = locked_prices.known_prices([reread(row)])[row.pk]
    assert (codes, known) == (["shown_unexpected"] * 2, {9_600, 9_500})


@pytest.mark.parametrize("version", [(2, 0), (1, 1)])
def test_what_was_decided_by_other_wishes_is_overtaken(row: CityPrice, version: tuple[int, int]) -> None:
    assert gateway.send(by_rule(row, 9_499, policy_version=version)) is None
    assert (reread(row).price, ProductPriceUpdate.everything.count()) == (10_000, 0)
    assert gateway.send(by_rule(row, 9_499, policy_version=(1, 0))).state == State.APPROVED


def test_of_many_prices_of_the_week_the_newest_are_known(row: CityPrice, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(locked_prices, "MOST_KNOWN", 2)
    for price in (9_900, 9_800, 9_700):
        gateway.send(by_rule(reread(row), price))
    assert gateway.send(by_rule(reread(row), 9_600, shown=9_900)).why["gate"]["known"] is True
    assert gateway.send(by_rule(reread(row), 9_500, shown=9_900)).why["gate"]["known"] is False


@pytest.mark.parametrize(("ago", "highest"), [({"hours": 23.9}, 11_500), ({"hours": 24.1}, 9_000)])
def test_the_highest_of_the_day_is_of_twenty_four_hours(row: CityPrice, ago: dict[str, float], highest: int) -> None:
    for price in (11_500, 9_000):
        made_ago(gateway.send(by_rule(reread(row), price)), **ago)
    assert gateway.send(by_rule(reread(row), 9_100)).why["gate"]["highest_of_day"] == highest


def test_what_was_before_a_persons_price_is_no_drift(row: CityPrice, seller: User) -> None:
    gateway.send(by_rule(row, 11_500))
    gateway.send(Intent(row.pk, 9_000, 2, actor=seller))
    assert gateway.send(by_rule(reread(row), 8_900)).why["gate"]["highest_of_day"] == 9_000
    assert gateway.send(by_rule(reread(row), 9_200)).why["gate"]["highest_of_day"] == 9_000
    assert gateway.send(by_rule(reread(row), 8_800)).why["gate"]["highest_of_day"] == 9_200


@pytest.mark.parametrize(
    ("story", "by_person", "elsewhere", "highest"),
    [
        ("a rule's price, and then a lower one", None, 9_000, 11_500),
        ("a person's price, and then a lower one", 11_000, 9_000, 11_000),
        ("a person's price, and then a higher one", 9_000, 11_800, 11_800),
    ],
)
def test_a_price_that_changed_elsewhere_forgets_no_height(
    row: CityPrice, seller: User, story: str, by_person: int | None, elsewhere: int, highest: int
) -> None:
    gateway.send(by_rule(row, 11_500))
    if by_person:
        gateway.send(Intent(row.pk, by_person, 2, actor=seller))
    CityPrice.everything.filter(pk=row.pk).update(price=elsewhere)
    facts = gateway.send(by_rule(reread(row), elsewhere - 100)).why["gate"]
    assert (facts["highest_of_day"], facts["known"]) == (highest, True), story


def test_a_product_without_a_card_has_no_usual_price(store: Store, seller: User) -> None:
    row = cast.city_price(cast.product(store, card_id=""))
    update = gateway.send(Intent(row.pk, 9_000, 1, actor=seller))
    assert (update.state, update.why["gate"]["market_median"]) == (State.APPROVED, None)


def test_another_stores_changes_spend_nothing_of_ours(row: CityPrice, strangers_store: Store) -> None:
    gateway.send(by_rule(cast.city_price(cast.product(strangers_store)), 9_900))
    assert gateway.send(by_rule(row, 9_900)).why["gate"]["changes_in_half_hour"] == 0


def test_no_price_of_another_store_is_sent_as_ones_own(
    row: CityPrice, store: Store, strangers_store: Store, seller: User
) -> None:
    foreign = cast.city_price(cast.product(strangers_store))
    with pytest.raises(KeyError):
        gateway.send_all(store.pk, [Intent(each.pk, 9_900, each.version, actor=seller) for each in (row, foreign)])
    assert (reread(row).price, reread(foreign).price) == (10_000, 10_000)
    assert not ProductPriceUpdate.everything.exists()


@pytest.mark.parametrize(("minutes", "counted"), [(29.9, 1), (30.1, 0)])
def test_changes_count_for_half_an_hour(row: CityPrice, minutes: float, counted: int) -> None:
    made_ago(gateway.send(by_rule(row, 9_900)), minutes=minutes)
    assert gateway.send(by_rule(reread(row), 9_800)).why["gate"]["changes_in_half_hour"] == counted


def test_held_prices_are_neither_changes_nor_known(row: CityPrice) -> None:
    gateway.send(by_rule(row, 7_999))
    facts = gateway.send(by_rule(row, 9_800, shown=7_999)).why["gate"]
    assert (facts["changes_in_half_hour"], facts["known"], facts["highest_of_day"]) == (0, False, 10_000)


def test_in_watch_mode_nothing_moves_and_the_wish_is_kept(row: CityPrice, store: Store, seller: User) -> None:
    change_store(store, {"mode": Store.Mode.WATCH}, seller)
    update = gateway.send(by_rule(row, 9_499))
    assert (update.state, update.hold_code) == (State.HELD, "watch_only")
    assert reread(row).price == 10_000
    assert not Notification.everything.exists()


@pytest.mark.parametrize("how", ["store", "everything"])
def test_the_stores_switch_and_that_of_everything_stop_people_and_rules(
    row: CityPrice, store: Store, seller: User, how: str
) -> None:
    if how == "store":
        change_store(store, {"mode": Store.Mode.PAUSED}, seller)
    else:
        PriceStop.objects.create(reason="drill")
    held = gateway.send(by_rule(row, 9_499))
    by_person = gateway.send(Intent(row.pk, 9_498, row.version, actor=seller))
    assert (held.hold_code, by_person.hold_code) == ("stopped", "stopped")
    assert reread(row).price == 10_000


def test_a_paused_product_is_left_alone_by_rules_and_priced_by_its_seller(row: CityPrice, seller: User) -> None:
    Product.everything.filter(pk=row.product_id).update(is_paused=True)
    assert gateway.send(by_rule(row, 9_499)).hold_code == "not_automated"
    assert reread(row).price == 10_000
    assert gateway.send(Intent(row.pk, 9_498, row.version, actor=seller)).state == State.APPROVED
    assert reread(row).price == 9_498


def test_a_yes_to_a_price_of_a_product_that_was_paused_since_is_held(
    row: CityPrice, store: Store, seller: User
) -> None:
    change_store(store, {"mode": Store.Mode.ASK}, seller)
    cast.see(row.market, {"30125007": 10_000, "a": 9_500})
    question = gateway.send(by_rule(row, 9_499))
    Product.everything.filter(pk=row.product_id).update(is_paused=True)
    assert gateway.approve(question, seller).hold_code == "not_automated"
    assert reread(row).price == 10_000


def test_who_types_the_present_price_has_confirmed_it(row: CityPrice, seller: User) -> None:
    CityPrice.everything.filter(pk=row.pk).update(confirmed_price=21_000)
    assert gateway.send(by_rule(row, 9_900)).hold_code == "drift_since_confirmed"
    assert gateway.send(Intent(row.pk, 10_000, row.version, actor=seller)) is None
    assert (reread(row).price, row.confirmed_price, row.version) == (10_000, 10_000, 1)
    assert gateway.send(by_rule(row, 9_900)).state == State.APPROVED


@pytest.mark.parametrize("changes", [{"actor": None}, {"seen_version": 7}, {"is_undo": True}, {"price": 9_000}])
def test_nothing_else_confirms_the_present_price(
    row: CityPrice, store: Store, seller: User, changes: dict[str, Any]
) -> None:
    """Not a rule, nor who read it before it moved, nor an undo of nothing; nor another price that is held."""
    CityPrice.everything.filter(pk=row.pk).update(confirmed_price=21_000, ceiling=25_000)
    change_store(store, {"mode": Store.Mode.PAUSED}, seller)
    gateway.send(replace(Intent(row.pk, 10_000, row.version, actor=seller), **changes))
    assert (reread(row).price, row.confirmed_price) == (10_000, 21_000)


def test_of_two_articles_on_one_card_either_price_may_be_shown(row: CityPrice, store: Store) -> None:
    other = cast.city_price(cast.product(store, "SKU-2", price=11_500))
    assert gateway.send(by_rule(row, 9_900, shown=11_500)).state == State.APPROVED
    assert gateway.send(by_rule(other, 11_400, shown=10_000)).state == State.APPROVED
    assert gateway.send(by_rule(reread(row), 9_800, shown=100)).hold_code == "shown_unexpected"


def test_a_neighbours_article_on_the_card_excuses_nothing(row: CityPrice, strangers_store: Store) -> None:
    cast.product(strangers_store, price=11_500)
    assert gateway.send(by_rule(row, 9_900, shown=11_500)).hold_code == "shown_unexpected"


def test_outside_the_corridor_is_held_not_bent(row: CityPrice) -> None:
    update = gateway.send(by_rule(row, 7_999))
    assert (update.state, update.hold_code, update.new_price) == (State.HELD, "under_floor", 7_999)
    assert reread(row).price == 10_000


def test_the_floor_counts_as_it_stands_at_the_sending(row: CityPrice) -> None:
    intent = by_rule(row, 8_500)
    CityPrice.everything.filter(pk=row.pk).update(floor=9_000)
    assert gateway.send(intent).hold_code == "under_floor"


@pytest.mark.parametrize("shown", [100, 11_500, None])
def test_a_price_that_was_never_meant_holds_the_rules(row: CityPrice, shown: int | None) -> None:
    """Set by hand in the marketplace's cabinet, or an answer in hundredths: a person has to look."""
    assert gateway.send(by_rule(row, 9_499, shown=shown)).hold_code == "shown_unexpected"
    assert Notification.everything.get().kind == "price_held"


def test_the_price_before_may_still_be_shown(row: CityPrice) -> None:
    gateway.send(by_rule(row, 9_499))
    assert gateway.send(by_rule(reread(row), 9_450, shown=10_000)).state == State.APPROVED


def test_a_decision_in_flight_does_not_pass_a_seller_who_took_over(row: CityPrice) -> None:
    decided = by_rule(row, 9_499)
    Product.everything.filter(pk=row.product_id).update(strategy=Product.Strategy.MANUAL)
    assert gateway.send(decided).hold_code == "not_automated"


def test_after_a_person_halved_the_price_rules_may_follow_the_market(row: CityPrice, seller: User) -> None:
    CityPrice.everything.filter(pk=row.pk).update(floor=3_000)
    gateway.send(Intent(row.pk, 5_000, row.version, actor=seller))
    assert gateway.send(by_rule(reread(row), 4_900)).state == State.APPROVED


def test_the_same_hold_is_written_and_told_once(row: CityPrice) -> None:
    assert gateway.send(by_rule(row, 7_999, look_number=1)) is not None
    assert gateway.send(by_rule(row, 7_999, look_number=2)) is None
    assert ProductPriceUpdate.everything.count() == 1
    assert Notification.everything.count() == 1


def test_one_look_is_decided_once(row: CityPrice) -> None:
    gateway.send(by_rule(row, 9_499, look_number=7))
    row.refresh_from_db()
    assert gateway.send(by_rule(row, 9_450, look_number=7)) is None
    assert reread(row).price == 9_499


def test_the_database_itself_refuses_a_second_decision_from_one_look(row: CityPrice) -> None:
    update = gateway.send(by_rule(row, 9_499, look_number=7))
    update.pk = None
    with pytest.raises(IntegrityError), transaction.atomic():
        update.save(force_insert=True)


def test_who_read_an_older_price_does_not_write(row: CityPrice) -> None:
    late = by_rule(row, 9_400)
    gateway.send(by_rule(row, 9_499))
    assert gateway.send(late) is None
    assert reread(row).price == 9_499


def test_a_newer_price_overtakes_the_one_on_its_way(row: CityPrice) -> None:
    first = gateway.send(by_rule(row, 9_499))
    second = gateway.send(by_rule(reread(row), 9_450))
    first.refresh_from_db()
    assert (first.state, second.state, second.old_price) == (State.SUPERSEDED, State.APPROVED, 9_499)


def test_a_fall_in_small_steps_ends_at_the_bound_of_the_day(store: Store) -> None:
    row = cast.city_price(cast.product(store, floor=100, ceiling=20_000))
    codes: list[str] = []
    while not codes or codes[-1] == "":
        price = row.price * 9 // 10
        codes.append(gateway.send(by_rule(row, price)).hold_code)
        row.refresh_from_db()
    assert codes[-1] == "drift_of_day"
    assert row.price >= 6_000


@pytest.mark.parametrize("seed", range(5))
def test_through_two_days_of_a_falling_market_the_price_keeps_both_bounds(store: Store, seed: int) -> None:
    """Decisions of the engine, some minutes after one another, against a record of our prices that is kept here."""
    chance = Random(seed)
    row = cast.city_price(cast.product(store, floor=100, ceiling=20_000))
    now, shown, codes = 0, [(0, row.price)], set()
    while now < 2 * 24 * 60:
        wait = chance.randint(10, 90)
        now += wait
        ProductPriceUpdate.everything.update(approved_at=F("approved_at") - timedelta(minutes=wait))
        rival = pricing.Offer("rival", chance.randint(row.price * 8 // 10, row.price * 102 // 100))
        ours = pricing.Offer("me", row.price)
        told = pricing.Situation(row.price, pricing.Limits(row.floor, row.ceiling), "me", (ours, rival))
        update = gateway.send(by_rule(row, pricing.decide(told).price))
        codes.add(update and update.hold_code)
        if reread(row).price != shown[-1][1]:
            shown.append((now, row.price))
            ends = [at for at, _ in shown[1:]] + [now]
            of_day = [price for (_, price), end in zip(shown, ends, strict=True) if end >= now - 24 * 60]
            assert row.price >= max(of_day) * 0.6
            assert row.price >= 5_000
    assert len(shown) > 10
    assert {"drift_of_day", "drift_since_confirmed"} <= codes


def test_a_slow_fall_ends_at_the_bound_since_a_person_confirmed(store: Store, seller: User) -> None:
    row = cast.city_price(cast.product(store, floor=100, ceiling=20_000))
    CityPrice.everything.filter(pk=row.pk).update(price=5_100)
    assert gateway.send(by_rule(reread(row), 4_999)).hold_code == "drift_since_confirmed"
    gateway.send(Intent(row.pk, 5_000, row.version, actor=seller))
    assert reread(row).confirmed_price == 5_000
    assert gateway.send(by_rule(row, 4_900)).state == State.APPROVED


def test_rules_leave_a_fifth_of_the_change_budget(
    row: CityPrice, store: Store, seller: User, settings: Settings
) -> None:
    settings.CHANGES_PER_HALF_HOUR = 5
    for price in (9_900, 9_800, 9_700, 9_600):
        assert gateway.send(by_rule(reread(row), price)).state == State.APPROVED
    assert gateway.send(by_rule(reread(row), 9_500)).hold_code == "change_budget"
    assert gateway.send(Intent(row.pk, 9_650, row.version, actor=seller)).state == State.APPROVED
    assert gateway.send(Intent(row.pk, 9_640, reread(row).version, actor=seller)).hold_code == "change_budget"
    ProductPriceUpdate.everything.update(approved_at=timezone.now() - timedelta(minutes=31))
    assert gateway.send(by_rule(reread(row), 9_500)).state == State.APPROVED


def test_a_spent_budget_is_told_once_for_the_store(store: Store, settings: Settings) -> None:
    settings.CHANGES_PER_HALF_HOUR = 1
    rows = [cast.city_price(cast.product(store, f"SKU-{number}", card_id=f"10000000{number}")) for number in range(3)]
    for row in rows:
        gateway.send(by_rule(row, 9_900))
    assert ProductPriceUpdate.everything.filter(hold_code="change_budget").count() == 2
    message = Notification.everything.get(kind="price_held")
    assert re.fullmatch(r"held:change_budget:\d{6,}", message.event)


class TestAsk:
    @pytest.fixture(autouse=True)
    def _ask(self, store: Store, seller: User) -> None:
        change_store(store, {"mode": Store.Mode.ASK}, seller)

    def test_a_price_waits_for_a_person(self, row: CityPrice) -> None:
        update = gateway.send(by_rule(row, 9_499))
        assert update.state == State.PROPOSED
        assert reread(row).price == 10_000
        assert Notification.everything.get().kind == "price_proposed"

    def test_the_same_question_is_asked_once_and_a_new_one_withdraws_it(self, row: CityPrice) -> None:
        first = gateway.send(by_rule(row, 9_499, look_number=1))
        assert gateway.send(by_rule(row, 9_499, look_number=2)) is None
        second = gateway.send(by_rule(row, 9_450, look_number=3))
        first.refresh_from_db()
        assert (first.state, second.state) == (State.SUPERSEDED, State.PROPOSED)

    def test_a_question_about_another_price_of_ours_is_another_question(self, row: CityPrice) -> None:
        first = gateway.send(by_rule(row, 9_499, look_number=1))
        CityPrice.everything.filter(pk=row.pk).update(price=9_900)
        second = gateway.send(by_rule(reread(row), 9_499, look_number=2))
        first.refresh_from_db()
        assert (first.state, second.state, second.old_price) == (State.SUPERSEDED, State.PROPOSED, 9_900)

    def test_yes_lets_it_go_and_yes_twice_changes_nothing_more(self, row: CityPrice, seller: User) -> None:
        cast.see(row.market, {"30125007": 10_000, "a": 9_500})
        update = gateway.send(by_rule(row, 9_499))
        first = gateway.approve(update, seller)
        second = gateway.approve(update, seller)
        assert (first.state, second.state, first.actor) == (State.APPROVED, State.APPROVED, seller)
        assert (reread(row).price, row.version, row.confirmed_price) == (9_499, 2, 9_499)

    def test_the_gate_is_asked_again_at_the_yes(self, row: CityPrice, seller: User) -> None:
        update = gateway.send(by_rule(row, 8_500))
        CityPrice.everything.filter(pk=row.pk).update(floor=9_000)
        assert gateway.approve(update, seller).hold_code == "under_floor"
        assert reread(row).price == 10_000

    def test_a_yes_needs_both_limits_still(self, row: CityPrice, seller: User) -> None:
        update = gateway.send(by_rule(row, 9_499))
        CityPrice.everything.filter(pk=row.pk).update(ceiling=None)
        assert gateway.approve(update, seller).hold_code == "no_limits"

    def test_what_was_refused_is_not_asked_again(self, row: CityPrice, seller: User) -> None:
        gateway.refuse(gateway.send(by_rule(row, 9_499, look_number=1)), seller)
        assert gateway.send(by_rule(row, 9_499, look_number=2)) is None
        assert gateway.send(by_rule(row, 9_450, look_number=3)).state == State.PROPOSED

    def test_no_ends_it(self, row: CityPrice, seller: User) -> None:
        update = gateway.send(by_rule(row, 9_499))
        assert gateway.refuse(update, seller).state == State.REFUSED
        assert gateway.approve(update, seller).state == State.REFUSED
        assert reread(row).price == 10_000


class TestMany:
    @pytest.fixture
    def rows(self, store: Store) -> list[CityPrice]:
        names = [f"SKU-{number}" for number in range(4)]
        return [cast.city_price(cast.product(store, name, card_id=f"1000000{name[-1]}")) for name in names]

    def test_each_is_judged_as_if_it_came_alone(self, store: Store, rows: list[CityPrice]) -> None:
        rows[2].version += 1
        wishes = [by_rule(row, price) for row, price in zip(rows, (9_499, 7_999, 9_400, 10_000), strict=True)]
        let_go, held, overtaken, same = gateway.send_all(store.pk, wishes)
        assert (let_go.state, held.hold_code, overtaken, same) == (State.APPROVED, "under_floor", None, None)
        assert [reread(row).price for row in rows] == [9_499, 10_000, 10_000, 10_000]
        assert ProductPriceUpdate.everything.count() == 2
        assert not Notification.everything.exists()

    def test_the_budget_is_spent_one_by_one(self, store: Store, rows: list[CityPrice], settings: Settings) -> None:
        settings.CHANGES_PER_HALF_HOUR = 3
        sent = gateway.send_all(store.pk, [by_rule(row, 9_499) for row in rows])
        assert [update.hold_code for update in sent] == ["", "", "", "change_budget"]
        assert [update.why["gate"]["changes_in_half_hour"] for update in sent] == [0, 1, 2, 3]

    def test_what_stands_already_is_not_written_again(self, store: Store, rows: list[CityPrice]) -> None:
        gateway.send_all(store.pk, [by_rule(row, 7_999) for row in rows[:2]])
        again = gateway.send_all(store.pk, [by_rule(row, 7_999) for row in rows[:3]])
        assert [update is None for update in again] == [True, True, False]

    def test_a_newer_price_overtakes_each_on_its_way(self, store: Store, rows: list[CityPrice]) -> None:
        gateway.send_all(store.pk, [by_rule(row, 9_499) for row in rows])
        gateway.send_all(store.pk, [by_rule(reread(row), 9_450) for row in rows])
        states = ProductPriceUpdate.everything.order_by("pk").values_list("state", flat=True)
        assert list(states) == [State.SUPERSEDED] * 4 + [State.APPROVED] * 4

    def test_a_price_is_wanted_once_and_not_too_many_at_a_time(self, store: Store, rows: list[CityPrice]) -> None:
        with pytest.raises(ValueError, match="each of another price"):
            gateway.send_all(store.pk, [by_rule(rows[0], 9_499), by_rule(rows[0], 9_498)])
        with pytest.raises(ValueError, match="at most 500"):
            gateway.send_all(store.pk, [by_rule(rows[0], 9_000 + n) for n in range(gateway.PORTION + 1)])
        assert reread(rows[0]).price == 10_000

    def test_another_stores_price_is_not_there(self, store: Store, strangers_store: Store) -> None:
        theirs = cast.city_price(cast.product(strangers_store))
        with pytest.raises(KeyError):
            gateway.send_all(store.pk, [by_rule(theirs, 9_499)])
        assert reread(theirs).price == 10_000


@pytest.mark.django_db(transaction=True)
def test_two_workers_that_decide_the_same_look_make_one_change(store: Store) -> None:
    row = cast.city_price(cast.product(store))
    start = Barrier(2)
    intent = by_rule(row, 9_499, look_number=1)
    results: list[object] = []

    def work() -> None:
        start.wait()
        try:
            results.append(gateway.send(intent))
        finally:
            connection.close()

    threads = [Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(result is None for result in results) == [False, True]
    assert ProductPriceUpdate.everything.count() == 1
    assert reread(row).version == 2


def test_the_table_refuses_a_price_outside_its_limits(row: CityPrice) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        CityPrice.everything.filter(pk=row.pk).update(price=7_999)
    with pytest.raises(IntegrityError), transaction.atomic():
        ProductPriceUpdate.everything.create(
            store=row.product.store,
            product=row.product,
            city_price=row,
            city_id=row.city_id,
            state=State.APPROVED,
            origin="rule",
            old_price=10_000,
            new_price=7_999,
            floor=8_000,
            ceiling=12_000,
        )
