"""The one way by which facts of products change: what a wish does, what is refused without a trace, who did it."""

from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from stores.management.commands.demo import TAX_REGIME
from stores.models import (
    Availability,
    CatalogueBatch,
    CatalogueChange,
    CityPrice,
    Listing,
    Product,
    ProductPriceUpdate,
    SalesPoint,
    Store,
)
from stores.services import catalogue
from stores.services.catalogue import EMPTY, CityChange, PointChange, ProductChange, Terms
from stores.services.errors import Forbidden
from stores.services.prices.decide import decide_markets
from stores.services.prices.pricing_edit import PricingEdit, edit_pricing
from stores.services.prices.proposals import State
from stores.services.store import change_store
from tests import cast
from tests.cast import ALMATY, ASTANA
from users.models import User

pytestmark = pytest.mark.django_db

Source = CatalogueBatch.Source
KETTLE = ProductChange(
    "KETTLE",
    card_id="100000009",
    model="Шәйнек",
    brand="Qazan",
    purchase_cost=6_000,
    strategy="undercut",
    everywhere=CityChange(10_000, 8_000, 12_000),
    cities={ASTANA: CityChange(price=10_500)},
    points={"PP1": PointChange(is_available=True, stock_count=3), "PP2": PointChange(is_available=True)},
)

THIRTY_ONE = {"PP1": PointChange(preorder_days=31)}


def apply(
    store: Store, actor: User | None, *changes: ProductChange, source: Source = Source.API, **terms: bool
) -> catalogue.Applied:
    return catalogue.apply_changes(store, changes, actor, source, Terms(**terms))


def codes(store: Store, *changes: ProductChange, **terms: bool) -> list[list[tuple[str, str]]]:
    plans = catalogue.plan_changes(store, changes, Terms(**terms))
    return [[(each.field, each.code) for each in plan.refused] for plan in plans]


def facts(store: Store) -> tuple[Any, ...]:
    """Everything that a refusal must leave as it was."""
    return (
        list(Product.everything.filter(store=store).order_by("pk").values()),
        list(CityPrice.everything.filter(product__store=store).order_by("pk").values()),
        list(Availability.everything.filter(product__store=store).order_by("pk").values()),
        CatalogueChange.everything.count(),
        ProductPriceUpdate.everything.count(),
        Store.everything.get(pk=store.pk).catalogue_version,
    )


def corridors(product: Product) -> dict[str, tuple[int | None, int, int | None]]:
    rows = CityPrice.everything.filter(product=product)
    return {row.city_id: (row.floor, row.price, row.ceiling) for row in rows}


def history(product: Product) -> list[tuple[str, str, Any, Any]]:
    rows = CatalogueChange.everything.filter(product=product).order_by("pk")
    return [(row.field, row.city_id or row.point_code, row.old, row.new) for row in rows]


def policies(product: Product) -> dict[str, tuple[str, Any, int | None]]:
    rows = CityPrice.everything.filter(product=product)
    return {row.city_id: (row.strategy, row.plan, row.step) for row in rows}


def edit(product: Product, actor: User, values: dict[str, Any], city_id: str) -> CatalogueBatch:
    version = Product.everything.get(pk=product.pk).version
    edit_pricing(product, PricingEdit(version, values, city_id=city_id), actor)
    return CatalogueBatch.everything.latest("pk")


# --- Adding -----------------------------------------------------------------------------------------------------------


def test_a_new_product_comes_with_its_prices_points_and_markets(store: Store, seller: User) -> None:
    applied = apply(store, seller, KETTLE)
    product = Product.everything.get(store=store, sku="KETTLE")
    assert (applied.added, applied.changed, applied.refused, applied.held) == (1, 0, {}, {})
    assert (product.model, product.brand, product.purchase_cost, product.strategy) == (
        *("Шәйнек", "Qazan", 6_000, "undercut"),
    )
    assert corridors(product) == {ALMATY: (8_000, 10_000, 12_000), ASTANA: (8_000, 10_500, 12_000)}
    assert set(CityPrice.everything.values_list("market__card_id", "market__city_id", "confirmed_price")) == {
        ("100000009", ALMATY, 10_000),
        ("100000009", ASTANA, 10_500),
    }
    assert set(Listing.everything.filter(store=store).values_list("city_id", flat=True)) == {ALMATY, ASTANA}
    rows = Availability.everything.filter(product=product)
    assert set(rows.values_list("sales_point__code", "is_available", "stock_count")) == {
        ("PP1", True, 3),
        ("PP2", True, None),
    }


def test_a_new_product_is_one_row_of_history(store: Store, seller: User) -> None:
    batch = apply(store, seller, KETTLE, source=Source.UPLOAD).batch
    [change] = CatalogueChange.everything.all()
    assert (change.batch, change.store, change.sku, change.field, change.old) == (batch, store, "KETTLE", "added", None)
    assert change.new["price"] == {ALMATY: 10_000, ASTANA: 10_500}
    assert (change.new["model"], change.new["stock_count"]) == ("Шәйнек", {"PP1": 3})
    assert (batch.actor, batch.source, batch.products_added, batch.products_changed) == (seller, "upload", 1, 0)


# --- Changing ---------------------------------------------------------------------------------------------------------


def test_only_what_is_named_changes(store: Store, seller: User) -> None:
    product = cast.product(store)
    before: dict[str, Any] = {**Product.everything.filter(pk=product.pk).values().get()}
    apply(store, seller, ProductChange("SKU-1", brand="Tefal", points={"PP1": PointChange(stock_count=EMPTY)}))
    after: dict[str, Any] = {**Product.everything.filter(pk=product.pk).values().get()}
    assert {name for name in before if before[name] != after[name]} == {
        *("brand", "version", "updated_at"),
        *("search", "sort_name", "offer_version"),
    }
    assert (after["brand"], after["version"], after["search"]) == ("Tefal", 2, "чайник sku-1 tefal sku-1")
    assert Availability.everything.get(product=product).stock_count is None
    assert history(product) == [("brand", "", "Qazan", "Tefal"), ("stock_count", "PP1", 5, None)]


def test_the_same_again_changes_nothing(store: Store, seller: User) -> None:
    apply(store, seller, KETTLE)
    before = facts(store)
    applied = apply(store, seller, KETTLE)
    assert (applied.added, applied.changed, applied.unchanged) == (0, 0, 1)
    assert facts(store) == before


def test_a_price_leaves_through_the_gateway_with_its_limits(store: Store, seller: User) -> None:
    product = cast.product(store)
    apply(store, seller, ProductChange("SKU-1", everywhere=CityChange(20_000, 18_000, 22_000)))
    [update] = ProductPriceUpdate.everything.all()
    assert (update.old_price, update.new_price, update.floor, update.ceiling) == (10_000, 20_000, 18_000, 22_000)
    assert (update.state, update.origin, update.actor) == (State.APPROVED, "person", seller)
    assert corridors(product) == {ALMATY: (18_000, 20_000, 22_000)}
    assert CityPrice.everything.get(product=product).confirmed_price == 20_000
    assert history(product) == [
        ("price", ALMATY, 10_000, 20_000),
        ("floor", ALMATY, 8_000, 18_000),
        ("ceiling", ALMATY, 12_000, 22_000),
    ]


@pytest.mark.parametrize(
    ("limits", "expected"),
    [
        (CityChange(floor=11_000), (11_000, 11_000, 12_000)),
        (CityChange(ceiling=9_000), (8_000, 9_000, 9_000)),
        (CityChange(floor=20_000, ceiling=30_000), (20_000, 20_000, 30_000)),
    ],
    ids=["floor", "ceiling", "both"],
)
def test_a_price_follows_its_new_limits_only_when_that_was_asked_for(
    store: Store, seller: User, limits: CityChange, expected: tuple[int, int, int]
) -> None:
    product = cast.product(store)
    change = ProductChange("SKU-1", everywhere=limits)
    refused = apply(store, seller, change).refused["SKU-1"]
    assert [each.code for each in refused] == ["price_outside_limits"]
    assert corridors(product) == {ALMATY: (8_000, 10_000, 12_000)}
    apply(store, seller, change, move_prices=True)
    assert corridors(product) == {ALMATY: expected}


def test_a_product_that_goes_to_another_card_is_watched_there(store: Store, seller: User) -> None:
    product = cast.product(store)
    CityPrice.everything.filter(product=product).update(place=2, lowest_rival=9_000)
    apply(store, seller, ProductChange("SKU-1", card_id="100000002"))
    row = cast.city_price(product)
    assert (row.market.card_id, row.place, row.lowest_rival) == ("100000002", None, None)
    apply(store, seller, ProductChange("SKU-1", card_id=EMPTY))
    assert cast.city_price(product).market is None


def test_what_rules_proposed_before_is_withdrawn(store: Store, seller: User) -> None:
    change_store(store, {"mode": Store.Mode.ASK}, seller)
    product = cast.product(store)
    cast.see(cast.city_price(product).market, {store.merchant_id: 10_000, "30200001": 9_500})
    decide_markets([cast.city_price(product).market_id])
    assert ProductPriceUpdate.everything.get().state == State.PROPOSED
    apply(store, seller, ProductChange("SKU-1", step=7))
    assert ProductPriceUpdate.everything.get().state == State.SUPERSEDED


NEW_FOR_80 = ProductChange("SKU-2", model="X", purchase_cost=80, cities={ALMATY: CityChange(price=8_000)})


# --- Refusing ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("case", "change", "expected"),
    [
        ("two corridors", ProductChange("SKU-1", everywhere=CityChange(floor=12_001)), ("price", "limits_crossed")),
        ("out of it", ProductChange("SKU-1", everywhere=CityChange(7_999)), ("price", "price_outside_limits")),
        ("1 tenge", ProductChange("SKU-1", everywhere=CityChange(1)), ("price", "out_of_range")),
        ("no number", ProductChange("SKU-1", everywhere=CityChange(True)), ("price", "not_a_number")),
        ("a tenth", ProductChange("SKU-1", purchase_cost=1.5), ("purchase_cost", "not_a_number")),
        ("no price", ProductChange("SKU-1", cities={ASTANA: CityChange(floor=8_000)}), ("price", "no_price")),
        ("no city", ProductChange("SKU-1", cities={"1": CityChange(8_000)}), ("price", "unknown_city")),
        ("invented", ProductChange("SKU-1", points={"PP9": PointChange(True)}), ("", "unknown_point")),
        ("no price there", ProductChange("SKU-1", points={"PP2": PointChange(True)}), ("price", "no_price")),
        ("31 days", ProductChange("SKU-1", points=THIRTY_ONE), ("preorder_days", "out_of_range")),
        ("no name", ProductChange("SKU-1", model=" "), ("model", "empty")),
        ("two lines", ProductChange("SKU-1", model="a\nb"), ("model", "not_text")),
        ("long", ProductChange("SKU-1", brand="b" * 257), ("brand", "too_long")),
        ("a name", ProductChange("SKU-1", card_id="kettle"), ("card_id", "not_a_card")),
        ("unheard", ProductChange("SKU-1", strategy="win"), ("strategy", "unknown_strategy")),
        ("no plan", ProductChange("SKU-1", plan={"parameters": {"x": 1}}), ("", "bad_plan")),
        ("all of it", ProductChange("SKU-1", least_margin=Decimal(1)), ("least_margin", "out_of_range")),
        ("stale", ProductChange("SKU-1", brand="X", version=2), ("", "stale")),
        ("unknown", ProductChange("SKU-2", brand="X"), ("", "no_such_product")),
        ("blank", ProductChange(" SKU-2", model="X"), ("", "bad_sku")),
        ("a slip", ProductChange("SKU-1", everywhere=CityChange(floor=3_999)), ("floor", "confirm_needed")),
        ("cents", ProductChange("SKU-1", purchase_cost=70), ("purchase_cost", "confirm_needed")),
        ("a hundred", ProductChange("SKU-1", purchase_cost=700_000), ("purchase_cost", "confirm_needed")),
        ("new", NEW_FOR_80, ("purchase_cost", "confirm_needed")),
        ("under cost", ProductChange("SKU-1", everywhere=CityChange(floor=6_999)), ("floor", "confirm_needed")),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_refused_with_all_else_of_its_product(
    store: Store, seller: User, case: str, change: ProductChange, expected: tuple[str, str]
) -> None:
    cast.product(store)
    before = facts(store)
    assert codes(store, change)[0][0] == expected
    applied = apply(store, seller, change)
    assert (applied.added, applied.changed, [*applied.refused]) == (0, 0, [change.sku])
    assert facts(store) == before


def test_one_wrong_field_keeps_the_whole_product_and_no_other(store: Store, seller: User) -> None:
    cast.product(store), cast.product(store, "SKU-2")
    wrong = ProductChange("SKU-1", brand="Tefal", everywhere=CityChange(floor=20_000))
    apply(store, seller, wrong, ProductChange("SKU-2", brand="Tefal"))
    assert list(Product.everything.order_by("sku").values_list("brand", flat=True)) == ["Qazan", "Tefal"]


def test_a_sku_given_twice_is_refused_the_second_time(store: Store) -> None:
    assert codes(store, KETTLE, KETTLE) == [[], [("", "sku_twice")]]


def test_numbers_that_look_like_a_slip_pass_when_they_are_confirmed(store: Store, seller: User) -> None:
    product = cast.product(store)
    slip = ProductChange("SKU-1", purchase_cost=70, everywhere=CityChange(floor=3_999))
    apply(store, seller, slip, is_confirmed=True)
    product.refresh_from_db()
    assert (corridors(product)[ALMATY][0], product.purchase_cost) == (3_999, 70)


@pytest.mark.parametrize(("least_margin", "expected"), [(Decimal("0.08"), ["confirm_needed"]), (None, [])])
def test_a_cost_that_halves_the_floor_of_the_wanted_margin_needs_a_yes(
    store: Store, least_margin: Decimal | None, expected: list[str]
) -> None:
    store.tax_regime = TAX_REGIME
    store.save(update_fields=["tax_regime"])
    costs = {"category_code": "Master - Kettles", "weight_g": 2_000, "purchase_cost": 9_500}
    Product.everything.filter(pk=cast.product(store).pk).update(least_margin=least_margin, **costs)
    assert codes(store, ProductChange("SKU-1", purchase_cost=9_400)) == [[]]
    assert [code for _field, code in codes(store, ProductChange("SKU-1", purchase_cost=2_000))[0]] == expected


def test_points_of_one_city_agree_on_the_preorder(store: Store, seller: User) -> None:
    catalogue.bring_in(store, [catalogue.PointFacts("PP3", ALMATY)], [])
    cast.product(store)
    one = ProductChange("SKU-1", points={"PP1": PointChange(preorder_days=5)})
    assert codes(store, one) == [[("preorder_days", "preorder_differs")]]
    both = ProductChange("SKU-1", points={"PP1": PointChange(preorder_days=5), "PP3": PointChange(preorder_days=5)})
    assert codes(store, both) == [[]]
    SalesPoint.everything.filter(code="PP3").update(is_open=False)
    assert codes(store, one) == [[]]


def test_who_may_only_look_changes_nothing(store: Store, assistant: User, stranger: User) -> None:
    cast.product(store)
    before = facts(store)
    for person in (assistant, stranger):
        with pytest.raises(Forbidden):
            apply(store, person, ProductChange("SKU-1", brand="X"), KETTLE)
    assert facts(store) == before


def test_another_stores_product_is_not_there(store: Store, strangers_store: Store, seller: User) -> None:
    cast.product(strangers_store)
    before = facts(strangers_store)
    assert [*apply(store, seller, ProductChange("SKU-1", brand="X")).refused] == ["SKU-1"]
    assert facts(strangers_store) == before


def test_the_program_itself_moves_no_price(store: Store) -> None:
    cast.product(store)
    before = facts(store)
    with pytest.raises(ValueError, match="gateway"):
        apply(store, None, ProductChange("SKU-1", everywhere=CityChange(9_000)), source=Source.PROGRAM)
    assert facts(store) == before
    apply(store, None, ProductChange("SKU-1", card_id="100000005"), source=Source.PROGRAM)
    assert Product.everything.get().card_id == "100000005"


def test_a_price_that_the_gate_holds_keeps_its_limits_too(store: Store, seller: User) -> None:
    product = cast.product(store)
    change_store(store, {"mode": Store.Mode.PAUSED}, seller)
    applied = apply(store, seller, ProductChange("SKU-1", brand="Tefal", everywhere=CityChange(13_000, 9_000, 14_000)))
    [held] = applied.held["SKU-1"]
    assert (held.field, held.code, held.city_id) == ("price", "stopped", ALMATY)
    assert corridors(product) == {ALMATY: (8_000, 10_000, 12_000)}
    assert history(product) == [("brand", "", "Qazan", "Tefal")]
    assert not ProductPriceUpdate.everything.exists()


# --- Undoing ----------------------------------------------------------------------------------------------------------


def test_undo_puts_back_what_nobody_has_changed_since(store: Store, seller: User) -> None:
    product = cast.product(store)
    cast.product(store, "SKU-2")
    batch = apply(
        store,
        seller,
        ProductChange(
            "SKU-1",
            brand="Tefal",
            purchase_cost=5_000,
            weight_g=900,
            least_margin=Decimal("0.05"),
            everywhere=CityChange(20_000, 18_000, 22_000),
            points={"PP1": PointChange(False, 0, 3)},
        ),
        ProductChange("SKU-2", brand="Tefal"),
    ).batch
    apply(store, seller, ProductChange("SKU-1", purchase_cost=5_500))
    undone = catalogue.undo_batch(batch, seller)
    product.refresh_from_db()
    assert (product.brand, product.purchase_cost, product.weight_g, product.least_margin) == (
        "Qazan",
        5_500,
        None,
        None,
    )
    assert corridors(product) == {ALMATY: (8_000, 10_000, 12_000)}
    assert Availability.everything.filter(product=product).values_list(
        "is_available", "stock_count", "preorder_days"
    ).get() == (True, 5, None)
    assert {sku: [(each.field, each.code) for each in left] for sku, left in undone.left.items()} == {
        "SKU-1": [("purchase_cost", "changed_since")]
    }
    assert (undone.restored, undone.removed, undone.batch.undoes) == (2, 0, batch)


def test_undo_is_not_held_by_the_change_budget(store: Store, seller: User, settings: Any) -> None:
    settings.CHANGES_PER_HALF_HOUR = 1
    product = cast.product(store)
    batch = apply(store, seller, ProductChange("SKU-1", everywhere=CityChange(9_000))).batch
    assert catalogue.undo_batch(batch, seller).left == {}
    assert corridors(product)[ALMATY][1] == 10_000
    states = ProductPriceUpdate.everything.order_by("pk").values_list("state", flat=True)
    assert list(states) == [State.UNDONE, State.APPROVED]


def test_undo_removes_new_products_that_nobody_uses(store: Store, seller: User) -> None:
    batch = apply(store, seller, KETTLE, ProductChange("POT", model="Pot"), source=Source.UPLOAD).batch
    apply(store, seller, ProductChange("KETTLE", brand="Tefal"))
    undone = catalogue.undo_batch(batch, seller)
    assert (undone.removed, undone.left) == (1, {})
    product = Product.everything.get()
    assert product.sku == "KETTLE"
    assert set(Availability.everything.values_list("is_available", flat=True)) == {False}
    assert CatalogueChange.everything.filter(field="removed").values_list("sku", "product").get() == ("POT", None)


def test_undo_puts_back_what_moves_the_price_in_one_city(store: Store, seller: User) -> None:
    product = cast.product(store, strategy="undercut", cities=(ALMATY, ASTANA))
    before = policies(product)
    batch = edit(product, seller, {"strategy": "nine_ending", "step": 5}, city_id=ASTANA)
    undone = catalogue.undo_batch(batch, seller)
    assert (undone.restored, undone.left, policies(product)) == (1, {}, before)
    assert history(product)[-3:] == [
        *(("strategy", ASTANA, "nine_ending", ""), ("plan", ASTANA, {}, None), ("step", ASTANA, 5, None)),
    ]
    assert catalogue.undo_batch(undone.batch, seller).restored == 1
    assert policies(product)[ASTANA] == ("nine_ending", {}, 5)


def test_a_city_that_has_another_strategy_by_now_keeps_it(store: Store, seller: User) -> None:
    product = cast.product(store, strategy="undercut", cities=(ALMATY, ASTANA))
    batch = edit(product, seller, {"strategy": "nine_ending", "step": 5}, city_id=ASTANA)
    edit(product, seller, {"strategy": "match"}, city_id=ASTANA)
    product.refresh_from_db()
    undone = catalogue.undo_batch(batch, seller)
    assert undone.restored == 0
    assert {(each.field, each.code, each.city_id) for each in undone.left["SKU-1"]} == {
        ("strategy", "changed_since", ASTANA),
        ("plan", "changed_since", ASTANA),
        ("step", "changed_since", ASTANA),
    }
    assert policies(product)[ASTANA] == ("match", {}, 5)
    assert Product.everything.get().version == product.version


def test_a_plan_that_cannot_be_followed_any_more_is_not_put_back(store: Store, seller: User) -> None:
    product = cast.product(store, strategy="undercut")
    edit(product, seller, {"strategy": "nine_ending"}, city_id=ALMATY)
    batch = edit(product, seller, {"strategy": "match"}, city_id=ALMATY)
    CatalogueChange.everything.filter(batch=batch, field="strategy").update(old="gone")
    undone = catalogue.undo_batch(batch, seller)
    assert [(each.field, each.code, each.city_id) for each in undone.left["SKU-1"]] == [
        ("strategy", "bad_plan", ALMATY)
    ]
    assert policies(product)[ALMATY] == ("match", {}, None)


def test_undoing_twice_changes_nothing_more(store: Store, seller: User) -> None:
    cast.product(store)
    batch = apply(store, seller, ProductChange("SKU-1", brand="Tefal")).batch
    undone = catalogue.undo_batch(batch, seller)
    before = facts(store)
    assert catalogue.undo_batch(batch, seller).batch == undone.batch
    assert facts(store) == before


def test_who_may_only_look_undoes_nothing(store: Store, seller: User, assistant: User) -> None:
    cast.product(store)
    batch = apply(store, seller, ProductChange("SKU-1", brand="Tefal")).batch
    with pytest.raises(Forbidden):
        catalogue.undo_batch(batch, assistant)
    assert Product.everything.get().brand == "Tefal"


# --- Many -------------------------------------------------------------------------------------------------------------


def test_hundreds_cost_what_a_few_cost(store: Store, seller: User) -> None:
    def queries(of: list[ProductChange]) -> int:
        with CaptureQueriesContext(connection) as captured:
            apply(store, seller, *of)
        return len(captured)

    def many(count: int, letter: str, **values: Any) -> list[ProductChange]:
        return [ProductChange(f"{letter}-{number}", **values) for number in range(count)]

    new = {"model": "X", "card_id": "100000001", "everywhere": CityChange(9_000, 8_000, 10_000)}
    new |= {"points": {"PP1": PointChange(True, 1)}}
    changed = {"brand": "Y", "everywhere": CityChange(floor=8_100)}
    apply(store, seller, ProductChange("C", **new))  # The market and the listings are there.
    few = queries(many(2, "A", **new)), queries(many(2, "A", **changed))
    hundreds = queries(many(400, "B", **new)), queries(many(400, "B", **changed))
    assert Product.everything.filter(brand="Y").count() == 402
    assert hundreds == few
