"""The glossary's table is true: each name of the first specification is importable and is the class beside it."""

from importlib import import_module

import pytest

from kaspi_backend.environment import CHECKOUT


def rows() -> list[tuple[str, str, str]]:
    lines = (CHECKOUT / "docs" / "glossary.md").read_text().splitlines()
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines if line.startswith("|")]
    return [(row[0], row[1], row[2]) for row in cells if len(row) == 6 and row[2] in ("landing", "users", "stores")]


@pytest.mark.parametrize(("old_name", "class_name", "package"), rows())
def test_both_names_are_one_class(old_name: str, class_name: str, package: str) -> None:
    models = import_module(f"{package}.models")
    assert getattr(models, old_name) is getattr(models, class_name)
    assert getattr(models, class_name).__name__ == class_name


def test_every_model_of_the_first_specification_is_there() -> None:
    named = {
        *("Tariff", "Review", "Footer", "Faq", "User", "UserTariff", "UserPurchases", "Store", "Orders", "Products"),
        *("OrderItem", "SalesPoint", "CompetitorsProducts", "Competitors", "ProductPriceUpdated", "Notifications"),
        *("UploadProducts", "Clients", "CompetitorStore", "CompetitorsProductMonitoring", "AllCompetitorProducts"),
    }
    assert {old_name for old_name, _, _ in rows()} == named
