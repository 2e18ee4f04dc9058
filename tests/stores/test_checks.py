"""Databases that the product refuses, and the command that hands out a price list's access."""

from collections.abc import Iterator
from contextlib import contextmanager
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.core.management.base import SystemCheckError
from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder

from stores import checks
from stores.models import Store
from stores.services.prices.price_list.files import hash_password


class FakeMariaDB:
    """Answers the two questions that the check asks."""

    vendor = "mysql"

    def __init__(self, *answers: object) -> None:
        self.answers = iter(answers)

    @contextmanager
    def cursor(self) -> Iterator["FakeMariaDB"]:
        yield self

    def execute(self, sql: str) -> None:
        self.sql = sql

    def fetchone(self) -> tuple[object]:
        return (next(self.answers),)


@pytest.mark.parametrize(
    ("answers", "ids"),
    [
        (("2026-01-01 05:00:00", "utf8mb4"), []),
        ((None, "utf8mb4"), ["stores.E001"]),
        (("2026-01-01 05:00:00", "utf8mb3"), ["stores.E002"]),
        ((None, "latin1"), ["stores.E001", "stores.E002"]),
    ],
)
def test_an_unfit_mariadb_is_refused(monkeypatch: pytest.MonkeyPatch, answers: Any, ids: list[str]) -> None:
    monkeypatch.setattr(checks, "connections", {"default": FakeMariaDB(*answers)})
    assert [message.id for message in checks.check_databases(databases=["default"])] == ids


@pytest.mark.django_db
def test_the_database_of_the_tests_is_fit() -> None:
    assert checks.check_databases(databases=["default"]) == []
    assert checks.check_histories(databases=["default"]) == []


def replaced_in(app: str) -> list[str]:
    """The older migrations of an app, of which only the names are left."""
    replacing = MigrationLoader(None).replacements
    return sorted({name for (of_app, _new), new in replacing.items() for (_, name) in new.replaces if of_app == app})


def made_by(*names: str, app: str) -> None:
    """The database as such migrations of the app have left it."""
    MigrationRecorder.Migration.objects.filter(app=app).delete()
    for name in names:
        MigrationRecorder(connection).record_applied(app, name)


@pytest.mark.django_db
@pytest.mark.parametrize("app", ["landing", "stores", "users"])
def test_a_database_that_stopped_halfway_among_older_migrations_is_refused_unchanged(app: str) -> None:
    made_by(*replaced_in(app)[:-1], app=app)
    before = connection.introspection.table_names()
    with pytest.raises(SystemCheckError, match=rf"stores\.E003.* of: {app}\.\n.*67d8b0e"):
        call_command("migrate", verbosity=0, skip_checks=False)
    assert connection.introspection.table_names() == before
    assert sorted(MigrationRecorder.Migration.objects.filter(app=app).values_list("name", flat=True)) == [
        *replaced_in(app)[:-1]
    ]


@pytest.mark.django_db
def test_a_database_of_before_the_older_migrations_is_refused() -> None:
    made_by("0001_stores", "0002_product_plan", app="stores")
    assert [message.id for message in checks.check_histories(databases=["default"])] == ["stores.E003"]


@pytest.mark.django_db
def test_a_database_that_has_had_all_older_migrations_goes_on() -> None:
    for app in checks.OWN_APPS:
        made_by(*replaced_in(app), app=app)
    MigrationRecorder(connection).record_applied("stores", "0002_fees_of_2026")
    MigrationRecorder(connection).record_applied("landing", "0003_landing_defaults")
    out = StringIO()
    call_command("migrate", plan=True, stdout=out)
    assert "stores.0006_fewer_indexes" in out.getvalue()
    assert not any(f"{app}.0001_schema" in out.getvalue() for app in checks.OWN_APPS)


@pytest.mark.django_db
def test_a_new_database_is_fit() -> None:
    MigrationRecorder.Migration.objects.all().delete()
    assert checks.check_histories(databases=["default"]) == []


@pytest.mark.django_db
def test_access_to_a_price_list_is_printed_once_and_kept_as_a_hash(store: Store) -> None:
    out = StringIO()
    call_command("price_list_access", str(store.pk), stdout=out)
    store.refresh_from_db()
    password = out.getvalue().split()[-1]
    assert store.price_list_key in out.getvalue()
    assert store.price_list_password_hash == hash_password(password)
    assert password not in store.price_list_password_hash


@pytest.mark.django_db
def test_an_unknown_store_is_named_with_the_known_ones(store: Store) -> None:
    with pytest.raises(CommandError, match=rf"no store 0\. Known are: {store.pk} Күнбағыс"):
        call_command("price_list_access", "0")
