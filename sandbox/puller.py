"""The feed puller: fetches each seller's price list on its own clock and applies it if it changed."""

import asyncio
import base64
import hashlib
from collections import deque
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self

import aiohttp

from sandbox.clock import Clock
from sandbox.faults import FaultKind, Faults
from sandbox.price_list import Outcome, PriceListError, apply_price_list, read_price_list
from sandbox.registrations import Registration
from sandbox.world import World

FIRST_PULL_AFTER = 2.0
LARGEST_FILE = 200 * 1024 * 1024
TIMEOUT = aiohttp.ClientTimeout(total=60, connect=10)
LOG_LENGTH = 1000


class FetchError(Exception):
    """No file could be had; the text says why."""


@dataclass(frozen=True, slots=True)
class Validators:
    """What the last applied answer said about its version, to ask only for a newer one."""

    etag: str | None = None
    last_modified: str | None = None


@dataclass(frozen=True, slots=True)
class Fetched:
    """One HTTP answer; `body` is unpacked."""

    status: int
    body: bytes
    validators: Validators


@dataclass(frozen=True, slots=True)
class Pull:
    """One entry of the log.

    `status` is None when there was no HTTP answer. `changed` says that the file was applied;
    otherwise `reason` says why not. `at` is seconds since 1970, UTC; `size` is in bytes, unpacked.
    """

    at: float
    status: int | None
    size: int
    changed: bool
    reason: str | None
    outcome: Outcome = field(default_factory=Outcome)


@dataclass(slots=True)
class Subscription:
    """One seller's registration, what was applied last, and the log."""

    registration: Registration
    next_pull_at: float
    validators: Validators = field(default_factory=Validators)
    digest: bytes = b""
    log: deque[Pull] = field(default_factory=lambda: deque(maxlen=LOG_LENGTH))
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)


class Puller:
    """Pulls price lists over HTTP. An async context manager; every wait in it is bounded."""

    def __init__(self, world: World, clock: Clock, faults: Faults, pull_every: float) -> None:
        self.subscriptions: dict[str, Subscription] = {}
        self._world = world
        self._clock = clock
        self._faults = faults
        self._pull_every = pull_every
        self._running: set[asyncio.Task[Pull]] = set()

    async def __aenter__(self) -> Self:
        self._session = aiohttp.ClientSession(
            timeout=TIMEOUT,
            headers={"User-Agent": "KaspiSandbox price list loader", "Accept-Encoding": "gzip"},
        )
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for task in self._running:
            task.cancel()
        await asyncio.gather(*self._running, return_exceptions=True)
        await self._session.close()

    def register(self, merchant_id: str, registration: Registration) -> None:
        """Pull from this address from now on, first within seconds. The log of earlier pulls is kept."""
        subscription = Subscription(registration, self._clock.now() + FIRST_PULL_AFTER)
        if merchant_id in self.subscriptions:
            subscription.log = self.subscriptions[merchant_id].log
        self.subscriptions[merchant_id] = subscription

    def registrations(self) -> dict[str, Registration]:
        """Return what is pulled from where, by merchant id."""
        return {merchant_id: subscription.registration for merchant_id, subscription in self.subscriptions.items()}

    def next_due(self) -> tuple[float, str] | None:
        """Return when the next pull is due, and whose, or None when nobody registered."""
        return min(
            ((subscription.next_pull_at, merchant_id) for merchant_id, subscription in self.subscriptions.items()),
            default=None,
        )

    async def pull_due(self, merchant_id: str) -> None:
        """Do the pull that is due and set the time of the next one."""
        self.subscriptions[merchant_id].next_pull_at += self._pull_every
        await self.pull(merchant_id)

    def start_due(self) -> None:
        """Start, in the background, every pull whose time has come."""
        now = self._clock.now()
        for merchant_id, subscription in self.subscriptions.items():
            if subscription.next_pull_at <= now:
                subscription.next_pull_at = now + self._pull_every
                task = asyncio.create_task(self.pull(merchant_id))
                self._running.add(task)
                task.add_done_callback(self._running.discard)

    async def pull(self, merchant_id: str) -> Pull:
        """Fetch and apply the seller's price list now, log it, and return the log entry."""
        subscription = self.subscriptions[merchant_id]
        async with subscription.lock:
            entry = await self._attempt(merchant_id, subscription)
        subscription.log.append(entry)
        return entry

    async def _attempt(self, merchant_id: str, subscription: Subscription) -> Pull:
        at = self._clock.now()
        if self._faults.strike_pull(FaultKind.PULL_FAILS, merchant_id):
            return Pull(at, None, 0, changed=False, reason="skipped: the marketplace did not come (pull_fails)")
        try:
            fetched = await self._fetch(subscription)
        except FetchError as failure:
            return Pull(at, None, 0, changed=False, reason=str(failure))
        digest = hashlib.sha256(fetched.body).digest()
        refusal = _reason_to_skip(fetched, digest, subscription)
        if refusal is not None:
            return Pull(at, fetched.status, len(fetched.body), changed=False, reason=refusal)
        if self._faults.strike_pull(FaultKind.PULL_IGNORED, merchant_id):
            reason = "200, but nothing was applied (pull_ignored)"
            return Pull(at, fetched.status, len(fetched.body), changed=False, reason=reason)
        try:
            price_list = await asyncio.to_thread(read_price_list, fetched.body)
            outcome = apply_price_list(price_list, self._world.sellers[merchant_id])
        except PriceListError as refused:
            return Pull(at, fetched.status, len(fetched.body), changed=False, reason=str(refused))
        subscription.digest = digest
        subscription.validators = fetched.validators
        return Pull(at, fetched.status, len(fetched.body), changed=True, reason=None, outcome=outcome)

    async def _fetch(self, subscription: Subscription) -> Fetched:
        """Ask for the file. Raises FetchError; redirects are answers like any other."""
        try:
            async with self._session.get(
                subscription.registration.url, headers=_headers(subscription), allow_redirects=False
            ) as response:
                body = await _read_bounded(response)
                validators = Validators(response.headers.get("ETag"), response.headers.get("Last-Modified"))
                return Fetched(response.status, body, validators)
        except (aiohttp.ClientError, TimeoutError, ValueError) as error:
            raise FetchError(f"{type(error).__name__}: {error}") from error


def _headers(subscription: Subscription) -> dict[str, str]:
    headers = {}
    if subscription.registration.login:
        headers["Authorization"] = _basic_login(subscription.registration)
    if subscription.validators.etag:
        headers["If-None-Match"] = subscription.validators.etag
    if subscription.validators.last_modified:
        headers["If-Modified-Since"] = subscription.validators.last_modified
    return headers


def _basic_login(registration: Registration) -> str:
    return "Basic " + base64.b64encode(f"{registration.login}:{registration.password}".encode()).decode()


async def _read_bounded(response: aiohttp.ClientResponse) -> bytes:
    chunks = bytearray()
    async for chunk in response.content.iter_any():
        chunks += chunk
        if len(chunks) > LARGEST_FILE:
            raise FetchError(f"the file is larger than {LARGEST_FILE} bytes")
    return bytes(chunks)


def _reason_to_skip(fetched: Fetched, digest: bytes, subscription: Subscription) -> str | None:
    if fetched.status == 304:
        return "not changed (304)"
    if fetched.status != 200:
        return f"HTTP status {fetched.status}"
    if digest == subscription.digest:
        return "not changed (same content)"
    return None
