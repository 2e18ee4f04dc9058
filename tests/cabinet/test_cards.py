"""The pages of new cards and of the connection: what they show, what they send, what they refuse."""

import re
from unittest.mock import AsyncMock

import pytest
from django.test import Client
from django.utils import timezone

import kaspi
from stores.models import CardAttribute, CardBatch, CardCategory, Membership, MerchantToken, NewCard, Product, Store
from stores.services.cards import sending
from stores.services.merchant.sealing import open_token
from tests import cast
from users.models import User

pytestmark = pytest.mark.django_db

SECRET = "c2VjcmV0LXRva2VuLW9mLWEtc2VsbGVyLW5ldmVyLXNob3duLTEyMzQ1"
State = CardBatch.State


@pytest.fixture
def browser(seller: User) -> Client:
    """The pages in English: their words are the msgids."""
    client = Client(headers={"accept-language": "en"})
    client.force_login(seller)
    return client


@pytest.fixture
def takes_tokens(monkeypatch: pytest.MonkeyPatch, empty_redis: object) -> AsyncMock:
    """A marketplace that answers to every token as it is told; first: it works."""
    answer = AsyncMock(return_value=None)
    monkeypatch.setattr(kaspi.MerchantApi, "check_token", answer)
    return answer


def text(browser: Client, path: str) -> str:
    answer = browser.get(path)
    assert answer.status_code == 200, path
    return answer.content.decode()


# --- The connection ---------------------------------------------------------------------------------------------------


def connection(store: Store, act: str = "") -> str:
    return f"/cabinet/stores/{store.pk}/connection/{act}"


def test_a_shop_is_connected_checked_and_disconnected(browser: Client, store: Store, takes_tokens: AsyncMock) -> None:
    assert "No token yet." in text(browser, connection(store))
    answer = browser.post(connection(store, "enter/"), {"token": f" {SECRET} "}, follow=True)
    page = answer.content.decode()
    assert "The store is connected." in page
    assert f"…{SECRET[-4:]}" in page
    assert SECRET not in page
    assert open_token(MerchantToken.everything.get(store=store)).reveal() == SECRET
    assert "The token works." in browser.post(connection(store, "check/"), follow=True).content.decode()
    assert "The token is forgotten." in browser.post(connection(store, "remove/"), follow=True).content.decode()
    assert not MerchantToken.everything.exists()


def test_a_token_that_is_not_taken_is_told_at_its_field_and_not_repeated(
    browser: Client, store: Store, takes_tokens: AsyncMock
) -> None:
    takes_tokens.side_effect = kaspi.TokenRejected("status 401", 401)
    page = browser.post(connection(store, "enter/"), {"token": SECRET}).content.decode()
    assert "The marketplace does not take this token." in page
    assert SECRET not in page
    assert not MerchantToken.everything.exists()


def test_while_the_marketplace_is_silent_the_token_is_kept(
    browser: Client, store: Store, takes_tokens: AsyncMock
) -> None:
    takes_tokens.side_effect = kaspi.Unavailable("time-out")
    page = browser.post(connection(store, "enter/"), {"token": SECRET}, follow=True).content.decode()
    assert "it is checked later" in page
    assert MerchantToken.everything.get().state == MerchantToken.State.UNKNOWN


def test_a_dead_token_is_shown_as_such(browser: Client, store: Store) -> None:
    cast.token(store, state=MerchantToken.State.REFUSED)
    assert "The marketplace refuses this token." in text(browser, connection(store))
    assert "The marketplace refuses the store's API token" in text(browser, f"/cabinet/stores/{store.pk}/new-cards/")


def test_who_is_not_the_owner_sees_no_way_to_connect(store: Store, assistant: User) -> None:
    Membership.everything.filter(user=assistant).update(role=Membership.Role.MANAGER)
    client = Client(headers={"accept-language": "en"})
    client.force_login(assistant)
    page = text(client, connection(store))
    assert "Only the owner of the store connects it." in page
    assert "disabled" in page
    assert "Your role" in client.post(connection(store, "enter/"), {"token": SECRET}).content.decode()
    assert not MerchantToken.everything.exists()


# --- New cards --------------------------------------------------------------------------------------------------------


@pytest.fixture
def blenders(db: None) -> CardCategory:
    now = timezone.now()
    texts = {"code": "Master - Blenders", "title": "Блендеры", "folded": "master - blenders блендеры"}
    category = CardCategory.objects.create(**texts, read_at=now, attributes_read_at=now)
    several = [["белый", "Белый"], ["синий", "Синий"]]
    for place, (name, kind, mandatory, values) in enumerate(
        [
            ("Type", "enum", True, [["погружной", "погружной"]]),
            ("Power", "number", True, []),
            ("Timer", "boolean", False, []),
            ("Color", "enum", False, several),
            ("Model", "string", False, []),
        ]
    ):
        CardAttribute.objects.create(
            category=category,
            code=f"Blenders*{name}",
            type=kind,
            mandatory=mandatory,
            values=values,
            multi_valued=name == "Color",
            place=place,
        )
    return category


FILLED = {
    "sku": "NEW-1",
    "title": "Qazan X1",
    "brand": "Qazan",
    "weight": "1.25",
    "description": "Good",
    "images": "https://images.example/1.jpg\nhttps://images.example/2.jpg",
    "category": "Master - Blenders",
    "attribute_0": "погружной",
    "attribute_1": "600,5",
    "attribute_2": "no",
    "attribute_3": ["белый", "синий"],
    "attribute_4": "",
}


def test_from_a_category_to_a_batch_that_waits(browser: Client, store: Store, blenders: CardCategory) -> None:
    cast.token(store)
    made = browser.post(f"/cabinet/stores/{store.pk}/new-cards/create/", {"name": "Blenders"})
    batch = CardBatch.everything.get()
    assert made.headers["Location"] == f"/cabinet/card-batches/{batch.pk}/"
    place = f"/cabinet/card-batches/{batch.pk}/"
    assert "?category=Master%20-%20Blenders" in text(browser, f"{place}new/?q=БЛЕНДЕР")
    assert "No category has these words." in text(browser, f"{place}new/?q=kettle")
    form = text(browser, f"{place}new/?category=Master%20-%20Blenders")
    assert re.findall(r'for="id_attribute_\d">([^<]+)<', form) == ["Type *", "Power *", "Timer", "Color", "Model"]

    added = browser.post(f"{place}add/", FILLED, follow=True)
    assert "Ready to be sent." in added.content.decode()
    card = NewCard.everything.get()
    assert card.attributes == {
        "Blenders*Type": "погружной",
        "Blenders*Power": 600.5,
        "Blenders*Timer": False,
        "Blenders*Color": ["белый", "синий"],
    }
    assert card.images == ["https://images.example/1.jpg", "https://images.example/2.jpg"]

    shown = text(browser, f"/cabinet/new-cards/{card.pk}/")
    assert 'value="600.5"' in shown
    assert shown.count(" selected>") == 4
    browser.post(f"{place}send/")
    batch.refresh_from_db()
    assert (batch.state, batch.sent_by.email) == (State.WAITING, "aliya@example.kz")
    assert "Take it back" in text(browser, place)
    browser.post(f"{place}take-back/")
    batch.refresh_from_db()
    assert batch.state == State.DRAFT


def test_what_is_missing_is_shown_at_its_field_and_nothing_leaves(
    browser: Client, store: Store, blenders: CardCategory
) -> None:
    cast.token(store)
    batch = CardBatch.everything.create(store=store, name="One")
    page = browser.post(
        f"/cabinet/card-batches/{batch.pk}/add/", FILLED | {"attribute_0": "", "images": "x.jpg"}, follow=True
    ).content.decode()
    assert "Saved, but not ready to be sent yet." in page
    assert "“Type” must be filled in." in page
    assert "“x.jpg” is no address of a picture." in page
    whole = text(browser, f"/cabinet/card-batches/{batch.pk}/")
    assert "Cards that are not ready yet: 1." in whole
    assert 'primary" disabled' in whole
    refused = browser.post(f"/cabinet/card-batches/{batch.pk}/send/", follow=True).content.decode()
    assert "Cards that are not ready yet: 1." in refused
    batch.refresh_from_db()
    assert batch.state == State.DRAFT


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"attribute_1": "many"}, "Enter a number."),
        ({"attribute_0": "летучий"}, "Select a valid choice."),
        ({"sku": ""}, "This field is required."),
        ({"sku": "TWIN"}, "The batch has a card with the SKU “TWIN” already."),
    ],
)
def test_what_cannot_be_kept_is_refused_with_all_that_was_typed(
    browser: Client, store: Store, blenders: CardCategory, changes: dict[str, str], message: str
) -> None:
    batch = CardBatch.everything.create(store=store, name="One")
    NewCard.everything.create(store=store, batch=batch, sku="TWIN", category=blenders)
    page = browser.post(f"/cabinet/card-batches/{batch.pk}/add/", FILLED | changes).content.decode()
    assert message in page
    assert 'value="Qazan X1"' in page
    assert batch.cards.count() == 1


def test_an_edit_of_an_older_version_is_told(browser: Client, store: Store, blenders: CardCategory) -> None:
    batch = CardBatch.everything.create(store=store, name="One")
    browser.post(f"/cabinet/card-batches/{batch.pk}/add/", FILLED)
    card = NewCard.everything.get()
    edit = f"/cabinet/new-cards/{card.pk}/edit/"
    assert browser.post(edit, FILLED | {"version": 1, "title": "Second"}).status_code == 302
    page = browser.post(edit, FILLED | {"version": 1, "title": "Third"}).content.decode()
    assert "Somebody has changed this card since you opened it." in page
    card.refresh_from_db()
    assert card.title == "Second"


def test_a_batch_without_an_answer_asks_and_is_resolved(browser: Client, store: Store) -> None:
    batch = cast.card_batch(store, State.UNSURE, card=NewCard.State.SENT)
    place = f"/cabinet/card-batches/{batch.pk}/"
    assert "the marketplace gave no answer" in text(browser, place)
    browser.post(f"{place}resolve/", {"was_taken": "perhaps"})
    batch.refresh_from_db()
    assert batch.state == State.UNSURE
    browser.post(f"{place}resolve/", {"was_taken": "no"})
    batch.refresh_from_db()
    assert (batch.state, batch.cards.get().state) == (State.DRAFT, NewCard.State.DRAFT)


def test_results_are_shown_and_what_failed_is_put_right(browser: Client, store: Store) -> None:
    batch = cast.card_batch(store, State.JUDGED, card=NewCard.State.FAILED)
    batch.cards.update(remarks=["<b>Нет картинки</b>"])
    page = text(browser, f"/cabinet/card-batches/{batch.pk}/")
    assert "&lt;b&gt;Нет картинки" in page
    assert "Refused" in page
    answer = browser.post(f"/cabinet/card-batches/{batch.pk}/copy-failed/")
    draft = CardBatch.everything.latest("pk")
    assert answer.headers["Location"] == f"/cabinet/card-batches/{draft.pk}/"
    assert (draft.state, draft.cards.get().sku) == (State.DRAFT, "NEW-1")


def test_the_page_that_was_made_goes_to_the_product(browser: Client, store: Store) -> None:
    batch = cast.card_batch(store, State.JUDGED, card=NewCard.State.MODERATED)
    card = batch.cards.get()
    link = f"/cabinet/new-cards/{card.pk}/link/"
    assert "Copy the address" in browser.post(link, {"card_id": "nothing"}, follow=True).content.decode()
    page = browser.post(link, {"card_id": "https://kaspi.kz/shop/p/qazan-123456789/"}, follow=True).content.decode()
    assert "The product NEW-1 has its card now." in page
    assert Product.everything.get(store=store, sku="NEW-1").card_id == "123456789"


def test_a_draft_and_its_cards_are_deleted(browser: Client, store: Store) -> None:
    batch = cast.card_batch(store)
    browser.post(f"/cabinet/new-cards/{batch.cards.get().pk}/delete/")
    assert batch.cards.count() == 0
    answer = browser.post(f"/cabinet/card-batches/{batch.pk}/delete/")
    assert answer.headers["Location"] == f"/cabinet/stores/{store.pk}/new-cards/"
    assert not CardBatch.everything.exists()


def test_a_sent_batch_is_not_deleted(browser: Client, store: Store) -> None:
    batch = cast.card_batch(store, State.JUDGED, card=NewCard.State.MODERATED)
    page = browser.post(f"/cabinet/card-batches/{batch.pk}/delete/", follow=True).content.decode()
    assert "This batch was sent." in page
    assert CardBatch.everything.get() == batch


def test_who_may_only_look_sees_cards_and_no_buttons(store: Store, assistant: User) -> None:
    batch = cast.card_batch(store)
    client = Client(headers={"accept-language": "en"})
    client.force_login(assistant)
    assert "Send to the marketplace" not in text(client, f"/cabinet/card-batches/{batch.pk}/")
    assert "New batch" not in text(client, f"/cabinet/stores/{store.pk}/new-cards/")
    client.post(f"/cabinet/card-batches/{batch.pk}/send/")
    assert not sending.send_next()
    batch.refresh_from_db()
    assert batch.state == State.DRAFT
