"""How a number is read in the admin."""

import pytest
from django.core.exceptions import ValidationError

from money.fields import WholeNumberField


@pytest.mark.parametrize(
    ("typed", "number"),
    [("12000", 12_000), (" 12000 ", 12_000), ("0", 0), ("007", 7), ("", None), ("  ", None)],
)
def test_digits_are_a_number(typed: str, number: int | None) -> None:
    assert WholeNumberField(required=False).clean(typed) == number


@pytest.mark.parametrize("typed", ["12.000", "12,000", "12 000", "1e3", "-1", "+1", "１２", "١٢", "12.0", "NaN"])
def test_what_can_be_read_in_two_ways_is_refused(typed: str) -> None:
    with pytest.raises(ValidationError) as refusal:
        WholeNumberField().clean(typed)
    assert [error.code for error in refusal.value.error_list] == ["not_digits"]
