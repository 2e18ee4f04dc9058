"""The pages of the stock and of automatic acceptance, as a seller uses them."""

import re

import pytest
from django.template import Context, Template
from django.test import Client
from django.utils import timezone
from django.utils.translation import override

from stores.models import AcceptanceDecision, AcceptanceRules, Availability, Order, Store
from stores.services.stock.rules import rules_of
from tests import cast
from tests.cabinet.filled_in import sent_by
from tests.stores.api.test_stock import ordered
from users.models import User

pytestmark = pytest.mark.django_db


def page(browser: Client, path: str) -> str:
    answer = browser.get(path, headers={"Accept-Language": "en"})
    assert answer.status_code == 200
    return answer.content.decode()


def test_a_doubtful_stock_is_shown_and_confirmed(browser_of_seller: Client, store: Store) -> None:
    cast.product(store, "SKU-9", card_id="100000009")
    ordered(store, quantity=6)
    shown = page(browser_of_seller, f"/cabinet/stores/{store.pk}/stock/")
    assert "More was ordered than there was" in shown
    assert "SKU-9" not in shown
    assert "SKU-9" in page(browser_of_seller, f"/cabinet/stores/{store.pk}/stock/?show=all")
    answer = browser_of_seller.post(f"/cabinet/stores/{store.pk}/stock/confirm/", {"stock": told_of(shown)})
    assert answer.status_code == 302
    assert "No stock is doubtful." in page(browser_of_seller, f"/cabinet/stores/{store.pk}/stock/")


def told_of(shown: str) -> list[str]:
    """What the page sends when a person says that all of it is right."""
    return re.findall('name="stock" value="([^"]+)"', shown)


def test_a_page_that_is_not_true_any_more_confirms_nothing_and_says_what(
    browser_of_seller: Client, store: Store
) -> None:
    ordered(store, quantity=6)
    path = f"/cabinet/stores/{store.pk}/stock/"
    shown = page(browser_of_seller, path)
    Availability.everything.update(stock_count=4)
    english = {"Accept-Language": "en"}
    answer = browser_of_seller.post(f"{path}confirm/", {"stock": told_of(shown)}, follow=True, headers=english)
    assert (
        "These have moved since you saw them, and stay as they are: SKU-1 · PP1: 4. Count them again."
        in answer.content.decode()
    )
    for told in ([], ["1"], ["1 2 now exceeded"], [f"{'9' * 30} 2 2026-11-23T10:00:00+00:00 "]):
        answer = browser_of_seller.post(f"{path}confirm/", {"stock": told}, follow=True, headers=english)
        assert "Look at the stocks again" in answer.content.decode()
    assert Availability.everything.get().doubt == "exceeded"


def test_a_stock_is_explained_and_counted(browser_of_seller: Client, store: Store) -> None:
    order = ordered(store)
    there = Availability.everything.get()
    shown = page(browser_of_seller, f"/cabinet/stock/{there.pk}/")
    for text in ("3 in stock", order.code, "Ordered", "-2"):
        assert text in shown
    browser_of_seller.post(f"/cabinet/stock/{there.pk}/count/", {"stock": "7"})
    shown = page(browser_of_seller, f"/cabinet/stock/{there.pk}/")
    assert ("7 in stock" in shown, "before the count" in shown) == (True, True)
    browser_of_seller.post(f"/cabinet/stock/{there.pk}/count/", {"stock": "1.5"})
    assert Availability.everything.get().stock_count == 7


def test_the_stores_wishes_are_kept(browser_of_seller: Client, store: Store) -> None:
    path = f"/cabinet/stores/{store.pk}/stock/rules/"
    typed = {"version": "1", "hides_gone": "on", "doubted_after_days": "14"}
    assert browser_of_seller.post(path, typed).status_code == 302
    rules = rules_of(store.pk)
    assert (rules.follows_orders, rules.hides_gone, rules.doubted_after_days) == (False, True, 14)
    assert browser_of_seller.post(path, {"version": "2", "doubted_after_days": "0"}).status_code == 200
    assert rules_of(store.pk).doubted_after_days == 14


def test_rules_of_acceptance_are_tried_then_kept(browser_of_seller: Client, store: Store) -> None:
    order = ordered(store)
    Order.everything.update(is_express=True, approved_at=timezone.now())
    typed = {"version": "1", "is_on": "on", "most_total": "15 000", "mon_from": "", "mon_to": ""}
    shown = browser_of_seller.post(
        f"/cabinet/stores/{store.pk}/acceptance/ask/", typed, headers={"Accept-Language": "en"}
    ).content.decode()
    for text in ("Of 1 orders of the last 30 days it would have accepted 0", order.code, "Express orders are left"):
        assert text in shown
    assert not AcceptanceRules.everything.exists()
    path = f"/cabinet/stores/{store.pk}/acceptance/change/"
    hours = {"mon_from": "09:00", "mon_to": "18:00", "least_margin": "8,5"}
    assert browser_of_seller.post(path, typed | hours).status_code == 302
    rules = AcceptanceRules.everything.get()
    assert (rules.is_on, rules.most_total, str(rules.least_margin), rules.hours, rules.takes_express) == (
        True,
        15_000,
        "0.085000",
        {"mon": ["09:00", "18:00"]},
        False,
    )
    backwards = browser_of_seller.post(path, typed | {"version": "2", "mon_from": "18:00", "mon_to": "09:00"})
    assert (backwards.status_code, AcceptanceRules.everything.get().hours) == (200, {"mon": ["09:00", "18:00"]})
    assert "09:00" in page(browser_of_seller, f"/cabinet/stores/{store.pk}/acceptance/")


@pytest.mark.parametrize(
    ("page_at", "form_at", "switch", "typed"),
    [
        ("acceptance/", "acceptance/change/", "is_on", {"most_total": "900"}),
        ("stock/", "stock/rules/", "hides_gone", {"doubted_after_days": "14"}),
    ],
)
def test_a_page_of_before_switches_nothing_on_again(
    browser_of_seller: Client, store: Store, page_at: str, form_at: str, switch: str, typed: dict[str, str]
) -> None:
    place = f"/cabinet/stores/{store.pk}/"
    untouched = sent_by(browser_of_seller.get(place + page_at), form_at)
    assert browser_of_seller.post(place + form_at, untouched | {switch: "on"}).status_code == 302
    of_owner, of_manager = (sent_by(browser_of_seller.get(place + page_at), form_at) for _ in range(2))
    assert of_manager.pop(switch) == of_owner.pop(switch) == "on"
    assert browser_of_seller.post(place + form_at, of_owner).status_code == 302
    stale = browser_of_seller.post(
        place + form_at, of_manager | {switch: "on"} | typed, headers={"Accept-Language": "en"}
    )
    assert "Somebody has changed this since you opened it." in stale.content.decode()
    again = sent_by(stale, form_at)
    assert (again.get(switch), again | typed) == (None, again)
    assert browser_of_seller.post(place + form_at, again).status_code == 302
    (name,) = typed
    after = sent_by(browser_of_seller.get(place + page_at), form_at)
    assert (after.get(switch), after["version"], after[name]) == (None, "4", again[name])


def test_an_orders_page_says_why_it_was_not_accepted(store: Store) -> None:
    order = ordered(store)
    part = Template("{% load acceptance %}{% acceptance order %}")
    with override("en"):
        assert part.render(Context({"order": order})).strip() == ""
        AcceptanceDecision.everything.create(
            store=store,
            order=order,
            is_accepted=False,
            reasons=[{"code": "stock_short", "sku": "<SKU>"}],
            rules_version=1,
            decided_at=timezone.now(),
        )
        shown = part.render(Context({"order": order}))
    assert "Why it was not accepted by itself" in shown
    assert "There are too few pieces of &lt;SKU&gt;." in shown


def test_who_may_only_look_finds_no_button(store: Store, assistant: User) -> None:
    ordered(store, quantity=6)
    browser = Client()
    browser.force_login(assistant)
    there = Availability.everything.get()
    seen = f"{there.pk} {there.stock_count} {there.counted_at.isoformat()} {there.doubt}"
    assert "/count/" not in page(browser, f"/cabinet/stock/{there.pk}/")
    assert "/confirm/" not in page(browser, f"/cabinet/stores/{store.pk}/stock/")
    for path, typed in {
        f"stock/{there.pk}/count/": {"stock": "7"},
        f"stores/{store.pk}/stock/confirm/": {"stock": [seen]},
        f"stores/{store.pk}/stock/rules/": {"version": "1", "hides_gone": "on"},
        f"stores/{store.pk}/acceptance/change/": {"version": "1", "is_on": "on"},
    }.items():
        assert browser.post(f"/cabinet/{path}", typed).status_code in (200, 302)
    after = Availability.everything.get()
    assert (after.stock_count, after.doubt, rules_of(store.pk).hides_gone) == (0, "exceeded", False)
    assert not AcceptanceRules.everything.exists()
