"""One cast for everybody: the seller, her assistant who may only look, and a stranger with a store of his own."""

import os
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import hypothesis
import pytest
from pytest_django.fixtures import Settings

os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"

import django

django.setup()

from django.conf import settings  # noqa: E402
from django.core.cache import cache  # noqa: E402
from django.test import Client  # noqa: E402
from redis import Redis  # noqa: E402
from rest_framework.test import APIClient  # noqa: E402

from landing.services import editions  # noqa: E402
from sandbox.server import SandboxServer  # noqa: E402
from stores.models import Membership, Store  # noqa: E402
from stores.services.prices.profit import forget_fees  # noqa: E402
from stores.services.releases import record_build  # noqa: E402
from tests import cast  # noqa: E402
from tests.browsers import chromium  # noqa: E402, F401 -- a fixture of all tests
from users.models import User  # noqa: E402

# pytest --hypothesis-profile NAME, or HYPOTHESIS_PROFILE=NAME for whatever calls pytest. The default is 100 cases each.
hypothesis.settings.register_profile(
    "thorough", max_examples=7_000, deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
# For scripts/mutants: the same cases for every mutant, and no time spent on making a failure small.
hypothesis.settings.register_profile(
    "mutation",
    max_examples=20,
    deadline=None,
    derandomize=True,
    phases=[hypothesis.Phase.explicit, hypothesis.Phase.generate],
    suppress_health_check=[hypothesis.HealthCheck.too_slow],
)
# For tests/stores/orders/test_machine.py: whole days of a seller, one step after the other.
hypothesis.settings.register_profile(
    "orders",
    max_examples=2_000,
    stateful_step_count=50,
    deadline=None,
    suppress_health_check=list(hypothesis.HealthCheck),
)
# For tests/users/test_ledger.py and test_timeline.py: what people do with plans and payments.
hypothesis.settings.register_profile(
    "histories", max_examples=10_000, deadline=None, suppress_health_check=list(hypothesis.HealthCheck)
)
if "HYPOTHESIS_PROFILE" in os.environ:
    hypothesis.settings.load_profile(os.environ["HYPOTHESIS_PROFILE"])


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Who stops at the first failure, as scripts/mutants does at each mutant, gets tables before properties."""
    if config.getvalue("maxfail"):
        items.sort(key=lambda item: hasattr(getattr(item, "obj", None), "hypothesis"))


@pytest.fixture
def empty_redis() -> Iterator[Redis]:
    """This worker's own Redis database, empty before and after."""
    with Redis.from_url(settings.REDIS_URL) as redis:
        redis.flushdb()
        yield redis
        redis.flushdb()


@pytest.fixture(autouse=True)
def fresh_throttles() -> None:
    """Counts of requests are kept by user id, and the next test's users have the same ids."""
    cache.clear()


@pytest.fixture(autouse=True)
def fresh_landing() -> None:
    """What the process has made of the landing page's rows, which were rolled back."""
    editions.forget()


@pytest.fixture(autouse=True)
def fresh_fees() -> None:
    """Fees are kept by the process, and the last test's rows were rolled back."""
    forget_fees()


@pytest.fixture
def installation(db: None) -> None:
    """The product, put to work: without its build on record no price leaves."""
    record_build()


@pytest.fixture
def seller(installation: None) -> User:
    return cast.person("aliya@example.kz", "Әлия")


@pytest.fixture
def store(seller: User) -> Store:
    """The seller's store: automatic, one point in Almaty and one in Astana."""
    return cast.store(seller, "30125007", "Күнбағыс")


@pytest.fixture
def assistant(store: Store) -> User:
    """A member of the seller's store who may look and nothing else."""
    person = cast.person("dana@example.kz", "Дана")
    Membership.everything.create(store=store, user=person, role=Membership.Role.VIEWER)
    return person


@pytest.fixture
def stranger(installation: None) -> User:
    return cast.person("timur@example.kz", f"{cast.STRANGE} Тимур")


@pytest.fixture
def strangers_store(stranger: User) -> Store:
    """Another tenant; each of its texts carries the marker that no output for the seller may contain."""
    return cast.store(stranger, "30999999", f"{cast.STRANGE} Store")


@pytest.fixture
def api(seller: User) -> APIClient:
    """The API as the seller sees it."""
    return cast.signed_in(seller)


@pytest.fixture
def browser_of_seller(seller: User) -> Client:
    """The pages as the seller sees them."""
    client = Client()
    client.force_login(seller)
    return client


@pytest.fixture
def admin_client(admin_user: User) -> Client:
    """The admin as a superuser sees it who passed the second factor."""
    return cast.at_the_desk(admin_user)


@pytest.fixture
def kaspi_sandbox(settings: Settings) -> Iterator[SandboxServer]:
    """A small still marketplace on real HTTP; the product is pointed at it."""
    with SandboxServer(seed=1, cards=8, merchant_cards=6, clock="manual", paused=True) as server:
        settings.KASPI_URL = server.url
        settings.LOOKS_PER_SECOND = 500.0
        yield server


@pytest.fixture
def price_lists_dir(settings: Settings, tmp_path: Path) -> Path:
    """Price lists are kept here, and each may follow the last at once."""
    settings.PRICE_LISTS_DIR = tmp_path / "price-lists"
    settings.PUBLISH_INTERVAL = timedelta(0)
    return settings.PRICE_LISTS_DIR


@pytest.fixture
def uploads_dir(settings: Settings, tmp_path: Path) -> Path:
    """Files that sellers upload are kept here."""
    settings.UPLOADS_DIR = tmp_path / "uploads"
    return settings.UPLOADS_DIR
