"""What people take off sale, and what sells out, goes off sale; what goes by nobody's will refuses the list."""

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from django.db import transaction
from django.utils import timezone

from stores.models import (
    Availability,
    CatalogueBatch,
    CatalogueChange,
    Order,
    OrderItem,
    Product,
    SalesPoint,
    StockMovement,
    StockRules,
    Store,
)
from stores.services import catalogue
from stores.services.catalogue import EMPTY, PointChange, ProductChange
from stores.services.catalogue.undo import undo_batch
from stores.services.prices.price_list import publish
from stores.services.prices.price_list.stale_offers import mark_stale
from stores.services.sales_points import change_point
from tests import cast
from users.models import User

pytestmark = pytest.mark.django_db
PRODUCTS = 20
SKUS = [f"SKU-{number}" for number in range(PRODUCTS)]
Act = Callable[[Store, User], object]


@pytest.fixture
def shop(store: Store, price_lists_dir: Path) -> Store:
    """Twenty products at two points, five pieces of each at either; its price list is out."""
    for number, sku in enumerate(SKUS):
        cast.product(store, sku, card_id=f"1000000{number:02}", cities=(cast.ALMATY, cast.ASTANA))
    version = publish.publish(store.pk)
    assert version is not None
    assert version.refusal is None
    return store


def refusal_of(shop: Store) -> tuple[str, int] | None:
    version = publish.publish(shop.pk)
    assert version is not None
    return version.refusal and (version.refusal["code"], version.refusal["read"])


def told(shop: Store, actor: User | None, skus: Sequence[str] = SKUS, **facts: object) -> CatalogueBatch:
    """What somebody says of these products at the first point; nobody is the program itself."""
    source = CatalogueBatch.Source.PROGRAM if actor is None else CatalogueBatch.Source.API
    changes = [ProductChange(sku, points={"PP1": PointChange(**facts)}) for sku in skus]
    return catalogue.apply_changes(shop, changes, actor, source).batch


def by_a_mistake(shop: Store, skus: Sequence[str] = SKUS, **columns: object) -> None:
    """Rows that change without a word."""
    with transaction.atomic():
        rows = Availability.everything.filter(product__sku__in=skus, sales_point__code="PP1")
        rows.update(**columns)
        mark_stale(shop.pk, rows.values_list("product", flat=True))


def hide_gone(shop: Store) -> None:
    StockRules.everything.create(store=shop, hides_gone=True)


def sell_out(shop: Store, skus: Sequence[str] = SKUS) -> None:
    """An order takes the last piece of each at the first point."""
    order = Order.everything.create(store=shop, marketplace_id="O-1", code="1", placed_at=timezone.now(), total_price=0)
    for number, row in enumerate(Availability.everything.filter(product__sku__in=skus, sales_point__code="PP1")):
        item = OrderItem.everything.create(
            order=order, entry_number=number, product=row.product, quantity=5, base_price=2_000, total_price=10_000
        )
        StockMovement.everything.create(
            store=shop,
            availability=row,
            order_item=item,
            kind=StockMovement.Kind.RESERVED,
            change=-5,
            stock_after=0,
            counted_at=row.counted_at,
        )
    by_a_mistake(shop, skus, stock_count=0)


def close(shop: Store, actor: User) -> None:
    change_point(SalesPoint.everything.get(store=shop, code="PP2"), {"is_open": False}, actor)


def closed_by_a_mistake(shop: Store, seller: User) -> None:
    with transaction.atomic():
        SalesPoint.everything.filter(store=shop, code="PP2").update(is_open=False)
        mark_stale(shop.pk)


def closed_by_the_program(shop: Store, seller: User) -> None:
    batch = CatalogueBatch.everything.create(store=shop, source=CatalogueBatch.Source.PROGRAM)
    CatalogueChange.everything.create(store=shop, batch=batch, field="is_open", point_code="PP2", old=True, new=False)
    closed_by_a_mistake(shop, seller)


def opened_again_and_closed_by_a_mistake(shop: Store, seller: User) -> None:
    close(shop, seller)
    change_point(SalesPoint.everything.get(store=shop, code="PP2"), {"is_open": True}, seller)
    closed_by_a_mistake(shop, seller)


def off_and_on_and_off_by_a_mistake(shop: Store, seller: User) -> None:
    told(shop, seller, is_available=False)
    told(shop, seller, is_available=True)
    by_a_mistake(shop, is_available=False)


def gone_while_hidden(act: Act) -> Act:
    def do(shop: Store, seller: User) -> None:
        hide_gone(shop)
        act(shop, seller)

    return do


def counted_again_and_gone_by_a_mistake(shop: Store, seller: User) -> None:
    sell_out(shop)
    told(shop, seller, stock_count=7)
    by_a_mistake(shop, stock_count=0)


def was_gone_before_it_was_hidden(shop: Store, seller: User) -> None:
    by_a_mistake(shop, stock_count=0)
    assert refusal_of(shop) is None
    hide_gone(shop)
    by_a_mistake(shop)


def ahead_no_more(shop: Store, actor: User | None) -> None:
    told(shop, actor, stock_count=0, preorder_days=3)
    assert refusal_of(shop) is None
    hide_gone(shop)
    if actor is None:
        by_a_mistake(shop, preorder_days=None)
    else:
        told(shop, actor, preorder_days=EMPTY)


ALL_OF_A_POINT = ("off_sale", PRODUCTS)
STORIES: dict[str, tuple[Act, tuple[str, int] | None]] = {
    "a person closes a point": (close, None),
    "a point closes by a mistake": (closed_by_a_mistake, ALL_OF_A_POINT),
    "the program closes a point": (closed_by_the_program, ALL_OF_A_POINT),
    "a point that he opened again closes by a mistake": (opened_again_and_closed_by_a_mistake, ALL_OF_A_POINT),
    "a person takes goods off sale": (lambda shop, seller: told(shop, seller, is_available=False), None),
    "the program takes goods off sale": (lambda shop, _: told(shop, None, is_available=False), ALL_OF_A_POINT),
    "goods go off sale by a mistake": (lambda shop, _: by_a_mistake(shop, is_available=False), ALL_OF_A_POINT),
    "goods that he put on sale again go by a mistake": (off_and_on_and_off_by_a_mistake, ALL_OF_A_POINT),
    "sold out, and hidden": (gone_while_hidden(lambda shop, _: sell_out(shop)), None),
    "sold out, and shown": (lambda shop, _: sell_out(shop), None),
    "a person counts none": (gone_while_hidden(lambda shop, seller: told(shop, seller, stock_count=0)), None),
    "the program counts none": (gone_while_hidden(lambda shop, _: told(shop, None, stock_count=0)), ALL_OF_A_POINT),
    "none are left by a mistake": (
        gone_while_hidden(lambda shop, _: by_a_mistake(shop, stock_count=0)),
        ALL_OF_A_POINT,
    ),
    "counted again, and none by a mistake": (gone_while_hidden(counted_again_and_gone_by_a_mistake), ALL_OF_A_POINT),
    "none were left before it was to be hidden": (was_gone_before_it_was_hidden, None),
    "a person takes the pre-order away": (ahead_no_more, None),
    "the pre-order goes by a mistake": (lambda shop, _: ahead_no_more(shop, None), ALL_OF_A_POINT),
}


@pytest.mark.parametrize("story", list(STORIES))
def test_what_went_by_nobodys_will_refuses_the_list(story: str, shop: Store, seller: User) -> None:
    act, refusal = STORIES[story]
    act(shop, seller)
    assert refusal_of(shop) == refusal


def test_what_a_person_decided_does_not_hide_what_he_did_not(shop: Store, seller: User) -> None:
    told(shop, seller, SKUS[:10], is_available=False)
    by_a_mistake(shop, SKUS[10:14], is_available=False)
    version = publish.publish(shop.pk)
    assert version is not None
    assert version.refusal is not None
    assert (version.refusal["code"], version.refusal["read"]) == ("off_sale", 4)
    assert list(version.refusal["examples"]) == SKUS[10:14]


def test_products_that_a_person_takes_back_go_and_those_that_vanish_refuse_the_list(shop: Store, seller: User) -> None:
    names = [f"NEW-{number}" for number in range(10)]
    added = [
        ProductChange(
            sku,
            model="Чайник",
            cities={cast.ALMATY: catalogue.CityChange(5_000)},
            points={"PP1": PointChange(is_available=True)},
        )
        for sku in names
    ]
    batch = catalogue.apply_changes(shop, added, seller, CatalogueBatch.Source.UPLOAD).batch
    assert refusal_of(shop) is None
    undo_batch(batch, seller)
    assert not Product.everything.filter(sku__in=names).exists()
    assert refusal_of(shop) is None
    with transaction.atomic():
        Product.everything.filter(sku__in=SKUS[:4]).delete()
        mark_stale(shop.pk)
    assert refusal_of(shop) == ("shrunk", 8)


def test_a_neighbours_word_counts_for_nothing(
    shop: Store, strangers_store: Store, stranger: User, seller: User
) -> None:
    cast.product(strangers_store, "SKU-0", card_id="100000099")
    change_point(SalesPoint.everything.get(store=strangers_store, code="PP2"), {"is_open": False}, stranger)
    closed_by_a_mistake(shop, seller)
    assert refusal_of(shop) == ALL_OF_A_POINT
