"""Every text is there in Russian and Kazakh, the catalogues hold no other, and no page falls back to English."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from datetime import timedelta
from html.parser import HTMLParser
from pathlib import Path

import polib  # type: ignore[import-untyped] # it has no types of its own
import pytest
from django.apps import apps
from django.conf import settings
from django.contrib import admin
from django.contrib.admin.utils import flatten, label_for_field
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db.models import ForeignKey, Model
from django.forms import CharField, DecimalField, Field, FileField
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import override
from rest_framework.test import APIClient

from stores.models import BreakerTrip, Notification, PathStep, PriceStop, Product, ProductPriceUpdate, Store
from stores.services import health
from stores.services.market.rivals import learn_rivals
from stores.services.messages import PAUSES, REFUSALS, TEXTS, text_of
from stores.services.notifications import notify
from stores.services.prices.decide import decide_markets
from stores.services.prices.explain import HOLDS, MOVES, explain
from stores.services.prices.replay import work
from tests import cast

CHECKOUT = Path(__file__).parent.parent
LANGUAGES = [code for code, _ in settings.LANGUAGES]
TRANSLATED = ["ru", "kk"]
OUR_APPS = ["landing", "users", "stores"]
CYRILLIC = re.compile("[а-яёәғқңөұүһі]", re.IGNORECASE)

Key = tuple[str | None, str, str]


def catalogue_path(language: str, suffix: str = "po", checkout: Path = CHECKOUT) -> Path:
    return checkout / "locale" / language / "LC_MESSAGES" / f"django.{suffix}"


def texts_of(catalogue: polib.POFile | polib.MOFile) -> dict[Key, list[str]]:
    """What stands for each text of the source: one translation, or one for each plural form."""
    return {
        (entry.msgctxt, entry.msgid, entry.msgid_plural): [entry.msgstr, *entry.msgstr_plural.values()]
        for entry in catalogue
    }


def entries(language: str) -> list[polib.POEntry]:
    return list(polib.pofile(str(catalogue_path(language))))


# --- The catalogues ---------------------------------------------------------------------------------------------------


def test_russian_is_first_and_english_is_the_source() -> None:
    assert settings.LANGUAGE_CODE == "ru"
    assert set(LANGUAGES) - set(TRANSLATED) == {"en"}
    assert sorted(path.name for path in (CHECKOUT / "locale").iterdir()) == sorted(TRANSLATED)


@pytest.mark.parametrize("language", TRANSLATED)
def test_every_text_is_translated_and_none_is_a_guess(language: str) -> None:
    catalogue = polib.pofile(str(catalogue_path(language)))
    assert [entry.msgid for entry in catalogue if not entry.translated()] == []
    assert catalogue.obsolete_entries() == []


@pytest.mark.parametrize("language", TRANSLATED)
def test_placeholders_are_those_of_the_source(language: str) -> None:
    for entry in entries(language):
        expected = {tuple(placeholders(text)) for text in (entry.msgid, entry.msgid_plural) if text}
        for text in filter(None, [entry.msgstr, *entry.msgstr_plural.values()]):
            assert tuple(placeholders(text)) in expected, entry.msgid


def placeholders(text: str) -> list[str]:
    return sorted(re.findall(r"%\(\w+\)[a-z]|%[a-z]", text))


@pytest.mark.parametrize("language", TRANSLATED)
def test_a_sentence_stays_a_sentence_and_a_part_a_part(language: str) -> None:
    """Sentences are put together from parts: one that ends otherwise than in the source gives “..” or “ .”."""
    other = [
        entry.msgid
        for entry in entries(language)
        for text in filter(None, [entry.msgstr, *entry.msgstr_plural.values()])
        if ending(entry.msgid) != ending(text)
    ]
    assert other == []


def ending(text: str) -> str:
    return text[-1] if text[-1] in ".…?!: " else ""


@pytest.mark.parametrize("language", TRANSLATED)
def test_the_compiled_catalogue_says_the_same(language: str) -> None:
    compiled = polib.mofile(str(catalogue_path(language, "mo")))
    assert texts_of(compiled) == texts_of(polib.pofile(str(catalogue_path(language))))


@pytest.fixture(scope="module")
def renewed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the source whose catalogues were renewed by the script."""
    if missing := [program for program in ("xgettext", "msgmerge", "msgfmt") if shutil.which(program) is None]:
        reason = f"{missing[0]} is missing: nobody compared the catalogues with the source"
        pytest.fail(reason) if os.environ.get("CI") == "true" else pytest.skip(reason)
    copy = tmp_path_factory.mktemp("renewed") / "checkout"
    shutil.copytree(CHECKOUT, copy, ignore=shutil.ignore_patterns(".*", "__pycache__", "var", "tests", "sandbox"))
    command = [str(copy / "scripts" / "messages")]
    subprocess.run(command, check=True, cwd=copy, env=os.environ | {"PYTHON": sys.executable})
    return copy


@pytest.mark.parametrize("language", TRANSLATED)
def test_the_catalogue_holds_the_texts_of_the_source_and_no_others(renewed: Path, language: str) -> None:
    committed = texts_of(polib.pofile(str(catalogue_path(language))))
    current = texts_of(polib.pofile(str(catalogue_path(language, checkout=renewed))))
    assert {"forgotten": current.keys() - committed.keys(), "left behind": committed.keys() - current.keys()} == {
        "forgotten": set(),
        "left behind": set(),
    }


# --- Sentences --------------------------------------------------------------------------------------------------------


def in_each_language(say: Callable[[], str]) -> list[str]:
    texts = []
    for language in LANGUAGES:
        with override(language):
            texts.append(say())
    return texts


def assert_three_languages(texts: list[str]) -> None:
    assert len(set(texts)) == len(LANGUAGES), texts
    assert [text for text in texts if "%(" in text or ".." in text] == []


@pytest.mark.parametrize("rule", MOVES)
@pytest.mark.parametrize("hold_code", ["", *HOLDS])
def test_a_price_is_explained_in_each_language(rule: str, hold_code: str) -> None:
    why = {"steps": [{"rule": rule, "seen": 9_500}]}
    update = ProductPriceUpdate(old_price=10_000, new_price=9_499, why=why, hold_code=hold_code)
    assert_three_languages(in_each_language(lambda: explain(update)))


FACTS = {
    "sku": "SKU-1",
    "city_id": cast.ALMATY,
    "old_price": 10_000,
    "new_price": 9_499,
    "number": 3,
    "read": 40,
    "since": "2026-11-23T05:00:00+00:00",
    "restored": 12,
    "kept": 1,
    "merchant": "Rival",
    "rival_price": 9_400,
    "count": 7,
    "skus": ["SKU-1", "SKU-2"],
    "shown_price": 9_300,
    "card": "100000001",
    "last_four": "MzQ1",
    "path": "$.attributes.state",
    "name": "100000002",
    "refusal": "400",
    "accepted": 2,
    "failed": 1,
    "skipped": 0,
    "kind": "accept",
    "why": "refused",
    "words": "400",
    "orders": ["900100200"],
    "amount": 15_000,
    "days": 30,
    "indicator": "cancels",
    "value": "0.025",
    "bad": 3,
    "of": 120,
    "limit": "0.03",
    "left": 0,
    "point": "PP1",
    "stock": 2,
    "order": "880000001",
    "duty": "accept",
    "ends": "2026-11-23T08:00:00+00:00",
    "until": "2026-11-23T08:00:00+00:00",
}
Kind = Notification.Kind
# A reason of a stock's doubt stands where an order's action has its own.
DOUBTED: dict[str, str] = {"why": "no_goods"}
MESSAGES = [
    *((kind, "under_floor") for kind in TEXTS if kind not in PAUSES),
    *((kind, code) for kind in PAUSES for code in BreakerTrip.Code),
    *((Kind.PRICE_HELD, code) for code in HOLDS),
    *((Kind.PRICE_LIST_REFUSED, code) for code in REFUSALS),
]


@pytest.mark.parametrize(("kind", "code"), MESSAGES)
def test_a_notification_speaks_each_language(kind: str, code: str) -> None:
    facts = FACTS | {"code": code} | (DOUBTED if kind == Kind.STOCK_DOUBTED else {})
    notification = Notification(kind=kind, facts=facts)
    assert_three_languages(in_each_language(lambda: text_of(notification)))


def misspelt(api: APIClient, product: Product, language: str) -> str:
    answer = api.patch(f"/api/stores/{product.store_id}/", {"moed": "x"}, headers={"Accept-Language": language})
    return answer.content.decode()


def crossed(api: APIClient, product: Product, language: str) -> str:
    headers = {"If-Match": "1", "Accept-Language": language}
    return api.patch(f"/api/products/{product.pk}/", {"floor": 20_000}, headers=headers).content.decode()


def stopped(api: APIClient, product: Product, language: str) -> str:
    PriceStop.objects.get_or_create(reason="drill")
    headers = {"If-Match": "1", "Accept-Language": language}
    return api.patch(f"/api/products/{product.pk}/", {"price": 11_000}, headers=headers).content.decode()


def stale(api: APIClient, product: Product, language: str) -> str:
    headers = {"If-Match": "9", "Accept-Language": language}
    return api.patch(f"/api/products/{product.pk}/", {"floor": 9_000}, headers=headers).content.decode()


@pytest.mark.django_db
@pytest.mark.parametrize("ask", [misspelt, crossed, stopped, stale])
def test_the_api_refuses_in_each_language(
    api: APIClient, store: Store, ask: Callable[[APIClient, Product, str], str]
) -> None:
    product = cast.product(store)
    assert_three_languages([ask(api, product, language) for language in LANGUAGES])


# --- Pages ------------------------------------------------------------------------------------------------------------

READ_ALOUD = {"alt", "aria-label", "data-off", "data-on", "placeholder", "title"}
UNSPOKEN = {"code", "script", "style"}
# Kazakh hangs its endings on names: in `Kaspi.kz-тегі` two words are Latin.
LATIN = re.compile(r"[A-Za-z][A-Za-z0-9_]*(?:-[A-Za-z0-9]+)*")
# Names: the product, languages, and what the cast sells.
NAMES = {"kaspi-backend", "Kaspi", "kz", "API", "ru", "kk", "en", "English", "SKU-1", "SKU-2", "Qazan", "Rival"}
NAMES |= {"aliya", "example", "PP1", "PP2"}


class Words(HTMLParser):
    """Collects what a page says to its reader: text, and attributes that are shown or read aloud."""

    def __init__(self) -> None:
        super().__init__()
        self.words: list[str] = []
        self.element = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.element = tag
        self.words += [value for name, value in attrs if name in READ_ALOUD and value]

    def handle_endtag(self, tag: str) -> None:
        self.element = ""

    def handle_data(self, data: str) -> None:
        if self.element not in UNSPOKEN:
            self.words += data.split()


def words_of(page: str) -> str:
    parser = Words()
    parser.feed(page)
    return " ".join(parser.words)


def sign_in(seller: Client, store: Store, language: str) -> str:
    return Client().get("/cabinet/login/", headers={"Accept-Language": language}).content.decode()


def wrong_password(seller: Client, store: Store, language: str) -> str:
    tried = {"login": "aliya@example.kz", "password": "guess"}
    return Client().post("/cabinet/login/", tried, headers={"Accept-Language": language}).content.decode()


def no_store(seller: Client, store: Store, language: str) -> str:
    client = Client()
    client.force_login(cast.person(f"{language}@example.kz", "Жаңа"))
    return client.get("/cabinet/", headers={"Accept-Language": language}).content.decode()


def products(seller: Client, store: Store, language: str) -> str:
    return seller.get(f"/cabinet/stores/{store.pk}/", headers={"Accept-Language": language}).content.decode()


def products_when_blind(seller: Client, store: Store, language: str) -> str:
    health.finished(PathStep.Name.LOOKED, timezone.now() - timedelta(days=1))
    return products(seller, store, language)


def products_when_stopped(seller: Client, store: Store, language: str) -> str:
    PriceStop.objects.get_or_create(reason="drill")
    return products(seller, store, language)


def product(seller: Client, store: Store, language: str) -> str:
    path = f"/cabinet/products/{store.products.earliest('pk').pk}/"
    return seller.get(path, headers={"Accept-Language": language}).content.decode()


def product_refused(seller: Client, store: Store, language: str) -> str:
    path = f"/cabinet/products/{store.products.earliest('pk').pk}/edit/"
    typed = {"version": 1, "step": 1, "strategy": "fixed", "floor": "1.0", "working_from": "09:00"}
    return seller.post(path, typed, headers={"Accept-Language": language}).content.decode()


def card_of_a_price(seller: Client, store: Store, language: str) -> str:
    path = f"/cabinet/price-updates/{store.price_updates.latest('pk').pk}/"
    return seller.get(path, headers={"Accept-Language": language}).content.decode()


def store_prices(seller: Client, store: Store, language: str) -> str:
    notify(store.pk, Kind.NOT_SEEN, event="unseen", facts=FACTS)
    moment = (timezone.localtime() - timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M")
    path = f"/cabinet/stores/{store.pk}/prices/?moment={moment}"
    return seller.get(path, headers={"Accept-Language": language}).content.decode()


def rules(seller: Client, store: Store, language: str) -> str:
    plan = {"parameters": {"place": 2}, "cool_down_seconds": 600}
    if not store.pricing_rules.exists():
        cast.rule(store, name="Шәйнек", strategy="hold_place", plan=plan)
    return seller.get(f"/cabinet/stores/{store.pk}/rules/", headers={"Accept-Language": language}).content.decode()


def rule(seller: Client, store: Store, language: str) -> str:
    rules(seller, store, language)
    path = f"/cabinet/rules/{store.pricing_rules.get().pk}/"
    return seller.get(path, headers={"Accept-Language": language}).content.decode()


def rule_refused(seller: Client, store: Store, language: str) -> str:
    path = f"/cabinet/stores/{store.pk}/rules/create/"
    return seller.post(
        path, {"version": 1, "strategy": "fixed"}, headers={"Accept-Language": language}
    ).content.decode()


def what_if(seller: Client, store: Store, language: str) -> str:
    return seller.get(f"/cabinet/stores/{store.pk}/what-if/", headers={"Accept-Language": language}).content.decode()


def replay(seller: Client, store: Store, language: str) -> str:
    if not store.replays.exists():
        cast.rule(store, name="Шәйнек", strategy="undercut", is_on=False)
        now = timezone.now()
        work.ask(store, work.Wanted(now - timedelta(hours=1), now, "undercut", step=1), None)
        work.run_next()
    path = f"/cabinet/replays/{store.replays.get().pk}/"
    return seller.get(path, headers={"Accept-Language": language}).content.decode()


def rivals(seller: Client, store: Store, language: str) -> str:
    learn_rivals(store)
    return seller.get(f"/cabinet/stores/{store.pk}/rivals/", headers={"Accept-Language": language}).content.decode()


def messages(seller: Client, store: Store, language: str) -> str:
    path = f"/cabinet/stores/{store.pk}/notifications/"
    return seller.get(path, headers={"Accept-Language": language}).content.decode()


def anonymous(path: str, typed: dict[str, str] | None = None) -> "Page":
    """A page that nobody needs to sign in for; with what was typed on it."""

    def page(seller: Client, store: Store, language: str) -> str:
        browser, headers = Client(), {"Accept-Language": language}
        answer = browser.post(path, typed, headers=headers) if typed else browser.get(path, headers=headers)
        return answer.content.decode()

    page.__name__ = f"anonymous:{path}"
    return page


def own(path: str, typed: dict[str, str] | None = None) -> "Page":
    """A page of the seller, who gave the password a moment ago."""

    def page(seller: Client, store: Store, language: str) -> str:
        headers, where = {"Accept-Language": language}, path.format(store=store.pk)
        seller.post("/cabinet/reauthenticate/", {"password": cast.PASSWORD}, headers=headers)
        answer = seller.post(where, typed, headers=headers) if typed else seller.get(where, headers=headers)
        return answer.content.decode()

    page.__name__ = f"own:{path}"
    return page


def landing(seller: Client, store: Store, language: str) -> str:
    return Client().get(reverse("landing:page", kwargs={"language": language})).content.decode()


def landing_review(seller: Client, store: Store, language: str) -> str:
    return seller.get("/review/", headers={"Accept-Language": language}).content.decode()


def landing_review_refused(seller: Client, store: Store, language: str) -> str:
    return seller.post("/review/", {"text": "\x1b"}, headers={"Accept-Language": language}).content.decode()


ACCOUNT_PAGES = [
    anonymous("/cabinet/signup/"),
    anonymous("/cabinet/signup/", {"email": "аlia@example.kz", "password1": "1"}),
    anonymous("/cabinet/signup/", {"email": "alia@example.kz", "password1": "qwerty123"}),
    anonymous("/cabinet/confirm-email/"),
    anonymous("/cabinet/confirm-email/void/"),
    anonymous("/cabinet/password/reset/"),
    anonymous("/cabinet/password/reset/sent/"),
    anonymous("/cabinet/password/reset/1-void-void/"),
    anonymous("/cabinet/password/reset/done/"),
    own("/cabinet/logout/"),
    own("/cabinet/password/change/"),
    own("/cabinet/password/change/", {"oldpassword": "x", "password1": "1", "password2": "2"}),
    own("/cabinet/email/"),
    own("/cabinet/reauthenticate/"),
    own("/cabinet/reauthenticate/", {"password": "x"}),
    own("/cabinet/second-factor/"),
    own("/cabinet/second-factor/on/", {"code": "1"}),
    own("/cabinet/account/"),
    own("/cabinet/account/tokens/"),
    own("/cabinet/account/tokens/create/", {"name": ""}),
    own("/cabinet/account/delete/"),
    own("/cabinet/invitations/"),
    own("/cabinet/stores/{store}/team/"),
    own("/cabinet/stores/{store}/team/invite/", {"email": "aliya@example.kz", "role": "viewer"}),
]
PAGES = [
    *ACCOUNT_PAGES,
    *(landing, landing_review, landing_review_refused),
    *(rules, rule, rule_refused, what_if, replay, rivals, messages),
    *(sign_in, wrong_password, no_store, products, products_when_blind, products_when_stopped),
    *(product, product_refused, card_of_a_price, store_prices),
]
Page = Callable[[Client, Store, str], str]


@pytest.fixture
def shop(store: Store) -> Store:
    """Two products: one that was just moved by a rule, and one without limits."""
    kettle = cast.product(store)
    cast.product(store, "SKU-2", card_id="100000002", floor=None, ceiling=None)
    market = cast.city_price(kettle).market
    cast.see(market, {store.merchant_id: 10_000, "30200001": 9_500})
    decide_markets([market.pk])
    return store


@pytest.mark.django_db
@pytest.mark.parametrize("page", PAGES)
def test_a_page_speaks_each_language(shop: Store, browser_of_seller: Client, page: Page) -> None:
    assert_three_languages([words_of(page(browser_of_seller, shop, language)) for language in LANGUAGES])


@pytest.mark.django_db
@pytest.mark.parametrize("language", TRANSLATED)
@pytest.mark.parametrize("page", PAGES)
def test_no_page_falls_back_to_english(shop: Store, browser_of_seller: Client, page: Page, language: str) -> None:
    said = words_of(page(browser_of_seller, shop, language))
    assert CYRILLIC.search(said)
    assert set(LATIN.findall(said.replace(settings.BUILD[:12], ""))) - NAMES == set()


@pytest.mark.parametrize(
    ("field", "typed"),
    [
        (CharField(min_length=5), "a"),
        (CharField(max_length=1), "abc"),
        (CharField(), "a\0"),
        (DecimalField(max_digits=3), "12345"),
        (DecimalField(decimal_places=1), "1.23"),
        (DecimalField(max_digits=3, decimal_places=1), "123"),
        (FileField(max_length=3), SimpleUploadedFile("prices.csv", b"x")),
    ],
    ids=["short", "long", "nul", "digits", "decimals", "before the point", "file name"],
)
def test_a_field_of_djangos_speaks_each_language(field: Field, typed: object) -> None:
    with pytest.raises(ValidationError) as refused:
        field.clean(typed)
    said = []
    for language in LANGUAGES:
        with override(language):
            said.append(str(refused.value.messages))
    assert_three_languages(said)


# --- The admin --------------------------------------------------------------------------------------------------------

OURS = [model for app in OUR_APPS for model in apps.get_app_config(app).get_models()]


@pytest.mark.parametrize("model", OURS)
def test_every_foreign_key_is_called_by_a_translated_name(model: type[Model]) -> None:
    keys = [field for field in model._meta.get_fields() if isinstance(field, ForeignKey)]
    assert [key.name for key in keys if not isinstance(key.verbose_name, Promise)] == []


@pytest.mark.parametrize("model", [model for model in OURS if model in admin.site._registry])
def test_the_columns_of_the_admin_are_russian(model: type[Model]) -> None:
    shown = admin.site._registry[model]
    columns = {*flatten(shown.list_display), *flatten(shown.fields or ())}
    with override("ru"):
        labels = [str(label_for_field(column, model, shown)) for column in columns]
    assert [label for label in labels if not CYRILLIC.search(label)] == []
