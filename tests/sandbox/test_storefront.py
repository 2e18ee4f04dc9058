import json
import re
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from sandbox.cards_view import page_of
from sandbox.server import SandboxServer
from tests.sandbox.sandbox_fakes import Shopper

OWN = "30125007"
ALMATY, ASTANA = "750000000", "710000000"


def truth(sandbox: SandboxServer, card_id: str, city_id: str = ALMATY) -> list[dict[str, Any]]:
    return list(sandbox.control("GET", f"/_sandbox/cards/{card_id}/offers?city_id={city_id}"))


def read_all(shopper: Shopper, card_id: str, limit: int) -> list[dict[str, Any]]:
    offers: list[dict[str, Any]] = []
    page = 0
    while batch := shopper.offers(card_id, limit=limit, page=page)["offers"]:
        offers += batch
        page += 1
    return offers


def test_the_city_is_all_a_question_needs(sandbox: SandboxServer, shopper: Shopper, own_cards: list[str]) -> None:
    answer = shopper.offers(own_cards[0])
    expected = truth(sandbox, own_cards[0])
    assert answer["total"] == answer["offersCount"] == len(expected)
    assert [offer["merchantId"] for offer in answer["offers"]] == [row["merchant_id"] for row in expected[:5]]
    assert sum(answer["deliveryDurationFacetValues"].values()) == answer["total"]
    assert set(answer) == {
        "offers",
        "total",
        "offersCount",
        "deliveryDurationFacetValues",
        "badges",
        "loanPicker",
        "highRatingPresent",
        "excellentMerchantPresent",
        "productCardInfo",
    }


def test_each_city_has_its_own_offers(sandbox: SandboxServer, shopper: Shopper, own_cards: list[str]) -> None:
    for city_id in (ALMATY, ASTANA):
        answer = shopper.offers(own_cards[0], cityId=city_id, limit=64)
        prices = [(offer["merchantId"], int(offer["price"])) for offer in answer["offers"]]
        assert prices == [(row["merchant_id"], row["price"]) for row in truth(sandbox, own_cards[0], city_id)]
    assert truth(sandbox, own_cards[0], ALMATY) != truth(sandbox, own_cards[0], ASTANA)


def test_the_order_is_price_then_rating_then_reviews(shopper: Shopper, own_cards: list[str]) -> None:
    offers = read_all(shopper, own_cards[4], 64)
    ranks = [
        (offer["price"], -offer.get("merchantRating", 0.0), -offer.get("merchantReviewsQuantity", 0))
        for offer in offers
    ]
    assert len(ranks) > 64
    assert ranks == sorted(ranks)


@pytest.mark.parametrize("limit", [5, 20, 64])
def test_pages_make_up_the_whole(sandbox: SandboxServer, shopper: Shopper, own_cards: list[str], limit: int) -> None:
    offers = read_all(shopper, own_cards[6], limit)
    assert [offer["merchantId"] for offer in offers] == [row["merchant_id"] for row in truth(sandbox, own_cards[6])]
    assert len(offers) > 64


def test_our_own_offer_has_every_field(shopper: Shopper, own_cards: list[str], sandbox: SandboxServer) -> None:
    product = sandbox.control("GET", f"/_sandbox/merchants/{OWN}/offers")[0]
    (offer,) = shopper.offers(own_cards[0], merchantUID=[OWN])["offers"]
    moment = "2026-01-06T18:00:00.000+00:00"
    assert offer == {
        "masterSku": own_cards[0],
        "masterCategory": product["category_code"],
        "merchantId": OWN,
        "merchantName": "Күнбағыс Маркет",
        "merchantSku": product["sku"],
        "merchantReviewsQuantity": 214,
        "merchantRating": 4.8,
        "title": product["model"],
        "price": float(product["prices"][ALMATY]),
        "preorder": 0,
        "delivery": moment,
        "deliveryType": "TO_DOOR",
        "deliveryDuration": "TOMORROW",
        "kaspiDelivery": True,
        "deliveryOptions": {
            "TO_DOOR": {
                "delivery": moment,
                "deliveryType": "TO_DOOR",
                "locatedInPoint": False,
                "kaspiDelivery": True,
                "interCity": False,
                "deliveryCost": 0.0 if product["prices"][ALMATY] >= 5000 else 995.0,
            }
        },
        "locatedInCity": True,
    }


def test_prices_are_floats_and_ids_are_strings_on_the_wire(shopper: Shopper, own_cards: list[str]) -> None:
    _, body = shopper.ask("POST", f"/yml/offer-view/offers/{own_cards[0]}", b'{"cityId":"750000000"}')
    assert re.search(rb'"price":\d+\.0[,}]', body)
    assert re.search(rb'"merchantId":"[^"]+"', body)


def test_a_crowded_card_shows_every_shape_of_offer(shopper: Shopper, own_cards: list[str]) -> None:
    offers = read_all(shopper, own_cards[4], 64) + read_all(shopper, own_cards[6], 64)
    assert {offer["deliveryType"] for offer in offers} == {"EXPRESS", "TO_DOOR", "PICKUP", "POSTOMAT"}
    assert any(not offer["merchantId"].isdigit() for offer in offers)
    without_reviews = [offer for offer in offers if not offer.get("merchantReviewsQuantity")]
    assert all("merchantRating" not in offer for offer in without_reviews)
    assert Counter("merchantReviewsQuantity" in offer for offer in without_reviews).keys() == {True, False}
    assert all(offer["merchantRating"] > 0 for offer in offers if offer.get("merchantReviewsQuantity"))


def test_delivery_is_told_in_utc_and_agrees_with_its_bucket(shopper: Shopper, own_cards: list[str]) -> None:
    today = datetime(2026, 1, 5, tzinfo=UTC).date()
    for offer in read_all(shopper, own_cards[4], 64):
        is_pickup = offer["deliveryType"] == "PICKUP"
        assert (offer["delivery"] is None) == is_pickup == ("pickup" in offer)
        moment = datetime.fromisoformat(offer["pickup"] if is_pickup else offer["delivery"])
        assert moment.utcoffset() is not None
        days = (moment.date() - today).days
        most = {"EXPRESS": 0, "TODAY": 0, "TOMORROW": 1, "TILL_2_DAYS": 2, "TILL_5_DAYS": 5, "TILL_7_DAYS": 7}
        assert days <= most.get(offer["deliveryDuration"], 99)
        assert offer["preorder"] <= days


@pytest.mark.parametrize(
    ("question", "keeps"),
    [
        pytest.param({"merchantUID": [OWN]}, lambda row: row["merchant_id"] == OWN, id="one merchant as a list"),
        pytest.param({"merchantUID": OWN}, lambda row: row["merchant_id"] == OWN, id="one merchant as text"),
        pytest.param({"merchantUID": ""}, lambda row: True, id="no merchant filter"),
        pytest.param({"searchText": "мАРКЕТ"}, lambda row: "маркет" in row["merchant_name"].casefold(), id="shop name"),
        pytest.param({"highRating": True}, lambda row: (row["rating"] or 0) >= 4.5, id="high rating"),
        pytest.param(
            {"isExcellentMerchant": True},
            lambda row: (row["rating"] or 0) >= 4.5 and row["reviews"] >= 100,
            id="excellent merchants",
        ),
        pytest.param(
            {"highRating": None, "searchText": None, "isExcellentMerchant": False}, lambda row: True, id="empty filters"
        ),
    ],
)
def test_filters(
    sandbox: SandboxServer,
    shopper: Shopper,
    own_cards: list[str],
    question: dict[str, object],
    keeps: Callable[[dict[str, Any]], bool],
) -> None:
    answer = shopper.offers(own_cards[4], limit=64, **question)
    expected = [row["merchant_id"] for row in truth(sandbox, own_cards[4]) if keeps(row)]
    assert len(expected) > 0
    assert answer["total"] == len(expected)
    assert [offer["merchantId"] for offer in answer["offers"]] == expected[:64]


def test_the_body_of_the_web_shop_is_understood(shopper: Shopper, own_cards: list[str]) -> None:
    product: dict[str, object] = {
        "brand": "x",
        "categoryCodes": [],
        "baseProductCodes": [],
        "groups": None,
        "productSeries": [],
    }
    answer = shopper.offers(
        own_cards[0],
        id=own_cards[0],
        merchantUID=[],
        limit=5,
        page=0,
        sortOption="PRICE",
        sort=True,
        highRating=None,
        searchText=None,
        isExcellentMerchant=False,
        zoneId=["Magnum_ZONE1"],
        installationId="-1",
        product=product,
    )
    assert len(answer["offers"]) == 5


@pytest.mark.parametrize(("card_id", "city_id"), [("999999999", ALMATY), ("letters", ALMATY), (None, "999999999")])
def test_the_unknown_has_no_offers(shopper: Shopper, own_cards: list[str], card_id: str | None, city_id: str) -> None:
    answer = shopper.offers(card_id or own_cards[0], cityId=city_id)
    assert (answer["offers"], answer["total"], answer["offersCount"]) == ([], 0, 0)


def test_a_page_after_the_last_is_empty(shopper: Shopper, own_cards: list[str]) -> None:
    answer = shopper.offers(own_cards[0], limit=64, page=1)
    assert answer["offers"] == []
    assert answer["total"] > 0


def test_reading_offers_is_a_post(shopper: Shopper, own_cards: list[str]) -> None:
    assert shopper.ask("GET", f"/yml/offer-view/offers/{own_cards[0]}")[0] == 405


@pytest.mark.parametrize(
    "path", ["/yml/product-view/pl/results", "/yml/product-view/pl/filters", "/yml/offer-view/offers/100000000"]
)
def test_without_a_referer_nothing_is_told(shopper: Shopper, path: str) -> None:
    method = "POST" if "offer-view" in path else "GET"
    assert shopper.ask(method, path, b'{"cityId":"750000000"}', referer=False)[0] == 403


@pytest.mark.parametrize(
    "body",
    [
        b'{"cityId":"750000000","limit":65}',
        b'{"cityId":"750000000","limit":100}',
        b'{"cityId":"750000000","limit":0}',
        b'{"cityId":"750000000","limit":"10"}',
        b'{"cityId":"750000000","page":-1}',
        b'{"limit":5}',
        b"{}",
        b"not json",
        b"",
    ],
)
def test_bad_questions(shopper: Shopper, own_cards: list[str], body: bytes) -> None:
    assert shopper.ask("POST", f"/yml/offer-view/offers/{own_cards[0]}", body)[0] == 400


@pytest.fixture(scope="module")
def wide_shopper() -> Iterator[Shopper]:
    with SandboxServer(seed=1, cards=40, merchant_cards=30, clock="manual", paused=True) as server:
        yield Shopper(server.url)


def walk(shopper: Shopper, path: str, **query: object) -> list[str]:
    """Turn pages until one brings nothing new; return the ids in order."""
    seen: dict[str, None] = {}
    for page in range(100):
        ids = [card["id"] for card in shopper.cards(path, page=page, **query)]
        assert len(ids) <= 12
        if set(ids) <= seen.keys():
            return list(seen)
        seen.update(dict.fromkeys(ids))
    raise AssertionError("the listing never ends")


@pytest.mark.parametrize("path", ["/yml/product-view/pl/results", "/yml/product-view/pl/filters"])
def test_the_listing_is_twelve_cards_a_page(wide_shopper: Shopper, path: str) -> None:
    assert len(wide_shopper.cards(path, page=0, limit=50, size=50)) == 12
    assert len(walk(wide_shopper, path)) == 40


def test_pages_overlap_and_the_last_one_repeats(wide_shopper: Shopper) -> None:
    first, second = wide_shopper.cards(page=0), wide_shopper.cards(page=1)
    assert first[-1]["id"] == second[0]["id"]
    assert [card["id"] for card in wide_shopper.cards(page=7)] == [card["id"] for card in wide_shopper.cards(page=8)]
    assert page_of([], 3) == []


def test_a_merchant_filter_lists_his_cards(wide_shopper: Shopper) -> None:
    chain = f":category:Categories:allMerchants:{OWN}:availableInZones:Magnum_ZONE1"
    assert len(walk(wide_shopper, "/yml/product-view/pl/results", q=chain, text="", sort="relevance")) == 30
    assert walk(wide_shopper, "/yml/product-view/pl/results", q=":allMerchants:nobody") == []


def test_a_listed_price_is_the_cheapest_sellers(sandbox: SandboxServer, shopper: Shopper, own_cards: list[str]) -> None:
    for card in shopper.cards(q=f":allMerchants:{OWN}"):
        first = truth(sandbox, card["id"])[0]
        assert (card["unitPrice"], card["bestMerchant"]) == (first["price"], first["merchant_id"])
        assert card["priceFormatted"] == f"{first['price']:,} ₸".replace(",", " ")


def test_a_listed_card_has_its_fields(wide_shopper: Shopper) -> None:
    cards = wide_shopper.cards() + wide_shopper.cards(page=2)
    for card in cards:
        assert card["id"] == card["configSku"]
        assert re.fullmatch(rf"/p/[a-z0-9-]+-{card['id']}/", card["shopLink"])
        assert card["baseProductCodes"][0].startswith("[Master - ")
        assert len(card["category"]) == len(card["categoryCodes"]) == 2
        assert set(card["previewImages"][0]) == {"small", "medium", "large"}
        assert (card["rating"] == 0.0) == ("reviewsQuantity" not in card)
    assert any("reviewsQuantity" not in card for card in cards)


def test_text_and_category_narrow_the_listing(wide_shopper: Shopper) -> None:
    card = wide_shopper.cards()[0]
    found = wide_shopper.cards(text=card["title"].lower())
    assert card["id"] in [other["id"] for other in found]
    category, root = card["categoryCodes"]
    assert all(other["categoryCodes"][0] == category for other in wide_shopper.cards(q=f":category:{category}"))
    assert card["id"] in [other["id"] for other in wide_shopper.cards(q=f":category:{root}")]
    assert wide_shopper.cards(text="такого товара нет") == []


def test_the_product_page_carries_its_data(shopper: Shopper, own_cards: list[str], sandbox: SandboxServer) -> None:
    status, body = shopper.ask("GET", f"/shop/p/any-slug-{own_cards[0]}/?c={ALMATY}", referer=False)
    page = body.decode()
    assert status == 200
    item = json.loads(re.findall(r"BACKEND\.components\.item = (\{.*\})\n</script>", page)[0])
    assert item["card"]["id"] == own_cards[0]
    assert item["card"]["price"] == truth(sandbox, own_cards[0])[0]["price"]
    assert item["card"]["promoConditions"].keys() == {"brand", "categoryCodes", "baseProductCodes", "groups"}
    assert json.loads(re.findall(r"BACKEND\.state = (\{.*\});\n", page)[0]) == {"productId": own_cards[0]}
    cities = json.loads(re.findall(r"BACKEND\.components\.citySelection = (\{.*\});\n", page)[0])["citys"]
    assert [(group["char"], [city["id"] for city in group["cityData"]]) for group in cities] == [
        ("А", [ALMATY, ASTANA]),
        ("Ш", ["511010000"]),
    ]


@pytest.mark.parametrize("slug", ["", "blender-500-ml", "t-shirt-2024"])
@pytest.mark.parametrize("end", ["/", ""])
def test_the_slug_is_free(shopper: Shopper, own_cards: list[str], slug: str, end: str) -> None:
    status, body = shopper.ask("GET", f"/shop/p/{slug}-{own_cards[0]}{end}", referer=False)
    assert status == 200
    assert f'"productId": "{own_cards[0]}"'.encode() in body


def test_there_is_no_page_of_an_unknown_card(shopper: Shopper) -> None:
    assert shopper.ask("GET", "/shop/p/-999999999/")[0] == 404


def test_the_menu(shopper: Shopper) -> None:
    status, body = shopper.ask(
        "GET", f"/yml/main-navigation/n/n/desktop-menu?depth=1&city={ALMATY}&rootType=desktop", referer=False
    )
    nodes = json.loads(body)["subNodes"]
    assert status == 200
    assert "Home equipment" in [node["code"] for node in nodes]
    assert all(node.keys() == {"code", "title", "link", "popularity"} for node in nodes)
