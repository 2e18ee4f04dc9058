"""What a person may do to a price, and what is refused without a trace."""

from datetime import date
from typing import Any

import pytest

from stores.models import CityPrice, Product, ProductPriceUpdate, Store
from stores.services.errors import Forbidden, Refusal, StaleEdit
from stores.services.prices import profit
from stores.services.prices.pricing_edit import PricingEdit, edit_pricing
from stores.services.store import change_store
from tests import cast
from users.models import User

pytestmark = pytest.mark.django_db


@pytest.fixture
def product(store: Store) -> Product:
    return cast.product(store, cities=(cast.ALMATY, cast.ASTANA))


def corridor(product: Product, city_id: str = cast.ALMATY) -> tuple[int | None, int, int | None]:
    row = CityPrice.everything.get(product=product, city_id=city_id)
    return row.floor, row.price, row.ceiling


def edit(
    product: Product,
    actor: User,
    *,
    city_id: str | None = None,
    move: bool = False,
    confirm: dict[str, int] | None = None,
    **values: Any,
) -> Product:
    product.refresh_from_db()
    return edit_pricing(product, PricingEdit(product.version, values, city_id, move, confirm or {}), actor)


def test_limits_change_in_all_cities_or_in_one(product: Product, seller: User) -> None:
    edit(product, seller, floor=9_000, ceiling=11_000)
    edit(product, seller, city_id=cast.ASTANA, floor=9_500)
    assert corridor(product) == (9_000, 10_000, 11_000)
    assert corridor(product, cast.ASTANA) == (9_500, 10_000, 11_000)


def test_a_limit_can_be_taken_away(product: Product, seller: User) -> None:
    edit(product, seller, floor=None)
    assert corridor(product) == (None, 10_000, 12_000)


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({"floor": 11_500, "ceiling": 11_000}, "limits_crossed"),
        ({"floor": 12_001}, "limits_crossed"),
        ({"floor": 10_001}, "price_outside_limits"),
        ({"ceiling": 9_999}, "price_outside_limits"),
        ({"price": 7_999}, "price_outside_limits"),
        ({"price": 9_000, "floor": 9_001}, "price_outside_limits"),
        ({"city_id": "000000000", "floor": 9_000}, "unknown_city"),
    ],
)
def test_what_does_not_fit_is_refused_whole(
    product: Product, seller: User, values: dict[str, object], code: str
) -> None:
    with pytest.raises(Refusal) as refused:
        edit(product, seller, step=77, **values)
    product.refresh_from_db()
    assert refused.value.code == code
    assert corridor(product) == (8_000, 10_000, 12_000)
    assert (product.step, product.version) == (1, 1)
    assert not ProductPriceUpdate.everything.exists()


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({"floor": 11_000}, (11_000, 11_000, 12_000)),
        ({"ceiling": 9_000}, (8_000, 9_000, 9_000)),
        ({"floor": 20_000, "ceiling": 30_000}, (20_000, 20_000, 30_000)),
        ({"floor": 4_000, "ceiling": 5_000}, (4_000, 5_000, 5_000)),
    ],
)
def test_prices_move_to_the_nearest_limit_when_that_was_asked_for(
    product: Product, seller: User, values: dict[str, int], expected: tuple[int, int, int]
) -> None:
    edit(product, seller, move=True, confirm=values, **values)
    assert corridor(product) == corridor(product, cast.ASTANA) == expected
    updates = ProductPriceUpdate.everything.all()
    assert {(update.origin, update.actor, update.state) for update in updates} == {("person", seller, "approved")}
    assert {(update.floor, update.ceiling) for update in updates} == {(expected[0], expected[2])}
    assert updates.count() == 2


def test_a_price_and_its_limits_change_together(product: Product, seller: User) -> None:
    edit(product, seller, price=20_000, floor=18_000, ceiling=22_000)
    assert corridor(product) == (18_000, 20_000, 22_000)


def test_an_edit_of_an_older_version_is_refused(product: Product, seller: User) -> None:
    edit(product, seller, step=5)
    with pytest.raises(StaleEdit):
        edit_pricing(product, PricingEdit(1, {"step": 9}), seller)
    product.refresh_from_db()
    assert (product.step, product.version) == (5, 2)


def test_who_may_only_look_changes_nothing(product: Product, assistant: User, stranger: User) -> None:
    for person in (assistant, stranger):
        with pytest.raises(Forbidden):
            edit(product, person, floor=9_000)
    assert corridor(product) == (8_000, 10_000, 12_000)


def test_a_stopped_store_says_so(product: Product, store: Store, seller: User) -> None:
    change_store(store, {"mode": Store.Mode.PAUSED}, seller)
    with pytest.raises(Refusal) as refused:
        edit(product, seller, price=9_000)
    assert (refused.value.code, refused.value.fields) == ("price_held", {"price": ["stopped"]})
    assert corridor(product)[1] == 10_000


# --- What looks like a slip -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("case", "values", "asked"),
    [
        ("a floor under half of the present one", {"floor": 3_999}, ["floor"]),
        ("a floor under the cost", {"floor": 6_999}, ["floor"]),
        ("a floor at the cost", {"floor": 7_000}, []),
        ("a price a hundred times too high", {"price": 1_000_000, "ceiling": 1_100_000}, ["ceiling", "price"]),
        ("a price a hundred times too low", {"price": 100, "floor": 100}, ["floor", "price"]),
        ("a ceiling a thousand times too high", {"ceiling": 12_000_000}, ["ceiling"]),
        ("a ceiling far up, and meant", {"ceiling": 999_999}, []),
        ("a floor that is taken away", {"floor": None}, []),
        ("what stands already", {"floor": 8_000, "ceiling": 12_000}, []),
        ("no number at all", {"is_paused": True}, []),
    ],
)
def test_a_slip_needs_the_number_again(
    product: Product, seller: User, case: str, values: dict[str, Any], asked: list[str]
) -> None:
    if not asked:
        edit(product, seller, **values)
        return
    with pytest.raises(Refusal) as refused:
        edit(product, seller, step=77, **values)
    product.refresh_from_db()
    assert (refused.value.code, sorted(refused.value.fields)) == ("confirm_needed", asked)
    assert (corridor(product), product.step, product.version) == ((8_000, 10_000, 12_000), 1, 1)
    assert not ProductPriceUpdate.everything.exists()
    edit(product, seller, confirm={name: values[name] for name in asked}, **values)
    assert corridor(product)[0] == values.get("floor", 8_000)


def test_a_confirmation_of_another_number_is_none(product: Product, seller: User) -> None:
    with pytest.raises(Refusal) as refused:
        edit(product, seller, floor=3_000, confirm={"floor": 3_001})
    assert refused.value.code == "confirm_needed"
    assert corridor(product) == (8_000, 10_000, 12_000)


def test_each_number_is_shown_as_it_was_understood(product: Product, seller: User) -> None:
    with pytest.raises(Refusal) as refused:
        edit(product, seller, floor=3_000)
    texts = [text.replace("\u202f", " ") for text in refused.value.fields["floor"]]
    assert len(texts) == 2
    assert all("3 000" in text for text in texts)
    assert "8 000" in texts[0]
    assert "7 000" in texts[1]


def test_a_new_floor_under_half_of_none_is_judged_by_the_cost_alone(store: Store, seller: User) -> None:
    product = cast.product(store, floor=None)
    edit(product, seller, floor=7_000)
    assert corridor(product) == (7_000, 10_000, 12_000)


def test_where_the_fees_are_known_a_floor_is_measured_by_break_even(
    product: Product, store: Store, seller: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(profit.timezone, "localdate", lambda: date(2026, 3, 1))
    store.tax_regime = "simplified-almaty"
    store.save(update_fields=["tax_regime"])
    Product.everything.filter(pk=product.pk).update(category_code="Master - Kettles", weight_g=2_000)
    # Sent to another city: (7,000 + 799 × 1.16) / 0.845.
    break_even = 9_381
    with pytest.raises(Refusal):
        edit(product, seller, floor=break_even - 1)
    assert corridor(product) == (8_000, 10_000, 12_000)
    edit(product, seller, floor=break_even)
    assert corridor(product) == (break_even, 10_000, 12_000)
