"""The public page, once for each language at an address of its own."""

from collections.abc import Mapping

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import resolve_url
from django.template.loader import render_to_string
from django.utils import translation
from django.views.decorators.gzip import gzip_page
from django.views.decorators.http import require_safe

from landing.languages import Language
from landing.scene import FLOOR, SALES, scene
from landing.services.content import Content, read_content
from landing.services.editions import kept
from landing.views.documents import Document, answer
from landing.views.search_engines import facts_of, page_url, page_urls

# As Open Graph names them: https://ogp.me/#optional
LOCALES: Mapping[str, str] = {Language.RUSSIAN: "ru_RU", Language.KAZAKH: "kk_KZ", Language.ENGLISH: "en_US"}


@gzip_page
@require_safe
def page(request: HttpRequest, language: str) -> HttpResponse:
    """The page in `language`. Nothing in it depends on who asks."""
    return answer(request, render_page(language))


@kept
def render_page(language: str) -> Document:
    """The page of the edition that is out."""
    return Document(draw_page(language, read_content()).encode(), "text/html; charset=utf-8", language)


def draw_page(language: str, content: Content) -> str:
    """The page with this content."""
    with translation.override(language):
        shown = {
            **frame(language),
            "content": content,
            "scene": scene(),
            "floor": FLOOR,
            "sales": SALES,
            "facts": facts_of(content, language),
            "pages": page_urls(),
            "default_page": page_url(Language.RUSSIAN),
            "locale": LOCALES[language],
            "sign_up": resolve_url(settings.SIGNUP_URL),
            "choose": choosing_url(),
        }
        return render_to_string("landing/page.html", shown)


def choosing_url() -> str:
    """Where a tariff is chosen: by signing up, and for who has done so on the page of the plan."""
    sign_up = resolve_url(settings.SIGNUP_URL)
    return f"{sign_up}?next={resolve_url(settings.PLAN_URL)}" if settings.BILLING else sign_up


def frame(language: str) -> dict[str, object]:
    """What every page of the landing has around it."""
    return {
        "language": language,
        "languages": settings.LANGUAGES,
        "site": settings.PUBLIC_URL,
        "canonical": page_url(language),
        "sign_in": resolve_url(settings.LOGIN_REDIRECT_URL),
    }
