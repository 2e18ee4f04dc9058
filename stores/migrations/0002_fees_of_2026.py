"""
The tariffs and taxes of 2025 and 2026, as far as they are known, each with where it was read.

A fact of its day: what has changed since is changed in the admin, not here.
"""

from decimal import Decimal

from django.db import migrations

END_OF_2025 = "2025-12-31"
YEAR_2025 = "2025-01-01"
YEAR_2026 = "2026-01-01"

TARIFF = "the marketplace's tariff of 28.01.2026, VAT included: "

# Rate, key, share, code, first and last day, source.
SHARES = [
    (
        "commission",
        "general",
        "0.125",
        "commission-2026-general",
        YEAR_2026,
        None,
        f"{TARIFF}nearly all categories 12.5 %",
    ),
    (
        "commission",
        "food",
        "0.073",
        "commission-2026-food",
        YEAR_2026,
        None,
        f"{TARIFF}food, medicines, pet food 7.3 %",
    ),
    (
        "commission",
        "accessories",
        "0.155",
        "commission-2026-accessories",
        YEAR_2026,
        None,
        f"{TARIFF}jewellery, phone accessories, part of fashion accessories 15.5 %",
    ),
    ("vat", "", "0.12", "vat-2025", "2009-01-01", END_OF_2025, "VAT of Kazakhstan until 31.12.2025"),
    ("vat", "", "0.16", "vat-2026", YEAR_2026, None, "VAT of Kazakhstan from 01.01.2026"),
    (
        "turnover_tax",
        "retail",
        "0.03",
        "retail-tax",
        "2021-01-01",
        END_OF_2025,
        "the retail tax of 3 % ended on 31.12.2025",
    ),
    (
        "turnover_tax",
        "simplified",
        "0.04",
        "simplified",
        YEAR_2026,
        None,
        "simplified regime from 2026: base of 4 %, changed by each region between 2 and 6 %",
    ),
    (
        "turnover_tax",
        "simplified-almaty",
        "0.03",
        "simplified-almaty",
        YEAR_2026,
        None,
        "simplified regime from 2026: 3 % in Almaty",
    ),
    ("returned", "", "0", "no-returns", YEAR_2025, None, "an assumption: no parcel comes back"),
    ("bonus", "", "0", "no-bonus", YEAR_2025, None, "an assumption: the seller gives no bonus"),
]

# First and last price, first and last gram, then the fees of city, country and Express.
DELIVERY_BANDS = [
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
]

# Code, first and last day, source.
DELIVERY_YEARS = [
    (
        "delivery-2025",
        YEAR_2025,
        END_OF_2025,
        "the same columns as of 2026; two orders charged in 2025 agree with them at 12 % VAT",
    ),
    (
        "delivery-2026",
        YEAR_2026,
        None,
        (
            "a seller's calculator of February 2026 quoting the partner guide, without VAT, from 01.01.2026; three "
            "charged orders agree with the city and country columns up to 5 kg; heavier parcels and Express are not "
            "confirmed"
        ),
    ),
]

# The categories whose commission is known; there is no row for all the others.
CATEGORIES = {
    "general": [
        *("Smartphones", "Headphones", "Smart watches", "Blenders", "Kettles", "Vacuum cleaners", "Refrigerators"),
        *("Washing machines", "Televisions", "Portable speakers", "Computer mice", "Keyboards", "Notebooks"),
        *("Office chairs", "Face creams", "Hair dryers", "Building sets", "Baby strollers", "Screwdrivers", "Tents"),
        *("Dumbbells", "Video recorders", "Motor oils", "Bed linen sets", "Frying pans", "Exercise notebooks"),
    ],
    "food": ["Vitamins", "Dry cat food"],
    "accessories": ["Phone cases", "Earrings"],
}


def put_in(apps, schema_editor):
    _put_in_shares(apps.get_model("stores", "FeeShare"))
    _put_in_delivery(apps.get_model("stores", "FeeDelivery"))
    fee_category = apps.get_model("stores", "FeeCategory")
    fee_category.objects.bulk_create(
        fee_category(category_code=f"Master - {category}", commission_key=key)
        for key, categories in CATEGORIES.items()
        for category in categories
    )


def _put_in_shares(fee_share):
    fee_share.objects.bulk_create(
        fee_share(
            rate=rate,
            key=key,
            share=Decimal(share),
            code=code,
            valid_from=valid_from,
            valid_to=valid_to,
            source=source,
        )
        for rate, key, share, code, valid_from, valid_to, source in SHARES
    )


def _put_in_delivery(fee_delivery):
    fee_delivery.objects.bulk_create(
        fee_delivery(
            zone=zone,
            price_from=price_from,
            price_to=price_to,
            weight_from_g=weight_from_g,
            weight_to_g=weight_to_g,
            fee=fee,
            code=code,
            valid_from=valid_from,
            valid_to=valid_to,
            source=source,
        )
        for code, valid_from, valid_to, source in DELIVERY_YEARS
        for price_from, price_to, weight_from_g, weight_to_g, *fees in DELIVERY_BANDS
        for zone, fee in zip(("city", "country", "express"), fees, strict=True)
    )


def take_out(apps, schema_editor):
    """The rows of this migration, and no others."""
    apps.get_model("stores", "FeeShare").objects.filter(code__in=[row[3] for row in SHARES]).delete()
    apps.get_model("stores", "FeeDelivery").objects.filter(code__in=[year[0] for year in DELIVERY_YEARS]).delete()
    codes = [f"Master - {category}" for categories in CATEGORIES.values() for category in categories]
    apps.get_model("stores", "FeeCategory").objects.filter(category_code__in=codes).delete()


class Migration(migrations.Migration):
    dependencies = [("stores", "0001_schema")]

    operations = [migrations.RunPython(put_in, take_out)]
