"""What the marketplace and the state take of a sale, by dates. No tenant's: the tariffs are the same for everybody."""

from datetime import date
from typing import ClassVar

from django.core.exceptions import ValidationError
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from money.fields import TengeField
from pricing import economics
from stores.models.fields import ArticleField, money_field

ENDS_BEFORE_IT_BEGINS = _("The end lies before the beginning.")
RATES = [rate.value for rate in economics.RateName if rate != economics.RateName.DELIVERY]
WITH_KEY = [economics.RateName.COMMISSION.value, economics.RateName.TURNOVER_TAX.value]
ZONES = [zone.value for zone in economics.Zone]


def in_order(first: str, last: str) -> Q:
    """The last of a range is not before the first; an empty one is open."""
    return Q(**{f"{last}__isnull": True}) | Q(**{f"{last}__gte": F(first)})


class DatedFee(models.Model):
    """A fee from a day to a day, both inside, and the document that it was read in."""

    objects = models.Manager()

    # Two rows contradict each other when these are equal and all ranges meet.
    subject: ClassVar[list[str]] = []
    ranges: ClassVar[list[tuple[str, str]]] = [("valid_from", "valid_to")]

    code = ArticleField(_("code"), max_length=64, help_text=_("Names the row in explanations."))
    source = models.TextField(_("source"), help_text=_("The document and its date."))
    valid_from = models.DateField(_("valid from"))
    valid_to = models.DateField(_("valid to"), null=True, blank=True, help_text=_("Empty: until further notice."))
    # Shows every process that the tables have changed.
    updated_at = models.DateTimeField(_("changed"), auto_now=True)

    class Meta:
        abstract = True

    def clean(self) -> None:
        """Raises ValidationError where another row claims the same: nothing would say which of them is meant."""
        super().clean()
        if any(getattr(self, first) is None for first, _last in self.ranges):
            return  # Not filled in, and the field says so.
        others = type(self).objects.exclude(pk=self.pk)
        others = others.filter(**{name: getattr(self, name) for name in self.subject})
        for first, last in self.ranges:
            others = others.filter(_meets(first, last, getattr(self, first), getattr(self, last)))
        if other := others.first():
            raise ValidationError(
                _("“%(code)s” already says this for these days. End it first."),
                code="overlap",
                params={"code": other.code},
            )


def _meets(first: str, last: str, lowest: date | int, highest: date | int | None) -> Q:
    """Rows whose range has something in common with the one from `lowest` to `highest`."""
    ends_later = Q(**{f"{last}__isnull": True}) | Q(**{f"{last}__gte": lowest})
    return ends_later if highest is None else ends_later & Q(**{f"{first}__lte": highest})


class FeeShare(DatedFee):
    """A share of the price (commission, tax on turnover, bonus), of a fee (VAT) or of the parcels sent (returned)."""

    class Rate(models.TextChoices):
        COMMISSION = economics.RateName.COMMISSION.value, _("Commission")
        VAT = economics.RateName.VAT.value, _("VAT")
        TURNOVER_TAX = economics.RateName.TURNOVER_TAX.value, _("Tax on turnover")
        RETURNED = economics.RateName.RETURNED.value, _("Parcels that come back")
        BONUS = economics.RateName.BONUS.value, _("Bonus")

    subject = ["rate", "key"]

    rate = models.CharField(_("rate"), max_length=20, choices=Rate.choices)
    key = ArticleField(
        _("key"),
        max_length=64,
        blank=True,
        help_text=_("Which commission, or which tax regime. The other rates have none."),
    )
    share = models.DecimalField(
        _("share"), max_digits=7, decimal_places=6, help_text=_("A part of one: 0.125, not 12.5.")
    )

    class Meta:
        verbose_name = _("fee share")
        verbose_name_plural = _("fee shares")
        ordering = ["rate", "key", "-valid_from"]
        constraints = [
            models.CheckConstraint(condition=Q(rate__in=RATES), name="fee_share_rate_is_known"),
            models.CheckConstraint(
                condition=Q(share__gte=0, share__lt=1),
                name="fee_share_under_1",
                violation_error_message=_("A share lies between 0 and 1."),
            ),
            models.CheckConstraint(
                condition=in_order("valid_from", "valid_to"),
                name="fee_share_days_in_order",
                violation_error_message=ENDS_BEFORE_IT_BEGINS,
            ),
            models.CheckConstraint(
                condition=(Q(rate__in=WITH_KEY) & ~Q(key="")) | (~Q(rate__in=WITH_KEY) & Q(key="")),
                name="fee_share_has_its_key",
                violation_error_message=_("A commission and a tax have a key, the other rates have none."),
            ),
        ]

    def __str__(self) -> str:
        return self.code


class FeeDelivery(DatedFee):
    """What the seller pays for one parcel, without VAT, by the price of the order and its weight; bounds are inside."""

    class Zone(models.TextChoices):
        CITY = economics.Zone.CITY.value, _("Within the city")
        COUNTRY = economics.Zone.COUNTRY.value, _("Across the country")
        EXPRESS = economics.Zone.EXPRESS.value, _("Express")

    subject = ["zone"]
    ranges = [*DatedFee.ranges, ("price_from", "price_to"), ("weight_from_g", "weight_to_g")]

    zone = models.CharField(_("zone"), max_length=10, choices=Zone.choices)
    price_from = TengeField(_("price from, ₸"), validators=[MinValueValidator(1)])
    price_to = TengeField(_("price to, ₸"), null=True, blank=True, help_text=_("Empty: and more."))
    weight_from_g = models.PositiveIntegerField(_("weight from, g"), validators=[MinValueValidator(1)])
    weight_to_g = models.PositiveIntegerField(_("weight to, g"), null=True, blank=True, help_text=_("Empty: and more."))
    fee = money_field(verbose_name=_("fee without VAT, ₸"))

    class Meta:
        verbose_name = _("delivery fee")
        verbose_name_plural = _("delivery fees")
        ordering = ["zone", "-valid_from", "price_from", "weight_from_g"]
        constraints = [
            models.CheckConstraint(condition=Q(zone__in=ZONES), name="fee_delivery_zone_is_known"),
            models.CheckConstraint(
                condition=in_order("valid_from", "valid_to"),
                name="fee_delivery_days_in_order",
                violation_error_message=ENDS_BEFORE_IT_BEGINS,
            ),
            models.CheckConstraint(
                condition=Q(price_from__gte=1) & in_order("price_from", "price_to"),
                name="fee_delivery_prices_in_order",
                violation_error_message=ENDS_BEFORE_IT_BEGINS,
            ),
            models.CheckConstraint(
                condition=Q(weight_from_g__gte=1) & in_order("weight_from_g", "weight_to_g"),
                name="fee_delivery_weights_in_order",
                violation_error_message=ENDS_BEFORE_IT_BEGINS,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code} · {self.get_zone_display()}"


class FeeCategory(models.Model):
    """Which commission the marketplace takes in one of its categories. One that is not here has no known commission."""

    category_code = ArticleField(
        _("category"),
        max_length=255,
        unique=True,
        help_text=_("As the marketplace writes it, for example Master - Kettles."),
    )
    commission_key = ArticleField(
        _("commission"), max_length=64, help_text=_("The key of a commission among the shares.")
    )
    updated_at = models.DateTimeField(_("changed"), auto_now=True)

    class Meta:
        verbose_name = _("category's commission")
        verbose_name_plural = _("commissions of categories")
        ordering = ["category_code"]

    def __str__(self) -> str:
        return self.category_code
