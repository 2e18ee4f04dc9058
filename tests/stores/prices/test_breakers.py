"""When too much happens at once, a product, a store or everything pauses; and a person decides how it goes on."""

from collections.abc import Iterable
from datetime import timedelta
from pathlib import Path
from threading import Barrier, Thread
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone
from pytest_django.fixtures import Settings

import kaspi
from stores import tasks
from stores.models import (
    BreakerTrip,
    CardMarket,
    CityPrice,
    Membership,
    Notification,
    Order,
    OrderItem,
    PathStep,
    PriceStop,
    Product,
    ProductPriceUpdate,
    Store,
)
from stores.services.messages import text_of
from stores.services.prices import breakers, gateway
from stores.services.prices.breakers import SUSPICIOUS
from stores.services.prices.explain import HOLDS
from stores.services.prices.gateway import Intent
from stores.services.prices.price_list import files
from stores.services.prices.price_list.publish import find_due_stores, publish
from stores.services.prices.pricing_edit import PricingEdit, edit_pricing
from stores.services.store import change_store
from tests import cast
from users.models import User

pytestmark = pytest.mark.django_db
Code = BreakerTrip.Code
State = ProductPriceUpdate.State


def goods(store: Store, count: int, **facts: Any) -> list[CityPrice]:
    """So many automated products of a store, each on a card of its own."""
    rows = []
    for number in range(count):
        product = cast.product(store, f"SKU-{number}", card_id=f"1{store.pk:04}{number:04}", **facts)
        rows.append(cast.city_price(product))
    return rows


def more(store: Store, count: int, strategy: str = "undercut", city_strategy: str = "") -> None:
    """So many other products, with a price and no card."""
    products = [Product(store=store, sku=f"{strategy}-{n}", model="O", strategy=strategy) for n in range(count)]
    Product.everything.bulk_create(products)
    prices = [
        CityPrice(product=product, city_id=cast.ALMATY, price=900, confirmed_price=900, strategy=city_strategy)
        for product in Product.everything.filter(store=store, sku__startswith=f"{strategy}-")
    ]
    CityPrice.everything.bulk_create(prices)


def handed_over(store: Store, count: int) -> list[CityPrice]:
    """Such products, whose prices rules have moved before: they stand at 9,999 now."""
    rows = goods(store, count)
    want(rows, 9_999)
    return rows


def want(rows: Iterable[CityPrice], price: int, **changes: Any) -> list[ProductPriceUpdate]:
    """A rule wants this price for each of them."""
    updates = []
    for row in rows:
        row.refresh_from_db()
        picture = {"looked_at": timezone.now(), "shown": row.price}
        updates.append(gateway.send(Intent(row.pk, price, row.version, **picture | changes)))
    return updates


def mode(store: Store) -> str:
    return Store.everything.get(pk=store.pk).mode


def resume(store: Store, actor: User) -> None:
    change_store(store, {"mode": Store.Mode.AUTOMATIC}, actor)


def trips() -> list[tuple[str, int | None, int | None]]:
    return list(BreakerTrip.everything.order_by("pk").values_list("code", "store_id", "product_id"))


def pauses() -> list[Notification]:
    kinds = ("store_paused", "product_paused", "everything_stopped")
    return list(Notification.everything.filter(kind__in=kinds).order_by("pk"))


class TestManyBlocked:
    def test_the_store_pauses_and_says_why_once(self, store: Store) -> None:
        want(goods(store, 5), 7_999)
        breakers.judge()
        breakers.judge()
        assert mode(store) == "paused"
        assert trips() == [(Code.BLOCKED, store.pk, None)]
        (message,) = pauses()
        assert (message.kind, message.severity) == ("store_paused", "urgent")
        assert message.facts == {"code": "blocked", "products": 5}

    def test_cards_with_two_articles_of_the_store_are_no_reason(self, store: Store) -> None:
        for number in range(5):
            cheap, dear = (
                cast.city_price(cast.product(store, f"{sku}{number}", card_id=f"10000000{number}", price=price))
                for sku, price in (("A", 10_000), ("B", 11_500))
            )
            want([dear], 9_999, shown=cheap.price)
        breakers.judge()
        assert (mode(store), trips()) == ("automatic", [])

    def test_four_products_are_too_few(self, store: Store) -> None:
        want(goods(store, 4), 7_999)
        breakers.judge()
        assert (mode(store), trips()) == ("automatic", [])

    @pytest.mark.parametrize(("automated", "is_paused"), [(50, True), (51, False)])
    def test_it_takes_a_tenth_of_the_automated_products(self, store: Store, automated: int, is_paused: bool) -> None:
        rows = goods(store, 5)
        more(store, automated - 5)
        more(store, 1, strategy="manual")
        want(rows, 7_999)
        breakers.judge()
        assert (mode(store) == "paused") is is_paused

    def test_the_same_product_again_and_again_is_one(self, store: Store) -> None:
        rows = goods(store, 4)
        for price in (7_999, 7_998, 7_997):
            want(rows, price)
        breakers.judge()
        assert mode(store) == "automatic"

    def test_half_an_hour_later_it_is_forgotten(self, store: Store) -> None:
        want(goods(store, 5), 7_999)
        ProductPriceUpdate.everything.update(created_at=timezone.now() - timedelta(minutes=31))
        breakers.judge()
        assert mode(store) == "automatic"

    @pytest.mark.parametrize("code", sorted({*HOLDS} - {*SUSPICIOUS}))
    def test_everyday_reasons_to_hold_pause_nothing(self, store: Store, code: str) -> None:
        want(goods(store, 5), 7_999)
        ProductPriceUpdate.everything.update(hold_code=code)
        breakers.judge()
        assert mode(store) == "automatic"

    def test_prices_that_a_city_automates_by_itself_count(self, store: Store) -> None:
        rows = goods(store, 5)
        more(store, 46, strategy="manual", city_strategy="undercut")
        want(rows, 7_999)
        breakers.judge()
        assert mode(store) == "automatic"

    def test_a_long_fall_of_the_market_is_everyday_life(self) -> None:
        honest = {"move_too_large", "drift_of_day", "drift_since_confirmed", "far_from_market"}
        assert honest < {*HOLDS} - {*SUSPICIOUS}

    def test_what_was_blocked_in_another_mode_is_spent(self, store: Store, seller: User) -> None:
        change_store(store, {"mode": Store.Mode.WATCH}, seller)
        rows = goods(store, 5)
        want(rows, 7_999)
        resume(store, seller)
        breakers.judge()
        assert mode(store) == "automatic"
        want(rows, 7_998)
        breakers.judge()
        assert mode(store) == "paused"

    def test_a_new_name_is_no_new_mode(self, store: Store, seller: User) -> None:
        want(goods(store, 5), 7_999)
        change_store(store, {"name": "Renamed", "mode": Store.Mode.AUTOMATIC}, seller)
        breakers.judge()
        assert mode(store) == "paused"

    @pytest.mark.parametrize("code", SUSPICIOUS)
    def test_each_suspicious_one_does(self, store: Store, code: str) -> None:
        want(goods(store, 5), 7_999)
        ProductPriceUpdate.everything.update(hold_code=code)
        breakers.judge()
        assert mode(store) == "paused"

    def test_what_a_person_typed_wrong_is_no_breakers_business(self, store: Store, seller: User) -> None:
        want(goods(store, 5), 7_999, actor=seller)
        breakers.judge()
        assert mode(store) == "automatic"

    def test_a_store_that_only_watches_goes_on_watching(self, store: Store, seller: User) -> None:
        change_store(store, {"mode": Store.Mode.WATCH}, seller)
        want(goods(store, 5), 7_999)
        breakers.judge()
        assert (mode(store), trips()) == ("watch", [])

    def test_another_stores_trouble_is_not_this_ones(self, store: Store, strangers_store: Store) -> None:
        want(goods(store, 3), 7_999)
        want(goods(strangers_store, 5), 7_999)
        breakers.judge()
        assert (mode(store), mode(strangers_store)) == ("automatic", "paused")
        assert {message.store_id for message in pauses()} == {strangers_store.pk}

    def test_a_resumed_store_is_judged_by_what_comes_after(self, store: Store, seller: User) -> None:
        rows = goods(store, 5)
        want(rows, 7_999)
        breakers.judge()
        resume(store, seller)
        want(rows[:4], 7_998)
        breakers.judge()
        assert mode(store) == "automatic"
        want(rows[4:], 7_998)
        breakers.judge()
        assert mode(store) == "paused"
        assert len(pauses()) == 2


class TestManyMovedTogether:
    def test_the_first_move_of_each_price_is_the_market_it_finds(self, store: Store) -> None:
        rows = goods(store, 10)
        want(rows, 8_500)
        breakers.judge()
        assert mode(store) == "automatic"
        want(rows, 9_400)
        breakers.judge()
        assert mode(store) == "paused"

    @pytest.mark.parametrize("price", [8_999, 11_001])
    def test_the_store_pauses(self, store: Store, price: int) -> None:
        assert {update.state for update in want(handed_over(store, 10), price)} == {State.APPROVED}
        breakers.judge()
        assert mode(store) == "paused"
        assert trips() == [(Code.MOVED_TOGETHER, store.pk, None)]

    def test_small_steps_add_up(self, store: Store) -> None:
        rows = handed_over(store, 10)
        want(rows, 9_400)
        breakers.judge()
        assert mode(store) == "automatic"
        want(rows, 8_900)
        breakers.judge()
        assert mode(store) == "paused"

    def test_there_and_back_is_no_move(self, store: Store) -> None:
        rows = handed_over(store, 10)
        want(rows, 8_900)
        want(rows, 9_900)
        breakers.judge()
        assert mode(store) == "automatic"

    def test_a_tenth_is_not_more_than_a_tenth(self, store: Store) -> None:
        want(handed_over(store, 10), 9_000)
        breakers.judge()
        assert mode(store) == "automatic"

    def test_nine_are_too_few_and_two_directions_are_a_market(self, store: Store) -> None:
        rows = handed_over(store, 18)
        want(rows[:9], 8_900)
        want(rows[9:], 11_100)
        breakers.judge()
        assert mode(store) == "automatic"

    @pytest.mark.parametrize(("automated", "is_paused"), [(30, True), (31, False)])
    def test_it_takes_a_third_of_the_automated_products(self, store: Store, automated: int, is_paused: bool) -> None:
        rows = handed_over(store, 10)
        more(store, automated - 10)
        want(rows, 8_900)
        breakers.judge()
        assert (mode(store) == "paused") is is_paused

    def test_ten_minutes_later_it_is_forgotten(self, store: Store) -> None:
        want(handed_over(store, 10), 8_900)
        ProductPriceUpdate.everything.update(approved_at=timezone.now() - timedelta(minutes=11))
        breakers.judge()
        assert mode(store) == "automatic"

    def test_a_person_may_move_them_all(self, store: Store, seller: User) -> None:
        want(handed_over(store, 10), 8_900, actor=seller)
        breakers.judge()
        assert mode(store) == "automatic"

    def test_a_resumed_store_is_judged_by_what_comes_after(self, store: Store, seller: User) -> None:
        rows = handed_over(store, 10)
        want(rows, 8_900)
        # What a list has carried is not taken back when the store resumes.
        cast.publish_anyway(store, seller)
        breakers.judge()
        resume(store, seller)
        want(rows, 8_800)
        breakers.judge()
        assert mode(store) == "automatic"


class TestFallsWithoutSale:
    @pytest.fixture(autouse=True)
    def _five_falls(self, settings: Settings) -> None:
        settings.FALLS_WITHOUT_SALE = 5

    @pytest.fixture
    def row(self, store: Store) -> CityPrice:
        """Of a store whose orders are known: something else was sold today."""
        sell(cast.city_price(cast.product(store, "SOLD", card_id="100000099")), hours_ago=1, code="0")
        return goods(store, 1)[0]

    def fall(self, row: CityPrice, times: int, start: int = 10_000) -> None:
        for number in range(1, times + 1):
            want([row], start - number * 10)

    def is_paused(self, row: CityPrice) -> bool:
        return Product.everything.get(pk=row.product_id).is_paused

    def test_the_product_pauses_and_its_store_goes_on(self, row: CityPrice, store: Store) -> None:
        version = row.product.version
        self.fall(row, 5)
        breakers.judge()
        breakers.judge()
        assert self.is_paused(row)
        assert Product.everything.get(pk=row.product_id).version == version + 1
        assert mode(store) == "automatic"
        assert trips() == [(Code.FALLS_WITHOUT_SALE, store.pk, row.product_id)]
        (message,) = pauses()
        assert (message.kind, message.product_id) == ("product_paused", row.product_id)
        assert message.facts == {"code": "falls_without_sale", "falls": 5, "sku": "SKU-0"}

    def test_four_falls_and_a_rise_are_a_market(self, row: CityPrice) -> None:
        self.fall(row, 4)
        want([row], 9_990)
        breakers.judge()
        assert not self.is_paused(row)

    def test_the_falls_of_two_prices_are_not_added(self, store: Store) -> None:
        product = cast.product(store, cities=(cast.ALMATY, cast.ASTANA))
        self.fall(cast.city_price(product, cast.ALMATY), 3)
        self.fall(cast.city_price(product, cast.ASTANA), 3)
        breakers.judge()
        assert not Product.everything.get(pk=product.pk).is_paused

    @pytest.mark.parametrize(("hours_ago", "is_paused"), [(1, False), (25, True)])
    def test_a_sale_of_the_day_says_that_the_price_works(
        self, row: CityPrice, store: Store, hours_ago: float, is_paused: bool
    ) -> None:
        sell(row, hours_ago)
        self.fall(row, 5)
        breakers.judge()
        assert self.is_paused(row) is is_paused

    @pytest.mark.parametrize(("falls", "is_paused"), [(19, False), (20, True)])
    def test_where_no_order_of_the_day_is_known_it_takes_four_times_as_many(
        self, row: CityPrice, falls: int, is_paused: bool
    ) -> None:
        Order.everything.update(placed_at=timezone.now() - timedelta(hours=25))
        self.fall(row, falls)
        breakers.judge()
        assert self.is_paused(row) is is_paused

    def test_the_orders_of_another_store_say_nothing(self, row: CityPrice, strangers_store: Store) -> None:
        Order.everything.update(store=strangers_store)
        self.fall(row, 5)
        breakers.judge()
        assert not self.is_paused(row)

    def test_yesterdays_falls_are_forgotten(self, row: CityPrice) -> None:
        self.fall(row, 4)
        ProductPriceUpdate.everything.update(approved_at=timezone.now() - timedelta(hours=25))
        self.fall(row, 4, start=9_900)
        breakers.judge()
        assert not self.is_paused(row)

    def test_who_was_resumed_is_judged_by_what_comes_after(self, row: CityPrice, seller: User) -> None:
        self.fall(row, 5)
        breakers.judge()
        product = Product.everything.get(pk=row.product_id)
        edit_pricing(product, PricingEdit(product.version, {"is_paused": False}), seller)
        self.fall(row, 4, start=9_900)
        breakers.judge()
        assert not self.is_paused(row)
        self.fall(row, 1, start=9_800)
        breakers.judge()
        assert self.is_paused(row)
        assert len(pauses()) == 2

    def test_a_person_may_lower_it_as_often_as_he_likes(self, row: CityPrice, seller: User) -> None:
        for price in range(9_900, 9_000, -100):
            want([row], price, actor=seller)
        breakers.judge()
        assert not self.is_paused(row)


def sell(row: CityPrice, hours_ago: float, code: str = "1") -> None:
    order = Order.everything.create(
        store=row.product.store,
        code=code,
        marketplace_id=code,
        state="NEW",
        status="APPROVED_BY_BANK",
        total_price=row.price,
        placed_at=timezone.now() - timedelta(hours=hours_ago),
    )
    OrderItem.everything.create(
        order=order,
        entry_number=0,
        product=row.product,
        sku=row.product.sku,
        name="Чайник",
        quantity=1,
        base_price=row.price,
        total_price=row.price,
    )


@pytest.mark.usefixtures("installation")
class TestManyStores:
    def stores(self, count: int) -> list[Store]:
        """Of an owner each."""
        owners = [cast.person(f"owner{number}@example.kz", f"Owner {number}") for number in range(count)]
        return [cast.store(owner, f"3000000{owner.pk}", owner.full_name) for owner in owners]

    def trip(self, store: Store) -> None:
        want(CityPrice.everything.filter(product__store=store).order_by("pk") or goods(store, 5), 7_999)
        breakers.judge()

    def test_three_in_half_an_hour_stop_everything(self, store: Store) -> None:
        first, second, third = self.stores(3)
        self.trip(first)
        self.trip(second)
        assert not PriceStop.objects.exists()
        self.trip(third)
        breakers.judge()
        assert PriceStop.objects.get().code == Code.STORES_PAUSED
        assert trips()[-1] == (Code.STORES_PAUSED, None, None)
        told = Notification.everything.filter(kind="everything_stopped")
        assert set(told.values_list("store_id", flat=True)) == {first.pk, second.pk, third.pk, store.pk}
        assert told.count() == 4
        assert BreakerTrip.everything.get(store=None).facts == {"stores": 3, "owners": 3}
        assert [message.facts for message in told] == [{"code": "stores_paused"}] * 4

    def test_the_stores_of_two_owners_are_the_trouble_of_two(self, seller: User, stranger: User) -> None:
        for number, owner in enumerate((seller, seller, seller, stranger)):
            self.trip(cast.store(owner, f"3000000{number}", f"Shop {number}"))
        assert BreakerTrip.everything.count() == 4
        assert not PriceStop.objects.exists()

    def test_three_owners_of_one_store_are_one(self, store: Store) -> None:
        for person in (cast.person(f"{number}@example.kz", "Partner") for number in range(2)):
            Membership.everything.create(store=store, user=person, role=Membership.Role.OWNER)
        self.trip(store)
        assert not PriceStop.objects.exists()

    @pytest.mark.parametrize(("acting", "is_stopped"), [(60, True), (61, False)])
    def test_it_takes_a_twentieth_of_the_stores_that_act(self, acting: int, is_stopped: bool) -> None:
        stores = self.stores(3)
        others = [Store(name=f"S{n}", merchant_id=f"{n}", mode=Store.Mode.ASK) for n in range(acting - 3)]
        Store.everything.bulk_create([*others, Store(name="W", merchant_id="W", mode=Store.Mode.WATCH)])
        for store in stores:
            self.trip(store)
        assert PriceStop.objects.exists() is is_stopped

    def test_spread_over_a_day_they_are_three_events(self) -> None:
        first, second, third = self.stores(3)
        self.trip(first)
        self.trip(second)
        BreakerTrip.everything.update(tripped_at=timezone.now() - timedelta(minutes=31))
        ProductPriceUpdate.everything.update(created_at=timezone.now() - timedelta(minutes=31))
        self.trip(third)
        assert not PriceStop.objects.exists()

    def test_a_paused_product_is_no_paused_store(self) -> None:
        for store in self.stores(3):
            product = cast.product(store)
            BreakerTrip.everything.create(code=Code.FALLS_WITHOUT_SALE, store=store, product=product)
        breakers.judge()
        assert not PriceStop.objects.exists()

    def test_after_the_stop_is_deleted_it_takes_three_again(self) -> None:
        stores = self.stores(3)
        for store in stores:
            self.trip(store)
        PriceStop.objects.get().delete()
        breakers.judge()
        assert not PriceStop.objects.exists()


class TestOtherUnits:
    @pytest.fixture
    def markets(self, store: Store) -> list[CardMarket]:
        """Twenty-five cards that lately asked 10,000, all looked at now."""
        rows = goods(store, 25)
        CardMarket.objects.update(recent_median=10_000.0, median=10_050, looked_at=timezone.now())
        return list(CardMarket.objects.filter(city_prices__in=rows))

    def answer(self, markets: Iterable[CardMarket], median: int) -> None:
        ids = [market.pk for market in markets]
        CardMarket.objects.filter(pk__in=ids).update(refused_median=median, refused_at=timezone.now())

    @pytest.mark.parametrize("median", [81_000, 119_000, 1_000_000, 9_000_000, 1_100, 100, 9])
    def test_a_fifth_of_all_cards_stops_everything(
        self, markets: list[CardMarket], median: int, caplog: pytest.LogCaptureFixture
    ) -> None:
        self.answer(markets[:5], median)
        breakers.judge()
        breakers.judge()
        assert PriceStop.objects.get().code == Code.OTHER_UNITS
        (message,) = pauses()
        assert message.facts == {"code": "other_units"}
        assert BreakerTrip.everything.get().facts == {"looked": 25, "jumped": 5}
        assert [record.levelname for record in caplog.records if "all prices stop" in record.message] == ["CRITICAL"]

    @pytest.mark.parametrize("median", [10_000, 50_000, 79_000, 121_000, 700, 1_300])
    def test_a_market_that_moves_does_not(self, markets: list[CardMarket], median: int) -> None:
        self.answer(markets, median)
        breakers.judge()
        assert not PriceStop.objects.exists()

    def test_four_cards_do_not(self, markets: list[CardMarket]) -> None:
        self.answer(markets[:4], 1_000_000)
        breakers.judge()
        assert not PriceStop.objects.exists()

    def test_less_than_a_fifth_does_not(self, store: Store, markets: list[CardMarket]) -> None:
        self.answer(markets[:5], 1_000_000)
        CardMarket.objects.create(
            card_id="1", city_id=cast.ALMATY, next_look_at=timezone.now(), recent_median=1, median=1,
            looked_at=timezone.now(),
        )  # fmt: skip
        breakers.judge()
        assert not PriceStop.objects.exists()

    def test_what_was_answered_a_quarter_of_an_hour_ago_does_not(self, markets: list[CardMarket]) -> None:
        self.answer(markets, 1_000_000)
        CardMarket.objects.update(refused_at=timezone.now() - timedelta(minutes=16))
        breakers.judge()
        assert not PriceStop.objects.exists()

    def test_the_real_watch_notices_it(self, store: Store) -> None:
        rows = goods(store, 5)
        for row in rows:
            cast.see(row.market, {store.merchant_id: 10_000, "a": 10_000})
        CardMarket.objects.update(recent_median=10_000)
        for row in rows:
            cast.see(row.market, {store.merchant_id: 1_000_000, "a": 1_000_000})
        breakers.judge()
        assert PriceStop.objects.get().code == Code.OTHER_UNITS

    def test_after_the_stop_is_deleted_only_new_answers_count(self, markets: list[CardMarket]) -> None:
        self.answer(markets, 1_000_000)
        breakers.judge()
        PriceStop.objects.get().delete()
        breakers.judge()
        assert not PriceStop.objects.exists()
        self.answer(markets, 1_000_000)
        breakers.judge()
        assert PriceStop.objects.exists()


def test_a_paused_store_serves_its_last_prices(store: Store, settings: Settings, tmp_path: Path) -> None:
    settings.PRICE_LISTS_DIR = tmp_path
    settings.PUBLISH_INTERVAL = timedelta(0)
    rows = handed_over(store, 10)
    assert publish(store.pk).number == 1
    want(rows, 8_900)
    breakers.judge()
    before = prices_in(store)
    assert find_due_stores() == [store.pk]
    assert publish(store.pk).keeps_prices
    assert prices_in(store) == before
    assert find_due_stores() == []
    assert want(rows, 8_800)[0].hold_code == "stopped"


def prices_in(store: Store) -> dict[str, tuple[kaspi.CityPrice, ...]]:
    """SKU → its prices in the list that is served."""
    with files.LiveList.read(files.folder_of(store.price_list_key)).path.open("rb") as file:
        return {offer.sku: offer.city_prices for offer in kaspi.read_price_list(file).offers}


@pytest.mark.parametrize(
    ("kind", "code"),
    [
        ("store_paused", Code.BLOCKED),
        ("store_paused", Code.MOVED_TOGETHER),
        ("product_paused", Code.FALLS_WITHOUT_SALE),
        ("everything_stopped", Code.STORES_PAUSED),
        ("everything_stopped", Code.OTHER_UNITS),
        ("everything_stopped", Code.TRIPWIRE),
    ],
)
def test_every_pause_says_its_reason(store: Store, kind: str, code: str) -> None:
    message = Notification(store=store, kind=kind, facts={"code": str(code), "sku": "SKU-1"})
    assert str(Code(code).label) in text_of(message)


def test_the_guards_round_is_on_the_health_page(store: Store) -> None:
    want(goods(store, 5), 7_999)
    tasks.guard_prices()
    assert mode(store) == "paused"
    assert PathStep.objects.filter(name="guarded").exists()


@pytest.mark.django_db(transaction=True)
def test_two_guards_at_the_same_time_pause_once(store: Store) -> None:
    want(goods(store, 5), 7_999)
    CardMarket.objects.update(recent_median=100, median=10_000, looked_at=timezone.now())
    start = Barrier(2)

    def work() -> None:
        start.wait()
        try:
            breakers.judge()
        finally:
            connection.close()

    threads = [Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert mode(store) == "paused"
    assert [code for code, _, _ in trips()].count(Code.BLOCKED) == 1
    assert PriceStop.objects.count() == 1
    assert [message.kind for message in pauses()] == ["store_paused", "everything_stopped"]
