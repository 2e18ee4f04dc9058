from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class LandingConfig(AppConfig):
    """What a visitor sees before signing up."""

    name = "landing"
    verbose_name = _("Landing page")
