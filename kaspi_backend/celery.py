"""The worker's wiring and its timetable. What each task does is said in `stores/tasks.py`."""

import os
from collections.abc import Mapping

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "kaspi_backend.settings")

app = Celery("kaspi_backend")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()

# Task: seconds between two rings.
TIMETABLE: Mapping[str, int] = {
    "look_at_due_markets": 1,
    "read_due_listings": 5,
    "retune_watch": 60,
    "decide_looked_markets": 5,
    "give_turns": 5,
    "publish_price_lists": 2,
    "tell_notifications": 5,
    "guard_prices": 30,
    "expire_proposals": 60,
    "send_waiting_prices": 60,
    "raise_alarms": 30,
    "settle_subscriptions": 300,
    "check_merchant_tokens": 300,
    "send_new_cards": 5,
    "follow_new_cards": 10,
    "find_pages_of_new_cards": 300,
    "renew_card_classification": 3600,
    "read_orders": 20,
    "look_up_orders": 10,
    "send_order_actions": 5,
    "reckon_orders": 10,
    "watch_returns_and_quality": 600,
    "sound_order_alarms": 15,
    "sweep_order_clocks": 600,
    "follow_orders": 30,
    "doubt_old_stocks": 3600,
    "forget_old_buyers": 3600,
    "forget_expired_invitations": 3600,
    "learn_rivals": 600,
    "roll_up_changes": 600,
    "run_replays": 10,
    "work_on_uploads": 2,
    "clear_old_uploads": 3600,
    "send_letters": 30,
    "follow_subscriptions": 3600,
}


def _row(task: str, seconds: int) -> dict[str, object]:
    """A ring nobody answered before the next is due is dropped: the rows of the database are the work."""
    return {"task": f"stores.tasks.{task}", "schedule": seconds, "options": {"expires": seconds}}


app.conf.beat_schedule = {task: _row(task, seconds) for task, seconds in TIMETABLE.items()}
