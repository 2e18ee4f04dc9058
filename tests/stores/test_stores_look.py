"""Looking at the sandbox over real HTTP, with every way it can lie."""

import pytest
from pytest_django.fixtures import Settings
from redis import Redis

import kaspi
from sandbox.server import SandboxServer
from stores.models import CardMarket
from stores.services.market import look
from stores.services.market.look import look_at


@pytest.fixture
def market(kaspi_sandbox: SandboxServer, empty_redis: Redis) -> CardMarket:
    offers = kaspi_sandbox.control("GET", "/_sandbox/merchants/30125007/offers")
    return CardMarket(pk=1, card_id=offers[0]["card_id"], city_id="750000000")


def test_the_offers_of_a_card_as_the_marketplace_has_them(market: CardMarket, kaspi_sandbox: SandboxServer) -> None:
    truth = kaspi_sandbox.control("GET", f"/_sandbox/cards/{market.card_id}/offers?city_id={market.city_id}")
    (seen,) = look_at([market])
    assert [(offer.merchant_id, offer.price) for offer in seen.answer.offers] == [
        (offer["merchant_id"], offer["price"]) for offer in truth
    ]


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        ("403", kaspi.Blocked),
        ("429", kaspi.Throttled),
        ("html", kaspi.Blocked),
        ("5xx", kaspi.Unavailable),
        ("truncated", kaspi.MalformedAnswer),
        ("disconnect", kaspi.Unavailable),
        ("wrong_card", kaspi.MalformedAnswer),
    ],
)
def test_a_fault_is_a_typed_answer(
    market: CardMarket, kaspi_sandbox: SandboxServer, fault: str, error: type[kaspi.KaspiError]
) -> None:
    kaspi_sandbox.control("PUT", f"/_sandbox/faults/{fault}", {})
    (seen,) = look_at([market])
    assert isinstance(seen.answer, error)


@pytest.mark.parametrize(
    ("fault", "body", "seconds"),
    [("403", {}, 10), ("html", {}, 10), ("429", {}, 10), ("429", {"retry_after": 40}, 40)],
)
def test_a_block_slows_everybody_down(
    market: CardMarket, kaspi_sandbox: SandboxServer, fault: str, body: dict[str, int], seconds: int, empty_redis: Redis
) -> None:
    kaspi_sandbox.control("PUT", f"/_sandbox/faults/{fault}", body)
    look_at([market])
    now, micros = empty_redis.time()
    wait = float(empty_redis.get("look-pace:next")) / 1e6 - (now + micros / 1e6)
    assert seconds - 2 < wait <= seconds


def test_whoever_would_wait_too_long_gives_up_his_place(
    market: CardMarket, kaspi_sandbox: SandboxServer, monkeypatch: pytest.MonkeyPatch, settings: Settings
) -> None:
    settings.LOOKS_PER_SECOND = 1.0
    monkeypatch.setattr(look, "LONGEST_WAIT_SECONDS", 0.5)
    looks = look_at([market, market, market])
    assert [seen.answer is None for seen in looks] == [False, True, True]


def test_many_looks_are_in_flight_at_once(market: CardMarket, kaspi_sandbox: SandboxServer) -> None:
    cards = [offer["card_id"] for offer in kaspi_sandbox.control("GET", "/_sandbox/merchants/30125007/offers")]
    markets = [CardMarket(pk=n, card_id=card, city_id="710000000") for n, card in enumerate(cards)]
    assert all(isinstance(seen.answer, kaspi.CardOffers) for seen in look_at(markets))
