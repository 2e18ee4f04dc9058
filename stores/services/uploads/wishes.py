"""What a row of a file wants of a product, and what of it a preview promised: kept until it is applied."""

from collections.abc import Collection, Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO

from django.utils import timezone
from msgspec import Struct
from msgspec.msgpack import Decoder, Encoder

from sheets import Batch
from stores.models import ProductUpload
from stores.services.catalogue import (
    EMPTY,
    EVERYWHERE,
    CityChange,
    FieldChange,
    PointChange,
    ProductChange,
    ProductPlan,
    Table,
    Terms,
)
from stores.services.stock.repeated import Recount

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
OF_CITY = ("price", "floor", "ceiling")
_LENGTH = 4


class Wish(Struct, frozen=True, array_like=True, tag=True, gc=False):
    """
    One product, and each field that the preview showed: (field, value, city id, point code). None is no value.

    `seen`: what stood there of prices and their limits, (field, city id, value). `is_new`: the store did not have it.
    """

    sku: str
    fields: list[tuple[str, Any, str, str]]
    seen: list[tuple[str, str, int | None]] = []
    is_new: bool = False


class Begun(Struct, frozen=True, array_like=True, tag=True):
    """When the preview began to look at the store (UTC)."""

    at: datetime


def table_of(batch: Batch, merchant_id: str, known_points: Collection[str]) -> Table:
    """What rows of a file ask for. What they say nothing of stays as it is."""
    table = Table(batch.skus, {FIELDS[name]: column for name, column in batch.columns.items() if name in FIELDS})
    for name, column in batch.columns.items():
        kind, _colon, place = name.partition(":")
        if kind in OF_CITY:
            table.cities.setdefault(place or EVERYWHERE, {})[kind] = column
        elif kind == "point":
            code = place.removeprefix(f"{merchant_id}_")
            _put_point(table, code, _point_of(batch, place, is_known=code in known_points))
    return table


def _point_of(batch: Batch, told: str, *, is_known: bool) -> dict[str, list[Any]]:
    """
    In exports a point's code has the merchant's in front of it. The marketplace's template names five points, however
    many a store has: where nothing lies at one that it has not, there is nothing to say.
    """
    nothing: list[Any] = [None] * len(batch.rows)
    available = batch.columns[f"point:{told}"]
    of_all = batch.columns.get("preorder", nothing)
    preorders = batch.columns.get(f"preorder:{told}", nothing)
    return {
        "is_available": available if is_known else [each or None for each in available],
        "stock_count": batch.columns[f"stock:{told}"] if is_known else nothing,
        "preorder_days": [
            of_point if of_point is not None else days for of_point, days in zip(preorders, of_all, strict=True)
        ],
    }


def _put_point(table: Table, code: str, columns: dict[str, list[Any]]) -> None:
    """A point that is told under two names is spoken of by each row under one of them."""
    known = table.points.get(code)
    if known is not None:
        are_told = [each is not None for each in columns["is_available"]]
        for name, column in columns.items():
            pairs = zip(are_told, column, known[name], strict=True)
            columns[name] = [new if is_told else old for is_told, new, old in pairs]
    table.points[code] = columns


def terms_of(upload: ProductUpload, seen_at: datetime | None = None) -> Terms:
    """How the person meant the file, of which he has seen what it did at that moment (UTC)."""
    return Terms(upload.move_prices, upload.is_confirmed, upload.created_at, seen_at)


# --- Kept on the disk between the preview and its being applied -------------------------------------------------------


class WishWriter:
    """Writes wishes, tables of additions, and counts that are told again, to an open file, behind its own moment."""

    def __init__(self, target: BinaryIO) -> None:
        self._target = target
        self._encode = Encoder().encode
        self.write(Begun(timezone.now()))

    def write(self, kept: Begun | Wish | Table | Recount) -> None:
        frame = self._encode(kept)
        self._target.write(len(frame).to_bytes(_LENGTH, "big") + frame)


def wish_of(plan: ProductPlan) -> Wish:
    """What is promised of a product that was judged."""
    fields = [(each.field, _told(plan, each), each.city_id, each.point_code) for each in plan.changes]
    seen = [(each.field, each.city_id, each.old) for each in plan.changes if each.city_id]
    return Wish(plan.sku, fields, seen, plan.is_new)


def _told(plan: ProductPlan, change: FieldChange) -> Any:
    """A stock as the file tells it: what orders have taken since is reckoned with when it is applied."""
    return plan.points[change.point_code].counted_stock if change.field == "stock_count" else change.new


def read_wishes(path: Path) -> Iterator[ProductChange | Table | Recount]:
    """What was promised, one product at a time, some that are added as they are, or stocks that are told again."""
    for kept in _read(path):
        if not isinstance(kept, Begun):
            yield _change(kept) if isinstance(kept, Wish) else kept


def read_begun(path: Path) -> datetime | None:
    """When the preview that promised them began to look at the store (UTC); None where it does not say."""
    first = next(_read(path), None)
    return first.at if isinstance(first, Begun) else None


def read_recounts(path: Path) -> Iterator[Recount]:
    """The stocks that were told again; none where the file is cleared."""
    return (kept for kept in _read(path) if isinstance(kept, Recount)) if path.exists() else iter(())


def _read(path: Path) -> Iterator[Begun | Wish | Table | Recount]:
    decode = Decoder(Begun | Wish | Table | Recount).decode
    with path.open("rb") as source:
        while length := source.read(_LENGTH):
            yield decode(source.read(int.from_bytes(length, "big")))


def _change(wish: Wish) -> ProductChange:
    whole: dict[str, Any] = {}
    cities: dict[str, dict[str, Any]] = {}
    points: dict[str, dict[str, Any]] = {}
    for name, value, city, point in wish.fields:
        place: dict[str, Any] = (
            cities.setdefault(city, {}) if city else points.setdefault(point, {}) if point else whole
        )
        place[name] = EMPTY if value is None else value
    for name, city, old in wish.seen:
        cities[city].setdefault("seen", {})[name] = old
    return ProductChange(
        wish.sku,
        **whole,
        cities=_built(CityChange, cities),
        points=_built(PointChange, points),
        version=0 if wish.is_new else None,
    )


def _built(kind: type[Any], places: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    return {place: kind(**values) for place, values in places.items()}
