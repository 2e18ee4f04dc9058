"""When each step of a price's path was last finished, and which work of the background failed."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class PathStep(models.Model):
    """One step of the path and the moment such work was last finished, by anybody for anybody."""

    class Name(models.TextChoices):
        LOOKED = "looked", _("Looked")
        DECIDED = "decided", _("Decided")
        PUBLISHED = "published", _("Published")
        PULLED = "pulled", _("Pulled")
        SEEN = "seen", _("Seen")
        TOLD = "told", _("Told")
        GUARDED = "guarded", _("Guards made their round")

    name = models.CharField(_("step"), max_length=10, choices=Name.choices, primary_key=True)
    finished_at = models.DateTimeField(_("finished"))

    class Meta:
        verbose_name = _("path step")
        verbose_name_plural = _("path steps")

    def __str__(self) -> str:
        return self.name


class TaskFailure(models.Model):
    """
    A task of the background that ended with an error. The traceback is in the worker's log of that moment: it may hold
    what no table should.
    """

    task = models.CharField(_("task"), max_length=200)
    error = models.CharField(_("error"), max_length=200, help_text=_("The class of the error."))
    failed_at = models.DateTimeField(_("failed"), auto_now_add=True, db_index=True)

    class Meta:
        verbose_name = _("failed task")
        verbose_name_plural = _("failed tasks")
        ordering = ["-pk"]

    def __str__(self) -> str:
        return f"{self.task}: {self.error}"
