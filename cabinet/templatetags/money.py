from decimal import Decimal

from django import template
from django.utils.formats import number_format

from money import NARROW_SPACE, tenge, thousands

register = template.Library()
DIGITS = 2

register.filter("tenge", tenge)


@register.filter
def percent(share: Decimal | float | None, digits: int = DIGITS) -> str:
    """0.125 is `12.5 %`, as the language writes it; a missing share is a dash."""
    return thousands(None) if share is None else f"{decimal(share * 100, digits)}{NARROW_SPACE}%"


def decimal(number: Decimal | float, digits: int = DIGITS) -> str:
    """`1.4`, as the language writes it."""
    return number_format(f"{round(float(number), digits):g}")
