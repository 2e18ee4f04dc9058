"""Databases that the product refuses, and the command that hands out a price list's access."""

from collections.abc import Iterator
from contextlib import contextmanager
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command

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
