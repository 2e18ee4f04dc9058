"""The builds of this product that were put to work."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from stores.models.fields import ArticleField


class Release(models.Model):
    """
    One build, put to work. Prices leave only through processes of the newest: an old one may have been left running.

    `engine_version` is the version of the pricing engine in it; its rules act once a person has accepted that engine.
    """

    build = ArticleField(_("build"), max_length=64)
    engine_version = ArticleField(_("engine"), max_length=16)
    engine_accepted_at = models.DateTimeField(_("engine accepted"), null=True, blank=True)
    recorded_at = models.DateTimeField(_("recorded"), auto_now_add=True)

    class Meta:
        verbose_name = _("release")
        verbose_name_plural = _("releases")
        ordering = ["-pk"]

    def __str__(self) -> str:
        return self.build[:12]
