"""What each row pays for when it is written: its indexes."""

import pytest
from django.apps import apps
from django.db import connection

pytestmark = pytest.mark.django_db

OURS = ("landing", "stores", "users")


def test_no_index_is_the_beginning_of_another() -> None:
    """It would be written with every row, and answer no question that the longer one does not."""
    tables = [model._meta.db_table for label in OURS for model in apps.get_app_config(label).get_models()]
    assert {table: found for table in tables if (found := _spare(table))} == {}


def _spare(table: str) -> list[list[str]]:
    """The columns of indexes that are the beginning of another one's."""
    with connection.cursor() as cursor:
        constraints = connection.introspection.get_constraints(cursor, table).values()
    indexes = [each["columns"] for each in constraints if (each["index"] or each["unique"]) and not each["check"]]
    plain = [each["columns"] for each in constraints if each["index"] and not each["unique"]]
    return [columns for columns in plain if any(_begins(columns, other) for other in indexes)]


def _begins(columns: list[str], other: list[str]) -> bool:
    return columns is not other and other[: len(columns)] == columns
