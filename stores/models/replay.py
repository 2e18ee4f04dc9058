"""What-ifs: a strategy run over the recorded market."""

from django.conf import settings
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from stores.models.fields import ArticleField
from stores.models.rules import STRATEGIES
from stores.models.store import Store
from stores.models.tenancy import TenantModel


class Replay(TenantModel):
    """
    One question about the recorded market, and its answer. The row is the work: who holds its claim runs it.

    `result` holds codes and numbers, as `services/prices/replay/run.py` writes them.
    """

    class State(models.TextChoices):
        WAITING = "waiting", _("Waiting")
        RUNNING = "running", _("Running")
        DONE = "done", _("Done")
        FAILED = "failed", _("Failed")

    # States of questions that are still to be answered.
    OPEN = (State.WAITING, State.RUNNING)

    store = models.ForeignKey(Store, models.CASCADE, related_name="replays", verbose_name=_("store"), db_index=False)
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("asked by")
    )
    begins_at = models.DateTimeField(_("from"))
    ends_at = models.DateTimeField(_("to"))
    strategy = models.CharField(
        _("strategy"),
        max_length=20,
        choices=STRATEGIES,
        blank=True,
        help_text=_("Empty: each product follows its own strategy and plan."),
    )
    plan = models.JSONField(_("plan"), default=dict, blank=True)
    step = models.PositiveIntegerField(_("step, ₸"), null=True, blank=True, validators=[MinValueValidator(1)])
    product_ids = models.JSONField(_("products"), default=list, blank=True, help_text=_("Empty: all of them."))
    category_code = models.CharField(_("category"), max_length=512, blank=True)

    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.WAITING)
    done = models.PositiveIntegerField(_("portions done"), default=0)
    total = models.PositiveIntegerField(_("portions in all"), default=0)
    result = models.JSONField(_("result"), null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    claim = ArticleField(max_length=32, blank=True, editable=False)
    leased_until = models.DateTimeField(null=True, editable=False)
    created_at = models.DateTimeField(_("asked"), auto_now_add=True)
    finished_at = models.DateTimeField(_("finished"), null=True, blank=True)

    class Meta:
        verbose_name = _("replay")
        verbose_name_plural = _("replays")
        ordering = ["-pk"]
        indexes = [
            models.Index(fields=["state", "leased_until"], name="replay_open"),
            models.Index(fields=["store", "-id"], name="replay_newest"),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(begins_at__lt=F("ends_at")), name="replay_has_a_period"),
            models.CheckConstraint(condition=~Q(state="done") | Q(result__isnull=False), name="replay_done_has_result"),
        ]

    def __str__(self) -> str:
        return f"{self.store} · {self.get_strategy_display() or '…'} · {self.begins_at:%Y-%m-%d %H:%M}"
