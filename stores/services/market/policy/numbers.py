"""Numbers from outside are looked at once, at the door."""

import math

HOUR = 3600.0


def checked(
    name: str, value: float, *, above: float = -math.inf, least: float = -math.inf, most: float = math.inf
) -> float:
    """The value itself. Raises ValueError when it is NaN, infinite, or outside of what is allowed."""
    if math.isfinite(value) and value > above and least <= value <= most:
        return value
    raise ValueError(f"{name} cannot be {value!r}")


def clamped(value: float, least: float, most: float) -> float:
    return min(max(value, least), most)
