"""The page of rivals: who they are, how they behave, and what the store says they are."""

import re

import pytest
from django.test import Client

from stores.models import Competitor, CompetitorStore, Membership, Store
from tests import cast
from tests.cabinet.pages import text_at
from users.models import User

pytestmark = pytest.mark.django_db
LEARNT = {"step": 5, "reaction_seconds": 600, "lowest": 9_000, "first_share": 0.25, "cities": [cast.ALMATY]}


@pytest.fixture
def rivals(store: Store) -> dict[str, Competitor]:
    """Two merchants on the store's card, one of them known well."""
    kettle = cast.product(store)
    cast.see(cast.city_price(kettle).market, {store.merchant_id: 10_000, "alma": 9_500, "sana": 9_900})
    CompetitorStore.objects.filter(merchant_id="alma").update(name="Alma <Electronics>")
    CompetitorStore.objects.filter(merchant_id="sana").update(name="Sana Trade", rating=None)
    Competitor.everything.filter(competitor_store__merchant_id="alma").update(behaviour=LEARNT, is_bot=True)
    return {row.competitor_store.merchant_id: row for row in Competitor.everything.select_related("competitor_store")}


def address(store: Store, query: str = "") -> str:
    return f"/cabinet/stores/{store.pk}/rivals/{query}"


def change(browser: Client, rival: Competitor, query: str = "", **typed: str) -> str:
    answer = browser.post(f"/cabinet/rivals/{rival.pk}/{query}", typed)
    assert answer.status_code == 302
    return str(answer.headers["Location"])


def facts(rival: Competitor) -> tuple[str, str, str]:
    rival.refresh_from_db()
    return rival.stance, rival.contact, rival.notes


def shown(browser: Client, path: str) -> list[int]:
    return [int(pk) for pk in re.findall(r'<tr id="rival-(\d+)"', browser.get(path).content.decode())]


def test_each_is_told_with_what_is_known_of_him(
    store: Store, rivals: dict[str, Competitor], browser_of_seller: Client
) -> None:
    text = text_at(browser_of_seller, address(store))
    assert "Alma &lt;Electronics&gt; 4.5 (10) · Almaty a robot 5 ₸ 10 min 9 000 ₸ 25 %" in text
    assert "Sana Trade no rating not known yet – – – –" in text


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("", ["alma", "sana"]),
        ("?q=TRADE", ["sana"]),
        ("?q=alma+elec", ["alma"]),
        ("?q=%25", []),
        ("?stance=partner", ["sana"]),
        ("?stance=rival&q=sana", []),
        ("?stance=friend", ["alma", "sana"]),
        ("?page=99", ["alma", "sana"]),
        ("?q=" + "x" * 5_000, []),
    ],
    ids=lambda value: str(value)[:24],
)
def test_they_are_found_by_name_and_stance(
    store: Store, rivals: dict[str, Competitor], browser_of_seller: Client, query: str, names: list[str]
) -> None:
    Competitor.everything.filter(pk=rivals["sana"].pk).update(stance="partner")
    assert shown(browser_of_seller, address(store, query)) == [rivals[name].pk for name in names]


def test_fifty_a_page(store: Store, browser_of_seller: Client) -> None:
    kettle = cast.product(store)
    cast.see(cast.city_price(kettle).market, {f"303{number:05}": 9_500 + number for number in range(60)})
    pages = [shown(browser_of_seller, address(store, f"?page={number}")) for number in (1, 2)]
    assert [len(page) for page in pages] == [50, 10]
    assert len({*pages[0], *pages[1]}) == 60


def test_stance_notes_and_contact_are_saved_and_the_place_is_kept(
    rivals: dict[str, Competitor], browser_of_seller: Client
) -> None:
    rival = rivals["alma"]
    there = change(browser_of_seller, rival, "?q=alma&page=2&evil=1", stance="own", contact="+7 701", notes="Brother")
    assert there == f"/cabinet/stores/{rival.store_id}/rivals/?q=alma&page=2#rival-{rival.pk}"
    assert facts(rival) == ("own", "+7 701", "Brother")
    page = browser_of_seller.get(address(rival.store)).content.decode()
    assert '<option value="own" selected>' in page


@pytest.mark.parametrize("typed", [{}, {"stance": "enemy"}, {"stance": "own", "notes": "x" * 5_001}])
def test_what_is_no_stance_changes_nothing(
    rivals: dict[str, Competitor], browser_of_seller: Client, typed: dict[str, str]
) -> None:
    change(browser_of_seller, rivals["alma"], **typed)
    assert facts(rivals["alma"]) == ("rival", "", "")
    assert 'role="alert"' in browser_of_seller.get(address(rivals["alma"].store)).content.decode()


@pytest.mark.parametrize(("role", "may"), [("viewer", False), ("manager", True)])
def test_who_may_only_look_reads_the_stance(
    store: Store, rivals: dict[str, Competitor], assistant: User, role: str, may: bool
) -> None:
    Membership.everything.filter(user=assistant).update(role=role)
    Competitor.everything.filter(pk=rivals["sana"].pk).update(stance="partner", notes="Cousin")
    browser = Client()
    browser.force_login(assistant)
    page = browser.get(address(store)).content.decode()
    assert ("<select" in page, "Cousin" in page) == (may, True)
    change(browser, rivals["alma"], stance="own")
    assert (facts(rivals["alma"])[0] == "own") is may
