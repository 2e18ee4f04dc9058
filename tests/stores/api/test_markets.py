"""Markets, offers, history, rivals and coverage over the API."""

from datetime import timedelta

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from stores.models import CardMarket, Competitor, Store
from stores.services.prices.situation import market_of
from tests import cast
from users.models import User

pytestmark = pytest.mark.django_db

RIVAL = "30200001"


@pytest.fixture
def market(store: Store) -> CardMarket:
    """A market of the seller's, looked at twice: the rival fell from 9 500 to 9 400."""
    row = cast.city_price(cast.product(store, cities=(cast.ALMATY, cast.ASTANA)))
    for price in (9_500, 9_400):
        cast.see(row.market, {store.merchant_id: 10_000, RIVAL: price})
    return market_of(row)


def test_a_market_shows_the_picture_of_the_last_look(api: APIClient, market: CardMarket) -> None:
    body = api.get(f"/api/markets/{market.pk}/").json()
    assert (body["lowest"], body["median"], body["offer_count"]) == (9_400, 9_700, 2)
    assert body["leader"]["merchant_id"] == RIVAL
    assert (body["failures"], body["last_error"]) == (0, "")


def test_what_went_wrong_is_said_without_our_hosts(api: APIClient, market: CardMarket) -> None:
    error = "Unavailable: GET https://kaspi.kz/x: ClientProxyConnectionError Cannot connect to host proxy-7.local:3128"
    CardMarket.objects.update(failures=1, last_error=error)
    assert api.get(f"/api/markets/{market.pk}/").json()["last_error"] == "Unavailable"


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", 2),
        (f"?city_id={cast.ALMATY}", 1),
        ("?card_id=100000001", 2),
        ("?card_id=999", 0),
        ("?is_failing=true", 0),
        ("?is_failing=false", 2),
    ],
)
def test_markets_are_found_by(api: APIClient, market: CardMarket, query: str, found: int) -> None:
    assert len(api.get(f"/api/markets/{query}").json()["results"]) == found


def test_markets_of_one_product(api: APIClient, store: Store, market: CardMarket) -> None:
    other = cast.product(store, "SKU-2", card_id="100000002")
    rows = api.get("/api/markets/", {"product": other.pk, "store": store.pk}).json()["results"]
    assert [row["card_id"] for row in rows] == ["100000002"]


def test_offers_stand_in_the_marketplaces_order_and_ours_is_marked(api: APIClient, market: CardMarket) -> None:
    offers = api.get(f"/api/markets/{market.pk}/offers/").json()
    assert [(offer["place"], offer["price"], offer["is_ours"]) for offer in offers] == [
        (1, 9_400, False),
        (2, 10_000, True),
    ]


def test_history_tells_the_rivals_fall(api: APIClient, market: CardMarket) -> None:
    body = api.get(f"/api/markets/{market.pk}/history/", {"points": 1}).json()
    lines = {line["merchant_id"]: line["buckets"] for line in body["lines"]}
    assert [(each["open"], each["low"], each["close"]) for each in lines[RIVAL]] == [(9_500, 9_400, 9_400)]
    assert body["left_out"] == 0


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"points": 0}, "points"),
        ({"points": 1001}, "points"),
        ({"since": "yesterday"}, "since"),
        ({"since": "2026-01-02T00:00:00Z", "until": "2026-01-01T00:00:00Z"}, "since"),
        ({"form": "2026-01-01T00:00:00Z"}, "form"),
    ],
)
def test_a_period_that_is_none_is_refused(
    api: APIClient, market: CardMarket, query: dict[str, object], field: str
) -> None:
    answer = api.get(f"/api/markets/{market.pk}/history/", query)
    assert (answer.status_code, list(answer.json()["fields"])) == (400, [field])


def test_a_rival_is_named_a_partner(api: APIClient, market: CardMarket) -> None:
    rival = api.get("/api/rivals/", {"merchant_id": RIVAL}).json()["results"][0]
    assert (rival["stance"], rival["is_bot"]) == ("rival", None)
    answer = api.patch(f"/api/rivals/{rival['id']}/", {"stance": "partner", "notes": "мой брат"})
    assert (answer.status_code, answer.json()["stance"], answer.json()["notes"]) == (200, "partner", "мой брат")


@pytest.mark.parametrize("body", [{"stance": "friend"}, {"stanse": "own"}, {"notes": "x" * 5001}])
def test_a_stance_that_is_none_is_refused(api: APIClient, market: CardMarket, body: dict[str, str]) -> None:
    rival = Competitor.everything.get()
    answer = api.patch(f"/api/rivals/{rival.pk}/", body)
    assert (answer.status_code, list(answer.json()["fields"])) == (400, list(body))
    rival.refresh_from_db()
    assert (rival.stance, rival.notes) == ("rival", "")


def test_an_assistant_sees_rivals_and_changes_none(assistant: User, market: CardMarket) -> None:
    api = cast.signed_in(assistant)
    rival = Competitor.everything.get()
    assert api.get(f"/api/rivals/{rival.pk}/").status_code == 200
    assert api.patch(f"/api/rivals/{rival.pk}/", {"stance": "own"}).status_code == 403


def test_coverage_tells_how_old_the_picture_is(api: APIClient, store: Store, market: CardMarket) -> None:
    now = timezone.now()
    ages = [10, 20, 30, 40, 4000]
    for number, age in enumerate(ages):
        row = cast.city_price(cast.product(store, f"AGE-{number}", card_id=f"20000000{number}"))
        CardMarket.objects.filter(pk=market_of(row).pk).update(
            looked_at=now - timedelta(seconds=age), failures=number % 2
        )
    CardMarket.objects.filter(pk=market.pk).update(looked_at=now - timedelta(seconds=50))
    body = api.get(f"/api/stores/{store.pk}/coverage/").json()
    assert (body["markets"], body["never_looked"], body["failing"]) == (7, 1, 2)
    assert [round(body[name], -1) for name in ("p50", "p95", "oldest")] == [30, 4000, 4000]


def test_coverage_of_nothing_is_no_number(api: APIClient, store: Store) -> None:
    body = api.get(f"/api/stores/{store.pk}/coverage/").json()
    counts = {"markets": 0, "never_looked": 0, "failing": 0}
    ages = {"p50": None, "p95": None, "oldest": None}
    changes = {"spent": 0, "for_rules": 200, "taken": 250, "waiting": 0, "next_place_at": None}
    assert body == counts | ages | {"expected_pull_at": None, "budget": 0.8, "change_budget": changes}
