"""What goes wrong before a page can answer is said in the reader's language, with a way back."""

from collections.abc import Callable
from unittest.mock import Mock

import pytest
from django.core.exceptions import PermissionDenied
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from django.test import Client
from django.utils.translation import gettext, override
from pytest_django.fixtures import Settings

from stores.models import Store

pytestmark = pytest.mark.django_db


def _missing(browser: Client, _store: Store) -> HttpResponse:
    return browser.get("/cabinet/nowhere/")


def _too_large(browser: Client, store: Store) -> HttpResponse:
    file = SimpleUploadedFile("range.csv", b"1" * 2_000_001)
    return browser.post(f"/cabinet/stores/{store.pk}/uploads/receive/", {"file": file})


def _too_many_fields(browser: Client, store: Store) -> HttpResponse:
    return browser.post(f"/cabinet/stores/{store.pk}/uploads/receive/", {f"{n}": "" for n in range(10_001)})


def _too_old(browser: Client, store: Store) -> HttpResponse:
    browser.handler.enforce_csrf_checks = True
    return browser.post(f"/cabinet/stores/{store.pk}/uploads/receive/")


def _page_of_files(browser: Client, store: Store) -> HttpResponse:
    return browser.get(f"/cabinet/stores/{store.pk}/uploads/")


CASES: dict[str, tuple[Callable[[Client, Store], HttpResponse], Exception | None, int, str]] = {
    "an old bookmark": (_missing, None, 404, "Nothing is here"),
    "a file beyond the limit": (_too_large, None, 413, "This is more than can be taken at once."),
    "too many fields": (_too_many_fields, None, 400, "This request cannot be read"),
    "signed in elsewhere": (_too_old, None, 403, "This page is too old"),
    "a role that may not": (_page_of_files, PermissionDenied(), 403, "This is not yours to do"),
    "a mistake of ours": (_page_of_files, ZeroDivisionError(), 500, "This is a mistake of ours"),
}


@pytest.mark.parametrize("language", ["ru", "kk"])
@pytest.mark.parametrize("case", list(CASES))
def test_an_error_is_a_page_in_the_readers_language_with_a_way_back(
    browser_of_seller: Client,
    store: Store,
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
    case: str,
    language: str,
) -> None:
    ask, failure, status, sentence = CASES[case]
    settings.UPLOAD_LIMIT = 2_000_000
    if failure is not None:
        monkeypatch.setattr("cabinet.views.uploads.frame_of", Mock(side_effect=failure))
    browser_of_seller.raise_request_exception = False
    browser_of_seller.cookies[settings.LANGUAGE_COOKIE_NAME] = language
    answer = ask(browser_of_seller, store)
    page = answer.content.decode()
    with override(language):
        assert (answer.status_code, gettext(sentence) in page) == (status, True)
    assert f'<html lang="{language}">' in page
    assert page.count('href="/cabinet/"') == 2, "the brand, and the way back"


def test_a_page_of_many_fields_is_read(browser_of_seller: Client, store: Store) -> None:
    """Django's own limit is a thousand."""
    fields = {f"field-{number}": "" for number in range(1_500)}
    assert browser_of_seller.post(f"/cabinet/stores/{store.pk}/uploads/receive/", fields).status_code == 302
