"""What sellers type: money, shares, plans. Read back exactly, and nothing of a plan is lost."""

import importlib
import inspect
import pkgutil
import re
from collections.abc import Iterator
from dataclasses import fields
from datetime import time
from pathlib import Path
from typing import Any

import pytest
from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict

import cabinet.forms
import pricing
from cabinet.fields import MoneyField, PercentField
from cabinet.forms.bulk import BulkForm
from cabinet.forms.product import ProductForm
from cabinet.plan_fields import PARAMETERS
from pricing import Answer, Conditions, Hours, LowStock, Plan, Slot, SlowSales, Truce, daily, make_strategy
from stores.models import CityPrice, Product, Store
from stores.services.prices.plans import check_plan, plan_of, to_stored
from tests import cast

NINE_TO_SIX = daily(9 * 60, 18 * 60)
OVER_MIDNIGHT = daily(22 * 60 + 30, 7 * 60)


# --- Fields -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("typed", ["12000", "12 000", " 12\u00a0000 ", "12\u202f000 ₸"])
def test_money_is_understood_as_people_write_it(typed: str) -> None:
    assert MoneyField().clean(typed) == 12_000


@pytest.mark.parametrize("typed", ["12.000", "12,000", "12.5", "1e4", "-5", "١٢", "true", "12k"])
def test_what_can_be_read_in_two_ways_is_no_money(typed: str) -> None:
    with pytest.raises(ValidationError):
        MoneyField().clean(typed)


def test_money_is_shown_as_it_may_be_typed() -> None:
    field = MoneyField()
    assert field.prepare_value(12_000) == "12\u202f000"
    assert field.clean(field.prepare_value(12_000)) == 12_000
    assert field.prepare_value("12.000") == "12.000"


@pytest.mark.parametrize(("typed", "basis_points"), [("1", 100), ("1,5", 150), ("0.05", 5), ("99,99", 9_999)])
def test_a_share_is_typed_in_per_cent(typed: str, basis_points: int) -> None:
    field = PercentField()
    assert field.clean(typed) == basis_points
    assert field.clean(field.prepare_value(basis_points)) == basis_points


@pytest.mark.parametrize("typed", ["100", "-1", "1.234", "x", "NaN", "Infinity"])
def test_what_is_no_share_is_refused(typed: str) -> None:
    with pytest.raises(ValidationError):
        PercentField().clean(typed)


MONEY = re.compile(r"price|floor|ceiling|cost|amount|step|tenge|plus|total|move$")
# Named after money, and shares of it or choices.
NO_MONEY = re.compile(r"percent|basis_points|round_to|_of$|number")


def fields_of_all_forms() -> Iterator[tuple[str, forms.Field]]:
    """Every field that a form of the cabinet has from the beginning, under its full name."""
    for module in pkgutil.iter_modules(cabinet.forms.__path__, "cabinet.forms."):
        for name, kind in inspect.getmembers(importlib.import_module(module.name), inspect.isclass):
            if issubclass(kind, forms.BaseForm):
                yield from ((f"{name}.{field_name}", field) for field_name, field in kind.base_fields.items())


def check_reads_numbers(name: str, field: forms.Field) -> None:
    """What is money is read as money, and no other number makes 12 of `12.000`."""
    if not isinstance(field, (forms.IntegerField, forms.CharField)) or isinstance(field, forms.DecimalField):
        return
    if MONEY.search(name.rpartition(".")[2]) and not NO_MONEY.search(name):
        assert isinstance(field, MoneyField), name
    if isinstance(field, forms.IntegerField):
        with pytest.raises(ValidationError):
            field.clean("12.000")


def test_no_form_makes_twelve_of_twelve_thousand() -> None:
    fields = dict(fields_of_all_forms())
    assert {"BulkForm.step", "CountForm.stock"} <= fields.keys()
    for name, field in fields.items():
        check_reads_numbers(name, field)


@pytest.mark.django_db
def test_no_form_that_is_made_for_a_row_does_so(store: Store, row: CityPrice) -> None:
    for form in (BulkForm(store), ProductForm(row)):
        for name, field in form.fields.items():
            check_reads_numbers(name, field)


@pytest.mark.parametrize("name", ["price", "floor", "ceiling", "purchase_cost"])
@pytest.mark.django_db
def test_a_bulk_change_asks_which_of_two_sums_is_meant(store: Store, name: str) -> None:
    form = BulkForm(store, {f"to-{name}_plus": "12.000"})
    assert not form.is_valid()
    assert form.errors.as_data()[f"{name}_plus"][0].code == "ambiguous_money"
    form = BulkForm(store, {f"to-{name}_plus": "−1 000 ₸", f"to-{name}_of": "price"})
    assert form.is_valid()
    assert getattr(form.change(), name).plus == -1_000


def test_the_cabinet_reads_no_number_with_djangos_own_field() -> None:
    """Also where a form makes its fields as it goes."""
    sources = {path: path.read_text() for path in Path(cabinet.__path__[0]).rglob("*.py")}
    assert [str(path) for path, text in sources.items() if "forms.IntegerField" in text] == []


# --- The tables -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("strategy", sorted(pricing.STRATEGIES))
def test_every_parameter_of_every_strategy_has_a_field(strategy: str) -> None:
    kind: Any = pricing.STRATEGIES[strategy]
    assert list(PARAMETERS[strategy]) == [each.name for each in fields(kind)]


def test_every_part_of_a_plan_has_fields_or_is_kept() -> None:
    from cabinet.plan_fields import ONLY_KEPT, PARTS  # noqa: PLC0415 -- beside what it is about

    assert {*ONLY_KEPT, "strategy"} | {part.name for part in PARTS} == {each.name for each in fields(Plan)}


# --- A plan through the form ------------------------------------------------------------------------------------------


@pytest.fixture
def row(store: Store) -> CityPrice:
    return cast.city_price(cast.product(store, step=10))


def give(row: CityPrice, plan: Plan) -> ProductForm:
    """The form of a product with this plan."""
    row.product.strategy, row.product.plan = plan.strategy.name, to_stored(plan)
    row.product.save()
    return ProductForm(row)


def post(form: ProductForm, **typed: str) -> ProductForm:
    """What a browser sends of a form as it was shown, with some fields typed over."""
    sent = QueryDict(mutable=True)
    for name, field in form.fields.items():
        shown = form[name].value()
        if isinstance(field, forms.BooleanField):
            if shown:
                sent[name] = "on"
        elif isinstance(shown, time):
            sent[name] = shown.strftime("%H:%M")
        else:
            sent[name] = "" if shown is None else str(shown)
    for name, text in typed.items():
        sent[name] = text
    return ProductForm(form.row, sent)


PLANS = [
    Plan(),
    Plan(make_strategy("undercut", tenge=100)),
    Plan(make_strategy("undercut", basis_points=150)),
    Plan(make_strategy("nine_ending", of=1000)),
    Plan(make_strategy("match")),
    Plan(make_strategy("hold_place", place=3)),
    Plan(make_strategy("follow_second")),
    Plan(make_strategy("stay_above", tenge=250)),
    Plan(make_strategy("stay_above", basis_points=5)),
    Plan(make_strategy("fixed", price=11_000)),
    Plan(make_strategy("manual")),
    Plan(conditions=Conditions(4.55, 10, 0, with_preorder=False)),
    Plan(conditions=Conditions(most_delivery_days=3)),
    Plan(working_hours=NINE_TO_SIX, quiet_hours=OVER_MIDNIGHT),
    Plan(smallest_move=50, cool_down_seconds=600.0),
    Plan(low_stock=LowStock(0), slow_sales=SlowSales(3, 250)),
    Plan(low_stock=LowStock(5, 0)),
    Plan(truce=Truce()),
    Plan(truce=Truce(Answer.STEP_UP, step_up=250)),
    Plan(truce=Truce(Answer.RESET, sleep_hours=OVER_MIDNIGHT)),
]
# What no field says: kept, whatever else is edited.
KEPT = [
    Plan(schedule=(Slot(Hours(0, 60), make_strategy("match")),)),
    Plan(working_hours=(Hours(0, 600),), after_hours=make_strategy("hold_place", place=2)),
    Plan(quiet_hours=(*NINE_TO_SIX, *OVER_MIDNIGHT)),
    Plan(cool_down_seconds=90.0),
    Plan(truce=Truce(answers=5)),
    Plan(truce=Truce(Answer.RESET, sleep_hours=(Hours(0, 60),))),
]


@pytest.mark.django_db
@pytest.mark.parametrize("plan", PLANS + KEPT)
def test_a_plan_comes_back_as_it_was(row: CityPrice, plan: Plan) -> None:
    form = post(give(row, plan))
    assert form.is_valid(), form.errors
    values = form.edit().values
    assert plan_of(Product(strategy=values["strategy"], plan=values["plan"])) == plan
    check_plan(values["strategy"], values["plan"])


@pytest.mark.django_db
@pytest.mark.parametrize("plan", PLANS)
def test_a_plan_that_can_be_said_keeps_nothing_aside(row: CityPrice, plan: Plan) -> None:
    assert give(row, plan).kept == []


@pytest.mark.django_db
@pytest.mark.parametrize("plan", KEPT)
def test_what_is_kept_is_named_and_survives_another_strategy(row: CityPrice, plan: Plan) -> None:
    form = give(row, plan)
    assert len(form.kept) in (1, 2)
    changed = post(form, strategy="hold_place", **{"hold_place-place": "4", "fewest_reviews": "7"})
    assert changed.is_valid(), changed.errors
    values = changed.edit().values
    got = plan_of(Product(strategy=values["strategy"], plan=values["plan"]))
    assert got.strategy == make_strategy("hold_place", place=4)
    assert got.conditions.fewest_reviews == 7
    for part in ("schedule", "working_hours", "after_hours", "quiet_hours", "cool_down_seconds", "truce"):
        assert getattr(got, part) == getattr(plan, part), part


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"floor": "12.000"}, "floor"),
        ({"floor": "99"}, "floor"),
        ({"price": "99"}, "price"),
        ({"step": ""}, "step"),
        ({"step": "0"}, "step"),
        ({"strategy": "guess"}, "strategy"),
        ({"strategy": "fixed"}, "fixed-price"),
        ({"strategy": "hold_place", "hold_place-place": "0"}, "hold_place-place"),
        ({"undercut-basis_points": "100"}, "undercut-basis_points"),
        ({"working_from": "09:00"}, "working_to"),
        ({"quiet_from": "25:00"}, "quiet_from"),
        ({"lowest_rating": "6"}, "lowest_rating"),
        ({"low_stock": "-1"}, "low_stock"),
        ({"truce_answer": "revenge"}, "truce_answer"),
        ({"version": "x"}, "version"),
    ],
)
def test_a_mistake_is_shown_at_its_field(row: CityPrice, typed: dict[str, str], field: str) -> None:
    form = post(ProductForm(row), **typed)
    assert not form.is_valid()
    assert field in form.errors


@pytest.mark.django_db
def test_what_was_typed_for_another_strategy_is_nobodys_mistake(row: CityPrice) -> None:
    form = post(ProductForm(row), **{"strategy": "match", "hold_place-place": "first", "fixed-price": "12.000"})
    assert form.is_valid(), form.errors
    assert form.edit().values["plan"] == {}


@pytest.mark.django_db
def test_an_edit_says_what_was_typed(row: CityPrice) -> None:
    form = post(ProductForm(row), floor="9 000", ceiling="", price="10 500")
    assert form.is_valid(), form.errors
    edit = form.edit()
    assert (edit.version, edit.city_id, edit.move_prices) == (row.product.version, row.city_id, False)
    assert {name: edit.values[name] for name in ("floor", "ceiling", "price", "step")} == {
        "floor": 9_000,
        "ceiling": None,
        "price": 10_500,
        "step": 10,
    }


@pytest.mark.django_db
def test_a_price_that_was_not_typed_is_not_sent(row: CityPrice) -> None:
    """A rule may have moved it since the page was opened; saving a limit must not put it back."""
    form = post(ProductForm(row), floor="9 000", all_cities="on", move_prices="on")
    assert form.is_valid(), form.errors
    edit = form.edit()
    assert "price" not in edit.values
    assert (edit.city_id, edit.move_prices) == (None, True)


@pytest.mark.django_db
def test_a_plan_that_cannot_be_followed_can_be_replaced(row: CityPrice) -> None:
    row.product.plan = {"conditions": {"lowest_ratin": 4}}
    form = post(ProductForm(row), strategy="match")
    assert form.is_valid(), form.errors
    assert form.edit().values["plan"] == {}
