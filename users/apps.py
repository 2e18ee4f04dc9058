from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class UsersConfig(AppConfig):
    """Who pays, and for what."""

    name = "users"
    verbose_name = _("Users and payments")
