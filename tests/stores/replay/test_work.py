"""Replays in the queue: asked, claimed, continued after a death, answered, thrown away. And the door of the API."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from stores import tasks
from stores.models import Membership, Product, Replay, Store
from stores.services.errors import Refusal
from stores.services.prices.replay import work
from stores.services.prices.replay.run import Report
from stores.services.prices.replay.work import Wanted
from tests import cast
from users.models import User

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
EMPTY = Report(rows=[], worst=(0, 0), without_record=0, unfit_plans=0, held={}, decisions=0, unknown=["demand"])


def wanted(**rest: Any) -> Wanted:
    now = timezone.now()
    return Wanted(**{"begins_at": now - DAY, "ends_at": now, **rest})


@pytest.fixture
def replay(store: Store, seller: User) -> Replay:
    return work.ask(store, wanted(strategy="match"), seller)


def test_a_replay_waits_and_is_answered(replay: Replay, seller: User) -> None:
    assert (replay.state, replay.asked_by, replay.result) == ("waiting", seller, None)
    tasks.run_replays()
    replay.refresh_from_db()
    assert (replay.state, replay.done, replay.total, replay.claim) == ("done", 8, 8, "")
    assert replay.result["prices"] == 0
    assert replay.finished_at is not None
    assert work.run_next() is False


@pytest.mark.parametrize(
    ("story", "wish", "code"),
    [
        ("it has not passed", {"ends_at": DAY}, "bad_period"),
        ("it ends before it begins", {"begins_at": DAY * 0, "ends_at": -DAY}, "bad_period"),
        ("too long", {"begins_at": -32 * DAY}, "bad_period"),
        ("no such parameter", {"strategy": "hold_place", "plan": {"parameters": {"place": 0}}}, "bad_plan"),
        ("a plan without a strategy", {"plan": {"smallest_move": 5}}, "bad_plan"),
        ("a product that is not there", {"product_ids": [999_999]}, "unknown_product"),
    ],
)
def test_what_cannot_be_replayed_is_refused(store: Store, story: str, wish: dict[str, Any], code: str) -> None:
    now = timezone.now()
    told = {name: now + value if isinstance(value, timedelta) else value for name, value in wish.items()}
    with pytest.raises(Refusal) as refused:
        work.ask(store, wanted(**told), None)
    assert refused.value.code == code, story
    assert not Replay.everything.exists()


def test_a_strangers_product_is_one_that_is_not_there(store: Store, strangers_store: Store) -> None:
    theirs = cast.product(strangers_store)
    with pytest.raises(Refusal) as refused:
        work.ask(store, wanted(product_ids=[theirs.pk]), None)
    assert refused.value.code == "unknown_product"


def test_a_store_has_a_few_at_a_time(store: Store) -> None:
    for _ in range(work.MOST_OPEN):
        work.ask(store, wanted(), None)
    with pytest.raises(Refusal) as refused:
        work.ask(store, wanted(), None)
    assert (refused.value.code, Replay.everything.count()) == ("too_many_replays", work.MOST_OPEN)
    tasks.run_replays()
    work.ask(store, wanted(), None)


def test_the_last_fifty_are_kept(store: Store, strangers_store: Store) -> None:
    theirs = work.ask(strangers_store, wanted(), None)
    tasks.run_replays()
    first = work.ask(store, wanted(), None)
    for _ in range(work.KEPT):
        tasks.run_replays()
        work.ask(store, wanted(), None)
    assert Replay.everything.filter(store=store).count() == work.KEPT
    assert not Replay.everything.filter(pk=first.pk).exists()
    assert Replay.everything.filter(pk=theirs.pk).exists()


def test_what_a_dead_worker_left_is_run_by_another(replay: Replay, monkeypatch: pytest.MonkeyPatch) -> None:
    def die(question: object, on_progress: Any) -> Report:
        on_progress(3, 8)
        raise SystemExit

    with monkeypatch.context() as patch:
        patch.setattr("stores.services.prices.replay.run.run_asked", die)
        with pytest.raises(SystemExit):
            work.run_next()
    replay.refresh_from_db()
    assert (replay.state, replay.done, replay.attempts) == ("running", 3, 1)
    assert work.run_next() is False
    Replay.everything.update(leased_until=timezone.now() - timedelta(seconds=1))
    assert work.run_next() is True
    replay.refresh_from_db()
    assert (replay.state, replay.done, replay.attempts) == ("done", 8, 2)


def test_a_sleeper_does_not_write_over_the_one_who_took_over(replay: Replay, monkeypatch: pytest.MonkeyPatch) -> None:
    def sleep(question: object, on_progress: Any) -> Report:
        Replay.everything.update(claim="another")
        return EMPTY

    monkeypatch.setattr("stores.services.prices.replay.run.run_asked", sleep)
    assert work.run_next() is True
    replay.refresh_from_db()
    assert (replay.state, replay.claim, replay.result) == ("running", "another", None)


def test_one_that_kills_its_workers_is_given_up(replay: Replay) -> None:
    Replay.everything.update(
        state="running", attempts=work.MOST_ATTEMPTS, leased_until=timezone.now() - timedelta(seconds=1)
    )
    assert work.run_next() is False
    replay.refresh_from_db()
    assert (replay.state, replay.result) == ("failed", None)
    assert replay.finished_at is not None


# --- The API ----------------------------------------------------------------------------------------------------------


def body(store: Store, **rest: Any) -> dict[str, Any]:
    now = timezone.now()
    return {"store": store.pk, "begins_at": (now - DAY).isoformat(), "ends_at": now.isoformat(), **rest}


def test_asked_over_the_api_and_read_again(api: APIClient, store: Store) -> None:
    row = cast.city_price(cast.product(store))
    Product.everything.filter(pk=row.product_id).update(category_code="Kettles")
    cast.see(row.market, {store.merchant_id: 10_000, "a": 9_500})
    now = timezone.now()
    asked = api.post("/api/replays/", body(store, strategy="undercut", plan={"parameters": {"tenge": 20}}, step=3))
    assert (asked.status_code, asked.json()["state"], asked.json()["result"]) == (201, "waiting", None)
    Replay.everything.update(ends_at=now)
    tasks.run_replays()
    read = api.get(f"/api/replays/{asked.json()['id']}/").json()
    assert (read["state"], read["result"]["prices"], read["result"]["rows"][0]["would"]["last"]) == ("done", 1, 9_480)
    assert len(read["remarks"]) == len(read["result"]["unknown"]) == 6
    listed = api.get("/api/replays/", {"store": store.pk, "state": "done"}).json()["results"]
    assert [(each["id"], "result" in each) for each in listed] == [(read["id"], False)]


def test_who_may_only_look_may_ask(assistant: User, store: Store) -> None:
    assert Membership.everything.get(user=assistant).role == "viewer"
    assert cast.signed_in(assistant).post("/api/replays/", body(store)).status_code == 201


def test_a_strangers_store_and_a_missing_one_are_refused_alike(api: APIClient, strangers_store: Store) -> None:
    theirs = api.post("/api/replays/", body(strangers_store))
    Store.everything.filter(pk=strangers_store.pk).delete()
    missing = api.post("/api/replays/", body(strangers_store))
    assert (theirs.status_code, theirs.content) == (missing.status_code, missing.content)
    assert theirs.status_code == 400
    assert not Replay.everything.exists()


@pytest.mark.parametrize(
    ("rest", "status", "code"),
    [
        ({"strategie": "match"}, 400, "invalid"),
        ({"step": "3"}, 400, "invalid"),
        ({"plan": {"smallest_move": 1}}, 422, "bad_plan"),
        ({"strategy": "hold_place", "plan": {"parameters": {"place": "2"}}}, 422, "bad_plan"),
        ({"product_ids": [999_999]}, 422, "unknown_product"),
    ],
)
def test_bad_questions_are_answered_with_what_is_wrong(
    api: APIClient, store: Store, rest: dict[str, Any], status: int, code: str
) -> None:
    answer = api.post("/api/replays/", body(store, **rest))
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert not Replay.everything.exists()
