"""Files that mean harm, or were harmed: each is refused as a whole, with a code and the place of the fault."""

import gzip
import struct
import zipfile
from collections.abc import Callable, Iterator
from io import BytesIO
from typing import Any, NamedTuple

from tests.sheets.makers import HEAD, KETTLE, OFFER, TEMPLATE, price_list, table, with_part, workbook

SHEET = "xl/worksheets/sheet1.xml"
STRINGS = "xl/sharedStrings.xml"
MEGABYTE = 1024 * 1024


class Hostile(NamedTuple):
    """`row` and `column` of the fault, 0 where it has no such place."""

    name: str
    make: Callable[[], bytes]
    code: str
    row: int = 0
    column: int = 0


def good_workbook() -> bytes:
    return workbook([TEMPLATE, KETTLE])


def entity_bomb() -> bytes:
    entities = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10 if n else "lol"}">' for n in range(10))
    return price_list("<offer/>", head=HEAD.replace("<kaspi", f"<!DOCTYPE kaspi_catalog [{entities}]>\n<kaspi"))


def quadratic_entity() -> bytes:
    head = HEAD.replace("<kaspi", f'<!DOCTYPE k [<!ENTITY a "{"a" * 100_000}">]>\n<kaspi')
    return price_list(OFFER.replace("Чайник", "&a;" * 1_000), head=head)


def external_entity() -> bytes:
    return price_list(head=HEAD.replace("<kaspi", '<!DOCTYPE k [<!ENTITY a SYSTEM "file:///etc/passwd">]>\n<kaspi'))


def zip_bomb() -> bytes:
    return with_part(good_workbook(), "xl/media/bomb.bin", lambda _: bytes(300 * MEGABYTE))


def lying_zip_bomb() -> bytes:
    """Says that a part is small, and unpacks to 300 MB."""
    archive = bytearray(zip_bomb())
    size = struct.pack("<I", 300 * MEGABYTE)
    while (at := archive.find(size)) >= 0:
        archive[at : at + 4] = struct.pack("<I", 1000)
    return bytes(archive)


def many_parts() -> bytes:
    target = BytesIO(good_workbook())
    with zipfile.ZipFile(target, "a") as archive:
        for number in range(3_000):
            archive.writestr(f"xl/media/{number}", b"")
    return target.getvalue()


def part_twice() -> bytes:
    target = BytesIO(good_workbook())
    with zipfile.ZipFile(target, "a") as archive:
        archive.getinfo(SHEET).filename = "xl/other"
        archive.NameToInfo.pop(SHEET, None)
        archive.writestr(SHEET, b"<worksheet/>")
    return target.getvalue().replace(b"xl/other", SHEET.encode())


def encrypted_part() -> bytes:
    archive = bytearray(good_workbook())
    for sign, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        start = -1
        while (start := archive.find(sign, start + 1)) >= 0:
            archive[start + at] |= 1
    return bytes(archive)


def million_empty_rows() -> bytes:
    rows = b"".join(b'<row r="%d"><c r="A%d" s="0"/></row>' % (number, number) for number in range(3, 1_048_577))
    return with_part(good_workbook(), SHEET, lambda part: part.replace(b"</sheetData>", rows + b"</sheetData>"))


def far_cell(address: str) -> bytes:
    row = "".join(letter for letter in address if letter.isdigit())
    cell = f'<row r="{row}"><c r="{address}"><v>1</v></c></row></sheetData>'.encode()
    return with_part(good_workbook(), SHEET, lambda part: part.replace(b"</sheetData>", cell))


def many_strings() -> bytes:
    """A small archive whose shared strings fill the memory."""
    strings = b"<si><t>x</t></si>" * 5_000_000
    return with_part(good_workbook(), STRINGS, lambda part: part.replace(b"</sst>", strings + b"</sst>"))


def wide_sparse_sheet() -> bytes:
    """Two cells that span 200,000 rows and 702 columns: tables are kept whole in memory."""
    return far_cell("ZZ200000")


def formulas_without_values() -> bytes:
    def work(book: Any, sheet: Any) -> None:
        for row in range(1, 10_003):
            sheet.write_formula(row, 12, "=A1", None, "")

    return workbook([TEMPLATE, KETTLE], work)


def cell_without_address(cell: bytes) -> bytes:
    """A row whose odd cell nobody could find again."""
    row = b'<row r="3"><c t="inlineStr"><is><t>A</t></is></c>' + cell + b"</row></sheetData>"
    return with_part(good_workbook(), SHEET, lambda part: part.replace(b"</sheetData>", row))


def two_sheets() -> bytes:
    return workbook([TEMPLATE, KETTLE], lambda book, _: book.add_worksheet("Old").write("A1", "SKU"))


def truncated(content: bytes) -> Callable[[], bytes]:
    return lambda: content[: len(content) * 2 // 3]


def hostile_files() -> Iterator[Hostile]:
    rows = [TEMPLATE, KETTLE, ["SKU-2", *KETTLE[1:]]]
    offers = OFFER * 3
    # Entities, DTDs, XML that is no price list.
    yield Hostile("entity bomb", entity_bomb, "dtd", 2)
    yield Hostile("quadratic entity", quadratic_entity, "dtd", 2)
    yield Hostile("external entity", external_entity, "dtd", 2)
    yield Hostile(
        "DTD in UTF-16", lambda: external_entity().decode().replace("utf-8", "utf-16").encode("utf-16"), "dtd", 2
    )
    yield Hostile("deep nesting", lambda: price_list("<offer>" * 100_000), "malformed_xml", 4)
    yield Hostile("endless name", lambda: price_list(OFFER.replace("Чайник", "x" * 20 * MEGABYTE)), "malformed_xml", 4)
    yield Hostile("element of a stranger", lambda: price_list("<offer sku='a'><script/></offer>"), "malformed_xml", 4)
    yield Hostile("no namespace", lambda: price_list(head=HEAD.replace("kaspiShopping", "other")), "malformed_xml", 2)
    yield Hostile("XML cut half-way", truncated(price_list(offers)), "malformed_xml", 8)
    yield Hostile(
        "letters that are none", lambda: price_list().replace("Чайник".encode(), b"\xff\xfe"), "malformed_xml", 4
    )
    yield Hostile(
        "XML in cp1251 that says UTF-8",
        lambda: price_list().decode().replace("Күнбағыс", "K").encode("cp1251"),
        "malformed_xml",
        4,
    )
    yield Hostile("encoding of nobody", lambda: price_list(head=HEAD.replace("utf-8", "utf-7")), "malformed_xml", 1)
    yield Hostile("price list of another store", lambda: price_list(merchant="30999999"), "other_store", 4)
    yield Hostile("no offers", lambda: price_list(""), "empty", 1)
    # Archives.
    yield Hostile("zip bomb", zip_bomb, "zip_bomb")
    yield Hostile("zip bomb that lies", lying_zip_bomb, "broken_archive")
    yield Hostile("thousands of parts", many_parts, "zip_bomb")
    yield Hostile("a part twice", part_twice, "broken_archive")
    yield Hostile(
        "archive without a workbook",
        lambda: with_part(good_workbook(), "xl/workbook.xml", lambda _: b"<a/>"),
        "not_a_workbook",
    )
    yield Hostile(
        "DTD in a sheet", lambda: with_part(good_workbook(), SHEET, lambda part: b"<!DOCTYPE a>" + part), "dtd"
    )
    yield Hostile(
        "DTD in the workbook",
        lambda: with_part(good_workbook(), "xl/workbook.xml", lambda part: b"<!DOCTYPE a>" + part),
        "dtd",
    )
    yield Hostile("workbook cut half-way", truncated(good_workbook()), "broken_archive")
    yield Hostile("locked with a password", encrypted_part, "encrypted")
    yield Hostile("damaged sheet", lambda: with_part(good_workbook(), SHEET, lambda part: part[:300]), "broken_archive")
    yield Hostile("old workbook, damaged", lambda: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(2_000), "broken_archive")
    # Sheets.
    yield Hostile("a million empty rows", million_empty_rows, "too_many_rows", 1_048_576)
    yield Hostile("last cell of all", lambda: far_cell("XFD1048576"), "too_many_columns", 1_048_576, 16_384)
    yield Hostile("far column", lambda: far_cell("ABC7"), "too_many_columns", 7, 731)
    yield Hostile("two cells far apart", wide_sparse_sheet, "too_much_memory")
    yield Hostile("strings that fill the memory", many_strings, "zip_bomb")
    yield Hostile("formulas without values", formulas_without_values, "too_many_formulas", 10_002, 13)
    yield from (
        Hostile("formula without address", lambda: cell_without_address(b"<c s='0'><f>A1</f></c>"), "broken_archive"),
        Hostile("error without address", lambda: cell_without_address(b'<c t="e"><v>#N/A</v></c>'), "broken_archive"),
        Hostile("two sheets with rows", two_sheets, "many_sheets"),
        Hostile("empty sheet", lambda: workbook([]), "empty"),
        Hostile("header and nothing else", lambda: workbook([TEMPLATE]), "empty", 1),
    )
    # Texts.
    yield Hostile("nothing at all", lambda: b"  \r\n ", "empty")
    yield Hostile("web page called .xls", lambda: b"<html><table><tr><td>SKU</td></tr></table></html>", "web_page", 1)
    yield Hostile("picture", lambda: b"\x89PNG\r\n\x1a\n" + bytes(100), "unknown_kind")
    yield Hostile("packed text", lambda: gzip.compress(table(rows)), "unknown_kind")
    yield Hostile("UTF-16 without its mark", lambda: table(rows, encoding="utf-16-le"), "unknown_kind")
    yield Hostile("another code page", lambda: table(rows, encoding="cp866"), "unknown_encoding", 2)
    yield Hostile(
        "yet another",
        lambda: table(
            [TEMPLATE, *[[f"S{n}", "чайник", "", n, 1, 1, 1, 1, 1, ""] for n in range(9)]], encoding="koi8-r"
        ),
        "unknown_encoding",
        1,
    )
    yield Hostile("two delimiters", lambda: b"SKU;price,model;brand,cost\r\n", "unknown_delimiter", 1)
    yield Hostile("open quotation", lambda: table([TEMPLATE, ['"SKU-1', *KETTLE[1:]]]), "broken_quotes", 2)
    yield Hostile("endless cell", lambda: table([TEMPLATE, ["x" * 70_000, *KETTLE[1:]]]), "broken_quotes", 2)
    yield Hostile("a line without end", lambda: table([["a"] * 300]), "too_many_columns", 1, 300)
    yield Hostile("table cut half-way", lambda: table(rows)[:-8], "cut_short", 3)
    yield Hostile(
        "table cut before a price", lambda: table([["SKU", "price"], ["A", 12_000], ["B", 12_000]])[:-8], "cut_short", 3
    )
    yield Hostile("too many lines", lambda: b"SKU;price\r\n" + b"A;1\r\n" * 250_001, "too_many_rows", 250_001)
    yield Hostile(
        "table of another store",
        lambda: table([["merchantId", "SKU", "price"], ["30999999", "A", 500]]),
        "other_store",
        2,
        1,
    )
