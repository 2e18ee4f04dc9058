"""Messages over the API: found, read in the reader's language, marked as read once."""

from datetime import UTC, datetime

import pytest
from rest_framework.test import APIClient

from stores.models import Notification, Product, Store
from stores.services.notifications import notify
from tests import cast
from users.models import User

pytestmark = pytest.mark.django_db
URL = "/api/notifications/"
Kind = Notification.Kind
LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)

PRICE = {"sku": "SKU-1", "city_id": cast.ALMATY, "old_price": 10_000, "new_price": 9_499}
NEWCOMER = {"sku": "SKU-1", "city_id": cast.ALMATY, "merchant": "Rival", "rival_price": 9_499}
CANCELS = {"indicator": "cancels", "value": "0.025", "bad": 3, "of": 120, "limit": "0.03", "left": 0, "days": 30}
TO_ACCEPT = {"code": "900", "duty": "accept", "ends": "2026-01-01T10:00:00+00:00"}
FACTS = {
    Kind.PRICE_CHANGED: PRICE,
    Kind.PRICE_PROPOSED: PRICE,
    Kind.PRICE_HELD: PRICE | {"code": "under_floor"},
    Kind.PRICE_LIST_REFUSED: {"number": 7, "code": "under_floor", "sku": "SKU-1"},
    Kind.NOT_PULLED: {"since": "2026-01-01T10:00:00+00:00"},
    Kind.NOT_SEEN: {"count": 7, "skus": ["SKU-1", "SKU-2"]},
    Kind.NOT_WRITTEN: {},
    Kind.NOT_PUBLISHED: {"since": "2026-01-01T10:00:00+00:00"},
    Kind.BLIND: {"since": "2026-01-01T10:00:00+00:00"},
    Kind.PRICES_RESTORED: {"restored": 12, "kept": 1},
    Kind.PRICES_FORGOTTEN: {
        "since": "2026-01-01T10:00:00+00:00",
        "count": 7,
        "skus": ["SKU-1", "SKU-2"],
        "code": "not_allowed",
    },
    Kind.NEW_RIVAL: NEWCOMER,
    Kind.STUCK_ON: NEWCOMER,
    Kind.CHANGED_BY_HAND: {"sku": "SKU-1", "city_id": "750000000", "old_price": 9_499, "shown_price": 10_000},
    Kind.PRODUCT_PAUSED: {"code": "falls_without_sale", "falls": 40, "sku": "SKU-1"},
    Kind.STORE_PAUSED: {"code": "blocked", "products": 12},
    Kind.EVERYTHING_STOPPED: {"code": "tripwire", "tripwires": ["one tenge"]},
    Kind.CARD_UNKNOWN: {"sku": "SKU-1", "city_id": "750000000", "card": "100000001"},
    Kind.TOKEN_REFUSED: {"last_four": "MzQ1"},
    Kind.CARDS_JUDGED: {"name": "Kettles", "accepted": 21, "failed": 12, "skipped": 13},
    Kind.CARDS_REFUSED: {"name": "Kettles", "refusal": "status 400"},
    Kind.CARDS_UNSURE: {"name": "Kettles"},
    Kind.ORDERS_SILENT: {"since": "2026-01-01T10:00:00+00:00"},
    Kind.ORDER_UNREAD: {"code": "900", "path": "$.attributes.totalPrice"},
    Kind.ORDER_NOT_MOVED: {"code": "900", "kind": "accept", "why": "refused", "words": "Order is cancelled"},
    Kind.RETURNS_OVERDUE: {"days": 14, "orders": ["901", "902"], "count": 7, "amount": 15_000},
    Kind.QUALITY_NEAR: CANCELS,
    Kind.QUALITY_OVER: CANCELS,
    Kind.ORDER_HALF_TIME: TO_ACCEPT,
    Kind.ORDER_ENDING: TO_ACCEPT,
    Kind.STOCK_DOUBTED: {"sku": "SKU-1", "point": "PP1", "stock": 2, "order": "900", "why": "no_goods"},
    Kind.STOCKS_OLD: {"days": 30, "count": 7},
    Kind.SUBSCRIPTION_ENDED: {"until": "2026-01-15T10:00:00+00:00"},
}
WORDS = {
    Kind.PRICE_CHANGED: ["SKU-1", "10\u202f000", "9\u202f499"],
    Kind.PRICE_PROPOSED: ["SKU-1", "10\u202f000", "9\u202f499"],
    Kind.PRICE_HELD: ["SKU-1", "10\u202f000", "9\u202f499"],
    Kind.PRICE_LIST_REFUSED: ["7", "SKU-1"],
    Kind.NOT_SEEN: ["7", "SKU-1, SKU-2, …"],
    Kind.NOT_WRITTEN: [],
    Kind.NOT_PUBLISHED: ["01.01 15:00"],
    Kind.NOT_PULLED: ["01.01 15:00"],  # in Almaty
    Kind.BLIND: ["01.01 15:00"],
    Kind.PRICES_RESTORED: ["12", "1"],
    Kind.PRICES_FORGOTTEN: ["01.01 15:00", "7", "SKU-1, SKU-2, …"],
    Kind.NEW_RIVAL: ["SKU-1", "Rival", "9\u202f499"],
    Kind.STUCK_ON: ["SKU-1", "Rival", "9\u202f499"],
    Kind.CHANGED_BY_HAND: ["SKU-1", "9\u202f499", "10\u202f000"],
    Kind.PRODUCT_PAUSED: ["SKU-1"],
    Kind.STORE_PAUSED: [],
    Kind.EVERYTHING_STOPPED: [],
    Kind.CARD_UNKNOWN: ["SKU-1", "100000001"],
    Kind.TOKEN_REFUSED: ["MzQ1"],
    Kind.CARDS_JUDGED: ["Kettles", "21", "12", "13"],
    Kind.CARDS_REFUSED: ["Kettles", "status 400"],
    Kind.CARDS_UNSURE: ["Kettles"],
    Kind.ORDERS_SILENT: ["01.01 15:00"],
    Kind.ORDER_UNREAD: ["900", "$.attributes.totalPrice"],
    Kind.ORDER_NOT_MOVED: ["900", "Order is cancelled"],
    Kind.RETURNS_OVERDUE: ["14", "901, 902, …", "15\u202f000"],
    Kind.QUALITY_NEAR: ["3", "120", "30"],
    Kind.QUALITY_OVER: ["3", "120", "30"],
    Kind.ORDER_HALF_TIME: ["900", "01.01 15:00"],
    Kind.ORDER_ENDING: ["900", "01.01 15:00"],
    Kind.STOCK_DOUBTED: ["SKU-1", "PP1", "2", "900"],
    Kind.STOCKS_OLD: ["30", "7"],
    Kind.SUBSCRIPTION_ENDED: ["15.01 15:00"],
}


def tell(store: Store, kind: Notification.Kind, product: Product | None = None) -> Notification:
    notify(store.pk, kind, event=f"test:{kind}", facts=FACTS[kind], product_id=product.pk if product else None)
    return Notification.everything.get(store=store, event=f"test:{kind}")


def test_every_kind_is_tried_here() -> None:
    assert set(FACTS) == set(WORDS) == set(Kind)


@pytest.mark.parametrize("language", ["ru", "kk", "en"])
@pytest.mark.parametrize("kind", Kind)
def test_the_text_says_the_facts_in_every_language(
    api: APIClient, store: Store, kind: Notification.Kind, language: str
) -> None:
    message = tell(store, kind)
    seen = api.get(f"{URL}{message.pk}/", headers={"Accept-Language": language}).json()
    assert (seen["store"], seen["kind"], seen["facts"]) == (store.pk, kind, FACTS[kind])
    assert [word for word in WORDS[kind] if word not in seen["text"]] == []
    assert "%(" not in seen["text"]


@pytest.fixture
def messages(store: Store) -> dict[str, int]:
    """Name → id, oldest first: one about a product, one that was read, one about the store."""
    kettle = cast.product(store)
    made = {
        "changed": tell(store, Kind.PRICE_CHANGED, kettle).pk,
        "held": tell(store, Kind.PRICE_HELD).pk,
        "blind": tell(store, Kind.BLIND).pk,
    }
    Notification.everything.filter(pk=made["held"]).update(read_at=LONG_AGO)
    return made


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({}, ["blind", "held", "changed"]),
        ({"is_read": "true"}, ["held"]),
        ({"is_read": "false"}, ["blind", "changed"]),
        ({"severity": "urgent"}, ["blind"]),
        ({"kind": "price_changed"}, ["changed"]),
        ({"kind": "price_changed", "is_read": "true"}, []),
    ],
)
def test_the_list_is_newest_first_and_filters(
    api: APIClient, messages: dict[str, int], query: dict[str, str], found: list[str]
) -> None:
    rows = api.get(URL, query).json()["results"]
    assert [row["id"] for row in rows] == [messages[name] for name in found]


def test_the_list_filters_by_product_and_store(api: APIClient, store: Store, messages: dict[str, int]) -> None:
    kettle = Product.everything.get()
    assert [row["id"] for row in api.get(URL, {"product": kettle.pk}).json()["results"]] == [messages["changed"]]
    assert len(api.get(URL, {"store": store.pk}).json()["results"]) == 3


@pytest.mark.parametrize("field", ["kind", "severity", "store", "product"])
def test_a_filter_that_cannot_be_used_is_named(api: APIClient, field: str) -> None:
    answer = api.get(URL, {field: "magic"})
    assert (answer.status_code, list(answer.json()["fields"])) == (400, [field])


def test_a_message_is_marked_as_read_and_the_first_time_counts(api: APIClient, store: Store) -> None:
    message = tell(store, Kind.BLIND)
    first = api.patch(f"{URL}{message.pk}/", {"is_read": True})
    assert (first.status_code, first.json()["read_at"] is None) == (200, False)
    Notification.everything.update(read_at=LONG_AGO)
    assert api.patch(f"{URL}{message.pk}/", {"is_read": True}).status_code == 200
    assert Notification.everything.get().read_at == LONG_AGO


@pytest.mark.parametrize(("kind", "status"), [(Kind.PRICE_CHANGED, 200), (Kind.BLIND, 403)])
def test_a_viewer_marks_what_is_not_urgent(store: Store, assistant: User, kind: str, status: int) -> None:
    """An unread alarm holds prices: reading it lets them go."""
    message = tell(store, kind)
    assert cast.signed_in(assistant).patch(f"{URL}{message.pk}/", {"is_read": True}).status_code == status
    assert (Notification.everything.get(pk=message.pk).read_at is not None) is (status == 200)


@pytest.mark.parametrize(
    ("body", "field"),
    [({}, "is_read"), ({"is_read": False}, "is_read"), ({"is_read": None}, "is_read"), ({"read": True}, "read")],
)
def test_a_message_is_not_made_unread(api: APIClient, store: Store, body: dict[str, object], field: str) -> None:
    message = tell(store, Kind.BLIND)
    answer = api.patch(f"{URL}{message.pk}/", body)
    assert (answer.status_code, list(answer.json()["fields"])) == (400, [field])
    assert Notification.everything.get().read_at is None
