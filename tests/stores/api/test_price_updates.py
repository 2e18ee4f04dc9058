"""Changes of prices over the API: found, explained in the reader's language, answered."""

import pytest
from rest_framework.test import APIClient

from stores.models import CityPrice, Membership, PriceStop, Product, ProductPriceUpdate, Store
from stores.services.prices.decide import decide_markets
from stores.services.store import change_store
from tests import cast
from users.models import User

pytestmark = pytest.mark.django_db
URL = "/api/price-updates/"
State = ProductPriceUpdate.State
NARROW_SPACE = "\u202f"


def decide(product: Product, rival: int, city_id: str = cast.ALMATY) -> ProductPriceUpdate:
    """Look at the card where a rival asks this much, and decide; the newest update of the price."""
    row = cast.city_price(product, city_id)
    cast.see(row.market, {product.store.merchant_id: row.price, "30200001": rival})
    decide_markets([row.market_id])
    return ProductPriceUpdate.everything.filter(city_price=row).latest("pk")


@pytest.fixture
def question(store: Store, seller: User) -> ProductPriceUpdate:
    """A price that waits for a person: 10 000 → 9 499 in Almaty."""
    change_store(store, {"mode": Store.Mode.ASK}, seller)
    return decide(cast.product(store), rival=9_500)


def price_of(update: ProductPriceUpdate) -> int:
    return CityPrice.everything.get(pk=update.city_price_id).price


# --- Reading ----------------------------------------------------------------------------------------------------------


def test_an_update_tells_from_to_why_and_how_far(api: APIClient, question: ProductPriceUpdate) -> None:
    seen = api.get(f"{URL}{question.pk}/").json()
    assert (seen["sku"], seen["city_id"], seen["store"]) == ("SKU-1", cast.ALMATY, question.store_id)
    assert (seen["old_price"], seen["new_price"], seen["floor"], seen["ceiling"]) == (10_000, 9_499, 8_000, 12_000)
    assert (seen["state"], seen["origin"], seen["hold_code"]) == ("proposed", "rule", "")
    assert [seen[f"{step}_at"] for step in ("approved", "published", "pulled", "seen")] == [None] * 4
    assert seen["created_at"].endswith(("Z", "+05:00"))


def test_why_holds_the_offers_that_were_seen_the_steps_and_the_gate(
    api: APIClient, question: ProductPriceUpdate
) -> None:
    why = api.get(f"{URL}{question.pk}/").json()["why"]
    assert [(offer["merchant_id"], offer["price"]) for offer in why["situation"]["offers"]] == [
        ("30200001", 9_500),
        ("30125007", 10_000),
    ]
    assert [step["rule"] for step in why["steps"]] == ["undercut"]
    assert (why["gate"]["current"], why["gate"]["floor"], why["gate"]["ceiling"]) == (10_000, 8_000, 12_000)


@pytest.mark.parametrize("language", ["ru", "kk", "en"])
def test_the_sentence_holds_both_prices_in_every_language(
    api: APIClient, question: ProductPriceUpdate, language: str
) -> None:
    answer = api.get(f"{URL}{question.pk}/", headers={"Accept-Language": language})
    assert answer.headers["Content-Language"] == language
    assert f"10{NARROW_SPACE}000" in answer.json()["sentence"]
    assert f"9{NARROW_SPACE}499" in answer.json()["sentence"]


@pytest.fixture
def updates(store: Store, seller: User) -> dict[str, int]:
    """Name → id: a rule's change in two cities, a person's change of another product."""
    kettle = cast.product(store, "KETTLE", cities=(cast.ALMATY, cast.ASTANA))
    lamp = cast.product(store, "LAMP", card_id="100000002")
    made = {
        "almaty": decide(kettle, 9_500).pk,
        "astana": decide(kettle, 9_400, cast.ASTANA).pk,
    }
    answer = cast.signed_in(seller).patch(f"/api/products/{lamp.pk}/", {"price": 9_000}, headers={"If-Match": "1"})
    assert answer.status_code == 200
    ProductPriceUpdate.everything.filter(pk=made["astana"]).update(state=State.SEEN)
    return made | {"lamp": ProductPriceUpdate.everything.latest("pk").pk}


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({}, ["lamp", "astana", "almaty"]),
        ({"state": "approved"}, ["lamp", "almaty"]),
        ({"state": "seen"}, ["astana"]),
        ({"state": "held"}, []),
        ({"city_id": cast.ASTANA}, ["astana"]),
        ({"origin": "person"}, ["lamp"]),
        ({"origin": "rule", "city_id": cast.ALMATY}, ["almaty"]),
    ],
)
def test_the_list_is_newest_first_and_filters(
    api: APIClient, updates: dict[str, int], query: dict[str, str], found: list[str]
) -> None:
    rows = api.get(URL, query).json()["results"]
    assert [row["id"] for row in rows] == [updates[name] for name in found]


def test_the_list_filters_by_product_and_store(api: APIClient, store: Store, updates: dict[str, int]) -> None:
    lamp = Product.everything.get(sku="LAMP")
    assert [row["id"] for row in api.get(URL, {"product": lamp.pk}).json()["results"]] == [updates["lamp"]]
    assert len(api.get(URL, {"store": store.pk}).json()["results"]) == 3


@pytest.mark.parametrize("field", ["state", "origin", "store", "product"])
def test_a_filter_that_cannot_be_used_is_named(api: APIClient, field: str) -> None:
    answer = api.get(URL, {field: "magic"})
    assert (answer.status_code, list(answer.json()["fields"])) == (400, [field])


# --- Answering --------------------------------------------------------------------------------------------------------


def test_yes_lets_the_price_go(api: APIClient, question: ProductPriceUpdate, seller: User) -> None:
    answer = api.post(f"{URL}{question.pk}/approve/")
    assert (answer.status_code, answer.json()["state"]) == (200, "approved")
    assert answer.json()["approved_at"] is not None
    assert price_of(question) == 9_499
    assert ProductPriceUpdate.everything.get().actor == seller


def test_no_leaves_the_price(api: APIClient, question: ProductPriceUpdate, seller: User) -> None:
    answer = api.post(f"{URL}{question.pk}/refuse/")
    assert (answer.status_code, answer.json()["state"]) == (200, "refused")
    assert price_of(question) == 10_000
    assert ProductPriceUpdate.everything.get().actor == seller


@pytest.mark.parametrize(
    ("first", "second", "state", "price"),
    [
        ("approve", "approve", "approved", 9_499),
        ("approve", "refuse", "approved", 9_499),
        ("refuse", "refuse", "refused", 10_000),
        ("refuse", "approve", "refused", 10_000),
    ],
)
def test_the_first_answer_counts(
    api: APIClient, question: ProductPriceUpdate, first: str, second: str, state: str, price: int
) -> None:
    api.post(f"{URL}{question.pk}/{first}/")
    before = ProductPriceUpdate.everything.values().get()
    answer = api.post(f"{URL}{question.pk}/{second}/")
    assert (answer.status_code, answer.json()["state"]) == (200, state)
    assert price_of(question) == price
    assert ProductPriceUpdate.everything.values().get() == before
    assert CityPrice.everything.get(pk=question.city_price_id).version == (2 if price == 9_499 else 1)


def test_yes_asks_the_gate_again(api: APIClient, question: ProductPriceUpdate) -> None:
    CityPrice.everything.filter(pk=question.city_price_id).update(floor=9_600)
    answer = api.post(f"{URL}{question.pk}/approve/")
    assert (answer.json()["state"], answer.json()["hold_code"]) == ("held", "under_floor")
    assert price_of(question) == 10_000


def test_yes_moves_nothing_while_everything_is_stopped(api: APIClient, question: ProductPriceUpdate) -> None:
    PriceStop.objects.create(reason="drill")
    answer = api.post(f"{URL}{question.pk}/approve/")
    assert (answer.json()["state"], answer.json()["hold_code"]) == ("held", "stopped")
    assert price_of(question) == 10_000


@pytest.mark.parametrize(("role", "status"), [("owner", 200), ("manager", 200), ("viewer", 403)])
@pytest.mark.parametrize("verb", ["approve", "refuse"])
def test_roles_that_may_answer(
    question: ProductPriceUpdate, assistant: User, role: str, status: int, verb: str
) -> None:
    Membership.everything.filter(user=assistant).update(role=role)
    answer = cast.signed_in(assistant).post(f"{URL}{question.pk}/{verb}/")
    assert answer.status_code == status
    state = ProductPriceUpdate.everything.get().state
    assert (state == State.PROPOSED) is (status == 403)


def test_a_viewer_reads_what_he_may_not_answer(question: ProductPriceUpdate, assistant: User) -> None:
    assert cast.signed_in(assistant).get(f"{URL}{question.pk}/").status_code == 200


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
def test_the_history_is_not_edited(api: APIClient, question: ProductPriceUpdate, method: str) -> None:
    before = ProductPriceUpdate.everything.values().get()
    assert getattr(api, method)(f"{URL}{question.pk}/", {"state": "approved"}).status_code == 405
    assert ProductPriceUpdate.everything.values().get() == before
