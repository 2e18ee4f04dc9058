"""Files that were brought in: how far they have got, and what they would change, told in words."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cabinet.forms.uploads import ApplyForm, ColumnsForm, TermsForm
from money import tenge
from stores.models import Availability, CityPrice, Product, ProductUpload, UploadPage
from stores.services.cities import city_name
from stores.services.uploads.pages import read_page
from stores.services.uploads.texts import entry_text, foretell_tariff_limit, place_of, refusal_text

State = ProductUpload.State
OF_CITY = frozenset({"price", "floor", "ceiling"})
MONEY = OF_CITY | {"purchase_cost", "packaging_cost", "step"}
COUNTS: Sequence[tuple[str, str]] = (
    (UploadPage.Kind.CHANGED, "rows_changed"),
    (UploadPage.Kind.ADDED, "rows_added"),
    (UploadPage.Kind.LEAVING, "rows_leaving"),
    (UploadPage.Kind.REFUSED, "rows_refused"),
    (UploadPage.Kind.HELD, "rows_held"),
    (UploadPage.Kind.WAITING, "rows_waiting"),
)
_NAMES = {
    field.name: field.verbose_name
    for model in (Product, CityPrice, Availability)
    for field in model._meta.concrete_fields  # noqa: SLF001
}
_YES_NO = {True: gettext_lazy("yes"), False: gettext_lazy("no")}


@dataclass(frozen=True)
class Told:
    """One line of a preview. `place`: the cell or line it was read from. `reason`: why it is refused."""

    place: str
    sku: str
    what: str
    old: str
    new: str
    reason: str


@dataclass(frozen=True)
class Tab:
    """One kind of lines, and how many products or rows it counts."""

    kind: str
    name: str
    count: int


@dataclass(frozen=True)
class Preview:
    """The tabs of an upload, and a page of one of them. `next_page` None: it is the last."""

    tabs: list[Tab]
    kind: str
    page: int
    next_page: int | None
    lines: list[Told]


@dataclass(frozen=True)
class Shown:
    """An upload with all that a person may do with it now."""

    upload: ProductUpload
    is_open: bool
    percent: int
    refusal: str
    tariff_limit: str
    columns: ColumnsForm | None
    terms: TermsForm | None
    application: ApplyForm | None
    preview: Preview | None


def show(upload: ProductUpload, kind: str = "", page: int = 1) -> Shown:
    """The upload as its page shows it."""
    is_previewed = upload.state == State.PREVIEWED
    may_choose = bool(upload.header) and upload.state in ProductUpload.ASKING
    return Shown(
        upload=upload,
        is_open=upload.state in ProductUpload.OPEN,
        percent=_percent(upload),
        refusal=refusal_text(upload.refusal, upload.kind),
        tariff_limit=foretell_tariff_limit(upload),
        columns=ColumnsForm(upload) if may_choose else None,
        terms=TermsForm(upload) if is_previewed else None,
        application=ApplyForm(upload) if is_previewed else None,
        preview=_preview(upload, kind, page) if _has_pages(upload) else None,
    )


def _percent(upload: ProductUpload) -> int:
    return upload.rows_checked * 100 // upload.rows_read if upload.rows_read and upload.state == State.PARSED else 0


def _has_pages(upload: ProductUpload) -> bool:
    return upload.cleared_at is None and upload.state in (State.PREVIEWED, State.APPLYING, State.APPLIED, State.UNDONE)


def _preview(upload: ProductUpload, kind: str, page: int) -> Preview:
    tabs = [Tab(code, str(UploadPage.Kind(code).label), getattr(upload, name)) for code, name in COUNTS]
    tabs = [tab for tab in tabs if tab.count]
    if upload.state == State.UNDONE:
        tabs.append(Tab(UploadPage.Kind.LEFT, str(UploadPage.Kind.LEFT.label), 0))
    chosen = kind if kind in {tab.kind for tab in tabs} else next((tab.kind for tab in tabs), "")
    entries, next_page = read_page(upload, chosen, page)
    return Preview(tabs, chosen, page, next_page, [_told(entry, upload.kind) for entry in entries])


def _told(entry: Mapping[str, Any], kind: str) -> Told:
    field = entry.get("field", "")
    return Told(
        place=place_of(kind, entry.get("row", 0), entry.get("column", 0)),
        sku=entry.get("sku", ""),
        what=_what(entry, field),
        old=_value(field, entry.get("old")),
        new=_value(field, entry.get("new")),
        reason=entry_text(entry),
    )


def _what(entry: Mapping[str, Any], field: str) -> str:
    """`price, ₸ · Almaty`, `on sale · PP1`."""
    city, point = entry.get("city_id", ""), entry.get("point_code", "")
    where = city_name(city) if city else point
    return " · ".join(part for part in (str(_NAMES.get(field, "")), where) if part)


def _value(field: str, value: Any) -> str:
    if isinstance(value, bool):
        return str(_YES_NO[value])
    if isinstance(value, dict):
        return _product(value)
    if isinstance(value, int):
        return tenge(value) if field in MONEY else str(value)
    return "" if value is None else str(value)


def _product(told: Mapping[str, Any]) -> str:
    """A product that is added, or one that goes off sale."""
    if "points" in told:
        return _("off sale at %(points)s") % {"points": ", ".join(told["points"])}
    told_first = [str(told.get("model", "")), _by_place("price", told["prices"])]
    facts = [f"{_NAMES[name]}: {_fact(name, value)}" for name, value in told.items() if name not in ("model", "prices")]
    return " · ".join(part for part in (*told_first, *facts) if part)


def _fact(name: str, value: Any) -> str:
    return _by_place(name, value) if isinstance(value, dict) else _value(name, value)


def _by_place(name: str, values: Mapping[str, Any]) -> str:
    """`Almaty 9 900 ₸, Astana 9 500 ₸`, `PP1 7`."""
    name_of = city_name if name in OF_CITY else str
    return ", ".join(f"{name_of(place)} {_value(name, value)}" for place, value in values.items())
