"""What the tables of people, subscriptions and purchases hold and what they refuse."""

from datetime import UTC, datetime
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.core.management import call_command
from django.db import DatabaseError, IntegrityError, connection, models, transaction
from django.db.models import ProtectedError
from django.utils import translation

from landing.models import Tariff
from users.models import User, UserPurchase, UserPurchases, UserTariff

pytestmark = pytest.mark.django_db

MARCH = datetime(2026, 3, 1, tzinfo=UTC)
APRIL = datetime(2026, 4, 1, tzinfo=UTC)


@pytest.fixture
def anna() -> User:
    return User.objects.create_user("anna@example.kz", "correct horse")


@pytest.fixture
def tariff() -> Tariff:
    return Tariff.objects.create(code="start", name_ru="Старт", price_month=9_900, price_year=99_000, product_limit=500)


def subscription(user: User, tariff: Tariff, **changes: Any) -> UserTariff:
    fields = {"state": "active", "starts_at": MARCH, "ends_at": APRIL}
    return UserTariff(user=user, tariff=tariff, **(fields | changes))


def purchase(user: User, tariff: Tariff, **changes: Any) -> UserPurchase:
    fields = {"period": "month", "amount": 9_900, "provider": "kaspi-pay"}
    return UserPurchase(user=user, tariff=tariff, **(fields | changes))


def paid(user: User, tariff: Tariff, **changes: Any) -> UserPurchase:
    fields = {"state": "paid", "paid_at": MARCH, "access_from": MARCH, "access_until": APRIL}
    return purchase(user, tariff, **(fields | changes))


def assert_refused(row: models.Model, reason: str) -> None:
    # Not IntegrityError alone: MariaDB calls a negative number in an unsigned column out of range.
    with pytest.raises(DatabaseError, match=reason), transaction.atomic():
        row.save()


# --- Users ---


@pytest.mark.parametrize("email", ["anna@example.kz", "Anna@Example.kz", "ANNA@EXAMPLE.KZ"])
def test_one_address_is_one_user_in_any_case(anna: User, email: str) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        User.objects.create_user(email, "another")
    with pytest.raises(IntegrityError), transaction.atomic():
        User.objects.bulk_create([User(email=email, password="!")])
    assert User.objects.get() == anna


def test_a_taken_address_is_explained_in_any_case(anna: User) -> None:
    with pytest.raises(ValidationError) as refusal, translation.override("en"):
        User(email="ANNA@example.kz", password="!").full_clean()
    with translation.override("en"):
        assert refusal.value.message_dict == {"email": ["A user with this e-mail already exists."]}


def test_an_email_is_kept_in_lower_case() -> None:
    user = User.objects.create_user("Anna@Example.KZ")
    assert user.email == "anna@example.kz"
    user.refresh_from_db()
    assert user.email == "anna@example.kz"


def test_an_email_changed_past_the_model_is_in_lower_case(anna: User) -> None:
    User.objects.update(email="Anna.New@Example.KZ")
    anna.refresh_from_db()
    assert anna.email == "anna.new@example.kz"


@pytest.mark.skipif(connection.vendor != "sqlite", reason="MariaDB compares without case, so case harms nothing")
def test_sql_past_django_cannot_write_upper_case(anna: User) -> None:
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE users_user SET email = 'Anna@example.kz' WHERE id = %s", [anna.pk])


@pytest.mark.parametrize("email", ["anna@example.kz", "Anna@EXAMPLE.kz"])
def test_a_user_is_found_in_any_case(anna: User, email: str) -> None:
    assert User.objects.get_by_natural_key(email) == anna
    assert User.objects.get(email=email) == anna
    assert User.objects.filter(email__in=[email]).get() == anna


def test_a_natural_key_leads_back_to_the_user(anna: User) -> None:
    assert anna.natural_key() == ("anna@example.kz",)
    assert User.objects.get_by_natural_key(*anna.natural_key()) == anna


def test_a_new_user_is_an_ordinary_one(anna: User) -> None:
    assert (anna.language, anna.is_active, anna.is_staff, anna.is_superuser) == ("ru", True, False, False)
    assert anna.check_password("correct horse")
    assert "correct horse" not in anna.password


def test_a_user_without_a_password_cannot_log_in() -> None:
    assert not User.objects.create_user("bot@example.kz").has_usable_password()


def test_a_user_has_an_address() -> None:
    with pytest.raises(ValueError, match="needs an e-mail"):
        User.objects.create_user("")


# --- Subscriptions ---


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"starts_at": APRIL, "ends_at": MARCH}, "ends_in_order"),
        ({"state": "lost"}, "state_known"),
        ({"is_current": False}, "current_or_null"),
    ],
    ids=["ends before the start", "unknown state", "current is not null"],
)
def test_a_subscription_is_refused(anna: User, tariff: Tariff, changes: dict[str, Any], reason: str) -> None:
    assert_refused(subscription(anna, tariff, **changes), reason)


def test_one_subscription_is_current(anna: User, tariff: Tariff) -> None:
    boris = User.objects.create_user("boris@example.kz")
    subscription(anna, tariff).save()
    subscription(anna, tariff).save()
    current = subscription(anna, tariff, is_current=True)
    current.save()
    subscription(boris, tariff, is_current=True).save()

    # SQLite names the columns, MariaDB the index.
    assert_refused(subscription(anna, tariff, is_current=True), "is_current|one_current")

    assert UserTariff.objects.for_user(anna).count() == 3
    assert UserTariff.objects.for_user(anna).current().get() == current


def test_a_second_current_subscription_is_explained(anna: User, tariff: Tariff) -> None:
    subscription(anna, tariff, is_current=True).save()
    with pytest.raises(ValidationError) as refusal, translation.override("en"):
        subscription(anna, tariff, is_current=True).full_clean()
    assert refusal.value.messages == ["The user already has a current subscription."]


def test_the_next_subscription_takes_over(anna: User, tariff: Tariff) -> None:
    old = subscription(anna, tariff, is_current=True)
    old.save()
    old.is_current = None
    old.save()
    new = subscription(anna, tariff, is_current=True)
    new.save()
    assert UserTariff.objects.for_user(anna).current().get() == new


def test_a_tariff_in_use_stays(anna: User, tariff: Tariff) -> None:
    subscription(anna, tariff).save()
    with pytest.raises(ProtectedError):
        tariff.delete()


# --- Purchases ---


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"amount": -1}, "amount"),
        ({"state": "lost"}, "paid_is_dated"),
        ({"period": "week"}, "period_known"),
        ({"paid_at": MARCH}, "paid_is_dated"),
        ({"state": "refused", "paid_at": MARCH}, "paid_is_dated"),
        ({"state": "held", "paid_at": MARCH}, "paid_is_dated"),
        ({"refunded_at": MARCH}, "paid_is_dated"),
        ({"access_from": MARCH}, "access_in_order"),
        ({"access_until": APRIL}, "access_in_order"),
        ({"access_from": APRIL, "access_until": MARCH}, "access_in_order"),
        ({"access_from": MARCH, "access_until": MARCH}, "access_in_order"),
    ],
    ids=[
        "negative amount",
        "unknown state",
        "unknown period",
        "created, yet paid at",
        "refused, yet paid at",
        "held, yet paid at",
        "created, yet refunded at",
        "access without end",
        "access without start",
        "access ends before it starts",
        "access of no length",
    ],
)
def test_a_purchase_is_refused(anna: User, tariff: Tariff, changes: dict[str, Any], reason: str) -> None:
    assert_refused(purchase(anna, tariff, **changes), reason)


@pytest.mark.parametrize("state", ["paid", "refunded"])
@pytest.mark.parametrize("missing", [{"paid_at": None}, {"access_from": None, "access_until": None}])
def test_a_paid_purchase_says_when_and_for_what(
    anna: User, tariff: Tariff, state: str, missing: dict[str, None]
) -> None:
    refunded = {"refunded_at": APRIL} if state == "refunded" else {}
    assert_refused(paid(anna, tariff, state=state, **(refunded | missing)), "paid_is_dated")
    paid(anna, tariff, state=state, **refunded).save()
    assert UserPurchase.objects.get().state == state


@pytest.mark.parametrize(("state", "refunded_at"), [("paid", APRIL), ("refunded", None)])
def test_a_refund_is_dated(anna: User, tariff: Tariff, state: str, refunded_at: datetime | None) -> None:
    assert_refused(paid(anna, tariff, state=state, refunded_at=refunded_at), "paid_is_dated")


def test_a_payment_is_recorded_once(anna: User, tariff: Tariff) -> None:
    paid(anna, tariff, provider_payment_id="p-1").save()
    paid(anna, tariff, provider_payment_id="p-1", provider="other").save()

    assert_refused(paid(anna, tariff, provider_payment_id="p-1"), "provider_payment_id|one_per_payment")

    purchase(anna, tariff).save()
    purchase(anna, tariff).save()
    assert UserPurchase.objects.count() == 4


def test_the_amount_stays_as_charged(anna: User, tariff: Tariff) -> None:
    paid(anna, tariff).save()
    tariff.price_month = 14_900
    tariff.save()
    assert UserPurchase.objects.get().amount == 9_900


def test_who_and_what_was_paid_for_stays(anna: User, tariff: Tariff) -> None:
    opened = subscription(anna, tariff)
    opened.save()
    paid(anna, tariff, user_tariff=opened).save()
    for row in (tariff, opened, anna):
        with pytest.raises(ProtectedError):
            row.delete()


def test_nobody_sees_what_others_have(anna: User, tariff: Tariff) -> None:
    boris = User.objects.create_user("boris@example.kz")
    subscription(anna, tariff).save()
    paid(anna, tariff).save()
    assert not UserTariff.objects.for_user(boris).exists()
    assert not UserPurchase.objects.for_user(boris).exists()
    assert UserPurchase.objects.for_user(anna).get().user == anna


# --- Names ---


def test_rows_have_names(anna: User, tariff: Tariff) -> None:
    with translation.override("en"):
        assert str(anna) == "anna@example.kz"
        assert str(subscription(anna, tariff)) == "anna@example.kz: Старт, active"
        assert str(paid(anna, tariff)) == "anna@example.kz: Старт, 9900 ₸, paid"


def test_the_plural_name_is_the_same_class() -> None:
    assert UserPurchases is UserPurchase


def test_the_migrations_say_what_the_models_say() -> None:
    call_command("makemigrations", "landing", "users", check=True, dry_run=True, verbosity=0)
