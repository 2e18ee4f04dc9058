"""One reader of money for every door."""

import re

import pytest
from django import forms
from django.core.exceptions import ValidationError
from hypothesis import given
from hypothesis import strategies as st

from landing.models import Tariff
from money import MoneyError, parse_money, parse_move
from money.fields import MoneyFormField, TengeField
from money.messages import money_message
from stores.models import FeeDelivery, Product
from stores.services.errors import Refusal
from stores.services.money import parse_money as parse_for_service
from stores.services.money import thousands


@pytest.mark.parametrize(
    ("text", "tenge"),
    [
        ("12000", 12_000),
        ("12 000", 12_000),
        ("12\u00a0000", 12_000),
        ("12\u202f000", 12_000),
        (" 12 000 ", 12_000),
        ("12 000 ₸", 12_000),
        ("12000₸", 12_000),
        ("12 000 тг", 12_000),
        ("12 000 ТГ.", 12_000),
        ("12 000 тенге", 12_000),
        ("12 000 теңге", 12_000),
        ("12000 KZT", 12_000),
        ("1 200 000", 1_200_000),
        ("100", 100),
        ("0", 0),
    ],
)
def test_what_people_write_is_understood(text: str, tenge: int) -> None:
    assert parse_money(text) == tenge


@pytest.mark.parametrize("text", ["12.000", "12,000", "1.200", "999,999", "12.000 ₸", "0.500"])
def test_what_two_readers_could_read_differently_is_asked_back(text: str) -> None:
    with pytest.raises(MoneyError) as asked:
        parse_money(text)
    assert asked.value.code == "ambiguous_money"


@pytest.mark.parametrize(
    "text",
    [
        *("", " ", "12.50", "12,5", "1.200.000", "1e4", "-5", "+5", "١٢", "１２", "²", "12 00", "1 2000", "1200 000"),
        *("12 000\u00a0000", "012", "00", "12k", "₸", "₸ 12", "12 ₸ 000", "12 тыс", "12$", "NaN", "0x10", "1_000"),
        *("1" * 13, "1" * 5_000, "12\n000", "12\t000", "12–15", "true", "=12"),
    ],
    ids=lambda text: repr(text[:15]),
)
def test_everything_else_is_refused_with_what_to_write(text: str) -> None:
    with pytest.raises(MoneyError) as refused:
        parse_money(text)
    assert refused.value.code == "not_money"


def test_the_answer_names_what_was_read_and_both_readings() -> None:
    with pytest.raises(MoneyError) as asked:
        parse_money("12.000")
    message = money_message(asked.value.code, asked.value.facts)
    assert all(part in message for part in ("12.000", "12 000", "12000"))


def test_a_service_refuses_with_the_same_code_and_words() -> None:
    assert parse_for_service("12 000 ₸") == 12_000
    with pytest.raises(Refusal) as refused:
        parse_for_service("12.000")
    with pytest.raises(MoneyError) as asked:
        parse_money("12.000")
    message = money_message(asked.value.code, asked.value.facts)
    assert (refused.value.code, refused.value.message) == ("ambiguous_money", message)


amounts = st.integers(0, 10**12 - 1)
spaces = st.sampled_from([" ", "\u00a0", "\u202f", ""])
signs = st.sampled_from(["", "₸", " ₸", "\u202f₸", " тг", " тенге", " KZT"])


@given(amounts, spaces, signs)
def test_every_printed_form_of_an_amount_is_read_back(amount: int, space: str, sign: str) -> None:
    assert parse_money(f"{amount:,}".replace(",", space) + sign) == amount


@given(amounts)
def test_what_we_print_ourselves_is_read_back(amount: int) -> None:
    assert parse_money(thousands(amount)) == amount


@given(st.text(max_size=20) | st.from_regex(r"[0-9 .,₸\u00a0\u202f\-+eE]{0,20}", fullmatch=True))
def test_nothing_but_a_printed_form_is_read(text: str) -> None:
    try:
        amount = parse_money(text)
    except MoneyError:
        return
    told = re.sub(r"[ \u00a0\u202f]?(₸|тг\.?|тенге|теңге|kzt)$", "", text.strip().lower())
    assert told in {f"{amount:,}".replace(",", space) for space in (" ", "\u00a0", "\u202f", "")}


# --- Forms ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("typed", "tenge"), [("12 000 ₸", 12_000), ("0", 0), ("", None), ("  ", None)])
def test_a_form_reads_money(typed: str, tenge: int | None) -> None:
    assert MoneyFormField(required=False).clean(typed) == tenge


@pytest.mark.parametrize(
    ("typed", "code"),
    [("12.000", "ambiguous_money"), ("12.5", "not_money"), ("-1", "not_money"), ("99", "min_value"), ("", "required")],
)
def test_a_form_refuses_with_the_readers_code(typed: str, code: str) -> None:
    with pytest.raises(ValidationError) as refused:
        MoneyFormField(min_value=100).clean(typed)
    assert [error.code for error in refused.value.error_list] == [code]


def test_the_box_takes_spaces() -> None:
    box = MoneyFormField(min_value=0).widget
    assert (type(box), box.attrs) == (forms.TextInput, {"inputmode": "numeric"})


@pytest.mark.parametrize(
    ("model", "names"),
    [
        (Product, ["purchase_cost", "packaging_cost", "step"]),
        (FeeDelivery, ["price_from", "price_to", "fee"]),
        (Tariff, ["price_month", "price_year"]),
    ],
)
def test_columns_of_tenge_are_read_as_money_and_stored_as_numbers(model: type, names: list[str]) -> None:
    columns = [model._meta.get_field(name) for name in names]
    assert all(isinstance(column, TengeField) for column in columns)
    assert {type(column.formfield()) for column in columns} == {MoneyFormField}
    assert {column.deconstruct()[1] for column in columns} == {"django.db.models.PositiveIntegerField"}


# --- Moves ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "amount"),
    [("500", 500), ("+ 1 000 ₸", 1_000), ("-500", -500), (" −1\u202f000 тг", -1_000), ("– 5", -5), ("-0", 0)],
)
def test_a_move_is_an_amount_with_a_sign(text: str, amount: int) -> None:
    assert parse_move(text) == amount


@pytest.mark.parametrize(
    ("text", "code"),
    [("-12.000", "ambiguous_money"), ("12,000", "ambiguous_money"), ("-", "not_money"), ("--5", "not_money")],
)
def test_a_move_is_read_as_strictly_as_an_amount(text: str, code: str) -> None:
    with pytest.raises(MoneyError) as error:
        parse_move(text)
    assert error.value.code == code
