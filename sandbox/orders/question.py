"""What a list of orders is asked for, and the refusals the marketplace is known for."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeVar

from sandbox.orders.order import Mode, Order, State, Status

LONGEST_PERIOD_MS = 14 * 86_400_000
DAY_MS = 86_400_000
LARGEST_PAGE = 100

_DELIVERY_TYPES = {
    "PICKUP": {Mode.PICKUP},
    "DELIVERY": {Mode.LOCAL, Mode.REGIONAL_TODOOR, Mode.REGIONAL_PICKUP},
    "DELIVERY_PICKUP": {Mode.PICKUP},
    "DELIVERY_LOCAL": {Mode.LOCAL},
}
_BOOLEANS = {"true": True, "false": False}

Chosen = TypeVar("Chosen")


class QuestionError(Exception):
    """The list is refused; the text is the error's title."""


@dataclass(frozen=True, slots=True)
class Question:
    """One page of orders. Moments are milliseconds; what is None is not asked about."""

    number: int
    size: int
    since_ms: int
    until_ms: int
    state: State | None
    status: Status | None
    modes: frozenset[Mode] | None
    signature_required: bool | None

    def wants(self, order: Order) -> bool:
        """Tell whether the order passes every filter but the period."""
        return (
            self.state in {None, order.state}
            and self.status in {None, order.status}
            and (self.modes is None or order.delivery.mode in self.modes)
            and self.signature_required in {None, order.payment.signature_required}
        )


def tidy(query: Mapping[str, str]) -> dict[str, str]:
    """Return the parameters by names without blanks: `filter [orders]` is taken too."""
    return {re.sub(r"\s", "", name): value for name, value in query.items()}


def read_question(query: Mapping[str, str], now_ms: int) -> Question:
    """Read the parameters of a list, named as `tidy` names them. Raises QuestionError."""
    number = _number(_required(query, "page[number]", "pagination value [number]"))
    size = _number(_required(query, "page[size]", "pagination value [size]"))
    since = _number(_required(query, "filter[orders][creationDate][$ge]", "filter [orders][creationDate][$ge]"))
    until = query.get("filter[orders][creationDate][$le]")
    until_ms = now_ms if until is None else _number(until)
    if until_ms - since > LONGEST_PERIOD_MS:
        days = -(-(until_ms - since) // DAY_MS)
        raise QuestionError(
            "Exceeded the maximum difference for the filter[orders][creationDate] (in days). "
            f"Actual [{days}], max [14]."
        )
    modes = _choice(query, "deliveryType", _DELIVERY_TYPES)
    return Question(
        number=number,
        size=max(1, min(size, LARGEST_PAGE)),
        since_ms=since,
        until_ms=until_ms,
        state=_choice(query, "state", {str(state): state for state in State}),
        status=_choice(query, "status", {str(status): status for status in Status}),
        modes=None if modes is None else frozenset(modes),
        signature_required=_choice(query, "signatureRequired", _BOOLEANS),
    )


def _required(query: Mapping[str, str], name: str, title: str) -> str:
    if not query.get(name):
        raise QuestionError(f"Required {title} is empty.")
    return query[name]


def _number(text: str) -> int:
    if not re.fullmatch(r"[0-9]{1,15}", text):
        raise QuestionError(f"Value [{text[:40]}] is not a number.")
    return int(text)


def _choice(query: Mapping[str, str], name: str, choices: Mapping[str, Chosen]) -> Chosen | None:
    text = query.get(f"filter[orders][{name}]")
    if text is None:
        return None
    if text not in choices:
        raise QuestionError(f"Value [{text[:40]}] of the filter[orders][{name}] is not known.")
    return choices[text]
