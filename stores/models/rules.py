"""Rules of a store: one strategy for all products of a category, or of the whole store."""

from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from stores.models.catalogue import Product
from stores.models.fields import ArticleField
from stores.models.store import Store
from stores.models.tenancy import TenantModel

STRATEGIES = [choice for choice in Product.Strategy.choices if choice[0] != Product.Strategy.BY_RULE]


class PricingRule(TenantModel):
    """How the products of a category are priced that say "by rule". One that is switched off moves nothing."""

    store = models.ForeignKey(
        Store, models.CASCADE, related_name="pricing_rules", verbose_name=_("store"), db_index=False
    )
    name = models.CharField(_("name"), max_length=200)
    category_code = ArticleField(_("category"), max_length=512, blank=True, help_text=_("Empty: the whole store."))
    strategy = models.CharField(_("strategy"), max_length=20, choices=STRATEGIES)
    step = models.PositiveIntegerField(_("step, ₸"), default=1, validators=[MinValueValidator(1)])
    # As a product's plan; see services/prices/plans.py.
    plan = models.JSONField(_("plan"), default=dict, blank=True)
    is_on = models.BooleanField(_("switched on"), default=False)

    # Grows with every edit; an edit that was made on an older version is refused.
    version = models.PositiveIntegerField(default=1, editable=False)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    updated_at = models.DateTimeField(_("changed"), auto_now=True)

    class Meta:
        verbose_name = _("pricing rule")
        verbose_name_plural = _("pricing rules")
        ordering = ["store", "category_code"]
        constraints = [
            models.UniqueConstraint(fields=["store", "category_code"], name="pricing_rule_once_per_category"),
            models.CheckConstraint(condition=Q(step__gte=1), name="pricing_rule_step_at_least_1"),
            models.CheckConstraint(condition=~Q(strategy="by_rule"), name="pricing_rule_follows_no_rule"),
        ]

    def __str__(self) -> str:
        return self.name
