"""When each step of a price's path was last finished."""

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
