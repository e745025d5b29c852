"""Lanes: one token stream of sherpa-onnx back into the outputs of each head.

The graph interleaves its lanes in time (see export/graph.py), and sherpa-onnx's greedy CTC emits every non-blank
output frame with the time ``index * 0.04 s``.  From the index follow the lane and the encoder frame.  Repeats on
adjacent frames of a lane are one token (Graves et al. 2006), and a confidence token belongs to its head's token on the
same frame.  Candidate lanes carry the likeliest labels of a head with their log-probabilities, for the beam search
(beam.py) and the goodness of pronunciation (goodness.py).  A head without a confidence lane is that of a model from
elsewhere (foreign.py), whose tokens come one by one: their repeats are meant.  Nothing here depends on a platform;
other languages port this page.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

INDEX_SECONDS = 0.04  # hard-coded in sherpa-onnx, whatever the model's frame length
CONFIDENCE_PREFIX = "C:"
CANDIDATE_PREFIX = "K:"
NO_LEVEL = -1
Candidate = tuple[str, float]
"""A label of a head, not the blank, and its log-probability on a frame."""


def candidate_lane(head: str, number: int) -> str:
    """The name of a lane of candidates, counted from 0."""
    return f"{head}_candidate_{number}"


def is_head(lane: str) -> bool:
    """Whether a lane is an output of its own rather than a companion of one."""
    return not lane.endswith("_confidence") and "_candidate_" not in lane


@dataclass(slots=True)
class Run:
    """A token on the frames ``first`` to ``last`` (inclusive).

    ``level``: the highest confidence level on them, :data:`NO_LEVEL` if the head has none.
    """

    symbol: str
    first: int
    last: int
    level: int = 0


class LaneSplitter:
    """Splits a growing token stream; each call of :meth:`feed` costs only what is new."""

    def __init__(self, lanes: Sequence[str], candidate_step: float | None = None) -> None:
        """lanes: the manifest's, for example surface, surface_confidence, meaning, meaning_confidence.

        candidate_step: nats per level of the candidates; None: candidates are not wanted.
        """
        self.lanes = tuple(lanes)
        self._heads = [lane.partition("_candidate_")[0].removesuffix("_confidence") for lane in lanes]
        self.runs: dict[str, list[Run]] = {lane: [] for lane in lanes if is_head(lane)}
        self._sole = {head for head in self.runs if f"{head}_confidence" not in self.lanes}
        self.candidates: dict[str, dict[int, list[Candidate]]] = {lane: {} for lane in self.runs}
        """By head and frame; whoever needs them once takes them out."""
        self.seen = 0
        self._step = candidate_step

    def feed(self, symbols: Sequence[str], times: Sequence[float]) -> bool:
        """Take in the whole result so far; only what was not seen before is looked at.  True if a head said more."""
        changed = False
        for i in range(self.seen, len(symbols)):
            frame, lane = divmod(round(times[i] / INDEX_SECONDS), len(self.lanes))
            kind, text, level = parsed(symbols[i])
            if kind == CANDIDATE_PREFIX:
                self._consider(self._heads[lane], frame, text, level)
            else:
                self._add(self._heads[lane], frame, text, level)
                changed = True
        self.seen = len(symbols)
        return changed

    def heard_on(self, frame: int) -> dict[str, Sequence[Candidate]]:
        """By head, the candidates of a frame that nobody has taken out."""
        return {head: frames.get(frame, ()) for head, frames in self.candidates.items()}

    def _consider(self, head: str, frame: int, label: str, level: int) -> None:
        if self._step is not None:
            self.candidates[head].setdefault(frame, []).append((label, -self._step * level))

    def _add(self, head: str, frame: int, text: str, level: int) -> None:
        runs = self.runs[head]
        if head in self._sole:
            runs.append(Run(text, frame, frame, NO_LEVEL))
        elif not text:
            runs[-1].level = max(runs[-1].level, level)
        elif runs and runs[-1].symbol == text and runs[-1].last == frame - 1:
            runs[-1].last = frame
        else:
            runs.append(Run(text, frame, frame))

    def last_frame(self) -> int:
        """The last frame on which any head said something; -1 if none did."""
        return max((runs[-1].last for runs in self.runs.values() if runs), default=-1)


@cache  # there are as many as the vocabulary has symbols
def parsed(symbol: str) -> tuple[str, str, int]:
    """A symbol's prefix, its label (empty for a level of confidence) and its level (0 for a token)."""
    if symbol.startswith(CONFIDENCE_PREFIX):
        return CONFIDENCE_PREFIX, "", int(symbol.removeprefix(CONFIDENCE_PREFIX))
    if symbol.startswith(CANDIDATE_PREFIX):
        label, level = symbol.removeprefix(CANDIDATE_PREFIX).rsplit(":", 1)
        return CANDIDATE_PREFIX, label, int(level)
    prefix, _, text = symbol.partition(":")
    return prefix, text, 0
