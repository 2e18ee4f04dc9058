"""What the marketplace asks of a shop's quality, by dates, and how near each store is to it."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from stores.models.fees import ENDS_BEFORE_IT_BEGINS, DatedFee, in_order
from stores.models.store import Store
from stores.models.tenancy import TenantModel


class Indicator(models.TextChoices):
    """What is measured. The rating is to be at least its limit, the shares are to stay under theirs."""

    CANCELS = "cancels", _("Cancelled by the seller's fault")
    LATE_HANDOVERS = "late_handovers", _("Handed over late")
    RETURNS = "returns", _("Returned")
    RATING = "rating", _("Rating of the shop")


class QualityLimit(DatedFee):
    """Where the marketplace lowers a shop, from a day to a day; no tenant's, the same for everybody."""

    subject = ["indicator"]

    indicator = models.CharField(_("indicator"), max_length=20, choices=Indicator.choices)
    limit = models.DecimalField(
        _("limit"), max_digits=5, decimal_places=4, help_text=_("A part of one: 0.03 for 3 %. The rating: 0 to 5.")
    )
    days = models.PositiveSmallIntegerField(_("over so many days"))

    class Meta:
        verbose_name = _("quality limit")
        verbose_name_plural = _("quality limits")
        ordering = ["indicator", "-valid_from"]
        constraints = [
            models.CheckConstraint(
                condition=Q(limit__gt=0, limit__lte=5, days__gte=1), name="quality_limit_is_possible"
            ),
            models.CheckConstraint(
                condition=in_order("valid_from", "valid_to"),
                name="quality_limit_days_in_order",
                violation_error_message=ENDS_BEFORE_IT_BEGINS,
            ),
        ]

    def __str__(self) -> str:
        return self.code


class QualityState(TenantModel):
    """How near a store is to a limit, as it was last told; `crossings` counts how often that became worse."""

    class Level(models.TextChoices):
        FINE = "fine", _("Fine")
        NEAR = "near", _("Near the limit")
        OVER = "over", _("Over the limit")

    store = models.ForeignKey(
        Store, models.CASCADE, related_name="quality_states", verbose_name=_("store"), db_index=False
    )
    indicator = models.CharField(_("indicator"), max_length=20, choices=Indicator.choices)
    level = models.CharField(_("level"), max_length=10, choices=Level.choices, default=Level.FINE)
    crossings = models.PositiveIntegerField(_("became worse so often"), default=0)
    changed_at = models.DateTimeField(_("changed"), auto_now_add=True)

    class Meta:
        verbose_name = _("quality state")
        verbose_name_plural = _("quality states")
        ordering = ["store", "indicator"]
        constraints = [models.UniqueConstraint(fields=["store", "indicator"], name="quality_state_once_per_store")]

    def __str__(self) -> str:
        return f"{self.store} · {self.get_indicator_display()}: {self.get_level_display()}"
