"""
What a password must be: eight characters, not among the 20,000 that leaked most, not a number, not like its owner.

The rules and the list ship with Django, which works without the internet; these say them in our three languages.
"""

from django.contrib.auth import password_validation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext


class LongEnough(password_validation.MinimumLengthValidator):
    def get_error_message(self) -> str:
        return ngettext(
            "The password is too short: it needs at least %(min_length)d character.",
            "The password is too short: it needs at least %(min_length)d characters.",
            self.min_length,
        )

    def get_help_text(self) -> str:
        return _("At least eight characters, and none of the passwords that everybody uses.")


class NotLeaked(password_validation.CommonPasswordValidator):
    def get_error_message(self) -> str:
        return _("This password is on the lists that burglars try first. Choose another one.")


class NotANumber(password_validation.NumericPasswordValidator):
    def get_error_message(self) -> str:
        return _("The password is a number only. Add letters.")


class UnlikeItsOwner(password_validation.UserAttributeSimilarityValidator):
    """Unlike the person's e-mail and name."""

    def __init__(self) -> None:
        super().__init__(user_attributes=("email", "full_name"))

    def get_error_message(self) -> str:
        return _("The password is too much like your e-mail or name. Choose another one.")
