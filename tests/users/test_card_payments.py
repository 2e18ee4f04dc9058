"""The page where a card is paid, and the service that costs nothing."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from email.message import Message
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django.fixtures import Settings

from tests.users.billing import call, order, refusal
from users.models import AccessEntry, PaymentEvent, User, UserPurchase
from users.payments import sandbox
from users.payments.base import Unavailable
from users.payments.sandbox import Happening, Sandbox
from users.payments.tiptoppay import SIGNATURE, sign
from users.services.billing.paying import next_step
from users.views import payments

pytestmark = pytest.mark.django_db

PAGE = "https://orders.tiptoppay.kz/d/abc"


class Service:
    """What TipTop Pay was asked, and what it answers."""

    def __init__(self, status: int, answer: bytes) -> None:
        self.status, self.answer = status, answer
        self.asked: list[tuple[str, bytes, Message]] = []

    @contextmanager
    def listening(self) -> Iterator[str]:
        service = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                service.asked.append((self.path, body, self.headers))
                self.send_response(service.status)
                if service.status == 302:
                    self.send_header("Location", "http://127.0.0.1:9/")
                self.end_headers()
                self.wfile.write(service.answer)

            def log_message(self, *args: object) -> None:
                pass

        server = HTTPServer(("127.0.0.1", 0), Handler)
        thread = Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()
            server.server_close()


def told(url: object = PAGE) -> bytes:
    return json.dumps({"Model": {"Id": "abc", "Url": url}, "Success": True}).encode()


def test_a_card_is_paid_on_a_page_of_the_service(buyer: User, billing: Settings) -> None:
    purchase, service = order(buyer, provider="tiptoppay"), Service(200, told())
    with service.listening() as billing.TIPTOPPAY_URL:
        assert [next_step(purchase).url for _ in range(2)] == [PAGE, PAGE]
    ((path, body, headers),) = service.asked
    wanted = json.loads(body)
    assert (path, headers["Authorization"]) == ("/orders/create", "Basic cGtfdGVzdDphIHNlY3JldCBvZiBUaXBUb3AgUGF5")
    assert (wanted["Amount"], wanted["Currency"], wanted["InvoiceId"]) == (9_900, "KZT", purchase.number)
    back = f"http://127.0.0.1:8000/cabinet/payments/{purchase.pk}/"
    assert (wanted["SuccessRedirectUrl"], wanted["FailRedirectUrl"]) == (back, back)
    assert headers["X-Request-ID"].startswith(purchase.number)
    assert UserPurchase.objects.get().payment_url == PAGE


@pytest.mark.parametrize(
    ("status", "answer"),
    [
        (200, b"<html>"),
        (200, b"[]"),
        (200, b'{"Success": false, "Model": null}'),
        (200, told("javascript:alert(1)")),
        (200, told("https://" + "a" * 300)),
        (200, told(17)),
        (302, b""),
        (500, b"x" * 100_000),
    ],
    ids=["html", "list", "refused", "script", "long", "number", "elsewhere", "broken"],
)
def test_another_answer_leads_nowhere(buyer: User, billing: Settings, status: int, answer: bytes) -> None:
    purchase = order(buyer, provider="tiptoppay")
    with Service(status, answer).listening() as billing.TIPTOPPAY_URL:
        assert refusal(next_step, purchase) == "provider_unavailable"
    assert UserPurchase.objects.get().payment_url == ""


def test_a_service_that_is_away_is_said_to_be(buyer: User, billing: Settings) -> None:
    billing.TIPTOPPAY_URL = "http://127.0.0.1:9"
    assert refusal(next_step, order(buyer, provider="tiptoppay")) == "provider_unavailable"


def test_a_way_to_pay_that_was_given_up_is_said_to_be(buyer: User, billing: Settings) -> None:
    purchase = order(buyer, provider="tiptoppay")
    billing.TIPTOPPAY_SECRET = ""
    assert refusal(next_step, purchase) == "no_provider"


# --- The service for development ---


@pytest.fixture
def at_home(billing: Settings, monkeypatch: pytest.MonkeyPatch) -> Client:
    """Its calls come to our door without a network."""

    def deliver(topic: str, fields: dict[str, str]) -> None:
        assert call(topic, fields, Sandbox().secret, provider="sandbox").status_code == 200

    billing.PAYMENT_SANDBOX = True
    monkeypatch.setattr(payments, "deliver", deliver)
    # Its calls are of today, and so are the services that take them.
    monkeypatch.setattr("django.utils.timezone.now", sandbox.now)
    return Client()


@pytest.mark.parametrize(
    ("happenings", "state", "attention"),
    [
        ([Happening.PAY], "paid", ""),
        ([Happening.REFUSE], "refused", ""),
        ([Happening.REFUSE, Happening.PAY], "paid", ""),
        ([Happening.PAY, Happening.REFUND], "refunded", ""),
        ([Happening.PAY, Happening.PAY], "paid", "paid_twice"),
        ([Happening.PAY_LESS], "held", "amount_differs"),
        ([Happening.PAY_DOLLARS], "held", "currency_differs"),
    ],
    ids=["paid", "refused", "tried again", "paid back", "paid twice", "less", "dollars"],
)
def test_what_one_says_happens_is_what_the_door_is_told(
    at_home: Client, buyer: User, happenings: list[Happening], state: str, attention: str
) -> None:
    purchase = order(buyer, provider="sandbox")
    at_home.force_login(buyer)
    page = reverse("payment-sandbox", args=[purchase.pk])
    assert next_step(purchase).url.endswith(page)
    for happening in happenings:
        assert purchase.number in at_home.get(page).content.decode()
        assert at_home.post(page, {"happens": happening}).headers["Location"] == page
    purchase.refresh_from_db()
    assert (purchase.state, purchase.attention, PaymentEvent.objects.count()) == (state, attention, len(happenings))
    assert (AccessEntry.objects.count() > 0) == (state in {"paid", "refunded"})


def test_nonsense_happens_never(at_home: Client, buyer: User) -> None:
    purchase = order(buyer, provider="sandbox")
    at_home.force_login(buyer)
    assert at_home.post(reverse("payment-sandbox", args=[purchase.pk]), {"happens": "gift"}).status_code == 404
    assert not PaymentEvent.objects.exists()


def test_the_page_is_there_for_developers_and_the_buyer_only(at_home: Client, buyer: User, billing: Settings) -> None:
    page = reverse("payment-sandbox", args=[order(buyer, provider="sandbox").pk])
    assert at_home.get(page).status_code == 302
    at_home.force_login(User.objects.create_user("stranger@example.kz"))
    assert at_home.get(page).status_code == 404
    at_home.force_login(buyer)
    billing.PAYMENT_SANDBOX = False
    assert [at_home.get(page).status_code, at_home.post(page, {"happens": "pay"}).status_code] == [404, 404]


def test_its_calls_are_refused_where_it_is_off(buyer: User, billing: Settings) -> None:
    purchase = order(buyer, provider="sandbox")
    topic, fields = sandbox.call_of(purchase, Happening.PAY)
    assert call(topic, fields, Sandbox().secret, provider="sandbox").status_code == 404
    purchase.refresh_from_db()
    assert purchase.state == "created"


def test_its_calls_are_real_requests_with_a_signature(buyer: User, billing: Settings) -> None:
    heard = Service(200, b"{}")
    with heard.listening() as billing.PUBLIC_URL:
        sandbox.deliver("pay", {"Amount": "9900.00"})
    ((path, body, headers),) = heard.asked
    assert (path, body) == ("/api/payments/sandbox/pay/", b"Amount=9900.00")
    assert headers[SIGNATURE] == sign(body, Sandbox().secret)


def test_a_door_that_is_shut_is_said(billing: Settings) -> None:
    billing.PUBLIC_URL = "http://127.0.0.1:9"
    with pytest.raises(Unavailable):
        sandbox.deliver("pay", {"Amount": "1.00"})
