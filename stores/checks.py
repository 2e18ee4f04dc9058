"""What the database must be like before the product starts on it. Run by `migrate` and `check --database default`."""

from collections.abc import Sequence
from typing import Any

from django.core.checks import CheckMessage, Error, Tags, register
from django.db import connections


@register(Tags.database)
def check_databases(databases: Sequence[str] | None = None, **_: Any) -> list[CheckMessage]:
    """Each MariaDB among the databases that are checked has time zones, and a collation that tells texts apart."""
    found = [connections[alias] for alias in databases or ()]
    return [message for connection in found if connection.vendor == "mysql" for message in _check_mariadb(connection)]


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
