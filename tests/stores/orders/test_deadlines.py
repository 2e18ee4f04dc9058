"""What is to be done with an order, and by when: tables over the stages, the hours of a point, and days of Almaty."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from stores.models import Order
from stores.services.orders.deadlines import deadline_of
from stores.services.orders.working_time import (
    ALMATY,
    Hours,
    after_working_time,
    end_of_working_day,
    working_time,
)

DAILY: Hours = dict.fromkeys(("mon", "tue", "wed", "thu", "fri", "sat", "sun"), ("09:00", "21:00"))
WEEK: Hours = {**dict.fromkeys(("mon", "tue", "wed", "thu", "fri"), ("09:00", "18:00")), "sat": ("10:00", "14:00")}
WEEK_END: Hours = {"sat": ("10:00", "14:00")}
NIGHT: Hours = dict.fromkeys(("mon", "tue", "wed", "thu", "fri", "sat", "sun"), ("00:00", "24:00"))


def at(told: str) -> datetime:
    """`23 10:30` is a moment of November 2026 in Almaty; the 23rd is a Monday, the 31st the first of December."""
    day, _, time = told.partition(" ")
    hour, minute = map(int, time.split(":"))
    return datetime(2026, 10, 31, hour, minute, tzinfo=ALMATY) + timedelta(days=int(day))


def order(state: str = "NEW", status: str = "APPROVED_BY_BANK", **facts: object) -> Order:
    return Order(state=state, status=status, **{"placed_at": at("23 10:00"), **facts})


@pytest.mark.parametrize(
    ("case", "start", "minutes", "hours", "end"),
    [
        ("within a day", "23 10:00", 180, DAILY, "23 13:00"),
        ("until the very closing", "23 18:00", 180, DAILY, "23 21:00"),
        ("a minute before closing", "23 20:59", 180, DAILY, "24 11:59"),
        ("at closing", "23 21:00", 180, DAILY, "24 12:00"),
        ("before opening", "23 07:30", 180, DAILY, "23 12:00"),
        ("on a Sunday that is closed", "22 12:00", 180, WEEK, "23 12:00"),
        ("on Saturday, over Sunday", "21 13:00", 180, WEEK, "23 11:00"),
        ("on Friday evening, over a short Saturday", "20 17:00", 360, WEEK, "23 10:00"),
        ("around the clock", "23 23:00", 180, NIGHT, "24 02:00"),
        ("nobody told the hours", "23 23:00", 180, None, "24 02:00"),
        ("no hours at all", "23 23:00", 180, {}, "24 02:00"),
        ("nothing to wait for", "23 10:00", 0, DAILY, "23 10:00"),
    ],
)
def test_working_time_is_added_while_the_point_is_open(
    case: str, start: str, minutes: int, hours: Hours, end: str
) -> None:
    span = timedelta(minutes=minutes)
    assert after_working_time(at(start), span, hours) == at(end), case
    assert working_time(at(start), at(end), hours) == span, case


@pytest.mark.parametrize(
    ("case", "start", "end", "hours", "minutes"),
    [
        ("a night between", "23 20:00", "24 10:00", DAILY, 120),
        ("closed all the time", "23 21:30", "24 08:30", DAILY, 0),
        ("a week", "23 00:00", "30 00:00", WEEK, (5 * 9 + 4) * 60),
        ("the end before the start", "23 12:00", "23 11:00", DAILY, 0),
        ("the same without hours", "23 12:00", "23 11:00", None, 0),
    ],
)
def test_working_time_between_two_moments(case: str, start: str, end: str, hours: Hours, minutes: int) -> None:
    assert working_time(at(start), at(end), hours) == timedelta(minutes=minutes), case


@pytest.mark.parametrize(
    ("start", "hours", "end"),
    [("23 10:00", DAILY, "26 21:00"), ("20 10:00", WEEK, "24 18:00"), ("23 10:00", None, "27 00:00")],
)
def test_the_third_working_day_ends_at_closing(start: str, hours: Hours, end: str) -> None:
    assert end_of_working_day(at(start), 3, hours) == at(end)


def test_the_day_of_25_hours_was_one_day() -> None:
    hours: Hours = {"thu": ("22:00", "24:00"), "fri": ("00:00", "02:00")}
    start = datetime(2024, 2, 29, 22, 0, tzinfo=ALMATY)
    # At midnight the clocks of Almaty went back to 23:00: the evening lasted three hours.
    assert after_working_time(start, timedelta(hours=4), hours) == datetime(2024, 3, 1, 1, 0, tzinfo=ALMATY)


SINCE = at("23 11:00")
PARCEL = {"state": "KASPI_DELIVERY", "status": "ACCEPTED_BY_MERCHANT", "is_kaspi_delivery": True}
AT_POINT = {"state": "PICKUP", "status": "ACCEPTED_BY_MERCHANT"}
OWN_COURIER = {"state": "DELIVERY", "status": "ACCEPTED_BY_MERCHANT"}
COMING_BACK = {**PARCEL, "status": "CANCELLING"}
RETURN = {"state": "ARCHIVE", "status": "KASPI_DELIVERY_RETURN_REQUESTED"}
RETURN_TAKEN = {"state": "ARCHIVE", "status": "RETURN_ACCEPTED_BY_MERCHANT"}
PREORDER = {**AT_POINT, "is_preorder": True}


@pytest.mark.parametrize(
    ("case", "facts", "hours", "duty", "ends"),
    [
        ("new", {}, DAILY, "accept", "23 13:00"),
        ("from the bank's word on", {"approved_at": at("23 10:20")}, DAILY, "accept", "23 13:20"),
        ("a minute before closing", {"placed_at": at("23 20:59")}, DAILY, "accept", "24 11:59"),
        ("at closing", {"placed_at": at("23 21:00")}, DAILY, "accept", "24 12:00"),
        ("on a closed Sunday", {"placed_at": at("22 12:00")}, WEEK, "accept", "23 12:00"),
        ("hours unknown: the sooner end", {"placed_at": at("22 23:00")}, None, "accept", "23 02:00"),
        ("Express, at closing", {"placed_at": at("23 20:59"), "is_express": True}, DAILY, "accept", "23 21:59"),
        ("Express on a Sunday", {"placed_at": at("22 12:00"), "is_express": True}, WEEK, "accept", "22 13:00"),
        ("to pack", {**PARCEL, "handover_planned_at": at("23 20:00")}, DAILY, "assemble", "23 20:00"),
        (
            "to bring",
            {**PARCEL, "is_assembled": True, "handover_planned_at": at("24 16:00")},
            DAILY,
            "hand_over",
            "24 16:00",
        ),
        (
            "a day is planned, placed before noon",
            {**PARCEL, "placed_at": at("23 11:59"), "handover_planned_at": at("24 00:00")},
            DAILY,
            "assemble",
            "24 16:00",
        ),
        (
            "a day is planned, placed at noon",
            {**PARCEL, "placed_at": at("23 12:00"), "handover_planned_at": at("24 00:00")},
            DAILY,
            "assemble",
            "24 20:00",
        ),
        ("reserved", {**AT_POINT, "reserved_until": at("26 20:00")}, DAILY, "hand_out", "26 20:00"),
        ("reserved, nobody told until when", AT_POINT, WEEK, "hand_out", "26 18:00"),
        ("promised", {**OWN_COURIER, "planned_delivery_at": at("25 18:00")}, DAILY, "deliver", "25 18:00"),
        ("pre-order, planned", {**PREORDER, "reserved_until": at("28 00:00")}, DAILY, "arrive", "28 00:00"),
        ("pre-order, nothing planned", {**PREORDER, "placed_at": at("01 10:00")}, DAILY, "arrive", "31 10:00"),
        (
            "pre-order, planned too late",
            {**PREORDER, "placed_at": at("01 10:00"), "reserved_until": at("31 11:00")},
            DAILY,
            "arrive",
            "31 10:00",
        ),
        ("a return to answer", RETURN, WEEK, "decide", "26 18:00"),
        ("a return at the drop-off place", {**RETURN, "is_kaspi_delivery": True}, WEEK, "decide", "26 11:00"),
        ("a parcel lies there", {**COMING_BACK, "is_back_at_warehouse": True}, WEEK, "take_back", "53 11:00"),
        ("a return lies there", {**RETURN_TAKEN, "is_back_at_warehouse": True}, WEEK, "take_back", "53 11:00"),
    ],
)
def test_what_is_to_be_done_and_by_when(case: str, facts: dict[str, Any], hours: Hours, duty: str, ends: str) -> None:
    deadline = deadline_of(order(**facts), SINCE, hours)
    assert (deadline.duty, deadline.ends, deadline.why) == (duty, at(ends), None), case


@pytest.mark.parametrize(
    ("case", "facts", "duty", "why"),
    [
        ("papers to be signed", {"state": "SIGN_REQUIRED"}, None, "nothing_to_do"),
        ("carried", {**PARCEL, "is_assembled": True, "handed_over_at": SINCE}, None, "nothing_to_do"),
        ("received", {"state": "ARCHIVE", "status": "COMPLETED"}, None, "nothing_to_do"),
        ("cancelled", {"state": "ARCHIVE", "status": "CANCELLED"}, None, "nothing_to_do"),
        ("returned", {"state": "ARCHIVE", "status": "RETURNED"}, None, "nothing_to_do"),
        ("words nobody has described", {"state": "MOON", "status": "MOON"}, None, "nothing_to_do"),
        ("no plan for the parcel", PARCEL, "assemble", "not_told"),
        ("no day promised", OWN_COURIER, "deliver", "not_told"),
        ("refused, on its way back", COMING_BACK, "take_back", "on_its_way"),
    ],
)
def test_where_no_clock_runs_there_is_a_reason(case: str, facts: dict[str, Any], duty: str | None, why: str) -> None:
    deadline = deadline_of(order(**facts), SINCE, DAILY)
    assert (deadline.duty, deadline.ends, deadline.why) == (duty, None, why), case
    assert (deadline.halfway, deadline.soon) == (None, None)


@pytest.mark.parametrize(
    ("case", "facts", "hours", "halfway", "soon"),
    [
        ("three hours of a day", {}, DAILY, "23 11:30", "23 12:30"),
        ("over the night: nobody is woken", {"placed_at": at("23 20:59")}, DAILY, "24 10:29", "24 11:29"),
        ("Express by night", {"placed_at": at("23 23:00"), "is_express": True}, DAILY, "23 23:30", "23 23:45"),
        ("a parcel", {**PARCEL, "handover_planned_at": at("23 15:00")}, DAILY, "23 13:00", "23 14:00"),
        ("a quarter of little time", {**PARCEL, "handover_planned_at": at("23 12:00")}, DAILY, "23 11:30", "23 11:45"),
        ("closed all the time", {**PARCEL, "handover_planned_at": at("23 15:00")}, WEEK_END, "23 13:00", "23 14:00"),
    ],
)
def test_reminders_come_at_half_of_the_time_and_shortly_before_its_end(
    case: str, facts: dict[str, Any], hours: Hours, halfway: str, soon: str
) -> None:
    deadline = deadline_of(order(**facts), SINCE, hours)
    assert (deadline.halfway, deadline.soon) == (at(halfway), at(soon)), case


def test_every_duty_has_its_orders() -> None:
    seen = {deadline_of(order(state, status), SINCE, DAILY).duty for state in Order.State for status in Order.Status}
    preorder = deadline_of(order(**PREORDER), SINCE, DAILY).duty
    packed = deadline_of(order(**PARCEL, is_assembled=True), SINCE, DAILY).duty
    assert seen | {preorder, packed} == {None, *Order.Duty}
