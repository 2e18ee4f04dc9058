"""Offers that are read without the parser: whatever a file holds, the answer is the parser's."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sheets import FileRefused, Limits, Line, Problem
from sheets import plain_offers as plain
from sheets.plain_offers import read_offers
from sheets.price_list import PriceListReader
from tests.sheets.makers import HEAD, OFFER, price_list

SECOND = (
    '<offer sku="B"><model>Утюг &quot;Qazan&quot;</model>'
    '<availabilities><availability available="no" storeId="PP2" preOrder="3" stockCount="0" /></availabilities>'
    '<cityprices><cityprice cityId="750000000">9990</cityprice>\n<cityprice cityId="710000000">9 990</cityprice>'
    "</cityprices></offer>\n"
)
TWICE = '<cityprice cityId="1">500</cityprice><cityprice cityId="1">500</cityprice>'
# What is put in an offer's place, or changed in it: plain, with values that nobody can read, or only the parser's.
CHANGES = [
    ("", ""),
    ("\n", "\r\n"),
    ("\n", "\r"),
    ("\n", "\n\n \t"),
    ("Чайник", "Чайник &amp; &lt;крышка&gt;"),
    ("Чайник", "Чайник&#10;белый"),
    ("Чайник", "Чайник &nbsp;"),
    ("Чайник", "Чай]]>ник"),
    ("Чайник", "Чай > ник"),
    ("Чайник", " Чай\nник "),
    ("Чайник", "Чай\u00a0\u200bник"),
    ("Чайник", "Чай\x7fник"),
    ("Чайник", "Чай\uffffник"),
    ("Чайник", "Ч" * 2_000),
    ("Чайник", "<![CDATA[Чайник]]>"),
    ("<brand>Qazan</brand>", "<brand/>"),
    ("<brand>Qazan</brand>", ""),
    ("<brand>Qazan</brand>", "<!-- <brand>Qazan</brand> -->"),
    ("<brand>Qazan</brand>", "<brand>Qazan</brand><brand>Qazan</brand>"),
    ("<model>", "<k:model>"),
    ('sku="SKU-1"', 'sku=" "'),
    ('sku="SKU-1"', 'sku="1E+5"'),
    ('sku="SKU-1"', 'sku="a&amp;b"'),
    ('sku="SKU-1"', 'sku="a" sku="b"'),
    ('sku="SKU-1"', "sku='SKU-1'"),
    ('sku="SKU-1"', 'rownumber="3" sku="SKU-1"'),
    ('stockCount="5"', 'stockCount="many"'),
    ('stockCount="5"', 'stockCount="5" stockCount="5"'),
    ('stockCount="5"', 'preOrder="31"'),
    ('stockCount="5"', 'preOrder="&lt;"'),
    ('storeId="PP1"', 'storeId=""'),
    ('storeId="PP1"', 'storeid="PP1"'),
    ("</availabilities>", '<availability storeId="PP1" available="no"/></availabilities>'),
    ("</availabilities>", "<!-- </availabilities> --></availabilities>"),
    ("</availabilities>", "soon</availabilities>"),
    ("<price>12000</price>", "<price>12.000</price>"),
    ("<price>12000</price>", "<price> 12 000 ₸</price>"),
    ("<price>12000</price>", ""),
    ("<price>12000</price>", '<price oldprice="13000">12000</price>'),
    ("<price>12000</price>", f"<cityprices>{TWICE}</cityprices>"),
    ("<price>12000</price>", '<price>12000</price><cityprices><cityprice cityId="1">500</cityprice></cityprices>'),
    ("<price>12000</price>", "<cityprices> </cityprices>"),
    ("<price>12000</price>", '<cityprices><cityprice cityId="1">500</cityprice>and more</cityprices>'),
    ("</offer>", "</offer >"),
    ("</offer>", "<!-- </offer> <offer> --></offer>"),
    ("</offer>", ""),
    ("<offer ", "<!-- <offer> --><offer "),
    ("<offer ", "text<offer "),
]  # fmt: skip
HEADS = [
    *(HEAD,) * 5,
    HEAD.replace("utf-8", "windows-1251"),
    HEAD.replace(' encoding="utf-8"', ""),
    "\ufeff" + HEAD,
    HEAD.replace("\n", "\r\n"),
    HEAD + "<!-- <offers> -->",
    HEAD + "<?php <offers> ?>",
    HEAD.replace("xmlns=", "xmlns:k="),
    HEAD.replace("kaspiShopping", "somebodyElse"),
    HEAD.replace("?>\n", "?>\n<!DOCTYPE kaspi_catalog>\n"),
]

changed = st.builds(
    lambda offer, change: offer.replace(*change), st.sampled_from([OFFER, SECOND]), st.sampled_from(CHANGES)
)
offers = st.lists(st.one_of(st.just(OFFER), st.just(SECOND), changed), max_size=8).map("".join)
damage = st.one_of(st.none(), st.tuples(st.integers(0, 2_000), st.integers(0, 60), st.binary(max_size=3)))


def damaged(content: bytes, how: tuple[int, int, bytes] | None) -> bytes:
    if how is None:
        return content
    start, length, instead = how
    return content[:start] + instead + content[start + length :]


def by_parser(path: Path, limits: Limits) -> Any:
    parser = PriceListReader(path, limits)
    try:
        return sorted(parser.read(), key=place_of), parser.merchant_id
    except FileRefused as refused:
        return refused.code, refused.row, refused.facts


def by_column(path: Path, limits: Limits) -> Any:
    parser = PriceListReader(path, limits)
    try:
        rows = [row for batch in read_offers(path, parser) for row in (*batch.lines, *batch.problems)]
        return sorted(rows, key=place_of), parser.merchant_id
    except FileRefused as refused:
        return refused.code, refused.row, refused.facts


def place_of(row: Line | Problem) -> tuple[int, str, str]:
    return row.row, row.sku, repr(row)


@given(st.sampled_from(HEADS), offers, damage, st.sampled_from([7, 100, 5_000]), st.sampled_from([1, 2, 100]))
def test_what_is_read_without_the_parser_is_what_it_reads(
    tmp_path_factory: pytest.TempPathFactory, head: str, offers: str, how: Any, chunk: int, at_once: int
) -> None:
    path = tmp_path_factory.mktemp("list") / "list.xml"
    path.write_bytes(damaged(price_list(offers, head=head), how))
    with pytest.MonkeyPatch.context() as patched:
        # The head is looked for in the first piece.
        patched.setattr(plain, "_CHUNK", chunk if chunk > 1_000 else len(price_list("", head=head)) + chunk)
        patched.setattr(plain, "BATCH", at_once)
        assert by_column(path, Limits(rows=6)) == by_parser(path, Limits(rows=6))


@pytest.mark.parametrize("change", CHANGES, ids=range(len(CHANGES)))
def test_each_oddity_among_plain_offers_is_read_as_by_the_parser(tmp_path: Path, change: tuple[str, str]) -> None:
    path = tmp_path / "list.xml"
    path.write_bytes(price_list(OFFER + OFFER.replace("SKU-1", "SKU-2").join([SECOND, SECOND]).replace(*change)))
    assert by_column(path, Limits()) == by_parser(path, Limits())


def test_a_plain_list_is_not_the_parsers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is given the head, the one offer that cannot be read, and the end."""
    given = list[bytes]()
    feed = PriceListReader.feed

    def note(parser: PriceListReader, chunk: bytes) -> None:
        given.append(chunk)
        feed(parser, chunk)

    monkeypatch.setattr(PriceListReader, "feed", note)
    path = tmp_path / "list.xml"
    wrong = OFFER.replace("12000", "12.000")
    path.write_bytes(price_list(OFFER + SECOND + wrong + OFFER))
    assert len(by_column(path, Limits())[0]) == 4
    head, *odd, end = [each for each in given if each]
    assert head.endswith(b"<offers>")
    assert odd == [b"\n" + wrong.strip().encode()]
    assert end == b"\n</offers></kaspi_catalog>\n"


def test_blanks_without_end_cost_no_more_than_their_length(tmp_path: Path) -> None:
    """Each place of a megabyte is tried once: another way of looking for offers would not end."""
    path = tmp_path / "list.xml"
    path.write_bytes(price_list(" " * 3_000_000 + OFFER))
    assert by_column(path, Limits()) == by_parser(path, Limits())
