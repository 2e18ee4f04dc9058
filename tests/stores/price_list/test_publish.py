"""From approved prices to the file that the marketplace pulls."""

import re
from collections.abc import Callable
from datetime import timedelta
from errno import ENOSPC
from io import BytesIO
from pathlib import Path
from typing import Any, BinaryIO

import pytest
from celery.exceptions import SoftTimeLimitExceeded
from django.db import transaction
from django.utils import timezone
from pytest_django.fixtures import Settings

import kaspi
from stores.models import (
    Availability,
    CityPrice,
    Notification,
    PriceListPull,
    PriceListVersion,
    PriceStop,
    Product,
    ProductPriceUpdate,
    SalesPoint,
    Store,
    TaskFailure,
)
from stores.services.prices import gateway
from stores.services.prices.gateway import Intent
from stores.services.prices.price_list import checker, files, publish, pulls
from stores.services.prices.price_list.faults import Fault
from stores.services.prices.price_list.stale_offers import mark_stale
from stores.services.store import change_store, renew_price_list_access
from tests import cast
from tests.kaspi.price_list_lint import lint_price_list
from users.models import User

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("price_lists_dir")]
PRICES = re.compile(rb"<cityprices>.*?</cityprices>", re.DOTALL)
State = ProductPriceUpdate.State
Mend = Callable[[], None]


def send(row: CityPrice, price: int, actor: User | None = None) -> ProductPriceUpdate:
    row.refresh_from_db()
    return gateway.send(Intent(row.pk, price, row.version, looked_at=timezone.now(), shown=row.price, actor=actor))


def live(store: Store) -> dict[str, kaspi.PriceListOffer]:
    path = files.LiveList.read(files.folder_of(store.price_list_key)).path
    with path.open("rb") as file:
        return {offer.sku: offer for offer in kaspi.read_price_list(file).offers}


def test_the_list_holds_the_whole_range(store: Store) -> None:
    cast.product(store, "SKU-1", cities=(cast.ALMATY, cast.ASTANA))
    cast.product(store, "SKU-2", card_id="100000002", price=5_000, floor=None, ceiling=None, strategy="manual")
    version = publish.publish(store.pk)
    offers = live(store)
    assert (version.number, version.offer_count, version.refusal) == (1, 2, None)
    assert offers["SKU-1"].city_prices == (kaspi.CityPrice(cast.ASTANA, 10_000), kaspi.CityPrice(cast.ALMATY, 10_000))
    assert [there.store_id for there in offers["SKU-1"].availabilities] == ["PP1", "PP2"]
    assert offers["SKU-2"].city_prices == (kaspi.CityPrice(cast.ALMATY, 5_000),)


def test_the_list_keeps_the_marketplaces_rules(store: Store) -> None:
    product = cast.product(store, "SKU-1", cities=(cast.ALMATY, cast.ASTANA))
    Product.everything.filter(pk=product.pk).update(model='Чай <"Бай & Ко">')
    Availability.everything.filter(product=product).update(preorder_days=3, stock_count=None)
    publish.publish(store.pk)
    body = files.LiveList.read(files.folder_of(store.price_list_key)).path.read_bytes()
    assert lint_price_list(BytesIO(body)) == []
    assert live(store)["SKU-1"].model == 'Чай <"Бай & Ко">'


def test_a_closed_point_sells_nothing_and_a_missing_one_is_not_invented(store: Store) -> None:
    cast.product(store, "SKU-1", cities=(cast.ALMATY, cast.ASTANA))
    homeless = cast.product(store, "SKU-2", card_id="100000002")
    Availability.everything.filter(product=homeless).delete()
    SalesPoint.everything.filter(store=store, code="PP2").update(is_open=False)
    publish.publish(store.pk)
    offers = live(store)
    assert set(offers) == {"SKU-1"}
    assert [(there.store_id, there.available) for there in offers["SKU-1"].availabilities] == [
        ("PP1", True),
        ("PP2", False),
    ]


def test_nothing_is_on_sale_in_a_city_without_a_price(store: Store) -> None:
    product = cast.product(store)
    point = SalesPoint.everything.get(store=store, code="PP2")
    Availability.everything.create(product=product, sales_point=point, is_available=True)
    assert publish.publish(store.pk).refusal is None
    there = {each.store_id: each.available for each in live(store)["SKU-1"].availabilities}
    assert there == {"PP1": True, "PP2": False}


def test_only_stores_with_news_are_due(store: Store) -> None:
    assert publish.find_due_stores() == []  # nothing to sell yet
    row = cast.city_price(cast.product(store))
    assert publish.find_due_stores() == [store.pk]
    publish.publish(store.pk)
    assert publish.find_due_stores() == []
    send(row, 9_900)
    assert publish.find_due_stores() == [store.pk]


def test_lists_of_a_store_are_an_interval_apart(store: Store, settings: Settings) -> None:
    settings.PUBLISH_INTERVAL = timedelta(minutes=1)
    row = cast.city_price(cast.product(store))
    publish.publish(store.pk)
    send(row, 9_900)
    assert publish.find_due_stores() == []


def test_what_fails_at_one_store_keeps_no_other_from_its_list(
    store: Store, strangers_store: Store, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    cast.product(store)
    cast.product(strangers_store)
    first, second = publish.find_due_stores()
    write = publish.write_price_list

    def fail_for_the_first(target: BinaryIO, index: BinaryIO, of_store: Store, *wanted: Any) -> int:
        if of_store.pk == first:
            raise OSError("no space left on device")
        return write(target, index, of_store, *wanted)

    monkeypatch.setattr(publish, "write_price_list", fail_for_the_first)
    publish.publish_due()
    assert list(PriceListVersion.everything.values_list("store", "number")) == [(second, 1)]
    assert f"the price list of store {first} cannot be published" in caplog.text
    assert publish.find_due_stores() == []
    Store.everything.filter(pk=first).update(publish_leased_until=timezone.now() - timedelta(seconds=1))
    assert publish.find_due_stores() == [first]


@pytest.fixture
def disk_is_full(store: Store, monkeypatch: pytest.MonkeyPatch) -> Mend:
    """The list of the store cannot be written; called, it can again."""
    write = publish.write_price_list

    def fail(target: BinaryIO, index: BinaryIO, of_store: Store, *wanted: Any) -> int:
        if of_store.pk == store.pk:
            raise OSError(ENOSPC, "no space left on device")
        return write(target, index, of_store, *wanted)

    monkeypatch.setattr(publish, "write_price_list", fail)
    return lambda: monkeypatch.setattr(publish, "write_price_list", write)


def sell_one(store: Store, stock: int) -> None:
    """News of the store, and no price among it; it has rested since its last try."""
    with transaction.atomic():
        Availability.everything.filter(product__store=store).update(stock_count=stock)
        mark_stale(store.pk, Product.everything.filter(store=store).values_list("pk", flat=True))
    Store.everything.filter(pk=store.pk).update(publish_leased_until=None)


def alarms() -> list[tuple[int, str, str]]:
    return list(Notification.everything.order_by("pk").values_list("store", "kind", "severity"))


def test_a_list_that_cannot_be_written_is_told_to_its_store_and_to_the_desk(
    store: Store, strangers_store: Store, disk_is_full: Mend
) -> None:
    for each in (store, strangers_store):
        cast.product(each)
    publish.publish_due()
    assert alarms() == [(store.pk, "not_written", "urgent")]
    assert list(TaskFailure.objects.values_list("task", "error")) == [("stores.tasks.publish_price_lists", "OSError")]
    assert list(PriceListVersion.everything.values_list("store", "number")) == [(strangers_store.pk, 1)]


def test_a_list_that_goes_on_failing_is_told_once_and_one_that_fails_again_is_told_again(
    store: Store, disk_is_full: Mend, monkeypatch: pytest.MonkeyPatch
) -> None:
    cast.product(store)
    full = publish.write_price_list
    for stock in (5, 4):
        sell_one(store, stock)
        publish.publish_due()
    assert (len(alarms()), TaskFailure.objects.count()) == (1, 2)
    disk_is_full()
    sell_one(store, 3)
    publish.publish_due()
    assert live(store)["SKU-1"].availabilities[0].stock_count == 3
    assert (len(alarms()), TaskFailure.objects.count()) == (1, 2)
    monkeypatch.setattr(publish, "write_price_list", full)
    sell_one(store, 2)
    publish.publish_due()
    assert live(store)["SKU-1"].availabilities[0].stock_count == 3
    assert (alarms(), TaskFailure.objects.count()) == ([(store.pk, "not_written", "urgent")] * 2, 3)


def test_the_time_limit_of_a_round_ends_it(
    store: Store, strangers_store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    cast.product(store)
    cast.product(strangers_store)
    tried: list[int] = []

    def take_too_long(store_id: int) -> None:
        tried.append(store_id)
        raise SoftTimeLimitExceeded

    due = publish.find_due_stores()
    monkeypatch.setattr(publish, "publish", take_too_long)
    with pytest.raises(SoftTimeLimitExceeded):
        publish.publish_due()
    assert tried == due[:1]


def test_a_price_goes_from_approved_to_published_to_pulled(store: Store) -> None:
    row = cast.city_price(cast.product(store))
    update = send(row, 9_900)
    publish.publish(store.pk)
    update.refresh_from_db()
    assert (update.state, update.price_list_number) == (State.PUBLISHED, 1)
    assert live(store)["SKU-1"].city_prices[0].price == 9_900
    pulls.record_pull(store.pk, 1, 200, "Kaspi")
    update.refresh_from_db()
    assert update.state == State.PULLED


def test_a_pull_of_an_older_version_or_a_failed_one_moves_nothing(store: Store) -> None:
    row = cast.city_price(cast.product(store))
    publish.publish(store.pk)
    update = send(row, 9_900)
    publish.publish(store.pk)
    pulls.record_pull(store.pk, 1, 200, "Kaspi")
    pulls.record_pull(store.pk, 2, 401, "Kaspi")
    update.refresh_from_db()
    assert (update.state, update.price_list_number) == (State.PUBLISHED, 2)


def test_a_newer_pulled_price_overtakes_the_older_that_was_never_seen(store: Store) -> None:
    row = cast.city_price(cast.product(store))
    states = []
    for number, price in enumerate((9_900, 9_800), start=1):
        update = send(row, price)
        publish.publish(store.pk)
        pulls.record_pull(store.pk, number, 200, "Kaspi")
        states.append(update)
    for update in states:
        update.refresh_from_db()
    assert [update.state for update in states] == [State.SUPERSEDED, State.PULLED]


def test_a_worker_that_died_loses_its_claim_with_the_lease(store: Store) -> None:
    cast.product(store)
    Store.everything.filter(pk=store.pk).update(
        publish_claim="dead", publish_leased_until=timezone.now() + timedelta(minutes=1)
    )
    assert publish.publish(store.pk) is None
    Store.everything.filter(pk=store.pk).update(publish_leased_until=timezone.now() - timedelta(seconds=1))
    assert publish.publish(store.pk).refusal is None


def test_the_switch_for_everything_stops_the_list(store: Store) -> None:
    cast.product(store)
    PriceStop.objects.create(reason="drill")
    assert publish.publish(store.pk) is None
    assert files.LiveList.read(files.folder_of(store.price_list_key)) is None


def test_a_crash_after_the_swap_publishes_again_under_a_new_number(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = cast.city_price(cast.product(store))
    update = send(row, 9_900)

    def die(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
        patched.setattr(publish, "_mark_published", die)
        publish.publish(store.pk)
    update.refresh_from_db()
    assert update.state == State.APPROVED
    assert live(store)["SKU-1"].city_prices[0].price == 9_900
    assert publish.find_due_stores() == [store.pk]
    version = publish.publish(store.pk)
    update.refresh_from_db()
    assert (version.number, update.state) == (2, State.PUBLISHED)
    assert live(store)["SKU-1"].city_prices[0].price == 9_900


def test_only_the_newest_versions_are_kept(store: Store) -> None:
    row = cast.city_price(cast.product(store))
    for price in range(9_900, 9_890, -1):
        send(row, price)
        publish.publish(store.pk)
    folder = files.folder_of(store.price_list_key)
    kept = [f"{number:08}.{suffix}" for number in range(6, 11) for suffix in ("gz", "index", "xml")]
    assert sorted(path.name for path in folder.glob("0*")) == kept
    assert live(store)["SKU-1"].city_prices[0].price == 9_891


def test_a_paused_store_releases_no_price(store: Store, seller: User) -> None:
    row = cast.city_price(cast.product(store))
    publish.publish(store.pk)
    send(row, 9_900)
    change_store(store, {"mode": Store.Mode.PAUSED}, seller)
    publish.publish_due()
    assert publish.find_due_stores() == []
    assert live(store)["SKU-1"].city_prices[0].price == 10_000


def test_a_builder_that_slept_past_its_lease_cannot_touch_the_live_list(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While the first one writes, its lease ends, a second one publishes; then the first one writes on."""
    cast.product(store)
    write = publish.write_price_list

    def fall_asleep(target: BinaryIO, *wanted: Any) -> int:
        monkeypatch.setattr(publish, "write_price_list", write)
        Store.everything.filter(pk=store.pk).update(publish_leased_until=timezone.now() - timedelta(seconds=1))
        publish.publish(store.pk)
        target.write(b"<half a list of a sleeper")
        return write(target, *wanted)

    monkeypatch.setattr(publish, "write_price_list", fall_asleep)
    assert publish.publish(store.pk) is None
    assert set(live(store)) == {"SKU-1"}


def test_a_list_without_access_is_nobody_s_to_fetch(store: Store) -> None:
    """As after closing: what a builder still finishes opens no door."""
    cast.product(store)
    Store.everything.filter(pk=store.pk).update(price_list_login="", price_list_password_hash="")
    assert publish.publish(store.pk).refusal is None
    assert files.read_access(files.folder_of(store.price_list_key)) is None


def test_new_access_counts_at_once(store: Store, django_capture_on_commit_callbacks: Any) -> None:
    folder = files.folder_of(store.price_list_key)
    with django_capture_on_commit_callbacks(execute=True):
        old = renew_price_list_access(store)
        new = renew_price_list_access(store)
    assert not files.read_access(folder).admits(old.login, old.password)
    assert files.read_access(folder).admits(new.login, new.password)


def test_wrong_logins_are_on_record_at_most_one_a_minute(store: Store) -> None:
    for _ in range(3):
        pulls.record_refused(store.pk, 1, "somebody")
    assert PriceListPull.everything.filter(status=401).count() == 1


class TestChecker:
    """What must not go live does not, and the last good list stays."""

    @pytest.fixture
    def rows(self, store: Store) -> list[CityPrice]:
        products = [cast.product(store, f"SKU-{n}", card_id=f"1000000{n:02}") for n in range(20)]
        publish.publish(store.pk)
        return [cast.city_price(product) for product in products]

    def refused(self, store: Store) -> str:
        before = files.LiveList.read(files.folder_of(store.price_list_key))
        published_at = Store.everything.get(pk=store.pk).published_at
        Store.everything.filter(pk=store.pk).update(catalogue_version=1000)
        version = publish.publish(store.pk)
        assert files.LiveList.read(files.folder_of(store.price_list_key)) == before
        assert Store.everything.get(pk=store.pk).published_at == published_at
        assert Notification.everything.filter(kind="price_list_refused").count() == 1
        assert publish.find_due_stores() == []
        return version.refusal["code"]

    def why_refused(self, path: Path, store: Store, previous: Path | None = None) -> Fault:
        """What is said of a file that was built before all rows were changed for the last time."""
        return checker.Check(path, previous, store, as_of=0).why_refused()

    def test_the_same_refusal_again_is_one_message_and_few_files(self, store: Store, rows: list[CityPrice]) -> None:
        Product.everything.filter(pk__in=[row.product_id for row in rows[:6]]).delete()
        for _ in range(8):
            publish.publish(store.pk)
        assert Notification.everything.filter(kind="price_list_refused").count() == 1
        assert len(list(files.folder_of(store.price_list_key).glob("*.refused"))) == files.KEEP_VERSIONS

    def test_a_person_may_accept_a_list_that_shrank(self, store: Store, rows: list[CityPrice], seller: User) -> None:
        Product.everything.filter(pk__in=[row.product_id for row in rows[:6]]).delete()
        version = cast.publish_anyway(store, seller)
        assert (version.number, version.refusal, version.accepted_by) == (3, None, seller)
        assert len(live(store)) == 14

    def test_nobody_may_accept_a_price_under_its_floor(self, store: Store, rows: list[CityPrice]) -> None:
        path = files.LiveList.read(files.folder_of(store.price_list_key)).path
        CityPrice.everything.filter(pk=rows[0].pk).update(price=10_500, floor=10_500)
        refusal = checker.Check(path, None, store, as_of=0).why_refused(accepted={"under_floor": 10_000})
        assert refusal.code == "under_floor"

    def test_points_that_go_off_sale_all_at_once_are_refused(self, store: Store, rows: list[CityPrice]) -> None:
        SalesPoint.everything.filter(store=store, code="PP1").update(is_open=False)
        assert self.refused(store) == "off_sale"

    def test_a_city_that_disappears_is_refused(self, store: Store) -> None:
        for number in range(3):
            cast.product(store, f"SKU-{number}", card_id=f"10000000{number}", cities=(cast.ALMATY, cast.ASTANA))
        publish.publish(store.pk)
        CityPrice.everything.filter(city_id=cast.ASTANA).delete()
        assert self.refused(store) == "shrunk"

    def test_a_damaged_live_list_does_not_outlive_its_damage(self, store: Store, rows: list[CityPrice]) -> None:
        files.LiveList.read(files.folder_of(store.price_list_key)).path.write_text("damaged")
        assert publish.publish(store.pk).refusal is None
        assert len(live(store)) == 20

    def test_a_corrected_merchant_id_goes_live(self, store: Store, rows: list[CityPrice]) -> None:
        Store.everything.filter(pk=store.pk).update(merchant_id="30125009")
        assert publish.publish(store.pk).refusal is None

    def test_a_persons_moves_stay_his_when_rules_nudge_them(
        self, store: Store, rows: list[CityPrice], seller: User
    ) -> None:
        for row in rows[:6]:
            CityPrice.everything.filter(pk=row.pk).update(ceiling=20_000)
            send(row, 15_000, seller)
            send(row, 14_999)
        assert publish.publish(store.pk).refusal is None

    def test_a_list_that_shrank_is_refused(self, store: Store, rows: list[CityPrice]) -> None:
        Product.everything.filter(pk__in=[row.product_id for row in rows[:6]]).delete()
        assert self.refused(store) == "shrunk"

    def test_one_product_may_go(self, store: Store, rows: list[CityPrice]) -> None:
        rows[0].product.delete()
        assert publish.publish(store.pk).refusal is None

    def test_many_large_moves_at_once_are_refused(self, store: Store, rows: list[CityPrice]) -> None:
        for row in rows[:6]:
            CityPrice.everything.filter(pk=row.pk).update(price=12_000)
            CityPrice.everything.filter(pk=row.pk).update(ceiling=13_000, price=12_001)
        assert self.refused(store) == "many_moved"

    def test_large_moves_that_a_person_decided_go(self, store: Store, rows: list[CityPrice], seller: User) -> None:
        for row in rows[:6]:
            CityPrice.everything.filter(pk=row.pk).update(ceiling=20_000)
            send(row, 15_000, seller)
        assert publish.publish(store.pk).refusal is None

    @pytest.mark.parametrize(
        ("limits", "code"),
        [({"floor": 10_500}, "under_floor"), ({"ceiling": 9_500, "floor": 9_000}, "over_ceiling")],
    )
    def test_one_price_outside_its_limits_refuses_the_file(
        self, store: Store, rows: list[CityPrice], limits: dict[str, int], code: str, tmp_path: Path
    ) -> None:
        """The table's own rule forbids this state, so the file is checked against limits that changed after it."""
        path = files.LiveList.read(files.folder_of(store.price_list_key)).path
        CityPrice.everything.filter(pk=rows[3].pk).update(
            price=limits.get("ceiling", 10_500), **({"ceiling": 12_000} | limits)
        )
        refusal = self.why_refused(path, store)
        assert (refusal.code, refusal.sku, refusal.read) == (code, "SKU-3", 10_000)

    @pytest.mark.parametrize(
        ("damage", "code"),
        [
            (lambda body: body[: len(body) // 2], "malformed"),
            (lambda body: b"", "malformed"),
            (lambda body: body.replace(b"SKU-7", b"SKU-X"), "unknown_offer"),
            (lambda body: body.replace(b"<merchantid>30125007", b"<merchantid>30125008"), "other_merchant"),
            (lambda body: body.replace(b"SKU-7", b"SKU-8"), "out_of_place"),
            (lambda body: PRICES.sub(b"<price>1</price>", body, count=1), "price_without_city"),
            (lambda body: body.replace(b">10000<", b">99<", 1), "under_floor"),
        ],
    )
    def test_a_damaged_file_is_refused(
        self, store: Store, rows: list[CityPrice], damage: Callable[[bytes], bytes], code: str, tmp_path: Path
    ) -> None:
        path = files.LiveList.read(files.folder_of(store.price_list_key)).path
        damaged = tmp_path / "damaged.xml"
        damaged.write_bytes(damage(path.read_bytes()))
        assert self.why_refused(damaged, store, path).code == code

    def test_without_a_corridor_only_the_price_itself_goes(
        self, store: Store, rows: list[CityPrice], tmp_path: Path
    ) -> None:
        CityPrice.everything.filter(pk=rows[0].pk).update(floor=None)
        path = files.LiveList.read(files.folder_of(store.price_list_key)).path
        damaged = tmp_path / "damaged.xml"
        damaged.write_bytes(path.read_bytes().replace(b">10000<", b">11000<", 1))
        assert self.why_refused(damaged, store, path).code == "not_the_price"

    def test_what_cannot_be_written_is_refused_and_named(self, store: Store, rows: list[CityPrice]) -> None:
        Product.everything.filter(pk=rows[0].product_id).update(model="bell \x07")
        assert self.refused(store) == "unwritable"
        assert PriceListVersion.everything.order_by("-pk").first().refusal["sku"] == "SKU-0"
