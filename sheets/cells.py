"""
One value, as its column means it. Excel lies in known ways (prices that became dates, zeros that were lost, numbers
that are rounded on the screen), and what could mean two things is refused, never guessed.
"""

import math
import re
import unicodedata
from datetime import date, time, timedelta
from decimal import Decimal

from money import MoneyError, parse_money
from sheets.errors import CellRefused
from sheets.rows import Point

Cell = str | int | float | bool | date | time | timedelta

LONGEST_SKU = 64
MOST_STOCK = 1_000_000_000
MOST_PREORDER = 30
MOST_GRAMS = 10_000_000
# A number of Excel holds fifteen digits; what has more has been rounded.
MOST_EXACT = 10**15
_SHOWN = 40

# As Excel writes it, always with a sign: 12E4 without one is somebody's article.
_SCIENTIFIC = re.compile(r"[0-9](?:[.,][0-9]+)?E\+[0-9]+")
_COUNT = re.compile(r"[0-9]{1,10}")
_KILOGRAMS = re.compile(r"([0-9]{1,4})(?:[.,]([0-9]{1,3}))?")
_CARD = re.compile(r"[0-9]{1,20}")
_CARD_LINK = re.compile(r"https?://kaspi\.kz/shop/p/[^?#]*?-?([0-9]{1,20})/?(?:[?#].*)?")
_BLANKS = re.compile(r"\s+")
_YES = frozenset({"yes", "да", "иә", "true", "+"})
_NO = frozenset({"no", "нет", "жоқ", "false", "-"})


def is_blank(cell: Cell) -> bool:
    """Whether there is nothing in it."""
    return isinstance(cell, str) and not cell.strip()


def shown(cell: Cell) -> str:
    """The value as a person knows it, short enough for a message."""
    return _as_text(cell)[:_SHOWN]


def read_text(cell: Cell, longest: int) -> str:
    """Text on one line. Raises CellRefused: `is_date`, `too_long`, `bad_text`."""
    text = cell.strip() if isinstance(cell, str) else _as_text(_no_date(cell))
    if not text.isprintable():
        text = _BLANKS.sub(" ", text)
    if len(text) > longest:
        raise CellRefused("too_long", {"text": text[:_SHOWN], "longest": str(longest)})
    if not text.isprintable() and any(_is_unprintable(letter) for letter in text):
        raise CellRefused("bad_text", {"text": "".join(each for each in text if each.isprintable())[:_SHOWN]})
    return text


def read_sku(cell: Cell) -> str:
    """An article, exactly as it is written. Raises CellRefused: also `rounded_sku`, for digits that Excel has lost."""
    if not isinstance(cell, str) and isinstance(cell, (int, float)) and not _is_exact(cell):
        raise CellRefused("rounded_sku", {"text": shown(cell)})
    sku = read_text(cell, LONGEST_SKU)
    if not sku.isprintable():
        # Signs of format, such as a blank without width: nobody sees them, and two SKUs would look alike.
        raise CellRefused("bad_text", {"text": "".join(each for each in sku if each.isprintable())})
    if _SCIENTIFIC.fullmatch(sku):
        raise CellRefused("rounded_sku", {"text": sku})
    return sku


def read_amount(cell: Cell) -> int:
    """Whole tenge. Raises CellRefused: `is_date`, `not_whole`, `not_money`, `ambiguous_money`."""
    if isinstance(cell, str):
        try:
            return parse_money(cell)
        except MoneyError as error:
            raise CellRefused(error.code, error.facts) from None
    return _whole(cell)


def read_count(cell: Cell, most: int, code: str) -> int:
    """A whole number from 0 to `most`. Raises CellRefused: `code`, `is_date`, `not_whole`."""
    if not isinstance(cell, str):
        count = _whole(cell)
    elif _COUNT.fullmatch(cell.strip()):
        count = int(cell)
    else:
        raise CellRefused(code, {"text": shown(cell)})
    if count > most:
        raise CellRefused(code, {"text": shown(cell)})
    return count


def read_days(cell: Cell) -> int:
    """Days of pre-order, 0 for none. Raises CellRefused: `not_days`."""
    return read_count(cell, MOST_PREORDER, "not_days")


def read_point(cell: Cell) -> Point:
    """`yes`, `no` or a number of units. Raises CellRefused: `not_stock`, `is_date`, `not_whole`."""
    word = _as_text(cell).strip().casefold()
    if word in _YES:
        return Point(is_available=True)
    if word in _NO:
        return Point(is_available=False)
    count = read_count(cell, MOST_STOCK, "not_stock")
    return Point(count > 0, count)


def read_grams(cell: Cell) -> int:
    """A weight in whole grams. Raises CellRefused: `not_grams`."""
    return read_count(cell, MOST_GRAMS, "not_grams")


def read_kilograms(cell: Cell) -> int:
    """Grams from kilograms with at most three decimals. Raises CellRefused: `not_kilograms`, `is_date`."""
    if isinstance(cell, float) and math.isfinite(cell):
        exact = Decimal(str(cell)) * 1000
        text = f"{cell:.3f}" if exact == exact.to_integral_value() else ""
    else:
        text = _as_text(_no_date(cell)).strip()
    if not (parts := _KILOGRAMS.fullmatch(text)):
        raise CellRefused("not_kilograms", {"text": shown(cell)})
    return int(parts[1]) * 1000 + int((parts[2] or "").ljust(3, "0"))


def read_card(cell: Cell) -> str:
    """The number of a card, from digits or from the card's address. Raises CellRefused: `not_card`."""
    text = read_text(cell, longest=2_000)
    if _CARD.fullmatch(text):
        return text
    if link := _CARD_LINK.fullmatch(text):
        return link[1]
    raise CellRefused("not_card", {"text": text[:_SHOWN]})


def _whole(cell: Cell) -> int:
    cell = _no_date(cell)
    if isinstance(cell, bool) or not isinstance(cell, (int, float)) or not _is_exact(cell):
        raise CellRefused("not_whole", {"text": shown(cell)})
    return int(cell)


def _is_exact(number: float) -> bool:
    return math.isfinite(number) and number == int(number) and 0 <= number < MOST_EXACT


def _no_date(cell: Cell) -> Cell:
    if isinstance(cell, (date, time, timedelta)):
        raise CellRefused("is_date", {"text": shown(cell)})
    return cell


def _as_text(cell: Cell) -> str:
    if isinstance(cell, float) and _is_exact(cell):
        return str(int(cell))
    return str(cell)


def _is_unprintable(letter: str) -> bool:
    return unicodedata.category(letter) in {"Cc", "Cs", "Cn", "Co"}
