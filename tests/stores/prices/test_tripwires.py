"""The gate is tried again and again with what it must never let through."""

from collections.abc import Callable, Mapping, Sequence

import pytest
from django.db import IntegrityError
from django.db.models import CheckConstraint
from django.utils import timezone

from stores import tasks
from stores.models import BreakerTrip, CityPrice, Notification, PathStep, PriceStop, Product, ProductPriceUpdate, Store
from stores.services.prices import gate, gateway, tripwires
from stores.services.prices.gateway import Intent
from stores.services.prices.pricing_edit import PricingEdit, edit_pricing
from stores.services.prices.tripwires import FORBIDDEN, SOUND, forbidden, try_gate
from stores.services.store import change_store
from tests import cast
from users.models import User

pytestmark = pytest.mark.django_db
CODES = [code for code, _ in gate.CONDITIONS]
STRANGE_PRICE = 10_777
# What each forbidden one is held for: another code would say that it stands guard over nothing of its own.
HELD_FOR: Mapping[str, Sequence[str]] = {
    "not_whole_tenge": (
        "one tenge",
        "just under the lowest price",
        "nothing",
        "less than nothing",
        "no price",
        "true",
        "a fraction",
        "not a number",
        "a text",
    ),
    "stopped": (
        "stopped",
        "stopped, by a person",
        "the switch is unknown",
        "stopped, agreed to",
    ),
    "other_build": (
        "another build",
        "another build, by a person",
        "another build, undone by a person",
    ),
    "engine_not_accepted": (
        "an engine nobody accepted",
        "an engine nobody accepted, agreed to",
    ),
    "alarm_unread": (
        "an unread alarm",
        "an unread alarm, upward",
        "an unread alarm, down from under the floor",
        "an unread alarm, agreed to",
    ),
    "subscription_ended": (
        "a subscription that ended",
        "a subscription that ended, agreed to",
    ),
    "over_tariff": (
        "more than the tariff has room for",
        "more than the tariff has room for, agreed to",
    ),
    "not_automated": (
        "a product set by hand",
        "a product set by hand, agreed to",
    ),
    "persons_price_waits": (
        "before a person's price that waits",
        "nobody knows whether a person's price waits",
        "before a person's price that waits, agreed to",
    ),
    "no_limits": (
        "a blank floor",
        "a blank ceiling",
        "a floor of no whole tenge",
        "a blank floor, agreed to",
    ),
    "limits_crossed": (
        "crossed limits",
        "a floor under the lowest price",
    ),
    "under_floor": (
        "under the floor",
        "under the floor, by a person",
        "under the floor, undone by a person",
    ),
    "over_ceiling": (
        "over the ceiling",
        "over the ceiling, by a person",
    ),
    "no_margin": ("a wanted margin nobody knows",),
    "margin_too_low": (
        "less than the wanted margin",
        "less than the wanted margin, agreed to",
    ),
    "stale": (
        "never looked",
        "looked too long ago",
        "looked in the future",
        "looked nobody knows when",
        "never looked, agreed to",
        "looked too long ago, agreed to",
    ),
    "shown_unexpected": (
        "the storefront shows hundredths",
        "the storefront shows nothing of ours",
        "the storefront shows another price, agreed to",
    ),
    "move_too_large": (
        "a fall too far",
        "a rise too far",
        "a fall too far, agreed to",
    ),
    "drift_of_day": (
        "drift of the day",
        "drift of the day, agreed to",
    ),
    "drift_since_confirmed": (
        "drift since a person confirmed",
        "drift since a person confirmed, agreed to",
    ),
    "far_from_market": (
        "far from the market",
        "far from the market, agreed to",
    ),
    "change_budget": (
        "the reserve of changes",
        "the reserve of changes, upward",
        "no changes left",
        "no changes left, agreed to",
        "no changes left, by a person",
    ),
    "waits_turn": (
        "out of its turn",
        "out of its turn, near the reserve",
    ),
}


@pytest.fixture
def row(store: Store) -> CityPrice:
    return cast.city_price(cast.product(store, price=STRANGE_PRICE))


def without(code: str) -> tuple[tuple[str, gate.Condition], ...]:
    return tuple(condition for condition in gate.CONDITIONS if condition[0] != code)


def open_for_live_prices(monkeypatch: pytest.MonkeyPatch) -> None:
    """A gate that is sound in the table and broken for what it reads from rows."""
    real: Callable[..., str | None] = gate.why_closed
    monkeypatch.setattr(gate, "why_closed", lambda p, li, h: None if h.current == STRANGE_PRICE else real(p, li, h))


def test_the_sound_proposal_passes() -> None:
    assert gate.why_closed(*SOUND) is None


@pytest.mark.parametrize(("name", "code"), [(name, code) for code, names in HELD_FOR.items() for name in names])
def test_each_forbidden_one_is_held_for_its_own_reason(name: str, code: str) -> None:
    assert gate.why_closed(*forbidden(FORBIDDEN[name])) == code


def test_the_reason_of_each_forbidden_one_is_known() -> None:
    assert sorted(name for names in HELD_FOR.values() for name in names) == sorted(FORBIDDEN)


def test_every_change_of_the_table_is_of_a_field_that_is_there() -> None:
    names = {field for part in SOUND for field in part.__dataclass_fields__}
    assert {field for changes in FORBIDDEN.values() for field in changes} <= names


def test_there_are_at_least_two_dozen() -> None:
    assert len(FORBIDDEN) >= 24


def test_a_sound_gate_stops_nothing_and_writes_nothing(row: CityPrice, caplog: pytest.LogCaptureFixture) -> None:
    tasks.guard_prices()
    assert not PriceStop.objects.exists()
    assert not ProductPriceUpdate.everything.exists()
    assert not Notification.everything.exists()
    assert [record for record in caplog.records if record.levelname in ("ERROR", "CRITICAL")] == []
    assert PathStep.objects.filter(name="guarded").exists()


@pytest.mark.parametrize("code", CODES)
def test_a_gate_that_lost_a_condition_stops_everything(
    code: str, store: Store, strangers_store: Store, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(gate, "CONDITIONS", without(code))
    try_gate()
    assert PriceStop.objects.get().code == BreakerTrip.Code.TRIPWIRE
    assert BreakerTrip.everything.get().facts["tripwires"]
    told = Notification.everything.filter(kind="everything_stopped", severity="urgent")
    assert set(told.values_list("store_id", flat=True)) == {store.pk, strangers_store.pk}
    assert "CRITICAL" in {record.levelname for record in caplog.records}


def test_it_goes_on_saying_so_once(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gate, "CONDITIONS", without("under_floor"))
    try_gate()
    try_gate()
    assert (PriceStop.objects.count(), Notification.everything.count()) == (1, 1)
    PriceStop.objects.all().delete()
    try_gate()
    assert (PriceStop.objects.count(), Notification.everything.count()) == (1, 2)


def test_nothing_leaves_after_it(row: CityPrice, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gate, "CONDITIONS", without("far_from_market"))
    try_gate()
    sent = gateway.send(Intent(row.pk, 10_700, row.version, looked_at=timezone.now(), shown=row.price))
    assert sent.hold_code == "stopped"


def test_a_live_price_is_tried_through_the_whole_gateway(row: CityPrice, monkeypatch: pytest.MonkeyPatch) -> None:
    open_for_live_prices(monkeypatch)
    try_gate()
    assert PriceStop.objects.exists()
    assert BreakerTrip.everything.get().facts["tripwires"] == [
        f"live price {row.pk}: {name}"
        for name in (
            *("one tenge", "under the floor", "over the ceiling", "never looked", "looked too long ago"),
            *("looked in the future", "the storefront shows another price"),
        )
    ]


@pytest.mark.parametrize("mode", ["automatic", "ask"])
def test_what_it_tried_is_never_written(
    row: CityPrice, store: Store, seller: User, mode: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    change_store(store, {"mode": mode}, seller)
    before = CityPrice.everything.values().get(pk=row.pk), Store.everything.values().get(pk=store.pk)
    open_for_live_prices(monkeypatch)
    try_gate()
    assert (CityPrice.everything.values().get(pk=row.pk), Store.everything.values().get(pk=store.pk)) == before
    assert not ProductPriceUpdate.everything.exists()
    assert [message.kind for message in Notification.everything.all()] == ["everything_stopped"]


def test_a_price_that_a_rule_moves_is_tried_as_that_rule(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    rule = cast.rule(store)
    cast.product(store, price=STRANGE_PRICE, strategy="by_rule")
    real = gateway.send
    wishes: list[ProductPriceUpdate | None] = []

    def send(intent: Intent) -> ProductPriceUpdate | None:
        wishes.append(real(intent))
        return wishes[-1]

    monkeypatch.setattr(gateway, "send", send)
    try_gate()
    assert {wish.rule_id for wish in wishes} == {rule.pk}
    assert [wish.hold_code for wish in wishes] == [
        *("not_whole_tenge", "under_floor", "over_ceiling", "stale", "stale", "stale", "shown_unexpected")
    ]


def test_limits_that_a_person_changes_meanwhile_are_no_hole(
    row: CityPrice, seller: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = tripwires._random_price

    def lowered() -> int | None:
        price_id = real()
        product = Product.everything.get(pk=row.product_id)
        edit_pricing(product, PricingEdit(product.version, {"floor": 7_000}, confirm={"floor": 7_000}), seller)
        return price_id

    monkeypatch.setattr(tripwires, "_random_price", lowered)
    try_gate()
    assert not PriceStop.objects.exists()


def test_a_price_that_is_gone_meanwhile_is_no_hole(row: CityPrice, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tripwires, "_random_price", lambda: row.pk + 1)
    try_gate()
    assert not PriceStop.objects.exists()


def test_only_the_tables_word_on_a_price_counts_as_passed(row: CityPrice, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(error: str) -> None:
        def fail(intent: Intent) -> None:
            raise IntegrityError(error)

        monkeypatch.setattr(gateway, "send", fail)
        try_gate()

    with pytest.raises(IntegrityError):
        refused("UNIQUE constraint failed: price_update_once_per_look")
    assert not PriceStop.objects.exists()
    refused("CHECK constraint failed: city_price_not_under_floor")
    assert PriceStop.objects.exists()


@pytest.mark.parametrize("rule", tripwires.PRICE_RULES)
def test_the_rules_of_the_tables_have_these_names(rule: str) -> None:
    constraints = (*CityPrice._meta.constraints, *ProductPriceUpdate._meta.constraints)
    assert rule in {constraint.name for constraint in constraints if isinstance(constraint, CheckConstraint)}


@pytest.mark.parametrize(
    "change",
    [{"strategy": "manual"}, {"floor": None}, {"ceiling": None}],
)
def test_only_prices_that_rules_move_are_tried(
    store: Store, change: dict[str, object], monkeypatch: pytest.MonkeyPatch
) -> None:
    cast.product(store, price=STRANGE_PRICE, **change)
    open_for_live_prices(monkeypatch)
    try_gate()
    assert not PriceStop.objects.exists()


def test_a_gate_that_holds_everything_is_logged_and_stops_nothing(
    row: CityPrice, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(gate, "CONDITIONS", (("stopped", lambda *_: False),))
    try_gate()
    assert not PriceStop.objects.exists()
    assert "the gate holds a sound proposal: stopped" in caplog.text


def test_a_broken_round_keeps_no_breaker_from_its_own(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    judged: list[bool] = []
    monkeypatch.setattr(tripwires, "try_gate", lambda: 1 / 0)
    monkeypatch.setattr(tasks.breakers, "judge", lambda: judged.append(True))
    with pytest.raises(ZeroDivisionError):
        tasks.guard_prices()
    assert judged == [True]
    assert not PathStep.objects.filter(name="guarded").exists()
