"""Who asked for what: counters, and the last thousand requests."""

from collections import Counter, deque
from dataclasses import asdict, dataclass

from sandbox.asked import Asked
from sandbox.clock import iso

LENGTH = 1000


@dataclass(slots=True)
class Entry:
    """One request. `at` is the sandbox's time, `received_at` the computer's: seconds since 1970, UTC.

    `status` is None while there is no answer, and stays so when there never was one.
    """

    at: float
    received_at: float
    method: str
    path: str
    asked: Asked
    status: int | None = None


class RequestLog:
    """Requests to the storefront; those to the control API are not counted."""

    def __init__(self) -> None:
        self.clear()

    def clear(self) -> None:
        self._kinds: Counter[str] = Counter()
        self._cards: Counter[str] = Counter()
        self._merchants: Counter[str] = Counter()
        self._last: deque[Entry] = deque(maxlen=LENGTH)

    @property
    def total(self) -> int:
        return self._kinds.total()

    def add(self, entry: Entry) -> None:
        self._last.append(entry)
        self._kinds[entry.asked.kind] += 1
        if entry.asked.card_id is not None:
            self._cards[entry.asked.card_id] += 1
        if entry.asked.merchant_id is not None:
            self._merchants[entry.asked.merchant_id] += 1

    def report(self) -> dict[str, object]:
        """Return everything as plain data, oldest request first."""
        return {
            "total": self.total,
            "by_kind": dict(self._kinds),
            "by_card": dict(self._cards),
            "by_merchant": dict(self._merchants),
            "last": [_flat(entry) for entry in self._last],
        }


def _flat(entry: Entry) -> dict[str, object]:
    fields = asdict(entry) | {"at": iso(entry.at), "received_at": iso(entry.received_at)}
    fields.update(fields.pop("asked"))
    return fields
