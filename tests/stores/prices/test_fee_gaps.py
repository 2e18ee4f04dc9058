"""Fees never run out silently."""

import importlib
from datetime import date, timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from pricing.economics import FeeTable, MissingRate, RateName, Zone
from stores.models import FeeCategory, FeeDelivery, FeeShare, Product, Store
from stores.services import fee_gaps
from stores.services.alarms import raise_alarms
from stores.services.fee_gaps import Gap, delivery_is_whole, find_gaps
from stores.services.prices.fee_rows import read_delivery_rows, read_share_rows
from tests import cast
from users.models import User

pytestmark = pytest.mark.django_db
SPRING = date(2026, 3, 1)
# These taxes ended by law, with no successor of that name.
ENDED = {("turnover_tax", "retail"): date(2025, 12, 31)}


@pytest.fixture(autouse=True)
def spring(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fee_gaps.timezone, "localdate", lambda: SPRING)


@pytest.fixture
def kettle(store: Store) -> Product:
    store.tax_regime = "simplified-almaty"
    store.save(update_fields=["tax_regime"])
    product = cast.product(store)
    Product.everything.filter(pk=product.pk).update(category_code="Master - Kettles", weight_g=2_000)
    return product


def test_all_that_a_product_needs_is_there(kettle: Product) -> None:
    assert find_gaps() == []


def test_without_products_nothing_is_needed(db: None) -> None:
    FeeShare.objects.all().delete()
    assert find_gaps() == []


@pytest.mark.parametrize(
    ("rate", "gap"),
    [
        ({"rate": "vat"}, Gap("vat", "", SPRING)),
        ({"rate": "returned"}, Gap("returned", "", SPRING)),
        ({"rate": "bonus"}, Gap("bonus", "", SPRING)),
        ({"rate": "commission", "key": "general"}, Gap("commission", "general", SPRING)),
        ({"rate": "turnover_tax", "key": "simplified-almaty"}, Gap("turnover_tax", "simplified-almaty", SPRING)),
        ({"rate": "commission", "key": "food"}, None),
        ({"rate": "turnover_tax", "key": "simplified"}, None),
    ],
)
def test_a_missing_share_is_a_gap_where_it_is_used(kettle: Product, rate: dict[str, str], gap: Gap | None) -> None:
    FeeShare.objects.filter(**rate).delete()
    assert find_gaps() == [gap] * (gap is not None)


@pytest.mark.parametrize(
    ("ends", "expected"),
    [
        (SPRING - timedelta(days=1), [SPRING]),
        (SPRING, [SPRING + timedelta(days=1)]),
        (SPRING + timedelta(days=29), [SPRING + timedelta(days=30)]),
        (SPRING + timedelta(days=30), []),
        (None, []),
    ],
)
def test_a_row_that_ends_warns_thirty_days_before(kettle: Product, ends: date | None, expected: list[date]) -> None:
    FeeShare.objects.filter(code="vat-2026").update(valid_to=ends)
    assert find_gaps() == [Gap("vat", "", day) for day in expected]


@pytest.mark.parametrize(("starts_after", "gaps"), [(1, 0), (2, 1)])
def test_a_successor_fills_the_gap_when_no_day_lies_between(kettle: Product, starts_after: int, gaps: int) -> None:
    last = SPRING + timedelta(days=10)
    FeeShare.objects.filter(code="vat-2026").update(valid_to=last)
    start = last + timedelta(days=starts_after)
    FeeShare.objects.create(rate="vat", share="0.2", code="vat-new", source="a law", valid_from=start)
    assert len(find_gaps()) == gaps


def test_a_hole_in_the_delivery_bands_is_a_gap_of_the_weights_that_are_sent(kettle: Product) -> None:
    FeeDelivery.objects.filter(zone="city", price_from=10_000, weight_from_g=30_001).delete()
    assert find_gaps() == []
    Product.everything.update(weight_g=40_000)
    assert find_gaps() == [Gap("delivery", "city, 30001 g", SPRING)]
    Product.everything.update(weight_g=2_000)
    FeeDelivery.objects.filter(zone="city", price_from=5_000, valid_to=None).update(price_to=9_998)
    assert find_gaps() == [Gap("delivery", "city, 1 g", SPRING)]


def test_a_category_without_a_commission_is_a_gap(kettle: Product) -> None:
    Product.everything.update(category_code="Master - Submarines")
    assert find_gaps() == [Gap("category", "Master - Submarines", SPRING)]


def test_rows_that_contradict_each_other_are_told(kettle: Product) -> None:
    FeeShare.objects.create(rate="vat", share="0.2", code="vat-new", source="a law", valid_from=SPRING)
    assert find_gaps() == [Gap("overlapping_rates", "vat-2026, vat-new", SPRING)]


# --- Where it is told -------------------------------------------------------------------------------------------------


def test_the_command_says_it_and_ends_with_1(kettle: Product) -> None:
    said = StringIO()
    call_command("check_fees", stdout=said)
    assert said.getvalue() == "All fees in use are known for the next 30 days.\n"
    FeeShare.objects.filter(code="vat-2026").update(valid_to=SPRING)
    with pytest.raises(CommandError) as failed:
        call_command("check_fees", stdout=said)
    assert failed.value.returncode == 1
    assert "vat: none from 2026-03-02 on" in said.getvalue()


def test_the_alarms_log_it_once_a_day(kettle: Product, caplog: pytest.LogCaptureFixture) -> None:
    FeeShare.objects.filter(code="vat-2026").update(valid_to=SPRING)
    raise_alarms()
    raise_alarms()
    assert [record.message for record in caplog.records] == ["no fee for vat  from 2026-03-02 on"]


@pytest.mark.parametrize("page", ["feeshare", "feedelivery", "feecategory"])
def test_the_lists_of_the_admin_begin_with_it(kettle: Product, page: str) -> None:
    browser = cast.at_the_desk(User.objects.create_superuser("root@example.kz", "x", full_name="Root"))
    address = f"/api/admin/stores/{page}/"
    assert "commission general" not in browser.get(address).content.decode()
    FeeShare.objects.filter(key="general").delete()
    assert "commission general" in browser.get(address).content.decode()


# --- What is shipped --------------------------------------------------------------------------------------------------


def shipped_days() -> list[date]:
    """From the first shipped day to a year after the newest row begins."""
    rows: list[Any] = [*FeeShare.objects.all(), *FeeDelivery.objects.all()]
    newest = max(row.valid_from for row in rows)
    return [newest + timedelta(days=number) for number in range(-366 * 17, 367)]


def test_the_shipped_tables_leave_no_day_without_a_rate() -> None:
    shares, delivery = read_share_rows(), read_delivery_rows()
    begins: dict[tuple[str, str], int] = {}
    for row in shares:
        begins[row.rate, row.key] = min(begins.get((row.rate, row.key), int(row.valid_from)), int(row.valid_from))
    first_delivery = min(int(row.valid_from) for row in delivery)
    weights = {row.weight_from_g for row in delivery}
    missing: set[tuple[str, str, date]] = set()
    for day in shipped_days():
        table = FeeTable.on(day.toordinal(), shares, delivery)
        for (rate, key), begin in begins.items():
            if begin <= day.toordinal() and day <= ENDED.get((rate, key), day):
                missing |= {(rate, key, day)} if is_missing(table, rate, key) else set()
        if day.toordinal() >= first_delivery:
            whole = all(delivery_is_whole(table.delivery_rows(grams, zone)) for grams in weights for zone in Zone)
            missing |= set() if whole else {("delivery", "", day)}
    assert missing == set()


def is_missing(table: FeeTable, rate: str, key: str) -> bool:
    try:
        table.share(RateName(rate), key)
    except MissingRate:
        return True
    return False


def test_every_shipped_category_has_a_shipped_commission() -> None:
    migration = importlib.import_module("stores.migrations.0002_fees_of_2026")
    keys = {key for rate, key, *_ in migration.SHARES if rate == "commission"}
    assert set(FeeCategory.objects.values_list("commission_key", flat=True)) <= keys
