"""Which prices rules may move, as one query."""

from django.db.models import Case, CharField, F, OuterRef, QuerySet, Subquery, Value, When
from django.db.models.functions import Coalesce

from stores.models import CityPrice, PricingRule, Product

Strategy = Product.Strategy


def automated_prices() -> QuerySet[CityPrice]:
    """The prices of all stores of which `policy_of(row).is_automated`, of products that are not paused."""
    return prices_with_strategy().filter(product__is_paused=False)


def prices_with_strategy() -> QuerySet[CityPrice]:
    """Like `automated_prices`, with those of paused products."""
    own = Case(When(strategy="", then=F("product__strategy")), default=F("strategy"), output_field=CharField())
    of_rule = Coalesce(
        _strategy_of_rule(OuterRef("product__category_code")), _strategy_of_rule(Value("")), Value(Strategy.MANUAL)
    )
    strategy = Case(When(own_strategy=Strategy.BY_RULE, then=of_rule), default=F("own_strategy"))
    prices = CityPrice.everything.alias(own_strategy=own).alias(effective=strategy)
    return prices.exclude(effective=Strategy.MANUAL)


def markets_of(prices: QuerySet[CityPrice]) -> set[int]:
    """The markets in which these prices stand."""
    markets = prices.filter(market__isnull=False).order_by().values_list("market", flat=True)
    return {market for market in markets if market is not None}


def _strategy_of_rule(category_code: OuterRef | Value) -> Subquery:
    """The rule's strategy; by hand where it is switched off: it keeps its category, as `plans.Rules.of` has it."""
    rules = PricingRule.everything.filter(store=OuterRef("product__store"), category_code=category_code)
    strategy = Case(When(is_on=True, then=F("strategy")), default=Value(Strategy.MANUAL), output_field=CharField())
    return Subquery(rules.values(followed=strategy)[:1])
