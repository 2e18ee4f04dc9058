"""What the database must be like before the product starts on it. Run by `migrate` and `check --database default`."""

from collections.abc import Sequence
from typing import Any

from django.core.checks import CheckMessage, Error, Tags, register
from django.db import connections
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder

OWN_APPS = ("landing", "users", "stores")


@register(Tags.database)
def check_databases(databases: Sequence[str] | None = None, **_: Any) -> list[CheckMessage]:
    """Each MariaDB among the databases that are checked has time zones, and a collation that tells texts apart."""
    found = [connections[alias] for alias in databases or ()]
    return [message for connection in found if connection.vendor == "mysql" for message in _check_mariadb(connection)]


@register(Tags.database)
def check_histories(databases: Sequence[str] | None = None, **_: Any) -> list[CheckMessage]:
    """Each database that is checked is new, or has had all migrations that were put together in `0001_schema`."""
    return [message for alias in databases or () for message in _check_history(connections[alias])]


def _check_history(connection: Any) -> list[CheckMessage]:
    begun = {app for app, _name in MigrationRecorder(connection).applied_migrations()}
    applied = MigrationLoader(connection).applied_migrations
    halfway = [app for app in OWN_APPS if app in begun and (app, "0001_schema") not in applied]
    if not halfway:
        return []
    return [
        Error(
            f"The database stopped halfway among older migrations of: {', '.join(halfway)}.",
            hint="Run `manage.py migrate` with commit 67d8b0e first. Nothing has been changed.",
            id="stores.E003",
        )
    ]


def _check_mariadb(connection: Any) -> list[CheckMessage]:
    messages: list[CheckMessage] = []
    with connection.cursor() as cursor:
        cursor.execute("SELECT CONVERT_TZ('2026-01-01 00:00:00', 'UTC', 'Asia/Almaty')")
        if cursor.fetchone()[0] is None:
            messages.append(
                Error(
                    "MariaDB has no time-zone tables: “today's orders” would be an empty list.",
                    hint="mariadb-tzinfo-to-sql /usr/share/zoneinfo | mariadb mysql",
                    id="stores.E001",
                )
            )
        cursor.execute("SELECT @@character_set_database")
        charset = cursor.fetchone()[0]
        if charset != "utf8mb4":
            messages.append(
                Error(
                    f"The database's character set is {charset}: names with rare letters would be cut.",
                    hint="CREATE DATABASE … CHARACTER SET utf8mb4 COLLATE utf8mb4_uca1400_as_ci",
                    id="stores.E002",
                )
            )
    return messages
