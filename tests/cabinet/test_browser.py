"""The seller's pages in a real browser, with scripts and without."""

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone
from playwright.sync_api import Browser, ConsoleMessage, Page, WebSocketRoute, expect
from pytest_django.fixtures import Settings
from pytest_django.live_server_helper import LiveServer

from landing.models import Tariff
from stores.models import CityPrice, Competitor, PricingRule, Product, ProductPriceUpdate, Store
from stores.services.orders import actions
from stores.services.prices.replay import work
from stores.services.store import change_store
from stores.services.subscription.settling import settle
from stores.services.uploads import steps as uploads
from tests import cast
from tests.browsers import CHROMIUM
from tests.cabinet.pages import look_and_decide
from tests.stores.orders.desk import connect, look_up, read_all, row_of
from users.models import User, UserPurchase, UserTariff

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.xdist_group("processes"),
    pytest.mark.skipif(CHROMIUM is None, reason="chromium is missing"),
]
RIVAL = "30200001"


@pytest.fixture(params=[True, False], ids=["with scripts", "without scripts"])
def has_scripts(request: pytest.FixtureRequest) -> bool:
    return bool(request.param)


@pytest.fixture
def page(chromium: Browser, live_server: LiveServer, seller: User, has_scripts: bool) -> Iterator[Page]:
    """The seller's browser, on a phone; an error in its console fails the test."""
    session = Client()
    session.force_login(seller)
    cookie = {"name": settings.SESSION_COOKIE_NAME, "value": session.cookies[settings.SESSION_COOKIE_NAME].value}
    faults: list[str] = []
    context = chromium.new_context(
        base_url=live_server.url,
        locale="en-GB",
        java_script_enabled=has_scripts,
        viewport={"width": 390, "height": 844},
        timezone_id="Asia/Almaty",
    )
    context.add_cookies([cookie | {"url": live_server.url}])
    opened = context.new_page()

    def note(message: ConsoleMessage) -> None:
        if message.type == "error":
            faults.append(message.text)

    opened.on("pageerror", lambda error: faults.append(str(error)))
    opened.on("console", note)
    yield opened
    context.close()
    assert faults == []


@pytest.fixture
def kettle(store: Store) -> Product:
    return cast.product(store)


def price_of(product: Product) -> int:
    return cast.city_price(product).price


def test_a_floor_is_changed_and_a_wrong_one_is_refused_with_all_that_was_typed(page: Page, kettle: Product) -> None:
    page.goto(f"/cabinet/products/{kettle.pk}/")
    page.get_by_label("Floor", exact=True).fill("9 000")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("status").filter(has_text="Saved.")).to_be_visible()
    assert cast.city_price(kettle).floor == 9_000

    page.get_by_label("Floor", exact=True).fill("12.000")
    page.get_by_label("Step", exact=True).fill("25")
    page.get_by_label("Hold a place").check()
    page.get_by_label("Place", exact=True).fill("2")
    page.get_by_role("button", name="Save").click()
    expect(page.locator(".field.has-error .error")).to_contain_text("mean 12 or 12 000?")
    expect(page.get_by_label("Step", exact=True)).to_have_value("25")
    expect(page.get_by_label("Place", exact=True)).to_have_value("2")
    assert (cast.city_price(kettle).floor, Product.everything.get().strategy) == (9_000, "undercut")

    page.get_by_label("Floor", exact=True).fill("9 500")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("status").filter(has_text="Saved.")).to_be_visible()
    assert (cast.city_price(kettle).floor, Product.everything.get().strategy) == (9_500, "hold_place")


def test_a_price_that_waits_is_approved_explained_and_undone(
    page: Page, store: Store, seller: User, kettle: Product, has_scripts: bool
) -> None:
    change_store(store, {"mode": Store.Mode.ASK}, seller)
    look_and_decide(kettle, {RIVAL: 9_500})
    page.goto(f"/cabinet/products/{kettle.pk}/")
    page.get_by_role("button", name="Yes").click()
    expect(page.locator(".history .state")).to_have_text("Approved")
    assert price_of(kettle) == 9_499

    page.locator(".history summary").click()
    if not has_scripts:
        page.get_by_role("link", name="The whole card").click()
    expect(page.locator(".price-card")).to_contain_text(f"Rival {RIVAL}")
    expect(page.locator(".price-card")).to_contain_text("spent 0 of 250")
    page.goto(f"/cabinet/products/{kettle.pk}/")

    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_role("button", name="Resume")).to_be_visible()
    assert (price_of(kettle), Product.everything.get().is_paused) == (10_000, True)
    page.get_by_role("button", name="Resume").click()
    expect(page.get_by_role("button", name="Pause")).to_be_visible()


def test_a_store_is_stopped_its_prices_restored_and_resumed(page: Page, store: Store, kettle: Product) -> None:
    look_and_decide(kettle, {RIVAL: 9_500})
    before = timezone.now() - timedelta(hours=2)
    ProductPriceUpdate.everything.update(approved_at=timezone.now() - timedelta(hours=1))
    page.goto(f"/cabinet/stores/{store.pk}/prices/")
    page.get_by_text("Stop all prices of this store").click()
    page.get_by_role("button", name="Yes, stop now").click()
    expect(page.get_by_text("All prices of this store are stopped.")).to_be_visible()
    assert Store.everything.get().mode == Store.Mode.PAUSED

    page.get_by_label("Prices as of").fill(timezone.localtime(before).strftime("%Y-%m-%dT%H:%M"))
    page.get_by_role("button", name="Show what would go back").click()
    expect(page.locator("#restore .returning tbody tr")).to_have_count(1)
    assert price_of(kettle) == 9_499
    page.get_by_role("button", name="Put these prices back").click()
    expect(page.get_by_role("status").filter(has_text="Prices that go back: 1.")).to_be_visible()
    assert CityPrice.everything.get().price == 10_000
    assert Store.everything.get().mode == Store.Mode.WATCH

    page.get_by_label("Ask before each change").check()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Stop all prices of this store")).to_be_visible()
    assert Store.everything.get().mode == Store.Mode.ASK


def test_a_rule_is_made_tried_and_switched_on(page: Page, store: Store, kettle: Product, has_scripts: bool) -> None:
    Product.everything.update(category_code="Kettles", strategy=Product.Strategy.BY_RULE)
    look_and_decide(kettle, {RIVAL: 9_500})
    page.goto(f"/cabinet/stores/{store.pk}/rules/")
    page.get_by_role("link", name="New rule").click()
    page.get_by_label("Name", exact=True).fill("Second of the kettles")
    page.get_by_label("Category").select_option("Kettles")
    page.get_by_label("Hold a place").check()
    page.get_by_label("Place", exact=True).fill("2")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("status")).to_contain_text("It is off")
    expect(page.get_by_text("Products that will follow it: 1")).to_be_visible()

    page.get_by_role("link", name="What would it have done?").click()
    expect(page.get_by_label("Place", exact=True)).to_have_value("2")
    page.get_by_role("button", name="Run it").click()
    expect(page.get_by_text("Waiting")).to_be_visible()
    assert work.run_next()
    if not has_scripts:
        page.reload()
    expect(page.locator(".comparison tbody tr")).to_have_count(8)
    expect(page.get_by_text("Rivals do here what they really did.")).to_be_visible()
    assert not PricingRule.everything.get().is_on

    page.get_by_role("button", name="Switch this rule on").click()
    expect(page.get_by_role("status")).to_contain_text("The rule is on.")
    rule = PricingRule.everything.get()
    assert (rule.is_on, rule.strategy, rule.plan) == (True, "hold_place", {"parameters": {"place": 2}})


def test_a_rival_becomes_a_partner(page: Page, store: Store, kettle: Product) -> None:
    look_and_decide(kettle, {RIVAL: 9_500})
    page.goto(f"/cabinet/stores/{store.pk}/rivals/")
    page.locator(".stance").get_by_label("Stance").select_option("partner")
    page.get_by_text("Notes and contact").click()
    page.get_by_label("Notes", exact=True).fill("We share a stall")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("status")).to_contain_text("saved")
    rival = Competitor.everything.get()
    assert (rival.stance, rival.notes) == ("partner", "We share a stall")


def test_the_prices_of_the_card_are_drawn_or_told_in_a_table(page: Page, kettle: Product, has_scripts: bool) -> None:
    look_and_decide(kettle, {RIVAL: 9_500})
    page.goto(f"/cabinet/products/{kettle.pk}/")
    table = page.locator("#chart-table table")
    if has_scripts:
        expect(page.locator("[data-chart] canvas")).to_be_visible()
        expect(table).to_be_hidden()
        page.get_by_text("As a table").click()
    expect(table).to_contain_text(f"Rival {RIVAL}")


def test_no_page_is_wider_than_a_phone(page: Page, store: Store, kettle: Product) -> None:
    look_and_decide(kettle, {RIVAL: 9_500})
    Product.everything.update(model="Чайник-электрический-со-стеклянной-колбой-и-подсветкой " * 4)
    update = ProductPriceUpdate.everything.get()
    rule = cast.rule(store, name="Чайники-с-двойными-стенками " * 6)
    now = timezone.now()
    replay = work.ask(store, work.Wanted(now - timedelta(hours=1), now, "undercut"), None)
    work.run_next()
    for path in (
        f"/cabinet/stores/{store.pk}/rules/",
        f"/cabinet/rules/{rule.pk}/",
        f"/cabinet/stores/{store.pk}/what-if/?rule={rule.pk}",
        f"/cabinet/replays/{replay.pk}/",
        f"/cabinet/stores/{store.pk}/rivals/",
        f"/cabinet/stores/{store.pk}/notifications/",
        f"/cabinet/products/{kettle.pk}/",
        f"/cabinet/price-updates/{update.pk}/",
        f"/cabinet/stores/{store.pk}/prices/?moment=2026-01-01T00:00",
    ):
        page.goto(path)
        assert page.locator("body").bounding_box()["width"] <= 390, path
        wide = page.locator("main > *").evaluate_all("all => all.filter(e => e.scrollWidth > 390).length")
        assert wide == 0, path


def test_a_file_is_brought_in_mapped_and_applied(page: Page, kettle: Product, tmp_path: Path) -> None:
    file = tmp_path / "costs.csv"
    file.write_text(f"Код;Закуп с НДС;Мин. цена\n{kettle.sku};7 100;8 500\nNO-SUCH;12.000;\n")
    # The pages' server has no sockets; the page renews itself without them.
    page.route_web_socket("**/ws/**", lambda socket: None)
    page.goto(f"/cabinet/stores/{kettle.store_id}/uploads/")
    page.get_by_label("File", exact=True).set_input_files(file)
    page.get_by_role("button", name="Show what it would change").click()
    work_on_uploads()
    page.reload()
    expect(page.get_by_role("heading", name="What is in these columns?")).to_be_visible()
    page.get_by_label("Код").select_option("sku")
    page.get_by_label("Закуп с НДС").select_option("cost")
    page.get_by_role("button", name="Read it so").click()
    work_on_uploads()
    page.reload()
    expect(page.get_by_text("line 2, column 2")).to_be_visible()
    page.get_by_role("link", name="Refused").click()
    expect(page.locator("td .error")).to_contain_text("12.000")
    page.get_by_role("button", name="Apply").click()
    expect(page.get_by_text("either all or none")).to_be_visible()
    work_on_uploads()
    page.reload()
    expect(page.get_by_role("button", name="Undo the file")).to_be_visible()
    kettle.refresh_from_db()
    assert (kettle.purchase_cost, cast.city_price(kettle).floor) == (7_100, 8_500)


def work_on_uploads() -> None:
    while uploads.work_next():
        pass


def test_a_new_order_is_accepted_assembled_and_printed(
    page: Page, store: Store, has_scripts: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = connect(store, monkeypatch).desk
    sockets: list[WebSocketRoute] = []

    def listen(socket: WebSocketRoute) -> None:
        sockets.append(socket)

    page.route_web_socket("**/ws/**", listen)
    page.goto(f"/cabinet/stores/{store.pk}/orders/")
    expect(page.get_by_text("No order here.")).to_be_visible()
    theirs = desk.place()
    read_all()
    show_what_moved(page, sockets)
    page.get_by_role("link", name=theirs.code).click()
    left = page.locator("[data-ends]")
    expect(left).to_have_text(re.compile(r"^1?\d:\d\d:\d\d$") if has_scripts else re.compile(r"^\d+ (h|min)$"))

    sockets.clear()
    for verb, fills in (("Accept", {}), ("Assemble", {"Parcels": "2"})):
        page.locator("summary").filter(has_text=re.compile(f"^{verb}$")).click()
        for label, value in fills.items():
            page.get_by_label(label).fill(value)
        page.get_by_role("button", name=f"Yes: {verb}").click()
        expect(page.get_by_role("status").filter(has_text="It leaves within seconds.")).to_be_visible()
        actions.send_due_actions()
        look_up()
        show_what_moved(page, sockets)
        expect(page.locator(".entries .state.is-done").first).to_have_text("Done")
    assert theirs.spaces == 2

    desk.wait(300)
    read_all()
    look_up()
    show_what_moved(page, sockets)
    # A file has no icon of its own, so the browser asks for one.
    page.route("**/favicon.ico", lambda route: route.fulfill(status=204))
    with page.expect_response("**/orders/print/") as printed:
        page.get_by_role("button", name="Print the waybill").click()
    assert (printed.value.status, printed.value.headers["content-type"]) == (200, "application/pdf")


@pytest.mark.parametrize("has_scripts", [True], ids=["with scripts"], indirect=True)
def test_what_moved_while_a_question_was_open_is_shown_when_it_is_closed(
    page: Page, store: Store, seller: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = connect(store, monkeypatch).desk
    theirs = desk.place()
    read_all()
    page.route_web_socket("**/ws/**", lambda _socket: None)
    page.clock.install()
    page.goto(f"/cabinet/orders/{row_of(theirs).pk}/")
    question = page.locator("summary").filter(has_text=re.compile("^Accept$"))
    question.click()
    actions.plan(row_of(theirs), "accept", {}, seller)
    actions.send_due_actions()
    look_up()
    page.evaluate("document.dispatchEvent(new Event('orders'))")
    page.clock.run_for(2_000)
    expect(page.get_by_role("button", name="Yes: Accept")).to_be_visible()
    question.click()
    expect(page.locator(".entries .state.is-done").first).to_have_text("Done")
    assert theirs.done == ["ACCEPTED_BY_MERCHANT"]


def show_what_moved(page: Page, sockets: list[WebSocketRoute]) -> None:
    """With scripts the page renews itself at a frame; without, the person does."""
    if sockets:
        sockets[-1].send('{"type": "orders"}')
    else:
        page.reload()


def test_a_plan_is_chosen_by_the_year_and_paid_to_the_details(
    page: Page, store: Store, kettle: Product, seller: User, settings: Settings
) -> None:
    settings.BILLING = True
    settings.PAYEE = settings.PAYEE | {"name": "ТОО «Күнбағыс Софт»", "iban": "KZ86125KZT5004100100"}
    cast.subscription(seller, UserTariff.State.GRACE, "free")
    larger = {"name_ru": "Shop", "price_month": 19_900, "price_year": 199_000, "product_limit": 2_000, "position": 1}
    Tariff.objects.update_or_create(code="shop", defaults=larger)
    settle()
    page.goto("/cabinet/plan/")
    expect(page.get_by_role("status")).to_contain_text("day 1 of 14")
    by_month, by_year = (page.get_by_role("button", name=f"Order for {amount}") for amount in ("19 900", "199 000"))
    expect(by_month).to_be_visible()
    expect(by_year).to_be_hidden()
    page.get_by_text("By the year").click()
    expect(by_month).to_be_hidden()
    by_year.click()
    expect(page.get_by_text("KZ86125KZT5004100100")).to_be_visible()
    number = UserPurchase.objects.get().number
    for path in ("/cabinet/plan/", "/cabinet/payments/", f"/cabinet/payments/{UserPurchase.objects.get().pk}/"):
        page.goto(path)
        expect(page.get_by_text(number).first).to_be_visible()
        assert page.locator("body").evaluate("body => body.scrollWidth") <= 390, path
