"""The admin of people and payments, as a superuser meets it."""

from datetime import UTC, datetime

import pytest
from django.contrib.auth.models import Group
from django.db import models
from django.test import Client
from django.urls import reverse

from landing.models import Tariff
from users.models import AccessEntry, PaymentEvent, User, UserPurchase, UserTariff

pytestmark = pytest.mark.django_db

MARCH = datetime(2026, 3, 1, tzinfo=UTC)
APRIL = datetime(2026, 4, 1, tzinfo=UTC)
MAY = datetime(2026, 5, 1, tzinfo=UTC)
PASSWORD = "correct horse battery"


@pytest.fixture
def anna() -> User:
    return User.objects.create_user("anna@example.kz", "staple", full_name="Анна Ким")


@pytest.fixture
def tariff() -> Tariff:
    return Tariff.objects.create(code="start", name_ru="Старт", price_month=9_900, price_year=99_000, product_limit=500)


@pytest.fixture
def subscription(anna: User, tariff: Tariff) -> UserTariff:
    return UserTariff.objects.create(
        user=anna, tariff=tariff, state="active", starts_at=MARCH, ends_at=APRIL, is_current=True
    )


@pytest.fixture
def purchase(anna: User, tariff: Tariff, subscription: UserTariff) -> UserPurchase:
    return UserPurchase.objects.create(
        user=anna,
        tariff=tariff,
        user_tariff=subscription,
        period="month",
        amount=9_900,
        state="paid",
        provider="kaspi-pay",
        provider_payment_id="p-17",
        access_from=MARCH,
        access_until=APRIL,
        paid_at=MARCH,
    )


@pytest.mark.usefixtures("purchase")
@pytest.mark.parametrize(
    ("model", "found_by", "shown"),
    [
        ("user", "ANNA@", "Анна Ким"),
        ("user", "Ким", "anna@example.kz"),
        ("usertariff", "anna@", "Старт"),
        ("userpurchase", "p-17", "anna@example.kz"),
    ],
)
def test_the_list_finds_a_row(admin_client: Client, model: str, found_by: str, shown: str) -> None:
    address = reverse(f"admin:users_{model}_changelist")
    found = admin_client.get(address, {"q": found_by})
    missed = admin_client.get(address, {"q": "nothing of the kind"})
    assert (found.status_code, missed.status_code) == (200, 200)
    assert shown in found.content.decode()
    assert (found.context["cl"].result_count, missed.context["cl"].result_count) == (1, 0)


@pytest.mark.usefixtures("purchase")
@pytest.mark.parametrize("model", [User, UserTariff, UserPurchase])
def test_the_pages_to_add_and_to_look_open(admin_client: Client, model: type[models.Model]) -> None:
    name = f"admin:users_{model._meta.model_name}"
    row = model._default_manager.order_by("pk").first()
    assert row is not None
    assert admin_client.get(reverse(f"{name}_add")).status_code == 200
    assert admin_client.get(reverse(f"{name}_change", args=[row.pk])).status_code == 200


def test_groups_are_part_of_this_admin(admin_client: Client) -> None:
    Group.objects.create(name="support")
    assert admin_client.get(reverse("admin:auth_group_add")).status_code == 200
    assert "support" in admin_client.get(reverse("admin:auth_group_changelist")).content.decode()


# --- Users ---


def test_a_user_is_added(admin_client: Client) -> None:
    answer = admin_client.post(
        reverse("admin:users_user_add"),
        {
            "email": "Anna@Example.kz",
            "full_name": "Анна Ким",
            "language": "kk",
            "usable_password": "true",
            "password1": PASSWORD,
            "password2": PASSWORD,
        },
    )
    assert answer.status_code == 302
    anna = User.objects.get(email="anna@example.kz")
    assert (anna.full_name, anna.language, anna.is_staff) == ("Анна Ким", "kk", False)
    assert anna.check_password(PASSWORD)


@pytest.mark.usefixtures("anna")
def test_a_user_is_not_added_twice(admin_client: Client) -> None:
    answer = admin_client.post(
        reverse("admin:users_user_add"),
        {
            "email": "ANNA@example.kz",
            "language": "ru",
            "usable_password": "true",
            "password1": PASSWORD,
            "password2": PASSWORD,
        },
    )
    assert answer.status_code == 200
    assert list(answer.context["adminform"].errors) == ["email"]


def test_a_user_is_changed(admin_client: Client, anna: User) -> None:
    answer = admin_client.post(
        reverse("admin:users_user_change", args=[anna.pk]),
        {
            "email": "Anna.Kim@example.kz",
            "full_name": "Анна",
            "language": "en",
            "is_active": "on",
            "tariffs-TOTAL_FORMS": "0",
            "tariffs-INITIAL_FORMS": "0",
        },
    )
    assert answer.status_code == 302
    anna.refresh_from_db()
    assert (anna.email, anna.full_name, anna.language) == ("anna.kim@example.kz", "Анна", "en")
    assert anna.check_password("staple")


def test_a_password_is_changed(admin_client: Client, anna: User) -> None:
    address = reverse("admin:auth_user_password_change", args=[anna.pk])
    assert admin_client.get(address).status_code == 200
    answer = admin_client.post(address, {"usable_password": "true", "password1": PASSWORD, "password2": PASSWORD})
    assert answer.status_code == 302
    anna.refresh_from_db()
    assert anna.check_password(PASSWORD)


def test_a_user_shows_the_current_subscription(admin_client: Client, subscription: UserTariff) -> None:
    UserTariff.objects.create(
        user=subscription.user, tariff=subscription.tariff, state="paused", starts_at=APRIL, ends_at=MAY
    )
    page = admin_client.get(reverse("admin:users_user_change", args=[subscription.user_id]))
    (inline,) = page.context["inline_admin_formsets"]
    assert [form.instance for form in inline.formset.forms] == [subscription]
    assert reverse("admin:users_usertariff_change", args=[subscription.pk]) in page.content.decode()


# --- Subscriptions ---


def subscription_form(user: User, tariff: Tariff, is_current: str) -> dict[str, object]:
    return {
        "user": user.pk,
        "tariff": tariff.pk,
        "state": "active",
        "starts_at_0": "2026-03-01",
        "starts_at_1": "00:00:00",
        "ends_at_0": "2026-04-01",
        "ends_at_1": "00:00:00",
        "is_current": is_current,
    }


@pytest.mark.parametrize(("chosen", "kept"), [("True", True), ("", None)])
def test_a_subscription_is_added(
    admin_client: Client, anna: User, tariff: Tariff, chosen: str, kept: bool | None
) -> None:
    answer = admin_client.post(
        reverse("admin:users_usertariff_add"), subscription_form(anna, tariff, is_current=chosen)
    )
    assert answer.status_code == 302
    assert UserTariff.objects.get().is_current is kept


def test_a_second_current_subscription_is_refused(admin_client: Client, subscription: UserTariff) -> None:
    answer = admin_client.post(
        reverse("admin:users_usertariff_add"),
        subscription_form(subscription.user, subscription.tariff, is_current="True"),
    )
    assert answer.status_code == 200
    assert list(answer.context["adminform"].errors) == ["__all__"]
    assert UserTariff.objects.get() == subscription


# --- Purchases ---


def purchase_form(user: User, tariff: Tariff, amount: str) -> dict[str, object]:
    return {
        "user": user.pk,
        "tariff": tariff.pk,
        "period": "month",
        "amount": amount,
        "state": "created",
        "provider": "bank transfer",
    }


def test_a_purchase_is_written_down(admin_client: Client, anna: User, tariff: Tariff) -> None:
    answer = admin_client.post(reverse("admin:users_userpurchase_add"), purchase_form(anna, tariff, "9900"))
    assert answer.status_code == 302
    written = UserPurchase.objects.get()
    assert (written.amount, written.state, written.provider_payment_id) == (9_900, "created", None)


def test_an_amount_with_a_dot_is_not_guessed(admin_client: Client, anna: User, tariff: Tariff) -> None:
    answer = admin_client.post(reverse("admin:users_userpurchase_add"), purchase_form(anna, tariff, "9.900"))
    assert answer.status_code == 200
    assert list(answer.context["adminform"].errors) == ["amount"]
    assert UserPurchase.objects.count() == 0


def test_a_purchase_is_not_rewritten(admin_client: Client, purchase: UserPurchase) -> None:
    address = reverse("admin:users_userpurchase_change", args=[purchase.pk])
    page = admin_client.get(address)
    assert 'name="amount"' not in page.content.decode()
    answer = admin_client.post(address, purchase_form(purchase.user, purchase.tariff, "1"))
    assert answer.status_code == 403
    purchase.refresh_from_db()
    assert (purchase.amount, purchase.state) == (9_900, "paid")


def test_a_purchase_is_not_deleted(admin_client: Client, purchase: UserPurchase) -> None:
    address = reverse("admin:users_userpurchase_delete", args=[purchase.pk])
    assert admin_client.post(address, {"post": "yes"}).status_code == 403
    listed = admin_client.get(reverse("admin:users_userpurchase_changelist"))
    assert "delete_selected" not in listed.content.decode()
    assert UserPurchase.objects.get() == purchase


# --- The ledger, and what payment services said ---


@pytest.mark.parametrize("model", [AccessEntry, PaymentEvent])
def test_what_is_written_once_is_looked_at_and_no_more(
    admin_client: Client, purchase: UserPurchase, model: type[models.Model]
) -> None:
    AccessEntry.objects.create(
        user=purchase.user, tariff=purchase.tariff, source="paid", why="purchase", starts_at=MARCH, purchase=purchase
    )
    PaymentEvent.objects.create(
        provider="kaspi-pay", event_id="pay:1", kind="paid", payment_id="1", amount=9_900, happened_at=MARCH
    )
    name, row = f"admin:users_{model._meta.model_name}", model._default_manager.get()
    assert admin_client.get(reverse(f"{name}_changelist")).status_code == 200
    page = admin_client.get(reverse(f"{name}_change", args=[row.pk]))
    assert (page.status_code, "_save" in page.content.decode()) == (200, False)
    refused = [
        admin_client.get(reverse(f"{name}_add")),
        admin_client.post(reverse(f"{name}_change", args=[row.pk]), {"amount": 1}),
        admin_client.post(reverse(f"{name}_delete", args=[row.pk]), {"post": "yes"}),
    ]
    assert [answer.status_code for answer in refused] == [403, 403, 403]
    assert model._default_manager.get() == row
