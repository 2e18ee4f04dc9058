"""What kind of world to make."""

from dataclasses import dataclass
from typing import Literal

# Monday, 5 January 2026, 10:00 in Almaty: shops are open, so nobody waits for the morning.
MANUAL_CLOCK_STARTS_AT = 1_767_589_200.0

ClockKind = Literal["manual", "real"]


@dataclass(frozen=True, slots=True, kw_only=True)
class WorldConfig:
    """Everything a world depends on; equal configs under a manual clock give equal worlds.

    `pull_every` is in seconds. `tempo` divides the intervals of rivals and buyers, and nothing else.
    `starts_at` (seconds since 1970, UTC) is where a manual clock begins.
    Raises ValueError for numbers no world can be made of.
    """

    seed: int = 1
    cards: int = 240
    merchant_cards: int = 200
    pull_every: float = 3600.0
    tempo: float = 1.0
    clock: ClockKind = "real"
    paused: bool = False
    starts_at: float = MANUAL_CLOCK_STARTS_AT

    def __post_init__(self) -> None:
        if self.cards < 1:
            raise ValueError(f"cards is {self.cards}; at least 1 is needed")
        if self.merchant_cards < 0:
            raise ValueError(f"merchant_cards is {self.merchant_cards}; 0 or more is needed")
        if self.pull_every <= 0 or self.tempo <= 0:
            raise ValueError(f"pull_every is {self.pull_every}, tempo is {self.tempo}; both must be positive")
        if self.clock not in ("manual", "real"):
            raise ValueError(f"clock is {self.clock!r}; 'manual' or 'real' is needed")
