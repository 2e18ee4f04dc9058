"""What a service refuses, for people and for programs. Doors turn these into answers; nobody parses the text."""

from users.services.errors import Refusal

__all__ = ["Forbidden", "Refusal", "StaleEdit"]


class Forbidden(Refusal):
    """This person may see it but not do it."""


class StaleEdit(Refusal):
    """Somebody changed it since it was read."""
