"""What may stand in each field of a product, by whichever door it comes."""

import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from functools import partial
from typing import Any

from django.utils.translation import gettext as _

from stores.models import Product
from stores.models.fields import MAX_PRICE, MAX_SUM, MIN_PRICE
from stores.services.catalogue.changes import EMPTY
from stores.services.errors import Refusal
from stores.services.money import thousands

LONGEST_SKU = 64
MOST_STOCK = 1_000_000_000
HEAVIEST_G = 10_000_000
# What no XML file may hold, and no name does: the price list could not be written.
_NOT_TEXT = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
_CARD = re.compile(r"[1-9][0-9]{0,19}", re.ASCII)
_SHARE_PLACES = 6

Check = Callable[[Any], Any]


def check_value(field: str, wanted: Any) -> Any:
    """
    The value of the field as its column keeps it.

    Raises Refusal: `empty`, `too_long`, `not_text`, `not_a_card`, `not_a_number`, `out_of_range`, `unknown_strategy`.
    """
    if wanted is EMPTY:
        if field not in WHEN_EMPTY:
            raise Refusal("empty", _("This must not be empty."))
        return WHEN_EMPTY[field]
    return _CHECKS[field](wanted)


def check_sku(sku: str) -> None:
    """
    Raises Refusal (`bad_sku`).

    The guide wants at most 20 letters, digits, dashes and underscores; published price lists have more, and a seller's
    SKU is what it is. What no price list can carry, or nobody could see, is refused.
    """
    if not sku or len(sku) > LONGEST_SKU or sku != sku.strip() or _NOT_TEXT.search(sku):
        text = _("“%(sku)s” is no SKU. Write 1 to %(longest)s characters without blanks around them.")
        raise Refusal("bad_sku", text % {"sku": sku[:LONGEST_SKU], "longest": LONGEST_SKU})


def _text(wanted: Any, longest: int, *, may_be_empty: bool = True) -> str:
    if not isinstance(wanted, str) or _NOT_TEXT.search(wanted):
        raise Refusal("not_text", _("This holds line breaks, tabs or signs that are no text."))
    text = wanted.strip()
    if len(text) > longest:
        raise Refusal("too_long", _("This is longer than %(longest)s characters.") % {"longest": longest})
    if not text and not may_be_empty:
        raise Refusal("empty", _("This must not be empty."))
    return text


def _card(wanted: Any) -> str:
    card_id = _text(wanted, 20)
    if card_id and not _CARD.fullmatch(card_id):
        text = _("“%(card)s” is no card. Write the digits from its address on the marketplace.")
        raise Refusal("not_a_card", text % {"card": card_id})
    return card_id


def _number(wanted: Any, least: int, most: int) -> int:
    if type(wanted) is not int:
        raise Refusal("not_a_number", _("This is not a whole number."))
    if not least <= wanted <= most:
        text = _("%(read)s is not between %(least)s and %(most)s.")
        facts = {"read": thousands(wanted), "least": thousands(least), "most": thousands(most)}
        raise Refusal("out_of_range", text % facts)
    return wanted


def _yes_or_no(wanted: Any) -> bool:
    if type(wanted) is not bool:
        raise Refusal("not_yes_or_no", _("This is neither yes nor no."))
    return wanted


def _share(wanted: Any) -> Decimal:
    if not isinstance(wanted, Decimal) or not wanted.is_finite() or not 0 <= wanted < 1:
        raise Refusal("out_of_range", _("A share lies between 0 and 1."))
    return round(wanted, _SHARE_PLACES)


def _strategy(wanted: Any) -> str:
    if wanted not in Product.Strategy.values:
        text = _("There is no strategy “%(read)s”. Known are: %(known)s.")
        facts = {"read": str(wanted)[:40], "known": ", ".join(Product.Strategy.values)}
        raise Refusal("unknown_strategy", text % facts)
    return str(wanted)


_PRICE = partial(_number, least=MIN_PRICE, most=MAX_PRICE)
_SUM = partial(_number, least=0, most=MAX_SUM)
_CHECKS: dict[str, Check] = {
    "card_id": _card,
    "model": partial(_text, longest=1024, may_be_empty=False),
    "brand": partial(_text, longest=256),
    "category_code": partial(_text, longest=512),
    "weight_g": partial(_number, least=1, most=HEAVIEST_G),
    "purchase_cost": _SUM,
    "packaging_cost": _SUM,
    "least_margin": _share,
    "strategy": _strategy,
    # Judged together with its strategy, by `plans.check_own_plan`.
    "plan": dict,
    "step": partial(_number, least=1, most=1_000_000),
    "is_paused": _yes_or_no,
    "is_exclusive": _yes_or_no,
    "price": _PRICE,
    "floor": _PRICE,
    "ceiling": _PRICE,
    "is_available": _yes_or_no,
    "stock_count": partial(_number, least=0, most=MOST_STOCK),
    "preorder_days": partial(_number, least=1, most=30),
}
WHEN_EMPTY: Mapping[str, Any] = {
    **dict.fromkeys(("card_id", "brand", "category_code"), ""),
    **dict.fromkeys(("weight_g", "purchase_cost", "least_margin", "floor", "ceiling"), None),
    **dict.fromkeys(("stock_count", "preorder_days"), None),
}
