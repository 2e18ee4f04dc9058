"""Many rows written at once."""

from collections.abc import Collection, Sequence
from typing import Any

from django.db import connection

AT_ONCE = 500


def write_rows(rows: Sequence[Any], names: Collection[str]) -> None:
    """
    Write these fields of rows that are there, each row its own values.

    One statement for AT_ONCE rows, in a fraction of the time of `bulk_update`. The caller holds the lock that keeps the
    rows from being deleted meanwhile: one that is gone would be written anew.
    """
    if rows and names:
        # MariaDB takes whichever unique key fits; the primary one does.
        unique = {} if connection.vendor == "mysql" else {"unique_fields": ["pk"]}
        type(rows[0]).everything.bulk_create(
            rows, batch_size=AT_ONCE, update_conflicts=True, update_fields=list(names), **unique
        )
