"""The seller's store on the sandbox marketplace, and what journeys ask of both."""

from typing import Any

from sandbox.server import SandboxServer
from stores.management.commands.demo import product_facts
from stores.models import CityPrice, ProductPriceUpdate, Store
from stores.services.catalogue import PointFacts, bring_in
from stores.services.store import change_store, open_store, price_list_url, renew_price_list_access
from tests import cast
from users.models import User

MERCHANT = "30125007"


def move_in(sandbox: SandboxServer, owner: User) -> Store:
    """A store with the products of the sandbox's own merchant, as the demo makes it."""
    merchant = sandbox.control("GET", f"/_sandbox/merchants/{MERCHANT}")
    offers = sandbox.control("GET", f"/_sandbox/merchants/{MERCHANT}/offers")
    store = open_store(merchant["name"], MERCHANT, owner)
    points = [PointFacts(point["code"], point["city_id"], point["address"]) for point in merchant["points"]]
    bring_in(store, points, [product_facts(offer, number) for number, offer in enumerate(offers, start=1)])
    return change_store(store, {"mode": Store.Mode.AUTOMATIC}, owner)


def register_price_list(sandbox: SandboxServer, store: Store, base_url: str) -> None:
    """What a seller does once in the marketplace's cabinet: address, login, password."""
    access = renew_price_list_access(store)
    path = price_list_url(store).split("/", 3)[3]
    sandbox.control(
        "PUT",
        f"/_sandbox/merchants/{MERCHANT}/price-list",
        {"url": f"{base_url}/{path}", "login": access.login, "password": access.password},
    )


def pull(sandbox: SandboxServer) -> dict[str, Any]:
    return sandbox.control("POST", f"/_sandbox/merchants/{MERCHANT}/pull")


def offers_of(sandbox: SandboxServer, row: CityPrice) -> dict[str, int]:
    """The plain truth of a card in a city: merchant → price."""
    path = f"/_sandbox/cards/{row.product.card_id}/offers?city_id={row.city_id}"
    return {offer["merchant_id"]: offer["price"] for offer in sandbox.control("GET", path)}


def set_rival(sandbox: SandboxServer, row: CityPrice, merchant_id: str, price: int | None) -> None:
    sandbox.control(
        "PUT",
        f"/_sandbox/cards/{row.product.card_id}/offers/{merchant_id}",
        {"city_id": row.city_id, "price": price},
    )


def cheapest_rival(sandbox: SandboxServer, row: CityPrice) -> str:
    rivals = {merchant: price for merchant, price in offers_of(sandbox, row).items() if merchant != MERCHANT}
    return min(rivals, key=lambda merchant: rivals[merchant])


def first_price(store: Store, city_id: str = cast.ALMATY) -> CityPrice:
    rows = CityPrice.everything.filter(product__store=store, city_id=city_id, floor__isnull=False)
    return rows.select_related("product__store", "market").order_by("pk").first()


def updates_of(row: CityPrice) -> list[ProductPriceUpdate]:
    return list(row.updates.order_by("pk"))
