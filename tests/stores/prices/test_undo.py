"""Prices go back: one change, or a store as it was; through the gate, and not to be set again by the rules."""

from collections import Counter
from datetime import datetime, timedelta
from pathlib import Path
from threading import Barrier, Thread
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from pytest_django.fixtures import Settings
from rest_framework.test import APIClient

from stores.models import (
    CityPrice,
    Notification,
    PriceListVersion,
    PriceStop,
    PricingRule,
    Product,
    ProductPriceUpdate,
    Store,
)
from stores.services import catalogue
from stores.services.errors import Forbidden, Refusal
from stores.services.messages import text_of
from stores.services.prices import gateway
from stores.services.prices.explain import explain
from stores.services.prices.gateway import Intent
from stores.services.prices.price_list import publish
from stores.services.prices.restore import preview, restore
from stores.services.prices.targets import AsOf, BeforeList, Confirmed, Target, WithoutRule
from stores.services.prices.undo import undo
from stores.services.store import change_store
from tests import cast
from users.models import User

pytestmark = pytest.mark.django_db
State = ProductPriceUpdate.State
STOPPED = "All prices are stopped now. What was put back goes out as soon as the stop is released."


def move(
    row: CityPrice,
    price: int,
    minutes_ago: int = 0,
    *,
    price_list: int | None = None,
    rule: PricingRule | None = None,
    actor: User | None = None,
) -> ProductPriceUpdate:
    """A rule moves the price, or a person does, so long ago; carried out by a price list."""
    row.refresh_from_db()
    by = {"rule_id": rule.pk if rule else None, "actor": actor}
    update = gateway.send(Intent(row.pk, price, row.version, looked_at=timezone.now(), shown=row.price, **by))
    assert update.state == State.APPROVED
    ProductPriceUpdate.everything.filter(pk=update.pk).update(
        approved_at=timezone.now() - timedelta(minutes=minutes_ago), state=State.SEEN, price_list_number=price_list
    )
    return ProductPriceUpdate.everything.get(pk=update.pk)


def price_of(row: CityPrice) -> int:
    return CityPrice.everything.get(pk=row.pk).price


def more(store: Store, count: int) -> list[CityPrice]:
    """Other prices of the store, at 10,000."""
    return [
        cast.city_price(cast.product(store, f"MORE-{each}", card_id=f"30000000{each}")) for each in range(1, count + 1)
    ]


def wanted(row: CityPrice, price: int, actor: User | None = None) -> None:
    """A price that may leave and that no list has carried."""
    row.refresh_from_db()
    sent = gateway.send(Intent(row.pk, price, row.version, looked_at=timezone.now(), shown=row.price, actor=actor))
    assert sent.state == State.APPROVED


class TestUndo:
    def test_the_price_goes_back_and_the_rules_pause(self, row: CityPrice, seller: User) -> None:
        update = move(row, 9_500)
        back = undo(update, seller)
        update.refresh_from_db()
        row.product.refresh_from_db()
        assert (back.state, back.new_price, back.undoes, back.actor) == (State.APPROVED, 10_000, update, seller)
        assert (price_of(row), update.state, row.product.is_paused) == (10_000, State.UNDONE, True)
        assert "10\u202f000" in explain(back)

    def test_twice_changes_nothing_more(self, row: CityPrice, seller: User) -> None:
        update = move(row, 9_500)
        assert undo(update, seller) == undo(update, seller)
        assert ProductPriceUpdate.everything.count() == 2

    @pytest.mark.parametrize("how", ["store", "product", "everything"])
    def test_it_is_possible_while_all_is_stopped(self, row: CityPrice, store: Store, seller: User, how: str) -> None:
        update = move(row, 9_500)
        Store.everything.filter(pk=store.pk).update(mode="paused" if how == "store" else "automatic")
        if how == "product":
            row.product.is_paused = True
            row.product.save()
        if how == "everything":
            PriceStop.objects.create(reason="drill")
        assert undo(update, seller).state == State.APPROVED
        assert price_of(row) == 10_000

    def test_a_paused_store_watches_from_then_on_and_its_list_goes_out(
        self, row: CityPrice, store: Store, seller: User
    ) -> None:
        update = move(row, 9_500)
        change_store(store, {"mode": Store.Mode.PAUSED}, seller)
        undo(update, seller)
        assert Store.everything.get(pk=store.pk).mode == Store.Mode.WATCH
        assert publish.find_due_stores() == [store.pk]

    def test_what_was_paused_is_not_let_out_with_it(self, row: CityPrice, store: Store, seller: User) -> None:
        update = move(row, 9_500, price_list=3)
        others = more(store, 4)
        carried, first, by_hand, agreed = others
        move(carried, 9_800, price_list=3)
        for other, price in ((carried, 9_000), (first, 9_100), (by_hand, 9_200), (agreed, 9_300)):
            wanted(other, price)
        wanted(by_hand, 9_250, seller)
        ProductPriceUpdate.everything.filter(city_price=agreed).update(actor=seller)
        change_store(store, {"mode": Store.Mode.PAUSED}, seller)
        undo(update, seller)
        assert [price_of(each) for each in (row, *others)] == [10_000, 9_800, 10_000, 9_250, 9_300]
        assert Store.everything.get(pk=store.pk).mode == Store.Mode.WATCH
        version = publish.publish(store.pk)
        assert version is not None
        assert version.refusal is None
        told = Notification.everything.get(kind="prices_restored")
        assert told.facts == {"restored": 2, "kept": 0}

    @pytest.mark.parametrize("mode", [Store.Mode.WATCH, Store.Mode.ASK, Store.Mode.AUTOMATIC])
    def test_nor_by_choosing_another_mode(self, mode: str, row: CityPrice, store: Store, seller: User) -> None:
        carried, by_hand = more(store, 2)
        move(carried, 9_800, price_list=3)
        for other, price in ((row, 9_100), (carried, 9_000), (by_hand, 9_200)):
            wanted(other, price)
        wanted(by_hand, 9_250, seller)
        change_store(store, {"mode": Store.Mode.PAUSED}, seller)
        change_store(store, {"name": "Renamed"}, seller)
        assert [price_of(each) for each in (row, carried, by_hand)] == [9_100, 9_000, 9_250]
        change_store(store, {"mode": mode}, seller)
        assert [price_of(each) for each in (row, carried, by_hand)] == [10_000, 9_800, 9_250]
        assert Store.everything.get(pk=store.pk).mode == mode
        assert Notification.everything.get(kind="prices_restored").facts == {"restored": 2, "kept": 0}
        version = publish.publish(store.pk)
        assert version is not None
        assert version.refusal is None

    def test_between_modes_that_go_on_nothing_goes_back(self, row: CityPrice, store: Store, seller: User) -> None:
        wanted(row, 9_100)
        change_store(store, {"mode": Store.Mode.WATCH}, seller)
        assert price_of(row) == 9_100

    def test_a_price_that_a_rule_took_from_a_persons_goes_back_to_that(
        self, row: CityPrice, store: Store, seller: User
    ) -> None:
        [other] = more(store, 1)
        move(other, 9_800, price_list=2)
        wanted(other, 9_700, seller)
        wanted(other, 9_400)
        update = move(row, 9_500, price_list=3)
        change_store(store, {"mode": Store.Mode.PAUSED}, seller)
        undo(update, seller)
        assert price_of(other) == 9_700

    def test_in_a_store_that_goes_on_nothing_else_moves(self, row: CityPrice, store: Store, seller: User) -> None:
        [other] = more(store, 1)
        wanted(other, 9_400)
        undo(move(row, 9_500), seller)
        assert (price_of(other), Store.everything.get(pk=store.pk).mode) == (9_400, Store.Mode.AUTOMATIC)

    @pytest.mark.parametrize("is_stopped", [False, True])
    def test_while_all_is_stopped_the_answer_and_the_page_say_when_it_leaves(
        self, row: CityPrice, api: APIClient, browser_of_seller: Client, is_stopped: bool
    ) -> None:
        first = move(row, 9_500)
        if is_stopped:
            PriceStop.objects.create(reason="drill")
        english = {"Accept-Language": "en"}
        answer = api.post(f"/api/price-updates/{first.pk}/undo/", headers=english)
        assert (answer.json()["state"], answer.json()["notice"]) == ("approved", STOPPED if is_stopped else "")
        path = f"/cabinet/price-updates/{answer.json()['id']}/undo/"
        page = browser_of_seller.post(path, {"product": row.product_id}, headers=english, follow=True)
        assert (STOPPED in page.content.decode()) is is_stopped

    def test_what_never_left_has_nothing_to_put_back(self, row: CityPrice, seller: User) -> None:
        held = gateway.send(Intent(row.pk, 7_999, row.version, looked_at=timezone.now(), shown=10_000))
        with pytest.raises(Refusal) as refused:
            undo(held, seller)
        assert refused.value.code == "not_undoable"

    def test_only_the_newest_change_is_undone(self, row: CityPrice, seller: User) -> None:
        first = move(row, 9_500)
        move(row, 9_400)
        with pytest.raises(Refusal) as refused:
            undo(first, seller)
        assert (refused.value.code, price_of(row)) == ("not_the_newest", 9_400)

    def test_the_limits_of_today_count(self, row: CityPrice, seller: User) -> None:
        update = move(row, 9_500)
        CityPrice.everything.filter(pk=row.pk).update(ceiling=9_600)
        with pytest.raises(Refusal) as refused:
            undo(update, seller)
        update.refresh_from_db()
        assert (refused.value.code, refused.value.fields) == ("price_held", {"price": ["over_ceiling"]})
        assert (price_of(row), update.state) == (9_500, State.SEEN)

    def test_who_may_only_look_undoes_nothing(self, row: CityPrice, assistant: User) -> None:
        update = move(row, 9_500)
        with pytest.raises(Forbidden):
            undo(update, assistant)
        assert price_of(row) == 9_500

    def test_over_the_api(self, row: CityPrice, api: APIClient) -> None:
        update = move(row, 9_500)
        answer = api.post(f"/api/price-updates/{update.pk}/undo/")
        assert (answer.status_code, answer.json()["new_price"], answer.json()["undoes"]) == (200, 10_000, update.pk)


class TestRestore:
    @pytest.fixture
    def rows(self, store: Store) -> dict[str, CityPrice]:
        names = ("steady", "moved", "moved twice", "moved before")
        return {
            name: cast.city_price(cast.product(store, f"SKU-{number}", card_id=f"10000000{number}"))
            for number, name in enumerate(names)
        }

    @pytest.fixture
    def moment(self, rows: dict[str, CityPrice]) -> datetime:
        """An hour ago; one price had moved before, two have moved since."""
        move(rows["moved before"], 9_700, minutes_ago=120)
        move(rows["moved twice"], 9_800, minutes_ago=120)
        move(rows["moved twice"], 9_300, minutes_ago=30)
        move(rows["moved"], 9_500, minutes_ago=30)
        return timezone.now() - timedelta(hours=1)

    def test_the_preview_names_what_was_different(
        self, store: Store, rows: dict[str, CityPrice], moment: datetime
    ) -> None:
        seen = {(each.sku, each.price, each.price_then, each.hold_code) for each in preview(store, AsOf(moment))}
        assert seen == {("SKU-1", 9_500, 10_000, ""), ("SKU-2", 9_300, 9_800, "")}
        assert price_of(rows["moved"]) == 9_500

    def test_the_store_is_as_it_was_and_its_rules_only_watch(
        self, store: Store, rows: dict[str, CityPrice], moment: datetime, seller: User
    ) -> None:
        restore(store, AsOf(moment), seller)
        assert {name: price_of(row) for name, row in rows.items()} == {
            "steady": 10_000,
            "moved": 10_000,
            "moved twice": 9_800,
            "moved before": 9_700,
        }
        store.refresh_from_db()
        assert store.mode == Store.Mode.WATCH
        assert preview(store, AsOf(moment)) == []

    def test_what_was_put_back_leaves_and_rules_do_not_touch_it(
        self,
        store: Store,
        rows: dict[str, CityPrice],
        moment: datetime,
        seller: User,
        settings: Settings,
        tmp_path: Path,
    ) -> None:
        settings.PRICE_LISTS_DIR = tmp_path
        restore(store, AsOf(moment), seller)
        assert publish.publish(store.pk).refusal is None
        assert set(store.price_updates.filter(actor=seller).values_list("state", flat=True)) == {State.PUBLISHED}
        row = CityPrice.everything.get(pk=rows["moved"].pk)
        again = gateway.send(Intent(row.pk, 9_500, row.version, looked_at=timezone.now(), shown=row.price))
        assert again.hold_code == "watch_only"

    def test_a_paused_store_watches_from_then_on_and_its_list_goes_out(
        self,
        store: Store,
        rows: dict[str, CityPrice],
        moment: datetime,
        seller: User,
        settings: Settings,
        tmp_path: Path,
    ) -> None:
        settings.PRICE_LISTS_DIR = tmp_path
        change_store(store, {"mode": Store.Mode.PAUSED}, seller)
        assert publish.publish(store.pk) is None
        restore(store, AsOf(moment), seller)
        assert Store.everything.get(pk=store.pk).mode == Store.Mode.WATCH
        assert price_of(rows["moved"]) == 10_000
        assert publish.find_due_stores() == [store.pk]
        assert publish.publish(store.pk).refusal is None

    def test_a_paused_store_of_which_nothing_goes_back_stays_paused(
        self, store: Store, rows: dict[str, CityPrice], moment: datetime, seller: User
    ) -> None:
        change_store(store, {"mode": Store.Mode.PAUSED}, seller)
        moved = [rows["moved"].pk, rows["moved twice"].pk]
        CityPrice.everything.filter(pk__in=moved).update(ceiling=9_750)
        assert {each.hold_code for each in restore(store, AsOf(moment), seller)} == {"over_ceiling"}
        assert Store.everything.get(pk=store.pk).mode == Store.Mode.PAUSED

    @pytest.mark.parametrize("is_stopped", [False, True])
    def test_while_all_is_stopped_the_answer_says_when_it_leaves(
        self, store: Store, rows: dict[str, CityPrice], moment: datetime, api: APIClient, is_stopped: bool
    ) -> None:
        if is_stopped:
            PriceStop.objects.create(reason="drill")
        CityPrice.everything.filter(pk=rows["moved"].pk).update(ceiling=9_600)
        url = f"/api/stores/{store.pk}/restore-prices/"
        told = {"moment": moment.isoformat(), "preview": False}
        stays, goes = api.post(url, told, format="json", headers={"Accept-Language": "en"}).json()
        assert (stays["hold_code"], goes["hold_code"]) == ("over_ceiling", "")
        assert "stopped" not in stays["sentence"]
        assert goes["sentence"] == (STOPPED if is_stopped else "")

    def test_what_its_limits_forbid_stays_and_is_named(
        self, store: Store, rows: dict[str, CityPrice], moment: datetime, seller: User
    ) -> None:
        CityPrice.everything.filter(pk=rows["moved"].pk).update(ceiling=9_600)
        assert {each.sku: each.hold_code for each in preview(store, AsOf(moment))}["SKU-1"] == "over_ceiling"
        done = {each.sku: each.hold_code for each in restore(store, AsOf(moment), seller)}
        assert done == {"SKU-1": "over_ceiling", "SKU-2": ""}
        assert (price_of(rows["moved"]), price_of(rows["moved twice"])) == (9_500, 9_800)

    def test_the_neighbours_prices_stay(
        self, store: Store, strangers_store: Store, moment: datetime, seller: User
    ) -> None:
        theirs = cast.city_price(cast.product(strangers_store))
        move(theirs, 9_500)
        restore(store, AsOf(moment), seller)
        assert price_of(theirs) == 9_500

    def test_a_moment_to_come_is_refused(self, store: Store, seller: User) -> None:
        with pytest.raises(Refusal) as refused:
            restore(store, AsOf(timezone.now() + timedelta(minutes=1)), seller)
        assert refused.value.code == "moment_in_future"

    def test_over_the_api(self, store: Store, rows: dict[str, CityPrice], moment: datetime, api: APIClient) -> None:
        told = {"moment": moment.isoformat()}
        url = f"/api/stores/{store.pk}/restore-prices/"
        preview = api.post(url, told | {"preview": True}, format="json").json()
        assert [each["price_then"] for each in preview] == [10_000, 9_800]
        assert price_of(rows["moved"]) == 9_500
        answer = api.post(url, told | {"preview": False}, format="json")
        assert (answer.status_code, [each["sku"] for each in answer.json()]) == (200, ["SKU-1", "SKU-2"])
        assert price_of(rows["moved"]) == 10_000

    def test_what_a_person_has_set_since_stays(
        self, store: Store, rows: dict[str, CityPrice], moment: datetime, seller: User
    ) -> None:
        move(rows["moved"], 9_900, actor=seller)
        assert {each.sku: each.hold_code for each in restore(store, AsOf(moment), seller)} == {
            "SKU-1": "moved_by_person",
            "SKU-2": "",
        }
        assert (price_of(rows["moved"]), price_of(rows["moved twice"])) == (9_900, 9_800)

    def test_what_was_put_back_can_be_put_back_further(
        self, store: Store, rows: dict[str, CityPrice], moment: datetime, seller: User
    ) -> None:
        restore(store, AsOf(moment), seller)
        restore(store, AsOf(moment - timedelta(hours=2)), seller)
        assert {price_of(row) for row in rows.values()} == {10_000}

    def test_each_new_change_refers_to_the_one_it_takes_back(
        self, store: Store, rows: dict[str, CityPrice], moment: datetime, seller: User
    ) -> None:
        restore(store, AsOf(moment), seller)
        backs = ProductPriceUpdate.everything.filter(actor=seller)
        assert {(back.undoes.new_price, back.undoes.state, back.new_price) for back in backs} == {
            (9_500, State.UNDONE, 10_000),
            (9_300, State.UNDONE, 9_800),
        }

    def test_it_is_told_in_one_message(
        self, store: Store, rows: dict[str, CityPrice], moment: datetime, seller: User
    ) -> None:
        CityPrice.everything.filter(pk=rows["moved"].pk).update(ceiling=9_600)
        Notification.everything.all().delete()
        for _ in range(2):
            restore(store, AsOf(moment), seller)
        message = Notification.everything.get()
        assert (message.kind, message.severity, message.facts) == (
            "prices_restored",
            "warning",
            {"restored": 1, "kept": 1},
        )
        assert "1" in text_of(message)

    def test_no_change_budget_holds_it(
        self, store: Store, rows: dict[str, CityPrice], moment: datetime, seller: User, settings: Settings
    ) -> None:
        settings.CHANGES_PER_HALF_HOUR = 1
        assert {each.hold_code for each in restore(store, AsOf(moment), seller)} == {""}

    @pytest.mark.parametrize(
        "told",
        [
            {"preview": True},
            {"moment": "2026-01-01T00:00:00Z"},
            {"moment": "yesterday", "preview": True},
            {"moment": "2026-01-01T00:00:00Z", "preview": True, "x": 1},
            {"moment": "2026-01-01T00:00:00Z", "confirmed": True, "preview": True},
            {"confirmed": False, "preview": True},
            {"price_list_number": 0, "preview": True},
            {"rule": "x", "preview": True},
        ],
    )
    def test_what_is_no_target_is_named(self, store: Store, api: APIClient, told: dict[str, Any]) -> None:
        answer = api.post(f"/api/stores/{store.pk}/restore-prices/", told, format="json")
        assert (answer.status_code, answer.json()["code"]) == (400, "invalid")


class TestOtherTargets:
    """A price list, a rule, what people confirmed."""

    @pytest.fixture
    def rows(self, store: Store) -> list[CityPrice]:
        numbers = range(4)
        return [cast.city_price(cast.product(store, f"SKU-{n}", card_id=f"10000000{n}")) for n in numbers]

    @pytest.fixture(autouse=True)
    def _lists(self, store: Store) -> None:
        for number in (1, 2, 3):
            PriceListVersion.everything.create(store=store, number=number, sha256="0", size=1, offer_count=4)

    def seen(self, store: Store, target: Target) -> list[tuple[str, int, int, str]]:
        return [(each.sku, each.price, each.price_then, each.hold_code) for each in preview(store, target)]

    def test_a_price_list_is_taken_back(self, store: Store, rows: list[CityPrice], seller: User) -> None:
        move(rows[0], 9_800, price_list=1)
        move(rows[0], 9_500, price_list=2)  # to where the list before had it
        move(rows[1], 9_700)  # never carried out: the buyers saw what was before
        move(rows[1], 9_400, price_list=2)
        move(rows[2], 9_600, price_list=2)
        move(rows[2], 9_300, price_list=3)  # moved on since, by rules
        move(rows[3], 9_900, price_list=3)
        expected = [
            ("SKU-0", 9_500, 9_800, ""),
            ("SKU-1", 9_400, 10_000, ""),
            ("SKU-2", 9_300, 10_000, ""),
        ]
        assert self.seen(store, BeforeList(2)) == expected
        restore(store, BeforeList(2), seller)
        assert [price_of(row) for row in rows] == [9_800, 10_000, 10_000, 9_900]
        assert Store.everything.get(pk=store.pk).mode == Store.Mode.WATCH
        assert self.seen(store, BeforeList(2)) == []

    def test_what_a_person_set_after_a_price_list_stays(
        self, store: Store, rows: list[CityPrice], seller: User
    ) -> None:
        move(rows[0], 9_500, price_list=2)
        move(rows[0], 9_900, price_list=3, actor=seller)
        move(rows[1], 9_600, price_list=2, actor=seller)  # carried out by the list itself
        assert self.seen(store, BeforeList(2)) == [
            ("SKU-0", 9_900, 10_000, "moved_by_person"),
            ("SKU-1", 9_600, 10_000, ""),
        ]
        restore(store, BeforeList(2), seller)
        assert [price_of(row) for row in rows[:2]] == [9_900, 10_000]

    def test_a_rule_is_taken_back_and_switched_off(self, store: Store, rows: list[CityPrice], seller: User) -> None:
        Product.everything.filter(city_prices__in=rows).update(strategy=Product.Strategy.BY_RULE)
        rule = cast.rule(store)
        move(rows[0], 9_800, rule=rule)
        move(rows[0], 9_500, rule=rule)
        move(rows[1], 9_700, actor=seller)
        move(rows[1], 9_400, rule=rule)
        move(rows[2], 9_600, rule=rule)
        move(rows[2], 9_300, actor=seller)
        assert self.seen(store, WithoutRule(rule.pk)) == [("SKU-0", 9_500, 10_000, ""), ("SKU-1", 9_400, 9_700, "")]
        restore(store, WithoutRule(rule.pk), seller)
        assert [price_of(row) for row in rows] == [10_000, 9_700, 9_300, 10_000]
        rule.refresh_from_db()
        assert (rule.is_on, rule.version) == (False, 3)
        assert Store.everything.get(pk=store.pk).mode == Store.Mode.AUTOMATIC
        restore(store, WithoutRule(rule.pk), seller)
        assert (PricingRule.everything.get().version, ProductPriceUpdate.everything.count()) == (3, 8)

    @pytest.mark.parametrize("how", ["store", "everything"])
    def test_what_was_confirmed_comes_back_while_all_is_stopped(
        self, store: Store, rows: list[CityPrice], seller: User, how: str
    ) -> None:
        move(rows[0], 9_700, actor=seller)
        move(rows[0], 9_200)
        move(rows[1], 9_500)
        if how == "store":
            change_store(store, {"mode": Store.Mode.PAUSED}, seller)
        else:
            PriceStop.objects.create(reason="drill")
        assert self.seen(store, Confirmed()) == [("SKU-0", 9_200, 9_700, ""), ("SKU-1", 9_500, 10_000, "")]
        restore(store, Confirmed(), seller)
        assert [price_of(row) for row in rows] == [9_700, 10_000, 10_000, 10_000]
        assert self.seen(store, Confirmed()) == []

    @pytest.mark.parametrize(("target", "code"), [(BeforeList(9), "unknown_price_list"), (None, "unknown_rule")])
    def test_what_the_store_does_not_have_is_refused(
        self, store: Store, strangers_store: Store, seller: User, target: Target | None, code: str
    ) -> None:
        PriceListVersion.everything.create(store=strangers_store, number=9, sha256="0", size=1, offer_count=4)
        foreign = WithoutRule(cast.rule(strangers_store).pk)
        with pytest.raises(Refusal) as refused:
            restore(store, target or foreign, seller)
        assert refused.value.code == code
        assert PricingRule.everything.get().is_on

    def test_who_may_only_look_restores_nothing(self, store: Store, rows: list[CityPrice], assistant: User) -> None:
        rule = cast.rule(store)
        move(rows[0], 9_500, price_list=2)
        for target in (AsOf(timezone.now() - timedelta(days=1)), BeforeList(2), WithoutRule(rule.pk), Confirmed()):
            with pytest.raises(Forbidden):
                restore(store, target, assistant)
        assert (price_of(rows[0]), PricingRule.everything.get().is_on) == (9_500, True)

    def test_over_the_api(self, store: Store, rows: list[CityPrice], api: APIClient) -> None:
        Product.everything.filter(city_prices=rows[2]).update(strategy=Product.Strategy.BY_RULE)
        rule = cast.rule(store)
        move(rows[0], 9_500, price_list=2)
        CityPrice.everything.filter(pk=rows[0].pk).update(ceiling=9_600)
        move(rows[2], 9_600, rule=rule)
        url = f"/api/stores/{store.pk}/restore-prices/"
        listed = api.post(url, {"price_list_number": 2, "preview": True}, format="json").json()
        assert [(each["sku"], each["hold_code"]) for each in listed] == [("SKU-0", "over_ceiling")]
        assert listed[0]["sentence"]
        by_rule = api.post(url, {"rule": rule.pk, "preview": False}, format="json")
        assert [(each["sku"], each["price_then"], each["sentence"]) for each in by_rule.json()] == [
            ("SKU-2", 10_000, "")
        ]
        confirmed = api.post(url, {"confirmed": True, "preview": False}, format="json")
        assert [each["hold_code"] for each in confirmed.json()] == ["over_ceiling"]
        unknown = api.post(url, {"rule": 999_999, "preview": True}, format="json")
        assert (unknown.status_code, unknown.json()["code"]) == (422, "unknown_rule")


def test_two_hundred_prices_cost_the_queries_of_ten(store: Store, seller: User, settings: Settings) -> None:
    """SQLite takes only so many values in one statement, so the new rows may be written in a few."""
    settings.CHANGES_PER_HALF_HOUR = 1_000
    few = queries_of_restore(store, seller, 10)
    many = queries_of_restore(store, seller, 200)
    assert few["INSERT"] == 2  # the updates, and the one message
    assert many["INSERT"] <= 8
    assert many - Counter(INSERT=many["INSERT"]) == few - Counter(INSERT=2)
    assert few.total() <= 30


def queries_of_restore(store: Store, actor: User, count: int) -> Counter[str]:
    """The statements by which so many prices go back, by their first word."""
    Store.everything.filter(pk=store.pk).update(mode=Store.Mode.AUTOMATIC)
    prices = {cast.ALMATY: catalogue.PriceFacts(10_000, 8_000, 12_000)}
    facts = {"card_id": "", "model": "Kettle", "strategy": "undercut", "prices": prices}
    goods = [catalogue.ProductFacts(sku=f"{count}-{number}", **facts) for number in range(count)]
    catalogue.bring_in(store, [], goods)
    rows = CityPrice.everything.filter(product__store=store, price=10_000, product__sku__startswith=f"{count}-")
    moment = timezone.now()
    wishes = [Intent(row.pk, 9_500, row.version, looked_at=moment, shown=10_000) for row in rows]
    assert {update.state for update in gateway.send_all(store.pk, wishes)} == {State.APPROVED}
    with CaptureQueriesContext(connection) as queries:
        done = restore(store, AsOf(moment), actor)
    assert len(done) == count
    return Counter(query["sql"].split()[0] for query in queries)


@pytest.mark.django_db(transaction=True)
def test_two_restores_at_once_have_one_effect(store: Store, seller: User) -> None:
    rows = [cast.city_price(cast.product(store, f"SKU-{n}", card_id=f"10000000{n}")) for n in range(5)]
    moment = timezone.now()
    for row in rows:
        move(row, 9_500)
    start = Barrier(2)
    counts: list[int] = []

    def work() -> None:
        start.wait()
        try:
            counts.append(len(restore(store, AsOf(moment), seller)))
        finally:
            connection.close()

    threads = [Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(counts) == [0, 5]
    assert {price_of(row) for row in rows} == {10_000}
    assert ProductPriceUpdate.everything.filter(actor=seller).count() == 5
    assert Notification.everything.filter(kind="prices_restored").count() == 1


@pytest.mark.parametrize("is_undo", [False, True])
def test_a_rule_never_passes_a_stop_by_calling_itself_an_undo(row: CityPrice, is_undo: bool) -> None:
    PriceStop.objects.create(reason="drill")
    intent = Intent(row.pk, 9_500, row.version, looked_at=timezone.now(), shown=10_000, is_undo=is_undo)
    assert gateway.send(intent).hold_code == "stopped"
