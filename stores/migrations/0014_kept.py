"""
A line takes from each count, and an order knows since when it is accepted; stores that were closed lose their API token, their rules and what was planned for orders.
"""

from django.db import migrations, models
from django.utils import timezone


def end_closed(apps, _schema_editor):
    closed = {"store__closed_at__isnull": False}
    apps.get_model("stores", "MerchantToken").everything.filter(**closed).delete()
    apps.get_model("stores", "AcceptanceRules").everything.filter(**closed).update(is_on=False)
    planned = apps.get_model("stores", "OrderAction").everything.filter(**closed, state="planned")
    planned.filter(kind="issue").update(arguments={})
    now = timezone.now()
    planned.update(state="not_done", holds=None, why="closed", sent_at=now, finished_at=now)


WHYS = [
    ("refused", "The marketplace said no."),
    ("no_answer", "No answer came, and the order does not show what came of it. Look in the cabinet."),
    ("no_effect", "The order does not show it. It may be tried again."),
    ("moved_on", "The order had moved on before it was sent."),
    ("token", "The marketplace refuses the store's API token."),
    ("late", "It could not be sent in time."),
    ("stopped", "The store was stopped, or its rules were changed, before it was sent."),
    ("closed", "The store was closed before it could be sent."),
]


class Migration(migrations.Migration):
    dependencies = [
        ("stores", "0013_rows"),
    ]

    operations = [
        migrations.AddField(
            model_name="order", name="accepted_at", field=models.DateTimeField(editable=False, null=True)
        ),
        migrations.AddIndex(
            model_name="order", index=models.Index(fields=["store", "accepted_at"], name="order_accepted")
        ),
        migrations.AlterField(
            model_name="orderaction",
            name="why",
            field=models.CharField(blank=True, choices=WHYS, max_length=10, verbose_name="why not"),
        ),
        migrations.AddConstraint(
            model_name="stockmovement",
            constraint=models.UniqueConstraint(
                fields=["order_item", "kind", "remaining", "counted_at"], name="stock_movement_once_per_line_and_count"
            ),
        ),
        # After the new one, which the foreign key has its index from.
        migrations.RemoveConstraint(model_name="stockmovement", name="stock_movement_once_per_line_and_kind"),
        migrations.RunPython(end_closed, migrations.RunPython.noop, elidable=True),
    ]
