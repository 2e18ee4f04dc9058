from collections.abc import Callable
from importlib import import_module

import pytest
from django.apps import apps
from django.utils import timezone
from pytest_django.fixtures import Settings

from landing.models import Tariff
from tests.users.billing import SECRET, Clock
from users.models import User


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(timezone, "now", clock)
    return clock


@pytest.fixture
def billing(clock: Clock, settings: Settings) -> Settings:
    """An installation that sells: by card, and by invoice."""
    settings.BILLING = True
    settings.TIPTOPPAY_PUBLIC_ID = "pk_test"
    settings.TIPTOPPAY_SECRET = SECRET
    settings.PAYEE = settings.PAYEE | {"name": "ТОО Күнбағыс Сервис", "iban": "KZ86125KZT5004100100"}
    return settings


@pytest.fixture
def buyer(billing: Settings) -> User:
    """Who may buy any of the tariffs that the migrations bring: a test that commits has lost them."""
    if not Tariff.objects.exists():
        import_module("landing.migrations.0003_landing_defaults").write(apps, None)
    return User.objects.create_user("buyer@example.kz")


@pytest.fixture
def take_mail_away(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """From the call on no server takes a letter of an account."""

    def refuse(*_: object, **__: object) -> None:
        raise OSError("away")

    return lambda: monkeypatch.setattr("users.adapters.send", refuse)
