"""Money as people read it."""

NARROW_SPACE = "\u202f"


def thousands(amount: int | None) -> str:
    """`12 345`; a missing amount is a dash, never a zero."""
    return "–" if amount is None else f"{amount:,}".replace(",", NARROW_SPACE)
