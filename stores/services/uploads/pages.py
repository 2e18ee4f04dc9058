"""
The entries of a preview, kept in pages as they are shown.

An entry: `row` and `column` (from 1, 0 where there is none), `sku`, `field`, `city_id`, `point_code`, `old` and `new`;
one that is refused has `code`, and `message` or `facts` for the sentence. What is empty is left out.

`new` of a product that is added: `{"model": …, "prices": {city: …}}` with all else that it begins with, as far as the
file tells it: `purchase_cost`, `card_id` and its other fields; `floor` and `ceiling` by city; `is_available`,
`stock_count` and `preorder_days` by point. Of one that goes off sale: `{"points": [code, …]}`.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from stores.models import ProductUpload, UploadPage
from stores.services.catalogue import FieldChange, Refused
from stores.services.rows import batched, insert_rows
from stores.services.transactions import in_transaction
from stores.services.uploads import work

LENGTH = 100
# Pages that are written in one statement.
AT_ONCE = 20

Entry = dict[str, Any]


class PageWriter:
    """Takes entries one by one, and writes them in pages while the upload is ours."""

    def __init__(self, upload: ProductUpload) -> None:
        self._upload = upload
        self._open: defaultdict[str, list[Entry]] = defaultdict(list)
        self._full: list[tuple[str, int, list[Entry]]] = []
        self._numbers: defaultdict[str, int] = defaultdict(int)

    def add(self, kind: str, entry: Entry) -> None:
        """Raises Overtaken."""
        entries = self._open[kind]
        entries.append(entry)
        if len(entries) == LENGTH:
            self._close(kind)
            if len(self._full) == AT_ONCE:
                self._write()

    def finish(self) -> None:
        """Write what is left. Raises Overtaken."""
        for kind, entries in self._open.items():
            if entries:
                self._close(kind)
        self._write()

    def _close(self, kind: str) -> None:
        self._numbers[kind] += 1
        entries, self._open[kind] = self._open[kind], []
        self._full.append((kind, self._numbers[kind], entries))

    @in_transaction
    def _write(self) -> None:
        work.keep(self._upload)
        insert_rows(UploadPage(upload=self._upload), ("kind", "number", "entries"), self._full)
        self._full = []


@in_transaction
def start_anew(upload: ProductUpload) -> PageWriter:
    """Forget the pages of an earlier preview. Raises Overtaken."""
    work.keep(upload)
    UploadPage.everything.filter(upload=upload).delete()
    return PageWriter(upload)


def read_page(upload: ProductUpload, kind: str, number: int) -> tuple[list[Entry], int | None]:
    """The entries of a page, none behind the last one; and the number of the page after it."""
    pages = UploadPage.everything.filter(upload=upload, kind=kind, number__in=(number, number + 1)).order_by("number")
    entries = {page.number: page.entries for page in pages}
    return entries.get(number, []), number + 1 if number + 1 in entries else None


def write_refused(upload: ProductUpload, kind: str, refused: Mapping[str, Iterable[Refused]]) -> None:
    """Keep what was not done of an upload, in the caller's transaction."""
    _write_pages(upload, kind, [entry_of_refused(0, 0, sku, each) for sku in refused for each in refused[sku]])


def write_waiting(upload: ProductUpload, waiting: Mapping[str, Iterable[FieldChange]]) -> None:
    """Keep which prices of an upload leave later, in the caller's transaction."""
    entries = [
        without_empty(sku=sku, field=each.field, city_id=each.city_id, old=each.old, new=each.new)
        for sku, changes in waiting.items()
        for each in changes
    ]
    _write_pages(upload, UploadPage.Kind.WAITING, entries)


def _write_pages(upload: ProductUpload, kind: str, entries: Sequence[Entry]) -> None:
    UploadPage.everything.bulk_create(
        UploadPage(upload=upload, kind=kind, number=number, entries=shown)
        for number, shown in enumerate(batched(entries, LENGTH), start=1)
    )


def entry_of_refused(row: int, column: int, sku: str, refused: Refused) -> Entry:
    """What the catalogue will not do, in its own words."""
    return without_empty(
        row=row,
        column=column,
        sku=sku,
        field=refused.field,
        city_id=refused.city_id,
        point_code=refused.point_code,
        code=refused.code,
        message=refused.message,
    )


def without_empty(**facts: Any) -> Entry:
    """The facts that say something."""
    return {name: value for name, value in facts.items() if value not in ("", None, 0, {})}
