"""How fast a model is asked: requests at once, requests and tokens per minute, and a pause when it asks for one."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass

WINDOW_S = 60.0


@dataclass
class Slot:
    """One request: when it was let through, and its tokens, guessed before and corrected after."""

    since: float
    tokens: int


class Limiter:
    """Lets requests through in a sliding window of a minute. Shared by all episodes of a run."""

    def __init__(
        self,
        *,
        concurrency: int | None = None,
        requests_per_minute: int | None = None,
        tokens_per_minute: int | None = None,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], object] = time.sleep,
    ) -> None:
        """`sleep` may return early (a client that closes wakes its waiters); the window is looked at again then."""
        self._requests = requests_per_minute
        self._tokens = tokens_per_minute
        self._clock = clock
        self._sleep = sleep
        self._at_once = threading.BoundedSemaphore(concurrency) if concurrency else None
        self._lock = threading.Lock()
        self._window: deque[Slot] = deque()
        self._paused_until = 0.0

    @contextmanager
    def slot(self, tokens: int, check: Callable[[], None] = lambda: None) -> Iterator[Slot]:
        """Wait for a turn. `tokens`: a guess of what the request will use; set `slot.tokens` when it is known.

        `check` is called before each wait and may raise to give up.
        """
        with self._at_once or nullcontext():
            while True:
                check()
                with self._lock:
                    delay = self._delay(tokens)
                    if delay <= 0:
                        slot = Slot(self._clock(), tokens)
                        if self._requests or self._tokens:
                            self._window.append(slot)
                        break
                self._sleep(delay)
            yield slot

    def pause(self, seconds: float) -> None:
        """Let nothing through for `seconds`: the server told one request, and means them all."""
        with self._lock:
            self._paused_until = max(self._paused_until, self._clock() + seconds)

    def _delay(self, tokens: int) -> float:
        now = self._clock()
        while self._window and self._window[0].since <= now - WINDOW_S:
            self._window.popleft()
        if now < self._paused_until:
            return self._paused_until - now
        if self._requests and len(self._window) >= self._requests:
            return self._window[0].since + WINDOW_S - now
        # A request larger than the limit itself goes through alone; otherwise it would wait for ever.
        used = sum(slot.tokens for slot in self._window)
        if self._tokens and self._window and used + tokens > self._tokens:
            return self._window[0].since + WINDOW_S - now
        return 0.0
