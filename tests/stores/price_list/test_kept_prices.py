"""While prices are stopped, lists go on: with the stock and points of now, and the prices that are live."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any, BinaryIO

import pytest
from django.db import transaction
from django.utils import timezone
from pytest_django.fixtures import Settings

import kaspi
from stores.models import (
    Availability,
    CityPrice,
    Notification,
    PriceListVersion,
    PriceStop,
    Product,
    ProductPriceUpdate,
    SalesPoint,
    Store,
)
from stores.services import sales_points
from stores.services.prices import gateway, switches, undo
from stores.services.prices.price_list import checker, files, publish
from stores.services.prices.price_list.faults import Fault
from stores.services.prices.price_list.index import Origin
from stores.services.prices.price_list.stale_offers import mark_stale
from stores.services.stock.counts import count_stock
from stores.services.store import change_store
from tests import cast
from users.models import User

pytestmark = pytest.mark.django_db

State = ProductPriceUpdate.State
Offers = dict[str, kaspi.PriceListOffer]


@pytest.fixture
def shop(store: Store, price_lists_dir: Path) -> Store:
    """Two products in two cities at 10 000 ₸, five of each at each point, published."""
    for number in (1, 2):
        cast.product(store, f"SKU-{number}", card_id=f"10000000{number}", cities=(cast.ALMATY, cast.ASTANA))
    Availability.everything.filter(product__store=store).update(stock_count=5)
    assert publish.publish(store.pk).refusal is None
    return store


def pause(shop: Store, seller: User) -> None:
    change_store(shop, {"mode": Store.Mode.PAUSED}, seller)


def stop_everything(_shop: Store, _seller: User) -> None:
    PriceStop.objects.create(reason="drill")


def go_on(shop: Store, seller: User) -> None:
    """Prices leave again."""
    switches.release_stops(PriceStop.objects.all())
    shop.refresh_from_db()
    if shop.mode == Store.Mode.PAUSED:
        change_store(shop, {"mode": Store.Mode.WATCH}, seller)


def live(shop: Store) -> Offers:
    with files.LiveList.read(files.folder_of(shop.price_list_key)).path.open("rb") as file:
        return {offer.sku: offer for offer in kaspi.read_price_list(file).offers}


def prices(shop: Store) -> dict[str, list[int]]:
    """SKU → its price in Almaty, then in Astana."""
    by_city = {sku: {each.city_id: each.price for each in offer.city_prices} for sku, offer in live(shop).items()}
    return {sku: [of[city] for city in (cast.ALMATY, cast.ASTANA) if city in of] for sku, of in by_city.items()}


def stocks(shop: Store) -> dict[str, list[int | None]]:
    return {sku: [each.stock_count for each in offer.availabilities] for sku, offer in live(shop).items()}


def sold_at(shop: Store) -> dict[str, dict[str, bool]]:
    """SKU → point → whether it is on sale there."""
    return {sku: {each.store_id: each.available for each in offer.availabilities} for sku, offer in live(shop).items()}


def set_price(shop: Store, price: int, seller: User) -> ProductPriceUpdate:
    """A price of the first product in Almaty that a person has decided."""
    row = cast.city_price(Product.everything.get(store=shop, sku="SKU-1"))
    update = gateway.send(gateway.Intent(row.pk, price, row.version, actor=seller))
    assert update.state == State.APPROVED
    return update


def sell_out(shop: Store, seller: User) -> None:
    """Nobody has any of the first product on the shelf in Almaty."""
    count_stock(Availability.everything.get(product__sku="SKU-1", sales_point__code="PP1"), 0, seller)


STOPS = pytest.mark.parametrize("stop", [pause, stop_everything])


@STOPS
def test_what_sold_out_reaches_the_marketplace_and_no_price_does(
    stop: Callable[[Store, User], None], shop: Store, seller: User
) -> None:
    update = set_price(shop, 9_900, seller)
    stop(shop, seller)
    sell_out(shop, seller)
    assert publish.find_due_stores() == [shop.pk]
    version = publish.publish(shop.pk)
    assert (version.number, version.keeps_prices, version.refusal) == (2, True, None)
    assert stocks(shop) == {"SKU-1": [0, 5], "SKU-2": [5, 5]}
    assert prices(shop) == {"SKU-1": [10_000, 10_000], "SKU-2": [10_000, 10_000]}
    update.refresh_from_db()
    assert (update.state, update.price_list_number) == (State.APPROVED, None)
    assert publish.find_due_stores() == []


def test_what_was_put_back_meanwhile_goes_out_when_prices_go_on(shop: Store, seller: User) -> None:
    update = set_price(shop, 9_900, seller)
    publish.publish(shop.pk)
    stop_everything(shop, seller)
    undone = undo.undo(update, seller)
    sell_out(shop, seller)
    publish.publish(shop.pk)
    assert (stocks(shop)["SKU-1"], prices(shop)["SKU-1"]) == ([0, 5], [9_900, 10_000])
    go_on(shop, seller)
    assert publish.find_due_stores() == [shop.pk]
    version = publish.publish(shop.pk)
    assert (version.keeps_prices, prices(shop)["SKU-1"], stocks(shop)["SKU-1"]) == (False, [10_000, 10_000], [0, 5])
    undone.refresh_from_db()
    assert (undone.state, undone.price_list_number) == (State.PUBLISHED, version.number)
    assert publish.find_due_stores() == []


def test_nothing_is_copied_from_a_list_that_kept_its_prices_into_one_that_moves_them(shop: Store, seller: User) -> None:
    """The mark of the product is older than that list, which shows its price of before all the same."""
    set_price(shop, 9_900, seller)
    stop_everything(shop, seller)
    assert publish.publish(shop.pk).keeps_prices
    kept = files.former_of(files.LiveList.read(files.folder_of(shop.price_list_key))).index.origin
    assert Origin.of(Store.everything.get(pk=shop.pk), keeps_prices=True).can_copy(kept)
    assert not Origin.of(Store.everything.get(pk=shop.pk), keeps_prices=False).can_copy(kept)
    go_on(shop, seller)
    publish.publish(shop.pk)
    assert prices(shop)["SKU-1"] == [9_900, 10_000]


def test_a_stop_that_brought_nothing_new_leaves_the_list_as_it_is(shop: Store, seller: User) -> None:
    stop_everything(shop, seller)
    assert publish.find_due_stores() == []
    go_on(shop, seller)
    assert publish.find_due_stores() == []


@STOPS
def test_a_point_that_closes_sells_nothing_from_then_on(
    stop: Callable[[Store, User], None], shop: Store, seller: User
) -> None:
    set_price(shop, 9_900, seller)
    stop(shop, seller)
    sales_points.change_point(SalesPoint.everything.get(store=shop, code="PP2"), {"is_open": False}, seller)
    assert publish.publish(shop.pk).refusal is None
    assert {sku: [each.available for each in offer.availabilities] for sku, offer in live(shop).items()} == {
        "SKU-1": [True, False],
        "SKU-2": [True, False],
    }
    assert prices(shop)["SKU-1"] == [10_000, 10_000]


@STOPS
def test_a_city_that_was_never_listed_waits_with_its_points(
    stop: Callable[[Store, User], None], store: Store, seller: User, price_lists_dir: Path
) -> None:
    product = cast.product(store)
    publish.publish(store.pk)
    stop(store, seller)
    CityPrice.everything.create(product=product, city_id=cast.ASTANA, price=9_000, confirmed_price=9_000)
    point = SalesPoint.everything.get(store=store, code="PP2")
    Availability.everything.create(product=product, sales_point=point, is_available=True)
    with transaction.atomic():
        mark_stale(store.pk, [product.pk])
    assert publish.publish(store.pk).refusal is None
    assert (sold_at(store), prices(store)) == ({"SKU-1": {"PP1": True, "PP2": False}}, {"SKU-1": [10_000]})
    go_on(store, seller)
    assert publish.publish(store.pk).refusal is None
    assert (sold_at(store), prices(store)) == ({"SKU-1": {"PP1": True, "PP2": True}}, {"SKU-1": [10_000, 9_000]})


def test_what_was_never_listed_waits_and_what_was_removed_goes(shop: Store, seller: User) -> None:
    stop_everything(shop, seller)
    cast.product(shop, "SKU-3", card_id="100000003")
    Product.everything.get(store=shop, sku="SKU-2").delete()
    with transaction.atomic():
        mark_stale(shop.pk)
    assert publish.publish(shop.pk).refusal is None
    assert set(live(shop)) == {"SKU-1"}
    go_on(shop, seller)
    publish.publish(shop.pk)
    assert set(live(shop)) == {"SKU-1", "SKU-3"}


def test_under_another_article_it_was_never_listed(shop: Store, seller: User) -> None:
    stop_everything(shop, seller)
    renamed = Product.everything.get(store=shop, sku="SKU-2")
    Product.everything.filter(pk=renamed.pk).update(sku="SKU-2b")
    with transaction.atomic():
        mark_stale(shop.pk, [renamed.pk])
    assert publish.publish(shop.pk).refusal is None
    assert set(live(shop)) == {"SKU-1"}


def test_a_city_without_a_price_any_more_is_left_out(shop: Store, seller: User) -> None:
    stop_everything(shop, seller)
    row = CityPrice.everything.get(product__sku="SKU-2", city_id=cast.ASTANA)
    row.delete()
    with transaction.atomic():
        mark_stale(shop.pk, [row.product_id])
    assert publish.publish(shop.pk).refusal is None
    assert prices(shop) == {"SKU-1": [10_000, 10_000], "SKU-2": [10_000]}


def test_limits_that_have_moved_past_a_live_price_keep_no_stock_back(shop: Store, seller: User) -> None:
    """The price stands there already: goods that are sold out must not stay on sale at it."""
    set_price(shop, 11_000, seller)
    CityPrice.everything.filter(product__sku="SKU-1", city_id=cast.ALMATY).update(floor=10_500)
    stop_everything(shop, seller)
    sell_out(shop, seller)
    assert publish.publish(shop.pk).refusal is None
    assert (stocks(shop)["SKU-1"], prices(shop)["SKU-1"]) == ([0, 5], [10_000, 10_000])


def test_without_a_list_of_before_nothing_goes_out_and_nobody_tries_for_ever(
    store: Store, seller: User, tmp_path: Path, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    settings.PRICE_LISTS_DIR, settings.PUBLISH_INTERVAL = tmp_path, timedelta(0)
    cast.product(store)
    stop_everything(store, seller)
    assert publish.find_due_stores() == [store.pk]
    publish.publish_due()
    assert "no price list of which the prices could be kept" in caplog.text
    assert not PriceListVersion.everything.exists()
    assert publish.find_due_stores() == []
    go_on(store, seller)
    assert publish.find_due_stores() == [store.pk]


@pytest.mark.parametrize(("first", "then"), [(go_on, stop_everything), (stop_everything, go_on)])
def test_a_switch_that_turns_while_a_list_is_built_sends_the_builder_back(
    first: Callable[[Store, User], None],
    then: Callable[[Store, User], None],
    shop: Store,
    seller: User,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    set_price(shop, 9_900, seller)
    sell_out(shop, seller)
    first(shop, seller)
    write = publish.write_price_list

    def write_and_turn(target: BinaryIO, *wanted: Any) -> int:
        count = write(target, *wanted)
        then(shop, seller)
        return count

    with monkeypatch.context() as patched:
        patched.setattr(publish, "write_price_list", write_and_turn)
        assert publish.publish(shop.pk) is None
    assert (stocks(shop)["SKU-1"], prices(shop)["SKU-1"]) == ([5, 5], [10_000, 10_000])
    assert publish.find_due_stores() == [shop.pk]
    publish.publish(shop.pk)
    almaty = 10_000 if PriceStop.objects.exists() else 9_900
    assert (stocks(shop)["SKU-1"], prices(shop)["SKU-1"]) == ([0, 5], [almaty, 10_000])


def test_a_damaged_offer_is_never_taken_for_a_price(shop: Store, seller: User) -> None:
    stop_everything(shop, seller)
    path = files.LiveList.read(files.folder_of(shop.price_list_key)).path
    path.write_bytes(path.read_bytes().replace(b">10000<", b">1000x<", 1))
    sell_out(shop, seller)
    assert publish.publish(shop.pk).refusal["code"] == "unwritable"
    assert Notification.everything.filter(kind=Notification.Kind.PRICE_LIST_REFUSED).count() == 1


# --- The second program reads such a list too -------------------------------------------------------------------------


@pytest.fixture
def why_refused(shop: Store, tmp_path: Path) -> Callable[..., Fault | None]:
    """What is said of the live list with something replaced in it, beside the live one, while prices are stopped."""
    there = files.LiveList.read(files.folder_of(shop.price_list_key)).path

    def say(old: bytes = b"", new: bytes = b"") -> Fault | None:
        body = there.read_bytes()
        assert old in body
        path = tmp_path / "new.xml"
        path.write_bytes(body.replace(old, new, 1) if old else body)
        fresh = Store.everything.get(pk=shop.pk)
        return checker.Check(path, there, fresh, fresh.catalogue_version, keeps_prices=True).why_refused()

    return say


def offer_line(shop: Store, sku: str) -> bytes:
    body = files.LiveList.read(files.folder_of(shop.price_list_key)).path.read_bytes()
    return next(line for line in body.splitlines(keepends=True) if f'sku="{sku}"'.encode() in line)


def test_the_live_list_itself_passes(why_refused: Callable[..., Any]) -> None:
    assert why_refused() is None


def test_a_price_of_the_rows_that_is_not_live_is_refused(
    why_refused: Callable[..., Any], shop: Store, seller: User
) -> None:
    set_price(shop, 9_900, seller)
    refusal = Fault("not_the_price", "SKU-1", cast.ALMATY, 9_900)
    assert why_refused(f'"{cast.ALMATY}">10000<'.encode(), f'"{cast.ALMATY}">9900<'.encode()) == refusal


def test_a_price_that_nobody_knows_is_refused(why_refused: Callable[..., Any]) -> None:
    refusal = Fault("not_the_price", "SKU-1", cast.ALMATY, 1)
    assert why_refused(f'"{cast.ALMATY}">10000<'.encode(), f'"{cast.ALMATY}">1<'.encode()) == refusal


def test_a_city_that_is_missing_is_refused(why_refused: Callable[..., Any]) -> None:
    astana = f'<cityprice cityId="{cast.ASTANA}">10000</cityprice>'.encode()
    assert why_refused(astana) == Fault("not_the_offer", "SKU-1")


def test_a_point_in_a_city_without_a_price_is_refused(why_refused: Callable[..., Any], shop: Store) -> None:
    """A city that is new, of a product that is live."""
    row = CityPrice.everything.get(product__sku="SKU-1", city_id=cast.ASTANA)
    CityPrice.everything.filter(pk=row.pk).delete()
    line = offer_line(shop, "SKU-1")
    astana = f'<cityprice cityId="{cast.ASTANA}">10000</cityprice>'.encode()
    assert why_refused(line, line.replace(astana, b"")) == Fault("sold_without_price", "SKU-1", cast.ASTANA, "PP2")
    closed = line.replace(astana, b"").replace(b'"yes" storeId="PP2"', b'"no" storeId="PP2"')
    assert why_refused(line, closed) is None


def test_one_price_for_all_cities_is_refused(why_refused: Callable[..., Any], shop: Store) -> None:
    line = offer_line(shop, "SKU-1")
    start, end = line.index(b"<cityprices>"), line.index(b"</offer>")
    bare = line[:start] + b"<price>10000</price>" + line[end:]
    assert why_refused(line, bare) == Fault("price_without_city", "SKU-1", read=10_000)


def test_a_product_that_is_missing_is_refused(why_refused: Callable[..., Any], shop: Store) -> None:
    assert why_refused(offer_line(shop, "SKU-2")) == Fault("missing", read=1)


def test_a_stock_that_nobody_counted_is_refused(why_refused: Callable[..., Any]) -> None:
    assert why_refused(b'stockCount="5"', b'stockCount="6"') == Fault("not_the_offer", "SKU-1")


def test_an_offer_that_is_not_live_is_refused(why_refused: Callable[..., Any], shop: Store) -> None:
    cast.product(shop, "SKU-3", card_id="100000003", cities=(cast.ALMATY, cast.ASTANA))
    last = offer_line(shop, "SKU-2")
    added = last.replace(b"SKU-2", b"SKU-3")
    assert why_refused(last, last + added) == Fault("not_the_price", "SKU-3", cast.ASTANA, 10_000)


def test_an_offer_without_a_product_is_refused(why_refused: Callable[..., Any], shop: Store) -> None:
    last = offer_line(shop, "SKU-2")
    added = last.replace(b"SKU-2", b"SKU-X")
    assert why_refused(last, last + added) == Fault("unknown_offer", "SKU-X", cast.ASTANA, 10_000)


def test_prices_that_are_live_are_overtaken_by_nothing(shop: Store, seller: User) -> None:
    there = files.LiveList.read(files.folder_of(shop.price_list_key)).path
    fresh = Store.everything.get(pk=shop.pk)
    set_price(shop, 11_000, seller)
    CityPrice.everything.filter(product__sku="SKU-1", city_id=cast.ALMATY).update(floor=10_500)
    for keeps_prices in (True, False):
        check = checker.Check(there, there, fresh, fresh.catalogue_version, keeps_prices=keeps_prices)
        assert check.why_refused() is None or not keeps_prices
        assert check.is_overtaken() is not keeps_prices


def test_a_list_that_kept_its_prices_is_no_news_of_the_path(shop: Store, seller: User) -> None:
    published = Store.everything.get(pk=shop.pk).built_catalogue_version
    stop_everything(shop, seller)
    sell_out(shop, seller)
    before = timezone.now()
    publish.publish(shop.pk)
    now = Store.everything.get(pk=shop.pk)
    assert now.built_catalogue_version == published
    assert now.listed_catalogue_version == now.catalogue_version > published
    assert now.published_at >= before
