from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from landing.fields import PictureField
from landing.languages import Language, LocalizedTexts
from landing.validators import check_plain_text
from money.fields import TengeField

LONGEST_REVIEW = 1500


class Edition(models.Model):
    """
    Which edition of the landing page is out: one row, whose token is another one after every edit.

    Whoever keeps something made of the page's content asks this row whether it is still true.
    """

    token = models.CharField(_("token"), max_length=32)

    class Meta:
        verbose_name = _("edition")
        verbose_name_plural = _("editions")

    def __str__(self) -> str:
        return self.token


class Tariff(LocalizedTexts, models.Model):
    """A plan a seller can buy: what it costs, in whole tenge, and what it allows."""

    code = models.SlugField(_("code"), unique=True, help_text=_("Stays the same when the name changes."))
    name_ru = models.CharField(_("name in Russian"), max_length=100)
    name_kk = models.CharField(_("name in Kazakh"), max_length=100, blank=True)
    name_en = models.CharField(_("name in English"), max_length=100, blank=True)
    description_ru = models.TextField(_("description in Russian"), blank=True)
    description_kk = models.TextField(_("description in Kazakh"), blank=True)
    description_en = models.TextField(_("description in English"), blank=True)
    features_ru = models.TextField(_("features in Russian"), blank=True, help_text=_("One a line."))
    features_kk = models.TextField(_("features in Kazakh"), blank=True, help_text=_("One a line."))
    features_en = models.TextField(_("features in English"), blank=True, help_text=_("One a line."))
    price_month = TengeField(_("price per month"), help_text=_("Whole tenge."))
    price_year = TengeField(_("price per year"), help_text=_("Whole tenge."))
    product_limit = models.PositiveIntegerField(_("product limit"), help_text=_("How many products may be repriced."))
    store_limit = models.PositiveIntegerField(_("store limit"), default=1)
    staff_limit = models.PositiveIntegerField(
        _("staff limit"), default=0, help_text=_("How many people besides the owner.")
    )
    trial_days = models.PositiveIntegerField(_("trial days"), default=0)
    position = models.PositiveIntegerField(_("position"), default=0, help_text=_("Smaller comes first."))
    is_recommended = models.BooleanField(
        _("recommended"), default=False, help_text=_("Stands out on the landing page.")
    )
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

    @property
    def features(self) -> list[str]:
        """What it brings besides its limits, in the active language."""
        return [line.strip() for line in self.localized("features").splitlines() if line.strip()]

    @property
    def year_saving(self) -> int:
        """What a year paid at once costs less than twelve months, in tenge; never below 0."""
        return max(0, 12 * self.price_month - self.price_year)


class Review(models.Model):
    """What a customer says about our service. Buyers' reviews of a shop are another thing."""

    class State(models.TextChoices):
        SUBMITTED = "submitted", _("submitted")
        PUBLISHED = "published", _("published")
        REJECTED = "rejected", _("rejected")

    author = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="reviews",
        verbose_name=_("customer"),
        help_text=_("Who sent it in; his words are published or rejected, never edited."),
    )
    author_name = models.CharField(_("author"), max_length=150, validators=[check_plain_text])
    company = models.CharField(_("company"), max_length=150, blank=True, validators=[check_plain_text])
    photo = PictureField(_("photo"), widths=(64, 128, 256), blank=True)
    text = models.TextField(_("text"), max_length=LONGEST_REVIEW, validators=[check_plain_text])
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
    logo = PictureField(_("logo"), widths=(160, 320), blank=True)
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
