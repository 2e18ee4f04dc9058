"""The shop's quality: what is counted, how near it is to a limit, and that a crossing is told once."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from stores.models import CompetitorStore, Indicator, Notification, Order, Product, QualityLimit, QualityState, Store
from stores.services.ledger import quality
from stores.services.ledger.quality import budgets_of, limits_on, watch_quality
from stores.services.ledger.quality_levels import Level, Measure, left_of, level_of
from stores.services.messages import text_of
from tests.stores.ledger_orders import ACCEPTED, CANCELLED, RETURNED, kettle, sell

Kind = Notification.Kind
CANCELS, LATE, RETURNS, RATING = Indicator.values
LIMIT = Decimal("0.03")
# Noon of a Tuesday in Almaty.
NOW = datetime(2026, 11, 24, 7, tzinfo=UTC)


# --- Levels -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("bad", "before", "level"),
    [
        (0, Level.FINE, Level.FINE),
        (19, Level.FINE, Level.FINE),
        (20, Level.FINE, Level.NEAR),
        (19, Level.NEAR, Level.NEAR),
        (15, Level.NEAR, Level.NEAR),
        (14, Level.NEAR, Level.FINE),
        (29, Level.NEAR, Level.NEAR),
        (30, Level.NEAR, Level.OVER),
        (30, Level.FINE, Level.OVER),
        (27, Level.OVER, Level.OVER),
        (26, Level.OVER, Level.NEAR),
        (14, Level.OVER, Level.FINE),
    ],
)
def test_a_level_of_a_thousand_orders_is_left_with_some_distance(bad: int, before: str, level: str) -> None:
    assert level_of(CANCELS, Measure.share(bad, 1_000), LIMIT, before) == level


@pytest.mark.parametrize(
    ("rating", "before", "level"),
    [
        ("4.3", Level.FINE, Level.FINE),
        ("4.2", Level.FINE, Level.FINE),
        ("4.1", Level.FINE, Level.NEAR),
        ("4.2", Level.NEAR, Level.NEAR),
        ("4.3", Level.NEAR, Level.FINE),
        ("4", Level.NEAR, Level.NEAR),
        ("3.9", Level.NEAR, Level.OVER),
        ("4", Level.OVER, Level.OVER),
        ("4.1", Level.OVER, Level.NEAR),
    ],
)
def test_a_rating_falls_to_its_limit(rating: str, before: str, level: str) -> None:
    assert level_of(RATING, Measure(Decimal(rating)), Decimal(4), before) == level


@pytest.mark.parametrize(
    ("bad", "of", "left"), [(0, 1_000, 29), (28, 1_000, 1), (29, 1_000, 0), (40, 1_000, 0), (0, 10, 0), (0, 34, 1)]
)
def test_what_is_left_is_spent_before_the_limit(bad: int, of: int, left: int) -> None:
    """One more than that reaches it, that many do not."""
    assert left_of(CANCELS, Measure.share(bad, of), LIMIT) == left
    if bad < LIMIT * of:
        assert bad + left < LIMIT * of <= bad + left + 1


def test_where_nothing_was_counted_nothing_changes() -> None:
    assert level_of(CANCELS, Measure.share(0, 0), LIMIT, Level.NEAR) == Level.NEAR
    assert left_of(CANCELS, Measure.share(0, 0), LIMIT) is None


# --- What is counted --------------------------------------------------------------------------------------------------


@pytest.fixture
def product(store: Store, monkeypatch: pytest.MonkeyPatch) -> Product:
    monkeypatch.setattr(timezone, "now", lambda: NOW)
    return kettle(store)


def measured(store: Store, indicator: str) -> tuple[int, int]:
    measure = next(each.measure for each in budgets_of(store) if each.indicator == indicator)
    return measure.bad, measure.of


def ago(**span: float) -> datetime:
    return NOW - timedelta(**span)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("facts", "counted"),
    [
        ({**CANCELLED, "cancellation_reason": "MERCHANT_OUT_OF_STOCK"}, (1, 2)),
        ({"status": "CANCELLING", "cancellation_reason": "TIMEOUT_MERCHANT_DELIVERY"}, (1, 2)),
        ({**CANCELLED, "cancellation_reason": "BUYER_CANCELLATION_HIMSELF"}, (0, 2)),
        ({**CANCELLED, "cancellation_reason": "MERCHANT_OUT_OF_STOCK", "placed_at": ago(days=31)}, (0, 1)),
        ({"cancellation_reason": "MERCHANT_OUT_OF_STOCK"}, (0, 2)),
    ],
)
def test_own_cancellations_are_counted_of_a_month_of_orders(
    product: Product, facts: dict[str, Any], counted: tuple[int, int]
) -> None:
    sell(product, placed_at=ago(days=1))
    sell(product, **({"placed_at": ago(days=1)} | facts))
    assert measured(product.store, CANCELS) == counted


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("case", "facts", "counted"),
    [
        ("in time", {"handed_over_at": ago(days=3, hours=1)}, (0, 1)),
        ("later that day", {"handed_over_at": ago(days=3) + timedelta(hours=11)}, (0, 1)),
        ("after midnight in Almaty", {"handed_over_at": ago(days=3) + timedelta(hours=13)}, (1, 1)),
        ("not yet, and its day is over", ACCEPTED, (1, 1)),
        ("planned for today", {**ACCEPTED, "handover_planned_at": ago(hours=1)}, (0, 1)),
        ("planned for later", {**ACCEPTED, "handover_planned_at": ago(hours=-1)}, (0, 0)),
        ("cancelled before", CANCELLED, (0, 0)),
        ("carried by the seller", {"is_kaspi_delivery": False}, (0, 0)),
        ("long ago", {"handover_planned_at": ago(days=31)}, (0, 0)),
    ],
)
def test_late_is_later_than_the_planned_day(
    product: Product, case: str, facts: dict[str, Any], counted: tuple[int, int]
) -> None:
    sell(product, placed_at=ago(days=5), **({"handover_planned_at": ago(days=3)} | facts))
    assert measured(product.store, LATE) == counted, case


@pytest.mark.django_db
def test_returns_are_counted_of_what_reached_its_buyer(product: Product) -> None:
    for facts in ({}, {}, {}, RETURNED, CANCELLED, ACCEPTED):
        sell(product, placed_at=ago(days=2), **facts)
    assert measured(product.store, RETURNS) == (1, 4)


@pytest.mark.django_db
def test_the_rating_is_what_the_storefront_shows(product: Product) -> None:
    CompetitorStore.objects.create(merchant_id=product.store.merchant_id, name="We", rating=4.1, first_seen_at=NOW)
    rating = budgets_of(product.store)[3]
    assert (rating.measure.value, rating.level, rating.left) == (Decimal("4.1"), Level.NEAR, None)


@pytest.mark.django_db
def test_other_stores_count_for_themselves(product: Product, strangers_store: Store) -> None:
    theirs = kettle(strangers_store)
    sell(theirs, placed_at=ago(days=1), **CANCELLED, cancellation_reason="MERCHANT_OUT_OF_STOCK")
    sell(product, placed_at=ago(days=1))
    assert (measured(product.store, CANCELS), measured(strangers_store, CANCELS)) == ((0, 1), (1, 1))


# --- Limits and warnings ----------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_a_limit_holds_from_a_day_to_a_day() -> None:
    old = QualityLimit.objects.get(indicator=CANCELS)
    assert (old.limit, old.days) == (LIMIT, 30)
    new = QualityLimit(indicator=CANCELS, limit="0.05", days=30, code="new", source="a letter", valid_from="2027-01-01")
    with pytest.raises(ValidationError):
        new.full_clean()
    QualityLimit.objects.filter(pk=old.pk).update(valid_to="2026-12-31")
    new.full_clean()
    new.save()
    told = [limits_on(datetime(year, month, 1, tzinfo=UTC).date())[CANCELS].limit for year, month in DATES]
    assert told == [LIMIT, LIMIT, Decimal("0.05")]
    assert CANCELS not in limits_on(datetime(2024, 1, 1, tzinfo=UTC).date())


DATES = [(2025, 1), (2026, 12), (2027, 1)]


@pytest.mark.django_db
def test_without_a_limit_nothing_is_judged(product: Product) -> None:
    QualityLimit.objects.all().delete()
    sell(product, placed_at=ago(days=1), **CANCELLED, cancellation_reason="MERCHANT_OUT_OF_STOCK")
    assert [(each.limit, each.level, each.left) for each in budgets_of(product.store)] == [(None, "fine", None)] * 4
    watch_quality()
    assert not Notification.everything.filter(kind=Kind.QUALITY_OVER).exists()


@pytest.mark.django_db
def test_each_crossing_is_told_once(product: Product) -> None:
    """Near, over, a little better, over again: no message for what had been told; fine again, near again: one."""
    orders = [sell(product, placed_at=ago(days=1)) for _ in range(100)]

    def have_cancelled(count: int) -> list[tuple[str, str]]:
        """So many of the hundred are cancelled; the messages since."""
        Order.everything.update(state="ARCHIVE", status="COMPLETED")
        chosen = [order.pk for order in orders[:count]]
        Order.everything.filter(pk__in=chosen).update(**CANCELLED, cancellation_reason="MERCHANT_OUT_OF_STOCK")
        known = set(Notification.everything.values_list("pk", flat=True))
        watch_quality()
        watch_quality()
        told = Notification.everything.exclude(pk__in=known).order_by("pk")
        return [(message.kind, message.facts["bad"]) for message in told]

    assert have_cancelled(1) == []
    assert have_cancelled(2) == [(Kind.QUALITY_NEAR, 2)]
    assert have_cancelled(3) == [(Kind.QUALITY_OVER, 3)]
    assert have_cancelled(2) == []
    assert have_cancelled(3) == [(Kind.QUALITY_OVER, 3)]
    assert have_cancelled(0) == []
    assert have_cancelled(2) == [(Kind.QUALITY_NEAR, 2)]
    state = QualityState.everything.get()
    assert (state.store, state.indicator, state.level, state.crossings) == (product.store, CANCELS, "near", 4)
    message = Notification.everything.latest("pk")
    assert message.store == product.store
    assert "2" in text_of(message)


@pytest.mark.django_db
def test_who_comes_second_with_the_same_crossing_tells_nothing(product: Product) -> None:
    sell(product, placed_at=ago(days=1), **CANCELLED, cancellation_reason="MERCHANT_OUT_OF_STOCK")
    facts = {"indicator": CANCELS}
    for _worker in range(2):
        quality._cross(product.store.pk, Level.FINE, Level.OVER, facts)
    assert QualityState.everything.get().crossings == 1
    assert Notification.everything.filter(kind=Kind.QUALITY_OVER).count() == 1
