"""
The table of contents of the background. Each task finds its own work in rows, may run twice or die half-way, and
delegates; a ring that is lost costs a few seconds until the timetable in `kaspi_backend/celery.py` rings again.
"""

from celery import shared_task
from django.conf import settings

from stores.models import PathStep
from stores.services import alarms, health, notifications, teams
from stores.services.cards import classification, pages, sending
from stores.services.cards import following as new_cards
from stores.services.catalogue import sending as waiting_prices
from stores.services.ledger import quality, reckon, returns
from stores.services.market import daily_history, listings, look, pace, record, retune, rivals, trust, watch
from stores.services.merchant import tokens
from stores.services.orders import actions as order_actions
from stores.services.orders import buyers, clocks, lookups, readings
from stores.services.orders.acceptance import accepting
from stores.services.prices import breakers, decide, proposals, tripwires, turns
from stores.services.prices.price_list import publish
from stores.services.prices.replay import work as replays
from stores.services.stock import counts, following
from stores.services.subscription import settling
from stores.services.uploads import steps as uploads
from stores.services.uploads import sweep
from users.services import letters
from users.services.billing import purchases, subscriptions


@shared_task
def look_at_due_markets() -> None:
    """Look at the markets that are due, record what moved, and have it decided."""
    if pace.is_booked_ahead(settings.REDIS_URL, settings.EGRESS):
        return
    claim = watch.claim_due_markets(settings.BATCH_SIZE)
    if not claim.markets:
        return
    if watch.has_due_markets():
        look_at_due_markets.delay()
    recorded = record.record(claim, look.look_at(claim.markets))
    trust.count(recorded.proofs)
    if recorded.looked_at is not None:
        health.finished(PathStep.Name.LOOKED, recorded.looked_at)
        decide_looked_markets.delay(recorded.market_ids)


@shared_task
def read_due_listings() -> None:
    """Read some pages of listings, where a dozen cards tell at once what moved; what did is due for a look."""
    if listings.read_due_listings():
        look_at_due_markets.delay()


@shared_task
def retune_watch() -> None:
    """Tune how often each market is looked at to what was learnt, and put off those that nobody needs."""
    retune.retune()
    watch.put_off_unneeded()


@shared_task
def decide_looked_markets(market_ids: list[int] | None = None) -> None:
    """Decide the prices in these markets; without ids, in those that a dead worker left behind."""
    if ids := decide.find_left_behind() if market_ids is None else market_ids:
        if decide.decide_markets(ids):
            publish_price_lists.delay()
        tell_notifications.delay()


@shared_task
def give_turns() -> None:
    """Decide those prices anew that waited for a place in their store's change budget, where there is one now."""
    if sum([turns.give_turns(store_id) for store_id in turns.find_waiting_stores()]):
        publish_price_lists.delay()
        tell_notifications.delay()


# The largest lists take minutes. A store's claim keeps two workers off it, and is prolonged while one is at work.
@shared_task(soft_time_limit=1_500, time_limit=1_800)
def publish_price_lists() -> None:
    """Build the price lists of stores whose catalogue has moved on."""
    publish.publish_due()


@shared_task
def tell_notifications() -> None:
    """Tell the messages that wait."""
    notifications.tell_waiting()


@shared_task
def guard_prices() -> None:
    """Try the gate with forbidden prices, and judge what the rules did lately; neither keeps the other from it."""
    try:
        tripwires.try_gate()
    finally:
        breakers.judge()
    health.finished(PathStep.Name.GUARDED)


@shared_task
def expire_proposals() -> None:
    """Withdraw the proposals that nobody answered in time."""
    proposals.expire_proposals()


@shared_task
def send_waiting_prices() -> None:
    """Let prices of big changes leave whose turn it is."""
    waiting_prices.send_all_waiting()


@shared_task
def learn_rivals() -> None:
    """Learn how the rivals of some stores behave."""
    rivals.learn_due_rivals()


@shared_task
def roll_up_changes() -> None:
    """Fold observed changes of long ago into days."""
    if daily_history.roll_up():
        roll_up_changes.delay()


@shared_task
def check_merchant_tokens() -> None:
    """Ask the marketplace about API tokens that were entered while it did not answer."""
    tokens.check_unknown_tokens()


@shared_task
def send_new_cards() -> None:
    """Send the batches of new cards that people wanted sent."""
    while sending.send_next():
        pass


@shared_task
def follow_new_cards() -> None:
    """Ask the marketplace what became of the new cards that it has."""
    while new_cards.follow_next():
        pass


@shared_task
def find_pages_of_new_cards() -> None:
    """Find the pages that the marketplace's moderators have made of new cards."""
    while pages.find_next():
        pass


@shared_task
def renew_card_classification() -> None:
    """Read again what the marketplace's categories ask of a card."""
    classification.renew()


@shared_task
def read_orders() -> None:
    """Read the orders of the stores, tray by tray."""
    readings.read_due_orders()
    follow_orders.delay()


@shared_task
def look_up_orders() -> None:
    """Read single orders that are to be looked up."""
    if lookups.look_up_due_orders():
        follow_orders.delay()


@shared_task
def follow_orders() -> None:
    """Let the stocks follow the orders that were read, then accept those that the stores' rules accept."""
    following.follow_orders()
    if accepting.accept_new_orders():
        send_order_actions.delay()


@shared_task
def doubt_old_stocks() -> None:
    """Doubt the stocks that nobody has counted for long."""
    counts.doubt_old_counts()


@shared_task
def send_order_actions() -> None:
    """Send what is to be done to orders, and look at once what came of it."""
    if order_actions.send_due_actions():
        look_up_orders.delay()


@shared_task
def reckon_orders() -> None:
    """Reckon what the orders earned that have changed, or whose fees have."""
    if reckon.reckon_due():
        reckon_orders.delay()


@shared_task
def watch_returns_and_quality() -> None:
    """Tell of goods that do not come back, and of a shop's quality before the marketplace acts on it."""
    returns.tell_overdue()
    quality.watch_quality()


@shared_task
def sound_order_alarms() -> None:
    """Remind of orders whose time runs out."""
    if clocks.sound_alarms():
        tell_notifications.delay()


@shared_task
def sweep_order_clocks() -> None:
    """Keep the clocks of open orders true."""
    clocks.sweep_clocks()


@shared_task
def settle_subscriptions() -> None:
    """Bring the stores into line with their owners' subscriptions."""
    settling.settle()


@shared_task
def forget_old_buyers() -> None:
    """Forget the buyers of orders that ended long ago."""
    buyers.forget_old_buyers()


@shared_task
def forget_expired_invitations() -> None:
    """Forget the invitations that nobody answered in time."""
    teams.forget_expired()


@shared_task
def raise_alarms() -> None:
    """Say where we are blind and which prices did not arrive."""
    alarms.raise_alarms()


# The row's claim keeps two workers off one replay, also when the broker hands a long one out again.
@shared_task(soft_time_limit=1_500, time_limit=1_800)
def run_replays() -> None:
    """Run the replays that people asked for, one after the other."""
    while replays.run_next():
        pass


# The rows' claims keep two workers off one upload.
@shared_task(soft_time_limit=1_500, time_limit=1_800)
def work_on_uploads() -> None:
    """Do the next step of each file that sellers brought in, until none waits."""
    while uploads.work_next():
        pass


@shared_task
def clear_old_uploads() -> None:
    """Delete the files that are too old, and those that nobody knows."""
    sweep.clear_old()


@shared_task
def send_letters() -> None:
    """Send the letters that wait."""
    letters.send_waiting()


@shared_task
def follow_subscriptions() -> None:
    """Let subscriptions follow the clock, begin those that were left behind, and close orders that nobody paid."""
    subscriptions.sweep()
    subscriptions.begin_left_behind()
    purchases.close_unpaid()
