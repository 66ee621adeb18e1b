"""How fast a host may be asked: one token bucket per host, shared by every client in the process."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field

__all__ = ["Bucket", "bucket_for"]


@dataclass(slots=True)
class Bucket:
    """Holds at most ``burst`` tokens, refilled at ``rate`` a second; one request takes one.

    A token may be taken before it exists: the taker then waits for it, and those behind wait longer.
    """

    rate: float
    burst: float
    _tokens: float = field(init=False)
    _at: float | None = field(default=None, init=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, init=False, repr=False)

    def __post_init__(self) -> None:
        self._tokens = self.burst

    def take(self, now: float) -> float:
        """Take one token; return the seconds to wait before using it."""
        with self._lock:
            since = 0.0 if self._at is None else max(0.0, now - self._at)
            self._at = now if self._at is None else max(now, self._at)
            self._tokens = min(self.burst, self._tokens + since * self.rate) - 1.0
            return max(0.0, -self._tokens / self.rate)

    def slow_to(self, rate: float, burst: float) -> None:
        """The careful one of two clients of a host sets the pace."""
        with self._lock:
            self.rate = min(self.rate, rate)
            self.burst = min(self.burst, burst)


_BUCKETS: dict[str, Bucket] = {}
_LOCK = threading.Lock()


def bucket_for(host: str, rate: float, burst: float) -> Bucket:
    """The bucket of a host, made at first sight."""
    with _LOCK:
        bucket = _BUCKETS.get(host)
        if bucket is None:
            bucket = _BUCKETS[host] = Bucket(rate, burst)
        else:
            bucket.slow_to(rate, burst)
        return bucket
