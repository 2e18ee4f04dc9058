"""Price wars: two who answer each other downwards, and nobody wins."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median_high

from pricing.hours import is_within
from pricing.plan import Answer, Move, Truce
from pricing.situation import Situation
from pricing.types import Offer, Rule, Step


@dataclass(frozen=True, slots=True)
class War:
    """
    A war with one rival, in tenge and seconds.

    `follower` is who answers faster. `step` is how far one goes under the other, `reaction_seconds` how long the rival
    waits; both usual values. `peace_price` is the highest we asked before or during it. `cost` is what our sold pieces
    earned less than they would have at our first price; None when a profit or a count is unknown.
    """

    rival: str
    follower: str
    step: int
    reaction_seconds: int
    fallen: int
    peace_price: int
    is_offered: bool
    is_accepted: bool
    cost: int | None


@dataclass(frozen=True, slots=True)
class _Fight:
    """Moves that answer each other downwards, oldest first, and the raises after them."""

    answers: tuple[Move, ...]
    raises: tuple[Move, ...]


def find_war(situation: Situation, truce: Truce) -> War | None:
    """The longest war of the window, or None."""
    moves = sorted(
        (move for move in situation.history if 0 <= move.seconds_ago <= truce.window_seconds),
        key=lambda move: (-move.seconds_ago, move.merchant_id, move.price),
    )
    me = situation.merchant_id
    rivals = sorted({move.merchant_id for move in moves} - {me} - situation.not_rivals)
    duels = {rival: [move for move in moves if move.merchant_id in {me, rival}] for rival in rivals}
    fights = {rival: _last_fight(duel, truce.reaction_seconds) for rival, duel in duels.items()}
    wars = [rival for rival in rivals if _is_war(fights[rival], truce.answers)]
    if not wars:
        return None
    worst = max(wars, key=lambda rival: len(fights[rival].answers))
    return _describe(fights[worst], duels[worst], me, worst)


def make_peace(situation: Situation, truce: Truce, aim: int, shown: int, rivals: Sequence[Offer]) -> tuple[Step, ...]:
    """Remarks about a war and what is done instead of aiming so low; nothing where there is no war."""
    war = find_war(situation, truce)
    if war is None:
        return ()
    answer = _answer(situation, truce, war, shown, rivals)
    if answer.price is not None and answer.price > aim:
        return (*_remarks(war), answer)
    return _remarks(war)


def _answer(situation: Situation, truce: Truce, war: War, shown: int, rivals: Iterable[Offer]) -> Step:
    if war.is_accepted:
        asked = next((offer.price for offer in rivals if offer.merchant_id == war.rival), situation.price)
        return Step(Rule.TRUCE, asked, war.rival, asked)
    if truce.answer is Answer.STEP_UP and not war.is_offered:
        return Step(Rule.WAR_STEP_UP, shown + truce.step_up, war.rival, shown)
    minute = situation.minute_of_week
    if truce.answer is Answer.RESET and minute is not None and is_within(minute, truce.sleep_hours):
        return Step(Rule.WAR_RESET, war.peace_price, war.rival, minute)
    return Step(Rule.WAR_HOLD, situation.price, war.rival)


def _last_fight(duel: Iterable[Move], reaction_seconds: float) -> _Fight:
    answers: list[Move] = []
    raises: list[Move] = []
    asked: dict[str, int] = {}
    for move in duel:
        is_raise = move.price > asked.get(move.merchant_id, move.price)
        asked[move.merchant_id] = move.price
        if is_raise and answers:
            raises.append(move)
        elif not raises and answers and _is_answer(move, answers[-1], reaction_seconds):
            answers.append(move)
        else:
            answers, raises = [move], []
    return _Fight(tuple(answers), tuple(raises))


def _is_answer(move: Move, before: Move, reaction_seconds: float) -> bool:
    is_in_time = before.seconds_ago - move.seconds_ago <= reaction_seconds
    return move.merchant_id != before.merchant_id and move.price < before.price and is_in_time


def _is_war(fight: _Fight, least: int) -> bool:
    # The first move of a fight answers nobody; of those after it, every second one is ours.
    return (len(fight.answers) - 1) // 2 >= least


def _describe(fight: _Fight, duel: Iterable[Move], me: str, rival: str) -> War:
    pairs = list(pairwise(fight.answers))
    waits = {
        who: median_high(before.seconds_ago - move.seconds_ago for before, move in pairs if move.merchant_id == who)
        for who in (me, rival)
    }
    who_rose = {move.merchant_id for move in fight.raises}
    return War(
        rival=rival,
        follower=min((me, rival), key=lambda who: (waits[who], who)),
        step=median_high(before.price - move.price for before, move in pairs),
        reaction_seconds=int(waits[rival]),
        fallen=fight.answers[0].price - fight.answers[-1].price,
        peace_price=max(move.price for move in duel if move.merchant_id == me),
        is_offered=me in who_rose,
        is_accepted=rival in who_rose,
        cost=_cost([move for move in fight.answers if move.merchant_id == me]),
    )


def _cost(ours: Sequence[Move]) -> int | None:
    peace = ours[0].unit_profit
    if peace is None:
        return None
    lost = 0
    for move in ours:
        if move.unit_profit is None or move.units_sold is None:
            return None
        lost += (peace - move.unit_profit) * move.units_sold
    return lost


def _remarks(war: War) -> tuple[Step, ...]:
    told = [
        Step(Rule.WAR, merchant_id=war.rival, seen=war.fallen),
        Step(Rule.WAR_FOLLOWER, merchant_id=war.follower),
        Step(Rule.WAR_STEP, merchant_id=war.rival, seen=war.step),
        Step(Rule.WAR_REACTION, merchant_id=war.rival, seen=war.reaction_seconds),
    ]
    return tuple(told) if war.cost is None else (*told, Step(Rule.WAR_COST, seen=war.cost))
