"""How many more products a change would have repriced, counted before it is done: a tariff limits them."""

from collections.abc import Callable

from msgspec import Struct

from stores.models import CityPrice, PricingRule, Product, Store
from stores.services.catalogue.plan import ProductPlan
from stores.services.rows import among
from stores.services.subscription.limits import repriced_prices

Strategy = Product.Strategy
# What decides whether rules move a product, besides the strategies of its cities, which no such change touches.
DECIDING = frozenset({"strategy", "category_code"})


class Wish(Struct):
    """
    What decides whether a product would be repriced after the change: its future strategy and category.

    `gets_price`: it gets a new price in a city, which follows the product.
    """

    strategy: str
    category_code: str
    gets_price: bool


class Repriced:
    """Plans are added one by one; those that leave it as it is are forgotten at once."""

    def __init__(self) -> None:
        self._changed: dict[int, Wish] = {}
        self._new: list[Wish] = []

    def add(self, plan: ProductPlan) -> None:
        gets_price = any(city.is_new for city in plan.cities.values())
        if not plan.is_changed or not (gets_price or any(change.field in DECIDING for change in plan.changes)):
            return
        wish = Wish(plan.after.strategy, plan.after.category_code, gets_price)
        if plan.is_new:
            self._new.append(wish)
        else:
            self._changed[plan.after.id] = wish

    def count_more(self, store: Store) -> int:
        """How many more products of the store would be repriced; below 0 for fewer, 0 where it only watches."""
        if store.mode == Store.Mode.WATCH or not (self._changed or self._new):
            return 0
        is_repriced = _reader_of_rules(store)
        prices = CityPrice.everything.filter(product__in=among(self._changed)).order_by()
        after = {product_id for product_id, wish in self._changed.items() if wish.gets_price and is_repriced(wish, "")}
        for product_id, own in prices.values_list("product", "strategy"):
            if is_repriced(self._changed[product_id], own):
                after.add(product_id)
        before = repriced_prices().filter(product__in=among(self._changed)).order_by().values("product").distinct()
        new = sum(wish.gets_price and is_repriced(wish, "") for wish in self._new)
        return len(after) + new - before.count()


def _reader_of_rules(store: Store) -> Callable[[Wish, str], bool]:
    """Whether a price moves by itself whose city has this strategy of its own; empty: that of the product."""
    rules = dict(PricingRule.everything.filter(store=store, is_on=True).values_list("category_code", "strategy"))

    def is_repriced(wish: Wish, own: str) -> bool:
        strategy = own or wish.strategy
        if strategy == Strategy.BY_RULE:
            strategy = rules.get(wish.category_code) or rules.get("", Strategy.MANUAL)
        return strategy != Strategy.MANUAL

    return is_repriced
