import base64
import gzip
import time
from typing import Any

import pytest

from sandbox.server import SandboxError, SandboxServer
from tests.sandbox.sandbox_fakes import Feed

OWN = "/_sandbox/merchants/30125007"
ALMATY = "750000000"


def price_list(*lines: tuple[str, int]) -> bytes:
    offers = "".join(
        f'<offer sku="{sku}"><model>M</model><availabilities><availability available="yes" storeId="PP1"/>'
        f"</availabilities><price>{price}</price></offer>"
        for sku, price in lines
    )
    return (
        '<kaspi_catalog date="d" xmlns="kaspiShopping"><company>c</company><merchantid>30125007</merchantid>'
        f"<offers>{offers}</offers></kaspi_catalog>"
    ).encode()


def register(sandbox: SandboxServer, feed: Feed, **login: str) -> None:
    sandbox.control("PUT", f"{OWN}/price-list", {"url": feed.url, **login})


def pull(sandbox: SandboxServer) -> dict[str, Any]:
    return dict(sandbox.control("POST", f"{OWN}/pull"))


def products(sandbox: SandboxServer) -> list[dict[str, Any]]:
    return list(sandbox.control("GET", f"{OWN}/offers"))


def storefront_prices(sandbox: SandboxServer, card_id: str) -> list[int]:
    offers = sandbox.control("GET", f"/_sandbox/cards/{card_id}/offers?city_id={ALMATY}")
    return [offer["price"] for offer in offers if offer["merchant_id"] == "30125007"]


def test_a_pulled_price_is_on_the_storefront(sandbox: SandboxServer, feed: Feed) -> None:
    first, second, *rest = products(sandbox)
    feed.body = price_list((first["sku"], 4_999), ("NOT-OURS", 10), (second["sku"], 0))
    register(sandbox, feed)
    assert pull(sandbox) == {
        "time": "2026-01-05T05:00:00.000+00:00",
        "status": 200,
        "bytes": len(feed.body),
        "changed": True,
        "reason": None,
        "accepted": 1,
        "rejected": [{"sku": second["sku"], "reason": "price is '0'; a positive whole number of tenge is expected"}],
        "unrecognised": ["NOT-OURS"],
        "gone_off_sale": [product["sku"] for product in rest],
    }
    assert storefront_prices(sandbox, first["card_id"]) == [4_999]
    assert storefront_prices(sandbox, second["card_id"]) == [second["prices"][ALMATY]]
    assert storefront_prices(sandbox, rest[0]["card_id"]) == []
    assert [product["on_sale"] for product in products(sandbox)] == [True, True, *[False] * 6]


@pytest.mark.parametrize(
    ("status", "body", "reason"),
    [
        (500, b"oops", "HTTP status 500"),
        (401, b"", "HTTP status 401"),
        (302, b"", "HTTP status 302"),
        (200, b"", "the file is empty"),
        (200, b"<html>", "not well-formed XML"),
        (200, price_list(), "the file has no offers"),
        (
            200,
            price_list(("A", 1)).replace(b"30125007", b"30125008"),
            "the file belongs to merchant 30125008",
        ),
    ],
)
def test_a_bad_answer_applies_nothing(
    sandbox: SandboxServer, feed: Feed, status: int, body: bytes, reason: str
) -> None:
    before = products(sandbox)
    feed.status, feed.body = status, body
    register(sandbox, feed)
    entry = pull(sandbox)
    assert (entry["status"], entry["changed"], entry["accepted"]) == (status, False, 0)
    assert entry["reason"].startswith(reason)
    assert products(sandbox) == before


def test_an_unreachable_address_is_logged(sandbox: SandboxServer) -> None:
    sandbox.control("PUT", f"{OWN}/price-list", {"url": "http://127.0.0.1:1/list.xml"})
    entry = pull(sandbox)
    assert (entry["status"], entry["bytes"], entry["changed"]) == (None, 0, False)
    assert entry["reason"].startswith("ClientConnectorError")


def test_a_broken_packing_is_logged(sandbox: SandboxServer, feed: Feed) -> None:
    feed.body, feed.headers = b"not gzip at all", {"Content-Encoding": "gzip"}
    register(sandbox, feed)
    entry = pull(sandbox)
    assert (entry["changed"], entry["accepted"]) == (False, 0)
    assert "Error" in entry["reason"]


def test_only_a_changed_file_is_applied(sandbox: SandboxServer, feed: Feed) -> None:
    product = products(sandbox)[0]
    feed.body = price_list((product["sku"], 4_000))
    register(sandbox, feed)
    assert pull(sandbox)["changed"] is True
    sandbox.control("PUT", f"/_sandbox/cards/{product['card_id']}/offers/30125007", {"city_id": ALMATY, "price": 1})
    entry = pull(sandbox)
    assert (entry["changed"], entry["reason"]) == (False, "not changed (same content)")
    assert storefront_prices(sandbox, product["card_id"]) == [1]
    feed.body = price_list((product["sku"], 4_001))
    assert pull(sandbox)["changed"] is True
    assert storefront_prices(sandbox, product["card_id"]) == [4_001]


def test_it_asks_only_for_what_is_newer(sandbox: SandboxServer, feed: Feed) -> None:
    sku = products(sandbox)[0]["sku"]
    modified = "Mon, 05 Jan 2026 05:00:00 GMT"
    feed.body, feed.headers = price_list((sku, 4_000)), {"ETag": '"v1"', "Last-Modified": modified}
    register(sandbox, feed)
    pull(sandbox)
    feed.status, feed.body = 304, b""
    entry = pull(sandbox)
    assert (entry["status"], entry["changed"], entry["reason"]) == (304, False, "not changed (304)")
    first, second = feed.asked
    assert "if-none-match" not in first
    assert "if-modified-since" not in first
    assert (second["if-none-match"], second["if-modified-since"]) == ('"v1"', modified)


def test_a_refused_file_leaves_no_validators(sandbox: SandboxServer, feed: Feed) -> None:
    feed.body, feed.headers = b"<html>", {"ETag": '"bad"'}
    register(sandbox, feed)
    pull(sandbox)
    pull(sandbox)
    assert "if-none-match" not in feed.asked[1]


def test_packed_files_are_unpacked(sandbox: SandboxServer, feed: Feed) -> None:
    product = products(sandbox)[0]
    plain = price_list((product["sku"], 4_444))
    feed.body, feed.headers = gzip.compress(plain), {"Content-Encoding": "gzip"}
    register(sandbox, feed)
    entry = pull(sandbox)
    assert (entry["changed"], entry["bytes"]) == (True, len(plain))
    assert feed.asked[0]["accept-encoding"] == "gzip"
    assert storefront_prices(sandbox, product["card_id"]) == [4_444]


def test_the_login_is_sent_and_the_password_never_shown(sandbox: SandboxServer, feed: Feed) -> None:
    feed.body = price_list(("A", 1))
    register(sandbox, feed, login="kaspi", password="пароль")
    pull(sandbox)
    expected = base64.b64encode("kaspi:пароль".encode()).decode()
    assert feed.asked[0]["authorization"] == f"Basic {expected}"
    merchant = sandbox.control("GET", OWN)
    assert merchant["price_list"] == {
        "url": feed.url,
        "login": "kaspi",
        "has_password": True,
        "next_pull_at": "2026-01-05T05:00:02.000+00:00",
    }
    assert merchant["last_pull"]["status"] == 200
    assert "пароль" not in str(merchant)


def test_without_a_login_none_is_sent(sandbox: SandboxServer, feed: Feed) -> None:
    register(sandbox, feed)
    pull(sandbox)
    assert "authorization" not in feed.asked[0]


def test_a_manual_clock_pulls_at_its_own_times(sandbox: SandboxServer, feed: Feed) -> None:
    feed.body = price_list((products(sandbox)[0]["sku"], 4_000))
    register(sandbox, feed)
    sandbox.control("POST", "/_sandbox/clock", {"advance": 1})
    assert feed.asked == []
    sandbox.control("POST", "/_sandbox/clock", {"advance": 1})
    assert len(feed.asked) == 1
    sandbox.control("POST", "/_sandbox/clock", {"advance": 2 * 3600})
    assert [entry["time"] for entry in sandbox.control("GET", f"{OWN}/pulls")] == [
        "2026-01-05T05:00:02.000+00:00",
        "2026-01-05T06:00:02.000+00:00",
        "2026-01-05T07:00:02.000+00:00",
    ]


def test_rivals_and_pulls_act_in_the_order_of_their_times(feed: Feed) -> None:
    with SandboxServer(seed=1, cards=2, merchant_cards=2, clock="manual") as sandbox:
        product = products(sandbox)[0]
        feed.body = price_list((product["sku"], 100_000))
        register(sandbox, feed)
        sandbox.control("POST", "/_sandbox/clock", {"advance": 3600})
        at_once = sandbox.control("GET", f"/_sandbox/cards/{product['card_id']}/offers?city_id={ALMATY}")
    with SandboxServer(seed=1, cards=2, merchant_cards=2, clock="manual") as sandbox:
        register(sandbox, feed)
        for _ in range(60):
            sandbox.control("POST", "/_sandbox/clock", {"advance": 60})
        in_steps = sandbox.control("GET", f"/_sandbox/cards/{product['card_id']}/offers?city_id={ALMATY}")
    assert at_once == in_steps
    assert len(feed.asked) == 2


def test_a_new_address_starts_afresh_but_keeps_the_log(sandbox: SandboxServer, feed: Feed) -> None:
    feed.body, feed.headers = price_list((products(sandbox)[0]["sku"], 4_000)), {"ETag": '"v1"'}
    register(sandbox, feed)
    pull(sandbox)
    register(sandbox, feed)
    assert pull(sandbox)["changed"] is True
    assert "if-none-match" not in feed.asked[1]
    assert len(sandbox.control("GET", f"{OWN}/pulls")) == 2


def test_a_real_clock_pulls_within_seconds_and_again(feed: Feed) -> None:
    with SandboxServer(seed=1, cards=3, merchant_cards=2, clock="real", paused=True, pull_every=0.2) as sandbox:
        product = products(sandbox)[0]
        feed.body = price_list((product["sku"], 5_555))
        register(sandbox, feed)
        deadline = time.monotonic() + 10
        pulls: list[dict[str, Any]] = []
        while len(pulls) < 2 and time.monotonic() < deadline:
            pulls = sandbox.control("GET", f"{OWN}/pulls")
        assert [entry["changed"] for entry in pulls[:2]] == [True, False]
        assert storefront_prices(sandbox, product["card_id"]) == [5_555]


def test_a_marketplace_that_does_not_come(sandbox: SandboxServer, feed: Feed) -> None:
    feed.body = price_list((products(sandbox)[0]["sku"], 4_000))
    before = products(sandbox)
    register(sandbox, feed)
    sandbox.control("PUT", "/_sandbox/faults/pull_fails", {})
    sandbox.control("POST", "/_sandbox/clock", {"advance": 2 * 3600})
    skipped = (None, 0, False, "skipped: the marketplace did not come (pull_fails)")
    pulls = [pull(sandbox), *sandbox.control("GET", f"{OWN}/pulls")]
    assert [(entry["status"], entry["bytes"], entry["changed"], entry["reason"]) for entry in pulls] == [skipped] * 4
    assert feed.asked == []
    assert products(sandbox) == before
    sandbox.control("DELETE", "/_sandbox/faults/pull_fails")
    sandbox.control("POST", "/_sandbox/clock", {"advance": 3600})
    assert sandbox.control("GET", f"{OWN}/pulls")[-1]["changed"] is True


def test_an_answer_of_200_that_changes_nothing(sandbox: SandboxServer, feed: Feed) -> None:
    feed.body, feed.headers = price_list((products(sandbox)[0]["sku"], 4_000)), {"ETag": '"v1"'}
    before = products(sandbox)
    register(sandbox, feed)
    sandbox.control("PUT", "/_sandbox/faults/pull_ignored", {})
    ignored = {
        "time": "2026-01-05T05:00:00.000+00:00",
        "status": 200,
        "bytes": len(feed.body),
        "changed": False,
        "reason": "200, but nothing was applied (pull_ignored)",
        "accepted": 0,
        "rejected": [],
        "unrecognised": [],
        "gone_off_sale": [],
    }
    assert [pull(sandbox), pull(sandbox)] == [ignored] * 2
    assert ["if-none-match" in headers for headers in feed.asked] == [False, False]
    assert products(sandbox) == before
    sandbox.control("DELETE", "/_sandbox/faults/pull_ignored")
    assert pull(sandbox)["changed"] is True
    assert storefront_prices(sandbox, before[0]["card_id"]) == [4_000]


def test_only_a_file_that_would_be_applied_is_ignored(sandbox: SandboxServer, feed: Feed) -> None:
    sku = products(sandbox)[0]["sku"]
    feed.body = price_list((sku, 4_000))
    register(sandbox, feed)
    pull(sandbox)
    sandbox.control("PUT", "/_sandbox/faults/pull_ignored", {"times": 1})
    assert pull(sandbox)["reason"] == "not changed (same content)"
    feed.body = price_list((sku, 4_001))
    assert [pull(sandbox)["changed"], pull(sandbox)["changed"]] == [False, True]


@pytest.mark.parametrize("kind", ["pull_fails", "pull_ignored"])
def test_a_fault_of_pulling_is_narrowed(sandbox: SandboxServer, feed: Feed, kind: str) -> None:
    feed.body = price_list((products(sandbox)[0]["sku"], 4_000))
    register(sandbox, feed)
    sandbox.control("PUT", "/_sandbox/faults/somebody-else", {"kind": kind, "merchant_id": "99000001"})
    sandbox.control("PUT", "/_sandbox/faults/never", {"kind": kind, "rate": 0})
    sandbox.control("PUT", "/_sandbox/faults/once", {"kind": kind, "times": 1})
    assert [pull(sandbox)["changed"], pull(sandbox)["changed"]] == [False, True]
    assert list(sandbox.control("GET", "/_sandbox/faults")) == ["somebody-else", "never"]


def test_pulling_needs_an_address(sandbox: SandboxServer) -> None:
    with pytest.raises(SandboxError, match="has no price list"):
        pull(sandbox)
    assert sandbox.control("GET", f"{OWN}/pulls") == []


@pytest.mark.parametrize("url", ["ftp://x/y", "list.xml", "http://", ""])
def test_only_web_addresses_are_registered(sandbox: SandboxServer, url: str) -> None:
    with pytest.raises(SandboxError, match="an http or https address is expected"):
        sandbox.control("PUT", f"{OWN}/price-list", {"url": url})
    assert sandbox.control("GET", OWN)["price_list"] is None
