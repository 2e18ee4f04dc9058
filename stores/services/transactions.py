"""Transactions that are tried again as a whole when the database asks for it, and the database's own clock."""

from datetime import timedelta

from django.db.models import DateTimeField, ExpressionWrapper
from django.db.models.expressions import Combinable
from django.db.models.functions import Now

from users.services.transactions import in_transaction

__all__ = ["database_time", "in_transaction"]


def database_time(after: timedelta = timedelta(0)) -> Combinable:
    """Now by the database's clock, plus a span: leases of all workers are measured by this one clock."""
    if not after:
        # SQLite writes a sum with more digits, and compares texts: it would lie after the Now() of its own millisecond.
        return Now()
    return ExpressionWrapper(Now() + after, output_field=DateTimeField())
