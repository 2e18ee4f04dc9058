from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class UsersConfig(AppConfig):
    """Who pays, and for what."""

    name = "users"
    verbose_name = _("Users and payments")

    def ready(self) -> None:
        from users.throttles import count_in_database  # noqa: PLC0415 -- allauth's models must be there first

        count_in_database()
