"""The change budget: who leaves first, who waits, and that what waited is decided anew."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from threading import Barrier, Thread

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone
from django.utils.translation import override
from pytest_django.fixtures import Settings
from rest_framework.test import APIClient

import kaspi
from stores import tasks
from stores.models import CardMarket, CityPrice, Notification, PriceTurn, Product, ProductPriceUpdate, Store
from stores.services.errors import Refusal
from stores.services.prices import gateway, queue, turns, worth
from stores.services.prices.budget import budget_of, spent_changes
from stores.services.prices.decide import decide_markets
from stores.services.prices.explain import explain, explanation_of
from stores.services.prices.gateway import Intent
from stores.services.prices.pricing_edit import PricingEdit, edit_pricing
from stores.services.prices.profit import Profit
from stores.services.prices.situation import market_of
from stores.services.prices.turns import find_waiting_stores, give_turns
from stores.services.prices.undo import undo
from stores.services.store import change_store
from tests import cast
from users.models import User

pytestmark = pytest.mark.django_db
ME = "30125007"
State = ProductPriceUpdate.State
NOON = datetime.fromisoformat("2026-11-23T12:00:00+00:00")
# What the rival asks is what the price may rise by: 49, 499 and 999 tenge.
SMALL, MIDDLE, LARGE = 10_050, 10_500, 11_000


@pytest.fixture(autouse=True)
def two_changes(settings: Settings) -> None:
    """Rules may make two changes in half an hour, one more is kept in reserve."""
    settings.CHANGES_PER_HALF_HOUR = 2


@pytest.fixture
def rows(store: Store) -> list[CityPrice]:
    """Five prices at 10,000, none of them seen yet."""
    return [cast.city_price(cast.product(store, f"SKU-{each}", card_id=f"10000000{each}")) for each in range(5)]


def look(rivals: Mapping[CityPrice, int]) -> list[int]:
    """What our price and the rival's are now; the markets, undecided."""
    for row, rival in rivals.items():
        row.refresh_from_db()
        cast.see(market_of(row), {ME: row.price, "a": rival})
    return [market_of(row).pk for row in rivals]


def look_and_decide(rivals: Mapping[CityPrice, int]) -> int:
    return decide_markets(look(rivals))


def spend(rows: list[CityPrice]) -> None:
    """The last two prices rise, and rules may make no other change."""
    look_and_decide({rows[3]: LARGE, rows[4]: LARGE})
    assert prices(rows[3:]) == [10_999, 10_999]


def half_an_hour_passes(changes: int = 2) -> None:
    """The oldest changes do not count any more."""
    oldest = ProductPriceUpdate.everything.filter(approved_at__isnull=False).order_by("approved_at")[:changes]
    ids = [update.pk for update in oldest]
    ProductPriceUpdate.everything.filter(pk__in=ids).update(approved_at=timezone.now() - timedelta(minutes=31))


def prices(rows: list[CityPrice]) -> list[int]:
    return [CityPrice.everything.get(pk=row.pk).price for row in rows]


def waiting(store: Store) -> list[CityPrice]:
    return [turn.city_price for turn in queue.queue_of(store.pk)]


# --- Order ------------------------------------------------------------------------------------------------------------


def test_of_those_that_arrive_together_the_best_leave(store: Store, rows: list[CityPrice]) -> None:
    assert look_and_decide({rows[0]: SMALL, rows[1]: LARGE, rows[2]: MIDDLE}) == 3
    assert prices(rows[:3]) == [10_000, 10_999, 10_499]
    assert waiting(store) == [rows[0]]
    held = ProductPriceUpdate.everything.get(state=State.HELD)
    assert (held.hold_code, held.city_price, held.look_number) == ("change_budget", rows[0], None)


def test_who_waits_leaves_in_order_of_what_it_earns(store: Store, rows: list[CityPrice]) -> None:
    spend(rows)
    look_and_decide({rows[0]: SMALL})
    look_and_decide({rows[1]: LARGE})
    look_and_decide({rows[2]: MIDDLE})
    assert waiting(store) == [rows[1], rows[2], rows[0]]
    assert give_turns(store.pk) == 0
    half_an_hour_passes(changes=1)
    assert give_turns(store.pk) == 1
    assert prices(rows[:3]) == [10_000, 10_999, 10_000]
    half_an_hour_passes(changes=2)
    assert give_turns(store.pk) == 1
    assert prices(rows[:3]) == [10_000, 10_999, 10_499]
    assert waiting(store) == [rows[0]]
    half_an_hour_passes(changes=4)
    give_turns(store.pk)
    assert (prices(rows[:3]), waiting(store), find_waiting_stores()) == ([10_049, 10_999, 10_499], [], [])


@pytest.mark.parametrize(("newcomer", "code"), [(MIDDLE, "waits_turn"), (LARGE, "")])
def test_a_new_one_goes_before_those_that_wait_only_if_it_earns_more(
    store: Store, rows: list[CityPrice], newcomer: int, code: str
) -> None:
    spend(rows)
    look_and_decide({rows[0]: 10_800})
    half_an_hour_passes(changes=1)
    look_and_decide({rows[1]: newcomer})
    newest = ProductPriceUpdate.everything.filter(city_price=rows[1]).latest("pk")
    assert newest.hold_code == code
    assert waiting(store) == ([rows[0], rows[1]] if code else [rows[0]])


def test_where_there_is_room_for_all_nobody_waits(store: Store, rows: list[CityPrice], settings: Settings) -> None:
    spend(rows)
    look_and_decide({rows[0]: LARGE})
    settings.CHANGES_PER_HALF_HOUR = 250
    look_and_decide({rows[1]: SMALL})
    assert prices(rows[:2]) == [10_000, 10_049]


@pytest.mark.parametrize(
    ("story", "minutes", "tenge", "is_first"),
    [
        ("the same worth, it came first", 1, 100.0, True),
        ("half the worth, ten minutes are not yet over", 9.9, 50.0, False),
        ("half the worth, ten minutes waited", 10.1, 50.0, True),
        ("an eighth", 30.1, 12.5, True),
        ("nothing at all, compared with the most there is", 199, 0.0, False),
        ("… and nobody starves", 200, 0.0, True),
    ],
)
def test_waiting_counts_like_worth(story: str, minutes: float, tenge: float, is_first: bool) -> None:
    other = 1e9 if tenge == 0 else 100.0
    assert (queue.place_at(NOON - timedelta(minutes=minutes), tenge) <= queue.place_at(NOON, other)) is is_first, story


def test_a_cheap_one_that_waited_long_goes_before_a_dear_one(store: Store, rows: list[CityPrice]) -> None:
    spend(rows)
    look_and_decide({rows[0]: SMALL, rows[1]: LARGE})
    assert waiting(store) == [rows[1], rows[0]]
    turn = PriceTurn.everything.get(city_price=rows[0])
    PriceTurn.everything.filter(pk=turn.pk).update(waits_since=turn.waits_since - timedelta(minutes=50))
    look_and_decide({rows[0]: SMALL + 1})
    assert waiting(store) == [rows[0], rows[1]]
    half_an_hour_passes(changes=1)
    give_turns(store.pk)
    assert prices(rows[:2]) == [10_050, 10_000]


# --- What a change earns ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("story", "profits", "price", "sold", "expected"),
    [
        ("a rise earns the difference with each piece", (1_000, 1_400), 10_500, 84, 100.0),
        ("a cut earns what a rival would", (1_000, 700), 9_700, 84, 175.0),
        ("a cut at a loss earns nothing", (100, -200), 9_700, 84, 0.0),
        ("a rise that earns less", (1_000, 900), 10_500, 84, 0.0),
        ("nobody knows the profit: the difference of prices", (None, None), 10_336, 84, 84.0),
        ("nobody knows the profit: a usual margin", (None, None), 9_700, 84, 750.0),
        ("nobody knows the sales: half a piece a day", (1_000, 1_960), 10_960, None, 10.0),
        ("a week without a sale is not nothing", (1_000, 4_360), 13_360, 0, 5.0),
    ],
)
def test_what_a_change_is_expected_to_earn(
    rows: list[CityPrice],
    monkeypatch: pytest.MonkeyPatch,
    story: str,
    profits: tuple[int | None, int | None],
    price: int,
    sold: int | None,
    expected: float,
) -> None:
    told = [Profit(tenge) for tenge in profits]
    monkeypatch.setattr(worth, "profits_of", lambda product, prices: told)
    assert worth.worth_of(rows[0], price, sold) == pytest.approx(expected), story


# --- Decided anew -----------------------------------------------------------------------------------------------------


def test_what_leaves_is_what_the_market_wants_now(store: Store, rows: list[CityPrice]) -> None:
    spend(rows)
    look_and_decide({rows[0]: LARGE})
    look({rows[0]: MIDDLE})
    half_an_hour_passes()
    give_turns(store.pk)
    assert prices(rows[:1]) == [10_499]
    left = ProductPriceUpdate.everything.get(city_price=rows[0], state=State.APPROVED)
    assert left.look_number == CardMarket.objects.get(pk=market_of(rows[0]).pk).look_number
    assert decide_markets([market_of(rows[0]).pk]) == 0


def test_a_floor_that_rose_meanwhile_holds(store: Store, rows: list[CityPrice], seller: User) -> None:
    spend(rows)
    look_and_decide({rows[0]: 9_500})
    edit_pricing(rows[0].product, PricingEdit(rows[0].product.version, {"floor": 9_800}), seller)
    half_an_hour_passes()
    give_turns(store.pk)
    assert (prices(rows[:1]), waiting(store)) == ([9_800], [])


@pytest.mark.parametrize("story", ["by hand", "paused", "the store is paused", "the store watches", "as it is"])
def test_what_is_wanted_no_more_leaves_the_line(store: Store, rows: list[CityPrice], seller: User, story: str) -> None:
    spend(rows)
    look_and_decide({rows[0]: LARGE})
    product = Product.everything.get(pk=rows[0].product_id)
    if story == "by hand":
        edit_pricing(product, PricingEdit(product.version, {"strategy": "manual"}), seller)
    elif story == "paused":
        edit_pricing(product, PricingEdit(product.version, {"is_paused": True}), seller)
    elif story == "as it is":
        look({rows[0]: 10_001})
    else:
        change_store(store, {"mode": "paused" if story == "the store is paused" else "watch"}, seller)
    half_an_hour_passes()
    give_turns(store.pk)
    assert (prices(rows[:1]), waiting(store)) == ([10_000], [])


def test_an_old_picture_is_looked_at_again_and_the_place_is_kept(store: Store, rows: list[CityPrice]) -> None:
    spend(rows)
    look_and_decide({rows[0]: LARGE, rows[1]: MIDDLE})
    since = PriceTurn.everything.get(city_price=rows[0]).waits_since
    later = timezone.now() + timedelta(hours=3)
    CardMarket.objects.update(next_look_at=later)
    CardMarket.objects.filter(pk=market_of(rows[0]).pk).update(looked_at=timezone.now() - timedelta(minutes=60))
    half_an_hour_passes(changes=1)
    give_turns(store.pk)
    assert prices(rows[:2]) == [10_000, 10_499], "it holds up nobody meanwhile"
    assert CardMarket.objects.get(pk=market_of(rows[0]).pk).next_look_at <= timezone.now()
    assert [turn.waits_since for turn in queue.queue_of(store.pk)] == [since]


def test_a_card_that_fails_holds_no_place(store: Store, rows: list[CityPrice]) -> None:
    spend(rows)
    look_and_decide({rows[0]: LARGE})
    cast.see(market_of(rows[0]), kaspi.Unavailable("503"))
    half_an_hour_passes(changes=1)
    look_and_decide({rows[1]: SMALL})
    assert prices(rows[:2]) == [10_000, 10_049]


def test_what_an_older_look_says_does_not_end_a_newer_wish(store: Store, rows: list[CityPrice]) -> None:
    spend(rows)
    look({rows[0]: 10_001})
    slow = cast.city_price(rows[0].product)
    look_and_decide({rows[0]: LARGE})
    queue.leave_unwanted([slow])
    assert waiting(store) == [rows[0]]
    queue.leave_unwanted([cast.city_price(rows[0].product)])
    assert waiting(store) == []


# --- The reserve and the edges ----------------------------------------------------------------------------------------


def test_people_and_undo_pass_the_line(store: Store, rows: list[CityPrice], seller: User, settings: Settings) -> None:
    settings.CHANGES_PER_HALF_HOUR = 3
    spend(rows)
    look_and_decide({rows[0]: LARGE, rows[1]: LARGE})
    assert waiting(store) == [rows[1]]
    product = Product.everything.get(pk=rows[1].product_id)
    with pytest.raises(Refusal) as refused:
        edit_pricing(product, PricingEdit(product.version, {"price": 9_900}), seller)
    assert (refused.value.fields, waiting(store)) == ({"price": ["change_budget"]}, [rows[1]])
    undo(ProductPriceUpdate.everything.get(city_price=rows[4], state=State.APPROVED), seller)
    assert prices(rows[4:]) == [10_000]


def test_a_price_under_its_floor_goes_first_and_may_use_the_reserve(store: Store, rows: list[CityPrice]) -> None:
    spend(rows)
    store.refresh_from_db()
    queue.wait(store, rows[0], 100_000.0, 1, is_correction=False)
    queue.wait(store, rows[1], 0.0, 1, is_correction=True)
    assert waiting(store) == [rows[1], rows[0]]
    assert queue.count_ahead(rows[0], None, 1e9) == 0, "nobody has seen the card of the other"
    look({rows[1]: LARGE})
    assert queue.count_ahead(rows[0], None, 1e9) == 1


@pytest.mark.parametrize(("changes", "spent", "turns_of"), [(10, 8, [1]), (10, 9, [1]), (10, 10, []), (10, 7, [1])])
def test_the_reserve_is_for_corrections_only(
    store: Store,
    rows: list[CityPrice],
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
    changes: int,
    spent: int,
    turns_of: list[int],
) -> None:
    settings.CHANGES_PER_HALF_HOUR = changes
    look({rows[0]: LARGE, rows[1]: LARGE})
    queue.wait(store, rows[0], 50.0, 1, is_correction=False)
    queue.wait(store, rows[1], 0.0, 1, is_correction=True)
    made(rows[4], spent)
    asked: list[int] = []
    monkeypatch.setattr(turns, "decide_prices", asked.extend)
    give_turns(store.pk)
    assert asked == [rows[each].pk for each in turns_of]


def made(row: CityPrice, changes: int, ago: timedelta = timedelta(minutes=1), apart: timedelta = timedelta(0)) -> None:
    """So many changes left, the newest so long ago."""
    now = timezone.now()
    for number in range(changes):
        change = ProductPriceUpdate(
            store=row.product.store,
            product=row.product,
            city_price=row,
            city_id=row.city_id,
            state=State.SEEN,
            origin="rule",
            old_price=10_000,
            new_price=9_900,
            floor=8_000,
            ceiling=12_000,
            approved_at=now - ago - number * apart,
        )
        change.save()


@pytest.mark.parametrize(
    ("age", "spent"),
    [(timedelta(minutes=30), 0), (timedelta(minutes=30, microseconds=-1), 1), (timedelta(0), 1)],
)
def test_the_window_ends_after_half_an_hour(rows: list[CityPrice], age: timedelta, spent: int) -> None:
    made(rows[0], 1)
    approved_at = ProductPriceUpdate.everything.get().approved_at
    assert spent_changes(rows[0].product.store, approved_at + age).count() == spent


@pytest.mark.parametrize(
    ("changes", "free_for_rules", "free", "minutes"), [(6, 2, 4, None), (8, 0, 2, 22), (9, 0, 1, 22), (12, 0, 0, 22)]
)
def test_the_budget_says_when_the_next_place_is_free(
    store: Store,
    rows: list[CityPrice],
    settings: Settings,
    changes: int,
    free_for_rules: int,
    free: int,
    minutes: int | None,
) -> None:
    """Changes a minute apart, the newest a minute ago: eight of ten are for rules."""
    settings.CHANGES_PER_HALF_HOUR = 10
    now = timezone.now()
    made(rows[0], changes, apart=timedelta(minutes=1))
    budget = budget_of(store, now)
    assert (budget.spent, budget.for_rules, budget.taken) == (changes, 8, 10)
    assert (budget.free_for_rules, budget.free) == (free_for_rules, free)
    wait = None if budget.next_place_at is None else round((budget.next_place_at - now) / timedelta(minutes=1))
    assert wait == minutes
    if budget.next_place_at is not None:
        assert budget_of(store, budget.next_place_at).free_for_rules == 1


def test_another_stores_line_is_none_of_ours(store: Store, rows: list[CityPrice], strangers_store: Store) -> None:
    spend(rows)
    look_and_decide({rows[0]: LARGE})
    theirs = cast.city_price(cast.product(strangers_store, card_id="999"))
    cast.see(market_of(theirs), {"30999999": 10_000, "a": SMALL})
    decide_markets([market_of(theirs).pk])
    assert prices([theirs]) == [10_049]
    assert (find_waiting_stores(), budget_of(strangers_store).waiting) == ([store.pk], 0)


# --- Workers that meet, and workers that die --------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_two_workers_give_one_place_to_the_best(store: Store, rows: list[CityPrice]) -> None:
    spend(rows)
    look_and_decide({rows[0]: SMALL, rows[1]: LARGE, rows[2]: MIDDLE})
    half_an_hour_passes(changes=1)
    start = Barrier(2)

    def work() -> None:
        start.wait()
        try:
            give_turns(store.pk)
        finally:
            connection.close()

    threads = [Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert prices(rows[:3]) == [10_000, 10_999, 10_000]
    assert waiting(store) == [rows[2], rows[0]]
    assert ProductPriceUpdate.everything.filter(approved_at__isnull=False).count() == 3


class Killed(BaseException):
    """What no handler of ours catches."""


def test_a_worker_that_dies_loses_no_turn(store: Store, rows: list[CityPrice], monkeypatch: pytest.MonkeyPatch) -> None:
    spend(rows)
    look_and_decide({rows[0]: MIDDLE, rows[1]: LARGE})
    half_an_hour_passes()
    real = gateway.send

    def send(intent: Intent) -> ProductPriceUpdate | None:
        if intent.city_price_id == rows[0].pk:
            raise Killed
        return real(intent)

    monkeypatch.setattr(gateway, "send", send)
    with pytest.raises(Killed):
        give_turns(store.pk)
    assert (prices(rows[:2]), waiting(store)) == ([10_000, 10_999], [rows[0]])
    monkeypatch.setattr(gateway, "send", real)
    give_turns(store.pk)
    assert (prices(rows[:2]), waiting(store)) == ([10_499, 10_999], [])


def test_one_that_cannot_be_decided_holds_up_no_other(
    store: Store, rows: list[CityPrice], monkeypatch: pytest.MonkeyPatch
) -> None:
    spend(rows)
    look_and_decide({rows[0]: MIDDLE, rows[1]: LARGE})
    half_an_hour_passes(changes=1)
    real = gateway.send

    def send(intent: Intent) -> ProductPriceUpdate | None:
        if intent.city_price_id == rows[1].pk:
            raise ValueError("broken")
        return real(intent)

    monkeypatch.setattr(gateway, "send", send)
    give_turns(store.pk)
    assert waiting(store) == [rows[0]]
    give_turns(store.pk)
    assert prices(rows[:2]) == [10_499, 10_000]


# --- What people see --------------------------------------------------------------------------------------------------


def test_the_task_gives_turns_and_rings_for_a_price_list(
    store: Store, rows: list[CityPrice], monkeypatch: pytest.MonkeyPatch
) -> None:
    rings: list[bool] = []
    monkeypatch.setattr(tasks.publish_price_lists, "delay", lambda: rings.append(True))
    monkeypatch.setattr(tasks.tell_notifications, "delay", lambda: None)
    spend(rows)
    look_and_decide({rows[0]: LARGE})
    tasks.give_turns()
    assert (rings, prices(rows[:1])) == ([], [10_000])
    half_an_hour_passes()
    tasks.give_turns()
    assert (rings, prices(rows[:1])) == ([True], [10_999])


def test_the_same_wish_is_written_once_and_told_once_in_half_an_hour(store: Store, rows: list[CityPrice]) -> None:
    spend(rows)
    for _ in range(3):
        look_and_decide({rows[0]: LARGE, rows[1]: LARGE})
    assert ProductPriceUpdate.everything.filter(state=State.HELD).count() == 2
    assert Notification.everything.filter(kind="price_held").count() == 1


def test_a_price_that_waits_says_so(store: Store, rows: list[CityPrice]) -> None:
    spend(rows)
    look_and_decide({rows[0]: LARGE})
    spent = ProductPriceUpdate.everything.get(city_price=rows[0])
    with override("en"):
        assert explain(spent).endswith(
            "The marketplace takes no more changes in this half hour; what rules want waits for its turn."
        )
    half_an_hour_passes(changes=1)
    look_and_decide({rows[1]: MIDDLE})
    waits = ProductPriceUpdate.everything.get(city_price=rows[1])
    with override("en"):
        assert explain(waits).endswith("Changes that are expected to earn more go first; this one waits for its turn.")
    [reason] = [guard for guard in explanation_of(waits).guards if guard.is_reason]
    assert (reason.code, reason.value, reason.text) == ("changes_ahead", 1, "1")


def test_the_budget_is_visible(
    store: Store, rows: list[CityPrice], api: APIClient, browser_of_seller: Client, settings: Settings
) -> None:
    settings.CHANGES_PER_HALF_HOUR = 10
    made(rows[4], 8, ago=timedelta(minutes=26))
    look_and_decide({rows[0]: LARGE, rows[1]: LARGE})
    told = api.get(f"/api/stores/{store.pk}/coverage/").json()["change_budget"]
    assert told.pop("next_place_at") is not None
    assert told == {"spent": 8, "for_rules": 8, "taken": 10, "waiting": 2}
    page = browser_of_seller.get(f"/cabinet/stores/{store.pk}/prices/", headers={"Accept-Language": "en"})
    text = " ".join(page.content.decode().split())
    assert "Spent 8 of 8 in the last 30 minutes." in text
    assert "<dt>Prices that wait for their turn</dt><dd>2</dd>" in text
    assert "<dt>The next place is free in</dt><dd>4 min</dd>" in text


def test_without_a_line_the_page_says_only_what_is_spent(store: Store, browser_of_seller: Client) -> None:
    page = browser_of_seller.get(f"/cabinet/stores/{store.pk}/prices/", headers={"Accept-Language": "en"})
    text = page.content.decode()
    assert "Spent 0 of 2 in the last 30 minutes." in text
    assert "wait for their turn" not in text
    assert "next place" not in text
