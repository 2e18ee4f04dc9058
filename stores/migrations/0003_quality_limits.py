"""The limits that the marketplace sets for sellers, as far as they are known, each with where it was read."""

from django.db import migrations

SOURCE = "partner guide, q2184 and q3020, read in 2025 and 2026: "

# Indicator, limit, days, code, source.
LIMITS = [
    ("cancels", "0.03", 30, "cancels-2025", f"{SOURCE}own cancellations under 3 % of 30 days"),
    ("late_handovers", "0.1", 30, "late-handovers-2025", f"{SOURCE}late hand-overs under 10 %; of 30 days"),
    ("returns", "0.02", 30, "returns-2025", f"{SOURCE}quality returns under 2 %; the days are not told, 30 assumed"),
    ("rating", "4", 90, "rating-2025", f"{SOURCE}the average of 90 days is at least 4"),
]


def put_in_limits(apps, schema_editor):
    quality_limit = apps.get_model("stores", "QualityLimit")
    for indicator, limit, days, code, source in LIMITS:
        facts = {"indicator": indicator, "limit": limit, "days": days, "source": source, "valid_from": "2025-01-01"}
        quality_limit.objects.get_or_create(code=code, defaults=facts)


class Migration(migrations.Migration):
    replaces = [("stores", "0003_ledger")]
    dependencies = [("stores", "0002_fees_of_2026")]

    operations = [migrations.RunPython(put_in_limits, migrations.RunPython.noop)]
