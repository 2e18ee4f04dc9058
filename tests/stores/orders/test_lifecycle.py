"""The table of an order's life: what the marketplace's words mean, what follows what, and who may do what when."""

from datetime import UTC, datetime

import pytest

from sandbox.orders.order import State, Status
from stores.models import Order
from stores.services.orders.lifecycle import MAY, NEXT, OVER, Stage, Verb, may_follow, stage_of, verbs_in
from tests.sandbox.test_orders_life import ALLOWED

# What a seller may do on the marketplace's side, in its own words for the stages.
SANDBOX_STAGES = {
    "new": Stage.NEW,
    "to be signed": Stage.SIGNING,
    "pre-order": Stage.AWAITED,
    "to be packed": Stage.PACKING,
    "packed": Stage.PACKED,
    "handed over": Stage.CARRIED,
    "waits for the buyer": Stage.READY,
    "own delivery": Stage.DELIVERING,
    "coming back": Stage.COMING_BACK,
    "cancelled": Stage.CANCELLED,
    "completed": Stage.COMPLETED,
    "return asked": Stage.RETURNING,
}
VERBS = {
    "ACCEPTED_BY_MERCHANT": Verb.ACCEPT,
    "CANCELLED": Verb.CANCEL,
    "COMPLETED": Verb.ISSUE,
    "ASSEMBLE": Verb.ASSEMBLE,
    "ARRIVED": Verb.ARRIVE,
    "ARRIVED_BACKWARD": Verb.TAKE_BACK,
}


@pytest.mark.parametrize(
    ("state", "status", "preorder", "assembled", "handed_over", "stage"),
    [
        ("NEW", "APPROVED_BY_BANK", False, False, False, Stage.NEW),
        ("NEW", "APPROVED_BY_BANK", True, False, False, Stage.NEW),
        ("SIGN_REQUIRED", "APPROVED_BY_BANK", False, False, False, Stage.SIGNING),
        ("SIGN_REQUIRED", "ACCEPTED_BY_MERCHANT", False, False, False, Stage.SIGNING),
        ("PICKUP", "ACCEPTED_BY_MERCHANT", False, False, False, Stage.READY),
        ("PICKUP", "ACCEPTED_BY_MERCHANT", True, False, False, Stage.AWAITED),
        ("DELIVERY", "ACCEPTED_BY_MERCHANT", False, False, False, Stage.DELIVERING),
        ("DELIVERY", "ACCEPTED_BY_MERCHANT", True, False, False, Stage.AWAITED),
        ("KASPI_DELIVERY", "ACCEPTED_BY_MERCHANT", False, False, False, Stage.PACKING),
        ("KASPI_DELIVERY", "ACCEPTED_BY_MERCHANT", True, False, False, Stage.AWAITED),
        ("KASPI_DELIVERY", "ACCEPTED_BY_MERCHANT", False, True, False, Stage.PACKED),
        ("KASPI_DELIVERY", "ACCEPTED_BY_MERCHANT", True, True, False, Stage.PACKED),
        ("KASPI_DELIVERY", "ACCEPTED_BY_MERCHANT", False, True, True, Stage.CARRIED),
        ("KASPI_DELIVERY", "ACCEPTED_BY_MERCHANT", False, False, True, Stage.CARRIED),
        ("KASPI_DELIVERY", "CANCELLING", False, True, True, Stage.COMING_BACK),
        ("DELIVERY", "CANCELLING", False, False, False, Stage.COMING_BACK),
        ("KASPI_DELIVERY", "KASPI_DELIVERY_RETURN_REQUESTED", False, True, True, Stage.RETURNING),
        ("ARCHIVE", "RETURN_ACCEPTED_BY_MERCHANT", False, True, True, Stage.RETURNING),
        ("ARCHIVE", "COMPLETED", False, False, False, Stage.COMPLETED),
        ("ARCHIVE", "CANCELLED", False, False, False, Stage.CANCELLED),
        ("ARCHIVE", "RETURNED", False, True, True, Stage.RETURNED),
        ("PICKUP", "COMPLETED", False, False, False, Stage.COMPLETED),
        ("NEW", "ACCEPTED_BY_MERCHANT", False, False, False, Stage.UNKNOWN),
        ("ARCHIVE", "ACCEPTED_BY_MERCHANT", False, False, False, Stage.UNKNOWN),
        ("PICKUP", "APPROVED_BY_BANK", False, False, False, Stage.UNKNOWN),
        ("ASSEMBLY", "ACCEPTED_BY_MERCHANT", False, False, False, Stage.UNKNOWN),
        ("KASPI_DELIVERY", "LOST_BY_COURIER", False, True, True, Stage.UNKNOWN),
    ],
)
def test_what_the_words_mean(
    state: str, status: str, preorder: bool, assembled: bool, handed_over: bool, stage: Stage
) -> None:
    since = datetime(2026, 3, 1, tzinfo=UTC) if handed_over else None
    order = Order(state=state, status=status, is_preorder=preorder, is_assembled=assembled, handed_over_at=since)
    assert stage_of(order) is stage


def test_every_pair_of_known_words_has_a_stage_or_is_said_to_have_none() -> None:
    pairs = {(state, status): stage_of(Order(state=state, status=status)) for state in State for status in Status}
    unknown = {pair for pair, stage in pairs.items() if stage is Stage.UNKNOWN}
    assert unknown == {
        *((state, "APPROVED_BY_BANK") for state in ("PICKUP", "DELIVERY", "KASPI_DELIVERY", "ARCHIVE")),
        ("NEW", "ACCEPTED_BY_MERCHANT"),
        ("ARCHIVE", "ACCEPTED_BY_MERCHANT"),
    }


@pytest.mark.parametrize(
    ("before", "after", "follows"),
    [
        (Stage.NEW, Stage.NEW, True),
        (Stage.NEW, Stage.PACKING, True),
        (Stage.NEW, Stage.COMPLETED, True),
        (Stage.NEW, Stage.RETURNED, True),
        (Stage.PACKING, Stage.CARRIED, True),
        (Stage.PACKED, Stage.COMING_BACK, True),
        (Stage.COMPLETED, Stage.RETURNING, True),
        (Stage.SIGNING, Stage.NEW, True),
        (Stage.PACKING, Stage.NEW, False),
        (Stage.PACKED, Stage.PACKING, False),
        (Stage.CARRIED, Stage.PACKED, False),
        (Stage.COMPLETED, Stage.CARRIED, False),
        (Stage.CANCELLED, Stage.NEW, False),
        (Stage.CANCELLED, Stage.COMPLETED, False),
        (Stage.RETURNED, Stage.RETURNING, False),
        (Stage.READY, Stage.PACKING, False),
        (Stage.UNKNOWN, Stage.NEW, False),
        (Stage.NEW, Stage.UNKNOWN, False),
        (Stage.UNKNOWN, Stage.UNKNOWN, True),
    ],
)
def test_what_follows_what(before: Stage, after: Stage, follows: bool) -> None:
    assert may_follow(before, after) is follows


def test_every_stage_stands_in_the_table_and_an_end_leads_nowhere_but_to_a_return() -> None:
    assert NEXT.keys() == set(Stage)
    assert {stage for stage in Stage if not NEXT[stage]} == {Stage.CANCELLED, Stage.RETURNED, Stage.UNKNOWN}
    assert {stage: NEXT[stage] for stage in OVER} == {
        Stage.COMPLETED: {Stage.RETURNING},
        Stage.CANCELLED: set(),
        Stage.RETURNED: set(),
    }


def test_every_action_has_its_stages() -> None:
    assert MAY.keys() == set(Verb)
    assert verbs_in(Stage.UNKNOWN) == verbs_in(Stage.RETURNED) == frozenset()


@pytest.mark.parametrize("name", list(SANDBOX_STAGES))
def test_we_may_what_the_marketplace_allows(name: str) -> None:
    ours = {verb for verb in VERBS.values() if verb in verbs_in(SANDBOX_STAGES[name])}
    assert ours == {VERBS[verb] for verb in ALLOWED[name]}
