"""People, stores, products and markets for tests, made through the product's own services."""

import time
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from django.db import connection
from django.test import Client
from rest_framework.test import APIClient

import kaspi
from landing.models import Tariff
from stores.models import (
    CardAttribute,
    CardBatch,
    CardCategory,
    CardMarket,
    CityPrice,
    Membership,
    MerchantToken,
    NewCard,
    PriceListVersion,
    PricingRule,
    Product,
    Store,
)
from stores.services import catalogue
from stores.services.market.look import Look
from stores.services.market.record import Recorded, record
from stores.services.market.watch import claim_due_markets
from stores.services.merchant.sealing import seal_token
from stores.services.prices.gateway import Intent
from stores.services.prices.price_list import publish, refused
from stores.services.prices.rules import change_rule, create_rule
from stores.services.store import change_store, open_store
from users.models import User, UserTariff

STRANGE = "СТРАНГЕР"
ALMATY = "750000000"
ASTANA = "710000000"
PASSWORD = "kun-bagys-2026"
TOKEN = "an-api-token-of-a-store"


def person(email: str, name: str) -> User:
    return User.objects.create_user(email, PASSWORD, full_name=name)


def at_the_desk(staff: User) -> Client:
    """A browser of somebody who passed the second factor, as the admin asks for."""
    client = Client()
    client.force_login(staff)
    session = client.session
    session["account_authentication_methods"] = [{"method": "mfa", "at": time.time()}]
    session["account_authentication_methods_user"] = str(staff.pk)
    session.save()
    return client


def looking_on(staff: User, user: User) -> Client:
    """A browser of the service desk that looks on as a user."""
    client = at_the_desk(staff)
    client.post(f"/api/admin/users/user/{user.pk}/impersonate/", {"reason": "He asked why a price was held"})
    return client


def signed_in(user: User) -> APIClient:
    client = APIClient()
    client.force_authenticate(user)
    return client


def store(owner: User, merchant_id: str, name: str, mode: str = Store.Mode.AUTOMATIC) -> Store:
    opened = open_store(name, merchant_id, owner)
    points = [catalogue.PointFacts("PP1", ALMATY), catalogue.PointFacts("PP2", ASTANA)]
    catalogue.bring_in(opened, points, [])
    return change_store(opened, {"mode": mode}, owner)


def product(
    of_store: Store,
    sku: str = "SKU-1",
    *,
    card_id: str = "100000001",
    price: int = 10_000,
    floor: int | None = 8_000,
    ceiling: int | None = 12_000,
    strategy: str = Product.Strategy.UNDERCUT,
    step: int = 1,
    cities: tuple[str, ...] = (ALMATY,),
    marker: str = "",
) -> Product:
    """A product with the same price and limits in each city, on sale at the store's points."""
    codes = of_store.sales_points.filter(city_id__in=cities).values_list("code", flat=True)
    facts = catalogue.ProductFacts(
        sku=sku,
        card_id=card_id,
        model=f"{marker} Чайник {sku}".strip(),
        brand="Qazan",
        purchase_cost=7_000,
        strategy=strategy,
        step=step,
        prices={city: catalogue.PriceFacts(price, floor, ceiling) for city in cities},
        availability={code: catalogue.AvailabilityFacts(is_available=True, stock_count=5) for code in codes},
    )
    catalogue.bring_in(of_store, [], [facts])
    return Product.everything.get(store=of_store, sku=sku)


def publish_anyway(of_store: Store, actor: User) -> PriceListVersion:
    """The price list, which a person releases where it is only unlike the one before."""
    version = publish.publish(of_store.pk)
    assert version is not None
    if version.refusal is None:
        return version
    refused.accept(version, actor)
    released = publish.publish(of_store.pk)
    assert released is not None
    assert released.refusal is None
    return released


def subscription(of_user: User, state: str = UserTariff.State.ACTIVE, code: str = "free", **limits: int) -> UserTariff:
    """A subscription to a tariff, which may be given other limits for it: `product_limit=2`."""
    # A test that commits has lost the tariffs that the migrations bring.
    bare = {"name_ru": code, "price_month": 0, "price_year": 0, "product_limit": 10}
    tariff, _is_new = Tariff.objects.get_or_create(code=code, defaults=bare)
    for name, most in limits.items():
        setattr(tariff, name, most)
    tariff.save()
    now = datetime.now(UTC)
    return UserTariff.objects.create(
        user=of_user,
        tariff=tariff,
        state=state,
        starts_at=now - timedelta(days=30),
        ends_at=now + timedelta(days=30),
        is_current=True,
    )


def subscription_limit(of_user: User, most: int) -> None:
    """The tariff that the person has lets so many products be repriced from now on."""
    Tariff.objects.filter(user_tariffs__user=of_user).update(product_limit=most)


def token(of_store: Store, secret: str = TOKEN, state: str = MerchantToken.State.VALID) -> MerchantToken:
    """An API token as it lies there when its owner has entered it."""
    now = datetime.now(UTC)
    return MerchantToken.everything.create(
        store=of_store,
        sealed=seal_token(of_store.pk, kaspi.Token(secret)),
        last_four=secret[-4:],
        state=state,
        checked_at=now,
        entered_at=now,
    )


def card_category() -> CardCategory:
    """A category that was read before, and what it asks for."""
    now = datetime.now(UTC)
    texts = {"title": "Чайники", "folded": "master - kettles чайники"}
    category, is_new = CardCategory.objects.get_or_create(
        code="Master - Kettles", defaults={**texts, "read_at": now, "attributes_read_at": now}
    )
    if is_new:
        CardAttribute.objects.create(category=category, code="Kettles*Volume", type="number", mandatory=True)
    return category


def card_batch(
    of_store: Store,
    state: str = CardBatch.State.DRAFT,
    *,
    card: str = NewCard.State.DRAFT,
    sku: str = "NEW-1",
    marker: str = "",
) -> CardBatch:
    """A batch with one card with which nothing is wrong."""
    batch = CardBatch.everything.create(store=of_store, name=f"{marker} Kettles".strip(), state=state)
    NewCard.everything.create(
        store=of_store,
        batch=batch,
        sku=sku,
        title=f"{marker} Qazan K1".strip(),
        brand="Qazan",
        category=card_category(),
        attributes={"Kettles*Volume": 1.7},
        images=["https://images.example/k1.jpg"],
        state=card,
    )
    return batch


def rule(
    of_store: Store,
    category_code: str = "",
    *,
    name: str = "Kettles",
    strategy: str = Product.Strategy.MATCH,
    is_on: bool = True,
    **values: object,
) -> PricingRule:
    """A rule of the store, made by its owner."""
    owner = of_store.memberships.get(role=Membership.Role.OWNER).user
    wanted = {"name": name, "category_code": category_code, "strategy": strategy, **values}
    made = create_rule(of_store, wanted, owner)
    return change_rule(made, made.version, {"is_on": True}, owner) if is_on else made


def city_price(of_product: Product, city_id: str = ALMATY) -> CityPrice:
    return CityPrice.everything.select_related("product__store", "market").get(product=of_product, city_id=city_id)


def offers(
    market: CardMarket, prices: Mapping[str, int], read_at: datetime | None = None, name: str = "Rival"
) -> kaspi.CardOffers:
    """An answer of the storefront: merchant id → price, in the marketplace's order."""
    ordered = sorted(prices.items(), key=lambda item: (item[1], item[0]))
    return kaspi.CardOffers(
        card_id=market.card_id,
        city_id=market.city_id,
        offers=tuple(
            kaspi.Offer(
                card_id=market.card_id,
                merchant_id=merchant_id,
                merchant_name=f"{name} {merchant_id}",
                merchant_sku="X",
                price=price,
                rating=4.5,
                reviews=10,
                preorder_days=0,
                delivers_at=None,
                delivery_duration="TOMORROW",
                kaspi_delivery=True,
                place=place,
            )
            for place, (merchant_id, price) in enumerate(ordered, start=1)
        ),
        read_at=read_at or datetime.now(UTC),
    )


def see(market: CardMarket, answer: Mapping[str, int] | kaspi.KaspiError) -> Recorded:
    """Claim the market and record one look at it."""
    make_due(market)
    claim = claim_due_markets(1000)
    seen = answer if isinstance(answer, kaspi.KaspiError) else offers(market, answer)
    return record(claim, [Look(market, seen)])


def make_due(*markets: CardMarket) -> None:
    ids = [market.pk for market in markets] or CardMarket.objects.values_list("pk", flat=True)
    CardMarket.objects.filter(pk__in=list(ids)).update(next_look_at=datetime.now(UTC) - timedelta(days=1))


def is_mariadb() -> bool:
    return connection.vendor == "mysql"


def plan_of(query: str) -> str:
    """How SQLite goes about a query, a step in each line."""
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN QUERY PLAN {query}")
        return "\n".join(step for *_, step in cursor.fetchall())


def by_rule(row: CityPrice, price: int = 9_499) -> Intent:
    """What the decide step sends of the row as it is now, when the storefront shows the price that we mean."""
    row.refresh_from_db()
    return Intent(row.pk, price, row.version, looked_at=datetime.now(UTC), shown=row.price)
