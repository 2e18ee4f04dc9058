"""How fast each address asks, and which of them are shut out for it."""

from collections import defaultdict, deque

WINDOW = 1.0


class Throttle:
    """Shuts an address out for `seconds` when it asks more than `per_second` times within a second.

    Every request counts, the refused ones too: whoever goes on as before is shut out again at once.
    """

    def __init__(self, per_second: int, seconds: float) -> None:
        self._per_second = per_second
        self._seconds = seconds
        self._recent: defaultdict[str, deque[float]] = defaultdict(lambda: deque(maxlen=per_second))
        self._shut_until: dict[str, float] = {}

    def refuses(self, address: str, now: float) -> bool:
        """Count a request made at `now` (seconds) and tell whether it is refused."""
        recent = self._recent[address]
        is_too_fast = len(recent) == self._per_second and now - recent[0] < WINDOW
        recent.append(now)
        is_shut_out = now < self._shut_until.get(address, now)
        if is_too_fast and not is_shut_out:
            self._shut_until[address] = now + self._seconds
        return is_too_fast or is_shut_out
