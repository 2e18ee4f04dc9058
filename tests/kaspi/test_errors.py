"""The tree of errors, and how each of them reads."""

import pickle

import pytest

import kaspi
from kaspi import (
    Blocked,
    InvalidOffer,
    InvalidPriceList,
    KaspiError,
    MalformedAnswer,
    MalformedPriceList,
    PartialAnswer,
    PriceListError,
    Refused,
    Throttled,
    TokenRejected,
    Unavailable,
    UnknownCity,
)
from kaspi.errors import BODY_EXCERPT


@pytest.mark.parametrize(
    ("narrow", "wide"),
    [
        (Unavailable, KaspiError),
        (Throttled, Unavailable),
        (Blocked, Unavailable),
        (Refused, KaspiError),
        (TokenRejected, Refused),
        (MalformedAnswer, KaspiError),
        (PartialAnswer, MalformedAnswer),
        (PriceListError, ValueError),
        (InvalidPriceList, PriceListError),
        (InvalidOffer, InvalidPriceList),
        (MalformedPriceList, PriceListError),
        (UnknownCity, KeyError),
    ],
)
def test_the_tree_is_as_drawn(narrow: type[Exception], wide: type[Exception]) -> None:
    assert narrow.__base__ is wide
    assert narrow.__name__ in (kaspi.errors.__doc__ or "")


ERRORS = [
    (Unavailable("status 502"), "status 502"),
    (Throttled("status 429", 30), "status 429"),
    (Blocked("status 403"), "status 403"),
    (Refused("status 404", 404), "status 404"),
    (Refused("status 400", 400, "Order is cancelled, so it can't be completed."),
     "status 400: Order is cancelled, so it can't be completed."),
    (TokenRejected("status 401", 401), "status 401"),
    (MalformedAnswer("Expected `float`, got `str`", "$.offers[0].price", b"{}"),
     "Expected `float`, got `str` at $.offers[0].price"),
    (PartialAnswer("2 offers came, 3 were announced", "$.total"), "2 offers came, 3 were announced at $.total"),
    (InvalidPriceList("company", "", "text"), "company is '', expected text"),
    (InvalidOffer("A-1", "price", 0, "a whole number"), "offer 'A-1': price is 0, expected a whole number"),
    (MalformedPriceList(7, "price is '12.000'"), "line 7: price is '12.000'"),
    (UnknownCity("1"), "no city has the code '1'"),
]  # fmt: skip


@pytest.mark.parametrize(("error", "sentence"), ERRORS)
def test_an_error_is_a_sentence(error: Exception, sentence: str) -> None:
    assert str(error) == sentence


@pytest.mark.parametrize(("error", "sentence"), ERRORS)
def test_an_error_survives_a_task_queue(error: Exception, sentence: str) -> None:
    copy = pickle.loads(pickle.dumps(error))  # noqa: S301 - our own bytes, made one call earlier
    assert type(copy) is type(error)
    assert vars(copy) == vars(error)
    assert str(copy) == sentence


def test_only_an_excerpt_of_a_strange_body_is_kept() -> None:
    error = MalformedAnswer("cut off", body=b"x" * 1_000_000)
    assert error.body == b"x" * BODY_EXCERPT
    assert len(error.args[2]) == BODY_EXCERPT


def test_a_long_value_is_shown_in_short() -> None:
    assert len(str(InvalidOffer("A-1", "model", "x" * 1_000_000, "less"))) < 100
