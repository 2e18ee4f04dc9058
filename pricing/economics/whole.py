"""Whole numbers: telling them from what only looks like them, and making them out of exact fractions."""


def check_int(number: int, name: str = "a price") -> None:
    """Raises TypeError for anything but an int. True and 9999.0 would pass every comparison that follows."""
    if type(number) is not int:
        raise TypeError(f"{name} is a whole number, not {number!r}")


def half_up(numerator: int, denominator: int) -> int:
    """The nearest whole number; exactly a half goes up, also below zero (-0.5 is 0). `denominator` is positive."""
    return (2 * numerator + denominator) // (2 * denominator)


def up(numerator: int, denominator: int) -> int:
    """The lowest whole number that is not less. `denominator` is positive."""
    return -(-numerator // denominator)
