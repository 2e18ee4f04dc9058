"""New cards, from the draft to the product: against the sandbox over real HTTP, and against answers that fail."""

import json
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from threading import Barrier, Thread
from typing import Any, Self

import pytest
from django.db import IntegrityError, connection
from django.utils import timezone
from redis import Redis

import kaspi
from sandbox.server import SandboxServer
from stores.models import (
    CardAttribute,
    CardBatch,
    CardCategory,
    CatalogueChange,
    Membership,
    MerchantToken,
    NewCard,
    Notification,
    Product,
    Store,
)
from stores.services.cards import classification, drafts, following, pages, sending
from stores.services.cards.checks import Problem, check_card, to_wire
from stores.services.cards.classification import FRESH
from stores.services.errors import Forbidden, Refusal, StaleEdit
from stores.services.failures import unsure_cards
from stores.services.market import pace
from stores.services.merchant import asking
from stores.services.messages import text_of
from tests import cast
from tests.kaspi.conftest import FakeTransport
from users.models import User

pytestmark = pytest.mark.django_db

BLENDERS = "Master - Blenders"
State = NewCard.State
Kind = Notification.Kind
WHOLE: dict[str, Any] = {
    "sku": "NEW-1",
    "title": "Qazan X1",
    "brand": "Qazan",
    "category": BLENDERS,
    "description": "Куәтті блендер",
    "weight": "1.25",
    "attributes": {"Blenders*Type": "погружной", "Blenders*Power": 600, "Blenders*Timer": False},
    "images": ["https://images.example/x1.jpg"],
}


# --- The sandbox's side -----------------------------------------------------------------------------------------------


@pytest.fixture
def connected(store: Store, kaspi_sandbox: SandboxServer, empty_redis: object, settings: Any) -> SandboxServer:
    """The seller's store with the token that the sandbox gave to it."""
    settings.MERCHANT_CALLS_PER_SECOND = settings.MERCHANT_CALLS_PER_ADDRESS = 1000.0
    cast.token(store, kaspi_sandbox.control("GET", "/_sandbox/merchants/30125007")["token"])
    return kaspi_sandbox


def a_second_ago() -> datetime:
    """Over by every clock: SQLite's own counts whole milliseconds."""
    return timezone.now() - timedelta(seconds=1)


def wait(sandbox: SandboxServer, seconds: float) -> None:
    """Time passes there, and our next questions are due."""
    sandbox.control("POST", "/_sandbox/clock", {"advance": seconds})
    CardBatch.everything.update(next_at=a_second_ago())


def asked(sandbox: SandboxServer) -> list[tuple[str, str]]:
    """What of product import was asked, but for the checks of the token."""
    entries = sandbox.control("GET", "/_sandbox/requests")["last"]
    seen = [(entry["method"], entry["path"].removeprefix("/shop/api/products")) for entry in entries]
    return [each for each in seen if each[1] != "/import/schema"]


def test_a_card_goes_from_a_draft_to_its_product(store: Store, seller: User, connected: SandboxServer) -> None:
    assert [each.code for each in classification.find_categories(store, "БЛЕНДЕР")] == [BLENDERS]
    batch = drafts.create_batch(store, "Blenders", seller)
    drafts.add_card(batch, WHOLE, seller)
    drafts.add_card(batch, WHOLE | {"sku": "NEW-2", "images": ["https://images.example/missing.jpg"]}, seller)
    assert drafts.check_batch(batch) == {}

    sending.send_batch(batch, seller)
    assert sending.send_next()
    assert not sending.send_next()
    batch.refresh_from_db()
    assert (batch.state, batch.status, batch.sent_by) == (CardBatch.State.SENT, "UPLOADED", seller)

    assert not following.follow_next()
    wait(connected, 10)
    assert following.follow_next()
    batch.refresh_from_db()
    assert (batch.state, batch.status) == (CardBatch.State.SENT, "PROCESSING")
    wait(connected, 60)
    assert following.follow_next()
    batch.refresh_from_db()
    assert batch.state == CardBatch.State.JUDGED
    good, bad = batch.cards.order_by("sku")
    assert (good.state, bad.state) == (State.MODERATED, State.FAILED)
    assert bad.remarks[-1] == "Не удалось загрузить изображение https://images.example/missing.jpg"
    (told,) = Notification.everything.filter(store=store, kind=Kind.CARDS_JUDGED)
    assert told.facts == {"batch": batch.pk, "name": "Blenders", "accepted": 1, "failed": 1, "skipped": 0}

    connected.control("POST", "/_sandbox/clock", {"advance": 4 * 24 * 3600})
    made = connected.control("GET", "/_sandbox/merchants/30125007/offers")
    card_id = next(each["card_id"] for each in made if each["sku"] == "NEW-1")
    linked = following.link_card(good, f"https://kaspi.kz/shop/p/qazan-x1-{card_id}/?c=750000000", seller)
    product = Product.everything.get(store=store, sku="NEW-1")
    assert (product.card_id, product.model, product.brand) == (card_id, "Qazan X1", "Qazan")
    assert (linked.state, linked.card_id, linked.product) == (State.LINKED, card_id, product)
    assert set(CatalogueChange.everything.filter(product=product).values_list("batch__source", flat=True)) == {"person"}


def test_what_is_sent_is_what_was_filled_in(store: Store, seller: User, connected: SandboxServer) -> None:
    batch = drafts.create_batch(store, "One", seller)
    card = drafts.add_card(batch, WHOLE | {"attributes": WHOLE["attributes"] | {"Blenders*Model": ""}}, seller)
    attributes = classification.attributes_of(card.category)
    wire = to_wire(card, attributes)
    assert {each.code: each.value for each in wire.attributes} == WHOLE["attributes"]
    assert (wire.sku, wire.title, wire.brand, wire.category) == ("NEW-1", "Qazan X1", "Qazan", BLENDERS)
    assert (wire.description, wire.weight, wire.images) == (WHOLE["description"], "1.25", tuple(WHOLE["images"]))


@pytest.fixture
def waiting(store: Store, seller: User, connected: SandboxServer) -> CardBatch:
    """A batch with one card that waits to be sent."""
    batch = drafts.create_batch(store, "One", seller)
    drafts.add_card(batch, WHOLE, seller)
    sending.send_batch(batch, seller)
    connected.control("DELETE", "/_sandbox/requests")
    return batch


def fault(sandbox: SandboxServer, kind: str, **facts: object) -> None:
    sandbox.control("PUT", f"/_sandbox/faults/{kind}", {"path": "/shop/api/products/import", **facts})


def state_of(batch: CardBatch) -> tuple[str, list[str]]:
    batch.refresh_from_db()
    return batch.state, [card.state for card in batch.cards.order_by("pk")]


@pytest.mark.parametrize("kind", ["lost_answer", "5xx", "html", "truncated", "disconnect"])
def test_without_an_answer_it_is_not_sent_again(connected: SandboxServer, waiting: CardBatch, kind: str) -> None:
    fault(connected, kind, method="POST")
    assert sending.send_next()
    connected.control("DELETE", "/_sandbox/faults")
    assert state_of(waiting) == (CardBatch.State.UNSURE, [State.SENT])
    wait(connected, 600)
    assert not sending.send_next()
    assert not following.follow_next()
    assert asked(connected) == [("POST", "/import")]
    (told,) = Notification.everything.filter(store=waiting.store, kind=Kind.CARDS_UNSURE)
    assert "“One”" in text_of(told) or "«One»" in text_of(told)


@pytest.mark.parametrize("kind", ["5xx", "html", "hang", "429", "403"])
def test_where_the_road_is_closed_nothing_leaves_and_it_waits(
    connected: SandboxServer, waiting: CardBatch, kind: str, empty_redis: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    if kind == "hang":
        quick = kaspi.Timeouts(total=0.3)
        monkeypatch.setattr(asking, "transport_through", lambda _: kaspi.AiohttpTransport(timeouts=quick))
    fault(connected, kind, path="/shop/api/products/import/schema")
    assert sending.send_next()
    assert state_of(waiting) == (CardBatch.State.WAITING, [State.SENT])
    assert asked(connected) == []
    assert not sending.send_next()
    connected.control("DELETE", "/_sandbox/faults")
    # A pace remembers a block for a while.
    empty_redis.flushdb()
    CardBatch.everything.update(next_at=a_second_ago())
    assert sending.send_next()
    assert state_of(waiting)[0] == CardBatch.State.SENT


def test_throttled_at_the_batch_itself_it_waits(connected: SandboxServer, waiting: CardBatch) -> None:
    fault(connected, "429", method="POST", retry_after=600)
    sending.send_next()
    assert state_of(waiting) == (CardBatch.State.WAITING, [State.SENT])
    assert waiting.next_at > timezone.now() + timedelta(seconds=500)


def test_a_dead_token_makes_a_draft_of_it_again(connected: SandboxServer, waiting: CardBatch) -> None:
    connected.control("PUT", "/_sandbox/merchants/30125007/token", {"revoked": True})
    sending.send_next()
    assert state_of(waiting) == (CardBatch.State.DRAFT, [State.DRAFT])
    assert waiting.refusal == "status 401: Authorization token is not valid."
    assert MerchantToken.everything.get().state == MerchantToken.State.REFUSED
    assert asked(connected) == []
    with pytest.raises(Refusal) as refused:
        sending.send_batch(waiting, waiting.sent_by)
    assert refused.value.code == "token_refused"


def test_a_batch_that_breaks_the_schema_is_a_draft_again_with_the_reason(
    connected: SandboxServer, waiting: CardBatch
) -> None:
    waiting.cards.update(brand="")
    sending.send_next()
    assert state_of(waiting) == (CardBatch.State.DRAFT, [State.DRAFT])
    assert waiting.refusal.startswith("status 400: Request body does not match the schema")
    (told,) = Notification.everything.filter(store=waiting.store, kind=Kind.CARDS_REFUSED)
    assert told.facts["refusal"] == waiting.refusal


def test_a_worker_who_died_with_it_leaves_it_unsure(connected: SandboxServer, waiting: CardBatch) -> None:
    CardBatch.everything.update(state=CardBatch.State.SENDING, claim="dead", leased_until=a_second_ago())
    assert not sending.send_next()
    assert state_of(waiting) == (CardBatch.State.UNSURE, [State.SENT])
    assert asked(connected) == []


def test_an_answer_that_comes_late_is_kept(connected: SandboxServer, waiting: CardBatch) -> None:
    CardBatch.everything.update(state=CardBatch.State.SENDING, claim="slow", leased_until=a_second_ago())
    slow = CardBatch.everything.get()
    sending._give_up_dead()
    assert state_of(waiting)[0] == CardBatch.State.UNSURE
    sending._note_sent(slow, kaspi.CardImport("abc", "UPLOADED"))
    assert state_of(waiting)[0] == CardBatch.State.SENT
    assert waiting.code == "abc"


def test_a_worker_who_slept_does_not_send_what_a_person_took_back(
    connected: SandboxServer, waiting: CardBatch, seller: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    def sleep(batch: CardBatch) -> bool:
        CardBatch.everything.update(leased_until=a_second_ago())
        sending._give_up_dead()
        sending.resolve(batch, seller, was_taken=False)
        return True

    monkeypatch.setattr(sending, "_is_road_open", sleep)
    sending.send_next()
    assert state_of(waiting) == (CardBatch.State.DRAFT, [State.DRAFT])
    assert asked(connected) == []


@pytest.fixture
def unsure(connected: SandboxServer, waiting: CardBatch) -> CardBatch:
    """A batch that the marketplace has, without having said so."""
    fault(connected, "lost_answer", method="POST", times=1)
    sending.send_next()
    return waiting


def test_a_person_says_that_it_is_there(connected: SandboxServer, unsure: CardBatch, seller: User) -> None:
    sending.resolve(unsure, seller, was_taken=True)
    assert state_of(unsure) == (CardBatch.State.JUDGED, [State.MODERATED])
    with pytest.raises(Refusal) as refused:
        sending.resolve(unsure, seller, was_taken=False)
    assert refused.value.code == "not_unsure"
    assert state_of(unsure)[0] == CardBatch.State.JUDGED


def test_a_person_says_that_it_is_not_there(connected: SandboxServer, unsure: CardBatch, seller: User) -> None:
    sending.resolve(unsure, seller, was_taken=False)
    assert state_of(unsure) == (CardBatch.State.DRAFT, [State.DRAFT])
    sending.send_batch(unsure, seller)
    sending.send_next()
    wait(connected, 60)
    following.follow_next()
    # It was there after all: the marketplace passes a SKU over that it has.
    assert state_of(unsure) == (CardBatch.State.JUDGED, [State.SKIPPED])


def test_before_it_leaves_it_is_taken_back(connected: SandboxServer, waiting: CardBatch, seller: User) -> None:
    sending.take_back(waiting, seller)
    assert state_of(waiting) == (CardBatch.State.DRAFT, [State.DRAFT])
    assert not sending.send_next()
    sending.send_batch(waiting, seller)
    sending.send_next()
    with pytest.raises(Refusal) as refused:
        sending.take_back(waiting, seller)
    assert refused.value.code == "too_late"


def test_silence_while_following_changes_nothing(connected: SandboxServer, waiting: CardBatch) -> None:
    sending.send_next()
    wait(connected, 60)
    fault(connected, "5xx", times=1)
    assert following.follow_next()
    assert state_of(waiting)[0] == CardBatch.State.SENT
    assert not following.follow_next()
    wait(connected, 0)
    assert following.follow_next()
    assert state_of(waiting) == (CardBatch.State.JUDGED, [State.MODERATED])


def test_a_batch_that_never_ends_is_a_person_s_to_look_for(
    connected: SandboxServer, waiting: CardBatch, seller: User
) -> None:
    sending.send_next()
    CardBatch.everything.update(sent_at=timezone.now() - timedelta(days=3))
    fault(connected, "5xx")
    following.follow_next()
    assert state_of(waiting) == (CardBatch.State.UNSURE, [State.SENT])
    assert Notification.everything.filter(kind=Kind.CARDS_UNSURE).count() == 1
    assert unsure_cards(timezone.now()).rows == 1
    sending.resolve(waiting, seller, was_taken=False)
    assert waiting.cards.get().sent_sku is None


def test_the_marketplace_s_words_for_a_batch_are_kept(waiting: CardBatch, monkeypatch: pytest.MonkeyPatch) -> None:
    sending.send_next()
    waiting.refresh_from_db()
    CardBatch.everything.update(next_at=a_second_ago())
    answer = kaspi.CardImport(waiting.code, "REJECTED", "Файл не прочитан")
    monkeypatch.setattr(following, "ask", lambda _store, _question: answer)
    assert following.follow_next()
    waiting.refresh_from_db()
    assert (waiting.state, waiting.status, waiting.remark) == ("sent", "REJECTED", "Файл не прочитан")


@pytest.mark.parametrize("skipped", [0, 1, 3])
def test_a_result_that_leaves_skus_out_is_asked_for_again(
    connected: SandboxServer, waiting: CardBatch, monkeypatch: pytest.MonkeyPatch, skipped: int
) -> None:
    """Of three SKUs it names one."""
    for sku in ("NEW-2", "NEW-3"):
        NewCard.everything.create(
            batch=waiting, store=waiting.store, category=waiting.cards.get(sku="NEW-1").category, sku=sku, sent_sku=sku
        )
    waiting.cards.update(state=State.SENT)
    CardBatch.everything.update(state=CardBatch.State.SENT, code="abc", sent_at=timezone.now(), next_at=a_second_ago())

    def answer(skipped: int) -> None:
        named = (kaspi.CardResult("NEW-1", "FINISHED", ()),)
        answers = iter([kaspi.CardImport("abc", "FINISHED"), kaspi.CardImportResult(0, 0, skipped, 3, named)])
        monkeypatch.setattr(following, "ask", lambda _store, _question: next(answers))

    answer(skipped)
    assert following.follow_next()
    assert state_of(waiting) == (CardBatch.State.SENT, [State.SENT] * 3)
    assert not Notification.everything.filter(kind=Kind.CARDS_JUDGED).exists()
    assert not following.follow_next()
    CardBatch.everything.update(next_at=a_second_ago())
    answer(2)
    assert following.follow_next()
    assert state_of(waiting) == (CardBatch.State.JUDGED, [State.MODERATED, State.SKIPPED, State.SKIPPED])


def test_a_batch_is_judged_once(connected: SandboxServer, waiting: CardBatch) -> None:
    sending.send_next()
    waiting.refresh_from_db()
    good = kaspi.CardImportResult(0, 0, 0, 1, (kaspi.CardResult("NEW-1", "FINISHED", ()),))
    following.judge(waiting, good)
    following.judge(waiting, kaspi.CardImportResult(1, 0, 0, 1, (kaspi.CardResult("NEW-1", "ERROR", ("x",)),)))
    assert state_of(waiting) == (CardBatch.State.JUDGED, [State.MODERATED])
    assert Notification.everything.filter(kind=Kind.CARDS_JUDGED).count() == 1


@pytest.mark.django_db(transaction=True)
def test_four_workers_send_it_once(connected: SandboxServer, waiting: CardBatch) -> None:
    together = Barrier(4)

    def work() -> None:
        together.wait()
        sending.send_next()
        connection.close()

    threads = [Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert asked(connected) == [("POST", "/import")]
    assert state_of(waiting)[0] == CardBatch.State.SENT


@pytest.mark.django_db(transaction=True)
def test_of_two_workers_that_saw_the_same_batch_one_gets_it(
    waiting: CardBatch, monkeypatch: pytest.MonkeyPatch
) -> None:
    both_saw_it = Barrier(2, timeout=30)
    until = sending.database_time

    def wait_for_the_other(lease: timedelta) -> Any:
        both_saw_it.wait()
        return until(lease)

    monkeypatch.setattr(sending, "database_time", wait_for_the_other)
    taken: list[CardBatch | None] = []

    def work() -> None:
        taken.append(sending._claim())
        connection.close()

    threads = [Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(taken) == 2
    assert [batch for batch in taken if batch is not None] == [waiting]


# --- Drafts -----------------------------------------------------------------------------------------------------------


@pytest.fixture
def blenders(db: None) -> CardCategory:
    """A category that was read before."""
    now = timezone.now()
    category = CardCategory.objects.create(
        code=BLENDERS, title="Блендеры", folded="master - blenders блендеры", read_at=now, attributes_read_at=now
    )
    kinds = [("Type", "enum", True, False), ("Power", "number", True, False), ("Timer", "boolean", False, False)]
    kinds += [("Color", "enum", False, True), ("Model", "string", False, False), ("Free", "enum", False, False)]
    values = {"Type": [["погружной", "погружной"]], "Color": [["белый", "белый"], ["синий", "синий"]]}
    for place, (name, kind, mandatory, several) in enumerate(kinds):
        CardAttribute.objects.create(
            category=category,
            code=f"Blenders*{name}",
            type=kind,
            mandatory=mandatory,
            multi_valued=several,
            values=values.get(name, []),
            place=place,
        )
    return category


@pytest.fixture
def draft(store: Store, seller: User, blenders: CardCategory) -> CardBatch:
    return drafts.create_batch(store, "Draft", seller)


def attributes(**changes: object) -> dict[str, object]:
    whole = {"Type": "погружной", "Power": 600} | changes
    return {"attributes": {f"Blenders*{name}": value for name, value in whole.items()}}


@pytest.mark.parametrize(
    ("changes", "field", "code"),
    [
        ({"sku": ""}, "sku", "bad_sku"),
        ({"sku": "x" * 21}, "sku", "bad_sku"),
        ({"sku": "ТОВАР-1"}, "sku", "bad_sku"),
        ({"sku": "A B"}, "sku", "bad_sku"),
        ({"title": " "}, "title", "empty"),
        ({"title": "x" * 1025}, "title", "too_long"),
        ({"title": "x\x00"}, "title", "not_text"),
        ({"title": "Блендеры Qazan X1"}, "title", "category_in_title"),
        ({"brand": ""}, "brand", "empty"),
        ({"brand": "x" * 257}, "brand", "too_long"),
        ({"description": "x" * 1025}, "description", "too_long"),
        ({"weight": "1,25"}, "weight", "bad_weight"),
        ({"weight": "0"}, "weight", "bad_weight"),
        ({"weight": "heavy"}, "weight", "bad_weight"),
        ({"images": []}, "images", "empty"),
        ({"images": ["https://a.example/1.jpg"] * 2}, "images", "twice"),
        ({"images": [f"https://a.example/{n}.jpg" for n in range(101)]}, "images", "too_many"),
        ({"images": ["C:\\1.jpg"]}, "images", "bad_address"),
        ({"images": [7]}, "images", "bad_address"),
        (attributes(Type=None), "attributes.Blenders*Type", "required"),
        (attributes(Type=""), "attributes.Blenders*Type", "required"),
        (attributes(Type="летучий"), "attributes.Blenders*Type", "bad_value"),
        (attributes(Type=["погружной", "погружной"]), "attributes.Blenders*Type", "one_value"),
        (attributes(Power="600"), "attributes.Blenders*Power", "bad_value"),
        (attributes(Power=True), "attributes.Blenders*Power", "bad_value"),
        (attributes(Power=1e300), "attributes.Blenders*Power", "bad_value"),
        (attributes(Timer="да"), "attributes.Blenders*Timer", "bad_value"),
        (attributes(Timer=1), "attributes.Blenders*Timer", "bad_value"),
        (attributes(Color=["белый", "пёстрый"]), "attributes.Blenders*Color", "bad_value"),
        (attributes(Model=7), "attributes.Blenders*Model", "bad_value"),
        (attributes(Model="x" * 1025), "attributes.Blenders*Model", "bad_value"),
        (attributes(Horns=2), "attributes.Blenders*Horns", "unknown_attribute"),
    ],
    ids=lambda value: str(value)[:50],
)
def test_what_is_wrong_is_said_at_its_field(
    blenders: CardCategory, changes: dict[str, Any], field: str, code: str
) -> None:
    problems = problems_of(blenders, changes)
    assert [(each.field, each.code) for each in problems] == [(field, code)]
    assert str(problems[0].message)


def problems_of(category: CardCategory, changes: dict[str, Any]) -> list[Problem]:
    """Of a whole card with these changes. It is not saved: what is too long has no room in its column."""
    card = NewCard(**(WHOLE | changes | {"category": category}))
    return check_card(card, classification.attributes_of(category))


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"description": "", "weight": ""},
        {"weight": "1250000.0625", "images": [f"https://a.example/{n}.jpg" for n in range(11)]},
        attributes(Color=["белый", "синий"]),
        attributes(Color="белый", Timer=True, Model="X1", Power=0.5),
        attributes(Free="anything", Timer=None, Color=[]),
        {"title": "Блендерыч X1"},
    ],
    ids=lambda value: str(value)[:50],
)
def test_what_is_right_may_go(blenders: CardCategory, changes: dict[str, Any]) -> None:
    assert problems_of(blenders, changes) == []


def test_a_category_that_is_offered_no_more_is_told(draft: CardBatch, seller: User, blenders: CardCategory) -> None:
    card = drafts.add_card(draft, WHOLE, seller)
    CardCategory.objects.update(is_offered=False)
    assert [each.code for each in drafts.check_batch(draft)[card.pk]] == ["unknown_category"]


def test_what_is_not_ready_is_not_sent(store: Store, draft: CardBatch, seller: User) -> None:
    cast.token(store)
    with pytest.raises(Refusal) as refused:
        sending.send_batch(draft, seller)
    assert refused.value.code == "empty_batch"
    drafts.add_card(draft, WHOLE | {"brand": ""}, seller)
    with pytest.raises(Refusal) as refused:
        sending.send_batch(draft, seller)
    assert refused.value.code == "not_valid"
    assert state_of(draft) == (CardBatch.State.DRAFT, [State.DRAFT])


def test_without_a_token_nothing_is_sent(draft: CardBatch, seller: User) -> None:
    drafts.add_card(draft, WHOLE, seller)
    with pytest.raises(asking.NoToken):
        sending.send_batch(draft, seller)
    assert state_of(draft) == (CardBatch.State.DRAFT, [State.DRAFT])


def test_a_sku_that_is_on_its_way_is_not_sent_again(store: Store, draft: CardBatch, seller: User) -> None:
    cast.token(store)
    drafts.add_card(draft, WHOLE, seller)
    sending.send_batch(draft, seller)
    second = drafts.create_batch(store, "Second", seller)
    card = drafts.add_card(second, WHOLE, seller)
    assert [each.code for each in drafts.check_batch(second)[card.pk]] == ["already_sent"]
    with pytest.raises(Refusal):
        sending.send_batch(second, seller)
    with pytest.raises(IntegrityError):
        NewCard.everything.filter(pk=card.pk).update(sent_sku="NEW-1")


def test_a_sent_batch_is_not_edited(store: Store, draft: CardBatch, seller: User) -> None:
    cast.token(store)
    card = drafts.add_card(draft, WHOLE, seller)
    sending.send_batch(draft, seller)
    acts: list[Callable[[], object]] = [
        lambda: drafts.add_card(draft, WHOLE | {"sku": "B"}, seller),
        lambda: drafts.change_card(card, 1, {"title": "Other"}, seller),
        lambda: drafts.delete_card(card, seller),
        lambda: drafts.delete_batch(draft, seller),
        lambda: sending.send_batch(draft, seller),
    ]
    for act in acts:
        with pytest.raises(Refusal) as refused:
            act()
        assert refused.value.code == "not_a_draft"
    card.refresh_from_db()
    assert (card.title, draft.cards.count()) == ("Qazan X1", 1)


def test_an_edit_of_an_older_version_is_refused(draft: CardBatch, seller: User) -> None:
    card = drafts.add_card(draft, WHOLE, seller)
    assert drafts.change_card(card, 1, {"title": " Other "}, seller).version == 2
    with pytest.raises(StaleEdit):
        drafts.change_card(card, 1, {"title": "Third"}, seller)
    card.refresh_from_db()
    assert card.title == "Other"


def test_another_category_keeps_the_attributes_that_it_knows(draft: CardBatch, seller: User) -> None:
    now = timezone.now()
    other = CardCategory.objects.create(
        code="Master - Kettles", title="Чайники", folded="x", read_at=now, attributes_read_at=now
    )
    CardAttribute.objects.create(category=other, code="Blenders*Power", type="number")
    card = drafts.add_card(draft, WHOLE, seller)
    changed = drafts.change_card(card, 1, {"category": other.code}, seller)
    assert (changed.category, changed.attributes) == (other, {"Blenders*Power": 600})


def test_a_batch_holds_a_sku_once(draft: CardBatch, seller: User) -> None:
    drafts.add_card(draft, WHOLE, seller)
    with pytest.raises(Refusal) as refused:
        drafts.add_card(draft, WHOLE, seller)
    assert (refused.value.code, draft.cards.count()) == ("sku_twice", 1)


def test_bounds_of_drafts(store: Store, draft: CardBatch, seller: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(drafts, "MOST_CARDS", 1)
    monkeypatch.setattr(drafts, "MOST_DRAFTS", 1)
    drafts.add_card(draft, WHOLE, seller)
    with pytest.raises(Refusal) as refused:
        drafts.add_card(draft, WHOLE | {"sku": "B"}, seller)
    assert refused.value.code == "too_many_cards"
    with pytest.raises(Refusal) as refused:
        drafts.create_batch(store, "Another", seller)
    assert refused.value.code == "too_many_drafts"


def test_what_failed_is_copied_into_a_new_draft(draft: CardBatch, seller: User) -> None:
    for sku, state in (("A", State.FAILED), ("B", State.MODERATED), ("C", State.SKIPPED)):
        card = drafts.add_card(draft, WHOLE | {"sku": sku}, seller)
        NewCard.everything.filter(pk=card.pk).update(state=state, remarks=["bad"])
    copy = drafts.copy_failed(draft, seller)
    assert [(card.sku, card.state, card.remarks) for card in copy.cards.all()] == [
        ("A", State.DRAFT, []),
        ("C", State.DRAFT, []),
    ]
    assert copy.cards.first().attributes == WHOLE["attributes"]
    with pytest.raises(Refusal):
        drafts.copy_failed(copy, seller)


@pytest.mark.parametrize(
    "act",
    [
        lambda batch, card, person: drafts.create_batch(batch.store, "x", person),
        lambda batch, card, person: drafts.delete_batch(batch, person),
        lambda batch, card, person: drafts.add_card(batch, WHOLE | {"sku": "B"}, person),
        lambda batch, card, person: drafts.change_card(card, 1, {"title": "x"}, person),
        lambda batch, card, person: drafts.delete_card(card, person),
        lambda batch, card, person: drafts.copy_failed(batch, person),
        lambda batch, card, person: sending.send_batch(batch, person),
        lambda batch, card, person: sending.take_back(batch, person),
        lambda batch, card, person: sending.resolve(batch, person, was_taken=False),
        lambda batch, card, person: following.link_card(card, "100000001", person),
    ],
    ids=["create", "delete", "add", "change", "take out", "copy", "send", "take back", "resolve", "link"],
)
def test_who_may_only_look_changes_nothing(
    draft: CardBatch, seller: User, assistant: User, act: Callable[[CardBatch, NewCard, User], object]
) -> None:
    cast.token(draft.store)
    card = drafts.add_card(draft, WHOLE, seller)
    with pytest.raises(Forbidden):
        act(draft, card, assistant)
    Membership.everything.filter(user=assistant).update(role=Membership.Role.MANAGER)
    assert state_of(draft) == (CardBatch.State.DRAFT, [State.DRAFT])
    assert (CardBatch.everything.count(), NewCard.everything.get().title) == (1, "Qazan X1")


# --- Cards that were made ---------------------------------------------------------------------------------------------


@pytest.fixture
def moderated(draft: CardBatch, seller: User) -> NewCard:
    card = drafts.add_card(draft, WHOLE, seller)
    NewCard.everything.update(state=State.MODERATED)
    CardBatch.everything.update(state=CardBatch.State.JUDGED)
    card.refresh_from_db()
    return card


def test_a_product_that_is_there_gets_the_card_and_keeps_the_rest(
    store: Store, moderated: NewCard, seller: User
) -> None:
    product = cast.product(store, "NEW-1", card_id="")
    following.link_card(moderated, "123456789", seller)
    product.refresh_from_db()
    assert (product.card_id, product.model) == ("123456789", "Чайник NEW-1")
    assert cast.city_price(product).price == 10_000
    assert cast.city_price(product).market.card_id == "123456789"


@pytest.mark.parametrize(
    ("address", "card_id"),
    [
        ("123456789", "123456789"),
        (" 123456789 ", "123456789"),
        ("https://kaspi.kz/shop/p/qazan-x1-belyi-123456789/", "123456789"),
        ("https://kaspi.kz/shop/p/qazan-x1-belyi-123456789/?c=750000000", "123456789"),
        ("https://kaspi.kz/shop/p/-123456789/", "123456789"),
        ("https://kaspi.kz/shop/p/123456789", "123456789"),
    ],
)
def test_a_card_is_read_from_its_address(address: str, card_id: str) -> None:
    assert following.card_id_in(address) == card_id


@pytest.mark.parametrize("address", ["", "12345", "x-123456789", "https://evil.example/shop/p/x-123456789/", "0123456"])
def test_what_names_no_card_is_refused(moderated: NewCard, seller: User, address: str) -> None:
    with pytest.raises(Refusal) as refused:
        following.link_card(moderated, address, seller)
    assert refused.value.code == "not_a_card"
    moderated.refresh_from_db()
    assert (moderated.state, moderated.card_id) == (State.MODERATED, "")


@pytest.mark.parametrize("state", [State.DRAFT, State.SENT, State.FAILED, State.SKIPPED])
def test_only_what_was_taken_gets_a_card(store: Store, moderated: NewCard, seller: User, state: str) -> None:
    NewCard.everything.update(state=state)
    with pytest.raises(Refusal) as refused:
        following.link_card(moderated, "123456789", seller)
    assert refused.value.code == "not_moderated"
    assert not Product.everything.filter(store=store).exists()


OFFER = {"masterSku": "170000001", "merchantId": "30125007", "merchantSku": "NEW-1", "price": 9990.0}
LISTED = {"id": "170000001", "title": "Блендер Qazan X1", "unitPrice": 9990}


@pytest.fixture
def storefront(monkeypatch: pytest.MonkeyPatch) -> Callable[..., FakeTransport]:
    """The public storefront answers like this, one after the other."""

    def build(*answers: object) -> FakeTransport:
        bodies = [
            each if isinstance(each, Exception) else kaspi.Response(200, {}, json.dumps(each).encode())
            for each in answers
        ]
        transport = FakeTransport(*bodies)

        @asynccontextmanager
        async def open_one(*_: object) -> AsyncIterator[FakeTransport]:
            yield transport

        monkeypatch.setattr(pages, "open_egress", open_one)
        return transport

    return build


@pytest.fixture
def sought(moderated: NewCard) -> NewCard:
    CardBatch.everything.update(judged_at=timezone.now(), next_at=a_second_ago())
    return moderated


def test_the_page_is_found_by_our_own_offer_on_it(
    store: Store, sought: NewCard, storefront: Callable[..., FakeTransport]
) -> None:
    known = cast.product(store, "OLD-1", card_id="100000001")
    transport = storefront(
        {"data": [LISTED | {"id": known.card_id}, LISTED | {"id": "170000009"}, LISTED]},
        {"offers": [OFFER | {"masterSku": "170000009", "merchantSku": "OTHER"}], "total": 1},
        {"offers": [OFFER], "total": 1},
    )
    assert pages.find_next()
    sought.refresh_from_db()
    assert (sought.state, sought.card_id) == (State.LINKED, "170000001")
    assert Product.everything.get(store=store, sku="NEW-1").card_id == "170000001"
    change = CatalogueChange.everything.filter(sku="NEW-1").first()
    assert (change.batch.source, change.batch.actor) == ("program", None)
    assert "text=Qazan+X1" in transport.requests[0].url
    assert "allMerchants%3A30125007" in transport.requests[0].url


@pytest.mark.parametrize(
    "answers",
    [
        [{"data": []}],
        [{"data": [LISTED]}, {"offers": [OFFER | {"merchantId": "30999999"}], "total": 1}],
        [{"data": [LISTED]}, {"offers": [], "total": 0}],
        [kaspi.Unavailable("time-out")],
        [{"data": [LISTED]}, kaspi.Blocked("status 403")],
    ],
    ids=["nothing listed", "another merchant's", "no offers", "silence", "a block"],
)
def test_what_is_not_surely_ours_is_left(
    store: Store, sought: NewCard, storefront: Callable[..., FakeTransport], answers: list[object]
) -> None:
    storefront(*answers)
    assert pages.find_next()
    sought.refresh_from_db()
    assert (sought.state, sought.card_id) == (State.MODERATED, "")
    assert not Product.everything.filter(store=store).exists()
    assert not pages.find_next()
    assert sought.batch.next_at > timezone.now() + timedelta(minutes=29)


def test_a_search_ends_after_two_weeks(sought: NewCard, storefront: Callable[..., FakeTransport]) -> None:
    CardBatch.everything.update(judged_at=timezone.now() - timedelta(days=15))
    storefront({"data": []})
    assert pages.find_next()
    assert CardBatch.everything.get().next_at is None


def test_every_card_of_a_batch_has_its_turn(
    draft: CardBatch, sought: NewCard, seller: User, storefront: Callable[..., FakeTransport]
) -> None:
    CardBatch.everything.update(state=CardBatch.State.DRAFT)
    for number in range(11):
        drafts.add_card(draft, WHOLE | {"sku": f"MORE-{number}"}, seller)
    NewCard.everything.update(state=State.MODERATED)
    CardBatch.everything.update(state=CardBatch.State.JUDGED)
    storefront(*[{"data": []}] * 10)
    assert pages.find_next()
    draft.refresh_from_db()
    assert draft.next_at < timezone.now() + timedelta(minutes=16)
    last = draft.cards.order_by("pk").last()
    CardBatch.everything.update(next_at=a_second_ago())
    of_last = [{"data": [LISTED]}, {"offers": [OFFER | {"merchantSku": last.sku}], "total": 1}]
    storefront({"data": []}, *of_last, *[{"data": []}] * 8)
    assert pages.find_next()
    last.refresh_from_db()
    assert (last.state, last.card_id) == (State.LINKED, "170000001")


# --- What categories ask for ------------------------------------------------------------------------------------------


@pytest.fixture
def silent(store: Store, empty_redis: object) -> Iterator[None]:
    """A store with a token, and nobody at the other end."""
    cast.token(store)
    return


def test_categories_are_read_once_and_served_from_rows(store: Store, connected: SandboxServer) -> None:
    assert len(classification.find_categories(store, "")) == 30
    assert [each.title for each in classification.find_categories(store, "ЧАЙНИК kettles")] == ["Электрические чайники"]
    assert classification.find_categories(store, "nothing of the kind") == []
    assert asked(connected) == [("GET", "/classification/categories")]


def test_attributes_are_read_with_their_values(store: Store, connected: SandboxServer) -> None:
    classification.find_categories(store, "")
    category = classification.category_for(store, BLENDERS)
    first = classification.attributes_of(category)[0]
    assert (first.code, first.type, first.mandatory) == ("Blenders*Type", "enum", True)
    assert first.values == [["погружной", "погружной"], ["стационарный", "стационарный"]]
    assert (first.name, CardAttribute(code="A*Obsie harakteristiki.a color").name) == ("Type", "a color")
    before = asked(connected)
    classification.category_for(store, BLENDERS)
    assert asked(connected) == before


def test_what_is_old_is_renewed_in_the_background(store: Store, seller: User, connected: SandboxServer) -> None:
    drafts.add_card(drafts.create_batch(store, "One", seller), {"sku": "A", "category": _read(store)}, seller)
    old = timezone.now() - timedelta(days=2)
    gone = CardCategory.objects.create(code="Master - Gone", title="Gone", folded="gone", read_at=old)
    CardCategory.objects.update(read_at=old)
    CardCategory.objects.filter(code=BLENDERS).update(attributes_read_at=old, title="Old")
    CardAttribute.objects.all().delete()
    classification.renew()
    blenders = CardCategory.objects.get(code=BLENDERS)
    assert (blenders.title, blenders.attributes.count()) == ("Блендеры", 7)
    gone.refresh_from_db()
    assert not gone.is_offered
    seen = len(asked(connected))
    classification.renew()
    assert len(asked(connected)) == seen


def test_a_category_that_fails_for_good_keeps_no_other_old(
    store: Store, seller: User, connected: SandboxServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(classification, "RENEWED_AT_ONCE", 1)
    drafts.add_card(drafts.create_batch(store, "One", seller), {"sku": "A", "category": _read(store)}, seller)
    old = timezone.now() - timedelta(days=2)
    CardCategory.objects.filter(code=BLENDERS).update(attributes_read_at=old)
    CardCategory.objects.create(
        code="Master - Lost", title="Lost", folded="lost", read_at=timezone.now(), attributes_read_at=old - FRESH
    )
    classification.renew()
    classification.renew()
    assert CardCategory.objects.get(code=BLENDERS).attributes_read_at > old


def test_many_lists_of_values_are_read_in_portions(
    store: Store, empty_redis: object, blenders: CardCategory, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At once the last of them would wait longer for its turn than anybody may."""
    settings.MERCHANT_CALLS_PER_SECOND = 100.0
    settings.MERCHANT_CALLS_PER_ADDRESS = 1000.0
    monkeypatch.setattr(pace, "LONGEST_WAIT_SECONDS", 0.2)
    cast.token(store)
    road = Values()
    monkeypatch.setattr(asking, "transport_through", lambda _address: road)
    classification._read_attributes(store, blenders)
    assert [each.values for each in classification.attributes_of(blenders)] == [[["a", "A"]]] * 40


class Values:
    """A road to a marketplace whose categories all have forty attributes with one value each."""

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        return None

    async def send(self, request: kaspi.Request) -> kaspi.Response:
        answer: list[dict[str, str]] = [{"code": "a", "name": "A"}]
        if "/attributes?" in request.url:
            answer = [{"code": str(number), "type": "enum"} for number in range(40)]
        return kaspi.Response(200, {}, json.dumps(answer).encode())


def _read(store: Store) -> str:
    classification.find_categories(store, "")
    return BLENDERS


def test_an_unknown_category_is_refused(store: Store, connected: SandboxServer) -> None:
    _read(store)
    with pytest.raises(Refusal) as refused:
        classification.category_for(store, "Master - Nothing")
    assert refused.value.code == "unknown_category"


def test_while_nobody_answers_old_rows_are_served(store: Store, silent: None, blenders: CardCategory) -> None:
    assert classification.find_categories(store, "блендер") == [blenders]
    assert classification.category_for(store, BLENDERS) == blenders


def test_where_nothing_was_read_silence_is_told(store: Store, silent: None) -> None:
    with pytest.raises(Refusal) as refused:
        classification.find_categories(store, "")
    assert refused.value.code == "marketplace_silent"


def test_without_a_token_nothing_can_be_read(store: Store) -> None:
    with pytest.raises(asking.NoToken):
        classification.find_categories(store, "")


def test_an_empty_list_of_categories_is_no_list(blenders: CardCategory) -> None:
    classification._store_categories([])
    blenders.refresh_from_db()
    assert blenders.is_offered
