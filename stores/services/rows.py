# ruff: noqa: SLF001, S608 -- tables and columns are named by Django, as in its own compiler; values are parameters
"""
Many rows at once, straight to their table: a hundred thousand in seconds, where instances would take minutes.

Values are given as the model's fields take them; checks are the caller's, constraints the table's.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain, islice
from typing import Any

from django.db import connection
from django.db.models import BooleanField, CharField, Field, ForeignKey, IntegerField, Model

AT_ONCE = 500
# Rows of one statement share what it costs to begin and to end; a driver takes so many values in it.
MOST_VALUES = 10_000

Values = Sequence[Any]
# What every driver takes as it is.
_PLAIN = (BooleanField, CharField, ForeignKey, IntegerField)


def insert_rows(like: Model, names: Sequence[str], rows: Iterable[Values], *, ignore_conflicts: bool = False) -> None:
    """
    Insert rows that are like this one, which is not saved, but for the named columns: each row brings its own values.

    `names` are those of columns (`product_id`). With `ignore_conflicts` a row that is there already stays as it is.
    """
    fields = {field.attname: field for field in like._meta.concrete_fields if not field.primary_key}
    same = {
        name: field.get_db_prep_save(field.pre_save(like, add=True), connection)
        for name, field in fields.items()
        if name not in names
    }
    columns = ", ".join(_quoted(fields[name].column) for name in (*same, *names))
    begins = f"INSERT INTO {_quoted(like._meta.db_table)} ({columns}) VALUES "
    places, ends = "(" + ", ".join(["%s"] * len(fields)) + ")", _unless_there() if ignore_conflicts else ""
    alike = tuple(same.values())
    prepared = _prepared([fields[name] for name in names], rows)
    with connection.cursor() as cursor:
        while portion := list(islice(prepared, MOST_VALUES // len(fields))):
            values = chain.from_iterable(alike + row for row in portion)
            cursor.execute(begins + ", ".join([places] * len(portion)) + ends, list(values))


def update_rows(model: type[Model], names: Sequence[str], rows: Iterable[Values]) -> None:
    """Write the named columns of rows that are there: each of `rows` is the id, then the values in their order."""
    by_name = {field.attname: field for field in model._meta.concrete_fields}
    key = model._meta.pk
    prepared = list(_prepared([key, *(by_name[name] for name in names)], rows))
    table, columns = _quoted(model._meta.db_table), [_quoted(by_name[name].column) for name in names]
    if not prepared:
        return
    update = _update_joined if connection.vendor == "mysql" else _update_each
    update(table, _quoted(key.column), columns, prepared)


def _update_each(table: str, key: str, columns: Sequence[str], rows: Sequence[Values]) -> None:
    """One prepared statement, run row by row inside the process: how SQLite is quickest."""
    assignments = ", ".join(f"{column} = %s" for column in columns)
    with connection.cursor() as cursor:
        cursor.executemany(
            f"UPDATE {table} SET {assignments} WHERE {key} = %s",
            [(*values, pk) for pk, *values in rows],
        )


def _update_joined(table: str, key: str, columns: Sequence[str], rows: Sequence[Values]) -> None:
    """A statement for AT_ONCE rows: to a server, each statement is a journey."""
    names = [key, *columns]
    first = "SELECT " + ", ".join(f"%s AS {name}" for name in names)
    other = " UNION ALL SELECT " + ", ".join(["%s"] * len(names))
    assignments = ", ".join(f"{table}.{column} = wanted.{column}" for column in columns)
    rest = iter(rows)
    with connection.cursor() as cursor:
        while portion := list(islice(rest, AT_ONCE)):
            values = first + other * (len(portion) - 1)
            cursor.execute(
                f"UPDATE {table} JOIN ({values}) AS wanted ON {table}.{key} = wanted.{key} SET {assignments}",
                list(chain.from_iterable(portion)),
            )


def _prepared(fields: Sequence[Any], rows: Iterable[Values]) -> Iterator[tuple[Any, ...]]:
    """The values as the database takes them."""
    special = [(at, _preparer(field)) for at, field in enumerate(fields) if not isinstance(field, _PLAIN)]
    for row in rows:
        if special:
            values = list(row)
            for at, prepare in special:
                values[at] = prepare(values[at])
            yield tuple(values)
        else:
            yield tuple(row)


def _preparer(field: "Field[Any, Any]") -> Callable[[Any], Any]:
    return lambda value: field.get_db_prep_save(value, connection)


def _unless_there() -> str:
    if connection.vendor == "mysql":
        return " ON DUPLICATE KEY UPDATE id = id"
    return " ON CONFLICT DO NOTHING"


def _quoted(name: str | None) -> str:
    return connection.ops.quote_name(name or "")
