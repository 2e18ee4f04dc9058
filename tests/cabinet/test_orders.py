"""The pages of orders: found, done with one by one and many at once, printed; what each role sees of the buyer."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from sandbox.orders.order import State as Tray
from stores.models import Membership, Notification, Order, OrderAction, Store
from stores.models.roles import Role
from stores.services.orders import actions, clocks
from tests import cast
from tests.sandbox.orders_fakes import Desk
from tests.stores.orders.desk import DeskTransport, connect, look_up, read_all, row_of
from users.models import User

pytestmark = pytest.mark.django_db
# Session, person, store, heaps, points, orders, lines, open actions, what the person may do, the person's stores.
QUERIES = 10


@pytest.fixture
def line(store: Store, monkeypatch: pytest.MonkeyPatch) -> DeskTransport:
    return connect(store, monkeypatch)


@pytest.fixture
def desk(line: DeskTransport) -> Desk:
    return line.desk


@pytest.fixture
def packer(store: Store) -> Client:
    person = cast.person("packer@example.kz", "Ернар")
    Membership.everything.create(store=store, user=person, role=Role.PACKER)
    client = Client()
    client.force_login(person)
    return client


def html_at(browser: Client, path: str, **query: Any) -> str:
    answer = browser.get(path, query, headers={"Accept-Language": "en"})
    assert answer.status_code == 200
    return answer.content.decode()


def orders_at(store: Store) -> str:
    return f"/cabinet/stores/{store.pk}/orders/"


def numbers_in(page: str) -> list[str]:
    return re.findall(r'<a href="/cabinet/orders/\d+/">(\d+)</a>', page)


def new_order(desk: Desk, **more: Any) -> Order:
    """A new order whose buyer told his phone."""
    while (theirs := desk.place(quantity=2, **more)).buyer.is_masked:
        pass
    read_all()
    return row_of(theirs)


# --- The list ---------------------------------------------------------------------------------------------------------


def test_the_heaps_hold_what_is_to_be_done(browser_of_seller: Client, store: Store, desk: Desk) -> None:
    new, parcel, waiting = desk.place(), desk.placed(Tray.KASPI_DELIVERY), desk.placed(Tray.PICKUP)
    read_all()
    page = html_at(browser_of_seller, orders_at(store))
    assert numbers_in(page) == [new.code]
    tabs = re.findall(r'<a href="\?desk=(\w+)"[^>]*>[^<]+(?:<small>(\d+))?', page)
    assert tabs[:5] == [("accept", "1"), ("assemble", "1"), ("hand_over", "1"), ("returns", ""), ("all", "")]
    assert numbers_in(html_at(browser_of_seller, orders_at(store), desk="assemble")) == [parcel.code]
    assert numbers_in(html_at(browser_of_seller, orders_at(store), desk="hand_over")) == [waiting.code]
    assert set(numbers_in(html_at(browser_of_seller, orders_at(store), desk="all"))) == {
        new.code,
        parcel.code,
        waiting.code,
    }


def test_what_ends_first_stands_first(browser_of_seller: Client, store: Store, desk: Desk) -> None:
    late, soon = (row_of(each) for each in read(desk, 2))
    Order.everything.filter(pk=soon.pk).update(approved_at=late.placed_at - timedelta(hours=1))
    clocks.sweep_clocks()
    assert numbers_in(html_at(browser_of_seller, orders_at(store), desk="accept")) == [soon.code, late.code]


def read(desk: Desk, count: int) -> list[Any]:
    theirs = [desk.place() for _ in range(count)]
    read_all()
    return theirs


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"q": "{second}"}, ["second"]),
        ({"q": "{second}", "desk": "returns"}, ["second"]),
        ({"q": "nothing"}, []),
        ({"desk": "all", "express": "on"}, []),
        ({"desk": "all", "delivery": "true"}, ["first"]),
        ({"desk": "all", "delivery": "false"}, ["second"]),
        ({"desk": "all", "point": "{point}"}, ["second", "first"]),
        ({"desk": "all", "point": "999999"}, ["second", "first"]),
        ({"desk": "all", "cursor": "broken"}, ["second", "first"]),
        ({"desk": "nonsense"}, ["first"]),
    ],
)
def test_orders_are_searched_and_narrowed(
    browser_of_seller: Client, store: Store, desk: Desk, query: dict[str, str], found: list[str]
) -> None:
    first = desk.place()
    desk.wait(1)
    second = desk.placed(Tray.PICKUP)
    read_all()
    codes = {"first": first.code, "second": second.code, "point": str(store.sales_points.get(code="PP1").pk)}
    asked = {name: value.format(**codes) for name, value in query.items()}
    assert numbers_in(html_at(browser_of_seller, orders_at(store), **asked)) == [codes[name] for name in found]


def test_a_list_names_no_buyer_whole(browser_of_seller: Client, store: Store, desk: Desk) -> None:
    order = new_order(desk)
    assert order.client is not None
    page = html_at(browser_of_seller, orders_at(store))
    assert order.client.masked_phone in page
    assert order.client.phone not in page
    assert order.client.last_name not in page


def test_what_was_ticked_comes_back_ticked(browser_of_seller: Client, store: Store, desk: Desk) -> None:
    ticked, other = (row_of(each) for each in read(desk, 2))
    page = html_at(browser_of_seller, orders_at(store), desk="accept", orders=[ticked.pk])
    assert re.findall(r'id="choose-(\d+)" [^>]* checked>', page) == [str(ticked.pk)]
    assert f'id="choose-{other.pk}"' in page
    assert "orders=" not in re.findall(r'data-here="([^"]+)"', page)[0]


def test_a_page_of_orders_costs_no_query_more_for_more_orders(
    browser_of_seller: Client, store: Store, desk: Desk, django_assert_num_queries: Any
) -> None:
    read(desk, 1)
    with django_assert_num_queries(QUERIES):
        html_at(browser_of_seller, orders_at(store), desk="accept")
    read(desk, 5)
    with django_assert_num_queries(QUERIES):
        html_at(browser_of_seller, orders_at(store), desk="accept")


# --- One order --------------------------------------------------------------------------------------------------------


def test_the_order_shows_its_buyer_to_a_packer_and_not_to_a_viewer(
    packer: Client, store: Store, desk: Desk, assistant: User
) -> None:
    order = new_order(desk)
    viewer = Client()
    viewer.force_login(assistant)
    assert order.client is not None
    seen = [html_at(browser, f"/cabinet/orders/{order.pk}/") for browser in (packer, viewer)]
    assert [order.client.phone in page for page in seen] == [True, False]
    assert [order.client.last_name in page for page in seen] == [True, False]
    assert ['name="kind"' in page for page in seen] == [True, False]
    assert order.client.masked_phone in seen[1]


def test_a_packer_sees_no_way_to_prices(packer: Client, store: Store, desk: Desk) -> None:
    cast.product(store, sku=desk.place().entries[0].sku)
    read_all()
    assert packer.get("/cabinet/").headers["Location"] == orders_at(store)
    order = Order.everything.get()
    for path in (orders_at(store), f"/cabinet/orders/{order.pk}/"):
        page = html_at(packer, path)
        assert not re.findall(r'href="/cabinet/(?:products/|stores/\d+/(?:"|prices|rules|rivals|price-list))', page)


def test_a_packers_messages_are_those_about_orders(packer: Client, store: Store, desk: Desk) -> None:
    order = new_order(desk)
    facts = {"code": order.code, "duty": "accept", "ends": timezone.now().isoformat()}
    rows = [("order_ending", "warning", facts), ("blind", "urgent", {"since": ""})]
    for kind, severity, told in rows:
        Notification.everything.create(store=store, kind=kind, severity=severity, facts=told, event=kind)
    path = f"/cabinet/stores/{store.pk}/notifications/"
    page = html_at(packer, path)
    assert f"?q={order.code}" in page
    assert "storefront" not in page
    packer.post(f"{path}read/", {"newest": Notification.everything.latest("pk").pk})
    unread = Notification.everything.filter(read_at=None).values_list("kind", flat=True)
    assert list(unread) == ["blind"]


@pytest.mark.parametrize(
    ("tray", "verbs"),
    [
        (None, ["accept", "cancel", "reduce"]),
        (Tray.KASPI_DELIVERY, ["assemble", "cancel", "reduce"]),
        (Tray.PICKUP, ["send_code", "issue", "cancel", "reduce"]),
    ],
)
def test_what_is_next_is_offered_first(
    browser_of_seller: Client, desk: Desk, tray: Tray | None, verbs: list[str]
) -> None:
    theirs = desk.place() if tray is None else desk.placed(tray)
    read_all()
    page = html_at(browser_of_seller, f"/cabinet/orders/{row_of(theirs).pk}/")
    assert re.findall(r'name="kind" value="(\w+)"', page) == verbs


def test_accepted_packed_and_printed(browser_of_seller: Client, store: Store, desk: Desk) -> None:
    order = new_order(desk)
    path = f"/cabinet/orders/{order.pk}/"
    for form in ({"kind": "accept"}, {"kind": "assemble", "parcels": "2"}):
        answer = browser_of_seller.post(f"{path}act/", form)
        assert (answer.status_code, answer.headers["Location"]) == (302, path)
        actions.send_due_actions()
        look_up()
    desk.wait(300)
    read_all()
    look_up()
    page = html_at(browser_of_seller, path)
    assert "Print the waybill" in page
    done = [(action.kind, action.state) for action in OrderAction.everything.order_by("pk")]
    assert done == [("accept", "done"), ("assemble", "done")]
    assert OrderAction.everything.get(kind="assemble").arguments["parcels"] == 2
    file = browser_of_seller.post(f"{orders_at(store)}print/", {"orders": order.pk, "layout": "a4"})
    assert (file.status_code, file["Content-Type"], file.content[:5]) == (200, "application/pdf", b"%PDF-")


@pytest.mark.parametrize(
    ("form", "said"),
    [
        ({"kind": "cancel"}, "This field is required"),
        ({"kind": "cancel", "reason": "PRODUCT_UNDERWEIGHT"}, "not one of the available choices"),
        ({"kind": "reduce", "reason": "MERCHANT_OUT_OF_STOCK"}, "at least of one line"),
        ({"kind": "reduce", "reason": "MERCHANT_OUT_OF_STOCK", "remaining_0": "2"}, "less than or equal to 1"),
        ({"kind": "assemble", "parcels": "1"}, "What to do"),
        ({"kind": "fly"}, "What to do"),
        ({}, "What to do"),
    ],
)
def test_a_wrong_form_is_shown_again_and_plans_nothing(
    browser_of_seller: Client, desk: Desk, form: dict[str, str], said: str
) -> None:
    order = new_order(desk)
    answer = browser_of_seller.post(f"/cabinet/orders/{order.pk}/act/", form, headers={"Accept-Language": "en"})
    assert answer.status_code == 200
    assert said in answer.content.decode()
    assert OrderAction.everything.count() == 0


@pytest.mark.parametrize(
    ("form", "arguments"),
    [
        (
            {"kind": "cancel", "reason": "BUYER_NOT_REACHABLE", "comment": "no answer"},
            {"reason": "BUYER_NOT_REACHABLE", "comment": "no answer"},
        ),
        (
            {"kind": "reduce", "reason": "MERCHANT_OUT_OF_STOCK", "comment": "", "remaining_0": "1"},
            {"reason": "MERCHANT_OUT_OF_STOCK", "comment": "", "entries": [{"number": 0, "remaining": 1}]},
        ),
    ],
)
def test_a_form_says_what_the_service_is_told(
    browser_of_seller: Client, desk: Desk, form: dict[str, str], arguments: dict[str, Any]
) -> None:
    order = new_order(desk)
    assert browser_of_seller.post(f"/cabinet/orders/{order.pk}/act/", form).status_code == 302
    assert OrderAction.everything.get().arguments == arguments


def test_phones_and_weights_are_told_by_their_forms(browser_of_seller: Client, desk: Desk) -> None:
    phones = desk.placed(Tray.KASPI_DELIVERY, quantity=2)
    phones.entries[0].needs_imei = True
    cheese = desk.placed(Tray.KASPI_DELIVERY, quantity=1, unit_type="MEASURABLE", weight=400.0)
    read_all()
    number = "350000000000001"
    forms = [
        (phones, {"kind": "imei", "unit_0": number, "unit_1": f"{number[:-1]}2 {number[:-1]}3"}),
        (cheese, {"kind": "weigh", "weight_0": "350"}),
    ]
    for theirs, form in forms:
        assert browser_of_seller.post(f"/cabinet/orders/{row_of(theirs).pk}/act/", form).status_code == 302
    assert OrderAction.everything.get(kind="imei").arguments == {
        "number": 0,
        "units": [[number], [f"{number[:-1]}2", f"{number[:-1]}3"]],
    }
    assert OrderAction.everything.get(kind="weigh").arguments == {"entries": [{"number": 0, "weight_g": 350}]}


def test_the_buyers_code_is_two_steps(browser_of_seller: Client, desk: Desk) -> None:
    theirs = desk.placed(Tray.PICKUP)
    read_all()
    path = f"/cabinet/orders/{row_of(theirs).pk}/"
    browser_of_seller.post(f"{path}act/", {"kind": "send_code"})
    actions.send_due_actions()
    look_up()
    wrong = browser_of_seller.post(f"{path}act/", {"kind": "issue", "code": "12"})
    assert (wrong.status_code, OrderAction.everything.count()) == (200, 1)
    browser_of_seller.post(f"{path}act/", {"kind": "issue", "code": theirs.security_code})
    actions.send_due_actions()
    look_up()
    assert row_of(theirs).status == "COMPLETED"


def test_a_viewer_plans_nothing(store: Store, desk: Desk, assistant: User) -> None:
    order = new_order(desk)
    viewer = Client()
    viewer.force_login(assistant)
    viewer.post(f"/cabinet/orders/{order.pk}/act/", {"kind": "accept"})
    viewer.post(f"{orders_at(store)}act/", {"kind": "accept", "orders": order.pk})
    assert OrderAction.everything.count() == 0


# --- Many at once -----------------------------------------------------------------------------------------------------


def test_many_are_accepted_and_each_says_what_came_of_it(browser_of_seller: Client, store: Store, desk: Desk) -> None:
    new, waiting = desk.place(), desk.placed(Tray.PICKUP)
    read_all()
    ids = [row_of(new).pk, row_of(waiting).pk]
    answer = browser_of_seller.post(
        f"{orders_at(store)}act/", {"kind": "accept", "orders": ids}, headers={"Accept-Language": "en"}
    )
    page = answer.content.decode()
    assert (answer.status_code, numbers_in(page)) == (200, [new.code, waiting.code])
    assert [action.order_id for action in OrderAction.everything.all()] == [ids[0]]
    assert page.count("state is-failed") == 1


@pytest.mark.parametrize("form", [{}, {"kind": "accept"}, {"kind": "cancel", "orders": "1"}, {"orders": "x"}])
def test_without_a_choice_nothing_happens(
    browser_of_seller: Client, store: Store, desk: Desk, form: dict[str, str]
) -> None:
    read(desk, 1)
    for rest in ("act/", "print/"):
        answer = browser_of_seller.post(orders_at(store) + rest, form | {"desk": "accept"})
        assert (answer.status_code, answer.headers["Location"]) == (302, f"{orders_at(store)}?desk=accept")
    assert OrderAction.everything.count() == 0


def test_a_strangers_order_among_the_chosen_is_not_there(
    browser_of_seller: Client, store: Store, strangers_store: Store
) -> None:
    foreign = Order.everything.create(
        store=strangers_store,
        code="1",
        marketplace_id="1",
        state="NEW",
        status="APPROVED_BY_BANK",
        total_price=1,
        placed_at=timezone.now(),
    )
    for rest in ("act/", "print/"):
        browser_of_seller.post(orders_at(store) + rest, {"kind": "accept", "orders": foreign.pk})
    assert browser_of_seller.get(f"/cabinet/orders/{foreign.pk}/").status_code == 404
    assert browser_of_seller.post(f"/cabinet/orders/{foreign.pk}/act/", {"kind": "accept"}).status_code == 404
    assert OrderAction.everything.count() == 0


def test_what_has_no_label_yet_is_said(browser_of_seller: Client, store: Store, desk: Desk) -> None:
    order = new_order(desk)
    answer = browser_of_seller.post(f"{orders_at(store)}print/", {"orders": order.pk}, follow=True)
    assert order.code in answer.content.decode().split('role="alert"')[1].split("</p>")[0]
