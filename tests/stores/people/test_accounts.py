"""A person's data handed over, and the end of an account."""

import json
from datetime import timedelta

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.apps import apps
from django.db.models import CharField, JSONField, Model, Q, TextField
from django.test import Client
from django.utils import timezone

from landing.models import Review, Tariff
from landing.services import editions
from stores.models import ApiToken, Membership, ProductPriceUpdate, Store
from stores.models.roles import Action, Role
from stores.services import teams
from stores.services.accounts import delete_account
from stores.services.errors import Refusal
from stores.services.prices.decide import decide_markets
from stores.services.tokens import issue_token, owner_of
from tests import cast
from users.models import User, UserPurchase

pytestmark = pytest.mark.django_db


@pytest.fixture
def browser(assistant: User) -> Client:
    """The assistant's, with the password given a moment ago."""
    client = Client()
    client.post("/cabinet/login/", {"login": assistant.email, "password": cast.PASSWORD})
    client.post("/cabinet/reauthenticate/", {"password": cast.PASSWORD})
    return client


def token_of(user: User) -> str:
    return issue_token(user, "script", [Action.SEE_PRICES], timezone.now() + timedelta(days=1)).secret


def test_the_data_are_handed_over_without_a_secret(browser: Client, assistant: User, store: Store) -> None:
    secret = token_of(assistant)
    answer = browser.get("/cabinet/account/export/")
    told = json.loads(answer.content)
    assert told["person"]["email"] == "dana@example.kz"
    assert told["stores"] == [{"store__name": store.name, "store__merchant_id": "30125007", "role": "viewer"}]
    assert (len(told["sessions"]), told["api_tokens"][0]["name"]) == (1, "script")
    digest, key = ApiToken.objects.get().digest, browser.session.session_key
    assert [word for word in (secret, digest, key, assistant.password) if word in answer.content.decode()] == []
    assert browser.get("/api/account/export/").json()["person"]["email"] == "dana@example.kz"


@pytest.mark.parametrize("path", ["/cabinet/account/export/", "/cabinet/account/delete/"])
def test_the_password_is_asked_first(assistant: User, path: str) -> None:
    client = Client()
    client.force_login(assistant)
    for method in (client.get, client.post) if "delete" in path else (client.get,):
        assert method(path).headers["Location"].startswith("/cabinet/reauthenticate/")
    assert User.objects.get(pk=assistant.pk).is_active


def test_a_deleted_account_is_nobodys_and_opens_nothing(browser: Client, assistant: User) -> None:
    secret = token_of(assistant)
    Authenticator.objects.create(user=assistant, type="totp", data={})
    assert browser.post("/cabinet/account/delete/").headers["Location"] == "/cabinet/login/"
    gone = User.objects.get(pk=assistant.pk)
    assert (gone.email, gone.full_name, gone.is_active) == (f"deleted-{gone.pk}@deleted.invalid", "", False)
    assert (gone.has_usable_password(), gone.deleted_at is not None, owner_of(secret)) == (False, True, None)
    for rows in (EmailAddress.objects.all(), Authenticator.objects.all(), ApiToken.objects.all()):
        assert not rows.filter(user=gone).exists()
    assert not Membership.everything.filter(user=gone).exists()
    assert browser.get("/cabinet/").status_code == 302
    assert Client().post("/cabinet/login/", {"login": assistant.email, "password": cast.PASSWORD}).status_code == 200


def test_what_was_done_to_prices_and_what_was_paid_stays(store: Store, assistant: User) -> None:
    row = cast.city_price(cast.product(store))
    cast.see(row.market, {store.merchant_id: row.price, "30200001": 9_500})
    decide_markets([row.market_id])
    ProductPriceUpdate.everything.update(actor=assistant)
    tariff = Tariff.objects.create(code="start", name_ru="Старт", price_month=1, price_year=1, product_limit=1)
    UserPurchase.objects.create(user=assistant, tariff=tariff, period="month", amount=9_900, provider="kaspi-pay")
    delete_account(assistant)
    assert ProductPriceUpdate.everything.get().actor_id == assistant.pk
    assert UserPurchase.objects.get().amount == 9_900


def test_no_row_keeps_the_address_of_a_deleted_account(
    browser: Client, assistant: User, strangers_store: Store
) -> None:
    Client().post("/cabinet/login/", {"login": assistant.email, "password": "not this one"})
    teams.invite(strangers_store, assistant.email, Role.VIEWER, strangers_store.memberships.get().user)
    assert tables_with(assistant.email) == ["AccessAttempt", "EmailAddress", "Invitation", "User"]
    delete_account(assistant)
    assert tables_with("dana@example.kz") == []


def tables_with(text: str) -> list[str]:
    """The models in whose rows the text stands, in any column of text."""
    return sorted(model.__name__ for model in apps.get_models(include_auto_created=True) if holds(model, text))


def holds(model: type[Model], text: str) -> bool:
    columns = [
        field.name for field in model._meta.concrete_fields if isinstance(field, CharField | TextField | JSONField)
    ]
    anywhere = Q(*[(f"{name}__icontains", text) for name in columns], _connector=Q.OR)
    return bool(columns) and model._base_manager.filter(anywhere).exists()


def test_what_was_said_is_handed_over(browser: Client, assistant: User) -> None:
    words = {"author_name": "Дана", "text": "Рахмет", "rating": 5, "language": "kk"}
    Review.objects.create(author=assistant, **words)
    [told] = json.loads(browser.get("/cabinet/account/export/").content)["reviews"]
    assert {name: told[name] for name in words} == words


def test_a_review_goes_with_its_author(assistant: User) -> None:
    def shown() -> list[str]:
        return [review["text"] for review in Client().get("/api/landing/reviews/").json()]

    words = {"author_name": "Дана", "text": "Рахмет", "rating": 5, "language": "kk", "state": Review.State.PUBLISHED}
    Review.objects.create(author=assistant, **words)
    editions.renew()
    assert shown() == ["Рахмет"]
    delete_account(assistant)
    assert shown() == []


def test_an_address_of_a_deleted_account_is_free_again(assistant: User) -> None:
    delete_account(assistant)
    assert cast.person("dana@example.kz", "Дана").pk != assistant.pk


def test_the_only_owner_hands_over_first(store: Store, seller: User, assistant: User) -> None:
    second = cast.store(seller, "30125008", "Айгүл")
    Membership.everything.create(store=second, user=assistant, role=Role.OWNER)
    with pytest.raises(Refusal, match=store.name):
        delete_account(seller)
    seller.refresh_from_db()
    assert (seller.is_active, Membership.everything.filter(user=seller).count()) == (True, 2)
    store.memberships.filter(user=assistant).update(role=Role.OWNER)
    delete_account(seller)
    assert not Membership.everything.filter(user=seller).exists()


def test_the_page_names_the_stores_that_would_be_left_alone(store: Store, seller: User) -> None:
    client = Client()
    client.force_login(seller)
    client.post("/cabinet/reauthenticate/", {"password": cast.PASSWORD})
    page = client.get("/cabinet/account/delete/").content.decode()
    assert store.name in page
    assert f"/cabinet/stores/{store.pk}/team/" in page
    client.post("/cabinet/account/delete/")
    assert User.objects.get(pk=seller.pk).is_active
