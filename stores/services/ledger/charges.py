"""Where the marketplace charged for a delivery what its own table does not say."""

from dataclasses import dataclass

from django.db.models import Count, Q, QuerySet, Sum

from stores.models import OrderAccount, Store
from stores.services.ledger.period import Period

# Tenge; below it is rounding.
NOTABLE = 5
MOST_SHOWN = 100


@dataclass(frozen=True)
class Differences:
    """
    How many orders were charged more than the table says and by how much (tenge), how many less, and the first of all
    of them, the dearest first. `unknown`: orders whose charge nobody can compare, for the table says nothing.
    """

    over: int
    over_tenge: int
    under: int
    under_tenge: int
    unknown: int
    accounts: list[OrderAccount]


def differences(store: Store, period: Period) -> Differences:
    """The period's orders whose delivery was charged otherwise than expected; two queries."""
    placed = OrderAccount.objects.for_store(store).filter(day__range=(period.since, period.until))
    over, under = Q(overcharge__gte=NOTABLE), Q(overcharge__lte=-NOTABLE)
    sums = placed.aggregate(
        over=Count("pk", filter=over),
        over_tenge=Sum("overcharge", filter=over),
        under=Count("pk", filter=under),
        under_tenge=Sum("overcharge", filter=under),
        unknown=Count("pk", filter=~Q(expected_missing="") & Q(delivery_charged__isnull=False)),
    )
    shown: QuerySet[OrderAccount] = placed.filter(over | under).select_related("order").defer("order__raw")
    return Differences(
        over=sums["over"],
        over_tenge=sums["over_tenge"] or 0,
        under=sums["under"],
        under_tenge=-(sums["under_tenge"] or 0),
        unknown=sums["unknown"],
        accounts=list(shown.order_by("-overcharge", "pk")[:MOST_SHOWN]),
    )
