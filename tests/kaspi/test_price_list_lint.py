"""The lint names every departure from the schema, with its line."""

import io
from collections.abc import Callable

import pytest

from tests.kaspi.price_list_lint import lint_price_list

GOOD = """\
<?xml version="1.0" encoding="utf-8"?>
<kaspi_catalog date="string" xmlns="kaspiShopping">
<company>Sample Trade</company>
<merchantid>99000001</merchantid>
<offers>
<offer sku="A">
<model>X</model>
<brand>B</brand>
<availabilities>
<availability available="yes" storeId="PP1" preOrder="3" stockCount="4"/>
</availabilities>
<price>5</price>
</offer>
<offer sku="B" rownumber="2">
<model>Y</model>
<deliveryOptions><deliveryOption city="1" priceToDoor="500"/></deliveryOptions>
<cityprices><cityprice cityId="750000000" oldprice="9">5</cityprice></cityprices>
</offer>
</offers>
</kaspi_catalog>
"""


def lint(text: str, limit: int = 100) -> list[str]:
    return lint_price_list(io.BytesIO(text.encode()), limit)


def test_a_clean_file_has_no_problems() -> None:
    assert lint(GOOD) == []


@pytest.mark.parametrize("name", ["one_price", "city_prices"])
def test_the_samples_are_clean(sample: Callable[[str], bytes], name: str) -> None:
    assert lint_price_list(io.BytesIO(sample(f"price_list/{name}.xml"))) == []


@pytest.mark.parametrize(
    ("good", "bad", "problem"),
    [
        (' date="string"', "", "line 2: kaspi_catalog without date"),
        (' date="string"', ' date="s" city="1"', "line 2: city is not an attribute of kaspi_catalog"),
        ("<company>Sample Trade</company>\n", "\n", "line 2: kaspi_catalog without company"),
        ("<company>Sample Trade</company>", "<company> </company>",
         "line 3: company is ' ', expected text that is not blank"),
        ("</merchantid>", "</merchantid><shop/>", "line 4: shop is not an element of kaspi_catalog"),
        ("</merchantid>", "</merchantid><company>C</company>",
         "line 4: company stands after merchantid, expected before it"),
        ("</offers>", "</offers><offers/>", "line 19: only one offers is allowed"),
        ("<offers>", "<offers city='1'>", "line 5: city is not an attribute of offers"),
        ("<offers>", "<offers><item/>", "line 5: item is not an element of offers"),
        ('<offer sku="A">', "<offer>", "line 6: offer without sku"),
        ('<offer sku="A">', '<offer sku="B">', "line 14: sku 'B' is repeated"),
        ('rownumber="2"', 'rownumber="two"', "line 14: rownumber is 'two', expected a whole number, digits only"),
        ("<model>X</model>", "", "line 6: offer without model"),
        ("<model>X</model>", "<model>X</model><model>Z</model>", "line 7: only one model is allowed"),
        ("<model>X</model>\n<brand>B</brand>", "<brand>B</brand>\n<model>X</model>",
         "line 8: model stands after brand, expected before it"),
        ("<price>5</price>", "<price>5</price><brand/>",
         "line 12: brand stands after price or cityprices, expected before it"),
        ("<price>5</price>", "", "line 6: offer without price or cityprices"),
        ("<price>5</price>", '<price>5</price><cityprices><cityprice cityId="1">6</cityprice></cityprices>',
         "line 12: only one price or cityprices is allowed"),
        ("<price>5</price>", "<price>12.000</price>",
         "line 12: price is '12.000', expected whole tenge from 1, digits only"),
        ("<price>5</price>", "<price>0</price>", "line 12: price is '0', expected whole tenge from 1, digits only"),
        ("<price>5</price>", "<price>5</price><loanPeriod/>", "line 12: loanPeriod is not an element of offer"),
        ('available="yes" ', "", "line 10: availability without available"),
        ('available="yes"', 'available="true"', "line 10: available is 'true', expected yes or no"),
        ('storeId="PP1" ', "", "line 10: availability without storeId"),
        ('preOrder="3"', 'preOrder="0"',
         "line 10: preOrder is '0', expected days from 1 to 30, or no preOrder at all"),
        ('preOrder="3"', 'preOrder="31"',
         "line 10: preOrder is '31', expected days from 1 to 30, or no preOrder at all"),
        ('stockCount="4"', 'stockCount="-4"', "line 10: stockCount is '-4', expected a whole number, digits only"),
        ('stockCount="4"', 'stock="4"', "line 10: stock is not an attribute of availability"),
        ('<availability available="yes" storeId="PP1" preOrder="3" stockCount="4"/>', "",
         "line 9: availabilities without availability"),
        ('city="1" ', "", "line 16: deliveryOption without city"),
        (' cityId="750000000"', "", "line 17: cityprice without cityId"),
        ('cityId="750000000"', 'cityId="almaty"', "line 17: cityId is 'almaty', expected a city code, digits only"),
        ("<cityprices>", "<cityprices><price>1</price>", "line 17: price is not an element of cityprices"),
        ("</kaspi_catalog>", "", "line 21: not well-formed XML: no element found: line 21, column 0"),
        ('xmlns="kaspiShopping"', "",
         "line 2: the root is kaspi_catalog outside of the namespace kaspiShopping, expected kaspi_catalog"),
        ("<kaspi_catalog", "<!DOCTYPE x><kaspi_catalog", "line 2: a DTD or an entity, which no price list has"),
    ],
)  # fmt: skip
def test_one_departure_is_one_problem(good: str, bad: str, problem: str) -> None:
    assert good in GOOD
    assert lint(GOOD.replace(good, bad, 1)) == [problem]


def test_a_list_without_offers_is_a_problem() -> None:
    head, rest = GOOD.split("<offers>\n")
    assert lint(head + "<offers>\n</offers>" + rest.split("</offers>")[1]) == ["line 5: offers without offer"]


def test_an_empty_file_is_a_problem() -> None:
    assert lint("") == ["line 1: not well-formed XML: no element found: line 1, column 0"]


def test_problems_before_a_break_are_named_first() -> None:
    text = GOOD.replace("<price>5</price>", "<price>0</price>").replace("</kaspi_catalog>", "")
    assert [problem.split(":")[0] for problem in lint(text)] == ["line 12", "line 21"]


def test_only_the_first_problems_are_named() -> None:
    text = GOOD.replace("</offers>", '<offer sku="C"/>' * 1000 + "</offers>")
    assert len(lint(text)) == 100
    assert lint(text, limit=2) == ["line 19: offer without model", "line 19: offer without price or cityprices"]
