"""Money as people read it, and as services take it from them."""

import money
from money import NARROW_SPACE, MoneyError, thousands
from money.messages import money_message
from stores.services.errors import Refusal

__all__ = ["NARROW_SPACE", "parse_money", "thousands"]


def parse_money(text: str) -> int:
    """Whole tenge, as `money.parse_money` reads them. Raises Refusal: `ambiguous_money` or `not_money`."""
    try:
        return money.parse_money(text)
    except MoneyError as error:
        raise Refusal(error.code, money_message(error.code, error.facts)) from None
