"""What is said to a person whose amount could not be read."""

from collections.abc import Mapping

from django.utils.translation import gettext as _


def money_message(code: str, facts: Mapping[str, str]) -> str:
    """What was read and what to write instead, in the active language; code and facts are those of a MoneyError."""
    if code == "ambiguous_money":
        text = _("Does “%(text)s” mean %(few)s or %(many)s? Write it with digits only: %(few)s or %(digits)s.")
    else:
        text = _("“%(text)s” is not an amount in whole tenge. Write it with digits, for example 12000 or 12 000 ₸.")
    return text % facts
