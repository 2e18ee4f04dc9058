from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("stores", "0006_fewer_indexes"),
    ]

    operations = [
        migrations.AlterField(
            model_name="notification",
            name="kind",
            field=models.CharField(
                choices=[
                    ("price_changed", "Price changed"),
                    ("price_proposed", "A price waits for you"),
                    ("price_held", "Price held"),
                    ("price_list_refused", "Price list refused"),
                    ("not_written", "Price list cannot be written"),
                    ("not_published", "Prices not in a price list in time"),
                    ("not_pulled", "Price list not fetched in time"),
                    ("not_seen", "Price not seen in time"),
                    ("prices_restored", "Prices put back"),
                    ("prices_forgotten", "Prices that waited are not set"),
                    ("blind", "Storefront unreachable"),
                    ("changed_by_hand", "Price changed in the marketplace's cabinet"),
                    ("product_paused", "Product paused by a breaker"),
                    ("store_paused", "Store paused by a breaker"),
                    ("everything_stopped", "All prices stopped"),
                    ("new_rival", "New seller on a card"),
                    ("stuck_on", "Somebody joined your card"),
                    ("card_unknown", "Card unknown to the marketplace"),
                    ("token_refused", "API token refused"),
                    ("cards_judged", "New cards judged"),
                    ("cards_refused", "New cards refused"),
                    ("cards_unsure", "New cards without an answer"),
                    ("orders_silent", "New orders cannot be read"),
                    ("order_unread", "An order cannot be understood"),
                    ("order_not_moved", "An action on an order failed"),
                    ("returns_overdue", "Goods have not come back"),
                    ("quality_near", "A quality indicator is near its limit"),
                    ("quality_over", "A quality indicator is over its limit"),
                    ("order_half_time", "Half of an order's time is over"),
                    ("order_ending", "An order's time ends"),
                    ("stock_doubted", "Stock to be counted"),
                    ("stocks_old", "Stocks counted long ago"),
                    ("subscription_ended", "Plan ended"),
                ],
                max_length=20,
                verbose_name="kind",
            ),
        ),
    ]
