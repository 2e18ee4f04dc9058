"""The pages of files: bring one in, say what its columns are, read what it would do, apply it, undo it."""

from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone
from pytest_django.fixtures import Settings

from stores.models import Availability, Product, ProductUpload, Store
from stores.services.uploads.steps import work_next
from tests import cast
from tests.sheets.makers import table
from users.models import User

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("uploads_dir")]


def bring(browser: Client, store: Store, content: bytes, name: str = "range.csv") -> ProductUpload:
    answer = browser.post(
        f"/cabinet/stores/{store.pk}/uploads/receive/", {"file": SimpleUploadedFile(name, content)}, follow=True
    )
    assert answer.status_code == 200
    while work_next():
        pass
    return ProductUpload.everything.latest("pk")


def page(browser: Client, upload: ProductUpload, query: str = "") -> str:
    return browser.get(f"/cabinet/uploads/{upload.pk}/{query}", headers={"Accept-Language": "en"}).content.decode()


def apply(browser: Client, upload: ProductUpload, **told: str) -> str:
    """Press the button of the page as it shows the file now; what the page says then."""
    sent = {"preview_number": str(ProductUpload.everything.get(pk=upload.pk).preview_number), **told}
    answer = browser.post(f"/cabinet/uploads/{upload.pk}/apply/", sent, follow=True, headers={"Accept-Language": "en"})
    return answer.content.decode()


def test_a_file_is_brought_in_read_applied_and_undone(browser_of_seller: Client, store: Store) -> None:
    cast.product(store, "A")
    upload = bring(browser_of_seller, store, table([["SKU", "cost"], ["A", 7_100], ["B", "12.000"]]))
    shown = page(browser_of_seller, upload)
    assert "line 2, column 2" in shown
    assert "7\u202f000\u202f₸" in shown
    assert "7\u202f100\u202f₸" in shown
    assert "12.000" in page(browser_of_seller, upload, "?kind=refused")
    apply(browser_of_seller, upload)
    assert "hx-get" in page(browser_of_seller, upload)
    while work_next():
        pass
    assert Product.everything.get(sku="A").purchase_cost == 7_100
    assert "Undo the file" in page(browser_of_seller, upload)
    browser_of_seller.post(f"/cabinet/uploads/{upload.pk}/undo/")
    while work_next():
        pass
    assert Product.everything.get(sku="A").purchase_cost == 7_000
    assert upload.file_name in browser_of_seller.get(f"/cabinet/stores/{store.pk}/uploads/").content.decode()


def test_all_of_a_new_product_is_shown(browser_of_seller: Client, store: Store) -> None:
    header = ["SKU", "model", "price", "Мин. цена", "cost", "card", "PP1"]
    upload = bring(
        browser_of_seller,
        store,
        table([header, ["A", "Утюг", 20_000, 18_000, 15_000, "100500100", 7], ["B", "Фен", *[""] * 5]]),
    )
    shown = page(browser_of_seller, upload, "?kind=added").replace("\u202f", " ")
    for fact in ("Утюг · Almaty 20 000 ₸ · ", "floor, ₸: Almaty 18 000 ₸", "purchase cost, ₸: 15 000 ₸"):
        assert fact in shown
    for fact in ("card: 100500100", "on sale: PP1 yes", "stock: PP1 7"):
        assert fact in shown
    assert "Фен" in shown


def test_a_file_that_only_tells_stocks_again_says_how_many_it_confirms(browser_of_seller: Client, store: Store) -> None:
    cast.product(store, "A")
    Availability.everything.update(doubt="old", counted_at=timezone.now() - timedelta(days=40))
    upload = bring(browser_of_seller, store, table([["SKU", "PP1"], ["A", 5]]))
    shown = page(browser_of_seller, upload)
    assert "Applying it says that its stocks were counted." in shown
    assert "1 stock is told as it stands" in shown
    browser_of_seller.post(f"/cabinet/uploads/{upload.pk}/apply/", {"preview_number": upload.preview_number})
    while work_next():
        pass
    assert Availability.everything.get().doubt == ""
    assert "Stocks that were told as they stood: 1" in page(browser_of_seller, upload)


def test_prices_that_leave_later_are_shown(browser_of_seller: Client, store: Store, settings: Settings) -> None:
    settings.CHANGES_PER_HALF_HOUR = 1
    for sku in ("A", "B"):
        cast.product(store, sku)
    upload = bring(browser_of_seller, store, table([["SKU", "price"], ["A", 9_900], ["B", 9_900]]))
    browser_of_seller.post(f"/cabinet/uploads/{upload.pk}/apply/", {"preview_number": upload.preview_number})
    while work_next():
        pass
    assert "as the marketplace takes them: 1." in page(browser_of_seller, upload)
    shown = page(browser_of_seller, upload, "?kind=waiting")
    assert "Prices that leave later" in shown
    assert "10\u202f000\u202f₸" in shown
    assert "9\u202f900\u202f₸" in shown
    prices = browser_of_seller.get(f"/cabinet/stores/{store.pk}/prices/", headers={"Accept-Language": "en"})
    assert "<dt>Prices that wait for their turn</dt><dd>1</dd>" in prices.content.decode()
    upload.refresh_from_db()
    change = browser_of_seller.get(f"/cabinet/changes/{upload.batch_id}/", headers={"Accept-Language": "en"})
    assert "Prices of this change that wait for their turn: 1." in change.content.decode()


def test_columns_are_chosen_from_lists(browser_of_seller: Client, store: Store) -> None:
    cast.product(store, "A")
    upload = bring(browser_of_seller, store, table([["Код", "Закуп с НДС"], ["A", 7_100]]))
    shown = page(browser_of_seller, upload)
    assert "Закуп с НДС" in shown
    assert "7100" in shown
    browser_of_seller.post(f"/cabinet/uploads/{upload.pk}/columns/", {"column_0": "sku", "column_1": "cost"})
    while work_next():
        pass
    upload.refresh_from_db()
    assert (upload.state, upload.rows_changed) == ("previewed", 1)


def test_a_doubt_needs_its_yes(browser_of_seller: Client, store: Store) -> None:
    cast.product(store, "A", floor=None, ceiling=None)
    upload = bring(browser_of_seller, store, table([["SKU", "price"], ["A", 5_000]]))
    assert 'name="median_moved"' in page(browser_of_seller, upload)
    apply(browser_of_seller, upload)
    upload.refresh_from_db()
    assert upload.state == "previewed"
    apply(browser_of_seller, upload, median_moved="on")
    upload.refresh_from_db()
    assert upload.state == "applying"


def test_terms_make_the_preview_anew(browser_of_seller: Client, store: Store) -> None:
    cast.product(store, "A")
    cast.product(store, "B", card_id="100000002")
    upload = bring(browser_of_seller, store, table([["SKU", "cost"], ["A", 7_100]]))
    browser_of_seller.post(f"/cabinet/uploads/{upload.pk}/terms/", {"is_whole_range": "on"})
    while work_next():
        pass
    upload.refresh_from_db()
    assert upload.rows_leaving == 1
    assert "off sale at PP1" in page(browser_of_seller, upload, "?kind=leaving")


@pytest.mark.parametrize("seen", ["1", "", "x"])
def test_a_preview_that_was_not_seen_is_not_applied(browser_of_seller: Client, store: Store, seen: str) -> None:
    cast.product(store, "A")
    upload = bring(browser_of_seller, store, table([["SKU", "cost"], ["A", 7_100]]))
    assert '<input type="hidden" name="preview_number" value="1"' in page(browser_of_seller, upload)
    browser_of_seller.post(f"/cabinet/uploads/{upload.pk}/terms/", {"move_prices": "on"})
    while work_next():
        pass
    assert 'name="preview_number" value="2"' in page(browser_of_seller, upload)
    assert "made anew" in apply(browser_of_seller, upload, preview_number=seen)
    upload.refresh_from_db()
    assert upload.state == "previewed"


def test_a_refused_file_says_why(browser_of_seller: Client, store: Store) -> None:
    upload = bring(browser_of_seller, store, b"<html></html>", "range.xls")
    assert 'role="alert"' in page(browser_of_seller, upload)
    browser_of_seller.post(f"/cabinet/uploads/{upload.pk}/discard/")
    upload.refresh_from_db()
    assert upload.state == "refused"


def test_without_a_file_nothing_is_received(browser_of_seller: Client, store: Store) -> None:
    answer = browser_of_seller.post(f"/cabinet/stores/{store.pk}/uploads/receive/", {}, follow=True)
    assert answer.status_code == 200
    assert not ProductUpload.everything.exists()


def test_who_may_only_look_sees_closed_buttons(store: Store, browser_of_seller: Client, assistant: User) -> None:
    upload = bring(browser_of_seller, store, table([["SKU", "model", "price"], ["A", "Утюг", 7_100]]))
    browser = Client()
    browser.force_login(assistant)
    assert "<fieldset disabled>" in page(browser, upload)
    browser.post(f"/cabinet/uploads/{upload.pk}/discard/")
    upload.refresh_from_db()
    assert upload.state == "previewed"
