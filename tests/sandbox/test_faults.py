import time
from http.client import HTTPException
from typing import Any

import pytest

from sandbox.faults import FaultKind
from sandbox.server import SandboxError, SandboxServer
from tests.sandbox.sandbox_fakes import Shopper

OWN = "30125007"
BROWSER = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/139.0 Safari/537.36"
BODY = b'{"cityId":"750000000","limit":64}'


def switch_on(sandbox: SandboxServer, name: str, **settings: object) -> None:
    sandbox.control("PUT", f"/_sandbox/faults/{name}", settings)


def ask(shopper: Shopper, card_id: str, body: bytes = BODY) -> tuple[int, bytes]:
    return shopper.ask("POST", f"/yml/offer-view/offers/{card_id}", body)


@pytest.mark.parametrize(
    ("settings", "status", "retry_after"),
    [
        ({"kind": "403"}, 403, None),
        ({"kind": "429"}, 429, None),
        ({"kind": "429", "retry_after": 7}, 429, "7"),
        ({"kind": "429", "retry_after": "Mon, 05 Jan 2026 05:00:30 GMT"}, 429, "Mon, 05 Jan 2026 05:00:30 GMT"),
        ({"kind": "5xx"}, 503, None),
        ({"kind": "5xx", "status": 502}, 502, None),
    ],
)
def test_refusals(
    sandbox: SandboxServer, shopper: Shopper, settings: dict[str, object], status: int, retry_after: str | None
) -> None:
    switch_on(sandbox, "refusal", **settings)
    assert ask(shopper, "100000000")[0] == status
    assert shopper.headers("POST", "/yml/offer-view/offers/100000000", BODY).get("retry-after") == retry_after


def test_html_comes_with_status_200(sandbox: SandboxServer, shopper: Shopper, own_cards: list[str]) -> None:
    switch_on(sandbox, "html")
    status, body = ask(shopper, own_cards[0])
    assert (status, body[:15]) == (200, b"<!DOCTYPE html>")
    headers = shopper.headers("POST", f"/yml/offer-view/offers/{own_cards[0]}", BODY)
    assert headers["content-type"].startswith("text/html")


def test_truncated_json(sandbox: SandboxServer, shopper: Shopper, own_cards: list[str]) -> None:
    _, whole = ask(shopper, own_cards[0])
    switch_on(sandbox, "truncated")
    status, body = ask(shopper, own_cards[0])
    assert (status, body) == (200, whole[: len(whole) // 2])


def test_slow_is_late_but_right(sandbox: SandboxServer, shopper: Shopper, own_cards: list[str]) -> None:
    _, prompt = ask(shopper, own_cards[0])
    switch_on(sandbox, "slow", seconds=0.3)
    started = time.monotonic()
    assert ask(shopper, own_cards[0]) == (200, prompt)
    assert time.monotonic() - started >= 0.3


def test_disconnect_cuts_the_line(sandbox: SandboxServer, shopper: Shopper, own_cards: list[str]) -> None:
    switch_on(sandbox, "disconnect", times=1)
    with pytest.raises((OSError, HTTPException)):
        ask(shopper, own_cards[0])
    assert ask(shopper, own_cards[0])[0] == 200


def test_hang_never_answers_and_holds_nobody_else(
    sandbox: SandboxServer, shopper: Shopper, own_cards: list[str]
) -> None:
    switch_on(sandbox, "hang", card_id=own_cards[0])
    impatient = Shopper(sandbox.url, patience=0.3)
    with pytest.raises(TimeoutError):
        ask(impatient, own_cards[0])
    assert ask(shopper, own_cards[1])[0] == 200
    (entry, _) = sandbox.control("GET", "/_sandbox/requests")["last"]
    assert (entry["card_id"], entry["status"]) == (own_cards[0], None)


@pytest.mark.parametrize("user_agent", [None, "", "python-requests/2.32.3", "a-seller-tool/1.0 (+https://example.kz)"])
def test_whoever_is_no_browser_gets_no_answer(
    sandbox: SandboxServer, own_cards: list[str], user_agent: str | None
) -> None:
    switch_on(sandbox, "no_browser_hangs", path="/yml/offer-view/")
    stranger = Shopper(sandbox.url, patience=0.3, user_agent=user_agent)
    with pytest.raises(TimeoutError):
        ask(stranger, own_cards[0])
    assert stranger.ask("GET", "/yml/product-view/pl/results")[0] == 200
    assert ask(Shopper(sandbox.url, user_agent=BROWSER), own_cards[0])[0] == 200
    statuses = [entry["status"] for entry in sandbox.control("GET", "/_sandbox/requests")["last"]]
    assert statuses == [None, 200, 200]


def test_a_browser_does_not_use_up_the_silence(sandbox: SandboxServer, shopper: Shopper, own_cards: list[str]) -> None:
    switch_on(sandbox, "no_browser_hangs", times=1)
    assert ask(Shopper(sandbox.url, user_agent=BROWSER), own_cards[0])[0] == 200
    assert sandbox.control("GET", "/_sandbox/faults")["no_browser_hangs"]["times"] == 1
    with pytest.raises(TimeoutError):
        ask(Shopper(sandbox.url, patience=0.3), own_cards[0])
    assert ask(shopper, own_cards[0])[0] == 200


def test_whoever_asks_too_fast_is_shut_out(sandbox: SandboxServer, shopper: Shopper, own_cards: list[str]) -> None:
    switch_on(sandbox, "too_fast")
    assert [ask(shopper, own_cards[0])[0] for _ in range(10)] == [200] * 8 + [403] * 2
    sandbox.control("POST", "/_sandbox/clock", {"advance": 9.75})
    assert ask(shopper, own_cards[0])[0] == 403
    sandbox.control("POST", "/_sandbox/clock", {"advance": 0.25})
    assert ask(shopper, own_cards[0])[0] == 200


def test_whoever_waits_a_second_is_never_too_fast(
    sandbox: SandboxServer, shopper: Shopper, own_cards: list[str]
) -> None:
    switch_on(sandbox, "too_fast", per_second=1, seconds=600)
    for _ in range(5):
        assert ask(shopper, own_cards[0])[0] == 200
        sandbox.control("POST", "/_sandbox/clock", {"advance": 1})


def test_speed_has_its_settings(sandbox: SandboxServer, shopper: Shopper, own_cards: list[str]) -> None:
    switch_on(sandbox, "too_fast", path="/yml/offer-view/", per_second=2, seconds=4, retry_after=4)
    assert [ask(shopper, own_cards[0])[0] for _ in range(3)] == [200, 200, 403]
    assert shopper.headers("POST", f"/yml/offer-view/offers/{own_cards[0]}", BODY)["retry-after"] == "4"
    assert {shopper.ask("GET", "/yml/product-view/pl/results")[0] for _ in range(5)} == {200}
    sandbox.control("POST", "/_sandbox/clock", {"advance": 4})
    assert ask(shopper, own_cards[0])[0] == 200
    sandbox.control("DELETE", "/_sandbox/faults/too_fast")
    assert {ask(shopper, own_cards[0])[0] for _ in range(5)} == {200}


def test_a_hanging_answer_does_not_hold_up_the_end() -> None:
    with SandboxServer(seed=1, cards=3, merchant_cards=2, clock="manual", paused=True) as sandbox:
        switch_on(sandbox, "hang", path="/shop/")
        with pytest.raises(TimeoutError):
            Shopper(sandbox.url, patience=0.2).ask("GET", "/shop/p/-100000000/")
        started = time.monotonic()
    assert time.monotonic() - started < 3


def test_empty_list(sandbox: SandboxServer, shopper: Shopper, own_cards: list[str]) -> None:
    switch_on(sandbox, "empty_list")
    answer = shopper.offers(own_cards[0])
    assert (answer["offers"], answer["total"], answer["offersCount"]) == ([], 0, 0)


def test_missing_own_offer(sandbox: SandboxServer, shopper: Shopper, own_cards: list[str]) -> None:
    whole = shopper.offers(own_cards[0], limit=64)
    switch_on(sandbox, "missing_own_offer")
    answer = shopper.offers(own_cards[0], limit=64)
    assert answer["offers"] == [offer for offer in whole["offers"] if offer["merchantId"] != OWN]
    assert answer["total"] == answer["offersCount"] == whole["total"] - 1 == len(answer["offers"])


def test_a_missing_offer_is_missing_on_every_page(
    sandbox: SandboxServer, shopper: Shopper, own_cards: list[str]
) -> None:
    total = shopper.offers(own_cards[4])["total"]
    switch_on(sandbox, "missing_own_offer")
    pages = [shopper.offers(own_cards[4], limit=64, page=page) for page in range(2)]
    assert [page["total"] for page in pages] == [total - 1, total - 1]
    assert sum(len(page["offers"]) for page in pages) == total - 1


def test_missing_offer_of_another_merchant(sandbox: SandboxServer, shopper: Shopper, own_cards: list[str]) -> None:
    first = shopper.offers(own_cards[0])["offers"][0]["merchantId"]
    switch_on(sandbox, "missing_own_offer", merchant_id=first)
    assert first not in [offer["merchantId"] for offer in shopper.offers(own_cards[0], limit=64)["offers"]]


def test_other_units(sandbox: SandboxServer, shopper: Shopper, own_cards: list[str]) -> None:
    prices = [offer["price"] for offer in shopper.offers(own_cards[0])["offers"]]
    switch_on(sandbox, "other_units")
    assert [offer["price"] for offer in shopper.offers(own_cards[0])["offers"]] == [price / 100 for price in prices]


def test_other_city(sandbox: SandboxServer, shopper: Shopper, own_cards: list[str]) -> None:
    astana = shopper.offers(own_cards[0], cityId="710000000")
    switch_on(sandbox, "other_city")
    assert shopper.offers(own_cards[0]) == astana


def test_wrong_card(sandbox: SandboxServer, shopper: Shopper, own_cards: list[str]) -> None:
    switch_on(sandbox, "wrong_card", card_id=own_cards[0])
    assert {offer["masterSku"] for offer in shopper.offers(own_cards[0])["offers"]} == {own_cards[1]}
    assert {offer["masterSku"] for offer in shopper.offers(own_cards[2])["offers"]} == {own_cards[2]}


def test_partial_fails_on_the_second_page(sandbox: SandboxServer, shopper: Shopper, own_cards: list[str]) -> None:
    switch_on(sandbox, "partial", times=1)
    assert ask(shopper, own_cards[4])[0] == 200
    second_page = b'{"cityId":"750000000","limit":64,"page":1}'
    assert ask(shopper, own_cards[4], second_page)[0] == 500
    assert ask(shopper, own_cards[4], second_page)[0] == 200


def test_times_counts_down(sandbox: SandboxServer, shopper: Shopper, own_cards: list[str]) -> None:
    switch_on(sandbox, "403", times=2)
    assert [ask(shopper, own_cards[0])[0] for _ in range(4)] == [403, 403, 200, 200]
    assert sandbox.control("GET", "/_sandbox/faults") == {}


def test_rate_is_a_share_and_repeats_with_the_seed() -> None:
    runs = []
    for _ in range(2):
        with SandboxServer(seed=1, cards=3, merchant_cards=2, clock="manual", paused=True) as sandbox:
            switch_on(sandbox, "403", rate=0.4)
            shopper = Shopper(sandbox.url)
            runs.append([ask(shopper, "100000000")[0] for _ in range(60)])
    assert runs[0] == runs[1]
    assert 12 <= runs[0].count(403) <= 36


@pytest.mark.parametrize(("rate", "status"), [(0, 200), (1, 403)])
def test_the_ends_of_rate(
    sandbox: SandboxServer, shopper: Shopper, own_cards: list[str], rate: float, status: int
) -> None:
    switch_on(sandbox, "403", rate=rate)
    assert {ask(shopper, own_cards[0])[0] for _ in range(10)} == {status}


def test_a_fault_is_narrowed_by_card_and_city(sandbox: SandboxServer, shopper: Shopper, own_cards: list[str]) -> None:
    switch_on(sandbox, "403", card_id=own_cards[0], city_id="750000000")
    assert ask(shopper, own_cards[0])[0] == 403
    assert ask(shopper, own_cards[1])[0] == 200
    assert ask(shopper, own_cards[0], b'{"cityId":"710000000"}')[0] == 200


def test_a_fault_is_narrowed_by_path(sandbox: SandboxServer, shopper: Shopper, own_cards: list[str]) -> None:
    switch_on(sandbox, "403", path="/yml/product-view/")
    assert ask(shopper, own_cards[0])[0] == 200
    assert shopper.ask("GET", "/yml/product-view/pl/results")[0] == 403


def test_faults_about_offers_leave_the_listing_alone(sandbox: SandboxServer, shopper: Shopper) -> None:
    whole = shopper.cards()
    for kind in ("empty_list", "other_units", "other_city", "wrong_card", "missing_own_offer", "partial"):
        switch_on(sandbox, kind, times=1)
    assert shopper.cards() == whole
    assert len(sandbox.control("GET", "/_sandbox/faults")) == 6


def test_a_lying_listing_disagrees_with_the_offers_of_its_city_only(
    sandbox: SandboxServer, shopper: Shopper, own_cards: list[str]
) -> None:
    offers = shopper.offers(own_cards[0])
    whole = {city: shopper.cards(c=city) for city in ("750000000", "710000000")}
    switch_on(sandbox, "listing_lies", city_id="750000000")
    lying = shopper.cards(c="750000000")
    assert [(card["unitPrice"], card["unitSalePrice"], card["bestMerchant"]) for card in lying] == [
        (price, price, "10000001") for price in (card["unitPrice"] * 11 // 10 for card in whole["750000000"])
    ]
    assert shopper.cards(c="710000000") == whole["710000000"]
    assert shopper.offers(own_cards[0]) == offers


def test_a_lying_listing_stops_lying(sandbox: SandboxServer, shopper: Shopper) -> None:
    whole = shopper.cards()
    switch_on(sandbox, "listing_lies", times=1)
    assert shopper.cards() != whole
    assert shopper.cards() == whole


def test_faults_of_pulling_leave_the_storefront_alone(sandbox: SandboxServer, shopper: Shopper) -> None:
    whole = shopper.cards()
    for kind in ("pull_fails", "pull_ignored"):
        switch_on(sandbox, kind, times=1)
    assert shopper.cards() == whole
    assert len(sandbox.control("GET", "/_sandbox/faults")) == 2


def test_two_faults_at_once(sandbox: SandboxServer, shopper: Shopper, own_cards: list[str]) -> None:
    whole = shopper.offers(own_cards[0])
    switch_on(sandbox, "other_units")
    switch_on(sandbox, "late", kind="slow", seconds=0.1)
    started = time.monotonic()
    assert shopper.offers(own_cards[0])["offers"][0]["price"] == whole["offers"][0]["price"] / 100
    assert time.monotonic() - started >= 0.1


def test_faults_are_listed_and_removed(sandbox: SandboxServer, shopper: Shopper, own_cards: list[str]) -> None:
    switch_on(sandbox, "403")
    switch_on(sandbox, "my-fault", kind="429", retry_after=3)
    active = sandbox.control("GET", "/_sandbox/faults")
    assert {name: fault["kind"] for name, fault in active.items()} == {"403": "403", "my-fault": "429"}
    sandbox.control("DELETE", "/_sandbox/faults/403")
    assert ask(shopper, own_cards[0])[0] == 429
    sandbox.control("DELETE", "/_sandbox/faults")
    assert ask(shopper, own_cards[0])[0] == 200
    with pytest.raises(SandboxError, match="no fault '403'"):
        sandbox.control("DELETE", "/_sandbox/faults/403")


def test_faults_never_touch_the_control_api(sandbox: SandboxServer) -> None:
    switch_on(sandbox, "403", path="/")
    assert sandbox.control("GET", "/_sandbox/state")["seed"] == 1


@pytest.mark.parametrize(
    ("name", "settings", "text"),
    [
        ("nonsense", {}, "kinds are 401, 403, 429, 5xx"),
        ("403", {"rate": 1.5}, "rate"),
        ("403", {"times": 0}, "times"),
        ("403", {"tmies": 1}, "tmies"),
        ("5xx", {"status": 404}, "status"),
        ("slow", {"seconds": -1}, "seconds"),
        ("too_fast", {"per_second": 0}, "per_second"),
    ],
)
def test_a_wrong_fault_is_refused(sandbox: SandboxServer, name: str, settings: dict[str, Any], text: str) -> None:
    with pytest.raises(SandboxError, match=text):
        switch_on(sandbox, name, **settings)
    assert sandbox.control("GET", "/_sandbox/faults") == {}


@pytest.mark.parametrize("kind", list(FaultKind))
def test_every_kind_can_be_named(sandbox: SandboxServer, kind: FaultKind) -> None:
    switch_on(sandbox, kind)
    assert sandbox.control("GET", "/_sandbox/faults")[kind.value]["kind"] == kind.value
