"""`manage.py demo`: a demo seller whose store is the sandbox marketplace's own merchant."""

import json
from typing import Any
from urllib.request import Request, urlopen

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from stores.models import Membership, Product, Store
from stores.services.catalogue import AvailabilityFacts, PointFacts, PriceFacts, ProductFacts, bring_in
from stores.services.merchant.tokens import enter_token, token_of
from stores.services.store import change_store, open_store, renew_price_list_access

MERCHANT_ID = "30125007"
EMAIL = "demo@example.kz"
PASSWORD = "demo-kaspi-2026"  # noqa: S105 -- printed on the screen; the demo listens on this machine only
# Every so many products one is left without limits: nothing moves it, and the page shows that.
WITHOUT_LIMITS = 25
# The simplified regime in Almaty, as the fee shares name it.
TAX_REGIME = "simplified-almaty"


class Command(BaseCommand):
    help = "Creates the demo seller and his store from the sandbox marketplace, and tells it where the price list is."

    def handle(self, *args: Any, **options: Any) -> None:
        merchant = self._ask("GET", f"merchants/{MERCHANT_ID}")
        store = Store.everything.filter(merchant_id=MERCHANT_ID).first()
        if store is None:
            store = self._open(merchant, self._ask("GET", f"merchants/{MERCHANT_ID}/offers"))
        else:
            self.stdout.write(f"The demo store goes on with its {store.products.count()} products.")
        if token_of(store) is None:
            owner = store.memberships.get(role=Membership.Role.OWNER).user
            enter_token(store, merchant["token"], owner)
        Store.everything.filter(pk=store.pk, tax_regime="").update(tax_regime=TAX_REGIME)
        address = renew_price_list_access(store)
        access = {"url": address.url, "login": address.login, "password": address.password}
        self._ask("PUT", f"merchants/{MERCHANT_ID}/price-list", access)

    @transaction.atomic
    def _open(self, merchant: dict[str, Any], offers: list[dict[str, Any]]) -> Store:
        owner = get_user_model().objects.create_superuser(EMAIL, PASSWORD, full_name="Demo")
        store = open_store(merchant["name"], MERCHANT_ID, owner)
        points = [PointFacts(point["code"], point["city_id"], point["address"]) for point in merchant["points"]]
        bring_in(store, points, [product_facts(offer, number) for number, offer in enumerate(offers, start=1)])
        change_store(store, {"mode": Store.Mode.AUTOMATIC}, owner)
        self.stdout.write(f"A demo store with {len(offers)} products in {len(points)} cities.")
        return store

    def _ask(self, method: str, path: str, body: dict[str, str] | None = None) -> Any:
        """Ask the sandbox's control address. Raises CommandError when it is not there."""
        url = f"{settings.KASPI_URL}/_sandbox/{path}"
        data = None if body is None else json.dumps(body).encode()
        request = Request(url, data, {"Content-Type": "application/json"}, method=method)  # noqa: S310 -- http(s) origin
        try:
            with urlopen(request, timeout=30) as response:  # noqa: S310 -- http(s) origin, checked by the environment
                return json.load(response)
        except OSError as error:
            raise CommandError(f"No sandbox marketplace answers at {url}: {error}") from error


def product_facts(offer: dict[str, Any], number: int) -> ProductFacts:
    """An offer of the sandbox's merchant as the seller himself would enter it, with limits around its price."""
    is_automated = number % WITHOUT_LIMITS != 0
    return ProductFacts(
        sku=offer["sku"],
        card_id=offer["card_id"],
        model=offer["model"],
        brand=offer["brand"],
        category_code=offer["category_code"],
        weight_g=offer["weight_g"],
        purchase_cost=offer["cost"],
        strategy=Product.Strategy.UNDERCUT if is_automated else Product.Strategy.MANUAL,
        step=10,
        prices={
            city_id: price_facts(price, offer["cost"], is_automated=is_automated)
            for city_id, price in offer["prices"].items()
        },
        availability={
            code: AvailabilityFacts(point["available"], point["stock"], point["preorder"] or None)
            for code, point in offer["points"].items()
        },
    )


def price_facts(price: int, cost: int, *, is_automated: bool) -> PriceFacts:
    """Floor: 12 % over cost, or the price itself where that is lower. Ceiling: a quarter over the price."""
    if not is_automated:
        return PriceFacts(price)
    return PriceFacts(price, floor=max(100, min(price, cost * 112 // 100)), ceiling=price * 125 // 100)
