"""
What is wrong with a card, found before the marketplace is asked: one message per field, none for a card that may go.

The bounds are those of the marketplace's schema (https://guide.kaspi.kz/partner/ru/shop/api/goods/q3223), but for two:
the schema takes a SKU of 64 characters, the price list under it only 20; and it names no bound for the pictures.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _

import kaspi
from stores.models import CardAttribute, CardCategory, NewCard

LONGEST = {"title": 1024, "brand": 256, "description": 1024}
MOST_ATTRIBUTES = 256
LONGEST_WEIGHT = 256
MOST_IMAGES = 100
LONGEST_VALUE = 1024
_SKU = re.compile(r"[A-Za-z0-9_-]{1,20}", re.ASCII)
_WEIGHT = re.compile(r"[0-9]+(\.[0-9]+)?", re.ASCII)
_NOT_TEXT = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
_BIGGEST_NUMBER = 10**12


@dataclass(frozen=True)
class Problem:
    """`field` is one of the card's, or `attributes.<code>`; `code` is stable, `message` for people."""

    field: str
    code: str
    message: str | Promise


def check_card(card: NewCard, attributes: Sequence[CardAttribute]) -> list[Problem]:
    """What is wrong with the card, by what its category asks for; nothing: it may be sent."""
    return [
        *_check_sku(card.sku),
        *_check_texts(card),
        *_check_category(card.category, attributes),
        *_check_weight(card.weight),
        *_check_images(card.images),
        *_check_attributes(card.attributes, attributes),
    ]


def to_wire(card: NewCard, attributes: Sequence[CardAttribute]) -> kaspi.NewCard:
    """The card as it is sent. Empty values are none."""
    filled = {code: value for code, value in card.attributes.items() if not _is_empty(value)}
    return kaspi.NewCard(
        sku=card.sku,
        title=card.title,
        brand=card.brand,
        category=card.category.code,
        description=card.description,
        weight=card.weight,
        attributes=tuple(
            kaspi.FilledAttribute(each.code, _wire_value(filled[each.code]))
            for each in attributes
            if each.code in filled
        ),
        images=tuple(card.images),
    )


def _check_sku(sku: str) -> Iterator[Problem]:
    if not _SKU.fullmatch(sku):
        text = _("Read “%(read)s”. Write 1 to 20 Latin letters, digits, dashes and underscores.")
        yield Problem("sku", "bad_sku", text % {"read": sku[:40]})


def _check_texts(card: NewCard) -> Iterator[Problem]:
    for field, longest in LONGEST.items():
        text = getattr(card, field)
        if not text.strip() and field != "description":
            yield Problem(field, "empty", _("This must not be empty."))
        elif len(text) > longest:
            facts = {"read": len(text), "longest": longest}
            yield Problem(field, "too_long", _("This has %(read)s characters, at most %(longest)s fit.") % facts)
        elif _NOT_TEXT.search(text):
            yield Problem(field, "not_text", _("This holds signs that are no text."))
    category = card.category.title.casefold()
    if category and card.title.casefold().startswith(f"{category} "):
        text = _("Leave out the category: the marketplace writes “%(category)s” before the name.")
        yield Problem("title", "category_in_title", text % {"category": card.category.title})


def _check_category(category: CardCategory, attributes: Sequence[CardAttribute]) -> Iterator[Problem]:
    if not category.is_offered:
        text = _("The marketplace has no category “%(code)s”. Choose one from its list.")
        yield Problem("category", "unknown_category", text % {"code": category.code[:100]})
    elif not attributes:
        text = _("It is not known yet what this category asks for. Choose it once more.")
        yield Problem("category", "attributes_unknown", text)


def _check_weight(weight: str) -> Iterator[Problem]:
    is_number = len(weight) <= LONGEST_WEIGHT and _WEIGHT.fullmatch(weight)
    if weight and not (is_number and Decimal(weight) > 0):
        text = _("Read “%(read)s”. Write a number such as 1.25, or leave it empty.")
        yield Problem("weight", "bad_weight", text % {"read": weight[:40]})


def _check_images(images: Sequence[Any]) -> Iterator[Problem]:
    if not images:
        yield Problem("images", "empty", _("Give the address of at least one picture."))
    if len(images) > MOST_IMAGES:
        facts = {"read": len(images), "most": MOST_IMAGES}
        yield Problem("images", "too_many", _("These are %(read)s pictures, at most %(most)s are taken.") % facts)
    if len(set(map(str, images))) < len(images):
        yield Problem("images", "twice", _("One of these pictures stands here twice."))
    wrong = next((url for url in images if not (isinstance(url, str) and kaspi.is_image_address(url))), None)
    if wrong is not None:
        text = _("“%(read)s” is no address of a picture. It begins with https:// and has no blanks.")
        yield Problem("images", "bad_address", text % {"read": str(wrong)[:100]})


def _check_attributes(filled: Mapping[str, Any], attributes: Sequence[CardAttribute]) -> Iterator[Problem]:
    known = {each.code: each for each in attributes}
    for code in filled.keys() - known.keys() if known else ():
        yield Problem(f"attributes.{code}", "unknown_attribute", _("The category has no such attribute."))
    values = {code: value for code, value in filled.items() if not _is_empty(value)}
    for attribute in attributes:
        if attribute.code in values:
            yield from _check_value(attribute, values[attribute.code])
        elif attribute.mandatory:
            text = _("“%(name)s” must be filled in.") % {"name": attribute.name}
            yield Problem(f"attributes.{attribute.code}", "required", text)
    if known and not values:
        yield Problem("attributes", "empty", _("Fill in at least one attribute."))
    if len(values) > MOST_ATTRIBUTES:
        text = _("These are %(read)s attributes, at most %(most)s are taken.")
        yield Problem("attributes", "too_many", text % {"read": len(values), "most": MOST_ATTRIBUTES})


def _check_value(attribute: CardAttribute, value: Any) -> Iterator[Problem]:
    field = f"attributes.{attribute.code}"
    values = value if isinstance(value, list) else [value]
    if len(values) > 1 and not attribute.multi_valued:
        yield Problem(field, "one_value", _("“%(name)s” takes one value.") % {"name": attribute.name})
        return
    for each in values:
        if why := _UNFIT[CardAttribute.Type(attribute.type)](attribute, each):
            yield Problem(field, "bad_value", why)
            return


def _unfit_boolean(attribute: CardAttribute, value: Any) -> str:
    return "" if isinstance(value, bool) else _("“%(name)s” is yes or no.") % {"name": attribute.name}


def _unfit_number(attribute: CardAttribute, value: Any) -> str:
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    if is_number and abs(value) <= _BIGGEST_NUMBER:
        return ""
    return _("“%(name)s” is a number.") % {"name": attribute.name}


def _unfit_text(attribute: CardAttribute, value: Any) -> str:
    is_text = isinstance(value, str) and len(value) <= LONGEST_VALUE and not _NOT_TEXT.search(value)
    return (
        ""
        if is_text
        else _("“%(name)s” is a text of at most %(longest)s characters.")
        % {
            "name": attribute.name,
            "longest": LONGEST_VALUE,
        }
    )


def _unfit_choice(attribute: CardAttribute, value: Any) -> str:
    # Where the marketplace recommends nothing, any text may do.
    if not attribute.values:
        return _unfit_text(attribute, value)
    if any(value == code for code, _name in attribute.values):
        return ""
    text = _("“%(read)s” is not among the values of “%(name)s”.")
    return text % {"read": str(value)[:60], "name": attribute.name}


_UNFIT: Mapping[str, Callable[[CardAttribute, Any], str]] = {
    CardAttribute.Type.BOOLEAN: _unfit_boolean,
    CardAttribute.Type.NUMBER: _unfit_number,
    CardAttribute.Type.STRING: _unfit_text,
    CardAttribute.Type.ENUM: _unfit_choice,
}


def _is_empty(value: Any) -> bool:
    return value is None or value in ("", [])


def _wire_value(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value
