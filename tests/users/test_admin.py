"""The admin of people and payments, as a superuser meets it."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Group, Permission
from django.db import connection, models
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from landing.models import Tariff
from stores.models import Membership, Store
from tests import cast
from users.models import AccessEntry, PaymentEvent, User, UserPurchase, UserTariff
from users.services.billing import purchases
from users.services.billing.ledger import read_account
from users.services.billing.subscriptions import subscription_of

pytestmark = pytest.mark.django_db

MARCH = datetime(2026, 3, 1, tzinfo=UTC)
APRIL = datetime(2026, 4, 1, tzinfo=UTC)
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
@pytest.mark.parametrize(("model", "added"), [(User, 200), (UserTariff, 403), (UserPurchase, 403)])
def test_the_pages_to_add_and_to_look_open(admin_client: Client, model: type[models.Model], added: int) -> None:
    """Subscriptions and purchases come from the services only: the ledger must know of them."""
    name = f"admin:users_{model._meta.model_name}"
    row = model._default_manager.order_by("pk").first()
    assert row is not None
    assert admin_client.get(reverse(f"{name}_add")).status_code == added
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
    address = reverse("admin:users_user_change", args=[anna.pk])
    typed = {"email": "Anna.Kim@example.kz", "full_name": "Анна", "language": "en", "is_active": "on"}
    for inline in admin_client.get(address).context["inline_admin_formsets"]:
        typed |= {f"{inline.formset.prefix}-TOTAL_FORMS": "0", f"{inline.formset.prefix}-INITIAL_FORMS": "0"}
    answer = admin_client.post(address, typed)
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


# --- One view of a person ---


def shown_rows(page: Any) -> dict[str, list[models.Model]]:
    """Each inline's rows, by the name of their model."""
    formsets = page.context["inline_admin_formsets"]
    return {each.opts.model.__name__: [form.instance for form in each.formset.forms] for each in formsets}


def test_a_user_is_shown_whole(admin_client: Client, seller: User, store: Store, tariff: Tariff) -> None:
    purchase = purchases.confirm(purchases.request_purchase(seller, tariff, "month", "invoice"))
    session = UserSession.objects.create(user=seller, ip="10.0.0.9", session_key="k", user_agent="Firefox")
    factor = Authenticator.objects.create(user=seller, type="totp", data={"secret": "sealed"})
    page = admin_client.get(reverse("admin:users_user_change", args=[seller.pk]))
    assert shown_rows(page) == {
        "Membership": list(Membership.everything.filter(store=store)),
        "UserTariff": list(seller.tariffs.all()),
        "UserPurchase": [purchase],
        "AccessEntry": list(AccessEntry.objects.for_user(seller)),
        "Authenticator": [factor],
        "UserSession": [session],
    }
    text = page.content.decode()
    assert (purchase.number in text, store.name in text, "10.0.0.9" in text) == (True, True, True)
    assert "sealed" not in text
    assert reverse("admin:users_userpurchase_change", args=[purchase.pk]) in text


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"subscription": "active"}, ["anna"]),
        ({"subscription": "grace"}, []),
        ({"subscription": "none"}, ["admin", "boris"]),
        ({"ends": "7"}, ["anna"]),
        ({"ends": "3"}, []),
        ({"ends": "nonsense"}, ["admin", "anna", "boris"]),
        ({"q": "R-2026-17"}, ["anna"]),
        ({"q": "p-17"}, ["anna"]),
        ({"q": "Күнбағыс"}, ["boris"]),
        ({"q": "KB-{}"}, ["anna"]),
        ({"q": "kb-000{}"}, ["anna"]),
        ({"q": "KB-999"}, []),
    ],
)
def test_users_are_found_by_what_they_pay_and_own(
    admin_client: Client, purchase: UserPurchase, query: dict[str, str], found: list[str]
) -> None:
    now = timezone.now()
    UserTariff.objects.update(starts_at=now - timedelta(days=1), ends_at=now + timedelta(days=5))
    UserPurchase.objects.update(receipt_number="R-2026-17")
    cast.store(cast.person("boris@example.kz", "Борис"), "1", "Күнбағыс")
    asked = {name: value.format(purchase.pk) for name, value in query.items()}
    rows = admin_client.get(reverse("admin:users_user_changelist"), asked).context["cl"].result_list
    assert [user.email.partition("@")[0] for user in rows] == found


def test_the_list_says_what_each_has(admin_client: Client, subscription: UserTariff) -> None:
    page = admin_client.get(reverse("admin:users_user_changelist")).content.decode()
    assert f"Старт · {subscription.get_state_display()}, 01.04.2026" in page


def queries_of(admin_client: Client, address: str) -> int:
    with CaptureQueriesContext(connection) as queries:
        assert admin_client.get(address).status_code == 200
    return len(queries)


def test_more_rows_cost_no_more_queries(admin_client: Client, seller: User, tariff: Tariff) -> None:
    pages = [reverse("admin:users_user_changelist"), reverse("admin:users_user_change", args=[seller.pk])]
    pages.append(reverse("admin:users_userpurchase_changelist"))
    grow(seller, tariff, range(1))
    for page in pages:
        queries_of(admin_client, page)  # The process learns its content types once.
    few = [queries_of(admin_client, page) for page in pages]
    grow(seller, tariff, range(1, 6))
    assert [queries_of(admin_client, page) for page in pages] == few
    assert few == [9, 31, 9]


def grow(user: User, tariff: Tariff, numbers: range) -> None:
    """More of everything that a user's page shows, and more users."""
    for number in numbers:
        cast.store(user, f"{number}", f"Store {number}")
        purchases.confirm(
            purchases.request_purchase(user, tariff, "month", "invoice"), by=user, receipt_number=str(number)
        )
        UserSession.objects.create(user=user, ip="10.0.0.9", session_key=f"k{number}", user_agent="Firefox")
        other = cast.person(f"user{number}@example.kz", f"User {number}")
        purchases.confirm(purchases.request_purchase(other, tariff, "month", "invoice"))


# --- What the service desk decides ---

PAYER = "Аударым 21.11, Анна Ким"


@pytest.fixture
def order(anna: User, tariff: Tariff) -> UserPurchase:
    return purchases.request_purchase(anna, tariff, "month", "invoice")


def decide(client: Client, purchase: UserPurchase, what: str, **answers: object) -> HttpResponse:
    """The staff's answer to what the action asks."""
    address = f"/api/admin/users/userpurchase/{purchase.pk}/{what}/"
    return client.post(address, {"reason": PAYER, "receipt_number": "R-17", "state": "created"} | answers)


def test_a_payment_is_confirmed_with_its_receipt(admin_client: Client, admin_user: User, order: UserPurchase) -> None:
    page = admin_client.get(reverse("admin:users_userpurchase_change", args=[order.pk])).content.decode()
    assert f"/api/admin/users/userpurchase/{order.pk}/confirm/" in page
    assert decide(admin_client, order, "confirm").status_code == 302
    order.refresh_from_db()
    assert (order.state, order.receipt_number, order.note, order.decided_by) == ("paid", "R-17", PAYER, admin_user)
    (entry,) = AccessEntry.objects.for_user(order.user)
    assert (entry.amount, entry.actor) == (9_900, admin_user)
    assert subscription_of(order.user).state == "active"
    assert PAYER in LogEntry.objects.get(object_id=str(order.pk)).change_message
    page = admin_client.get(reverse("admin:users_userpurchase_change", args=[order.pk])).content.decode()
    assert "/confirm/" not in page


def test_a_refund_takes_the_access_back(admin_client: Client, admin_user: User, order: UserPurchase) -> None:
    purchases.confirm(order)
    assert decide(admin_client, order, "refund").status_code == 302
    order.refresh_from_db()
    assert (order.state, order.note, order.decided_by) == ("refunded", f"R-17: {PAYER}", admin_user)
    assert [entry.taken_from_id is not None for entry in AccessEntry.objects.for_user(order.user)] == [False, True]


def test_an_order_is_refused(admin_client: Client, admin_user: User, order: UserPurchase) -> None:
    assert decide(admin_client, order, "refuse").status_code == 302
    order.refresh_from_db()
    assert (order.state, order.note, order.decided_by) == ("refused", PAYER, admin_user)
    assert AccessEntry.objects.count() == 0


@pytest.mark.parametrize(
    ("what", "answers", "wrong"),
    [
        ("confirm", {"reason": ""}, ["reason"]),
        ("confirm", {"receipt_number": " "}, ["receipt_number"]),
        ("refuse", {"reason": "no"}, ["reason"]),
        ("confirm", {"receipt_number": "used"}, ["__all__"]),
    ],
)
def test_nothing_is_decided_without_its_reason_and_receipt(
    admin_client: Client, order: UserPurchase, tariff: Tariff, what: str, answers: dict[str, str], wrong: list[str]
) -> None:
    other = cast.person("boris@example.kz", "Борис")
    purchases.confirm(purchases.request_purchase(other, tariff, "month", "invoice"), receipt_number="used")
    answer = decide(admin_client, order, what, **answers)
    assert (answer.status_code, list(answer.context["form"].errors)) == (200, wrong)
    order.refresh_from_db()
    assert (order.state, AccessEntry.objects.for_user(order.user).count()) == ("created", 0)


def test_what_was_odd_about_a_payment_is_settled(admin_client: Client, admin_user: User, order: UserPurchase) -> None:
    assert decide(admin_client, purchases.hold(order, "amount_differs"), "settle").status_code == 403
    purchases.confirm(order, by=admin_user)
    purchases.hold(order, "paid_twice")
    assert decide(admin_client, order, "settle").status_code == 302
    order.refresh_from_db()
    assert (order.state, order.attention, order.note) == ("paid", "", PAYER)
    assert AccessEntry.objects.count() == 1
    assert decide(admin_client, order, "settle").status_code == 403


DECISIONS = ["confirm", "refuse", "refund", "settle"]


@pytest.mark.parametrize("what", DECISIONS)
def test_who_may_only_look_decides_nothing(order: UserPurchase, what: str) -> None:
    clerk = User.objects.create_user("clerk@example.kz", is_staff=True)
    clerk.user_permissions.add(Permission.objects.get(codename="view_userpurchase"))
    if what in ("refund", "settle"):
        purchases.hold(purchases.confirm(order), "paid_twice")
    before = UserPurchase.objects.values().get()
    assert decide(cast.at_the_desk(clerk), order, what).status_code == 403
    assert UserPurchase.objects.values().get() == before


def test_what_does_not_fit_the_state_is_not_offered(admin_client: Client, order: UserPurchase) -> None:
    assert decide(admin_client, order, "refund").status_code == 403
    purchases.confirm(order)
    assert decide(admin_client, order, "refuse").status_code == 403
    order.refresh_from_db()
    assert order.state == "paid"


def ask_for(client: Client, user: User, what: str, **answers: object) -> HttpResponse:
    """The staff's answer on a page that was opened a moment ago."""
    asked = {"reason": "Two days without prices", "last_entry": read_account(user).last_entry}
    return client.post(f"/api/admin/users/user/{user.pk}/{what}/", asked | answers)


def test_days_are_given(admin_client: Client, admin_user: User, anna: User, order: UserPurchase) -> None:
    until = purchases.confirm(order).access_until
    assert ask_for(admin_client, anna, "extend", days="2").status_code == 302
    entry = AccessEntry.objects.for_user(anna).last()
    assert (entry.starts_at, entry.ends_at) == (until, until + timedelta(days=2))
    assert (entry.why, entry.amount, entry.actor, entry.note) == (
        *("extension", 0, admin_user),
        "Two days without prices",
    )


def test_who_never_had_a_plan_is_given_days_of_the_named_one(admin_client: Client, anna: User, tariff: Tariff) -> None:
    answer = ask_for(admin_client, anna, "extend", days="2")
    assert (answer.status_code, list(answer.context["form"].errors)) == (200, ["__all__"])
    assert AccessEntry.objects.count() == 0
    assert ask_for(admin_client, anna, "extend", days="2", tariff=tariff.pk).status_code == 302
    assert subscription_of(anna).tariff == tariff


@pytest.mark.parametrize("days", ["", "0", "367", "1.0", "-1", "1e2"])
def test_days_that_nobody_means_are_refused(admin_client: Client, anna: User, order: UserPurchase, days: str) -> None:
    purchases.confirm(order)
    answer = ask_for(admin_client, anna, "extend", days=days)
    assert (answer.status_code, list(answer.context["form"].errors)) == (200, ["days"])
    assert AccessEntry.objects.count() == 1


def test_a_double_click_gives_the_days_once_and_says_what_has_happened(
    admin_client: Client, admin_user: User, anna: User, order: UserPurchase
) -> None:
    purchases.confirm(order)
    asked = admin_client.get(f"/api/admin/users/user/{anna.pk}/extend/").context["form"]
    seen = asked["last_entry"].value()
    assert f'value="{seen}"' in str(asked["last_entry"])
    assert ask_for(admin_client, anna, "extend", days="2", last_entry=seen).status_code == 302
    again = ask_for(admin_client, anna, "extend", days="2", last_entry=seen)
    (refusal,) = again.context["form"].non_field_errors()
    assert (again.status_code, str(admin_user) in refusal, "Two days without prices" in refusal) == (200, True, True)
    assert AccessEntry.objects.filter(why="extension").count() == 1
    assert LogEntry.objects.filter(object_id=str(anna.pk)).count() == 1


def test_days_are_not_given_without_what_was_seen(admin_client: Client, anna: User, order: UserPurchase) -> None:
    purchases.confirm(order)
    answer = ask_for(admin_client, anna, "extend", days="2", last_entry="")
    assert (answer.status_code, list(answer.context["form"].errors)) == (200, ["last_entry"])
    assert AccessEntry.objects.count() == 1


@pytest.mark.parametrize(("what", "before"), [("pause", None), ("resume", "pause")])
def test_a_double_click_pauses_and_resumes_once(
    admin_client: Client, anna: User, order: UserPurchase, what: str, before: str | None
) -> None:
    purchases.confirm(order)
    if before:
        ask_for(admin_client, anna, before)
    assert [ask_for(admin_client, anna, what).status_code for _click in range(2)] == [302, 403]
    assert AccessEntry.objects.filter(why=what).count() == 1


@pytest.mark.parametrize(("what", "written"), [("confirm", 1), ("refund", 2), ("refuse", 0)])
def test_a_double_click_decides_a_purchase_once(
    admin_client: Client, admin_user: User, order: UserPurchase, what: str, written: int
) -> None:
    """The second click finds the purchase decided; and so does one that was under way beside the first."""
    if what == "refund":
        purchases.confirm(order)
    assert decide(admin_client, order, what).status_code == 302
    after, entries = UserPurchase.objects.values().get(), AccessEntry.objects.count()
    expected = 302 if what == "refuse" else 403
    assert decide(admin_client, order, what).status_code == expected
    getattr(purchases, what)(order, by=admin_user)
    assert (UserPurchase.objects.values().get(), AccessEntry.objects.count()) == (after, entries)
    assert entries == written


def test_a_payment_that_is_held_instead_says_so_and_gives_nothing_to_a_second_click(
    admin_client: Client, order: UserPurchase
) -> None:
    UserPurchase.objects.update(credit=1_000, created_at=timezone.now() - timedelta(days=8))
    first = decide(admin_client, order, "confirm")
    page = admin_client.get(first.headers["Location"])
    assert [message.level_tag for message in page.context["messages"]] == ["warning"]
    second = decide(admin_client, order, "confirm")
    assert (first.status_code, second.status_code, AccessEntry.objects.count()) == (302, 200, 0)
    (refusal,) = second.context["form"].non_field_errors()
    assert "вам было показано другое" in refusal
    order.refresh_from_db()
    assert (order.state, order.attention) == ("held", "plan_changed")
    (told,) = LogEntry.objects.filter(object_id=str(order.pk))
    assert "Доступ не выдан" in told.get_change_message()
    form = admin_client.get(f"/api/admin/users/userpurchase/{order.pk}/confirm/").context["form"]
    assert decide(admin_client, order, "confirm", state=form["state"].value()).status_code == 302
    order.refresh_from_db()
    assert (order.state, AccessEntry.objects.count()) == ("paid", 1)


def test_a_plan_is_paused_and_resumed(admin_client: Client, anna: User, order: UserPurchase) -> None:
    purchases.confirm(order)
    assert ask_for(admin_client, anna, "pause").status_code == 302
    assert subscription_of(anna).state == "paused"
    assert ask_for(admin_client, anna, "extend", days="2").status_code == 200
    assert ask_for(admin_client, anna, "resume").status_code == 302
    assert subscription_of(anna).state == "active"


@pytest.mark.parametrize("what", ["extend", "pause", "resume"])
def test_who_may_only_look_moves_no_subscription(anna: User, order: UserPurchase, what: str) -> None:
    purchases.confirm(order)
    clerk = User.objects.create_user("clerk@example.kz", is_staff=True)
    clerk.user_permissions.add(*Permission.objects.filter(codename__in=["view_user", "change_user"]))
    assert ask_for(cast.at_the_desk(clerk), anna, what, days="2").status_code == 403
    assert AccessEntry.objects.count() == 1


# --- Purchases ---


def test_a_purchase_is_not_rewritten(admin_client: Client, purchase: UserPurchase) -> None:
    address = reverse("admin:users_userpurchase_change", args=[purchase.pk])
    page = admin_client.get(address)
    assert 'name="amount"' not in page.content.decode()
    answer = admin_client.post(address, {"amount": "1", "state": "paid"})
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
