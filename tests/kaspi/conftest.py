"""A transport that plays back answers, and the samples to play."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from kaspi import Request, Response, Storefront

SAMPLES = Path(__file__).parents[1] / "samples"
NOW = datetime(2026, 1, 6, 9, 0, tzinfo=UTC)


class FakeTransport:
    """Gives the answers one after the other, raises those that are errors, and keeps the requests."""

    def __init__(self, *answers: Response | Exception) -> None:
        self.answers = list(answers)
        self.requests: list[Request] = []

    async def send(self, request: Request) -> Response:
        self.requests.append(request)
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer


Stage = tuple[Storefront, FakeTransport]


@pytest.fixture
def sample() -> Callable[[str], bytes]:
    """The bytes of a sample by its path below tests/samples."""
    return lambda name: (SAMPLES / name).read_bytes()


@pytest.fixture
def stage() -> Callable[..., Stage]:
    """A storefront at nine in the morning (UTC) that gets the given answers; bytes are good answers."""

    def build(*answers: Response | Exception | bytes, page_size: int = 64) -> Stage:
        transport = FakeTransport(
            *(Response(200, {}, answer) if isinstance(answer, bytes) else answer for answer in answers),
        )
        return Storefront("https://kaspi.kz", transport, lambda: NOW, page_size), transport

    return build
