"""When the service desk looked on as a user."""

from datetime import datetime
from typing import Any, NoReturn

from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from users.models.people import User


class ImpersonationQuerySet(models.QuerySet["Impersonation"]):
    def for_user(self, user: Any) -> "ImpersonationQuerySet":
        """When the service desk looked on as this user."""
        return self.filter(user=user)

    def under_way(self) -> "ImpersonationQuerySet":
        """Those that are neither left nor past their time."""
        return self.filter(ended_at=None, ends_at__gt=timezone.now())

    def delete(self) -> NoReturn:
        """Raises TypeError: what the service desk did stays."""
        raise TypeError("What the service desk did is not deleted.")


class Impersonation(models.Model):
    """
    The service desk looked on as a user, to read and no more: who, as whom, why, from where, from when until when.

    Append-only: after the first write only `ended_at` is filled in, once, and no row is deleted.
    """

    staff = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", verbose_name=_("by whom"))
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="impersonations", verbose_name=_("as whom"))
    reason = models.CharField(_("why"), max_length=300)
    address = models.CharField(_("from which address"), max_length=45)
    started_at = models.DateTimeField(_("from"), default=timezone.now)
    ends_at = models.DateTimeField(_("until at the latest"))
    ended_at = models.DateTimeField(_("left"), null=True)

    objects = ImpersonationQuerySet.as_manager()

    class Meta:
        verbose_name = _("impersonation")
        verbose_name_plural = _("impersonations")
        ordering = ["-pk"]
        default_permissions = ["view"]
        permissions = [("impersonate_user", "Can look on as a user")]
        constraints = [
            models.CheckConstraint(condition=~Q(reason=""), name="users_impersonation_has_reason"),
            models.CheckConstraint(condition=Q(ends_at__gt=F("started_at")), name="users_impersonation_in_order"),
        ]

    def __str__(self) -> str:
        return f"{self.staff} → {self.user}"

    def save(self, **options: Any) -> None:
        """Raises TypeError for a row that is there."""
        if not self._state.adding:
            raise TypeError("What the service desk did is written once.")
        super().save(**options)

    def delete(self, *_args: Any, **_options: Any) -> NoReturn:
        """Raises TypeError: what the service desk did stays."""
        raise TypeError("What the service desk did is not deleted.")

    @property
    def until(self) -> datetime:
        """When it was over, or will be at the latest (UTC)."""
        return self.ended_at or self.ends_at
