"""Which prices rules may move: one query says the same as the policy of each price."""

import pytest

from stores.models import CityPrice, Product, Store
from stores.services.prices.automated import automated_prices
from stores.services.prices.plans import policy_of, read_rules
from tests import cast

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("product", "city", "rule_of_category", "rule_of_store", "is_automated"),
    [
        ("undercut", "", None, None, True),
        ("manual", "", None, None, False),
        ("manual", "undercut", None, None, True),
        ("undercut", "manual", None, None, False),
        ("by_rule", "", None, None, False),
        ("by_rule", "", "match", None, True),
        ("by_rule", "", None, "match", True),
        ("by_rule", "", "manual", "match", False),
        ("by_rule", "", "match", "manual", True),
        ("manual", "by_rule", None, "match", True),
        ("manual", "by_rule", None, None, False),
        ("manual", "", "match", "match", False),
    ],
)
def test_the_query_says_what_the_policy_says(
    store: Store,
    strangers_store: Store,
    product: str,
    city: str,
    rule_of_category: str | None,
    rule_of_store: str | None,
    is_automated: bool,
) -> None:
    row = cast.city_price(cast.product(store, strategy=product))
    Product.everything.update(category_code="Kettles")
    CityPrice.everything.update(strategy=city)
    cast.rule(strangers_store, "Kettles")
    cast.rule(store, "kettles", is_on=False)
    for category, strategy in (("Kettles", rule_of_category), ("", rule_of_store)):
        if strategy:
            cast.rule(store, category, name=category or "All", strategy=strategy)
    row = cast.city_price(row.product)
    assert policy_of(row, read_rules([row])).is_automated is is_automated
    assert automated_prices().filter(pk=row.pk).exists() is is_automated


def test_a_rule_that_is_off_moves_nothing(store: Store) -> None:
    cast.product(store, strategy="by_rule")
    cast.rule(store, is_on=False)
    assert not automated_prices().exists()


def test_a_category_rule_that_is_off_keeps_its_category_from_the_stores_rule(store: Store) -> None:
    row = cast.city_price(cast.product(store, strategy="by_rule"))
    Product.everything.update(category_code="Kettles")
    cast.rule(store, name="All")
    of_category = cast.rule(store, "Kettles", is_on=False)
    row = cast.city_price(row.product)
    assert not policy_of(row, read_rules([row])).is_automated
    assert not automated_prices().exists()
    of_category.delete()
    assert policy_of(row, read_rules([row])).is_automated
    assert automated_prices().get() == row


def test_a_paused_product_is_moved_by_nobody(store: Store) -> None:
    cast.product(store)
    Product.everything.update(is_paused=True)
    assert not automated_prices().exists()
