"""The page of a store's prices: the switch, the alarms, prices as of a moment, the last price lists."""

import re
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django.fixtures import Settings

from stores.models import (
    CardMarket,
    CityPrice,
    Membership,
    Notification,
    PriceListVersion,
    PricingRule,
    Product,
    ProductPriceUpdate,
    Store,
)
from stores.services.notifications import mark_read, notify
from stores.services.prices import gateway
from stores.services.prices.price_list import publish, pulls
from tests import cast
from tests.cabinet.pages import text_at
from users.models import User

pytestmark = pytest.mark.django_db
State = ProductPriceUpdate.State


def address(store: Store, rest: str = "prices/") -> str:
    return f"/cabinet/stores/{store.pk}/{rest}"


def mode_of(store: Store) -> str:
    return Store.everything.get(pk=store.pk).mode


def as_role(assistant: User, role: str) -> Client:
    Membership.everything.filter(user=assistant).update(role=role)
    browser = Client()
    browser.force_login(assistant)
    return browser


# --- The switch -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("mode", Store.Mode.values)
def test_the_owner_switches_the_mode(store: Store, browser_of_seller: Client, mode: str) -> None:
    answer = browser_of_seller.post(address(store, "mode/"), {"mode": mode})
    assert (answer.headers["Location"], mode_of(store)) == (address(store), mode)
    page = browser_of_seller.get(address(store)).content.decode()
    assert f'value="{mode}" checked' in page
    assert ("stop" in re.findall(r'<details class="(\w+)"', page)) is (mode != "paused")


@pytest.mark.parametrize("sent", [{}, {"mode": ""}, {"mode": "full-speed"}])
def test_what_is_no_mode_changes_nothing(store: Store, browser_of_seller: Client, sent: dict[str, str]) -> None:
    assert browser_of_seller.post(address(store, "mode/"), sent).status_code == 302
    assert mode_of(store) == Store.Mode.AUTOMATIC


@pytest.mark.parametrize(("role", "may_switch", "may_restore"), [("viewer", False, False), ("manager", False, True)])
def test_who_may_not_finds_the_controls_closed_and_is_refused(
    store: Store, assistant: User, role: str, may_switch: bool, may_restore: bool
) -> None:
    row, moment = moved(store)
    browser = as_role(assistant, role)
    page = browser.get(address(store), {"moment": typed(moment)}).content.decode()
    assert ('<fieldset class="plain" disabled>' in page) is not may_switch
    told = browser.post(address(store, "mode/"), {"mode": "watch"}, follow=True)
    assert ('role="alert"' in told.content.decode(), mode_of(store)) == (True, "automatic")
    browser.post(address(store, "restore/"), {"moment": typed(moment)})
    row.refresh_from_db()
    assert (row.price == 10_000) is may_restore


@pytest.mark.parametrize(("role", "mode"), [("viewer", "automatic"), ("manager", "paused"), ("owner", "paused")])
def test_who_may_change_prices_may_stop_them_all(store: Store, assistant: User, role: str, mode: str) -> None:
    as_role(assistant, role).post(address(store, "mode/"), {"mode": "paused"})
    assert mode_of(store) == mode


@pytest.mark.parametrize(
    ("asked", "title"),
    [
        ({"confirmed": "1"}, "The last confirmed prices"),
        ({"price_list_number": "1"}, "Before price list 1"),
        ({"rule": "{rule}"}, "Without this rule, which is switched off"),
    ],
)
def test_other_ways_back_are_shown_and_done(
    store: Store, browser_of_seller: Client, asked: dict[str, str], title: str
) -> None:
    rule = cast.rule(store)
    row, _ = moved(store, rule=rule)
    ProductPriceUpdate.everything.update(price_list_number=1)
    PriceListVersion.everything.create(store=store, number=1, sha256="0" * 64, size=1, offer_count=1)
    wanted = {name: value.format(rule=rule.pk) for name, value in asked.items()}
    page = browser_of_seller.get(address(store), wanted, headers={"Accept-Language": "en"}).content.decode()
    assert title in page
    for name, value in wanted.items():
        assert f'<input type="hidden" name="{name}" value="{value}">' in page
    browser_of_seller.post(address(store, "restore/"), wanted)
    row.refresh_from_db()
    assert row.price == 10_000


@pytest.mark.parametrize("asked", [{"rule": "999"}, {"price_list_number": "9"}, {"confirmed": "1", "rule": "1"}])
def test_a_way_back_that_is_not_there_is_said(store: Store, browser_of_seller: Client, asked: dict[str, str]) -> None:
    row, _ = moved(store)
    assert 'role="alert"' in browser_of_seller.get(address(store), asked).content.decode()
    browser_of_seller.post(address(store, "restore/"), asked)
    row.refresh_from_db()
    assert row.price == 9_500


# --- Alarms -----------------------------------------------------------------------------------------------------------


def alarm(store: Store, event: str, product: Product | None = None) -> Notification:
    notify(
        store.pk,
        Notification.Kind.NOT_SEEN,
        event=event,
        product_id=product.pk if product else None,
        facts={"count": 1, "skus": ["SKU-1"]},
    )
    return Notification.everything.get(store=store, event=event)


def test_only_urgent_messages_that_nobody_read_are_alarms(
    store: Store, seller: User, browser_of_seller: Client
) -> None:
    kettle = cast.product(store)
    mark_read(alarm(store, "read"), seller)
    unread = alarm(store, "unread", kettle)
    notify(
        store.pk,
        Notification.Kind.PRICE_CHANGED,
        event="news",
        facts={"sku": "S", "city_id": cast.ALMATY, "old_price": 1, "new_price": 2},
    )
    page = browser_of_seller.get(address(store)).content.decode()
    assert re.findall(r'action="/cabinet/notifications/(\d+)/read/"', page) == [str(unread.pk)]
    assert f'href="/cabinet/products/{kettle.pk}/"' in page


def test_i_have_seen_it(store: Store, browser_of_seller: Client) -> None:
    message = alarm(store, "unread")
    answer = browser_of_seller.post(f"/cabinet/notifications/{message.pk}/read/")
    message.refresh_from_db()
    assert (answer.headers["Location"], message.read_at is not None) == (address(store), True)
    assert "Nothing urgent." in text_at(browser_of_seller, address(store))


def test_i_have_seen_all_of_those_on_the_page(store: Store, strangers_store: Store, browser_of_seller: Client) -> None:
    shown = [alarm(store, f"unread {number}") for number in range(25)]
    theirs = alarm(strangers_store, "theirs")
    page = browser_of_seller.get(address(store)).content.decode()
    assert f'name="newest" value="{shown[-1].pk}"' in page
    later = alarm(store, "later")
    answer = browser_of_seller.post(address(store, "alarms/read/"), {"newest": shown[-1].pk})
    assert answer.headers["Location"] == address(store)
    assert set(Notification.everything.filter(read_at=None)) == {theirs, later}


def test_one_alarm_needs_no_button_for_all(store: Store, browser_of_seller: Client) -> None:
    alarm(store, "unread")
    assert "alarms/read/" not in browser_of_seller.get(address(store)).content.decode()


@pytest.mark.parametrize(("role", "newest"), [("viewer", 10**6), ("manager", 0), ("manager", "x")])
def test_alarms_stay_unread_for_who_may_not_or_says_nothing(
    store: Store, assistant: User, role: str, newest: object
) -> None:
    alarm(store, "unread")
    as_role(assistant, role).post(address(store, "alarms/read/"), {"newest": newest})
    assert Notification.everything.get().read_at is None


# --- Prices as of a moment --------------------------------------------------------------------------------------------


def moved(
    store: Store, sku: str = "SKU-1", card_id: str = "100000001", rule: PricingRule | None = None
) -> tuple[CityPrice, datetime]:
    """A price that a rule moved half an hour ago, and the moment an hour ago."""
    strategy = Product.Strategy.UNDERCUT if rule is None else Product.Strategy.BY_RULE
    row = cast.city_price(cast.product(store, sku, card_id=card_id, strategy=strategy))
    rule_id = None if rule is None else rule.pk
    wish = gateway.Intent(row.pk, 9_500, row.version, looked_at=timezone.now(), shown=row.price, rule_id=rule_id)
    update = gateway.send(wish)
    assert update is not None
    left = timezone.now() - timedelta(minutes=30)
    ProductPriceUpdate.everything.filter(pk=update.pk).update(approved_at=left, state=State.SEEN)
    return row, timezone.now() - timedelta(hours=1)


def typed(moment: datetime) -> str:
    """As the browser's own field writes a moment in Almaty."""
    return timezone.localtime(moment).strftime("%Y-%m-%dT%H:%M")


def test_the_preview_shows_what_goes_back_and_changes_nothing(store: Store, browser_of_seller: Client) -> None:
    row, moment = moved(store)
    text = text_at(browser_of_seller, f"{address(store)}?moment={typed(moment)}")
    assert "SKU-1 Almaty 9 500 ₸ 10 000 ₸" in text
    assert "Go back: 1, stay: 0." in text
    row.refresh_from_db()
    assert (row.price, mode_of(store)) == (9_500, "automatic")


def test_what_cannot_go_back_says_why(store: Store, browser_of_seller: Client) -> None:
    row, moment = moved(store)
    CityPrice.everything.filter(pk=row.pk).update(ceiling=9_600)
    text = text_at(browser_of_seller, f"{address(store)}?moment={typed(moment)}")
    assert "stays: The price is above the ceiling." in text
    assert "Go back: 0, stay: 1." in text


def test_what_was_shown_goes_back_and_the_rules_only_watch(store: Store, browser_of_seller: Client) -> None:
    row, moment = moved(store)
    other, _ = moved(store, "SKU-2", "100000002")
    CityPrice.everything.filter(pk=other.pk).update(ceiling=9_600)
    page = browser_of_seller.get(address(store), {"moment": typed(moment)}).content.decode()
    (sent,) = re.findall(r'<input type="hidden" name="moment" value="([^"]+)"', page)
    told = browser_of_seller.post(
        address(store, "restore/"), {"moment": sent}, follow=True, headers={"Accept-Language": "en"}
    ).content.decode()
    assert "Prices that go back: 1." in told
    assert "Prices that stay, for they may not leave now: 1." in told
    row.refresh_from_db()
    other.refresh_from_db()
    assert (row.price, other.price, mode_of(store)) == (10_000, 9_500, "watch")


@pytest.mark.parametrize("sent", [{}, {"moment": ""}, {"moment": "yesterday"}])
def test_what_is_no_moment_puts_nothing_back(store: Store, browser_of_seller: Client, sent: dict[str, str]) -> None:
    row, _ = moved(store)
    assert browser_of_seller.post(address(store, "restore/"), sent).status_code == 302
    row.refresh_from_db()
    assert (row.price, mode_of(store)) == (9_500, "automatic")


def test_a_moment_to_come_is_refused_in_words(store: Store, browser_of_seller: Client) -> None:
    row, _ = moved(store)
    soon = typed(timezone.now() + timedelta(hours=1))
    told = browser_of_seller.post(address(store, "restore/"), {"moment": soon}, follow=True)
    assert 'role="alert"' in told.content.decode()
    row.refresh_from_db()
    assert row.price == 9_500


def test_a_moment_like_now_says_so(store: Store, browser_of_seller: Client) -> None:
    cast.product(store)
    text = text_at(browser_of_seller, f"{address(store)}?moment={typed(timezone.now())}")
    assert "No price is another than then." in text


def test_a_mistyped_moment_is_said_at_its_field(store: Store, browser_of_seller: Client) -> None:
    assert "Enter a valid date/time." in text_at(browser_of_seller, f"{address(store)}?moment=yesterday")


# --- Price lists ------------------------------------------------------------------------------------------------------


def test_the_last_lists_say_which_is_served_and_why_one_was_refused(
    store: Store, browser_of_seller: Client, settings: Settings, tmp_path: Path
) -> None:
    settings.PRICE_LISTS_DIR = tmp_path
    cast.product(store)
    publish.publish(store.pk)
    pulls.record_pull(store.pk, 1, 200, "kaspi")
    refusal = {"code": "unknown_offer", "sku": "SKU-9", "city_id": cast.ALMATY, "read": None}
    PriceListVersion.everything.create(store=store, number=2, sha256="x" * 64, size=1, offer_count=1, refusal=refusal)
    rows = browser_of_seller.get(address(store)).context["versions"]
    assert [(each.version.number, each.is_live, each.pulled_at is not None) for each in rows] == [
        (2, False, False),
        (1, True, True),
    ]
    text = text_at(browser_of_seller, address(store))
    assert "refused SKU-9 in Almaty stands in it, but not in the store" in text
    assert "served" in text


# --- How old the picture is -------------------------------------------------------------------------------------------


def test_how_old_the_picture_is_is_told_in_words(store: Store, browser_of_seller: Client) -> None:
    assert "Nobody has looked at the cards of this store yet." in text_at(browser_of_seller, address(store))
    for number, age in enumerate((30, 180, 190, 7_200)):
        product = cast.product(store, f"SKU-{number}", card_id=f"{100_000_001 + number}")
        looked_at = timezone.now() - timedelta(seconds=age)
        market = CardMarket.objects.filter(city_prices__product=product)
        market.update(looked_at=looked_at, failures=age // 7_200)
    cast.product(store, "NEW", card_id="100000099")
    text = text_at(browser_of_seller, address(store))
    assert "Half of the cards were seen within the last 3 min, 95 % of them within 2 h; the oldest" in text
    assert "Cards in cities 5 Not seen yet 1 Did not answer last time 1" in text
