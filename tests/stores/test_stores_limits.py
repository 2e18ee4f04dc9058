"""What a person may do to a price, and what is refused without a trace."""

from typing import Any

import pytest

from stores.models import CityPrice, Product, ProductPriceUpdate, Store
from stores.services.errors import Forbidden, Refusal, StaleEdit
from stores.services.prices.limits import Edit, edit_product
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


def edit(product: Product, actor: User, *, city_id: str | None = None, move: bool = False, **values: Any) -> Product:
    product.refresh_from_db()
    return edit_product(product, Edit(product.version, values, city_id, move), actor)


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
        ({"floor": 1_000, "ceiling": 2_000}, (1_000, 2_000, 2_000)),
    ],
)
def test_prices_move_to_the_nearest_limit_when_that_was_asked_for(
    product: Product, seller: User, values: dict[str, int], expected: tuple[int, int, int]
) -> None:
    edit(product, seller, move=True, **values)
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
        edit_product(product, Edit(1, {"step": 9}), seller)
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
