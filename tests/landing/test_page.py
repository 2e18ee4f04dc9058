"""The public page: what it shows, in which language, and what search engines read of it."""

import json
import re
from html.parser import HTMLParser
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from django.contrib.staticfiles import finders
from django.test import Client
from pytest_django.fixtures import Settings

from landing.models import Faq, Footer, Review, Tariff
from tests.landing.pictures import picture_bytes, upload

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("empty_landing")]

PAGES = {"ru": "/", "kk": "/kk/", "en": "/en/"}
SITE = "http://127.0.0.1:8000"


class Elements(HTMLParser):
    """Every element of a page with its attributes, in order; and the text of scripts."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.all: list[tuple[str, dict[str, str | None]]] = []
        self.scripts: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.all.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        if self.all and self.all[-1][0] == "script" and data.strip():
            self.scripts.append(data)

    def named(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.all if name == tag]


def page_at(path: str) -> str:
    answer = Client().get(path)
    assert answer.status_code == 200
    return answer.content.decode()


def tariff(**changes: Any) -> Tariff:
    fields = {"code": "solo", "name_ru": "Старт", "name_kk": "Бастау", "price_month": 9_900, "price_year": 99_000}
    return Tariff.objects.create(**(fields | {"product_limit": 2_000} | changes))


@pytest.mark.parametrize("language", PAGES)
def test_each_language_has_an_address_whatever_the_browser_says(language: str) -> None:
    for asked in PAGES:
        answer = Client().get(PAGES[language], headers={"Accept-Language": asked})
        assert f'<html lang="{language}">' in answer.content.decode()
        assert answer.headers["Content-Language"] == language


def test_another_language_has_none() -> None:
    assert Client().get("/de/").status_code == 404


def test_a_tariff_is_shown_with_its_prices_and_limits() -> None:
    tariff(store_limit=2, staff_limit=4, trial_days=14, is_recommended=True, features_kk="Мерзімсіз")
    page = page_at("/kk/")
    shown = [
        *("Бастау", "9\u202f900\u202f₸", "99\u202f000\u202f₸", "19\u202f800\u202f₸", "2\u202f000", "Мерзімсіз"),
        "tariff is-recommended",
    ]
    assert [text for text in shown if text not in page] == []


def test_a_hidden_row_is_not_shown_and_an_empty_section_neither() -> None:
    tariff(is_visible=False)
    Faq.objects.create(question_ru="Кому?", answer_ru="Всем", is_visible=False)
    Review.objects.create(author_name="Айгуль", text="Удобно", rating=5)
    Footer.objects.create(company_name="ТОО Пример", is_visible=False)
    page = page_at("/")
    assert [text for text in ("Старт", "Кому?", "Удобно", "ТОО Пример") if text in page] == []
    assert [part for part in ('id="tariffs"', 'id="questions"', 'id="reviews"') if part in page] == []


def test_rows_come_in_their_order() -> None:
    for name, position in (("Третий", 3), ("Первый", 1), ("Второй", 2)):
        tariff(code=f"t{position}", name_ru=name, position=position)
    page = page_at("/")
    assert sorted(("Третий", "Первый", "Второй"), key=page.index) == ["Первый", "Второй", "Третий"]


def test_the_footer_says_how_to_reach_the_company() -> None:
    Footer.objects.create(
        company_name="ТОО Пример",
        address_ru="Алматы",
        phone="+7 700 000 00 00",
        email="hello@example.kz",
        telegram_url="https://t.me/example",
        logo=upload(picture_bytes((400, 100))),
    )
    page = page_at("/")
    links = [link["href"] for link in Elements(page).named("a")]
    assert {"tel:+77000000000", "mailto:hello@example.kz", "https://t.me/example"} <= set(links)
    (logo,) = Elements(page).named("img")
    assert (logo["alt"], logo["width"], logo["height"]) == ("ТОО Пример", "320", "80")
    assert Client().get(logo["src"]).status_code == 200


@pytest.mark.parametrize("path", [*PAGES.values(), "/robots.txt", "/sitemap.xml"])
def test_the_page_is_only_read(path: str) -> None:
    assert Client().post(path).status_code == 405


def test_it_is_packed_for_who_can_unpack_it() -> None:
    packed = Client().get("/", headers={"Accept-Encoding": "gzip"})
    assert packed.headers["Content-Encoding"] == "gzip"
    assert len(packed.content) < 20_000
    again = Client().get("/", headers={"Accept-Encoding": "gzip", "If-None-Match": packed.headers["ETag"]})
    assert (again.status_code, again.content) == (304, b"")


# --- Nothing foreign, nothing inline ----------------------------------------------------------------------------------


@pytest.mark.parametrize("path", PAGES.values())
def test_everything_it_loads_is_its_own(path: str) -> None:
    elements = Elements(page_at(path))
    loaded = [link["href"] for link in elements.named("link") if link["rel"] in ("stylesheet", "icon", "preload")]
    assert loaded == ["/static/landing/icon.svg", "/static/landing/colours.css", "/static/landing/landing.css"]
    assert [address for address in loaded if finders.find(address.removeprefix("/static/")) is None] == []
    assert [script.get("src") for script in elements.named("script")] == [None]
    assert elements.named("iframe") == []
    assert [tag for tag, attributes in elements.all if "style" in attributes] == []


# --- Search engines ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", PAGES)
def test_it_names_itself_and_its_other_languages(language: str) -> None:
    links = Elements(page_at(PAGES[language])).named("link")
    assert [link["href"] for link in links if link["rel"] == "canonical"] == [SITE + PAGES[language]]
    others = {link["hreflang"]: link["href"] for link in links if link["rel"] == "alternate"}
    assert others == {code: SITE + path for code, path in PAGES.items()} | {"x-default": f"{SITE}/"}


def test_it_describes_itself_and_has_a_picture_to_be_shared_with() -> None:
    elements = Elements(page_at("/en/"))
    metas = {meta.get("name") or meta.get("property"): meta["content"] for meta in elements.named("meta")[1:]}
    assert 50 < len(metas["description"]) < 200
    assert metas["og:description"] == metas["description"]
    assert (metas["og:url"], metas["og:locale"]) == (f"{SITE}/en/", "en_US")
    picture = metas["og:image"]
    assert picture.startswith(f"{SITE}/static/landing/share")
    assert finders.find("landing/share.png") is not None


def facts(path: str = "/") -> list[dict[str, Any]]:
    (script,) = Elements(page_at(path)).scripts
    return list(json.loads(script)["@graph"])


def test_its_facts_are_data() -> None:
    tariff()
    Faq.objects.create(question_ru="Кому?", answer_ru="Всем", question_kk="Кімге?", answer_kk="Бәріне")
    application, questions = facts("/kk/")
    assert application["offers"] == [{"@type": "Offer", "name": "Бастау", "price": 9_900, "priceCurrency": "KZT"}]
    assert questions["mainEntity"] == [
        {"@type": "Question", "name": "Кімге?", "acceptedAnswer": {"@type": "Answer", "text": "Бәріне"}}
    ]


def test_no_text_of_a_row_ends_the_element_of_the_facts() -> None:
    text = "</script><script>alert(1)</script> <!-- & ]]>"
    Faq.objects.create(question_ru=text[:255], answer_ru=text)
    assert facts()[1]["mainEntity"][0]["acceptedAnswer"]["text"] == text
    assert "<script>alert(1)" not in page_at("/")


def test_the_map_of_the_site_names_each_language_with_the_others() -> None:
    answer = Client().get("/sitemap.xml")
    assert answer.headers["Content-Type"] == "application/xml"
    spaces = {"map": "http://www.sitemaps.org/schemas/sitemap/0.9", "xhtml": "http://www.w3.org/1999/xhtml"}
    pages = ET.fromstring(answer.content).findall("map:url", spaces)  # noqa: S314 -- our own
    assert [page.findtext("map:loc", "", spaces) for page in pages] == [SITE + path for path in PAGES.values()]
    for page in pages:
        others = {link.get("hreflang"): link.get("href") for link in page.findall("xhtml:link", spaces)}
        assert others == {code: SITE + path for code, path in PAGES.items()} | {"x-default": f"{SITE}/"}


def test_robots_may_read_the_page_and_nothing_else() -> None:
    lines = Client().get("/robots.txt").content.decode().splitlines()
    assert [line for line in lines if line.startswith("Disallow")] == [
        f"Disallow: {path}" for path in ("/cabinet/", "/api/", "/review/", "/price-list/")
    ]
    assert lines[-1] == f"Sitemap: {SITE}/sitemap.xml"


def test_who_wants_to_try_it_is_led_where_the_settings_say(settings: Settings) -> None:
    settings.SIGNUP_URL = "/somewhere/"
    tariff()
    assert len(re.findall('href="/somewhere/"', page_at("/"))) == 3


def test_where_people_are_billed_a_tariff_leads_to_the_plan(settings: Settings) -> None:
    settings.BILLING = True
    tariff()
    assert 'href="/cabinet/signup/?next=/cabinet/plan/"' in page_at("/")
