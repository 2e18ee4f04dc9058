"""Cards as the listing, the menu and the product page show them."""

import json
from collections.abc import Iterable
from typing import Any

from sandbox.asked import query_filters
from sandbox.cards import Card
from sandbox.catalogue import City, Root
from sandbox.clock import iso
from sandbox.market import Shelf
from sandbox.offers_view import duration
from sandbox.world import World

PAGE_LENGTH = 12
# Neighbouring pages share one card, and pages after the last repeat it.
PAGE_STEP = PAGE_LENGTH - 1
IMAGES = "https://resources.cdn-kaspi.kz/img/m/p"

Fields = dict[str, Any]


def find_cards(world: World, city_id: str, chain: str, text: str) -> list[Shelf]:
    """Return the shelves of a city with at least one offer that the filters let through, popular cards first.

    A merchant filter asks for cards on which that merchant has an offer.
    """
    filters = query_filters(chain)
    found = [
        shelf
        for card in world.cards
        if (shelf := world.market.shelf(card.id, city_id)) is not None and _matches(shelf, filters, text)
    ]
    return sorted(found, key=lambda shelf: (-shelf.card.popularity, shelf.card.id))


def page_of(shelves: list[Shelf], page: int) -> list[Shelf]:
    """Return the twelve cards of a page, counted from 0."""
    start = min(page * PAGE_STEP, max(0, len(shelves) - PAGE_LENGTH))
    return shelves[start : start + PAGE_LENGTH]


def card_fields(shelf: Shelf, cities: Iterable[City]) -> Fields:
    """Return a listed card. Price and `bestMerchant` are those of the cheapest seller in the city."""
    card, best = shelf.card, shelf.ranked()[0]
    return {
        "id": card.id,
        "configSku": card.id,
        "title": card.title,
        "brand": card.brand,
        "categoryId": category_id(card),
        "category": [card.root.title, card.category.title],
        "categoryRu": [card.root.title, card.category.title],
        "categoryCodes": [card.category.code, card.root.code],
        "baseProductCodes": [card.base_product_code],
        "unitPrice": best.price,
        "unitSalePrice": best.price,
        "priceFormatted": f"{best.price:,} ₸".replace(",", " "),
        "creditMonthlyPrice": round(best.price / 24),
        "previewImages": [_image(card)],
        "shopLink": shop_link(card),
        "createdTime": iso(card.created_at),
        "rating": card.rating,
        **({"reviewsQuantity": card.reviews} if card.reviews else {}),
        "deliveryDuration": duration(best),
        "deliveryZones": [city.id for city in cities],
        "stock": 1,
        "bestMerchant": best.merchant.id,
    }


def menu_fields(roots: Iterable[Root]) -> Fields:
    """Return the top of the menu."""
    return {
        "subNodes": [
            {
                "code": root.code,
                "title": root.title,
                "link": f"/c/{root.code.lower().replace(' ', '%20')}/",
                "popularity": 100 - position,
            }
            for position, root in enumerate(roots)
        ]
    }


def shop_link(card: Card) -> str:
    slug = "-".join("".join(letter if letter.isalnum() else " " for letter in card.title.lower()).split())
    return f"/p/{slug.translate(_LATIN)}-{card.id}/"


def category_id(card: Card) -> str:
    """Return a five-digit number for the category."""
    return f"{sum(card.category.code.encode()):05d}"


def product_page(shelf: Shelf, cities: Iterable[City]) -> str:
    """Return a small product page with the data scripts that real pages carry.

    As on those, the item stands in a script of its own and no semicolon ends it.
    """
    card, offers = shelf.card, shelf.ranked()
    price = offers[0].price if offers else None
    return _PAGE.format(
        title=_text(card.title),
        state=_script({"productId": card.id}),
        item=_script(_item_fields(card, price)),
        configurator=_script({"matrix": []}),
        cities=_script({"citys": _city_groups(cities)}),
        digital_product=_script({"id": card.id, "name": card.title, "unitPrice": price}),
        json_ld=_script(_json_ld(card, price, len(offers))),
    )


def _matches(shelf: Shelf, filters: dict[str, str], text: str) -> bool:
    card = shelf.card
    merchant_id = filters.get("allMerchants")
    category = filters.get("category", "Categories")
    words = text.casefold().split()
    return (
        len(shelf) > 0
        and (merchant_id is None or merchant_id in shelf)
        and category in ("Categories", card.category.code, card.root.code)
        and all(word in card.title.casefold() for word in words)
    )


def _image(card: Card) -> Fields:
    return {size: f"{IMAGES}/{card.id}.jpg?format=gallery-{size}" for size in ("small", "medium", "large")}


def _item_fields(card: Card, price: int | None) -> Fields:
    return {
        "card": {
            "id": card.id,
            "title": card.title,
            "createdTime": iso(card.created_at),
            "shopLink": shop_link(card),
            "categoryId": category_id(card),
            "unit": {"type": "PIECES"},
            "price": price,
            "promoConditions": {
                "brand": card.brand,
                "categoryCodes": [card.category.code, card.root.code],
                "baseProductCodes": [card.base_product_code],
                "groups": None,
            },
        },
        "galleryImages": [_image(card)],
        "breadcrumbs": [
            {"code": card.root.code, "title": card.root.title},
            {"code": card.category.code, "title": card.category.title},
        ],
        "specifications": [_weight_specification(card)],
        "description": card.title,
    }


def _weight_specification(card: Card) -> Fields:
    weight = {
        "code": f"{card.category.code}*weight",
        "name": "Вес",
        "type": "number",
        "featureValues": [{"value": f"{card.weight_g / 1000:g} кг"}],
        "mandatory": False,
    }
    return {"code": "main", "name": "Основные характеристики", "features": [weight]}


def _city_groups(cities: Iterable[City]) -> list[Fields]:
    """Return the cities under their first letters, as the selector of the page has them."""
    groups: dict[str, list[Fields]] = {}
    for city in sorted(cities, key=lambda city: city.name):
        fields = {"id": city.id, "code": city.slug, "name": city.name, "link": f"/shop/{city.slug}/"}
        groups.setdefault(city.name[0], []).append(fields)
    return [{"char": letter, "cityData": members} for letter, members in groups.items()]


def _json_ld(card: Card, price: int | None, count: int) -> Fields:
    offers = {"@type": "AggregateOffer", "lowPrice": price, "offerCount": count, "priceCurrency": "KZT"}
    return {
        "@context": "https://schema.org",
        "@type": "Product",
        "name": card.title,
        "sku": card.id,
        "offers": offers,
    }


def _script(value: object) -> str:
    """Return JSON that cannot end the script element it stands in."""
    return json.dumps(value, ensure_ascii=False).replace("</", "<\\/")


def _text(value: str) -> str:
    return value.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


# One letter for one letter: an address need not be read aloud.
_LATIN = str.maketrans(
    "абвгдеёжзийклмнопрстуфхцчшщъыьэюяәғқңөұүһі",
    "abvgdeejziiklmnoprstufhccssiyieuaagknouuhi",
)


_PAGE = """<!DOCTYPE html>
<html lang="ru">
<head>
<meta charset="utf-8">
<title>{title}</title>
<script type="application/ld+json">{json_ld}</script>
<script>
var BACKEND = {{"components": {{}}, "state": {{}}}};
BACKEND.state = {state};
BACKEND.components.configurator = {configurator};
BACKEND.components.citySelection = {cities};
</script>
<script>
BACKEND.components.item = {item}
</script><script>
window.digitalData = {{}};
window.digitalData.product = {digital_product};
</script>
</head>
<body><h1>{title}</h1></body>
</html>
"""
