"""What the kept versions of a store's price list say: which one the marketplace has, and how two of them differ."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import BinaryIO, NamedTuple

from django.utils.translation import gettext as _

import kaspi
from stores.models import PriceListPull, PriceListVersion, Product, Store
from stores.services.errors import Refusal
from stores.services.prices.price_list import files
from stores.services.prices.price_list.index import IndexReader
from stores.services.prices.price_list.pairs import pairs

PRICE, AVAILABILITY, ADDED, GONE, NAME = "price", "availability", "added", "gone", "name"


@dataclass(frozen=True)
class Difference:
    """
    One thing that two versions say differently of an article. `what`: price (in the city `where`, tenge), availability
    (at the point `where`; a count, "yes" or "no", and days of pre-order), name, added, gone.
    """

    sku: str
    what: str
    where: str = ""
    before: int | str | None = None
    after: int | str | None = None


def served_number(store: Store) -> int | None:
    """The version that is served now; None before the first one."""
    live = files.LiveList.read(files.folder_of(store.price_list_key))
    return None if live is None else live.number


def path_of(store: Store, number: int) -> Path:
    """The file of a version. Raises Refusal (`version_gone`) for one that was refused, or is not kept any more."""
    path = files.version_path(files.folder_of(store.price_list_key), number)
    if not path.exists():
        text = _("Price list %(number)s is not kept any more. Choose one of the last %(count)s.")
        raise Refusal("version_gone", text % {"number": number, "count": files.KEEP_VERSIONS})
    return path


def kept_versions(store: Store) -> list[PriceListVersion]:
    """The versions whose files are there, newest first."""
    folder = files.folder_of(store.price_list_key)
    numbers = [int(path.stem) for path in folder.glob("[0-9]*.xml")]
    return list(PriceListVersion.objects.for_store(store).filter(number__in=numbers, refusal__isnull=True))


def offer_at_marketplace(product: Product, pull: PriceListPull) -> kaspi.PriceListOffer | None:
    """
    What the marketplace was told of this product at that visit; None where it was told nothing of it, or the version is
    not kept any more.
    """
    path = files.version_path(files.folder_of(product.store.price_list_key), pull.version_number)
    if not path.exists():
        return None
    index = IndexReader.open(path.with_suffix(".index"), path.stat().st_size)
    start = None if index is None else index.find(product.pk)
    if start is None:
        return None
    with path.open("rb") as file:
        file.seek(start)
        return kaspi.read_price_list_line(file).offer()


@dataclass(frozen=True)
class DifferencePage:
    """Some differences; `next`: how many have been read with them, None at the end."""

    differences: list[Difference]
    next: int | None


def differences(store: Store, new: int, old: int, after: int, count: int) -> DifferencePage:
    """
    What version `new` says otherwise than `old`, from difference number `after` on, at most `count`. The versions are
    files that do not change, so a number is a lasting place. Raises Refusal (`version_gone`).
    """
    every = compare(path_of(store, new), path_of(store, old))
    page = list(islice(every, after, after + count + 1))
    return DifferencePage(page[:count], after + count if len(page) > count else None)


def compare(new: Path, old: Path) -> Iterator[Difference]:
    """
    What the newer of two versions says differently, in the order of the newer one. Both are read as streams; lines that
    are the same to the byte are not even looked into, however many before them came or went.
    """
    with new.open("rb") as new_file, old.open("rb") as old_file:
        for new_line, old_line in pairs(map(_Line.of, _lines(new_file)), map(_Line.of, _lines(old_file))):
            if new_line != old_line:
                yield from _differences(new_line and new_line.offer(), old_line and old_line.offer())


class _Line(NamedTuple):
    sku: str
    line: bytes

    @classmethod
    def of(cls, line: bytes) -> "_Line":
        # As it is written: the same article is written the same way in both.
        return cls(line.partition(b">")[0].decode(), line)

    def offer(self) -> kaspi.PriceListLine:
        return kaspi.parse_price_list_line(self.line)


def _lines(file: BinaryIO) -> Iterator[bytes]:
    return (line for line in file if line.startswith(b"<offer "))


def _differences(new: kaspi.PriceListLine | None, old: kaspi.PriceListLine | None) -> Iterator[Difference]:
    if new is None or old is None:
        offer = new or old
        assert offer is not None  # noqa: S101 -- a pair has at least one side
        yield Difference(offer.sku, GONE if new is None else ADDED)
        return
    if (new.model, new.brand) != (old.model, old.brand):
        yield Difference(new.sku, NAME, "", _name(old), _name(new))
    yield from _unlike(new.sku, PRICE, old.city_prices, new.city_prices)
    yield from _unlike(new.sku, AVAILABILITY, _points(old), _points(new))


def _unlike(
    sku: str, what: str, before: Mapping[str, int | str], after: Mapping[str, int | str]
) -> Iterator[Difference]:
    for where in sorted(before.keys() | after.keys()):
        if before.get(where) != after.get(where):
            yield Difference(sku, what, where, before.get(where), after.get(where))


def _name(offer: kaspi.PriceListLine) -> str:
    return " · ".join(filter(None, [offer.brand, offer.model]))


def _points(offer: kaspi.PriceListLine) -> dict[str, str]:
    return {code: _in_words(point) for code, point in offer.points.items()}


def _in_words(point: kaspi.Availability) -> str:
    if not point.available:
        return "no"
    count = "yes" if point.stock_count is None else str(point.stock_count)
    return count if point.preorder_days is None else f"{count} +{point.preorder_days}"
