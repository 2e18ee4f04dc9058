"""What a person's programs show instead of a password."""

from typing import Any

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from stores.models.fields import ArticleField


class ApiTokenQuerySet(models.QuerySet["ApiToken"]):
    def for_user(self, user: Any) -> "ApiTokenQuerySet":
        """The person's own."""
        return self.filter(user=user)


class ApiToken(models.Model):
    """A named key of one person for the API, for some actions, until a day. Only its SHA-256 is kept."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="api_tokens", verbose_name=_("user")
    )
    name = models.CharField(_("name"), max_length=100)
    # Its first letters, to know it again by.
    beginning = ArticleField(_("beginning"), max_length=12)
    digest = ArticleField(max_length=64, unique=True, editable=False)
    scopes = models.JSONField(_("what it may do"))
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    expires_at = models.DateTimeField(_("valid until"))
    last_used_at = models.DateTimeField(_("last used"), null=True)

    objects = ApiTokenQuerySet.as_manager()

    class Meta:
        verbose_name = _("API token")
        verbose_name_plural = _("API tokens")
        ordering = ["name", "pk"]

    def __str__(self) -> str:
        return f"{self.name} · {self.beginning}…"
