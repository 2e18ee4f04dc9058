"""
The marketplace's tariffs and Kazakhstan's taxes of 2025 and 2026, as dated rows.

Anchors to test against, not advice: an installation keeps its own rows. `SOURCES` says where each row was read.
"""

from decimal import Decimal

from pricing.economics import DeliveryRow, RateName, ShareRow, Zone

YEAR_2026 = "2026-01-01"

SOURCES = {
    "commission-2026-general": "the marketplace's tariff of 28.01.2026, VAT included: nearly all categories 12.5 %",
    "commission-2026-food": "the marketplace's tariff of 28.01.2026, VAT included: food, medicines, pet food 7.3 %",
    "commission-2026-accessories": (
        "the marketplace's tariff of 28.01.2026, VAT included: jewellery, phone accessories, part of fashion "
        "accessories 15.5 %"
    ),
    "delivery-2026": (
        "a seller's calculator of February 2026 quoting the partner guide, without VAT, from 01.01.2026; three charged "
        "orders agree with the city and country columns up to 5 kg; heavier parcels and Express are not confirmed"
    ),
    "delivery-2025": "the same columns; two orders charged in 2025 agree with them at 12 % VAT",
    "vat-2025": "VAT of Kazakhstan until 31.12.2025",
    "vat-2026": "VAT of Kazakhstan from 01.01.2026",
    "retail-tax": "the retail tax of 3 % ended on 31.12.2025",
    "simplified": "simplified regime from 2026: base of 4 %, changed by each region between 2 and 6 %",
    "simplified-almaty": "simplified regime from 2026: 3 % in Almaty",
    "no-returns": "an assumption: no parcel comes back",
    "no-bonus": "an assumption: the seller gives no bonus",
}

SHARES = (
    *(
        ShareRow(
            rate=RateName.COMMISSION,
            key=category,
            share=Decimal(share),
            code=f"commission-2026-{category}",
            valid_from=YEAR_2026,
        )
        for category, share in (("general", "0.125"), ("food", "0.073"), ("accessories", "0.155"))
    ),
    ShareRow(rate=RateName.VAT, share=Decimal("0.12"), code="vat-2025", valid_from="2009-01-01", valid_to="2025-12-31"),
    ShareRow(rate=RateName.VAT, share=Decimal("0.16"), code="vat-2026", valid_from=YEAR_2026),
    ShareRow(
        rate=RateName.TURNOVER_TAX,
        key="retail",
        share=Decimal("0.03"),
        code="retail-tax",
        valid_from="2021-01-01",
        valid_to="2025-12-31",
    ),
    ShareRow(
        rate=RateName.TURNOVER_TAX, key="simplified", share=Decimal("0.04"), code="simplified", valid_from=YEAR_2026
    ),
    ShareRow(
        rate=RateName.TURNOVER_TAX,
        key="simplified-almaty",
        share=Decimal("0.03"),
        code="simplified-almaty",
        valid_from=YEAR_2026,
    ),
    ShareRow(rate=RateName.RETURNED, share=Decimal(0), code="no-returns", valid_from="2025-01-01"),
    ShareRow(rate=RateName.BONUS, share=Decimal(0), code="no-bonus", valid_from="2025-01-01"),
)

# First and last price, first and last gram, then the fees of city, country and Express.
DELIVERY_BANDS: tuple[tuple[int, int | None, int, int | None, int, int, int], ...] = (
    (1, 999, 1, None, 49, 49, 49),
    (1_000, 2_999, 1, None, 149, 149, 149),
    (3_000, 4_999, 1, None, 199, 199, 199),
    (5_000, 9_999, 1, None, 699, 799, 799),
    (10_000, None, 1, 5_000, 1_099, 1_299, 1_699),
    (10_000, None, 5_001, 15_000, 1_349, 1_699, 1_849),
    (10_000, None, 15_001, 30_000, 2_299, 3_599, 3_149),
    (10_000, None, 30_001, 60_000, 2_899, 5_649, 3_599),
    (10_000, None, 60_001, 100_000, 4_149, 8_549, 5_599),
    (10_000, None, 100_001, None, 6_449, 11_999, 8_449),
)


def delivery_of_year(code: str, valid_from: str, valid_to: str | None) -> tuple[DeliveryRow, ...]:
    return tuple(
        DeliveryRow(
            zone=zone,
            price_from=price_from,
            price_to=price_to,
            weight_from_g=weight_from_g,
            weight_to_g=weight_to_g,
            fee=fee,
            code=code,
            valid_from=valid_from,
            valid_to=valid_to,
        )
        for price_from, price_to, weight_from_g, weight_to_g, *fees in DELIVERY_BANDS
        for zone, fee in zip((Zone.CITY, Zone.COUNTRY, Zone.EXPRESS), fees, strict=True)
    )


DELIVERY = (
    *delivery_of_year("delivery-2025", "2025-01-01", "2025-12-31"),
    *delivery_of_year("delivery-2026", YEAR_2026, None),
)
