"""Pages as people read them, and a market that moves under them."""

import re
from collections.abc import Mapping

from django.http import HttpResponse
from django.test import Client

from stores.models import Product
from stores.services.prices.decide import decide_markets
from tests import cast


def text_at(browser: Client, path: str) -> str:
    """The text of the page at this address, in English."""
    return plain(browser.get(path, headers={"Accept-Language": "en"}))


def plain(answer: HttpResponse) -> str:
    """The text of a page that was answered: no tags, all spaces alike."""
    assert answer.status_code == 200
    text = re.sub(r"<[^>]+>", " ", answer.content.decode()).replace("\u202f", " ").replace("&#x27;", "'")
    return " ".join(text.split())


def look_and_decide(product: Product, rivals: Mapping[str, int], city_id: str = cast.ALMATY) -> None:
    """The storefront shows our price and these (merchant → tenge), and rules decide about it."""
    row = cast.city_price(product, city_id)
    cast.see(row.market, {product.store.merchant_id: row.price} | dict(rivals))
    decide_markets([row.market_id])
