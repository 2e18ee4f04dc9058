# ruff: noqa: SLF001, S608 -- tables and columns are named by Django, as in its own compiler; values are parameters
"""
Many rows at once, straight to their table: a hundred thousand in seconds, where instances would take minutes.

Values are given as the model's fields take them; checks are the caller's, constraints the table's.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from itertools import chain, islice
from typing import Any, TypeVar

import msgspec
from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import BooleanField, CharField, Field, ForeignKey, IntegerField, JSONField, Model, QuerySet
from django.db.models.expressions import RawSQL

# Rows of one statement share what it costs to begin and to end: to a server, a journey.
AT_ONCE = 500
AT_ONCE_INSIDE = 100

T = TypeVar("T")
Values = Sequence[Any]
# What every driver takes as it is.
_PLAIN = (BooleanField, CharField, ForeignKey, IntegerField)


def batched(items: Iterable[T], size: int) -> Iterator[list[T]]:
    """The items in their order, so many at a time; the last may be fewer. What `itertools` has from Python 3.12 on."""
    rest = iter(items)
    while batch := list(islice(rest, size)):
        yield batch


def insert_rows(like: Model, names: Sequence[str], rows: Iterable[Values], *, ignore_conflicts: bool = False) -> None:
    """
    Insert rows that are like this one, which is not saved, but for the named columns: each row brings its own values.

    `names` are those of columns (`product_id`). With `ignore_conflicts` a row that is there already stays as it is.
    """
    fields = {field.attname: field for field in like._meta.concrete_fields if not field.primary_key}
    same = _same(like, [field for name, field in fields.items() if name not in names])
    prepared = _prepared([fields[name] for name in names], rows)
    columns = ", ".join(_quoted(fields[name].column) for name in (*same, *names))
    into = f"INSERT INTO {_quoted(like._meta.db_table)} ({columns})"
    insert = _insert_sent if connection.vendor == "mysql" else _insert_inside
    insert(into, tuple(same.values()), prepared, ignore_conflicts=ignore_conflicts)


def _insert_sent(into: str, same: Values, rows: Sequence[Values], *, ignore_conflicts: bool) -> None:
    ends = " ON DUPLICATE KEY UPDATE id = id" if ignore_conflicts else ""
    alike = [(*same, *row) for row in rows]
    with connection.cursor() as cursor:
        for portions in _portions(alike, AT_ONCE):
            cursor.executemany(f"{into} VALUES {_places(portions[0])}{ends}", list(map(_flat, portions)))


def _insert_inside(into: str, same: Values, rows: Sequence[Values], *, ignore_conflicts: bool) -> None:
    """What is the same in all rows is handed over once a statement: half of SQLite's time is for taking values."""
    # Without a condition the parser would take ON for that of a join.
    ends = " WHERE true ON CONFLICT DO NOTHING" if ignore_conflicts else ""
    told = ", ".join([*["%s"] * len(same), "told.*"])
    with connection.cursor() as cursor:
        for portions in _portions(rows, AT_ONCE_INSIDE):
            cursor.executemany(
                f"{into} SELECT {told} FROM (VALUES {_places(portions[0])}) AS told{ends}",
                [[*same, *_flat(portion)] for portion in portions],
            )


def _places(rows: Sequence[Values]) -> str:
    one = "(" + ", ".join(["%s"] * len(rows[0])) + ")"
    return ", ".join([one] * len(rows))


def _flat(rows: Sequence[Values]) -> list[Any]:
    return list(chain.from_iterable(rows))


def _same(like: Model, fields: Iterable[Any]) -> dict[str, Any]:
    """Column → what all rows have there. No value is what a column has that is not named."""
    told = ((field, field.pre_save(like, add=True)) for field in fields)
    return {
        field.attname: field.get_db_prep_save(value, connection)
        for field, value in told
        if value is not None or not field.null or field.has_db_default()
    }


def _portions(rows: Sequence[Values], at_once: int) -> Iterator[list[Sequence[Values]]]:
    """
    The rows in portions: those of one length together, for Django reads the text of a statement anew each time that it
    is given one. They are as long as each other, but for some that are longer by one.
    """
    if not rows:
        return
    length, longer = divmod(len(rows), -(-len(rows) // at_once))
    split = longer * (length + 1)
    for size, part in ((length + 1, rows[:split]), (length, rows[split:])):
        if part:
            yield list(batched(part, size))


def read_values(rows: "QuerySet[Any, Any]") -> list[Values]:
    """The rows as the database gives them: for numbers and texts, which Django hands on as they are, at some cost."""
    try:
        sql, parameters = rows.query.sql_with_params()
    except EmptyResultSet:
        return []
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        return list(cursor.fetchall())


def among(values: Collection[int | str]) -> Any:
    """For `field__in`: the values as one parameter, where the database reads that; Django takes long over thousands."""
    if connection.vendor == "mysql":
        return list(values)
    as_json = msgspec.json.encode(list(values)).decode()
    return RawSQL("SELECT value FROM json_each(%s)", [as_json])


def update_rows(model: type[Model], names: Sequence[str], rows: Iterable[Values]) -> None:
    """Write the named columns of rows that are there: each of `rows` is the id, then the values in their order."""
    by_name = {field.attname: field for field in model._meta.concrete_fields}
    key = model._meta.pk
    prepared = _prepared([key, *(by_name[name] for name in names)], rows)
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
    """A statement for AT_ONCE rows."""
    names = [key, *columns]
    first = "SELECT " + ", ".join(f"%s AS {name}" for name in names)
    other = " UNION ALL SELECT " + ", ".join(["%s"] * len(names))
    assignments = ", ".join(f"{table}.{column} = wanted.{column}" for column in columns)
    with connection.cursor() as cursor:
        for portion in batched(rows, AT_ONCE):
            values = first + other * (len(portion) - 1)
            cursor.execute(
                f"UPDATE {table} JOIN ({values}) AS wanted ON {table}.{key} = wanted.{key} SET {assignments}",
                list(chain.from_iterable(portion)),
            )


def _prepared(fields: Sequence[Any], rows: Iterable[Values]) -> list[Values]:
    """The values as the database takes them."""
    special = [(at, _preparer(field)) for at, field in enumerate(fields) if not isinstance(field, _PLAIN)]
    if not special:
        return list(rows)
    prepared: list[Values] = []
    for row in rows:
        values = list(row)
        for at, prepare in special:
            values[at] = prepare(values[at])
        prepared.append(values)
    return prepared


def _preparer(field: "Field[Any, Any]") -> Callable[[Any], Any]:
    if isinstance(field, JSONField):
        return _as_json
    return lambda value: field.get_db_prep_save(value, connection)


def _as_json(value: Any) -> str | None:
    """As the column keeps it, without the time of Django's own encoder."""
    return None if value is None else msgspec.json.encode(value).decode()


def _quoted(name: str | None) -> str:
    return connection.ops.quote_name(name or "")
