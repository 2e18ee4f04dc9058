"""What opens a store's own side of the marketplace: the token of its official API."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from stores.models.fields import ArticleField
from stores.models.store import Store
from stores.models.tenancy import TenantModel


class MerchantToken(TenantModel):
    """
    A store's API token, sealed. People see its last four characters; `services/merchant/tokens.py` alone opens it.
    """

    class State(models.TextChoices):
        UNKNOWN = "unknown", _("Not checked yet")
        VALID = "valid", _("Works")
        REFUSED = "refused", _("Refused by the marketplace")

    store = models.OneToOneField(Store, models.CASCADE, related_name="merchant_token", verbose_name=_("store"))
    sealed = ArticleField(max_length=1000, editable=False)
    last_four = ArticleField(_("last four characters"), max_length=4, editable=False)
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.UNKNOWN)
    # When the marketplace last said what it thinks of the token.
    checked_at = models.DateTimeField(_("checked"), null=True, blank=True)
    # When it was last asked about while nobody knew, whatever came of it.
    asked_at = models.DateTimeField(null=True, editable=False)
    entered_at = models.DateTimeField(_("entered"))
    entered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", verbose_name=_("entered by")
    )

    class Meta:
        verbose_name = _("API token of the marketplace")
        verbose_name_plural = _("API tokens of the marketplace")
        constraints = [
            models.CheckConstraint(condition=~Q(sealed=""), name="merchant_token_is_sealed"),
            models.CheckConstraint(
                condition=Q(state="unknown") | Q(checked_at__isnull=False), name="merchant_token_state_has_time"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.store} · …{self.last_four}"
