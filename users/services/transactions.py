"""Transactions that are tried again as a whole when the database asks for it."""

import random
import time
from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

from django.db import OperationalError, transaction

P = ParamSpec("P")
R = TypeVar("R")

ATTEMPTS = 5
# MariaDB: record changed since read, lock wait time-out, deadlock, server gone, connection lost.
TRY_AGAIN = {1020, 1205, 1213, 2006, 2013}
CONNECTION_LOST = {2006, 2013}


def in_transaction(work: Callable[P, R]) -> Callable[P, R]:
    """
    Run the whole function in one transaction, from the start again after a deadlock or a lost connection.

    Nothing inside may catch database errors: a block that swallows one commits without its writes. Within another
    transaction it is a savepoint of that one, and leaves the retry to it.
    """

    @wraps(work)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        if transaction.get_connection().in_atomic_block:
            with transaction.atomic():
                return work(*args, **kwargs)
        for attempt in range(1, ATTEMPTS):
            try:
                with transaction.atomic():
                    return work(*args, **kwargs)
            except OperationalError as error:
                if not _may_try_again(error):
                    raise
                if error.args[0] in CONNECTION_LOST:
                    transaction.get_connection().close()
                time.sleep(random.uniform(0.01, 0.05) * 2**attempt)  # noqa: S311 -- jitter, not a secret
        with transaction.atomic():
            return work(*args, **kwargs)

    return run


def _may_try_again(error: OperationalError) -> bool:
    code = error.args[0] if error.args else None
    return code in TRY_AGAIN or "database is locked" in str(error)
