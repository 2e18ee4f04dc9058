"""
Money as people here write it: whole tenge, thousands apart, perhaps a sign of the currency.

One reader for every door: forms, the admin, files, addresses, messages. What two readers could read differently is not
read but asked back. REST takes JSON integers, and needs no reader. What to tell the person is in `money/messages.py`;
the reader itself knows no framework, so that it can read files in a process of its own.
"""

import re

NARROW_SPACE = "\u202f"
NO_BREAK_SPACE = "\u00a0"

_SPACES = f" {NO_BREAK_SPACE}{NARROW_SPACE}"
_TENGE = rf"(?:[{_SPACES}]?(?:₸|тг\.?|тенге|теңге|KZT))?"
# One kind of space between all groups; no zero in front; never more than a column holds.
_AMOUNT = re.compile(
    rf"(?P<amount>0|[1-9][0-9]{{0,11}}|[1-9][0-9]{{0,2}}(?:(?P<space>[{_SPACES}])[0-9]{{3}}(?:(?P=space)[0-9]{{3}}){{0,2}}))"
    rf"{_TENGE}",
    re.IGNORECASE,
)
_TWO_READINGS = re.compile(rf"(?P<whole>0|[1-9][0-9]{{0,2}})[.,](?P<rest>[0-9]{{3}}){_TENGE}", re.IGNORECASE)
_SIGN = re.compile(r"[+\-−–]")
_LONGEST_READ = 40


class MoneyError(ValueError):
    """
    The text is not read as an amount. `code` is stable, `facts` are what a message about it says.

    Codes: `ambiguous_money` for `12.000`, which some read as 12 and others as 12 000 (facts: text, few, many, digits);
    `not_money` for everything else (facts: text).
    """

    def __init__(self, code: str, facts: dict[str, str]) -> None:
        super().__init__(code, facts)
        self.code = code
        self.facts = facts


def thousands(amount: int | None) -> str:
    """`12 345`, as people read it; a missing amount is a dash, never a zero."""
    return "–" if amount is None else f"{amount:,}".replace(",", NARROW_SPACE)


def tenge(amount: float | None) -> str:
    """`12 345 ₸`, rounded to whole tenge; a missing amount is a dash."""
    return thousands(None) if amount is None else f"{thousands(round(amount))}{NARROW_SPACE}₸"


def parse_money(text: str) -> int:
    """
    Whole tenge from `12000`, `12 000`, `12 000 ₸`, `12 000 тг`; spaces may be unbreakable, digits are ASCII.

    Raises MoneyError.
    """
    told = text.strip()
    if amount := _AMOUNT.fullmatch(told):
        return int(re.sub(rf"[{_SPACES}]", "", amount["amount"]))
    if both := _TWO_READINGS.fullmatch(told):
        raise _ambiguous(told, both["whole"], both["rest"])
    raise MoneyError("not_money", {"text": told[:_LONGEST_READ]})


def parse_move(text: str) -> int:
    """
    Whole tenge more or less: an amount as `parse_money` reads it, with a plus or a minus in front or none.

    Raises MoneyError.
    """
    told = text.strip()
    sign = _SIGN.match(told)
    if sign is None:
        return parse_money(told)
    amount = parse_money(told[1:])
    return amount if sign[0] == "+" else -amount


def _ambiguous(told: str, whole: str, rest: str) -> MoneyError:
    many = f"{whole} {rest}" if whole != "0" else rest
    facts = {"text": told[:_LONGEST_READ], "few": whole, "many": many, "digits": str(int(whole + rest))}
    return MoneyError("ambiguous_money", facts)
