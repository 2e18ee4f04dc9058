"""
What the columns of a table are: by the names that the marketplace, sellers and other repricers give them, in Russian,
Kazakh and English.

A column is named by a field, and where the field stands for a place, by the place too: `price` is the price everywhere,
`price:750000000` that in Almaty, `point:PP1` the stock at PP1. An empty name is a column that is not read.
"""

import hashlib
import re
import unicodedata
from collections.abc import Mapping, Sequence

from msgspec import Struct
from msgspec.structs import replace

from sheets.cells import Cell, is_blank
from sheets.jobs import Job

# Fields of a product, each once; and those that stand for a place and may come with each.
FIELDS = (
    *("sku", "model", "brand", "card", "category", "weight", "weight_kg", "cost", "packaging", "step"),
    *("price", "floor", "ceiling", "preorder", "merchant", "city"),
)
PLACED = ("price", "floor", "ceiling", "point")
TEMPLATE = ("sku", "model", "brand", "price", *(f"point:PP{number}" for number in range(1, 6)), "preorder")

_NAMES: dict[str, str] = {
    "sku": "sku|артикул|артикул продавца|артикул товара|ваш артикул|код артикула|merchant sku|offer sku|kaspi sku"
    "|vendor code|тауар артикулі|сатушы артикулі|артикулі",
    "model": "model|модель|название|наименование|название товара|наименование товара|имя товара|товар|name|title"
    "|product name|атауы|тауар атауы|тауар|тауардың атауы",
    "brand": "brand|бренд|брэнд|марка|торговая марка|бренді|бренд атауы",
    "card": "card|card id|kaspi id|product id|kaspi product id|masterproduct|master product id|код kaspi|код на kaspi"
    "|код товара kaspi|код карточки|карточка|карточка товара|тауар карточкасы|id карточки"
    "|ссылка|ссылка на товар|ссылка на kaspi|shop link|link|url"
    "|product url|сілтеме|тауар сілтемесі|карточка коды",
    "category": "category|категория|категория товара|санат|тауар санаты",
    "weight": "weight g|weight gram|weight grams|вес г|вес гр|вес грамм|вес в граммах|салмағы г|салмақ г",
    "weight_kg": "weight kg|вес кг|вес в кг|салмағы кг|салмақ кг",
    "cost": "cost|cost price|purchase cost|purchase price|buy price|себестоимость|закуп|закупка|закупочная"
    "|закупочная цена|цена закупа|цена закупки|цена закупочная|цена поставщика|өзіндік құн|өзіндік құны"
    "|сатып алу бағасы",
    "packaging": "packaging|packaging cost|упаковка|стоимость упаковки|қаптама|қаптамасы|қаптама құны",
    "step": "step|шаг|шаг цены|шаг снижения|шаг демпинга|price step|қадам|баға қадамы",
    "price": "price|цена|цена продажи|текущая цена|цена товара|цена на kaspi|цена kaspi|kaspi price|current price"
    "|sale price|баға|бағасы|сату бағасы|ағымдағы баға",
    "floor": "min price|minimum price|price min|minprice|floor|мин цена|минимальная цена|миним цена|цена мин"
    "|цена минимум|минимум|мин|нижний порог|нижняя граница|порог цены|ең төмен баға|ең төменгі баға|мин баға"
    "|минималды баға",
    "ceiling": "max price|maximum price|price max|maxprice|ceiling|макс цена|максимальная цена|цена макс"
    "|цена максимум|максимум|макс|верхний порог|верхняя граница|ең жоғары баға|ең жоғарғы баға|макс баға"
    "|максималды баға",
    "preorder": "preorder|pre order|предзаказ|предзаказ дней|предзаказ дни|предзаказ в днях|алдын ала тапсырыс"
    "|алдын ала тапсырыс күн",
    "merchant": "merchantid|merchant id|merchant uid|storeid|store id|id магазина|id продавца|дүкен id",
    "city": "cityid|city id|city code|код города|id города|қала коды",
    # What says nothing about goods.
    "": "№|#|n|no|номер|номер строки|п п|№ п п|row|rownumber|row number|pricebot status"
    # What our own table of prices tells beside them.
    "|lowest rival|минимум у конкурентов|бәсекелестегі ең арзаны|place|место|орын"
    # And our own table of products.
    "|strategy|стратегия|paused|на паузе|кідіртілген",
}
_STOCK = frozenset(
    {"stock", "stock count", "quantity", "qty", "остаток", "остатки", "количество", "кол во", "наличие", "в наличии"}
    | {"қалдық", "қалдығы", "саны"}
)
# The name of the city whose code stands beside it; without a code, nobody may guess which city's the prices are.
_CITY_NAMES = frozenset({"city", "город", "қала"})
_KNOWN = {name: field for field, names in _NAMES.items() for name in names.split("|")}
# Longest first, so that "мин цена алматы" is a floor and not a name with "цена" in it.
_PRICES = sorted(((name, _KNOWN[name]) for name in _KNOWN if _KNOWN[name] in PLACED), key=lambda pair: -len(pair[0]))
# In exports a point's code has the merchant's in front of it.
_POINT = re.compile(r"(?:([0-9]+)_)?(pp[0-9]{1,4})")
_CURRENCY = re.compile(r"(?:тг|тенге|теңге|kzt|руб)$")
_FIRST_ROWS = 20


class Columns(Struct, frozen=True):
    """The header of a table, where it stands, and what each column is; `is_sure`: no person needs to be asked."""

    header_row: int
    headers: list[str]
    fields: list[str]
    is_sure: bool

    @property
    def fingerprint(self) -> str:
        """The same for the same header, whatever its letters' case; empty for a table without one."""
        if not self.header_row:
            return ""
        names = [_plain(header) for header in self.headers]
        return hashlib.sha256("\n".join(names).encode()).hexdigest()[:32]

    def widened(self, width: int) -> "Columns":
        """The same with at least so many columns: those on the right have no name, and are not read."""
        more = [""] * (width - len(self.headers))
        return replace(self, headers=self.headers + more, fields=self.fields + more)


def recognise(rows: Sequence[tuple[int, Sequence[str]]], job: Job) -> Columns:
    """
    The columns of a table from its first rows: (row number, cells as text).

    The header is the first of the rows that name most fields; else a first row without any number in it. Without a
    header, the marketplace's own order of columns is suggested, and never taken for granted.

    A column with values below an empty header is unknown: a merged cell names only the first of its columns.
    """
    named = [(number, cells, _fields_of(cells, job)) for number, cells in rows[:_FIRST_ROWS]]
    number, cells, fields = max(named, key=lambda row: _count(row[2]), default=(0, [], []))
    if _count(fields) > 1:
        named_here = are_named(cells)
        unnamed = {at for below, row in rows if below > number for at in unnamed_in(row, named_here)}
        found = Columns(number, list(cells), [field or "" for field in fields], is_sound(fields) and not unnamed)
        return found.widened(max(unnamed, default=-1) + 1)
    if named and not any(_has_number(cell) for cell in named[0][1]):
        number, cells, fields = named[0]
        return Columns(number, list(cells), [field or "" for field in fields], is_sure=False)
    width = max((len(cells) for _, cells in rows), default=0)
    return Columns(0, [""] * width, [*TEMPLATE[:width], *[""] * (width - len(TEMPLATE))], is_sure=False)


def are_named(headers: Sequence[str]) -> list[bool]:
    """Whether each header has a name, and not only blanks or signs."""
    return [bool(_plain(header)) for header in headers]


def unnamed_in(row: Sequence[Cell], named: Sequence[bool]) -> list[int]:
    """The columns, from 0, in which a row has a value and the header no name."""
    return [at for at, cell in enumerate(row) if not (at < len(named) and named[at]) and not is_blank(cell)]


def count_names(cells: Sequence[str]) -> int:
    """How many different fields have their names in these cells."""
    return _count([_KNOWN.get(_plain(cell)) for cell in cells])


def _has_number(cell: str) -> bool:
    return bool(re.fullmatch(r"[0-9][0-9 .,]*", cell.strip()))


def _count(fields: Sequence[str | None]) -> int:
    return len({field for field in fields if field})


def _fields_of(headers: Sequence[str], job: Job) -> list[str | None]:
    fields = [field_of(header, job) for header in headers]
    if "city" not in fields:
        return fields
    return ["" if _plain(header) in _CITY_NAMES else field for header, field in zip(headers, fields, strict=True)]


def field_of(header: str, job: Job) -> str | None:
    """The column with that header, empty where it is not to be read; None: nobody knows."""
    name = _plain(header)
    if not name:
        return ""
    if name in _KNOWN:
        return _KNOWN[name]
    if header.strip() in job.points:
        return f"point:{header.strip()}"
    if point := _POINT.fullmatch(_unspaced(header)):
        # Another merchant's point is not ours of the same number.
        return f"point:{point[2].upper()}" if point[1] in (None, job.merchant_id) else None
    if name in _STOCK:
        return f"point:{job.points[0]}" if len(job.points) == 1 else None
    return _price_in_city(name, job.cities)


def is_sound(fields: Sequence[str | None]) -> bool:
    """Whether every column is known, one is the SKU, none is there twice, and there is something to read."""
    read = [field for field in fields if field]
    return None not in fields and "sku" in read and len(read) > 1 and len(set(read)) == len(read)


def _price_in_city(name: str, cities: Mapping[str, str]) -> str | None:
    for words, field in _PRICES:
        if name.startswith(f"{words} "):
            place = name.removeprefix(f"{words} ").removeprefix("в ").removeprefix("г ")
            city = place if place in cities.values() else cities.get(place)
            return f"{field}:{city}" if city else None
    return None


def _plain(header: str) -> str:
    """Lower case, words apart by one blank, without signs and currency: `Мин. цена, ₸` is `мин цена`."""
    text = unicodedata.normalize("NFC", header).casefold()
    words = re.sub(r"[^\w№#]+|_+", " ", text).strip()
    return _CURRENCY.sub("", words).strip() or words


def _unspaced(header: str) -> str:
    return re.sub(r"\s+", "", header).casefold()
