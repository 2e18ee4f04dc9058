"""Where a product lies, and the categories it may have."""

from cabinet.forms.product_facts import Place
from cabinet.presenters.rules import categories_of
from stores.models import Availability, CityPrice, FeeCategory, Product, SalesPoint, Store


def points_of(store: Store) -> list[SalesPoint]:
    """The store's open points: one query."""
    return list(SalesPoint.objects.for_store(store).filter(is_open=True).order_by("code"))


def places_of(product: Product) -> list[Place]:
    """The open points, and what lies at each of them: two queries."""
    availabilities = Availability.objects.for_store(product.store).filter(product=product)
    there = {each.sales_point_id: each for each in availabilities}
    return [Place(point, there.get(point.pk)) for point in points_of(product.store)]


def priced_cities(product: Product) -> set[str]:
    """The cities in which the product has a price: one query."""
    return set(CityPrice.objects.for_store(product.store).filter(product=product).values_list("city_id", flat=True))


def known_categories(store: Store) -> list[str]:
    """The store's own, and those of which the commission is known: three queries."""
    return sorted({*categories_of(store), *FeeCategory.objects.values_list("category_code", flat=True)})
