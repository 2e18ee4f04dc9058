"""The marketplace's clocks: working hours, hand-over times and the limits after which it acts by itself."""

from sandbox.clock import DAY, HOUR, almaty_hour, almaty_midnight

OPENS, CLOSES = 9.0, 18.0

EXPRESS_ACCEPTANCE = HOUR
WORKING_HOURS_TO_ACCEPT = 3.0
PREORDER_LIMIT = 30 * DAY
RESERVATION_DAYS = 3
SIGNATURE_LIMIT = DAY
OWN_DELIVERY_GRACE = 5 * DAY
HANDOVER_GRACE = 5 * DAY
LIES_AT_DROP_OFF = 30 * DAY
WAY_BACK = 3 * DAY
SLOW_CANCEL = 60.0


def after_working_hours(moment: float, hours: float) -> float:
    """Return the moment at which so many working hours have passed."""
    left = hours * HOUR
    while True:
        midnight = almaty_midnight(moment)
        opens, closes = midnight + OPENS * HOUR, midnight + CLOSES * HOUR
        start = max(moment, opens)
        if start + left <= closes:
            return start + left
        left -= max(closes - start, 0.0)
        moment = midnight + DAY


def acceptance_deadline(placed_at: float, *, express: bool) -> float:
    """Return when a new order that nobody accepts is cancelled."""
    return placed_at + EXPRESS_ACCEPTANCE if express else after_working_hours(placed_at, WORKING_HOURS_TO_ACCEPT)


def reservation_end(moment: float) -> float:
    """Return when goods that wait at the seller's point are given up: the end of the third day."""
    return almaty_midnight(moment) + (RESERVATION_DAYS + 1) * DAY - 1


def planned_handover(placed_at: float, *, express: bool) -> float:
    """Return when a parcel is due: an order before noon by 16:00, a later one by 20:00, a late one the next day."""
    if express:
        return placed_at + 2 * HOUR
    midnight, hour = almaty_midnight(placed_at), almaty_hour(placed_at)
    if hour < 12:
        return midnight + 16 * HOUR
    return midnight + 20 * HOUR if hour < 18 else midnight + DAY + 16 * HOUR
