"""A seller watches her page in a real browser, and sees the price move without reloading."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, Request, expect
from redis import Redis

from sandbox.server import SandboxServer
from stores.models import Store
from stores.services.health import read_health
from stores.services.money import thousands
from tests import cast
from tests.browsers import CHROMIUM
from tests.environment import wait_until
from tests.journeys import market
from tests.processes import Product
from users.models import User

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.xdist_group("processes"),
    pytest.mark.skipif(CHROMIUM is None, reason="chromium is missing"),
]


@pytest.fixture
def product(kaspi_sandbox: SandboxServer, empty_redis: Redis) -> Iterator[Product]:
    with Product.running(kaspi_sandbox.url) as running:
        yield running


@pytest.fixture
def page(chromium: Browser, product: Product) -> Iterator[Page]:
    """A page that fails the test when it meets a script error or asks another host; closed before the product ends."""
    faults: list[str] = []
    opened = chromium.new_page(locale="ru-RU")

    def note_console(message: ConsoleMessage) -> None:
        if message.type == "error":
            faults.append(message.text)

    def note_request(request: Request) -> None:
        if "//127.0.0.1:" not in request.url:
            faults.append(request.url)

    opened.on("pageerror", lambda error: faults.append(str(error)))
    opened.on("console", note_console)
    opened.on("request", note_request)
    yield opened
    opened.close()
    assert faults == []


def test_the_price_moves_on_the_open_page(
    page: Page, product: Product, kaspi_sandbox: SandboxServer, seller: User
) -> None:
    store = market.move_in(kaspi_sandbox, seller)
    market.register_price_list(kaspi_sandbox, store, product.url)
    wait_until(lambda: read_health()["last"]["seen"] or market.pull(kaspi_sandbox) is None, "a first price is seen")

    page.goto(f"{product.url}/cabinet/")
    page.fill("[name=login]", seller.email)
    page.fill("[name=password]", cast.PASSWORD)
    page.click("main button[type=submit]")
    expect(page.locator("#live.is-on")).to_be_visible()

    row = market.first_price(store)
    page.evaluate("window.neverReloaded = true")
    shown = page.locator(f"#price-{row.pk}")
    market.pull(kaspi_sandbox)
    row.refresh_from_db()
    rival = market.cheapest_rival(kaspi_sandbox, row)
    asked = row.price - 55
    market.set_rival(kaspi_sandbox, row, rival, asked)

    expect(shown.locator(".our-price")).to_have_text(f"{thousands(asked - 10)}\u202f₸", timeout=30_000)
    expect(shown.locator("td").nth(2)).to_have_text(f"{thousands(asked)}\u202f₸")
    wait_until(lambda: row.updates.filter(new_price=asked - 10, state="published").exists(), "it is published")
    market.pull(kaspi_sandbox)
    expect(shown.locator(".state.is-seen")).to_be_visible(timeout=30_000)
    expect(shown.locator(".place")).to_have_text("1")
    assert page.evaluate("window.neverReloaded")


def test_a_stranger_sees_nothing_of_it(
    page: Page, product: Product, kaspi_sandbox: SandboxServer, seller: User, strangers_store: Store, stranger: User
) -> None:
    store = market.move_in(kaspi_sandbox, seller)
    page.goto(f"{product.url}/cabinet/login/")
    page.fill("[name=login]", stranger.email)
    page.fill("[name=password]", cast.PASSWORD)
    page.click("main button[type=submit]")
    expect(page.locator("header .store")).to_contain_text(strangers_store.name)
    assert store.name not in page.content()
    assert page.request.get(f"{product.url}/cabinet/stores/{store.pk}/").status == 404
