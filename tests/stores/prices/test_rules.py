"""Rules by store and category: who follows which, what they move, and who may change them."""

from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from rest_framework.test import APIClient

from stores.models import CityPrice, PricingRule, Product, ProductPriceUpdate, Store
from stores.services.errors import Forbidden, Refusal, StaleEdit
from stores.services.prices import gateway
from stores.services.prices.decide import decide_markets
from stores.services.prices.explain import explain
from stores.services.prices.gateway import Intent
from stores.services.prices.plans import policy_of, read_rules
from stores.services.prices.pricing_edit import PricingEdit, edit_pricing
from stores.services.prices.rules import change_rule, count_followers, create_rule, delete_rule
from tests import cast
from users.models import User

pytestmark = pytest.mark.django_db
ME = "30125007"
URL = "/api/rules/"
BY_RULE = Product.Strategy.BY_RULE


@pytest.fixture
def product(store: Store) -> Product:
    """A kettle that is priced by rule, in two cities."""
    made = cast.product(store, strategy=BY_RULE, cities=(cast.ALMATY, cast.ASTANA))
    Product.everything.filter(pk=made.pk).update(category_code="Kettles", step=7)
    return Product.everything.get(pk=made.pk)


@pytest.fixture
def row(product: Product) -> CityPrice:
    return cast.city_price(product)


def look_and_decide(row: CityPrice, rival: int = 9_500) -> int:
    """The price after one look."""
    recorded = cast.see(row.market, {ME: row.price, "a": rival})
    decide_markets(recorded.market_ids)
    row.refresh_from_db()
    return row.price


def policy(row: CityPrice) -> tuple[str, int, str]:
    """Strategy, step, and the name of the rule."""
    row = CityPrice.everything.select_related("product").get(pk=row.pk)
    found = policy_of(row, read_rules([row]))
    return found.strategy, found.step, found.rule.name if found.rule else ""


# --- Which rule -------------------------------------------------------------------------------------------------------


def test_followers_are_counted_as_they_are_priced(store: Store, product: Product) -> None:
    """`product` is a kettle in two cities; beside it: one by rule in one city only, one by rule of no category."""
    for sku, category, own, in_city in (
        ("S1", "Kettles", "match", "by_rule"),
        ("S2", "", "by_rule", ""),
        ("S3", "kettles", "by_rule", ""),
        ("S4", "Kettles", "by_rule", "match"),
        ("S5", "Kettles", "match", ""),
    ):
        made = cast.product(store, sku, strategy=own)
        Product.everything.filter(pk=made.pk).update(category_code=category)
        CityPrice.everything.filter(product=made).update(strategy=in_city)
    kettles = cast.rule(store, "Kettles", is_on=False)
    lamps = cast.rule(store, "Lamps", name="Lamps")
    whole = cast.rule(store, "", name="Store")
    assert count_followers(store, [kettles, lamps, whole]) == {kettles.pk: 2, lamps.pk: 0, whole.pk: 2}
    kettles = change_rule(kettles, kettles.version, {"is_on": True}, store.memberships.get(role="owner").user)
    assert count_followers(store, [kettles, lamps, whole]) == {kettles.pk: 2, lamps.pk: 0, whole.pk: 2}


@pytest.mark.parametrize(
    ("rules", "expected"),
    [
        ([], ("by_rule", 7, "")),
        ([("Kettles", "match", 5, True)], ("match", 5, "Kettles")),
        ([("", "undercut", 3, True)], ("undercut", 3, "Store")),
        ([("", "undercut", 3, True), ("Kettles", "match", 5, True)], ("match", 5, "Kettles")),
        ([("", "undercut", 3, True), ("Kettles", "match", 5, False)], ("by_rule", 7, "")),
        ([("", "undercut", 3, False), ("Kettles", "match", 5, True)], ("match", 5, "Kettles")),
        ([("kettles", "match", 5, True), ("Kettles ", "match", 6, True)], ("by_rule", 7, "")),
        ([("Kettles", "manual", 1, True), ("", "undercut", 3, True)], ("manual", 1, "Kettles")),
    ],
)
def test_the_category_goes_before_the_store_and_only_what_is_on_counts(
    store: Store, row: CityPrice, rules: list[tuple[str, str, int, bool]], expected: tuple[str, int, str]
) -> None:
    for category, strategy, step, is_on in rules:
        cast.rule(store, category, name=category or "Store", strategy=strategy, step=step, is_on=is_on)
    assert policy(row) == expected


@pytest.mark.parametrize(
    ("of_city", "of_product", "expected"),
    [
        ("", "by_rule", ("match", 5, "Kettles")),
        ("", "undercut", ("undercut", 7, "")),
        ("stay_above", "by_rule", ("stay_above", 7, "")),
        ("stay_above", "undercut", ("stay_above", 7, "")),
        ("by_rule", "undercut", ("match", 5, "Kettles")),
        ("manual", "by_rule", ("manual", 7, "")),
    ],
)
def test_the_city_goes_before_the_product_and_that_before_the_rule(
    store: Store, row: CityPrice, of_city: str, of_product: str, expected: tuple[str, int, str]
) -> None:
    cast.rule(store, "Kettles", step=5)
    CityPrice.everything.filter(pk=row.pk).update(strategy=of_city)
    Product.everything.filter(pk=row.product_id).update(strategy=of_product)
    assert policy(row) == expected


def test_a_neighbours_rule_is_not_followed(strangers_store: Store, row: CityPrice) -> None:
    cast.rule(strangers_store, "Kettles")
    cast.rule(strangers_store)
    assert policy(row) == ("by_rule", 7, "")


def test_the_rules_of_all_stores_are_one_query_and_none_where_nobody_follows_one(
    store: Store, strangers_store: Store, row: CityPrice
) -> None:
    theirs = cast.city_price(cast.product(strangers_store, strategy=BY_RULE))
    by_itself = cast.city_price(cast.product(store, "SKU-2"))
    with CaptureQueriesContext(
        connection,
    ) as queries:
        read_rules([row, theirs, by_itself])
    assert len(queries) == 1
    with CaptureQueriesContext(connection) as queries:
        read_rules([by_itself])
    assert len(queries) == 0


# --- What a rule moves ------------------------------------------------------------------------------------------------


def test_a_rule_moves_the_price_and_the_change_says_which(store: Store, row: CityPrice) -> None:
    rule = cast.rule(store, "Kettles", name="Чайники", plan={"smallest_move": 10})
    assert look_and_decide(row) == 9_500
    update = ProductPriceUpdate.everything.get()
    assert (update.rule, update.why["rule"], update.origin) == (rule, "Чайники", "rule")
    assert "«Чайники»" in explain(update) or "“Чайники”" in explain(update)


@pytest.mark.parametrize("is_on", [False, None])
def test_without_a_rule_that_is_on_nothing_moves(store: Store, row: CityPrice, is_on: bool | None) -> None:
    if is_on is False:
        cast.rule(store, "Kettles", is_on=False)
    assert look_and_decide(row) == 10_000
    assert not ProductPriceUpdate.everything.exists()


def test_each_city_keeps_its_own_corridor(store: Store, product: Product, row: CityPrice) -> None:
    cast.rule(store, "Kettles")
    astana = cast.city_price(product, cast.ASTANA)
    CityPrice.everything.filter(pk=astana.pk).update(floor=9_800)
    assert (look_and_decide(row), look_and_decide(astana)) == (9_500, 9_800)


def test_a_decision_in_flight_does_not_pass_a_rule_that_was_switched_off(
    store: Store, row: CityPrice, seller: User
) -> None:
    rule = cast.rule(store, "Kettles")
    cast.rule(store, "", strategy="undercut")
    decided = Intent(row.pk, 9_500, row.version, looked_at=timezone.now(), shown=row.price, rule_id=rule.pk)
    change_rule(rule, rule.version, {"is_on": False}, seller)
    assert gateway.send(decided).hold_code == "not_automated"
    assert CityPrice.everything.get(pk=row.pk).price == 10_000


def test_what_a_rule_did_outlives_it(store: Store, row: CityPrice, seller: User) -> None:
    rule = cast.rule(store, "Kettles", name="Чайники")
    look_and_decide(row)
    delete_rule(change_rule(rule, rule.version, {"is_on": False}, seller), seller)
    update = ProductPriceUpdate.everything.get()
    assert (update.rule, update.why["rule"]) == (None, "Чайники")


# --- Who changes them -------------------------------------------------------------------------------------------------


def test_a_new_rule_is_off(store: Store, seller: User) -> None:
    made = create_rule(store, {"name": "All", "strategy": "undercut"}, seller)
    assert (made.is_on, made.category_code, made.step, made.plan) == (False, "", 1, {})


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({"strategy": "by_rule"}, "bad_plan"),
        ({"strategy": "fixed"}, "bad_plan"),
        ({"plan": {"conditons": {}}}, "bad_plan"),
        ({"category_code": ""}, "category_taken"),
    ],
)
def test_what_cannot_be_followed_is_refused(store: Store, seller: User, values: dict[str, Any], code: str) -> None:
    cast.rule(store)
    rule = cast.rule(store, "Kettles")
    for attempt in (
        lambda: create_rule(store, {"name": "x", "strategy": "match", "category_code": "Irons"} | values, seller),
        lambda: change_rule(rule, rule.version, values, seller),
    ):
        with pytest.raises(Refusal) as refused:
            attempt()
        assert refused.value.code == code
    assert list(PricingRule.everything.order_by("pk").values_list("category_code", "strategy", "version")) == [
        ("", "match", 2),
        ("Kettles", "match", 2),
    ]


def test_who_may_only_look_changes_no_rule(store: Store, assistant: User) -> None:
    rule = cast.rule(store)
    for attempt in (
        lambda: create_rule(store, {"name": "x", "strategy": "match", "category_code": "Irons"}, assistant),
        lambda: change_rule(rule, rule.version, {"is_on": False}, assistant),
        lambda: delete_rule(rule, assistant),
    ):
        with pytest.raises(Forbidden):
            attempt()
    assert PricingRule.everything.get().is_on


def test_an_edit_of_an_older_version_is_refused(store: Store, seller: User) -> None:
    rule = cast.rule(store, is_on=False)
    change_rule(rule, 1, {"step": 5}, seller)
    with pytest.raises(StaleEdit):
        change_rule(rule, 1, {"step": 9}, seller)
    assert PricingRule.everything.get().step == 5


def test_a_rule_that_is_on_is_not_deleted(store: Store, seller: User) -> None:
    with pytest.raises(Refusal) as refused:
        delete_rule(cast.rule(store), seller)
    assert refused.value.code == "rule_is_on"
    assert PricingRule.everything.exists()


def test_the_table_knows_one_rule_a_category_and_none_that_follows_rules(store: Store) -> None:
    PricingRule.everything.create(store=store, name="a", strategy="match")
    for values in ({"strategy": "match"}, {"strategy": "by_rule", "category_code": "Irons"}):
        with pytest.raises(IntegrityError), transaction.atomic():
            PricingRule.everything.create(store=store, name="b", **values)


# --- One city's own strategy ------------------------------------------------------------------------------------------


def edit(product: Product, actor: User, city_id: str | None = None, **values: Any) -> None:
    product.refresh_from_db()
    edit_pricing(product, PricingEdit(product.version, values, city_id), actor)


def test_a_city_takes_a_strategy_of_its_own_and_gives_it_back(product: Product, row: CityPrice, seller: User) -> None:
    edit(product, seller, cast.ALMATY, strategy="undercut", step=50, plan={"smallest_move": 5})
    assert policy(row) == ("undercut", 50, "")
    assert policy(cast.city_price(product, cast.ASTANA)) == ("by_rule", 7, "")
    assert look_and_decide(row) == 9_450
    edit(product, seller, cast.ALMATY, strategy="")
    row.refresh_from_db()
    assert (row.strategy, row.plan, row.step) == ("", None, None)
    assert Product.everything.get().strategy == BY_RULE


@pytest.mark.parametrize(
    ("city_id", "values", "code"),
    [
        (cast.ALMATY, {"step": 5}, "no_city_strategy"),
        (cast.ALMATY, {"plan": {}}, "no_city_strategy"),
        (cast.ALMATY, {"strategy": "fixed"}, "bad_plan"),
        (cast.ALMATY, {"strategy": "by_rule", "plan": {"smallest_move": 5}}, "bad_plan"),
        (None, {"strategy": "by_rule", "plan": {"smallest_move": 5}}, "bad_plan"),
        (None, {"strategy": ""}, "bad_plan"),
    ],
)
def test_what_no_city_and_no_product_can_follow_is_refused(
    product: Product, seller: User, city_id: str | None, values: dict[str, Any], code: str
) -> None:
    with pytest.raises(Refusal) as refused:
        edit(product, seller, city_id, **values)
    assert refused.value.code == code
    assert Product.everything.get().version == 1
    assert set(CityPrice.everything.values_list("strategy", "plan", "step")) == {("", None, None)}


# --- Over the API -----------------------------------------------------------------------------------------------------


def test_a_rule_is_made_switched_on_followed_and_taken_away(api: APIClient, store: Store, row: CityPrice) -> None:
    made = api.post(URL, {"store": store.pk, "name": "Чайники", "category_code": "Kettles", "strategy": "match"})
    assert (made.status_code, made.json()["is_on"], made.json()["version"]) == (201, False, 1)
    place = f"{URL}{made.json()['id']}/"
    switched = api.patch(place, {"is_on": True, "step": 4}, headers={"If-Match": "1"})
    assert (switched.status_code, switched.json()["is_on"], switched.json()["version"]) == (200, True, 2)
    product = api.get(f"/api/products/{row.product_id}/").json()
    assert product["cities"][0]["policy"] == {
        "strategy": "match",
        "plan": {},
        "step": 4,
        "rule": made.json()["id"],
        "rule_name": "Чайники",
    }
    assert api.delete(place).json()["code"] == "rule_is_on"
    api.patch(place, {"is_on": False}, headers={"If-Match": "2"})
    assert (api.delete(place).status_code, api.get(URL).json()["results"]) == (204, [])


@pytest.mark.parametrize(
    ("body", "version", "status"),
    [
        ({"is_on": True}, None, 428),
        ({"is_on": True}, "9", 412),
        ({"strategy": "by_rule"}, "1", 400),
        ({"step": 0}, "1", 400),
        ({"store": 1}, "1", 400),
        ({"plan": {"x": 1}}, "1", 422),
    ],
)
def test_an_edit_that_does_not_fit_changes_nothing(
    api: APIClient, store: Store, body: dict[str, Any], version: str | None, status: int
) -> None:
    rule = cast.rule(store, is_on=False)
    answer = api.patch(f"{URL}{rule.pk}/", body, headers={"If-Match": version} if version else {})
    assert answer.status_code == status
    assert PricingRule.everything.get().version == 1


def test_no_rule_is_made_in_a_strangers_store(api: APIClient, strangers_store: Store) -> None:
    body = {"name": "x", "strategy": "match"}
    answers = [api.post(URL, body | {"store": key}) for key in (strangers_store.pk, 999_999)]
    assert [answer.status_code for answer in answers] == [404, 404]
    assert answers[0].json() == answers[1].json()
    assert not PricingRule.everything.exists()
