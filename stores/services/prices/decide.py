"""From the recorded picture of a market to decisions about our prices in it."""

import logging
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import Any, TypeVar

from django.conf import settings
from django.db.models import F, Q
from django.utils import timezone

import pricing
from stores.models import (
    CardMarket,
    CityPrice,
    Competitor,
    CompetitorProduct,
    Membership,
    PathStep,
    PricingRule,
    ProductPriceUpdate,
    Store,
)
from stores.services import health
from stores.services.announcements import announce_prices_of_stores
from stores.services.prices import by_hand, gateway, ladders, queue, seen
from stores.services.prices.breakers import ACTING
from stores.services.prices.gate import Hold
from stores.services.prices.margins import is_margin_unknown
from stores.services.prices.plans import Policy, has_sound_plan, policy_of, read_rules, version_of
from stores.services.prices.profit import profit_change
from stores.services.prices.proposals import withdraw_unwanted
from stores.services.prices.sales import sold_per_week
from stores.services.prices.situation import BatchFacts, describe, market_of, read_batch_facts, shown_price
from stores.services.prices.worth import worth_of
from stores.services.transactions import in_transaction

log = logging.getLogger(__name__)
T = TypeVar("T")
Offers = Mapping[int, Sequence[CompetitorProduct]]
NotRivals = Mapping[int, frozenset[str]]

# A market looked at so long ago and still undecided was left behind by a worker that died.
LEFT_BEHIND = timedelta(seconds=10)
# … or could not be decided, and is tried again so much later, when others have had their turn.
TRIED_AGAIN = timedelta(minutes=1)


@dataclass(frozen=True)
class Outcome:
    """
    What came of deciding one price: the update that was recorded, or the code for which it was left alone.

    `is_wanted`: rules want another price than the present one, whatever the gateway made of it.
    """

    hold_rule: str = ""
    is_wanted: bool = False
    update: ProductPriceUpdate | None = None


@dataclass(frozen=True)
class Wish:
    """Another price than the present one, as the engine decided it; it has not been to the gateway yet."""

    row: CityPrice
    situation: pricing.Situation
    decision: pricing.Decision
    policy: Policy
    shown: int | None


@dataclass(frozen=True)
class Decided:
    """
    What came of deciding many prices: how many intents were recorded, the (store, product) pairs that show something
    else now, and the markets of prices that could not be decided.
    """

    sent: int
    moved: list[tuple[int, int]]
    failed_markets: set[int | None]


def find_left_behind(limit: int = 500) -> list[int]:
    """Markets whose last look nobody decided on; those last that could not be decided lately."""
    now = timezone.now()
    is_due = Q(undecidable_at=None) | Q(undecidable_at__lt=now - TRIED_AGAIN)
    left = CardMarket.objects.filter(is_due, is_undecided=True, looked_at__lt=now - LEFT_BEHIND)
    in_turn = left.order_by(F("undecidable_at").asc(nulls_first=True), "looked_at")
    return list(in_turn.values_list("pk", flat=True)[:limit])


def decide_markets(market_ids: Sequence[int]) -> int:
    """
    Decide every automated price in these markets; returns how many intents were recorded.

    May run twice, at the same time or after a crash: one look leads to at most one update of a price. A price that
    cannot be decided keeps its market undecided, and no other.
    """
    markets = list(CardMarket.objects.filter(pk__in=market_ids, is_undecided=True))
    rows = _read_rows(market__in=[market.pk for market in markets])
    offers = offers_of(markets)
    not_rivals = not_rivals_of({row.product.store_id for row in rows})
    seen.confirm_seen(rows, offers)
    standings = _refresh_standings(rows, offers, not_rivals)
    decided = _decide_rows(rows, offers, not_rivals)
    _close_looks(markets, decided.failed_markets)
    announce_prices_of_stores([*standings, *decided.moved])
    health.finished(PathStep.Name.DECIDED)
    return decided.sent


def decide_prices(city_price_ids: Sequence[int]) -> int:
    """
    Decide these prices anew, from their markets as last seen; returns how many intents were recorded.

    A look that led to an update before leads to no other.
    """
    rows = _read_rows(pk__in=city_price_ids, market__isnull=False)
    offers = offers_of({market_of(row) for row in rows})
    decided = _decide_rows(rows, offers, not_rivals_of({row.product.store_id for row in rows}))
    announce_prices_of_stores(decided.moved)
    return decided.sent


def _decide_rows(rows: Sequence[CityPrice], offers: Offers, not_rivals: NotRivals) -> Decided:
    rules = read_rules(rows)
    policies = {row.pk: policy_of(row, rules) for row in rows}
    automated = _leave_to_people([row for row in rows if _is_automated(row, policies[row.pk])], offers)
    outcomes = _decide_each(automated, offers, not_rivals, policies)
    failed = {row.pk for row in automated} - outcomes.keys()
    decided = [row for row in rows if row.pk not in failed]
    sent = [outcome.update for outcome in outcomes.values() if outcome.update is not None]
    moved = _write_holds(decided, {pk: outcome.hold_rule for pk, outcome in outcomes.items()})
    _end_unwanted(rows, {pk for pk, outcome in outcomes.items() if outcome.is_wanted}, failed)
    return Decided(
        sent=len(sent),
        moved=[*moved, *((update.store_id, update.product_id) for update in sent)],
        failed_markets={row.market_id for row in automated if row.pk in failed},
    )


def _end_unwanted(rows: Sequence[CityPrice], wanted: Collection[int], failed: Collection[int]) -> None:
    """What rules want no more is neither asked of a person nor waits for its turn."""
    withdraw_unwanted([row for row in rows if row.pk not in wanted and row.pk not in failed])
    # What cannot be decided is tried again with its market, and holds up no other meanwhile.
    queue.leave_unwanted([row for row in rows if row.pk not in wanted])


def _is_automated(row: CityPrice, policy: Policy) -> bool:
    is_wanted = policy.is_automated and not row.product.is_paused
    return is_wanted and row.product.store.mode != Store.Mode.PAUSED and has_sound_plan(row, policy)


def _leave_to_people(automated: Sequence[CityPrice], offers: Offers) -> list[CityPrice]:
    """Pause those that somebody changed by hand elsewhere, where rules act; the others are left."""
    shown = {row.pk: shown_price(row, offers[market_of(row).pk]) for row in automated}
    acting = [row for row in automated if row.product.store.mode in ACTING]
    paused = by_hand.pause_changed_by_hand(acting, {pk: price for pk, price in shown.items() if price is not None})
    return [row for row in automated if row.product_id not in paused]


def _decide_each(
    rows: Sequence[CityPrice], offers: Offers, not_rivals: NotRivals, policies: Mapping[int, Policy]
) -> dict[int, Outcome]:
    """Price row → what came of it; absent where deciding it failed, which is logged and stops no other."""
    facts = read_batch_facts(rows, policies)
    thoughts = _try_each(
        rows, lambda row: _think(row, offers[market_of(row).pk], not_rivals[row.product.store_id], facts)
    )
    wishes = {pk: thought for pk, thought in thoughts.items() if isinstance(thought, Wish)}
    outcomes = {pk: thought for pk, thought in thoughts.items() if isinstance(thought, Outcome)}
    for pk in _next_rungs(wishes.values(), offers):
        del wishes[pk]
        outcomes[pk] = Outcome(hold_rule=Hold.LADDER)
    wished = [wish.row for wish in wishes.values()]
    sold = sold_per_week(wished)
    worths = {pk: worth_of(wish.row, wish.decision.price, sold.get(pk)) for pk, wish in wishes.items()}
    # The change budget may not reach for all of them.
    best_first = sorted(wished, key=lambda row: -worths[row.pk])
    return outcomes | _try_each(best_first, lambda row: _send(wishes[row.pk], worths[row.pk]))


def _next_rungs(wishes: Iterable[Wish], offers: Offers) -> list[int]:
    """The price rows that would only answer the last cut of another store of ours, which would answer in turn."""
    cuts = [wish for wish in wishes if wish.decision.price < wish.row.price]
    partners = ladders.partners_of([wish.row for wish in cuts])
    return [
        wish.row.pk
        for wish in cuts
        if ladders.is_next_rung(wish.row, _led_by(wish.decision), partners[wish.row.pk], offers[market_of(wish.row).pk])
    ]


def _led_by(decision: pricing.Decision) -> str | None:
    """The rival that the price goes by."""
    return next((step.merchant_id for step in reversed(decision.steps) if step.merchant_id), None)


def _try_each(rows: Iterable[CityPrice], act: Callable[[CityPrice], T]) -> dict[int, T]:
    """Price row → what came of the act; absent where it failed."""
    done: dict[int, T] = {}
    for row in rows:
        try:
            done[row.pk] = act(row)
        except Exception:  # Whatever it is: the other prices of the batch are not to wait for its repair.
            log.exception("the price of product %s in city %s cannot be decided", row.product_id, row.city_id)
    return done


def _close_looks(markets: Iterable[CardMarket], failed: Collection[int | None]) -> None:
    """These looks are decided, unless a newer one has come; those of `failed` are to be tried again."""
    for market in markets:
        is_failed = market.pk in failed
        CardMarket.objects.filter(pk=market.pk, look_number=market.look_number).update(
            is_undecided=is_failed, undecidable_at=timezone.now() if is_failed else None
        )


def _think(
    row: CityPrice, offers: Sequence[CompetitorProduct], not_rivals: frozenset[str], facts: BatchFacts
) -> Wish | Outcome:
    if hold := _hold_before_thinking(row):
        return Outcome(hold_rule=hold)
    situation = describe(row, offers, not_rivals, facts)
    decision = pricing.decide(situation)
    if decision.is_hold:
        return Outcome(hold_rule=decision.steps[-1].rule)
    if decision.price == row.price:
        return Outcome()
    return Wish(row, situation, decision, facts.policies[row.pk], shown_price(row, offers))


def _hold_before_thinking(row: CityPrice) -> str:
    """Why rules leave the price alone whatever the offers are, as a code; empty: they do not."""
    store = row.product.store
    if store.frozen_at is not None:
        return Hold.SUBSCRIPTION_ENDED
    if not store.is_within_tariff(row.product_id):
        return Hold.OVER_TARIFF
    return Hold.NO_MARGIN if is_margin_unknown(row.product) else ""


def _send(wish: Wish, worth: float) -> Outcome:
    row, policy = wish.row, wish.policy
    update = gateway.send(
        gateway.Intent(
            city_price_id=row.pk,
            price=wish.decision.price,
            seen_version=row.version,
            why=_why(row, wish.situation, wish.decision, policy.rule),
            looked_at=market_of(row).looked_at,
            shown=wish.shown,
            look_number=market_of(row).look_number,
            rule_id=policy.rule_id,
            policy_version=version_of(row, policy),
            worth=worth,
        )
    )
    return Outcome(is_wanted=True, update=update)


def _why(
    row: CityPrice, situation: pricing.Situation, decision: pricing.Decision, rule: PricingRule | None
) -> dict[str, Any]:
    """
    The situation and the steps, as they are stored: enough to decide again; what both prices earn; and the name of the
    rule, as it was then.
    """
    return {
        "engine": pricing.ENGINE_VERSION,
        "build": settings.BUILD,
        "situation": situation.to_stored(),
        "steps": [asdict(step) for step in decision.steps],
        "profit": profit_change(row.product, row.price, decision.price),
        "rule": "" if rule is None else rule.name,
    }


def _read_rows(**which: object) -> list[CityPrice]:
    return list(CityPrice.everything.filter(**which).select_related("product__store", "market").order_by("pk"))


def offers_of(markets: Iterable[CardMarket]) -> dict[int, list[CompetitorProduct]]:
    """Market → its offers, in the marketplace's order."""
    offers: dict[int, list[CompetitorProduct]] = {market.pk: [] for market in markets}
    rows = CompetitorProduct.objects.filter(market__in=list(offers)).select_related("competitor_store")
    for offer in rows.order_by("market_id", "place"):
        offers[offer.market_id].append(offer)
    return offers


def not_rivals_of(store_ids: Iterable[int]) -> dict[int, frozenset[str]]:
    """Store → the merchants it never competes with."""
    not_rivals: defaultdict[int, set[str]] = defaultdict(set)
    stances = Competitor.everything.filter(store__in=list(store_ids), stance__in=Competitor.NOT_RIVALS)
    for store_id, merchant_id in stances.values_list("store_id", "competitor_store__merchant_id"):
        not_rivals[store_id].add(merchant_id)
    for store_id, merchant_id in _sister_shops(store_ids):
        not_rivals[store_id].add(merchant_id)
    return {store_id: frozenset(not_rivals[store_id]) for store_id in store_ids}


def _sister_shops(store_ids: Iterable[int]) -> list[tuple[int, str]]:
    """(store, merchant) pairs of shops that have an owner in common: nobody has to tell us that they are his."""
    owners = Membership.everything.filter(store__in=list(store_ids), role=Membership.Role.OWNER)
    stores_of: defaultdict[int, list[tuple[int, str]]] = defaultdict(list)
    all_stores = Membership.everything.filter(role=Membership.Role.OWNER, user__in=owners.values("user"))
    for user_id, store_id, merchant_id in all_stores.values_list("user_id", "store_id", "store__merchant_id"):
        stores_of[user_id].append((store_id, merchant_id))
    pairs = owners.values_list("store_id", "user_id")
    return [(own, merchant) for own, user in pairs for other, merchant in stores_of[user] if other != own]


def _refresh_standings(
    rows: Sequence[CityPrice],
    offers: dict[int, list[CompetitorProduct]],
    not_rivals: dict[int, frozenset[str]],
) -> list[tuple[int, int]]:
    """Write where each price stands among the offers; returns the (store, product) pairs that moved."""
    seen_now = {
        row.pk: _standing(row.product.store, offers[market_of(row).pk], not_rivals[row.product.store_id])
        for row in rows
    }
    moved = [row for row in rows if (row.lowest_rival, row.place) != seen_now[row.pk]]
    for row in moved:
        row.lowest_rival, row.place = seen_now[row.pk]
    _write_columns(moved, "lowest_rival", "place")
    return [(row.product.store_id, row.product_id) for row in moved]


def _write_holds(rows: Sequence[CityPrice], holds: Mapping[int, str]) -> list[tuple[int, int]]:
    """Keep with each price why it was left alone, where that has changed; returns those (store, product) pairs."""
    changed = [row for row in rows if row.hold_rule != holds.get(row.pk, "")]
    for row in changed:
        row.hold_rule = holds.get(row.pk, "")
    _write_columns(changed, "hold_rule")
    return [(row.product.store_id, row.product_id) for row in changed]


@in_transaction
def _write_columns(rows: Sequence[CityPrice], *columns: str) -> None:
    CityPrice.everything.bulk_update(rows, columns, batch_size=500)


def _standing(
    store: Store, offers: Sequence[CompetitorProduct], not_rivals: frozenset[str]
) -> tuple[int | None, int | None]:
    """The lowest rival's price and our place; None where there is no rival, or no offer of ours."""
    ours = {*not_rivals, store.merchant_id}
    rivals = [offer.price for offer in offers if offer.competitor_store.merchant_id not in ours]
    places = [offer.place for offer in offers if offer.competitor_store.merchant_id == store.merchant_id]
    return min(rivals, default=None), min(places, default=None)
