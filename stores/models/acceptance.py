"""Which new orders a store accepts by itself, and what was decided of each."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from stores.models.fields import money_field
from stores.models.orders import Order, OrderAction
from stores.models.roles import Action
from stores.models.store import Store
from stores.models.tenancy import TenantModel


class AcceptanceRules(TenantModel):
    """Which new orders are accepted without a person. A store without a row accepts none."""

    store = models.OneToOneField(Store, models.CASCADE, related_name="acceptance_rules", verbose_name=_("store"))
    is_on = models.BooleanField(_("accept by itself"), default=False)
    least_margin = models.DecimalField(
        _("least margin"),
        max_digits=7,
        decimal_places=6,
        null=True,
        blank=True,
        help_text=_("The share of each line's price that must be left: 0.08 is 8 %. Empty: whatever it earns."),
    )
    most_total = money_field(
        verbose_name=_("up to a total of, ₸"), null=True, blank=True, help_text=_("Empty: whatever it costs.")
    )
    # Weekday (`mon` … `sun`) → [from, until] in Almaty, as the hours of a sales point; empty: at any hour.
    hours = models.JSONField(_("hours"), null=True, blank=True)
    takes_express = models.BooleanField(_("Express too"), default=False)
    takes_preorders = models.BooleanField(_("pre-orders too"), default=False)
    version = models.PositiveIntegerField(default=1, editable=False)
    changed_at = models.DateTimeField(_("changed"), auto_now=True)
    changed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", verbose_name=_("changed by")
    )

    class Meta:
        verbose_name = _("rules of acceptance")
        verbose_name_plural = _("rules of acceptance")
        constraints = [
            models.CheckConstraint(
                condition=Q(least_margin__isnull=True) | Q(least_margin__gte=0, least_margin__lt=1),
                name="acceptance_least_margin_under_1",
                violation_error_message=_("A share lies between 0 and 1."),
            ),
        ]

    def __str__(self) -> str:
        return str(self.store)


class AcceptanceDecision(TenantModel):
    """What the rules last said of an order: accepted by which action, or why not. One row for each order."""

    seen_with = Action.SEE_ORDERS

    store = models.ForeignKey(Store, models.CASCADE, related_name="acceptance_decisions", verbose_name=_("store"))
    order = models.OneToOneField(Order, models.CASCADE, related_name="acceptance", verbose_name=_("order"))
    action = models.OneToOneField(
        OrderAction, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("accepted by")
    )
    is_accepted = models.BooleanField(_("accepted by itself"))
    # Codes with their facts, as `services/orders/acceptance/reasons.py` has them; none for an order that is accepted.
    reasons = models.JSONField(_("why not"), default=list, blank=True)
    rules_version = models.PositiveIntegerField(_("version of the rules"))
    decided_at = models.DateTimeField(_("decided"))
    # When the order is asked about again, empty for at once, and how often in a row the answer was the same.
    ask_at = models.DateTimeField(null=True, editable=False)
    same_answers = models.PositiveIntegerField(default=0, db_default=0, editable=False)
    # What held for the whole store at that answer: the version of the rules, and the reasons that concern all orders.
    standing = models.CharField(max_length=100, default="", db_default="", editable=False)

    class Meta:
        verbose_name = _("decision on acceptance")
        verbose_name_plural = _("decisions on acceptance")
        ordering = ["-pk"]

    def __str__(self) -> str:
        return str(self.order)
