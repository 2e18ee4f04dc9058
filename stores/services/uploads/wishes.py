"""What a row of a file wants of a product, and what of it a preview promised: kept until it is applied."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, BinaryIO

from msgspec import Struct
from msgspec.msgpack import Decoder, Encoder

from sheets import Line, Point
from stores.models import ProductUpload
from stores.services.catalogue import EMPTY, CityChange, FieldChange, PointChange, ProductChange, Terms

# Names of facts in a file → fields of a product.
FIELDS = {
    "model": "model",
    "brand": "brand",
    "card": "card_id",
    "category": "category_code",
    "weight": "weight_g",
    "cost": "purchase_cost",
    "packaging": "packaging_cost",
    "step": "step",
}
EVERYWHERE = ""
EVERY_POINT = ""
_LENGTH = 4


class Wish(Struct, frozen=True, array_like=True, gc=False):
    """One product, and each field that the preview showed: (field, value, city id, point code). None is no value."""

    sku: str
    fields: list[tuple[str, Any, str, str]]


def wanted_of(line: Line, merchant_id: str, known_points: Collection[str]) -> ProductChange:
    """The change that a row asks for. What it says nothing of stays as it is."""
    cities = {city for prices in (line.prices, line.floors, line.ceilings) for city in prices}
    facts: dict[str, Any] = {FIELDS[name]: value for name, value in line.facts.items()}
    return ProductChange(
        line.sku,
        **facts,
        everywhere=_city_of(line, EVERYWHERE) if EVERYWHERE in cities else None,
        cities={city: _city_of(line, city) for city in cities if city != EVERYWHERE},
        points=_points_of(line, merchant_id, known_points),
    )


def _city_of(line: Line, city: str) -> CityChange:
    return CityChange(line.prices.get(city), line.floors.get(city), line.ceilings.get(city))


def _points_of(line: Line, merchant_id: str, known: Collection[str]) -> dict[str, PointChange]:
    """
    In exports a point's code has the merchant's in front of it. The marketplace's template names five points, however
    many a store has: where nothing lies at one that it has not, there is nothing to say.
    """
    everywhere = line.preorders.get(EVERY_POINT)
    changes = {}
    for told, point in line.points.items():
        code = told.removeprefix(f"{merchant_id}_")
        if code in known or point.is_available:
            changes[code] = _point_of(point, line.preorders.get(told, everywhere))
    return changes


def _point_of(point: Point, preorder: int | None) -> PointChange:
    if point.is_available:
        stock = EMPTY if point.stock is None else point.stock
        days = None if preorder is None else preorder or EMPTY
        return PointChange(is_available=True, stock_count=stock, preorder_days=days)
    return PointChange(is_available=False, stock_count=point.stock)


def terms_of(upload: ProductUpload) -> Terms:
    """How the person meant the file."""
    return Terms(move_prices=upload.move_prices, is_confirmed=upload.is_confirmed)


# --- Kept on the disk between the preview and its being applied -------------------------------------------------------


class WishWriter:
    """Writes wishes to an open file."""

    def __init__(self, target: BinaryIO) -> None:
        self._target = target
        self._encode = Encoder().encode

    def write(self, sku: str, changes: Iterable[FieldChange]) -> None:
        fields = [(each.field, each.new, each.city_id, each.point_code) for each in changes]
        frame = self._encode(Wish(sku, fields))
        self._target.write(len(frame).to_bytes(_LENGTH, "big") + frame)


def read_wishes(path: Path) -> Iterator[ProductChange]:
    """The changes that were promised, one at a time."""
    decode = Decoder(Wish).decode
    with path.open("rb") as source:
        while length := source.read(_LENGTH):
            yield _change(decode(source.read(int.from_bytes(length, "big"))))


def _change(wish: Wish) -> ProductChange:
    whole: dict[str, Any] = {}
    cities: dict[str, dict[str, Any]] = {}
    points: dict[str, dict[str, Any]] = {}
    for name, value, city, point in wish.fields:
        place: dict[str, Any] = (
            cities.setdefault(city, {}) if city else points.setdefault(point, {}) if point else whole
        )
        place[name] = EMPTY if value is None else value
    return ProductChange(
        wish.sku,
        **whole,
        cities=_built(CityChange, cities),
        points=_built(PointChange, points),
    )


def _built(kind: type[Any], places: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    return {place: kind(**values) for place, values in places.items()}
