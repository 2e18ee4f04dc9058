"""What the landing page shows."""

from dataclasses import dataclass
from typing import Any

from django.db.models import Model, Q

from landing.models import Faq, Footer, Review, Tariff


@dataclass(frozen=True)
class Content:
    """The visible rows, in their order."""

    tariffs: tuple[Tariff, ...]
    reviews: tuple[Review, ...]
    faq: tuple[Faq, ...]
    footer: Footer | None


def read_content(besides: Model | None = None) -> Content:
    """The rows as they are now; and one `besides`, in its place, that perhaps is not out yet."""
    return Content(
        tariffs=tuple(Tariff.objects.filter(_shown(Tariff, besides, is_visible=True))),
        reviews=tuple(Review.objects.filter(_shown(Review, besides, state=Review.State.PUBLISHED))),
        faq=tuple(Faq.objects.filter(_shown(Faq, besides, is_visible=True))),
        footer=besides if isinstance(besides, Footer) else Footer.objects.filter(is_visible=True).first(),
    )


def _shown(model: type[Model], besides: Model | None, **is_out: Any) -> Q:
    return Q(**is_out) | Q(pk=besides.pk) if isinstance(besides, model) else Q(**is_out)
