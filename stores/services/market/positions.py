"""All watched markets with what they are worth to the stores on them, read in portions."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from stores.models import Availability, CardMarket, CityPrice
from stores.services.market import policy
from stores.services.prices.profit import profit_of
from stores.services.prices.sales import sold_per_week

MARKETS_AT_ONCE = 1000
# Of each price what its value and its profit are made of: most of the time goes into reading rows.
COLUMNS = (
    *("market", "city_id", "price", "place", "product__store__tax_regime"),
    *("product__purchase_cost", "product__packaging_cost", "product__category_code", "product__weight_g"),
)


@dataclass(frozen=True, slots=True)
class Watched:
    """A market that is looked at. `value`: what it counted so far, None: not valued yet. `values`: by store."""

    market_id: int
    history: policy.History
    value: float | None
    values: Mapping[int, float]


def read_watched() -> Iterator[Watched]:
    """Every market that is looked at; never more rows in memory than of one portion."""
    last = 0
    while markets := _portion(last):
        first, last = markets[0][0], markets[-1][0]
        values = _values(first, last)
        for market_id, changes, exposure, war, value in markets:
            if market_id in values:
                yield Watched(market_id, policy.History(changes, exposure, war), value, values[market_id])


def _portion(after: int) -> list[tuple[int, float, float, float, float | None]]:
    columns = ("pk", "rate_changes", "rate_exposure", "rate_war", "value")
    return list(CardMarket.objects.needed().filter(pk__gt=after).order_by("pk").values_list(*columns)[:MARKETS_AT_ONCE])


def _values(first: int, last: int) -> dict[int, dict[int, float]]:
    """Market → store → value, of the markets from the first to the last. Two products on one card both count."""
    prices = CityPrice.everything.filter(market__gte=first, market__lte=last, product__store__list_ended_at=None)
    rows = list(prices.select_related("product__store").only(*COLUMNS))
    sold, on_sale = sold_per_week(rows), _on_sale(rows)
    values: defaultdict[int, defaultdict[int, float]] = defaultdict(lambda: defaultdict(float))
    for row in rows:
        if row.market_id is not None:
            position = _position(row, sold.get(row.pk), is_on_sale=(row.product_id, row.city_id) in on_sale)
            values[row.market_id][row.product.store_id] += policy.value_of(position)
    return {market_id: dict(of_market) for market_id, of_market in values.items()}


def _on_sale(rows: Sequence[CityPrice]) -> set[tuple[int, str]]:
    """The (product, city) pairs that can be bought. A stock that is not counted is one."""
    there = Availability.everything.filter(product__in={row.product_id for row in rows}, is_available=True)
    return set(there.exclude(stock_count=0).values_list("product_id", "sales_point__city_id"))


def _position(row: CityPrice, sold_in_week: int | None, *, is_on_sale: bool) -> policy.Position:
    return policy.Position(
        # How many there are makes no difference, as long as there are any.
        stock=None if is_on_sale else 0,
        sales_a_day=None if sold_in_week is None else sold_in_week / 7,
        margin=profit_of(row.product, row.price).tenge,
        place=row.place,
    )
