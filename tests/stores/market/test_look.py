"""Looking at the sandbox over real HTTP, with every way it can lie."""

import pytest
from pytest_django.fixtures import Settings
from redis import Redis

import kaspi
from sandbox.server import SandboxServer
from stores.models import CardMarket
from stores.services.market import pace
from stores.services.market.look import look_at
from stores.services.market.pace import OWN_ADDRESS, key_of


def held_seconds(redis: Redis) -> float:
    """For how long nobody may ask."""
    seconds, microseconds = redis.time()
    return int(redis.hget(key_of(OWN_ADDRESS), "held") or 0) / 1e6 - seconds - microseconds / 1e6


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
    assert seconds - 2 < held_seconds(empty_redis) <= seconds * 1.2


def test_whoever_waits_when_the_block_comes_does_not_ask_any_more(
    market: CardMarket, kaspi_sandbox: SandboxServer, settings: Settings
) -> None:
    settings.LOOKS_PER_SECOND = 20.0
    kaspi_sandbox.control("PUT", "/_sandbox/faults/429", {"retry_after": 60})
    kaspi_sandbox.control("DELETE", "/_sandbox/requests")
    looks = look_at([market] * 20)
    assert sum(seen.answer is None for seen in looks) > 15
    assert len(kaspi_sandbox.control("GET", "/_sandbox/requests")["last"]) < 5


def test_whoever_would_wait_too_long_takes_no_turn(
    market: CardMarket, kaspi_sandbox: SandboxServer, monkeypatch: pytest.MonkeyPatch, settings: Settings
) -> None:
    settings.LOOKS_PER_SECOND = 1.0
    monkeypatch.setattr(pace, "LONGEST_WAIT_SECONDS", 0.5)
    looks = look_at([market, market, market])
    assert sorted(seen.answer is None for seen in looks) == [False, True, True]
    assert not pace.is_booked_ahead(settings.REDIS_URL)


def test_a_poisoned_market_fails_alone(market: CardMarket, kaspi_sandbox: SandboxServer) -> None:
    poisoned = CardMarket(pk=2, card_id="not digits", city_id=market.city_id)
    broken, sound = look_at([poisoned, market])
    assert isinstance(broken.answer, kaspi.MalformedAnswer)
    assert isinstance(sound.answer, kaspi.CardOffers)


def test_without_redis_nobody_has_a_turn(
    market: CardMarket, kaspi_sandbox: SandboxServer, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    settings.REDIS_URL = "redis://127.0.0.1:9/0"
    kaspi_sandbox.control("DELETE", "/_sandbox/requests")
    assert [seen.answer for seen in look_at([market, market])] == [None, None]
    assert kaspi_sandbox.control("GET", "/_sandbox/requests")["last"] == []
    assert "Traceback" not in caplog.text


def test_many_looks_are_in_flight_at_once(market: CardMarket, kaspi_sandbox: SandboxServer) -> None:
    cards = [offer["card_id"] for offer in kaspi_sandbox.control("GET", "/_sandbox/merchants/30125007/offers")]
    markets = [CardMarket(pk=n, card_id=card, city_id="710000000") for n, card in enumerate(cards)]
    assert all(isinstance(seen.answer, kaspi.CardOffers) for seen in look_at(markets))


def test_an_outage_makes_everybody_rest(market: CardMarket, kaspi_sandbox: SandboxServer, empty_redis: Redis) -> None:
    kaspi_sandbox.control("PUT", "/_sandbox/faults/5xx", {})
    looks = look_at([market] * 5)
    assert all(isinstance(seen.answer, kaspi.Unavailable) for seen in looks)
    assert held_seconds(empty_redis) > 3


def test_looks_leave_through_every_address(
    market: CardMarket, kaspi_sandbox: SandboxServer, settings: Settings, empty_redis: Redis
) -> None:
    settings.EGRESS = ["127.0.0.2", "127.0.0.3"]
    assert all(isinstance(seen.answer, kaspi.CardOffers) for seen in look_at([market] * 6))
    assert all(empty_redis.hexists(key_of(address), "next") for address in settings.EGRESS)
