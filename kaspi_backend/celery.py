"""The worker's wiring and its timetable. What each task does is said in `stores/tasks.py`."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "kaspi_backend.settings")

app = Celery("kaspi_backend")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


def every(seconds: float, task: str) -> dict[str, object]:
    """A row of the timetable. A ring nobody answered before the next is due is dropped: the rows are the work."""
    return {"task": f"stores.tasks.{task}", "schedule": seconds, "options": {"expires": seconds}}


app.conf.beat_schedule = {
    "look": every(1, "look_at_due_markets"),
    "listings": every(5, "read_due_listings"),
    "retune": every(60, "retune_watch"),
    "decide": every(5, "decide_looked_markets"),
    "turns": every(5, "give_turns"),
    "publish": every(2, "publish_price_lists"),
    "tell": every(5, "tell_notifications"),
    "guard": every(30, "guard_prices"),
    "expire": every(60, "expire_proposals"),
    "send waiting": every(60, "send_waiting_prices"),
    "watch over": every(30, "raise_alarms"),
    "settle": every(300, "settle_subscriptions"),
    "tokens": every(300, "check_merchant_tokens"),
    "send cards": every(5, "send_new_cards"),
    "follow cards": every(10, "follow_new_cards"),
    "card pages": every(300, "find_pages_of_new_cards"),
    "card categories": every(3600, "renew_card_classification"),
    "read orders": every(20, "read_orders"),
    "check orders": every(10, "check_orders"),
    "move orders": every(5, "send_order_actions"),
    "reckon orders": every(10, "reckon_orders"),
    "returns and quality": every(600, "watch_returns_and_quality"),
    "remind of orders": every(15, "sound_order_alarms"),
    "order clocks": every(600, "sweep_order_clocks"),
    "follow orders": every(30, "follow_orders"),
    "old stocks": every(3600, "doubt_old_stocks"),
    "old buyers": every(3600, "forget_old_buyers"),
    "old invitations": every(3600, "forget_expired_invitations"),
    "learn": every(600, "learn_rivals"),
    "roll up": every(600, "roll_up_changes"),
    "replay": every(10, "run_replays"),
    "uploads": every(2, "work_on_uploads"),
    "old uploads": every(3600, "clear_old_uploads"),
    "letters": every(30, "send_letters"),
    "subscriptions": every(3600, "follow_subscriptions"),
}
