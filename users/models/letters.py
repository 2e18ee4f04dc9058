"""Letters that wait to be sent: written with the fact they tell of, so that none is lost with a process."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from users.models.billing import UserPurchase
from users.models.people import User


class Letter(models.Model):
    """
    A letter to a person about what he pays for. `event` is its own name for what it tells of, and is told once.

    The row is the work: whoever moves `next_try_at` on sends it. Its words are made when it is sent.
    """

    class Kind(models.TextChoices):
        PAYMENT_CONFIRMED = "payment_confirmed", _("payment confirmed")
        PAYMENT_REFUSED = "payment_refused", _("payment refused")
        PAYMENT_REFUNDED = "payment_refunded", _("payment refunded")
        SUBSCRIPTION_ENDED = "subscription_ended", _("subscription ended")

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="letters", verbose_name=_("user"))
    kind = models.CharField(_("kind"), max_length=20, choices=Kind.choices)
    event = models.CharField(_("event"), max_length=100, unique=True)
    purchase = models.ForeignKey(
        UserPurchase,
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="letters",
        verbose_name=_("purchase"),
    )
    until = models.DateTimeField(
        _("until"), null=True, blank=True, help_text=_("How long the price list is served without a subscription.")
    )
    created_at = models.DateTimeField(_("written"), editable=False)
    next_try_at = models.DateTimeField(_("next try"), editable=False)
    sent_at = models.DateTimeField(_("sent"), null=True, editable=False)

    class Meta:
        verbose_name = _("letter")
        verbose_name_plural = _("letters")
        ordering = ["-pk"]
        indexes = [models.Index(fields=["sent_at", "next_try_at"], name="users_letter_waiting")]

    def __str__(self) -> str:
        return f"{self.user}: {self.get_kind_display()}"
