"""What search engines read: the list of addresses, what they may read, and the facts of the page as data."""

import json

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from landing.languages import Language
from landing.services.content import Content

ONE_HOUR = 3600
# As `json_script` does: no text of a row can end the element that holds it.
ESCAPED = {ord("<"): "\\u003C", ord(">"): "\\u003E", ord("&"): "\\u0026"}


def page_url(language: str) -> str:
    """The page's full address in a language; Russian is at `/`."""
    return settings.PUBLIC_URL + reverse("landing:page", kwargs={"language": language})


def page_urls() -> list[tuple[str, str]]:
    """Each language with its page."""
    return [(code, page_url(code)) for code in Language.values]


@require_safe
@cache_control(public=True, max_age=ONE_HOUR)
def robots(request: HttpRequest) -> HttpResponse:
    """The public page is for everybody; the rest has nothing that a search could show."""
    return render(request, "landing/robots.txt", {"site": settings.PUBLIC_URL}, content_type="text/plain")


@require_safe
@cache_control(public=True, max_age=ONE_HOUR)
def sitemap(request: HttpRequest) -> HttpResponse:
    """The page in each language, each with the others."""
    told = {"pages": page_urls(), "default": page_url(Language.RUSSIAN)}
    return render(request, "landing/sitemap.xml", told, content_type="application/xml")


def facts_of(content: Content, language: str) -> SafeString:
    """The product, its tariffs and the questions as JSON-LD (https://schema.org), fit for a script element."""
    graph = [_application(content, language), *([_questions(content)] if content.faq else [])]
    told = json.dumps({"@context": "https://schema.org", "@graph": graph}, ensure_ascii=False)
    return mark_safe(told.translate(ESCAPED))  # noqa: S308 -- escaped in this line


def _application(content: Content, language: str) -> dict[str, object]:
    return {
        "@type": "SoftwareApplication",
        "name": "kaspi-backend",
        "description": _("Watches rivals on Kaspi.kz, keeps each price within your limits, and explains every change."),
        "applicationCategory": "BusinessApplication",
        "operatingSystem": "Web",
        "url": page_url(language),
        "inLanguage": language,
        "offers": [
            {"@type": "Offer", "name": tariff.name, "price": tariff.price_month, "priceCurrency": "KZT"}
            for tariff in content.tariffs
        ],
    }


def _questions(content: Content) -> dict[str, object]:
    return {
        "@type": "FAQPage",
        "mainEntity": [
            {
                "@type": "Question",
                "name": each.question,
                "acceptedAnswer": {"@type": "Answer", "text": each.answer},
            }
            for each in content.faq
        ],
    }
