"""The drill: a backup is put back, and nothing of what it knows leaves before a person has looked."""

from datetime import timedelta
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command
from django.utils import timezone
from pytest_django.fixtures import Settings

import kaspi
from stores.models import (
    Availability,
    BreakerTrip,
    CardBatch,
    CityPrice,
    Notification,
    OrderAction,
    PriceListVersion,
    PriceStop,
    ProductPriceUpdate,
    Store,
)
from stores.services.backups import hold_restored
from stores.services.cards import sending
from stores.services.health import read_health
from stores.services.orders import actions
from stores.services.prices import gateway, switches
from stores.services.prices.price_list import files, publish
from stores.services.stock.counts import count_stock
from tests import cast
from tests.sandbox.orders_fakes import Desk
from tests.stores.orders.desk import DeskTransport, age_actions, connect, look_up, read_all, row_of
from users.models import User

pytestmark = pytest.mark.django_db

State = ProductPriceUpdate.State


@pytest.fixture
def shop(store: Store, tmp_path: Path, settings: Settings) -> Store:
    """A product at 10 000 ₸, five on the shelf in Almaty, published."""
    settings.PRICE_LISTS_DIR = tmp_path / "price-lists"
    settings.PUBLISH_INTERVAL = timedelta(0)
    cast.product(store)
    assert publish.publish(store.pk).refusal is None
    return store


@pytest.fixture
def line(store: Store, monkeypatch: pytest.MonkeyPatch) -> DeskTransport:
    return connect(store, monkeypatch)


@pytest.fixture
def desk(line: DeskTransport) -> Desk:
    return line.desk


def backup(path: Path) -> None:
    call_command("dumpdata", use_base_manager=True, output=str(path))


def put_back(path: Path) -> None:
    call_command("flush", interactive=False, inhibit_post_migrate=True)
    call_command("loaddata", str(path), verbosity=0)


def live(shop: Store) -> bytes:
    return files.LiveList.read(files.folder_of(shop.price_list_key)).path.read_bytes()


def offered(shop: Store) -> tuple[int, list[int | None]]:
    """The price in Almaty and the stock, as the marketplace is told."""
    with files.LiveList.read(files.folder_of(shop.price_list_key)).path.open("rb") as file:
        [offer] = kaspi.read_price_list(file).offers
    return offer.city_prices[0].price, [each.stock_count for each in offer.availabilities]


def decide(price: int, actor: User | None = None) -> ProductPriceUpdate:
    """What becomes of a price of a person, or of a rule that has just looked."""
    row = CityPrice.everything.get(city_id=cast.ALMATY)
    facts = {"actor": actor} if actor else {"looked_at": timezone.now(), "shown": row.price}
    return gateway.send(gateway.Intent(row.pk, price, row.version, **facts))


def release() -> None:
    switches.release_stops(PriceStop.objects.all())


def state_of(action: OrderAction) -> tuple[str, str]:
    return OrderAction.everything.values_list("state", "why").get(pk=action.pk)


@pytest.mark.django_db(transaction=True)
def test_a_backup_that_was_put_back_lets_nothing_leave_before_a_person_does(
    shop: Store, seller: User, desk: Desk, line: DeskTransport, tmp_path: Path
) -> None:
    theirs = desk.place()
    read_all()
    planned = actions.plan(row_of(theirs), "accept", {}, seller)
    backup(tmp_path / "backup.json")

    # What happens after it: the order is accepted, a price goes out, the shelf empties.
    assert actions.send_due_actions() == 1
    assert decide(9_900, seller).state == State.APPROVED
    count_stock(Availability.everything.get(), 0, seller)
    publish.publish_due()
    assert offered(shop) == (9_900, [0])
    served = live(shop)
    assert line.writes == 1

    put_back(tmp_path / "backup.json")
    call_command("restored_backup", stdout=StringIO())
    assert (CityPrice.everything.get(city_id=cast.ALMATY).price, state_of(planned)) == (10_000, ("lost", ""))
    assert read_health()["status"] == "stopped"
    assert publish.find_due_stores() == []
    assert publish.publish(shop.pk) is None
    assert (decide(9_800).hold_code, decide(9_850, seller).hold_code) == ("stopped", "stopped")
    assert actions.send_due_actions() == 0
    assert (live(shop), line.writes, PriceListVersion.everything.count()) == (served, 1, 1)
    look_up()
    assert state_of(planned) == ("done", ""), "the order has told that it left"

    release()
    assert publish.find_due_stores() == [shop.pk]
    version = publish.publish(shop.pk)
    assert (version.number, version.refusal, offered(shop)) == (3, None, (10_000, [5]))
    assert decide(9_700, seller).state == State.APPROVED


def test_a_list_that_was_being_built_does_not_go_live(shop: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not even one that moves no price."""
    PriceStop.objects.create(reason="drill")
    served = live(shop)
    write = publish._write

    def restored_meanwhile(*arguments: object) -> object:
        hold_restored()
        return write(*arguments)

    monkeypatch.setattr(publish, "_write", restored_meanwhile)
    assert publish.publish(shop.pk) is None
    assert (live(shop), PriceListVersion.everything.count()) == (served, 1)


def test_with_another_stop_left_lists_go_on_without_moving_a_price(shop: Store, seller: User) -> None:
    PriceStop.objects.create(reason="drill")
    hold_restored()
    count_stock(Availability.everything.get(), 0, seller)
    assert publish.publish(shop.pk) is None
    switches.release_stops(PriceStop.objects.filter(code=BreakerTrip.Code.FROM_BACKUP))
    assert publish.publish(shop.pk).keeps_prices
    assert offered(shop) == (10_000, [0])


def test_what_a_person_does_to_an_order_meanwhile_is_refused_at_once(
    shop: Store, seller: User, desk: Desk, line: DeskTransport
) -> None:
    hold_restored()
    theirs = desk.place()
    read_all()
    action = actions.plan(row_of(theirs), "accept", {}, seller)
    assert (actions.send_due_actions(), line.writes, state_of(action)) == (0, 0, ("not_done", "stopped"))
    assert Notification.everything.filter(kind="order_not_moved").count() == 1
    release()
    actions.plan(row_of(theirs), "accept", {}, seller)
    assert (actions.send_due_actions(), line.writes) == (1, 1)


def test_an_action_that_never_left_is_found_out_and_told(
    shop: Store, seller: User, desk: Desk, line: DeskTransport
) -> None:
    theirs = desk.place()
    read_all()
    action = actions.plan(row_of(theirs), "accept", {}, seller)
    hold_restored()
    actions.send_due_actions()
    age_actions(timedelta(minutes=20))
    look_up()
    assert (state_of(action), line.writes) == (("not_done", "no_effect"), 0)


def test_new_cards_that_waited_are_a_persons_to_look_up_and_others_wait(
    shop: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[Store] = []

    def ask(store: Store, _question: object) -> None:
        asked.append(store)
        raise kaspi.Unavailable("away")

    monkeypatch.setattr(sending, "ask", ask)
    before = cast.card_batch(shop, CardBatch.State.WAITING)
    hold_restored()
    after = cast.card_batch(shop, CardBatch.State.WAITING)
    CardBatch.everything.update(next_at=timezone.now() - timedelta(seconds=1))
    assert not sending.send_next()
    for batch, state in ((before, CardBatch.State.UNSURE), (after, CardBatch.State.WAITING)):
        batch.refresh_from_db()
        assert batch.state == state
    assert asked == []
    release()
    assert sending.send_next()
    assert asked == [shop]


def test_the_command_says_what_to_look_at_and_twice_changes_nothing_more(shop: Store, strangers_store: Store) -> None:
    said = StringIO()
    for _ in range(2):
        call_command("restored_backup", stdout=said)
    assert "/api/admin/stores/pricestop/" in said.getvalue()
    assert str(PriceStop.objects.get()) in said.getvalue()
    assert BreakerTrip.everything.count() == 1
    told = Notification.everything.filter(kind="everything_stopped", severity="urgent")
    assert set(told.values_list("store", flat=True)) == {shop.pk, strangers_store.pk}
    assert told.count() == 2
