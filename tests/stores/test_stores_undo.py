"""Prices go back: one change, or a store as it was; through the gate, and not to be set again by the rules."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone
from pytest_django.fixtures import Settings
from rest_framework.test import APIClient

from stores.models import CityPrice, PriceStop, ProductPriceUpdate, Store
from stores.services.errors import Forbidden, Refusal
from stores.services.prices import gateway, publish
from stores.services.prices.explain import explain
from stores.services.prices.gateway import Intent
from stores.services.prices.undo import prices_as_of, restore, undo
from tests import cast
from users.models import User

pytestmark = pytest.mark.django_db
State = ProductPriceUpdate.State


@pytest.fixture
def row(store: Store) -> CityPrice:
    return cast.city_price(cast.product(store))


def move(row: CityPrice, price: int, minutes_ago: int = 0) -> ProductPriceUpdate:
    """A rule moves the price, so long ago."""
    row.refresh_from_db()
    update = gateway.send(Intent(row.pk, price, row.version, looked_at=timezone.now(), shown=row.price))
    ProductPriceUpdate.everything.filter(pk=update.pk).update(
        approved_at=timezone.now() - timedelta(minutes=minutes_ago), state=State.SEEN
    )
    return ProductPriceUpdate.everything.get(pk=update.pk)


def price_of(row: CityPrice) -> int:
    return CityPrice.everything.get(pk=row.pk).price


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
        seen = {(each.sku, each.price, each.price_then, each.hold_code) for each in prices_as_of(store, moment)}
        assert seen == {("SKU-1", 9_500, 10_000, ""), ("SKU-2", 9_300, 9_800, "")}
        assert price_of(rows["moved"]) == 9_500

    def test_the_store_is_as_it_was_and_its_rules_only_watch(
        self, store: Store, rows: dict[str, CityPrice], moment: datetime, seller: User
    ) -> None:
        restore(store, moment, seller)
        assert {name: price_of(row) for name, row in rows.items()} == {
            "steady": 10_000,
            "moved": 10_000,
            "moved twice": 9_800,
            "moved before": 9_700,
        }
        store.refresh_from_db()
        assert store.mode == Store.Mode.WATCH
        assert prices_as_of(store, moment) == []

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
        restore(store, moment, seller)
        assert publish.publish(store.pk).refusal is None
        assert set(store.price_updates.filter(actor=seller).values_list("state", flat=True)) == {State.PUBLISHED}
        row = CityPrice.everything.get(pk=rows["moved"].pk)
        again = gateway.send(Intent(row.pk, 9_500, row.version, looked_at=timezone.now(), shown=row.price))
        assert again.hold_code == "watch_only"

    def test_a_paused_store_stays_paused(
        self, store: Store, rows: dict[str, CityPrice], moment: datetime, seller: User
    ) -> None:
        Store.everything.filter(pk=store.pk).update(mode=Store.Mode.PAUSED)
        restore(store, moment, seller)
        assert Store.everything.get(pk=store.pk).mode == Store.Mode.PAUSED
        assert price_of(rows["moved"]) == 10_000

    def test_what_its_limits_forbid_stays_and_is_named(
        self, store: Store, rows: dict[str, CityPrice], moment: datetime, seller: User
    ) -> None:
        CityPrice.everything.filter(pk=rows["moved"].pk).update(ceiling=9_600)
        assert {each.sku: each.hold_code for each in prices_as_of(store, moment)}["SKU-1"] == "over_ceiling"
        done = {each.sku: each.hold_code for each in restore(store, moment, seller)}
        assert done == {"SKU-1": "over_ceiling", "SKU-2": ""}
        assert (price_of(rows["moved"]), price_of(rows["moved twice"])) == (9_500, 9_800)

    def test_the_neighbours_prices_stay(
        self, store: Store, strangers_store: Store, moment: datetime, seller: User
    ) -> None:
        theirs = cast.city_price(cast.product(strangers_store))
        move(theirs, 9_500)
        restore(store, moment, seller)
        assert price_of(theirs) == 9_500

    def test_a_moment_to_come_is_refused(self, store: Store, seller: User) -> None:
        with pytest.raises(Refusal) as refused:
            restore(store, timezone.now() + timedelta(minutes=1), seller)
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

    @pytest.mark.parametrize(
        "told",
        [
            {},
            {"moment": "2026-01-01T00:00:00Z"},
            {"moment": "yesterday", "preview": True},
            {"moment": "2026-01-01T00:00:00Z", "preview": True, "x": 1},
        ],
    )
    def test_what_is_no_moment_is_named(self, store: Store, api: APIClient, told: dict[str, Any]) -> None:
        answer = api.post(f"/api/stores/{store.pk}/restore-prices/", told, format="json")
        assert (answer.status_code, answer.json()["code"]) == (400, "invalid")


@pytest.mark.parametrize("is_undo", [False, True])
def test_a_rule_never_passes_a_stop_by_calling_itself_an_undo(row: CityPrice, is_undo: bool) -> None:
    PriceStop.objects.create(reason="drill")
    intent = Intent(row.pk, 9_500, row.version, looked_at=timezone.now(), shown=10_000, is_undo=is_undo)
    assert gateway.send(intent).hold_code == "stopped"
