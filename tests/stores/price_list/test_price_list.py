"""Writing a price list: whoever changes a row, the next list says what a list written from rows alone would say."""

from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone
from pytest_django.fixtures import Settings

import kaspi
from stores.models import (
    Availability,
    CityPrice,
    Product,
    ProductPriceUpdate,
    SalesPoint,
    Store,
)
from stores.services import catalogue
from stores.services.prices import gateway
from stores.services.prices.price_list import files, publish, rows, write
from stores.services.prices.price_list import index as index_module
from stores.services.prices.price_list.stale_offers import mark_stale
from stores.services.prices.pricing_edit import PricingEdit, edit_pricing
from stores.services.prices.restore import restore
from stores.services.prices.targets import Confirmed
from stores.services.prices.undo import undo
from stores.services.store import change_store
from tests import cast
from tests.cast import ALMATY, ASTANA
from users.models import User

pytestmark = pytest.mark.django_db
PRODUCTS = 12


@pytest.fixture
def shop(store: Store, price_lists_dir: Path) -> Store:
    """A dozen products in two cities, published."""
    there = catalogue.AvailabilityFacts(is_available=True, stock_count=5)
    price = catalogue.PriceFacts(10_000, 8_000, 12_000)
    facts = [
        catalogue.ProductFacts(
            f"SKU-{number}",
            f"1000000{number:02}",
            "Чайник",
            "Qazan",
            strategy="undercut",
            prices={ALMATY: price, ASTANA: price},
            availability={"PP1": there, "PP2": there},
        )
        for number in range(PRODUCTS)
    ]
    catalogue.bring_in(store, [], facts)
    assert publish.publish(store.pk).refusal is None
    return store


def body(store: Store) -> bytes:
    return files.LiveList.read(files.folder_of(store.price_list_key)).path.read_bytes()


def from_rows_alone(store: Store) -> bytes:
    target = BytesIO()
    write.write_price_list(target, BytesIO(), Store.everything.get(pk=store.pk))
    return target.getvalue()


def without_date(of_list: bytes) -> bytes:
    return of_list.partition(b"\n    xmlns=")[2]


def first(store: Store) -> Product:
    return Product.everything.get(store=store, sku="SKU-0")


def set_price(store: Store, seller: User) -> object:
    row = cast.city_price(first(store))
    return gateway.send(gateway.Intent(row.pk, 9_000, row.version, actor=seller))


def set_many_prices(store: Store, seller: User) -> object:
    rows = CityPrice.everything.filter(product__store=store, product__sku__in=["SKU-0", "SKU-3"])
    return gateway.send_all(store.pk, [gateway.Intent(row.pk, 9_500, row.version, actor=seller) for row in rows])


def rule_moves_a_price(store: Store, _: User) -> ProductPriceUpdate:
    row = cast.city_price(first(store))
    cast.see(row.market, {store.merchant_id: 10_000, "30200001": 10_100})
    return gateway.send(gateway.Intent(row.pk, 9_900, row.version, looked_at=timezone.now(), shown=10_000))


def rule_proposes_a_price(store: Store, seller: User) -> None:
    change_store(store, {"mode": Store.Mode.ASK}, seller)
    rule_moves_a_price(store, seller)


def approve_a_price(store: Store, seller: User) -> object:
    return gateway.approve(ProductPriceUpdate.everything.get(state="proposed"), seller)


def edit_limits(store: Store, seller: User) -> object:
    product = first(store)
    return edit_pricing(product, PricingEdit(product.version, {"floor": 10_500}, move_prices=True), seller)


def undo_a_price(store: Store, seller: User) -> object:
    return undo(ProductPriceUpdate.everything.latest("pk"), seller)


def restore_prices(store: Store, seller: User) -> object:
    return restore(store, Confirmed(), seller)


def bring_in(store: Store, _: User) -> object:
    return cast.product(store, "SKU-NEW")


def rename_the_store(store: Store, seller: User) -> object:
    return change_store(store, {"name": "Айналайын & Co"}, seller)


def delete_a_product(store: Store, _: User) -> None:
    with transaction.atomic():
        first(store).delete()
        mark_stale(store.pk)


def delete_the_last_product(store: Store, _: User) -> None:
    with transaction.atomic():
        Product.everything.filter(store=store).latest("pk").delete()
        mark_stale(store.pk)


def empty_a_point(store: Store, seller: User) -> None:
    # With half of all off sale at once the list would be refused.
    Availability.everything.filter(sales_point__code="PP2").exclude(product__sku="SKU-0").update(is_available=False)
    cast.publish_anyway(store, seller)


def close_a_point(store: Store, _: User) -> None:
    with transaction.atomic():
        SalesPoint.everything.filter(store=store, code="PP2").update(is_open=False)
        mark_stale(store.pk)


def nothing(*_: object) -> None:
    """No preparation."""


Change = Callable[[Store, User], object]
SERVICES: dict[Change, Change] = {
    set_price: nothing,
    set_many_prices: nothing,
    rule_moves_a_price: nothing,
    approve_a_price: rule_proposes_a_price,
    edit_limits: nothing,
    undo_a_price: set_price,
    restore_prices: rule_moves_a_price,
    bring_in: nothing,
    rename_the_store: nothing,
    delete_a_product: nothing,
    delete_the_last_product: nothing,
    close_a_point: empty_a_point,
}


@pytest.mark.parametrize("change", list(SERVICES))
def test_each_writer_marks_what_he_changed(
    change: Change, shop: Store, seller: User, caplog: pytest.LogCaptureFixture
) -> None:
    SERVICES[change](shop, seller)
    publish.publish(shop.pk)
    caplog.clear()
    before = body(shop)
    change(shop, seller)
    assert publish.find_due_stores() == [shop.pk]
    assert publish.publish(shop.pk).refusal is None
    assert "is written anew" not in caplog.text
    assert without_date(body(shop)) == without_date(from_rows_alone(shop))
    assert without_date(body(shop)) != without_date(before)


FORGOTTEN: dict[str, Callable[[Product], object]] = {
    "price": lambda product: CityPrice.everything.filter(product=product, city_id=ALMATY).update(price=9_999),
    "name": lambda product: Product.everything.filter(pk=product.pk).update(model="Самовар"),
    "brand": lambda product: Product.everything.filter(pk=product.pk).update(brand=""),
    "article": lambda product: Product.everything.filter(pk=product.pk).update(sku="SKU-0-B"),
    "stock": lambda product: Availability.everything.filter(product=product).update(stock_count=None),
    "pre-order": lambda product: Availability.everything.filter(product=product).update(preorder_days=3),
    "off sale": lambda product: Availability.everything.filter(product=product, sales_point__code="PP1").update(
        is_available=False
    ),
    "a city": lambda product: CityPrice.everything.filter(product=product, city_id=ASTANA).delete(),
    "a point": lambda product: Availability.everything.filter(product=product, sales_point__code="PP2").delete(),
}


@pytest.mark.parametrize("what", list(FORGOTTEN))
def test_a_mark_that_was_forgotten_never_publishes_a_stale_offer(
    what: str, shop: Store, caplog: pytest.LogCaptureFixture
) -> None:
    FORGOTTEN[what](first(shop))
    # Another product's change asks for a list; the first one's offer would be copied as it was.
    with transaction.atomic():
        mark_stale(shop.pk, [Product.everything.get(store=shop, sku="SKU-5").pk])
    assert publish.publish(shop.pk).refusal is None
    assert "is written anew" in caplog.text
    assert without_date(body(shop)) == without_date(from_rows_alone(shop))


def test_only_what_is_stale_is_written_anew(shop: Store, seller: User, monkeypatch: pytest.MonkeyPatch) -> None:
    set_many_prices(shop, seller)
    rendered: list[str] = []
    fill = kaspi.OfferPattern.fill

    def note(pattern: kaspi.OfferPattern, sku: str, *values: Any) -> bytes:
        rendered.append(sku)
        return fill(pattern, sku, *values)

    monkeypatch.setattr(kaspi.OfferPattern, "fill", note)
    assert publish.publish(shop.pk).refusal is None
    assert rendered == ["SKU-0", "SKU-3"]


def lines(store: Store) -> list[str]:
    return [line.decode() for _, line in rows.read_lines(store, Product.everything.filter(store=store)) if line]


def line(sku: str, names: str, points: str, prices: str) -> str:
    return f'<offer sku="{sku}">{names}<availabilities>{points}</availabilities>{prices}</offer>\n'


def test_each_line_says_what_the_rows_of_its_product_say(store: Store) -> None:
    price, dear = catalogue.PriceFacts(10_000), catalogue.PriceFacts(12_500)
    here, counted = catalogue.AvailabilityFacts(is_available=True), catalogue.AvailabilityFacts(True, 0)
    ordered, away = catalogue.AvailabilityFacts(True, 7, 3), catalogue.AvailabilityFacts(False, 4)
    goods = [
        ("A", "Шай & <су>", "Qazan", {ALMATY: price, ASTANA: dear}, {"PP1": counted, "PP2": ordered}),
        ("B", "Чайник", "", {ASTANA: dear}, {"PP1": here, "PP2": away}),
        ("B 100%s", "%d", "", {ALMATY: dear, ASTANA: price}, {"PP2": here}),
        ("without a price", "Утюг", "", {}, {"PP1": here}),
        ("nowhere", "Утюг", "", {ALMATY: price}, {}),
    ]
    facts = [
        catalogue.ProductFacts(sku, "", model, brand, prices=prices, availability=there)
        for sku, model, brand, prices, there in goods
    ]
    catalogue.bring_in(store, [], facts)
    almaty, astana = f'<cityprice cityId="{ALMATY}">', f'<cityprice cityId="{ASTANA}">'
    assert lines(store) == [
        line(
            "A",
            "<model>Шай &amp; &lt;су&gt;</model><brand>Qazan</brand>",
            '<availability available="yes" storeId="PP1" stockCount="0"/>'
            '<availability available="yes" storeId="PP2" preOrder="3" stockCount="7"/>',
            f"<cityprices>{astana}12500</cityprice>{almaty}10000</cityprice></cityprices>",
        ),
        line(
            "B",
            "<model>Чайник</model>",
            '<availability available="no" storeId="PP1"/><availability available="no" storeId="PP2" stockCount="4"/>',
            f"<cityprices>{astana}12500</cityprice></cityprices>",
        ),
        line(
            "B 100%s",
            "<model>%d</model>",
            '<availability available="yes" storeId="PP2"/>',
            f"<cityprices>{astana}10000</cityprice>{almaty}12500</cityprice></cityprices>",
        ),
    ]


def test_the_cells_of_a_product_stay_side_by_side(store: Store) -> None:
    cast.product(store, "SKU-A")
    product = Product.everything.get(store=store)
    # The first row is now the last that was written, and each table's indexes have an order of their own.
    Availability.everything.filter(product=product).delete()
    CityPrice.everything.filter(product=product).delete()
    points = SalesPoint.everything.filter(store=store).order_by("-code")
    for number, point in enumerate(points, start=1):
        Availability.everything.create(product=product, sales_point=point, is_available=True, stock_count=number)
        CityPrice.everything.create(
            product=product, city_id=point.city_id, price=number * 1_000, confirmed_price=number * 1_000
        )
    [written] = lines(store)
    for number, point in enumerate(points, start=1):
        assert f'storeId="{point.code}" stockCount="{number}"' in written
        assert f'<cityprice cityId="{point.city_id}">{number * 1_000}<' in written


@pytest.mark.parametrize("window", [1, 5, 12, 100])
def test_windows_change_nothing(window: int, shop: Store, seller: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(index_module, "WINDOW", window)
    monkeypatch.setattr(rows, "PORTION", 2)
    set_many_prices(shop, seller)
    Product.everything.filter(store=shop, sku__in=["SKU-7"]).delete()
    cast.product(shop, "SKU-NEW")
    publish.publish(shop.pk)
    set_price(shop, seller)
    publish.publish(shop.pk)
    assert without_date(body(shop)) == without_date(from_rows_alone(shop))


@pytest.mark.parametrize(
    "damage",
    [
        lambda index: index.unlink(),
        lambda index: index.write_bytes(b""),
        lambda index: index.write_bytes(index.read_bytes()[:-8]),
        lambda index: index.write_bytes(index.read_bytes()[:-16]),
        lambda index: index.write_bytes(b"{}" + index.read_bytes()),
        lambda index: index.write_bytes(index.read_bytes().replace(b'"build"', b'"built"')),
    ],
)
def test_without_a_sound_index_all_is_written_anew(
    damage: Callable[[Path], object], shop: Store, seller: User, caplog: pytest.LogCaptureFixture
) -> None:
    damage(files.LiveList.read(files.folder_of(shop.price_list_key)).path.with_suffix(".index"))
    set_price(shop, seller)
    assert publish.publish(shop.pk).refusal is None
    assert without_date(body(shop)) == without_date(from_rows_alone(shop))
    assert "is written anew" not in caplog.text


def test_an_offer_that_was_damaged_on_the_disk_is_written_anew(
    shop: Store, seller: User, caplog: pytest.LogCaptureFixture
) -> None:
    path = files.LiveList.read(files.folder_of(shop.price_list_key)).path
    path.write_bytes(path.read_bytes().replace(b">10000<", b">10001<", 1))
    with transaction.atomic():
        mark_stale(shop.pk, [Product.everything.get(store=shop, sku="SKU-5").pk])
    assert publish.publish(shop.pk).refusal is None
    assert "is written anew" in caplog.text
    assert without_date(body(shop)) == without_date(from_rows_alone(shop))


def test_nothing_is_copied_from_a_list_of_another_build(shop: Store, seller: User, settings: Settings) -> None:
    path = files.LiveList.read(files.folder_of(shop.price_list_key)).path
    path.write_bytes(path.read_bytes().replace(b">10000<", b">10001<", 1))
    origin = write.Origin.of(Store.everything.get(pk=shop.pk), keeps_prices=False)
    assert origin.can_copy(files.former_of(files.LiveList.read(path.parent)).index.origin)
    settings.BUILD = "another"
    assert not write.Origin.of(shop, keeps_prices=False).can_copy(origin)


def test_a_mark_belongs_into_a_transaction(shop: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transaction.get_connection(), "in_atomic_block", False)
    with pytest.raises(transaction.TransactionManagementError):
        mark_stale(shop.pk)


def test_a_mark_is_of_one_store(shop: Store, strangers_store: Store) -> None:
    theirs = cast.product(strangers_store)
    with transaction.atomic():
        mark_stale(shop.pk, [theirs.pk])
    assert Product.everything.get(pk=theirs.pk).offer_version == theirs.offer_version
