"""A process of another build sends nothing, and a new engine waits for a person's yes."""

from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from pytest_django.fixtures import Settings

import pricing
from kaspi_backend.build import PACKAGES, build_of_sources
from stores.models import CityPrice, Notification, PriceListVersion, ProductPriceUpdate, Release, Store
from stores.services.prices import gateway
from stores.services.prices.decide import decide_markets
from stores.services.prices.gateway import Intent
from stores.services.prices.price_list.publish import publish
from stores.services.prices.undo import undo
from stores.services.releases import Fence, accept_engine, read_fence, record_build
from tests import cast
from users.models import User

pytestmark = pytest.mark.django_db
State = ProductPriceUpdate.State
OPEN = Fence(is_recorded_build=True, is_engine_accepted=True)
SHUT = Fence(is_recorded_build=False, is_engine_accepted=False)
ENGINE_WAITS = Fence(is_recorded_build=True, is_engine_accepted=False)


@pytest.fixture
def new_engine(installation: None, monkeypatch: pytest.MonkeyPatch, settings: Settings) -> None:
    """A deployment that brings another engine."""
    settings.BUILD = "with a new engine"
    monkeypatch.setattr(pricing, "ENGINE_VERSION", "new")
    record_build()


def by_hand(row: CityPrice, actor: User, price: int = 9_499) -> Intent:
    row.refresh_from_db()
    return Intent(row.pk, price, row.version, actor=actor)


class TestRecord:
    def test_without_a_record_nothing_may_leave(self) -> None:
        assert read_fence() == SHUT

    def test_the_first_engine_is_accepted_by_itself(self) -> None:
        record_build()
        assert read_fence() == OPEN

    def test_the_same_build_is_recorded_once(self) -> None:
        assert record_build() == record_build()
        assert Release.objects.count() == 1

    def test_the_newest_record_counts_and_going_back_needs_a_new_one(self, settings: Settings) -> None:
        record_build()
        settings.BUILD, old = "next", settings.BUILD
        assert read_fence() == SHUT
        record_build()
        assert read_fence() == OPEN
        settings.BUILD = old
        assert read_fence() == SHUT
        record_build()
        assert read_fence() == OPEN
        assert Release.objects.count() == 3

    def test_another_engine_waits_and_the_one_before_may_come_back(
        self, new_engine: None, monkeypatch: pytest.MonkeyPatch, settings: Settings
    ) -> None:
        assert read_fence() == ENGINE_WAITS
        monkeypatch.undo()
        settings.BUILD = "as before"
        record_build()
        assert read_fence() == OPEN

    def test_a_yes_to_the_engine_lasts_for_later_builds(self, new_engine: None, settings: Settings) -> None:
        accept_engine()
        assert read_fence() == OPEN
        settings.BUILD = "and one more"
        record_build()
        assert read_fence() == OPEN

    def test_one_name_of_a_build_never_hides_another_engine(self, monkeypatch: pytest.MonkeyPatch) -> None:
        record_build()
        monkeypatch.setattr(pricing, "ENGINE_VERSION", "new")
        assert read_fence() == ENGINE_WAITS


class TestCommands:
    def test_they_say_what_to_do_about_a_new_engine(self, new_engine: None, capsys: pytest.CaptureFixture[str]) -> None:
        call_command("record_build")
        assert "replay --engine" in capsys.readouterr().out
        call_command("accept_engine")
        assert read_fence() == OPEN

    def test_the_engine_of_another_build_is_not_accepted(self, new_engine: None, settings: Settings) -> None:
        settings.BUILD = "a forgotten terminal"
        with pytest.raises(CommandError):
            call_command("accept_engine")
        assert Release.objects.first().engine_accepted_at is None


class TestAnotherBuild:
    @pytest.fixture(autouse=True)
    def _another_build(self, row: CityPrice, settings: Settings) -> None:
        settings.BUILD = "a worker that was forgotten"

    def test_rules_and_people_send_nothing(self, row: CityPrice, seller: User) -> None:
        assert gateway.send(cast.by_rule(row)).hold_code == "other_build"
        assert gateway.send(by_hand(row, seller, 9_600)).hold_code == "other_build"
        row.refresh_from_db()
        assert (row.price, row.version) == (10_000, 1)

    def test_it_is_told_once_for_the_store(self, row: CityPrice, store: Store) -> None:
        gateway.send(cast.by_rule(row))
        gateway.send(cast.by_rule(cast.city_price(cast.product(store, "SKU-2", card_id="100000002"))))
        assert ProductPriceUpdate.everything.filter(hold_code="other_build").count() == 2
        assert Notification.everything.count() == 1

    def test_it_puts_nothing_back(self, row: CityPrice, seller: User) -> None:
        back = Intent(row.pk, 9_499, row.version, actor=seller, is_undo=True)
        assert gateway.send(back).hold_code == "other_build"

    def test_it_releases_no_price_list(self, store: Store, settings: Settings) -> None:
        assert publish(store.pk) is None
        assert not PriceListVersion.everything.exists()
        record_build()
        assert publish(store.pk).refusal is None


class TestUnacceptedEngine:
    def test_rules_hold_until_a_person_accepts_it(self, row: CityPrice, store: Store, new_engine: None) -> None:
        cast.see(row.market, {store.merchant_id: 10_000, "30200001": 9_500})
        decide_markets([row.market_id])
        assert row.updates.get().hold_code == "engine_not_accepted"
        accept_engine()
        cast.see(row.market, {store.merchant_id: 10_000, "30200001": 9_501})
        decide_markets([row.market_id])
        row.refresh_from_db()
        assert row.price == 9_500

    def test_people_set_and_put_back_prices_meanwhile(self, row: CityPrice, seller: User, new_engine: None) -> None:
        update = gateway.send(by_hand(row, seller))
        assert update.state == State.APPROVED
        assert undo(update, seller).state == State.APPROVED
        row.refresh_from_db()
        assert row.price == 10_000


class TestBuild:
    def test_every_package_that_runs_in_a_process_counts(self) -> None:
        packages = {path.parent.name for path in settings.BASE_DIR.glob("*/__init__.py")}
        assert packages - {*PACKAGES} == {"embedded", "sandbox"}, "started from outside, and no part of the product"

    @pytest.fixture
    def sources(self, tmp_path: Path) -> Path:
        for package in PACKAGES:
            (tmp_path / package).mkdir()
            (tmp_path / package / "code.py").write_text("FLOOR = 1\n")
        return tmp_path

    @pytest.mark.parametrize("package", PACKAGES)
    def test_every_change_of_the_code_is_another_build(self, sources: Path, package: str) -> None:
        before = build_of_sources(sources)
        (sources / package / "code.py").write_text("FLOOR = 2\n")
        assert build_of_sources(sources) != before

    def test_a_file_that_moves_is_another_build(self, sources: Path) -> None:
        before = build_of_sources(sources)
        (sources / "stores" / "code.py").rename(sources / "stores" / "other.py")
        assert build_of_sources(sources) != before

    def test_nothing_but_code_counts(self, sources: Path) -> None:
        before = build_of_sources(sources)
        (sources / "stores" / "notes.txt").write_text("FLOOR = 2\n")
        assert build_of_sources(sources) == before
        assert len(before) == 64
