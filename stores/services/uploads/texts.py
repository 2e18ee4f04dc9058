"""What is said of a file, a row or a cell that is not taken: what was read, and what to write instead."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from money.messages import money_message
from stores.models import ProductUpload
from stores.services.subscription.limits import foretell_repriced

Kind = ProductUpload.Kind
State = ProductUpload.State

OF_FILE: Mapping[str, Any] = {
    "empty": gettext_lazy("There are no products in this file. An empty file changes nothing."),
    "unknown_kind": gettext_lazy("This is no file of products. Bring in XML, Excel (.xlsx, .xls) or CSV."),
    "web_page": gettext_lazy("This is a web page under the name of a table. Open it and save it as .xlsx."),
    "encrypted": gettext_lazy("The workbook is locked with a password. Save it without one."),
    "broken_archive": gettext_lazy(
        "The workbook is damaged or cut short (%(what)s). Save it again, bring it in whole."
    ),
    "not_a_workbook": gettext_lazy("This archive is no workbook of Excel. Save the table as .xlsx."),
    "many_sheets": gettext_lazy("Several sheets of this workbook hold rows: %(names)s. Hide or delete all but one."),
    "zip_bomb": gettext_lazy("Unpacked, this workbook is too large (%(what)s). Leave the products, delete the rest."),
    "dtd": gettext_lazy("The file holds a DTD or an entity, which no price list has. Export it anew."),
    "malformed_xml": gettext_lazy("This is not the XML of a price list: %(what)s. Export it anew, bring it in whole."),
    "unknown_encoding": gettext_lazy("The letters of this text cannot be read for certain. Save it as CSV in UTF-8."),
    "unknown_delimiter": gettext_lazy("What separates the columns is not clear. Save the table as CSV with “;”."),
    "broken_quotes": gettext_lazy("A quotation mark is not closed here (%(what)s). Correct it, or save it as .xlsx."),
    "cut_short": gettext_lazy(
        "The file ends in the middle of its last line. Bring it in whole; end it with a new line."
    ),
    "too_many_rows": gettext_lazy("The table reaches to this row; at most %(most)s are read. Delete the empty rows."),
    "too_many_columns": gettext_lazy("The table reaches to this column; at most %(most)s are read. Delete the others."),
    "too_many_formulas": gettext_lazy("More than %(most)s formulas have no value. Save the table with values."),
    "other_store": gettext_lazy("This is the file of another store: %(theirs)s. This one is %(ours)s."),
    "too_much_time": gettext_lazy("Reading this file takes too long. Save it anew, with the products only."),
    "too_much_memory": gettext_lazy("Reading this file takes too much memory. Save it anew, with the products only."),
    "unreadable": gettext_lazy("This file could not be read. Save it as .xlsx or CSV and bring it in again."),
    "gave_up": gettext_lazy("This could not be finished. Try again; if it fails again, tell us."),
    "moved_on": gettext_lazy("The store has changed since the preview. Nothing was applied: look at it again."),
    "forbidden": gettext_lazy("Your role in this store does not allow this. Ask its owner."),
    "tariff_limit": gettext_lazy(
        "With this file more products would be repriced than the owner's plan has room for. Nothing was applied."
    ),
}

OF_ROW: Mapping[str, Any] = {
    "no_sku": gettext_lazy("The SKU is missing."),
    "rounded_sku": gettext_lazy(
        "Excel has rounded this SKU to “%(text)s”. Format the column as text and type it again."
    ),
    "lost_zeros": gettext_lazy(
        "Excel may have made another number of this SKU: the store has %(sku)s. Format the column as text."
    ),
    "twins": gettext_lazy("This SKU stands in other rows too (%(rows)s), with other values. Which is meant?"),
    "too_long": gettext_lazy("“%(text)s…” is longer than %(longest)s characters."),
    "bad_text": gettext_lazy("“%(text)s” holds signs that are no text. Type it again."),
    "is_date": gettext_lazy("Excel has made a date of this: %(text)s. Format the column as a number, type it again."),
    "not_whole": gettext_lazy("“%(text)s” is not a whole number. Write it without decimals."),
    "not_stock": gettext_lazy("“%(text)s” is no stock. Write a number of pieces, yes or no."),
    "not_days": gettext_lazy("“%(text)s” is no pre-order. Write days from 1 to 30, or 0 for none."),
    "not_grams": gettext_lazy("“%(text)s” is no weight in grams. Write a whole number, for example 1500."),
    "not_kilograms": gettext_lazy("“%(text)s” is no weight in kilograms. Write for example 1.5."),
    "two_weights": gettext_lazy("The weight is %(one)s g in one column and %(other)s g in another. Which is meant?"),
    "not_card": gettext_lazy("“%(text)s” is no card. Write its number or its address on kaspi.kz."),
    "no_value": gettext_lazy("The formula in this cell has no value. Open the file in Excel and save it again."),
    "is_error": gettext_lazy("There is an error in this cell instead of a value. Correct the formula."),
    "no_city": gettext_lazy("The city of the price is missing or there twice."),
    "no_point": gettext_lazy("The sales point is missing or there twice."),
    "one_price": gettext_lazy("Give either one price or prices of cities."),
    "preorder_without_points": gettext_lazy("A pre-order needs a column of a sales point, for example PP1."),
}

OF_DOUBT: Mapping[str, Any] = {
    "median_moved": gettext_lazy("Prices in this file move by %(percent)s %% on the median. Are they all in tenge?"),
    "many_leave": gettext_lazy(
        "%(leaving)s of %(on_sale)s products on sale go off sale: the file does not name them, or says that none is "
        "left."
    ),
    "nameless_rows": gettext_lazy(
        "In %(rows)s rows no SKU could be read, so it is not known what is missing: nothing goes off sale."
    ),
    "nothing_known": gettext_lazy(
        "Most of this file, %(added)s products, is not in this store yet. Is it the file of another store?"
    ),
}

_MONEY = frozenset({"not_money", "ambiguous_money"})


def refusal_text(refusal: Mapping[str, Any], kind: str) -> str:
    """Why a whole file is not used, with the place; empty where it is."""
    if not refusal:
        return ""
    text = str(OF_FILE[refusal["code"]]) % refusal.get("facts", {})
    place = place_of(kind, refusal.get("row", 0), refusal.get("column", 0))
    return f"{place}: {text}" if place else text


def foretell_tariff_limit(upload: ProductUpload) -> str:
    """Why the owner's tariff, as it is now, would let nothing of a previewed file be applied; empty where it would."""
    if upload.state != State.PREVIEWED or upload.repriced_more <= 0:
        return ""
    return foretell_repriced(upload.store, upload.repriced_more)


def entry_text(entry: Mapping[str, Any]) -> str:
    """Why a row is refused; empty where it is not."""
    code, facts = entry.get("code", ""), entry.get("facts", {})
    if "message" in entry or not code:
        return str(entry.get("message", ""))
    return money_message(code, facts) if code in _MONEY else str(OF_ROW[code]) % facts


def doubt_text(doubt: Mapping[str, Any]) -> str:
    """What a person has to say yes to."""
    return str(OF_DOUBT[doubt["code"]]) % doubt["facts"]


def place_of(kind: str, row: int, column: int) -> str:
    """`D12` in a workbook, `line 12, column 4` in a text; empty without a row."""
    if not row:
        return ""
    if kind in (Kind.XLSX, Kind.XLS):
        return f"{letters_of(column)}{row}" if column else _("row %(row)s") % {"row": row}
    if column:
        return _("line %(row)s, column %(column)s") % {"row": row, "column": column}
    return _("line %(row)s") % {"row": row}


def letters_of(column: int) -> str:
    """`D` for 4, as Excel names its columns."""
    letters = ""
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters
