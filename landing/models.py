from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from landing.languages import Language, LocalizedTexts
from money.fields import TengeField


class Tariff(LocalizedTexts, models.Model):
    """A plan a seller can buy: what it costs, in whole tenge, and what it allows."""

    code = models.SlugField(_("code"), unique=True, help_text=_("Stays the same when the name changes."))
    name_ru = models.CharField(_("name in Russian"), max_length=100)
    name_kk = models.CharField(_("name in Kazakh"), max_length=100, blank=True)
    name_en = models.CharField(_("name in English"), max_length=100, blank=True)
    description_ru = models.TextField(_("description in Russian"), blank=True)
    description_kk = models.TextField(_("description in Kazakh"), blank=True)
    description_en = models.TextField(_("description in English"), blank=True)
    price_month = TengeField(_("price per month"), help_text=_("Whole tenge."))
    price_year = TengeField(_("price per year"), help_text=_("Whole tenge."))
    product_limit = models.PositiveIntegerField(_("product limit"), help_text=_("How many products may be repriced."))
    store_limit = models.PositiveIntegerField(_("store limit"), default=1)
    staff_limit = models.PositiveIntegerField(
        _("staff limit"), default=0, help_text=_("How many people besides the owner.")
    )
    trial_days = models.PositiveIntegerField(_("trial days"), default=0)
    position = models.PositiveIntegerField(_("position"), default=0, help_text=_("Smaller comes first."))
    is_visible = models.BooleanField(
        _("visible"), default=True, help_text=_("Hidden tariffs stay with those who have them.")
    )

    class Meta:
        verbose_name = _("tariff")
        verbose_name_plural = _("tariffs")
        ordering = ["position", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(price_month__gte=0),
                name="landing_tariff_price_month_not_negative",
                violation_error_message=_("The price cannot be negative."),
            ),
            models.CheckConstraint(
                condition=Q(price_year__gte=0),
                name="landing_tariff_price_year_not_negative",
                violation_error_message=_("The price cannot be negative."),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        """The name in the active language."""
        return self.localized("name")

    @property
    def description(self) -> str:
        """The description in the active language."""
        return self.localized("description")


class Review(models.Model):
    """What a customer says about our service. Buyers' reviews of a shop are another thing."""

    class State(models.TextChoices):
        SUBMITTED = "submitted", _("submitted")
        PUBLISHED = "published", _("published")
        REJECTED = "rejected", _("rejected")

    author_name = models.CharField(_("author"), max_length=150)
    company = models.CharField(_("company"), max_length=150, blank=True)
    text = models.TextField(_("text"))
    language = models.CharField(_("language"), max_length=2, choices=Language.choices, default=Language.RUSSIAN)
    rating = models.PositiveSmallIntegerField(_("rating"), help_text=_("From 1 to 5."))
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.SUBMITTED)
    created_at = models.DateTimeField(_("created at"), default=timezone.now, editable=False)
    position = models.PositiveIntegerField(_("position"), default=0, help_text=_("Smaller comes first."))

    class Meta:
        verbose_name = _("review")
        verbose_name_plural = _("reviews")
        ordering = ["position", "-created_at"]
        constraints = [
            models.CheckConstraint(
                condition=Q(rating__gte=1, rating__lte=5),
                name="landing_review_rating_from_1_to_5",
                violation_error_message=_("The rating goes from 1 to 5."),
            ),
            models.CheckConstraint(
                condition=Q(state__in=["submitted", "published", "rejected"]),
                name="landing_review_state_known",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.author_name}, {self.rating}/5"


class Footer(LocalizedTexts, models.Model):
    """The company behind the product and how to reach it."""

    company_name = models.CharField(_("company name"), max_length=150)
    address_ru = models.CharField(_("address in Russian"), max_length=255, blank=True)
    address_kk = models.CharField(_("address in Kazakh"), max_length=255, blank=True)
    address_en = models.CharField(_("address in English"), max_length=255, blank=True)
    phone = models.CharField(_("phone"), max_length=32, blank=True)
    email = models.EmailField(_("e-mail"), blank=True)
    telegram_url = models.URLField(_("Telegram link"), blank=True)
    whatsapp_url = models.URLField(_("WhatsApp link"), blank=True)
    instagram_url = models.URLField(_("Instagram link"), blank=True)
    is_visible = models.BooleanField(_("visible"), default=True)

    class Meta:
        verbose_name = _("footer")
        verbose_name_plural = _("footers")
        ordering = ["pk"]

    def __str__(self) -> str:
        return self.company_name

    @property
    def address(self) -> str:
        """The address in the active language."""
        return self.localized("address")


class Faq(LocalizedTexts, models.Model):
    """A question people ask before they buy, and its answer."""

    question_ru = models.CharField(_("question in Russian"), max_length=255)
    question_kk = models.CharField(_("question in Kazakh"), max_length=255, blank=True)
    question_en = models.CharField(_("question in English"), max_length=255, blank=True)
    answer_ru = models.TextField(_("answer in Russian"))
    answer_kk = models.TextField(_("answer in Kazakh"), blank=True)
    answer_en = models.TextField(_("answer in English"), blank=True)
    position = models.PositiveIntegerField(_("position"), default=0, help_text=_("Smaller comes first."))
    is_visible = models.BooleanField(_("visible"), default=True)

    class Meta:
        verbose_name = _("question and answer")
        verbose_name_plural = _("questions and answers")
        ordering = ["position", "pk"]

    def __str__(self) -> str:
        return self.question

    @property
    def question(self) -> str:
        """The question in the active language."""
        return self.localized("question")

    @property
    def answer(self) -> str:
        """The answer in the active language."""
        return self.localized("answer")
