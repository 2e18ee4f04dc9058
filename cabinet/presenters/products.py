"""The table of a store's products, and its last changes."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from django.db.models import Max, QuerySet
from django.utils import timezone

from cabinet.forms.products import FindForm
from stores.models import CityPrice, Product, ProductPriceUpdate, SalesPoint, Store
from stores.services.catalogue.finding import SORTINGS, find
from stores.services.cities import city_name
from stores.services.keyset import BadCursor, Page, read_page, sorting_named
from stores.services.prices.explain import explain

State = ProductPriceUpdate.State
LAST_CHANGES = 12
ROWS_PER_PAGE = 50


@dataclass(frozen=True)
class City:
    """A city the store serves, as a tab."""

    id: str
    name: str


@dataclass(frozen=True)
class Row:
    """A product in a city, and its last change with its sentence."""

    price: CityPrice
    update: ProductPriceUpdate | None
    sentence: str


@dataclass(frozen=True)
class Change:
    """A line of the list of last changes. Only the newest change of a price can be undone."""

    update: ProductPriceUpdate
    city: str
    sentence: str
    is_undoable: bool


@dataclass(frozen=True)
class Summary:
    """A store in a city in four numbers."""

    watched: int
    first_places: int
    moved_today: int
    waiting: int


def cities_of(store: Store) -> list[City]:
    """The cities with a sales point of the store, by name."""
    ids = SalesPoint.objects.for_store(store).values_list("city_id", flat=True).distinct()
    return sorted((City(city_id, city_name(city_id)) for city_id in ids), key=lambda city: city.name)


def choose_city(cities: list[City], wanted: str) -> City:
    """The wanted one, or the first; an empty one for a store without points."""
    return next((city for city in cities if city.id == wanted), cities[0] if cities else City("", ""))


def read_products(store: Store, city: City, form: FindForm, cursor: str) -> Page[Product]:
    """A page of the products that were looked for in the city; a cursor that is none begins anew."""
    found = find(Product.objects.for_store(store), form.wanted(city.id))
    sorting = sorting_named(SORTINGS, form.sorting)
    try:
        return read_page(found, sorting, ROWS_PER_PAGE, cursor)
    except BadCursor:
        return read_page(found, sorting, ROWS_PER_PAGE)


def count_unpriced(store: Store, city: City, form: FindForm) -> int:
    """How many of the products that were looked for have no price in the city."""
    wanted = replace(form.wanted(), lacks_price_in=city.id)
    return find(Product.objects.for_store(store), wanted).count()


def city_prices(store: Store, city: City) -> QuerySet[CityPrice]:
    """The store's prices in a city."""
    return CityPrice.objects.for_store(store).filter(city_id=city.id).select_related("product")


def prices_of(products: Sequence[Product], store: Store, city: City) -> list[CityPrice]:
    """The prices of these products in the city, in their order; one query."""
    by_product = {price.product_id: price for price in city_prices(store, city).filter(product__in=products)}
    return [by_product[product.pk] for product in products if product.pk in by_product]


def rows_of(prices: Iterable[CityPrice]) -> list[Row]:
    """Rows with their last change: two queries, however many rows."""
    prices = list(prices)
    last = ProductPriceUpdate.everything.filter(city_price__in=prices).values("city_price").annotate(last=Max("pk"))
    updates = ProductPriceUpdate.everything.in_bulk([row["last"] for row in last])
    by_price = {update.city_price_id: update for update in updates.values()}
    return [_row(price, by_price.get(price.pk)) for price in prices]


def _row(price: CityPrice, update: ProductPriceUpdate | None) -> Row:
    return Row(price, update, explain(update) if update else "")


def summarise(store: Store, city: City) -> Summary:
    """The numbers above the table."""
    prices = CityPrice.objects.for_store(store).filter(city_id=city.id, market__isnull=False)
    updates = ProductPriceUpdate.objects.for_store(store).filter(city_id=city.id)
    return Summary(
        watched=prices.count(),
        first_places=prices.filter(place=1).count(),
        moved_today=updates.filter(approved_at__gte=timezone.now() - timedelta(hours=24)).count(),
        waiting=updates.filter(state=State.PROPOSED).count(),
    )


def last_changes(store: Store) -> list[Change]:
    """The newest changes of the store's prices that left or wait."""
    updates = ProductPriceUpdate.objects.for_store(store).filter(
        state__in=[State.PROPOSED, *ProductPriceUpdate.LEAVING]
    )
    newest = list(updates.select_related("product").order_by("-pk")[:LAST_CHANGES])
    last = {update.city_price_id: update.pk for update in reversed(newest) if update.state != State.PROPOSED}
    return [
        Change(
            update,
            city_name(update.city_id),
            explain(update),
            is_undoable=last.get(update.city_price_id) == update.pk and update.undoes_id is None,
        )
        for update in newest
    ]
