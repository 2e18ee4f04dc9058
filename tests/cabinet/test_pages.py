"""The seller's pages: who sees them, what they show, and what they let a browser do."""

import re
from datetime import timedelta
from html.parser import HTMLParser

import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone

from stores.models import CardMarket, CityPrice, Membership, PathStep, PriceStop, Product, ProductPriceUpdate, Store
from stores.models.catalogue import found_by
from stores.services import health
from stores.services.prices.decide import decide_markets
from stores.services.prices.replay import work
from stores.services.store import change_store, open_store
from tests import cast
from tests.cabinet.pages import look_and_decide
from users.models import User

pytestmark = pytest.mark.django_db
RIVAL = "30200001"
NARROW_SPACE = "\u202f"


def address(store: Store, rest: str = "") -> str:
    return f"/cabinet/stores/{store.pk}/{rest}"


class Table(HTMLParser):
    """Product id → the texts of its cells, one entry a cell."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.rows: dict[int, list[str]] = {}
        self._row: list[str] | None = None
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        product = dict(attrs).get("data-product")
        if tag == "tr":
            self._row = None if product is None else self.rows.setdefault(int(product), [])
        if tag == "td" and self._row is not None:
            self._row.append("")

    def handle_data(self, data: str) -> None:
        if self._row:
            self._row[-1] = " ".join(f"{self._row[-1]} {data}".replace(NARROW_SPACE, "_").split())


def rows_at(browser: Client, path: str) -> dict[int, list[str]]:
    answer = browser.get(path)
    assert answer.status_code == 200
    return Table(answer.content.decode()).rows


# --- Who sees them ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["/cabinet/", "/cabinet/stores/{store}/", "/cabinet/stores/{store}/moved/?ids=1"])
def test_without_a_session_one_is_led_to_the_sign_in(store: Store, path: str) -> None:
    wanted = path.format(store=store.pk)
    answer = Client().get(wanted)
    assert answer.status_code == 302
    assert answer.headers["Location"].startswith("/cabinet/login/?next=/cabinet/")


def test_signing_in_leads_to_where_one_wanted(store: Store, seller: User) -> None:
    client = Client()
    answer = client.post("/cabinet/login/", {"login": seller.email, "password": cast.PASSWORD, "next": address(store)})
    assert (answer.status_code, answer.headers["Location"]) == (302, address(store))
    assert client.get(address(store)).status_code == 200


@pytest.mark.parametrize(
    "there", ["https://evil.example/", "//evil.example/", "javascript:alert(1)", "\\\\evil.example"]
)
def test_signing_in_leads_nowhere_else(seller: User, there: str) -> None:
    credentials = {"login": seller.email, "password": cast.PASSWORD}
    answer = Client().post("/cabinet/login/", credentials | {"next": there})
    assert (answer.status_code, answer.headers["Location"]) == (302, "/cabinet/")


def without_token(page: str) -> str:
    return re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "", page)


def test_wrong_unknown_and_locked_out_see_one_page(seller: User) -> None:
    client = Client()

    def try_with(password: str) -> tuple[int, str]:
        answer = client.post("/cabinet/login/", {"login": seller.email, "password": password})
        return answer.status_code, without_token(answer.content.decode())

    wrong = try_with("wrong")
    for _ in range(settings.AXES_FAILURE_LIMIT):
        try_with("wrong")
    assert (wrong[0], 'role="alert"' in wrong[1]) == (200, True)
    assert try_with(cast.PASSWORD) == wrong
    unknown = client.post("/cabinet/login/", {"login": "nobody@example.kz", "password": "wrong"})
    assert without_token(unknown.content.decode()).replace("nobody@", "aliya@") == wrong[1]


def test_signing_out_ends_the_session(store: Store, browser_of_seller: Client) -> None:
    assert browser_of_seller.get("/cabinet/logout/").status_code == 200
    assert browser_of_seller.get(address(store)).status_code == 200
    assert browser_of_seller.post("/cabinet/logout/").status_code == 302
    assert browser_of_seller.get(address(store)).status_code == 302


def test_a_form_without_its_token_is_refused(seller: User) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(seller)
    for path in ("/cabinet/logout/", "/cabinet/login/", "/i18n/setlang/"):
        assert client.post(path, {"language": "kk"}).status_code == 403, path


def test_the_cabinet_opens_the_first_store_by_name(store: Store, seller: User, browser_of_seller: Client) -> None:
    first = cast.store(seller, "30125008", "Айгүл")
    assert browser_of_seller.get("/cabinet/").headers["Location"] == address(first)


def test_who_has_no_store_is_told_so(browser_of_seller: Client) -> None:
    answer = browser_of_seller.get("/cabinet/")
    assert answer.status_code == 200
    assert "cabinet/no_store.html" in [template.name for template in answer.templates]


def test_a_viewer_sees_the_store_and_who_left_it_does_not(store: Store, assistant: User) -> None:
    client = Client()
    client.force_login(assistant)
    assert client.get(address(store)).status_code == 200
    Membership.everything.filter(user=assistant).delete()
    assert client.get(address(store)).status_code == 404


@pytest.mark.parametrize("rest", ["", "moved/"])
@pytest.mark.parametrize(("role", "may"), [("viewer", False), ("manager", True)])
def test_who_may_not_act_finds_no_answers_beside_the_last_changes(
    store: Store, seller: User, assistant: User, rest: str, role: str, may: bool
) -> None:
    """Neither on the page nor in what the live page swaps in."""
    Membership.everything.filter(user=assistant).update(role=role)
    look_and_decide(cast.product(store), {RIVAL: 9_500})
    change_store(store, {"mode": Store.Mode.ASK}, seller)
    look_and_decide(cast.product(store, "SKU-2", card_id="100000002"), {RIVAL: 9_500})
    client = Client()
    client.force_login(assistant)
    page = client.get(address(store, rest)).content.decode()
    assert [f"/{word}/" in page for word in ("approve", "refuse", "undo")] == [may] * 3


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
@pytest.mark.parametrize("rest", ["", "moved/"])
def test_the_pages_are_only_read(store: Store, browser_of_seller: Client, method: str, rest: str) -> None:
    assert getattr(browser_of_seller, method)(address(store, rest)).status_code == 405


# --- What they show ---------------------------------------------------------------------------------------------------


def test_after_a_look_a_row_shows_price_lowest_rival_place_and_why(store: Store, browser_of_seller: Client) -> None:
    kettle = cast.product(store)
    assert rows_at(browser_of_seller, address(store))[kettle.pk][1:5] == ["10_000_₸", "–", "–", "8_000_₸ – 12_000_₸"]
    look_and_decide(kettle, {RIVAL: 9_500})
    name, price, lowest, place, limits, change = rows_at(browser_of_seller, address(store))[kettle.pk]
    assert name == "Чайник SKU-1 SKU-1 · Qazan"
    assert (price, lowest, place, limits) == ("9_499_₸", "9_500_₸", "2", "8_000_₸ – 12_000_₸")
    assert "10_000 → 9_499 ₸" in change


def test_a_first_place_is_marked_and_counted(store: Store, browser_of_seller: Client) -> None:
    kettle = cast.product(store)
    look_and_decide(kettle, {RIVAL: 10_001})
    page = browser_of_seller.get(address(store)).content.decode()
    assert '<span class="place is-first">1</span>' in page
    assert "<b>1<small> / 1</small></b>" in page


def test_a_product_without_limits_says_so(store: Store, browser_of_seller: Client) -> None:
    lamp = cast.product(store, floor=None)
    page = browser_of_seller.get(address(store))
    assert Table(page.content.decode()).rows[lamp.pk][4] != "–"
    assert b'<span class="badge">' in page.content


def test_a_price_that_waits_is_counted(store: Store, seller: User, browser_of_seller: Client) -> None:
    change_store(store, {"mode": Store.Mode.ASK}, seller)
    look_and_decide(cast.product(store), {RIVAL: 9_500})
    answer = browser_of_seller.get(address(store))
    summary = answer.context["summary"]
    assert (summary.watched, summary.first_places, summary.moved_today, summary.waiting) == (1, 0, 0, 1)
    assert 'class="state is-proposed"' in answer.content.decode()


@pytest.fixture
def shelf(store: Store) -> dict[str, Product]:
    return {
        "kettle": cast.product(store, "KETTLE", cities=(cast.ALMATY, cast.ASTANA)),
        "lamp": cast.product(store, "LAMP", card_id="100000002"),
        "stove": cast.product(store, "STOVE", card_id="100000003", cities=(cast.ASTANA,)),
    }


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        ("", {"kettle", "lamp"}),
        (f"?city={cast.ALMATY}", {"kettle", "lamp"}),
        (f"?city={cast.ASTANA}", {"kettle", "stove"}),
        ("?city=000000000", {"kettle", "lamp"}),
        ("?q=lamp", {"lamp"}),
        ("?q=qazan+kettle", {"kettle"}),
        ("?q=100000002", {"lamp"}),
        (f"?q=lamp&city={cast.ASTANA}", set()),
        ("?q=%25", set()),
        ("?q=%27%22%3E%3Cscript%3E", set()),
        ("?cursor=x", {"kettle", "lamp"}),
        ("?strategy=manual", set()),
        ("?is_on_sale=true&sort=-name", {"kettle", "lamp"}),
        ("?has_card=false", set()),
        ("?sort=x&is_paused=y", {"kettle", "lamp"}),
        ("?q=" + "lamp+" * 5_000, {"lamp"}),
        ("?q=" + "x" * 5_000, set()),
    ],
)
def test_the_table_shows_one_city_and_what_was_searched_for(
    store: Store, browser_of_seller: Client, shelf: dict[str, Product], query: str, shown: set[str]
) -> None:
    rows = rows_at(browser_of_seller, address(store, query))
    assert set(rows) == {shelf[name].pk for name in shown}


def test_the_tabs_are_the_cities_of_the_points_and_keep_the_search(store: Store, browser_of_seller: Client) -> None:
    page = browser_of_seller.get(address(store, f"?q=a%26b&city={cast.ASTANA}")).content.decode()
    tabs = re.findall(r'<a href="\?city=(\d+)&amp;q=([^"]*)"([^>]*)>', page)
    assert {(city, words) for city, words, _ in tabs} == {(cast.ALMATY, "a%26b"), (cast.ASTANA, "a%26b")}
    assert [city for city, _, rest in tabs if "is-current" in rest] == [cast.ASTANA]


def test_what_was_typed_and_what_was_named_is_shown_as_text(store: Store, browser_of_seller: Client) -> None:
    kettle = cast.product(store)
    model, brand = "<img src=x onerror=alert(1)>", '"><script>'
    named = {"model": model, "brand": brand} | found_by(kettle.sku, model, brand)
    Product.everything.filter(pk=kettle.pk).update(**named)
    Store.everything.filter(pk=store.pk).update(name="</title><script>alert(1)</script>")
    page = browser_of_seller.get(address(store, "?q=%3Cimg")).content.decode()
    assert "&lt;img src=x onerror=alert(1)&gt;" in page
    assert "<img" not in page
    assert "<script>" not in page


def test_fifty_rows_a_page(store: Store, browser_of_seller: Client) -> None:
    for number in range(60):
        cast.product(store, f"SKU-{number}", card_id=f"{200_000_000 + number}")
    first = rows_at(browser_of_seller, address(store))
    after = browser_of_seller.get(address(store)).context["page"].after
    second = rows_at(browser_of_seller, address(store, f"?cursor={after}"))
    assert (len(first), len(second), len(first | second)) == (50, 10, 60)


def test_a_store_without_points_has_an_empty_page(seller: User, browser_of_seller: Client) -> None:
    assert rows_at(browser_of_seller, address(open_store("Жаңа", "30125009", seller))) == {}


def test_an_odd_search_is_answered(store: Store, browser_of_seller: Client, shelf: dict[str, Product]) -> None:
    for words in ("%00", "%F0%9F%8D%B5", "%FF", "%5C", "%5B%5D"):
        assert browser_of_seller.get(address(store, f"?q={words}")).status_code == 200, words


@pytest.mark.parametrize(("age", "is_stopped", "is_said"), [(1, False, True), (0, True, True), (0, False, False)])
def test_the_page_says_when_prices_hold(
    store: Store, browser_of_seller: Client, age: int, is_stopped: bool, is_said: bool
) -> None:
    cast.product(store)
    health.finished(PathStep.Name.LOOKED, timezone.now() - timedelta(days=age))
    CardMarket.objects.update(next_look_at=timezone.now() - timedelta(days=age))
    if is_stopped:
        PriceStop.objects.create(reason="drill")
    page = browser_of_seller.get(address(store)).content.decode()
    assert ("notice is-urgent" in page) is is_said


# --- The fragment of a live page --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("ids", "shown"),
    [
        ("{lamp}", ["lamp"]),
        ("{lamp},{kettle}", ["lamp", "kettle"]),
        ("{lamp},{lamp}", ["lamp"]),
        ("{stove}", []),
        ("", []),
        ("x,,-1,1.5,१,{lamp}", ["lamp"]),
        ("9" * 19 + ",{lamp}", ["lamp"]),
        ("9" * 5_000 + ",{lamp}", ["lamp"]),
        ("9" * 18, []),
    ],
    ids=lambda value: str(value)[:24],
)
def test_the_fragment_holds_the_asked_products_and_no_others(
    store: Store, browser_of_seller: Client, shelf: dict[str, Product], ids: str, shown: list[str]
) -> None:
    asked = ids.format(**{name: product.pk for name, product in shelf.items()})
    rows = rows_at(browser_of_seller, address(store, f"moved/?city={cast.ALMATY}&ids={asked}"))
    assert set(rows) == {shelf[name].pk for name in shown}


def test_the_fragment_is_rows_and_figures_to_be_swapped_in(store: Store, browser_of_seller: Client) -> None:
    kettle = cast.product(store)
    look_and_decide(kettle, {RIVAL: 9_500})
    page = browser_of_seller.get(address(store, f"moved/?city={cast.ALMATY}&ids={kettle.pk}")).content.decode()
    swapped = re.findall(r'<\w+ [^>]*id="([\w-]+)"[^>]*hx-swap-oob="true"', page)
    assert swapped == [f"price-{cast.city_price(kettle).pk}", "health", "summary", "changes"]
    assert "<html" not in page


def test_the_fragment_of_a_city_shows_that_city(
    store: Store, browser_of_seller: Client, shelf: dict[str, Product]
) -> None:
    kettle = shelf["kettle"]
    look_and_decide(kettle, {RIVAL: 9_000}, cast.ASTANA)
    rows = rows_at(browser_of_seller, address(store, f"moved/?city={cast.ASTANA}&ids={kettle.pk}"))
    assert rows[kettle.pk][1:3] == ["8_999_₸", "9_000_₸"]


# --- What they let a browser do ---------------------------------------------------------------------------------------


@pytest.fixture(
    params=[
        "/cabinet/login/",
        "/cabinet/stores/{store}/",
        "/cabinet/stores/{store}/moved/",
        "/cabinet/stores/{store}/prices/",
        "/cabinet/products/{product}/",
        "/cabinet/price-updates/{update}/",
        "/cabinet/stores/{store}/rules/",
        "/cabinet/stores/{store}/rules/new/",
        "/cabinet/rules/{rule}/",
        "/cabinet/stores/{store}/what-if/",
        "/cabinet/replays/{replay}/",
        "/cabinet/stores/{store}/rivals/",
        "/cabinet/stores/{store}/notifications/",
    ]
)
def path(request: pytest.FixtureRequest, store: Store, seller: User) -> str:
    kettle = cast.product(store)
    look_and_decide(kettle, {RIVAL: 9_500})
    now = timezone.now()
    ids = {
        "store": store.pk,
        "product": kettle.pk,
        "update": ProductPriceUpdate.everything.get().pk,
        "rule": cast.rule(store).pk,
        "replay": work.ask(store, work.Wanted(now - timedelta(hours=1), now), seller).pk,
    }
    work.run_next()
    return str(request.param).format(**ids)


def page_at(path: str, seller: User) -> tuple[dict[str, str], str]:
    """Headers and text; the sign-in is shown to nobody in particular."""
    client = Client()
    if "login" not in path:
        client.force_login(seller)
    answer = client.get(path)
    assert answer.status_code == 200
    return dict(answer.headers), answer.content.decode()


def test_the_policy_allows_no_inline_code_and_no_foreign_host(path: str, seller: User) -> None:
    policy = page_at(path, seller)[0]["Content-Security-Policy"]
    directives = dict(part.split(maxsplit=1) for part in policy.split(";") if part.strip())
    assert directives["default-src"] == "'self'"
    assert (directives["object-src"], directives["base-uri"]) == ("'none'", "'none'")
    assert (directives["frame-ancestors"], directives["form-action"]) == ("'none'", "'self'")
    for word in ("unsafe-inline", "unsafe-eval", "http:", "https:", "*", "data: 'self' blob:"):
        assert word not in policy
    assert "script-src" not in directives


def test_the_page_needs_none(path: str, seller: User) -> None:
    page = page_at(path, seller)[1]
    assert re.findall(r"<script(?![^>]*\ssrc=)", page) == []
    assert re.findall(r"<style|\sstyle\s*=|\son\w+\s*=\s*[\"']|javascript:", page) == []
    assert re.findall(r"""(?:src|href|action)\s*=\s*["'](?:https?:)?//""", page) == []


def test_what_the_page_loads_is_there(store: Store, seller: User) -> None:
    page = page_at(address(store), seller)[1]
    loaded = re.findall(r'<(?:script|link)[^>]*(?:src|href)="([^"]+)"', page)
    assert len(loaded) >= 4
    assert [source for source in loaded if not is_served(source)] == []


def is_served(source: str) -> bool:
    answer = Client().get(source)
    return bool(answer.getvalue()) and answer.status_code == 200


@pytest.mark.parametrize(
    ("header", "value"),
    [
        ("X-Frame-Options", "DENY"),
        ("X-Content-Type-Options", "nosniff"),
        ("Referrer-Policy", "same-origin"),
        ("Cross-Origin-Opener-Policy", "same-origin"),
    ],
)
def test_the_security_headers(path: str, seller: User, header: str, value: str) -> None:
    assert page_at(path, seller)[0][header] == value


def test_htmx_neither_evaluates_nor_inserts_scripts(store: Store, seller: User) -> None:
    page = page_at(address(store), seller)[1]
    assert '"allowEval": false, "allowScriptTags": false' in page


# --- Languages --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", ["ru", "kk", "en"])
def test_the_language_is_switched_and_kept(store: Store, browser_of_seller: Client, language: str) -> None:
    answer = browser_of_seller.post("/i18n/setlang/", {"language": language, "next": address(store)})
    assert (answer.status_code, answer.headers["Location"]) == (302, address(store))
    page = browser_of_seller.get(address(store), headers={"Accept-Language": "ru"})
    assert page.headers["Content-Language"] == language
    assert f'<html lang="{language}">' in page.content.decode()


@pytest.mark.parametrize(("language", "almaty"), [("ru", "Алматы"), ("kk", "Алматы"), ("en", "Almaty")])
def test_cities_are_called_as_the_language_calls_them(
    store: Store, browser_of_seller: Client, language: str, almaty: str
) -> None:
    page = browser_of_seller.get(address(store), headers={"Accept-Language": language}).content.decode()
    assert f">{almaty}</a>" in page


def test_the_switch_leads_to_no_other_host(browser_of_seller: Client) -> None:
    answer = browser_of_seller.post("/i18n/setlang/", {"language": "kk", "next": "https://evil.example/"})
    assert "evil" not in answer.headers["Location"]


def test_each_page_offers_the_three_languages(path: str, seller: User) -> None:
    page = page_at(path, seller)[1]
    if "<html" in page:
        assert re.findall(r'name="language" value="(\w+)"', page) == ["ru", "kk", "en"]
    else:
        assert "set_language" not in page


@pytest.fixture
def change(store: Store, seller: User) -> ProductPriceUpdate:
    """A rule's price that has left."""
    row = cast.city_price(cast.product(store))
    cast.see(row.market, {store.merchant_id: row.price, "30200001": 9_500})
    decide_markets([row.market_id])
    return ProductPriceUpdate.everything.get()


def test_a_change_is_undone_with_one_click(store: Store, browser_of_seller: Client, change: ProductPriceUpdate) -> None:
    url = f"/cabinet/price-updates/{change.pk}/undo/"
    assert url in browser_of_seller.get(address(store)).content.decode()
    page = browser_of_seller.post(url, follow=True)
    assert page.status_code == 200
    assert "/undo/" not in page.content.decode()
    assert CityPrice.everything.get().price == 10_000


def test_why_it_cannot_be_undone_is_said_on_the_page(
    store: Store, browser_of_seller: Client, change: ProductPriceUpdate
) -> None:
    CityPrice.everything.update(ceiling=9_600)
    page = browser_of_seller.post(f"/cabinet/price-updates/{change.pk}/undo/", follow=True)
    assert 'role="alert"' in page.content.decode()
    assert CityPrice.everything.get().price == 9_499


@pytest.mark.parametrize(("word", "price"), [("approve", 9_499), ("refuse", 10_000)])
def test_a_price_that_waits_is_answered_on_the_page(
    store: Store, seller: User, browser_of_seller: Client, word: str, price: int
) -> None:
    change_store(store, {"mode": Store.Mode.ASK}, seller)
    row = cast.city_price(cast.product(store))
    cast.see(row.market, {store.merchant_id: row.price, "30200001": 9_500})
    decide_markets([row.market_id])
    url = f"/cabinet/price-updates/{ProductPriceUpdate.everything.get().pk}/{word}/"
    assert url in browser_of_seller.get(address(store)).content.decode()
    browser_of_seller.post(url)
    assert CityPrice.everything.get().price == price


def test_a_yes_that_the_gate_holds_is_answered_with_the_reason(
    store: Store, seller: User, browser_of_seller: Client
) -> None:
    change_store(store, {"mode": Store.Mode.ASK}, seller)
    row = cast.city_price(cast.product(store))
    cast.see(row.market, {store.merchant_id: row.price, "30200001": 9_500})
    decide_markets([row.market_id])
    PriceStop.objects.create(reason="drill")
    url = f"/cabinet/price-updates/{ProductPriceUpdate.everything.get().pk}/approve/"
    page = browser_of_seller.post(url, follow=True, headers={"Accept-Language": "en"}).content.decode()
    assert (
        "The price did not leave, though you said yes. Prices are stopped: those of the store, or everything." in page
    )
    assert CityPrice.everything.get().price == 10_000


def test_a_get_never_moves_a_price(browser_of_seller: Client, change: ProductPriceUpdate) -> None:
    assert browser_of_seller.get(f"/cabinet/price-updates/{change.pk}/undo/").status_code == 405
