"""What is written is read back equal, whatever the names look like, and passes the lint."""

import io

from hypothesis import given
from hypothesis import strategies as st

from kaspi import (
    Availability,
    CityPrice,
    PriceListHeader,
    PriceListOffer,
    read_price_list,
    read_price_list_line,
    read_price_list_lines,
    write_price_list,
)
from tests.kaspi.price_list_lint import lint_price_list

# What XML 1.0 can carry at all, with the signs that make trouble drawn often.
HOSTILE = st.sampled_from([*"&<>\"'\t\n\r{}%;#] \u0085\u00a0\u2028\ufeff\ufffd😀Әқ", "]]>", "&amp;", "<!--", "\r\n"])
LEGAL = st.characters(exclude_categories=["Cs"], exclude_characters="\ufffe\uffff").filter(
    lambda character: character >= " " or character in "\t\n\r"
)
TEXT = st.lists(HOSTILE | LEGAL, min_size=1, max_size=20).map("".join).filter(lambda text: bool(text.strip()))
PRICE = st.integers(min_value=1, max_value=10**18 - 1)


AVAILABILITY = st.builds(
    Availability,
    store_id=TEXT,
    available=st.booleans(),
    stock_count=st.none() | st.integers(min_value=0, max_value=10**18 - 1),
    preorder_days=st.none() | st.integers(min_value=1, max_value=30),
)
AVAILABILITIES = st.lists(AVAILABILITY, min_size=1, max_size=3, unique_by=lambda point: point.store_id).map(tuple)
CITY_PRICE = st.builds(CityPrice, city_id=st.from_regex(r"\A[0-9]{1,20}\Z"), price=PRICE)
CITY_PRICES = st.lists(CITY_PRICE, min_size=1, max_size=3, unique_by=lambda price: price.city_id).map(tuple)
NAMED = {"sku": TEXT, "model": TEXT, "brand": st.none() | TEXT, "availabilities": AVAILABILITIES}
OFFER = st.builds(PriceListOffer, **NAMED, price=PRICE) | st.builds(PriceListOffer, **NAMED, city_prices=CITY_PRICES)
HEADER = st.builds(PriceListHeader, company=TEXT, merchant_id=st.from_regex(r"\A[A-Za-z0-9_-]{1,64}\Z"), date=TEXT)


@given(HEADER, st.lists(OFFER, min_size=1, max_size=5, unique_by=lambda offer: offer.sku))
def test_written_and_read_back_is_the_same(header: PriceListHeader, offers: list[PriceListOffer]) -> None:
    file = io.BytesIO()
    assert write_price_list(file, header, offers) == len(offers)
    file.seek(0)
    price_list = read_price_list(file)
    assert price_list.header == header
    assert list(price_list.offers) == offers
    file.seek(0)
    lines = read_price_list_lines(file)
    assert lines.header == header
    assert [line.offer() for _, line in lines.lines] == offers
    file.seek(0)
    assert lint_price_list(file) == []


@given(HEADER, st.lists(OFFER, min_size=2, max_size=5, unique_by=lambda offer: offer.sku))
def test_each_offer_is_found_again_where_its_line_starts(header: PriceListHeader, offers: list[PriceListOffer]) -> None:
    file = io.BytesIO()
    write_price_list(file, header, offers)
    file.seek(0)
    places = [start for start, _ in read_price_list_lines(file).lines]
    for start, offer in reversed(list(zip(places, offers, strict=True))):
        file.seek(start)
        assert read_price_list_line(file).offer() == offer
