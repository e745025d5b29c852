"""Goodness of pronunciation: how well the audio fits the phones that a word should have.

After Witt & Young 2000, with the soft alignment of CTC instead of a forced one: the phones are laid over the frames in
every way at once (forward-backward, Graves et al. 2006), and each phone's goodness is the mean, over the frames it may
occupy, of its log-probability less that of the frame's best label, blank included.  0 = nothing fits better; a phone
that was left out or replaced lies far below.  Unlike the surface line it also knows the runners-up of every frame.

A segment may be long, and tables of all its frames and states would be tens of megabytes.  So it is gone through in
slices: once forward, which leaves the probabilities at the start of every slice, and once backward, slice by slice.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from .lanes import Candidate

Matrix = NDArray[np.float64]
UNLIKELY = -7.5
"""The log-probability of a phone that is not among a frame's candidates."""
BLANK_FLOOR = 2e-3
IMPOSSIBLE = -1e9
SLICE_CELLS = 1 << 15
"""Frames times states of a slice; each of its tables takes 0.25 MB."""


def goodness(frames: Sequence[Sequence[Candidate]], phones: Sequence[str]) -> list[float]:
    """One value per phone, from :data:`UNLIKELY` (not heard) to 0 (as it should be).

    frames: the candidates of each 40 ms frame of the surface head; phones: the canonical ones, in order.
    """
    repeats = sum(a == b for a, b in pairwise(phones))
    if not phones or len(frames) < len(phones) + repeats:
        return [UNLIKELY] * len(phones)
    inventory = sorted({*phones, *(symbol for frame in frames for symbol, _ in frame)})
    log_probs = emissions(frames, inventory)
    labels = np.zeros(2 * len(phones) + 1, np.intp)  # blank, phone, blank, phone … blank
    labels[1::2] = [inventory.index(phone) + 1 for phone in phones]
    best = log_probs.max(axis=1, keepdims=True)
    lead, held = np.zeros(len(phones)), np.zeros(len(phones))
    for part, occupied in occupancy(log_probs, labels):
        lead += (occupied[:, 1::2] * (log_probs[part][:, labels[1::2]] - best[part])).sum(axis=0)
        held += occupied[:, 1::2].sum(axis=0)
    values = np.clip(lead / np.maximum(held, 1e-12), UNLIKELY, 0.0)
    return [float(value) for value in values]


def emissions(frames: Sequence[Sequence[Candidate]], inventory: Sequence[str]) -> Matrix:
    """(frames, 1 + inventory) log-probabilities, the blank first; the blank has what the candidates leave."""
    column = {symbol: i for i, symbol in enumerate(inventory, 1)}
    log_probs = np.full((len(frames), len(inventory) + 1), UNLIKELY)
    for row, frame in zip(log_probs, frames, strict=True):
        for symbol, log_prob in frame:
            row[column[symbol]] = log_prob
        row[0] = math.log(max(BLANK_FLOOR, 1.0 - sum(math.exp(log_prob) for _, log_prob in frame)))
    return log_probs


def occupancy(log_probs: Matrix, labels: NDArray[np.intp], cells: int = SLICE_CELLS) -> Iterator[tuple[slice, Matrix]]:
    """(frames, states) posterior probability of each CTC state on each frame, in slices of frames, the last ones first.

    log_probs: (frames, inventory) of :func:`emissions`; labels: (states,) columns of it; cells: of a slice at most.
    """
    frames, length = len(log_probs), max(1, cells // len(labels))
    slices = [slice(start, min(start + length, frames)) for start in range(0, frames, length)]
    nothing = np.full(len(labels), IMPOSSIBLE)
    nothing[0] = 0.0
    rows = [nothing]  # what is known before each slice
    for part in slices[:-1]:
        rows.append(_forward(log_probs[part][:, labels], labels, rows[-1], part.start, frames)[-1].copy())
    after, total = nothing, 0.0
    for part in reversed(slices):
        emitted = log_probs[part][:, labels]
        table = _forward(emitted, labels, rows.pop(), part.start, frames)
        if part.stop == frames:
            total = np.logaddexp.reduce(table[-1, -2:])
        backward = _forward(emitted[::-1, ::-1], labels[::-1], after, frames - part.stop, frames)
        after = backward[-1]
        table += backward[::-1, ::-1]
        table -= emitted
        table -= total
        yield part, np.exp(np.minimum(table, 0.0, out=table), out=table)


def _forward(emitted: Matrix, labels: NDArray[np.intp], before: Matrix, start: int, frames: int) -> Matrix:
    """(slice, states) log-probability of all alignments that are in a state on a frame, that frame included.

    emitted: (slice, states); before: (states,) of the frame before the slice; start: the number of its first frame, of
    so many ``frames``.  Only states that can be reached from the start and from which the end can be reached in some
    frame of the slice are looked at.
    """
    count, states = emitted.shape
    low, high = max(0, states - 2 * (frames - start)), min(states, 2 * (start + count))
    phone = low | 1  # phones stand on odd states, and only they can be skipped to
    may_skip = np.zeros(states, bool)  # over the blank between two different phones
    may_skip[2:] = (labels[2:] != 0) & (labels[2:] != labels[:-2])
    skips = may_skip[phone:high:2]
    table = np.full((count + 1, states + 2), IMPOSSIBLE)  # two states more in front, which nothing reaches
    table[0, 2:] = before
    now, last = table[1:], table[:-1]
    steps = (now[:, low + 2 : high + 2], last[:, low + 2 : high + 2], last[:, low + 1 : high + 1], emitted[:, low:high])
    jumps = (now[:, phone + 2 : high + 2 : 2], last[:, phone:high:2])
    for row, stayed, moved, heard, arrived, jumped in zip(*steps, *jumps, strict=True):
        np.logaddexp(stayed, moved, out=row)
        np.logaddexp(arrived, jumped, out=arrived, where=skips)
        row += heard
    return now[:, 2:]
