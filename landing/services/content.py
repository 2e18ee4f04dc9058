"""What the landing page shows."""

from dataclasses import dataclass

from landing.models import Faq, Footer, Review, Tariff


@dataclass(frozen=True)
class Content:
    """The visible rows, in their order."""

    tariffs: tuple[Tariff, ...]
    reviews: tuple[Review, ...]
    faq: tuple[Faq, ...]
    footer: Footer | None


def read_content() -> Content:
    """The rows as they are now."""
    return Content(
        tariffs=tuple(Tariff.objects.filter(is_visible=True)),
        reviews=tuple(Review.objects.filter(state=Review.State.PUBLISHED)),
        faq=tuple(Faq.objects.filter(is_visible=True)),
        footer=Footer.objects.filter(is_visible=True).first(),
    )
