"""Latency as a user feels it: from the moment something has been said to the update that shows it and keeps it.

User-perceived latency (Shangguan et al. 2021, arXiv 2104.02207; of tokens: Yu et al. 2021, arXiv 2010.11148) needs true
times, which come with the recording (profile_clips.py).  Only what the final text has right counts: what was never
shown has no latency; how much of it there is stands beside the figures.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from rapidfuzz.distance import Levenshtein

from .endpoint import DEFAULT_ENDPOINT
from .hypothesis import Token, Update, Word
from .profile_clips import Clip, TruePhone, TrueWord
from .recognizer import Recognizer
from .stopwatch import Clock, WatchedEndpoint

SLICE_SECONDS = 0.1
"""Audio arrives in such slices, as from the microphone (streaming/audio.py)."""
SAME_SECONDS = 0.5
"""A phone of the transcript that is further from a true one is not that phone, whatever its name."""


@dataclass(frozen=True, slots=True)
class Arrival:
    """An update and when it arrived, in seconds from the start of the audio."""

    seconds: float
    update: Update
    after_decision: float | None = None
    """Of a final update: seconds since the endpoint's decision; None where the audio ended instead."""


@dataclass(frozen=True, slots=True)
class Felt:
    """What one pass over one recording was like, all in seconds."""

    words: list[float] = field(default_factory=list)
    """Meaning lane: from the end of each word that the final text has right to the update that shows and keeps it."""
    phones: list[float] = field(default_factory=list)
    """The same of the phones of the surface lane."""
    true_words: int = 0
    true_phones: int = 0
    first_partial: list[float] = field(default_factory=list)
    """From the start of the first word (without true times: of the audio) to the first update with anything in it."""
    finals_waited: list[float] = field(default_factory=list)
    """From the true end of a segment's last word to its final update, the wait for the pause included."""
    finals_decided: list[float] = field(default_factory=list)
    """From the endpoint's decision to the return of the call that brings the final update."""


def listen(recognizer: Recognizer, clip: Clip, *, real_pace: bool, clock: Clock = time.perf_counter) -> list[Arrival]:
    """Every update of a recording with the time of its arrival.

    real_pace: wait until each slice would have been recorded; else a clock that jumps over the waiting and counts every
    computation, so that a slice that takes too long delays those after it as it would in reality.  clock: what a
    computation is timed with; the processor clock of a thread does not notice other programs.
    """
    endpoint = WatchedEndpoint(DEFAULT_ENDPOINT, clock)
    pace: _RealClock | _JumpingClock = _RealClock() if real_pace else _JumpingClock(clock)
    arrivals: list[Arrival] = []

    def hear(call: Callable[[], list[Update]]) -> None:
        endpoint.decided = 0.0
        seconds, updates = pace.run(call)
        after = clock() - endpoint.decided if endpoint.decided else None
        arrivals.extend(Arrival(seconds, update, after if update.final else None) for update in updates)

    heard = 0
    with recognizer.session(endpoint=endpoint) as session:
        for samples in clip.sliced(SLICE_SECONDS):
            heard += len(samples)
            pace.wait_for(heard / clip.sample_rate)
            hear(lambda samples=samples: session.accept(samples, clip.sample_rate))  # type: ignore[misc]
        hear(session.finish)
    return arrivals


def felt(clip: Clip, arrivals: Sequence[Arrival]) -> Felt:
    """The latencies of a recording."""
    times = clip.times
    words = times.words if times else ()
    phones = times.phones if times else []
    spoken = [arrival for arrival in arrivals if arrival.update.surface.tokens or arrival.update.meaning.words]
    begins = words[0].start if words else 0.0
    finals = [arrival for arrival in arrivals if arrival.update.final]
    return Felt(
        words=_latencies(words, arrivals, lambda update: update.meaning.words),
        phones=_latencies(phones, arrivals, lambda update: update.surface.tokens),
        true_words=len(words),
        true_phones=len(phones),
        first_partial=[spoken[0].seconds - begins] if spoken else [],
        finals_waited=_waits(words, finals),
        finals_decided=[final.after_decision for final in finals if final.after_decision is not None],
    )


def _latencies(
    true: Sequence[TrueWord] | Sequence[TruePhone],
    arrivals: Sequence[Arrival],
    items: Callable[[Update], Sequence[Word] | Sequence[Token]],
) -> list[float]:
    """Of each true item that the finals have right."""
    shown: list[Word | Token] = []
    since: list[float] = []
    for segment in sorted({arrival.update.segment for arrival in arrivals if arrival.update.final}):
        own = [arrival for arrival in arrivals if arrival.update.segment == segment]
        final = items(own[-1].update)
        shown += final
        since += _kept_since([(arrival.seconds, items(arrival.update)) for arrival in own])
    found = []
    for theirs, ours in _equal([item.text for item in true], [item.text for item in shown]):
        item = true[theirs]
        if abs(shown[ours].start - item.start) <= SAME_SECONDS:
            found.append(since[ours] - item.end)
    return found


def _kept_since(history: Sequence[tuple[float, Sequence[Word] | Sequence[Token]]]) -> list[float]:
    """Per item of the last update, when the first update came from which on it was always there."""
    final = [item.text for item in history[-1][1]]
    since = [history[-1][0]] * len(final)
    kept = set(range(len(final)))
    for seconds, items in reversed(history):
        kept &= {theirs for _, theirs in _equal([item.text for item in items], final)}
        for index in kept:
            since[index] = seconds
    return since


def _equal(first: Sequence[str], second: Sequence[str]) -> list[tuple[int, int]]:
    """Pairs of positions of equal texts, in the cheapest alignment of two lines."""
    lower = [[text.lower() for text in line] for line in (first, second)]
    pairs = []
    for operation in Levenshtein.opcodes(*lower):
        if operation.tag == "equal":
            length = operation.src_end - operation.src_start
            pairs += [(operation.src_start + i, operation.dest_start + i) for i in range(length)]
    return pairs


def _waits(words: Sequence[TrueWord], finals: Sequence[Arrival]) -> list[float]:
    """Per final that an endpoint brought, the time since the last true word that began before the segment's end."""
    waits = []
    for final in finals:
        ended = [word.end for word in words if word.start < final.update.end]
        if final.after_decision is not None and ended:
            waits.append(final.seconds - ended[-1])
    return waits


class _RealClock:
    """Waits, as a microphone would."""

    def __init__(self) -> None:
        self._start = time.perf_counter()

    def wait_for(self, seconds: float) -> None:
        time.sleep(max(0.0, self._start + seconds - time.perf_counter()))

    def run(self, call: Callable[[], list[Update]]) -> tuple[float, list[Update]]:
        updates = call()
        return time.perf_counter() - self._start, updates


class _JumpingClock:
    """Skips the waiting and counts the work."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._now = 0.0

    def wait_for(self, seconds: float) -> None:
        self._now = max(self._now, seconds)

    def run(self, call: Callable[[], list[Update]]) -> tuple[float, list[Update]]:
        began = self._clock()
        updates = call()
        self._now += self._clock() - began
        return self._now, updates
