"""What an action on an order needs to be told, checked before anything is planned."""

from typing import Annotated, Any

import msgspec
from django.utils.translation import gettext as _
from msgspec import Meta, Struct

import kaspi
from stores.models import OrderItem
from stores.services.errors import Refusal
from stores.services.orders.lifecycle import Verb

Comment = Annotated[str, Meta(max_length=kaspi.LONGEST_COMMENT)]
Parcels = Annotated[int, Meta(ge=1, le=99)]
Number = Annotated[int, Meta(ge=0, le=10_000)]
Imei = Annotated[str, Meta(pattern=r"^[0-9]{15}$")]

# The reasons that the order's own life knows; PRODUCT_UNDERWEIGHT is for weights.
ORDER_REASONS = frozenset(kaspi.CancelReason) - {kaspi.CancelReason.PRODUCT_UNDERWEIGHT}


class Nothing(Struct, frozen=True, forbid_unknown_fields=True):
    """Nothing but the wish."""


class Cancel(Struct, frozen=True, forbid_unknown_fields=True):
    """Why the whole order is given up, and a word to the buyer."""

    reason: kaspi.CancelReason
    comment: Comment = ""


class Piece(Struct, frozen=True, forbid_unknown_fields=True):
    """How many pieces stay of a line."""

    number: Number
    remaining: Annotated[int, Meta(ge=0, le=1_000_000)]


class Reduce(Struct, frozen=True, forbid_unknown_fields=True):
    """What stays of some lines."""

    entries: Annotated[list[Piece], Meta(min_length=1, max_length=100)]
    reason: kaspi.CancelReason
    comment: Comment = ""


class Weight(Struct, frozen=True, forbid_unknown_fields=True):
    """What a line really weighs."""

    number: Number
    weight_g: Annotated[int, Meta(ge=1, le=10_000_000)]


class Weigh(Struct, frozen=True, forbid_unknown_fields=True):
    """The weights of some lines that are sold by weight."""

    entries: Annotated[list[Weight], Meta(min_length=1, max_length=100)]
    comment: Comment = ""


class Assemble(Struct, frozen=True, forbid_unknown_fields=True):
    """Into how many parcels the order was packed; `again` is set by us where it was packed before."""

    parcels: Parcels
    again: bool = False


class Issue(Struct, frozen=True, forbid_unknown_fields=True):
    """The four digits that the buyer shows."""

    code: Annotated[str, Meta(pattern=r"^[0-9]{4}$")]


class TellImei(Struct, frozen=True, forbid_unknown_fields=True):
    """The numbers of the phones of a line: one list for each unit."""

    number: Number
    units: Annotated[list[Annotated[list[Imei], Meta(min_length=1, max_length=2)]], Meta(min_length=1, max_length=100)]


Wish = Nothing | Cancel | Reduce | Weigh | Assemble | Issue | TellImei

KINDS: dict[str, type[Wish]] = {
    Verb.ACCEPT: Nothing,
    Verb.CANCEL: Cancel,
    Verb.REDUCE: Reduce,
    Verb.WEIGH: Weigh,
    Verb.ASSEMBLE: Assemble,
    Verb.SEND_CODE: Nothing,
    Verb.ISSUE: Issue,
    Verb.IMEI: TellImei,
    Verb.ARRIVE: Nothing,
    Verb.TAKE_BACK: Nothing,
}


def read_wish(kind: str, arguments: Any) -> Wish:
    """What a wish says. Raises Refusal `bad_arguments`, which names what is wrong and where."""
    try:
        return msgspec.convert(arguments, KINDS[kind])
    except msgspec.ValidationError as error:
        raise _bad(str(error)) from None


def check_wish(wish: Wish, items: dict[int, OrderItem]) -> None:
    """Whether the wish fits the order's lines (by number). Raises Refusal `bad_arguments`."""
    match wish:
        case Cancel(reason=reason) if reason not in ORDER_REASONS:
            raise _bad(_("This reason is for goods sold by weight only."))
        case Reduce(entries=entries):
            _check_pieces(entries, items)
        case Weigh(entries=entries):
            _check_weights(entries, items)
        case TellImei(number=number, units=units):
            item = items.get(number)
            if item is None or not item.needs_imei or item.quantity != len(units):
                raise _bad(_("Write the numbers of every phone of the line, and of no other."))


def _check_pieces(entries: list[Piece], items: dict[int, OrderItem]) -> None:
    if len({entry.number for entry in entries}) != len(entries):
        raise _bad(_("A line is named twice."))
    if any(entry.number not in items or entry.remaining >= items[entry.number].quantity for entry in entries):
        raise _bad(_("Fewer pieces than were ordered have to stay of each line."))


def _check_weights(entries: list[Weight], items: dict[int, OrderItem]) -> None:
    if len({entry.number for entry in entries}) != len(entries):
        raise _bad(_("A line is named twice."))
    if any(entry.number not in items or not 0 < entry.weight_g < items[entry.number].weight_g for entry in entries):
        raise _bad(_("Only goods sold by weight may weigh less than was ordered."))


def _bad(message: str) -> Refusal:
    return Refusal("bad_arguments", message, {"arguments": [message]})
