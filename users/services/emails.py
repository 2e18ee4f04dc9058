"""E-mail addresses: which are taken, and which of a person's are confirmed."""

from allauth.account.models import EmailAddress
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import gettext_lazy as _

from users.models import User

LONGEST = 254


def clean_email(email: str) -> str:
    """
    The address in lower case, without spaces around. Raises ValidationError.

    Only Latin letters: `аliya@example.kz` with a Cyrillic `а` looks like the address of somebody else.
    """
    email = email.strip().lower()
    if len(email) > LONGEST:
        raise ValidationError(_("The address is too long."), code="too_long")
    if not email.isascii():
        raise ValidationError(_("Write the address in Latin letters, digits and signs."), code="not_ascii")
    validate_email(email)
    return email


def confirmed_emails(user: User) -> list[str]:
    """The addresses at which the person has been reached."""
    return list(EmailAddress.objects.filter(user=user, verified=True).values_list("email", flat=True))
