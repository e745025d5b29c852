"""Inputs that are nearly right: bytes of real files with damage, and real structures with anything put somewhere.

Hypothesis draws a seed for each, so that a failing one is named by a number; the damage itself is done without it,
which makes a hundred thousand inputs a matter of minutes.
"""

from __future__ import annotations

import copy
import random
import signal
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from types import FrameType
from typing import Any

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

HANG_SECONDS = 20.0
Maker = Callable[[random.Random], bytes]
"""Makes an input."""
WHOLE = (0, 1, -1, 255, 10**6, 2**31 - 1, 2**31, 2**32 - 1, 2**63, 10**30, 10**400)
NUMBERS = (*WHOLE, 0.5, 1e308, float("inf"), float("nan"))
TEXTS = ("", " ", "a", "surface", "..", "\0", "\n", "é\u202e", "\ud800", "1", "x" * 300)
EXTREMES = (b"\0" * 4, b"\xff" * 4, b"\x7f\xff\xff\xff", b"\xff\xff\xff\x7f", b"\0\0\0\1", b"\1\0\0\0")


def damaged(rng: random.Random, originals: Sequence[bytes], first: int = 1 << 20, last: int = 0) -> bytes:
    """One of the originals with up to eight changes among its first bytes, or something else altogether.

    last: half of the changes are among so many last ones, where an ONNX file says most of itself.
    """
    if rng.random() < 0.05:
        return rng.randbytes(rng.randrange(300))
    data = bytearray(rng.choice(originals))
    for _ in range(rng.randint(1, 8)):
        at_the_end = last and rng.random() < 0.5
        place = max(0, len(data) - rng.randrange(last)) if at_the_end else rng.randint(0, min(len(data), first))
        kind = rng.choice(("set", "set", "set", "insert", "delete", "cut", "repeat", "extreme"))
        if kind == "set":
            data[place : place + 1] = rng.randbytes(1)
        elif kind == "extreme":
            data[place : place + 4] = rng.choice(EXTREMES)
        elif kind == "insert":
            data[place:place] = rng.randbytes(rng.randrange(16))
        elif kind == "delete":
            del data[place : place + rng.randint(1, 64)]
        elif kind == "cut":
            del data[place:]
        else:
            data[place:place] = data[place : place + rng.randint(1, 64)]
    return bytes(data)


def changed(rng: random.Random, originals: Sequence[Any]) -> Any:
    """One of the originals (plain dicts, lists and values) with up to three of its parts replaced, removed or added."""
    content = copy.deepcopy(rng.choice(originals))
    for _ in range(rng.randint(1, 3)):
        content = _replaced(rng, content, rng.choice(list(_places(content))))
    return content


def _value(rng: random.Random, depth: int = 0) -> Any:
    kind = rng.randrange(8 if depth < 3 else 6)
    if kind < 4:
        return rng.choice((None, True, False, *NUMBERS))
    if kind < 6:
        return rng.choice(TEXTS)
    items = [_value(rng, depth + 1) for _ in range(rng.randrange(4))]
    return items if kind == 6 else {rng.choice(TEXTS): item for item in items}


def _places(content: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    yield path
    items: Any = content.items() if isinstance(content, dict) else ()
    for key, value in enumerate(content) if isinstance(content, list) else items:
        if not isinstance(key, int) or key < 3:  # the first of a list stand for all
            yield from _places(value, (*path, key))


def _replaced(rng: random.Random, content: Any, path: tuple[Any, ...]) -> Any:
    if not path:
        return _value(rng) if rng.random() < 0.1 else content
    parent = content
    for key in path[:-1]:
        parent = parent[key]
    kind = rng.choice(("replace", "replace", "number", "remove", "add"))
    if kind == "remove":
        del parent[path[-1]]
    elif kind == "add" and isinstance(parent, dict):
        parent[rng.choice(TEXTS)] = _value(rng)
    else:
        parent[path[-1]] = rng.choice(NUMBERS) if kind == "number" else _value(rng)
    return content


def fuzz(check: Callable[[bytes], None], makers: Sequence[Maker], count: int) -> tuple[int, float]:
    """Run a check on so many inputs: how many there were, and the longest time that one took, in seconds.

    An input that ends the process quietly (SystemExit) or takes longer than HANG_SECONDS is a failure like any other.
    """
    tried, slowest = 0, 0.0

    @settings(
        max_examples=count,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(st.integers(0, 2**64 - 1))
    def run(seed: int) -> None:
        nonlocal tried, slowest
        rng = random.Random(seed)
        data = rng.choice(makers)(rng)
        tried += 1
        began = time.perf_counter()
        try:
            with _time_limit():
                check(data)
        except SystemExit as error:
            raise AssertionError(f"the process would have ended with {error.code}") from error
        slowest = max(slowest, time.perf_counter() - began)

    run()
    return tried, slowest


@contextmanager
def _time_limit() -> Iterator[None]:
    def give_up(number: int, frame: FrameType | None) -> None:
        raise AssertionError(f"no end after {HANG_SECONDS:g} s")

    previous = signal.signal(signal.SIGALRM, give_up)
    signal.setitimer(signal.ITIMER_REAL, HANG_SECONDS)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, previous)
