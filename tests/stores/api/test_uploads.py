"""Files over the API: brought in, watched, decided about, read page by page."""

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from pytest_django.fixtures import Settings
from rest_framework.test import APIClient

from stores.models import Product, ProductUpload, Store
from stores.services.uploads.steps import work_next
from tests import cast
from tests.sheets.makers import table, workbook
from users.models import User

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("uploads_dir")]

ADDRESS = "/api/uploads/"


def send(api: APIClient, store: Store, content: bytes, **told: Any) -> Any:
    file = SimpleUploadedFile("range.csv", content)
    return api.post(ADDRESS, {"store": store.pk, "file": file, **told}, format="multipart")


def worked(api: APIClient, upload: int) -> dict[str, Any]:
    while work_next():
        pass
    return dict(api.get(f"{ADDRESS}{upload}/").json())


def test_a_file_goes_all_the_way(api: APIClient, store: Store) -> None:
    cast.product(store, "A")
    answer = send(api, store, table([["SKU", "cost", "price"], ["A", 7_100, 10_200], ["B", "12.000", ""]]))
    assert (answer.status_code, answer.json()["state"]) == (201, "received")
    upload = answer.json()["id"]
    told = worked(api, upload)
    assert (told["state"], told["kind"], told["rows_read"]) == ("previewed", "csv", 2)
    assert (told["rows_changed"], told["rows_refused"], told["doubts"]) == (1, 1, [])

    english = {"Accept-Language": "en"}
    changed = api.get(f"{ADDRESS}{upload}/entries/", {"kind": "changed"}, headers=english).json()
    assert (changed["page"], changed["next"]) == (1, None)
    assert [(each["field"], each["place"], each["old"], each["new"]) for each in changed["results"]] == [
        ("purchase_cost", "line 2, column 2", 7_000, 7_100),
        ("price", "line 2, column 3", 10_000, 10_200),
    ]
    (refused,) = api.get(f"{ADDRESS}{upload}/entries/", {"kind": "refused"}).json()["results"]
    assert (refused["sku"], refused["code"]) == ("B", "ambiguous_money")
    assert "12.000" in refused["message"]

    assert api.post(f"{ADDRESS}{upload}/apply/", {"preview_number": 1}).json()["state"] == "applying"
    assert worked(api, upload)["state"] == "applied"
    assert Product.everything.get(sku="A").purchase_cost == 7_100
    assert api.post(f"{ADDRESS}{upload}/undo/").json()["state"] == "undoing"
    assert worked(api, upload)["state"] == "undone"
    assert Product.everything.get(sku="A").purchase_cost == 7_000


def test_columns_are_asked_for_and_told(api: APIClient, store: Store) -> None:
    cast.product(store, "A")
    upload = send(api, store, table([["Код", "Закуп с НДС"], ["A", 7_100]])).json()["id"]
    told = worked(api, upload)
    assert (told["state"], told["header"]["names"]) == ("unsure", ["Код", "Закуп с НДС"])
    wrong = api.post(f"{ADDRESS}{upload}/columns/", {"columns": ["sku", "wish"]})
    assert (wrong.status_code, wrong.json()["code"]) == (422, "bad_columns")
    assert api.post(f"{ADDRESS}{upload}/columns/", {"columns": ["sku", "cost"]}).status_code == 200
    assert worked(api, upload)["columns"] == ["sku", "cost"]


def test_doubts_and_terms(api: APIClient, store: Store) -> None:
    cast.product(store, "A", floor=None, ceiling=None)
    upload = send(api, store, table([["SKU", "price"], ["A", 5_000]])).json()["id"]
    told = worked(api, upload)
    assert [doubt["code"] for doubt in told["doubts"]] == ["median_moved"]
    held = api.post(f"{ADDRESS}{upload}/apply/", {"preview_number": told["preview_number"]})
    assert (held.status_code, held.json()["code"], held.json()["fields"]) == (
        422,
        "confirm_needed",
        {"confirm": ["median_moved"]},
    )
    terms = api.post(f"{ADDRESS}{upload}/terms/", {"is_whole_range": True}).json()
    assert (terms["state"], terms["is_whole_range"], terms["move_prices"]) == ("parsed", True, False)
    confirmed = {"confirm": ["median_moved"]}
    told = worked(api, upload)
    stale = api.post(f"{ADDRESS}{upload}/apply/", {"preview_number": 1, **confirmed})
    assert (stale.status_code, stale.json()["code"]) == (412, "moved_since_preview")
    assert worked(api, upload)["state"] == "previewed"
    answer = api.post(f"{ADDRESS}{upload}/apply/", {"preview_number": told["preview_number"], **confirmed})
    assert (answer.status_code, answer.json()["state"]) == (200, "applying")


@pytest.mark.parametrize(
    ("path", "body"),
    [("apply/", {"preview_number": 1, "yes": True}), ("apply/", {}), ("terms/", {"whole": True}), ("columns/", {})],
)
def test_unknown_and_missing_fields_are_errors(api: APIClient, store: Store, path: str, body: dict[str, Any]) -> None:
    upload = send(api, store, table([["SKU", "cost"], ["A", 5_000]])).json()["id"]
    assert api.post(f"{ADDRESS}{upload}/{path}", body).status_code == 400


def test_a_file_that_is_refused_says_why_and_where(api: APIClient, store: Store) -> None:
    upload = send(api, store, b"<kaspi_catalog>\n<oops>").json()["id"]
    told = worked(api, upload)
    assert (told["state"], told["refusal"]["code"]) == ("refused", "malformed_xml")
    assert "1" in told["refusal"]["message"]


def test_a_file_that_is_too_large_is_not_kept(api: APIClient, store: Store, settings: Settings) -> None:
    settings.UPLOAD_LIMIT = 1_000
    answer = send(api, store, b"x" * 2_000)
    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")
    assert not ProductUpload.everything.exists()
    assert not settings.UPLOADS_DIR.exists()


def test_a_file_needs_the_csrf_token(seller: User, store: Store) -> None:
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(seller)
    answer = browser.post(ADDRESS, {"store": store.pk, "file": SimpleUploadedFile("a.csv", b"SKU;price\n")})
    assert answer.status_code == 403
    assert not ProductUpload.everything.exists()


def test_files_have_a_throttle_of_their_own(api: APIClient, store: Store, settings: Settings) -> None:
    answers = [api.post(f"{ADDRESS}999999/undo/").status_code for _ in range(61)]
    assert set(answers[:60]) == {404}
    assert answers[60] == 429
    assert api.get(ADDRESS).status_code == 200


def test_entries_are_read_page_by_page(api: APIClient, store: Store) -> None:
    rows = [["SKU", "model", "price", "PP1"], *[[f"N-{number}", "Утюг", 500, "yes"] for number in range(101)]]
    upload = send(api, store, workbook(rows)).json()["id"]
    worked(api, upload)
    first = api.get(f"{ADDRESS}{upload}/entries/", {"kind": "added"}).json()
    last = api.get(f"{ADDRESS}{upload}/entries/", {"kind": "added", "page": first["next"]}).json()
    assert (len(first["results"]), first["next"]) == (100, 2)
    assert [(each["sku"], each["row"]) for each in last["results"]] == [("N-100", 102)]
    assert last["next"] is None
    assert api.get(f"{ADDRESS}{upload}/entries/", {"kind": "added", "page": "x"}).status_code == 404
    assert api.get(f"{ADDRESS}{upload}/entries/", {"kind": "wishes"}).status_code == 404
