"""
The database that a measurement works on: a SQLite file of its own, or with `--mariadb` a private MariaDB server.

Import this before anything of the product: it sets the settings that Django reads.
"""

import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"
# As in production; in memory a database is faster than anybody's.
os.environ["TESTS_ON_DISK"] = "1"
if "--mariadb" in sys.argv:
    os.environ["TEST_DATABASE"] = "mariadb"

import django

django.setup()

from django.db import connection

from stores.services import releases


def make_database() -> None:
    """The product's tables, empty but for what comes with the installation; this build may send prices."""
    connection.creation.create_test_db(verbosity=0, serialize=False)
    releases.record_build()


def bytes_of(table: str) -> int:
    """The table with its indexes, as the database counts them."""
    with connection.cursor() as cursor:
        if connection.vendor == "mysql":
            cursor.execute(f"ANALYZE TABLE {table}")
            cursor.execute(
                "SELECT data_length + index_length FROM information_schema.tables"
                " WHERE table_schema = DATABASE() AND table_name = %s",
                [table],
            )
        else:
            cursor.execute(
                "SELECT SUM(pgsize) FROM dbstat WHERE name IN (SELECT name FROM sqlite_master WHERE tbl_name = %s)",
                [table],
            )
        return int(cursor.fetchone()[0])
