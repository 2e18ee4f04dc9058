"""What all who look share: how many looks there are to spend, and the tempo at which they are spent."""

from dataclasses import dataclass

from django.conf import settings

from stores.models import WatchTempo
from stores.services.market import policy

# Of the requests that the pace allows; the rest is for second pages, retries and looks out of turn.
USE_OF_PACE = 0.8


@dataclass(frozen=True)
class Shared:
    """The tempo, and what is usual among all markets."""

    tempo: policy.Tempo
    usual: policy.Usual


def budget() -> float:
    """The looks a second that are planned, through all addresses together."""
    return USE_OF_PACE * settings.LOOKS_PER_SECOND * len(settings.EGRESS)


def bounds() -> policy.Bounds:
    """The shortest and longest time between two looks at a market, as this installation wants it."""
    return policy.Bounds(settings.SHORTEST_LOOK_INTERVAL.total_seconds(), settings.LOOK_INTERVAL.total_seconds())


def read_shared() -> Shared:
    """What was tuned last. Before the first time everything counts as lively: whoever knows nothing looks."""
    row = WatchTempo.objects.first()
    return untuned() if row is None else shared_of(row)


def shared_of(row: WatchTempo) -> Shared:
    """What stands in the row."""
    return Shared(
        policy.Tempo(row.multiplier, row.shortest, row.longest),
        policy.Usual(row.usual_rate, row.usual_shape, row.usual_war),
    )


def untuned() -> Shared:
    """What holds while nothing is known."""
    limits = bounds()
    return Shared(policy.Tempo(1.0, limits.shortest, limits.longest), policy.Usual())


def columns_of(shared: Shared) -> dict[str, float]:
    """Column of the row → its value."""
    return {
        "multiplier": shared.tempo.multiplier,
        "shortest": shared.tempo.shortest,
        "longest": shared.tempo.longest,
        "usual_rate": shared.usual.rate,
        "usual_shape": shared.usual.shape,
        "usual_war": shared.usual.war,
    }
