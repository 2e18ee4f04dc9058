"""New cards over the API: one story, and what is refused with which code."""

from typing import Any

import pytest
from rest_framework.test import APIClient

from stores.models import CardBatch, Membership, NewCard, Product, Store
from tests import cast
from users.models import User

pytestmark = pytest.mark.django_db

State = CardBatch.State
CARD: dict[str, Any] = {
    "sku": "NEW-1",
    "title": "Qazan K1",
    "brand": "Qazan",
    "category": "Master - Kettles",
    "attributes": {"Kettles*Volume": 1.7},
    "images": ["https://images.example/k1.jpg"],
}


@pytest.fixture(autouse=True)
def kettles(db: None) -> None:
    cast.card_category()


@pytest.fixture
def batch(api: APIClient, store: Store) -> int:
    """The id of a draft that was made over the API."""
    made = api.post("/api/card-batches/", {"store": store.pk, "name": "Kettles"})
    assert made.status_code == 201
    return int(made.json()["id"])


def test_a_batch_is_filled_in_checked_sent_and_taken_back(api: APIClient, store: Store, batch: int) -> None:
    cast.token(store)
    found = api.get(f"/api/stores/{store.pk}/card-categories/", {"search": "ЧАЙНИК"}).json()
    assert found == [{"code": "Master - Kettles", "title": "Чайники"}]
    (asked,) = api.get(f"/api/stores/{store.pk}/card-attributes/", {"category": "Master - Kettles"}).json()
    assert asked == {
        "code": "Kettles*Volume",
        "name": "Volume",
        "type": "number",
        "mandatory": True,
        "multi_valued": False,
        "values": [],
    }
    made = api.post("/api/new-cards/", CARD | {"batch": batch, "attributes": {}})
    assert (made.status_code, made.json()["version"], made.json()["state"]) == (201, 1, "draft")
    card = made.json()["id"]

    (wrong,) = api.get(f"/api/card-batches/{batch}/check/").json()
    assert wrong["card"] == card
    assert [(each["field"], each["code"]) for each in wrong["problems"]] == [
        ("attributes.Kettles*Volume", "required"),
        ("attributes", "empty"),
    ]
    refused = api.post(f"/api/card-batches/{batch}/send/")
    assert (refused.status_code, refused.json()["code"]) == (422, "not_valid")

    changed = api.patch(f"/api/new-cards/{card}/", {"attributes": CARD["attributes"]}, headers={"If-Match": '"1"'})
    assert (changed.status_code, changed.json()["version"]) == (200, 2)
    assert api.get(f"/api/card-batches/{batch}/check/").json() == []
    sent = api.post(f"/api/card-batches/{batch}/send/").json()
    assert (sent["state"], sent["counts"]) == ("waiting", {"sent": 1})
    back = api.post(f"/api/card-batches/{batch}/take-back/").json()
    assert (back["state"], back["counts"]) == ("draft", {"draft": 1})
    assert api.delete(f"/api/new-cards/{card}/").status_code == 204
    assert api.delete(f"/api/card-batches/{batch}/").status_code == 204
    assert not CardBatch.everything.exists()


def test_a_batch_without_an_answer_is_resolved(api: APIClient, store: Store) -> None:
    unsure = cast.card_batch(store, State.UNSURE, card=NewCard.State.SENT)
    answer = api.post(f"/api/card-batches/{unsure.pk}/resolve/", {"was_taken": True}).json()
    assert (answer["state"], answer["counts"]) == ("judged", {"moderated": 1})
    again = api.post(f"/api/card-batches/{unsure.pk}/resolve/", {"was_taken": False})
    assert (again.status_code, again.json()["code"]) == (422, "not_unsure")


def test_a_card_is_linked_to_its_page(api: APIClient, store: Store) -> None:
    card = cast.card_batch(store, State.JUDGED, card=NewCard.State.MODERATED).cards.get()
    address = f"/api/new-cards/{card.pk}/link/"
    wrong = api.post(address, {"card_id": "nothing"})
    assert (wrong.status_code, wrong.json()["code"], set(wrong.json()["fields"])) == (422, "not_a_card", {"card_id"})
    linked = api.post(address, {"card_id": "123456789"}).json()
    product = Product.everything.get(store=store, sku="NEW-1")
    assert (linked["state"], linked["card_id"], linked["product"]) == ("linked", "123456789", product.pk)


def test_an_edit_says_which_version_it_is_of(api: APIClient, store: Store) -> None:
    card = cast.card_batch(store).cards.get()
    address = f"/api/new-cards/{card.pk}/"
    assert api.patch(address, {"title": "x"}).status_code == 428
    assert api.patch(address, {"title": "x"}, headers={"If-Match": '"7"'}).status_code == 412
    card.refresh_from_db()
    assert card.title == "Qazan K1"


@pytest.mark.parametrize(
    ("changes", "status", "code"),
    [
        ({"colour": "red"}, 400, "invalid"),
        ({"sku": "x" * 65}, 400, "invalid"),
        ({"sku": None}, 400, "invalid"),
        ({"title": "x" * 1025}, 400, "invalid"),
        ({"attributes": []}, 400, "invalid"),
        ({"attributes": {f"a{number}": 1 for number in range(301)}}, 400, "invalid"),
        ({"images": "https://images.example/1.jpg"}, 400, "invalid"),
        ({"images": ["x"] * 401}, 400, "invalid"),
        ({"category": "Master - Nothing"}, 422, "unknown_category"),
        ({"batch": 999_999_999}, 404, "not_found"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_what_cannot_be_a_card_is_refused(
    api: APIClient, batch: int, changes: dict[str, Any], status: int, code: str
) -> None:
    answer = api.post("/api/new-cards/", CARD | {"batch": batch} | changes)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert not NewCard.everything.exists()


def test_a_card_into_a_strangers_batch_is_a_404(api: APIClient, store: Store, strangers_store: Store) -> None:
    foreign = cast.card_batch(strangers_store)
    answer = api.post("/api/new-cards/", CARD | {"batch": foreign.pk, "sku": "NEW-9"})
    assert answer.status_code == 404
    assert foreign.cards.count() == 1


def test_a_batch_in_a_strangers_store_is_refused(api: APIClient, store: Store, strangers_store: Store) -> None:
    there = api.post("/api/card-batches/", {"store": strangers_store.pk, "name": "x"})
    nowhere = api.post("/api/card-batches/", {"store": 999_999_999, "name": "x"})
    assert there.status_code == nowhere.status_code == 400
    assert str(strangers_store.pk) in there.content.decode()
    assert not CardBatch.everything.exists()


def test_who_may_only_look_reads_and_changes_nothing(store: Store, assistant: User) -> None:
    batch = cast.card_batch(store)
    card = batch.cards.get()
    api = cast.signed_in(assistant)
    assert api.get(f"/api/card-batches/{batch.pk}/").status_code == 200
    answers = [
        api.post("/api/card-batches/", {"store": store.pk, "name": "x"}),
        api.post("/api/new-cards/", CARD | {"batch": batch.pk, "sku": "B"}),
        api.patch(f"/api/new-cards/{card.pk}/", {"title": "x"}, headers={"If-Match": '"1"'}),
        api.post(f"/api/card-batches/{batch.pk}/send/"),
        api.delete(f"/api/card-batches/{batch.pk}/"),
    ]
    assert [(each.status_code, each.json()["code"]) for each in answers] == [(403, "forbidden")] * 5
    Membership.everything.filter(user=assistant).update(role=Membership.Role.MANAGER)
    assert api.delete(f"/api/card-batches/{batch.pk}/").status_code == 204


def test_what_was_never_read_is_not_asked_for_without_end(api: APIClient, store: Store) -> None:
    address = f"/api/stores/{store.pk}/card-categories/"
    statuses = [api.get(address).status_code for _ in range(121)]
    assert statuses == [200] * 120 + [429]
