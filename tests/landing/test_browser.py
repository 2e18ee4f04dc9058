"""The public page in a real browser: what it loads, how it reads, how it is used without a mouse and on a phone."""

import importlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.apps import apps
from django.test import Client
from playwright.sync_api import Browser, Page, Response, expect
from pytest_django.live_server_helper import LiveServer

from landing.models import Faq, Footer, Review, Tariff
from tests.browsers import CHROMIUM
from tests.environment import wait_until
from tests.landing.pictures import picture_bytes, upload

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.xdist_group("processes"),
    pytest.mark.skipif(CHROMIUM is None, reason="chromium is missing"),
]

CHECKS = Path(__file__).with_name("page_checks.js").read_text()
MOST_BYTES = 150_000
PAGES = ["/", "/kk/", "/en/"]
DESK, PHONE, SMALL_PHONE = (1280, 900), (390, 844), (320, 640)
# Of the night that the page plays, in milliseconds.
MOMENTS = [0, 3_000, 6_000, 9_000, 17_000]

Open = Callable[..., Page]


@pytest.fixture
def full_page() -> None:
    """The tariffs and questions that the migrations bring, two reviews and a footer."""
    for model in (Tariff, Faq):
        model._default_manager.all().delete()
    importlib.import_module("landing.migrations.0003_landing_defaults").write(apps, None)
    photo = upload(picture_bytes((300, 300)))
    Review.objects.create(author_name="Айгуль", company="Күнбағыс", text="Удобно.", rating=4, state="published")
    long = "Оченьдлинноесловобезпробелов" * 8
    Review.objects.create(author_name=long[:150], text=long, rating=5, state="published", photo=photo)
    Footer.objects.create(
        company_name="ТОО Пример",
        address_ru="Алматы, проспект Абая, 1",
        email="a-long-address-of-somebody@a-rather-long-name-of-a-company.kz",
        phone="+7 700 000 00 00",
        telegram_url="https://t.me/example",
        logo=upload(picture_bytes((400, 100))),
    )


@pytest.fixture
def opened(chromium: Browser, live_server: LiveServer, full_page: None) -> Iterator[Open]:
    """Opens an address in a window of this size and theme; an error in its console fails the test."""
    faults: list[str] = []

    def open_page(path: str, size: tuple[int, int] = DESK, *, is_still: bool = True, **options: Any) -> Page:
        context = chromium.new_context(
            base_url=live_server.url,
            viewport={"width": size[0], "height": size[1]},
            reduced_motion="reduce" if is_still else "no-preference",
            **options,
        )
        page = context.new_page()
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.on("console", lambda message: faults.append(message.text) if message.type == "error" else None)
        page.goto(path)
        page.evaluate(CHECKS)
        return page

    yield open_page
    for context in chromium.contexts:
        context.close()
    assert faults == []


def faults_of(page: Page, check: str) -> Any:
    return page.evaluate(f"checks.{check}()")


# --- What it loads ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", PAGES)
def test_nothing_leaves_the_host_and_little_is_carried(opened: Open, live_server: LiveServer, path: str) -> None:
    page = opened("about:blank")
    answers: list[Response] = []
    asked: list[str] = []
    page.on("response", lambda answer: answers.append(answer))  # noqa: PLW0108 -- it takes no bound method of a list
    page.on("request", lambda request: asked.append(request.url))
    page.goto(path)
    page.locator("footer").scroll_into_view_if_needed()
    page.wait_for_load_state("networkidle")
    assert {urlsplit(url).netloc for url in asked} == {urlsplit(live_server.url).netloc}
    assert [answer.url for answer in answers if answer.status != 200] == []
    # As they are unpacked: more than what is carried.
    assert len(answers) >= 4
    assert sum(len(answer.body()) for answer in answers) < MOST_BYTES


def test_the_picture_to_be_shared_is_of_the_promised_size_and_light(opened: Open, live_server: LiveServer) -> None:
    page = opened("/")
    address = page.locator('meta[property="og:image"]').get_attribute("content")
    answer = page.request.get(live_server.url + urlsplit(address).path)
    assert 0 < len(answer.body()) < 200_000
    size = page.evaluate(
        "src => { const i = new Image(); i.src = src; return i.decode().then(() => [i.width, i.height]); }",
        urlsplit(address).path,
    )
    assert size == [1200, 630]


# --- How it reads -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_every_text_stands_out_from_its_ground(opened: Open, theme: str, size: tuple[int, int]) -> None:
    page = opened("/", size, color_scheme=theme)
    page.locator("details").evaluate_all("all => all.forEach(each => each.open = true)")
    assert faults_of(page, "texts") > 80
    assert faults_of(page, "contrast") == []
    page.locator("label[for=by-year]").click()
    assert faults_of(page, "contrast") == []


def test_the_check_of_contrast_sees_what_is_hard_to_read(opened: Open) -> None:
    page = opened("/")
    page.evaluate("document.querySelector('h1').style.color = '#e0ded8'")
    assert len(faults_of(page, "contrast")) == 1


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_every_text_is_readable_at_any_moment_of_the_night(opened: Open, theme: str) -> None:
    page = opened("/", is_still=False, color_scheme=theme)
    for moment in MOMENTS:
        moved = page.evaluate(
            "time => document.getAnimations().map(each => { each.pause(); each.currentTime = time; }).length", moment
        )
        assert moved == 7
        assert faults_of(page, "contrast") == []


@pytest.mark.parametrize("path", PAGES)
def test_everything_has_a_name_and_a_place_in_the_outline(opened: Open, path: str) -> None:
    page = opened(path)
    assert faults_of(page, "names") == []
    assert faults_of(page, "outline") == []


def test_who_wants_no_motion_gets_none(opened: Open) -> None:
    page = opened("/")
    # What the page plays goes on for ever; what a browser does while it opens a page ends.
    wait_until(lambda: page.evaluate("document.getAnimations().length") == 0, "nothing moves")
    expect(page.get_by_text("06:20").last).to_be_visible()


# --- On a phone -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [PHONE, SMALL_PHONE], ids=["390", "320"])
@pytest.mark.parametrize("path", PAGES)
def test_a_phone_needs_no_sideways_scroll_and_no_thin_finger(opened: Open, path: str, size: tuple[int, int]) -> None:
    page = opened(path, size)
    page.locator("details").evaluate_all("all => all.forEach(each => each.open = true)")
    assert page.evaluate("document.documentElement.scrollWidth") == size[0]
    assert faults_of(page, "sideways") == []
    assert faults_of(page, "targets") == []


# --- Without a mouse --------------------------------------------------------------------------------------------------


def test_the_first_key_leads_past_the_head(opened: Open) -> None:
    page = opened("/en/")
    page.keyboard.press("Tab")
    expect(page.get_by_text("Skip to the content")).to_be_focused()
    expect(page.get_by_text("Skip to the content")).to_be_in_viewport()
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_be_focused()


def test_every_stop_of_the_keyboard_is_seen(opened: Open) -> None:
    page = opened("/en/")
    stops = page.locator("a[href], summary, input:not(.unseen), [tabindex='0']").count()
    seen = 0
    for _ in range(stops):
        page.keyboard.press("Tab")
        outline = page.evaluate(
            "(() => { const e = document.activeElement, s = getComputedStyle(e);"
            " const label = e.labels?.[0] ? getComputedStyle(e.labels[0]) : s;"
            " return e === document.body ? 'nothing' : [s.outlineStyle, label.outlineStyle].includes('solid'); })()"
        )
        assert outline is True
        seen += 1
    assert seen == stops


def test_the_prices_of_a_year_are_chosen_with_an_arrow(opened: Open) -> None:
    page = opened("/en/")
    month, year = page.locator(".price.by-month"), page.locator(".price.by-year")
    expect(month.nth(1)).to_have_text("9\u202f900\u202f₸ a month")
    expect(year.nth(1)).to_be_hidden()
    page.locator("#by-month").focus()
    page.keyboard.press("ArrowRight")
    expect(year.nth(1)).to_have_text("99\u202f000\u202f₸ a year")
    expect(page.locator(".saving").first).to_be_visible()
    expect(month.nth(1)).to_be_hidden()


def test_a_question_is_opened_with_enter(opened: Open) -> None:
    page = opened("/en/")
    answer = page.locator(".faq p").first
    expect(answer).to_be_hidden()
    page.locator(".faq summary").first.focus()
    page.keyboard.press("Enter")
    expect(answer).to_be_visible()


def test_the_night_is_stopped_with_a_key(opened: Open) -> None:
    page = opened("/en/", is_still=False)
    running = "document.getAnimations().filter(each => each.playState === 'running').length"
    assert page.evaluate(running) == 7
    page.locator("#pause").focus()
    page.keyboard.press("Space")
    expect(page.get_by_text("Play", exact=True)).to_be_visible()
    assert page.evaluate(running) == 0


def test_a_review_is_written_on_a_phone(
    opened: Open, live_server: LiveServer, django_user_model: Any, settings: Any
) -> None:
    session = Client()
    session.force_login(django_user_model.objects.create_user("aliya@example.kz"))
    page = opened("/", PHONE, locale="en-GB")
    value = session.cookies[settings.SESSION_COOKIE_NAME].value
    page.context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": value, "url": live_server.url}])
    page.goto("/review/")
    page.evaluate(CHECKS)
    assert [faults_of(page, check) for check in ("contrast", "names", "targets", "sideways")] == [[], [], [], []]
    page.get_by_label("Author").fill("Әлия")
    page.get_by_label("4").check()
    page.get_by_label("Text").fill("Ночью держит <b>цену</b>.")
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_role("status")).to_contain_text("Thank you")
    assert Review.objects.get(state="submitted").text == "Ночью держит <b>цену</b>."
