"""
What must move no price, walked along the whole path: each leaves a code, and a seller reads its sentence.

The engine's holds stand at the price, the gateway's in a held update; the API shows both.
"""

import asyncio
import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest
from django.utils import timezone
from rest_framework.test import APIClient

import kaspi
import pricing
from stores.models import CardMarket, CityPrice, Product, ProductPriceUpdate, Store
from stores.services.market.look import Look
from stores.services.market.record import record
from stores.services.market.watch import claim_due_markets
from stores.services.prices import gateway
from stores.services.prices.decide import decide_markets
from stores.services.prices.explain import HOLDS
from tests import cast

pytestmark = pytest.mark.django_db
ME = "30125007"
NAN = float("nan")
NOW = datetime(2026, 3, 1, tzinfo=UTC)


@pytest.fixture
def row(store: Store) -> CityPrice:
    """10 000 ₸, between 8 000 and 12 000; the storefront shows a sound picture of it once."""
    row = cast.city_price(cast.product(store))
    look(row, {ME: 10_000, "a": 10_001, "b": 10_300})
    assert told(row) == (10_000, "")
    ProductPriceUpdate.everything.all().delete()
    return row


def look(row: CityPrice, answer: Mapping[str, int] | kaspi.KaspiError) -> None:
    recorded = cast.see(row.market, answer)
    decide_markets(recorded.market_ids)


def told(row: CityPrice) -> tuple[int, str]:
    """The price as it stands, and the code for which it does."""
    row.refresh_from_db()
    return row.price, row.hold_rule


def seen_by_seller(api: APIClient, row: CityPrice) -> tuple[int, str | None]:
    """The price and the code as the API tells them; the sentence is there whenever the code is."""
    (city,) = api.get(f"/api/products/{row.product_id}/").json()["cities"]
    hold = city["hold"]
    assert hold is None or hold["sentence"]
    return city["price"], hold and hold["code"]


# --- Along the whole path ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("case", "limits", "code"),
    [
        ("no floor", {"floor": None}, "no_limits"),
        ("no ceiling", {"ceiling": None}, "no_limits"),
        ("neither", {"floor": None, "ceiling": None}, "no_limits"),
        ("a ceiling above any price", {"ceiling": 2_000_000_000}, "absurd_limits"),
    ],
)
def test_limits_that_are_none(
    api: APIClient, row: CityPrice, case: str, limits: dict[str, int | None], code: str
) -> None:
    CityPrice.everything.filter(pk=row.pk).update(**limits)
    look(row, {ME: 10_000, "a": 9_500})
    assert seen_by_seller(api, row) == (10_000, code)
    assert not ProductPriceUpdate.everything.exists()


@pytest.mark.parametrize(
    ("case", "offers", "code"),
    [
        ("our own offer is not there", {"a": 10_100, "b": 10_300}, "own_offer_missing"),
        ("the only rival asks 1 tenge", {ME: 10_000, "a": 1}, "only_outliers"),
        ("the only rival asks a hundredth", {ME: 10_000, "a": 100}, "only_outliers"),
    ],
)
def test_pictures_that_say_too_little(
    api: APIClient, row: CityPrice, case: str, offers: dict[str, int], code: str
) -> None:
    look(row, offers)
    assert seen_by_seller(api, row) == (10_000, code)
    assert not ProductPriceUpdate.everything.exists()


def test_a_rival_at_1_tenge_among_others_is_passed_over_and_named(row: CityPrice) -> None:
    look(row, {ME: 10_000, "a": 1, "b": 9_900, "c": 10_300})
    assert told(row) == (9_899, "")
    (update,) = ProductPriceUpdate.everything.all()
    assert {"rule": "outlier", "price": None, "merchant_id": "a", "seen": 1} in update.why["steps"]


def test_an_own_shop_among_the_rivals_is_passed_over(row: CityPrice, store: Store) -> None:
    cast.store(store.members.get(), "30777777", "Second shop")
    look(row, {ME: 10_000, "30777777": 9_000, "a": 10_001})
    assert told(row) == (10_000, "")
    assert not ProductPriceUpdate.everything.exists()


def test_only_own_shops_are_no_rivals_to_undercut(row: CityPrice, store: Store) -> None:
    cast.store(store.members.get(), "30777777", "Second shop")
    look(row, {ME: 10_000, "30777777": 9_000})
    assert told(row) == (12_000, "")


@pytest.mark.parametrize("factor", [100, 1_000, 0.1, 0.01])
def test_a_whole_card_in_other_units_is_no_picture(api: APIClient, row: CityPrice, factor: float) -> None:
    look(row, {who: max(int(price / factor), 1) for who, price in {ME: 10_000, "a": 9_500, "b": 9_700}.items()})
    assert seen_by_seller(api, row) == (10_000, "look_failed")
    assert CardMarket.objects.get().last_error.startswith("OtherUnits")
    assert not ProductPriceUpdate.everything.exists()


@pytest.mark.parametrize("other", [{"card_id": "100000999"}, {"city_id": cast.ASTANA}], ids=["card", "city"])
def test_an_answer_about_another_card_or_city_is_no_picture(
    api: APIClient, row: CityPrice, other: dict[str, str]
) -> None:
    cast.make_due(row.market)
    claim = claim_due_markets(10)
    answer = msgspec.structs.replace(cast.offers(row.market, {ME: 10_000, "a": 9_500}), **other)
    decide_markets(record(claim, [Look(row.market, answer)]).market_ids)
    assert seen_by_seller(api, row) == (10_000, "look_failed")
    assert CardMarket.objects.get().last_error.startswith("OtherMarket")


def test_the_client_itself_takes_no_answer_about_another_card() -> None:
    offer = {"masterSku": "100000999", "merchantId": "a", "price": 9_500}
    storefront = kaspi.Storefront("https://kaspi.kz", Canned({"offers": [offer], "total": 1}), lambda: NOW)
    with pytest.raises(kaspi.MalformedAnswer):
        asyncio.run(storefront.offers("100000001", cast.ALMATY))


class Canned:
    """A marketplace that answers everything with this."""

    def __init__(self, answer: object) -> None:
        self.answer = kaspi.Response(200, {}, json.dumps(answer).encode())

    async def send(self, request: kaspi.Request) -> kaspi.Response:
        return self.answer


def test_an_empty_card_is_no_picture(api: APIClient, row: CityPrice) -> None:
    look(row, {})
    assert seen_by_seller(api, row) == (10_000, "look_failed")


@pytest.mark.parametrize(
    "error",
    [
        kaspi.MalformedAnswer("HTML with status 200"),
        kaspi.Unavailable("no answer"),
        kaspi.Blocked("403"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_an_answer_that_is_none_holds(api: APIClient, row: CityPrice, error: kaspi.KaspiError) -> None:
    look(row, error)
    assert seen_by_seller(api, row) == (10_000, "look_failed")
    look(row, {ME: 10_000, "a": 9_500})
    assert seen_by_seller(api, row) == (9_499, None)


@pytest.mark.parametrize(("offset", "code"), [(timedelta(hours=1), "from_the_future"), (-timedelta(hours=2), "stale")])
def test_a_picture_of_another_time(api: APIClient, row: CityPrice, offset: timedelta, code: str) -> None:
    cast.make_due(row.market)
    claim = claim_due_markets(10)
    answer = cast.offers(row.market, {ME: 10_000, "a": 9_500}, read_at=datetime.now(UTC) + offset)
    decide_markets(record(claim, [Look(row.market, answer)]).market_ids)
    assert seen_by_seller(api, row) == (10_000, code)
    assert not ProductPriceUpdate.everything.exists()


def test_our_own_price_as_it_was_never_meant_is_held_at_the_gate(api: APIClient, row: CityPrice) -> None:
    look(row, {ME: 11_500, "a": 11_000})
    (update,) = api.get("/api/price-updates/").json()["results"]
    assert (update["state"], update["hold_code"]) == ("held", "shown_unexpected")
    assert str(HOLDS["shown_unexpected"]) in update["sentence"]
    assert told(row) == (10_000, "")


def test_a_hold_is_written_once_and_goes_with_its_reason(row: CityPrice) -> None:
    look(row, {"a": 10_100, "b": 10_300})
    assert told(row) == (10_000, "own_offer_missing")
    look(row, {"a": 10_000, "b": 10_300})
    assert told(row) == (10_000, "own_offer_missing")
    look(row, {ME: 10_000, "b": 9_900})
    assert told(row) == (9_899, "")


def test_who_is_not_automated_is_not_held(row: CityPrice) -> None:
    look(row, {"a": 10_100, "b": 10_300})
    Product.everything.update(strategy=Product.Strategy.MANUAL)
    look(row, {"a": 10_000, "b": 10_300})
    assert told(row) == (10_000, "")


# --- The engine's door ------------------------------------------------------------------------------------------------

SOUND = pricing.Situation(
    price=10_000,
    limits=pricing.Limits(8_000, 12_000),
    merchant_id=ME,
    offers=(pricing.Offer(ME, 10_000), pricing.Offer("a", 9_500)),
)


def with_price(price: Any) -> dict[str, Any]:
    return {"price": price}


def with_floor(floor: Any) -> dict[str, Any]:
    return {"limits": pricing.Limits(floor, 12_000)}


def with_ceiling(ceiling: Any) -> dict[str, Any]:
    return {"limits": pricing.Limits(8_000, ceiling)}


def with_offer(price: Any) -> dict[str, Any]:
    return {"offers": (*SOUND.offers, pricing.Offer("b", price))}


@pytest.mark.parametrize("value", [NAN, True, 9_000.0, "9000", None, 0, -1], ids=repr)
@pytest.mark.parametrize(
    ("place", "codes"),
    [
        (with_price, {"bad_price"}),
        (with_floor, {"bad_limits", "no_limits"}),
        (with_ceiling, {"bad_limits", "no_limits"}),
        (with_offer, {"bad_offer"}),
    ],
    ids=["price", "floor", "ceiling", "offer"],
)
def test_the_engine_decides_on_whole_tenge_only(
    place: Callable[[Any], dict[str, Any]], codes: set[str], value: object
) -> None:
    decision = pricing.decide(replaced(**place(value)))
    assert decision.is_hold
    assert decision.steps[-1].rule in codes
    assert decision.steps[-1].rule in HOLDS


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"limits": pricing.Limits(12_001, 12_000)}, "limits_crossed"),
        ({"limits": pricing.Limits(99, 12_000)}, "absurd_limits"),
        ({"limits": pricing.Limits(8_000, 1_000_000_001)}, "absurd_limits"),
        ({"cost_floor": 12_001}, "cost_over_ceiling"),
        ({"age_seconds": NAN}, "bad_age"),
        ({"age_seconds": -1.0}, "from_the_future"),
        ({"age_seconds": 3_601.0}, "stale"),
        ({"offers": ()}, "no_offers"),
        ({"stock": "many"}, "bad_fact"),
        ({"recent_median": 1_000_000}, "market_jumped"),
    ],
)
def test_the_engine_holds_what_cannot_be(changes: dict[str, Any], code: str) -> None:
    decision = pricing.decide(replaced(**changes))
    assert (decision.is_hold, decision.price, decision.steps[-1].rule) == (True, 10_000, code)


def replaced(**changes: Any) -> pricing.Situation:
    facts = {name: getattr(SOUND, name) for name in ("price", "limits", "merchant_id", "offers")}
    return pricing.Situation(**facts | changes)


# --- The gateway's door -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("price", [NAN, True, 9_499.0, "9499", None, -5, 0, 99, 10**12], ids=repr)
def test_the_gateway_lets_whole_tenge_out_only(api: APIClient, row: CityPrice, price: object) -> None:
    gateway.send(gateway.Intent(row.pk, price, row.version, looked_at=timezone.now(), shown=10_000))
    (update,) = api.get("/api/price-updates/").json()["results"]
    assert update["state"] == "held"
    assert update["hold_code"] in {"not_whole_tenge", "over_ceiling"}
    assert told(row)[0] == 10_000


@pytest.mark.parametrize(
    ("limits", "price", "code"),
    [
        ({"floor": None}, 9_499, "no_limits"),
        ({"ceiling": None}, 9_499, "no_limits"),
        ({}, 7_999, "under_floor"),
        ({}, 12_001, "over_ceiling"),
        ({}, 10**9, "over_ceiling"),
    ],
)
def test_the_gateway_reads_the_limits_itself(
    row: CityPrice, limits: dict[str, int | None], price: int, code: str
) -> None:
    CityPrice.everything.filter(pk=row.pk).update(**limits)
    update = gateway.send(gateway.Intent(row.pk, price, row.version, looked_at=timezone.now(), shown=10_000))
    assert update.hold_code == code
    assert told(row)[0] == 10_000


@pytest.mark.parametrize(
    ("looked_at", "code"),
    [(None, "stale"), (timedelta(hours=2), "stale"), (-timedelta(hours=1), "stale")],
)
def test_the_gateway_wants_a_picture_of_now(row: CityPrice, looked_at: timedelta | None, code: str) -> None:
    moment = looked_at and timezone.now() - looked_at
    update = gateway.send(gateway.Intent(row.pk, 9_499, row.version, looked_at=moment, shown=10_000))
    assert update.hold_code == code
    assert told(row)[0] == 10_000


def test_every_rule_that_holds_has_a_sentence() -> None:
    rules = list(pricing.Rule)
    holding = rules[: rules.index(pricing.Rule.QUIET_HOURS)]
    assert {rule.value for rule in holding} <= set(HOLDS)
