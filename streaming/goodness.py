"""Goodness of pronunciation: how well the audio fits the phones that a word should have.

After Witt & Young 2000, with the soft alignment of CTC instead of a forced one: the phones are laid over the frames in
every way at once (forward-backward, Graves et al. 2006), and each phone's goodness is the mean, over the frames it may
occupy, of its log-probability less that of the frame's best label, blank included.  0 = nothing fits better; a phone
that was left out or replaced lies far below.  Unlike the surface line it also knows the runners-up of every frame.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from .lanes import Candidate

Matrix = NDArray[np.float64]
UNLIKELY = -7.5
"""The log-probability of a phone that is not among a frame's candidates."""
BLANK_FLOOR = 2e-3
IMPOSSIBLE = -1e9


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
    occupied = occupancy(log_probs[:, labels], labels)[:, 1::2]
    lead = log_probs[:, labels[1::2]] - log_probs.max(axis=1, keepdims=True)
    values = (occupied * lead).sum(axis=0) / np.maximum(occupied.sum(axis=0), 1e-12)
    return [float(value) for value in np.clip(values, UNLIKELY, 0.0)]


def emissions(frames: Sequence[Sequence[Candidate]], inventory: Sequence[str]) -> Matrix:
    """(frames, 1 + inventory) log-probabilities, the blank first; the blank has what the candidates leave."""
    column = {symbol: i for i, symbol in enumerate(inventory, 1)}
    log_probs = np.full((len(frames), len(inventory) + 1), UNLIKELY)
    for row, frame in zip(log_probs, frames, strict=True):
        for symbol, log_prob in frame:
            row[column[symbol]] = log_prob
        row[0] = math.log(max(BLANK_FLOOR, 1.0 - sum(math.exp(log_prob) for _, log_prob in frame)))
    return log_probs


def occupancy(emitted: Matrix, labels: NDArray[np.intp]) -> Matrix:
    """(frames, states) posterior probability of each CTC state on each frame, given the labels of the states."""
    both = np.stack([emitted, emitted[::-1, ::-1]], axis=1)  # (frames, 2, states): from the start, from the end
    forward, backward = _forward(both, np.stack([labels, labels[::-1]])).transpose(1, 0, 2)
    before, after = forward, backward[::-1, ::-1]
    log_posterior = before + after - emitted
    total = np.logaddexp.reduce(before[-1, -2:])
    occupied: Matrix = np.exp(np.minimum(log_posterior - total, 0.0))
    return occupied


def _forward(emitted: Matrix, labels: NDArray[np.intp]) -> Matrix:
    """(frames, passes, states) log-probability of all alignments that are in a state on a frame, that frame included.

    Only states that can be reached from the start and from which the end can be reached are looked at.
    """
    frames, _, states = emitted.shape
    may_skip = np.zeros(labels.shape, bool)  # over the blank between two different phones
    may_skip[:, 2:] = (labels[:, 2:] != 0) & (labels[:, 2:] != labels[:, :-2])
    table = np.full(emitted.shape, IMPOSSIBLE)
    table[0, :, :2] = emitted[0, :, :2]
    for frame in range(1, frames):
        low, high = max(0, states - 2 * (frames - frame)), min(states, 2 * frame + 2)
        last, row = table[frame - 1], table[frame]
        row[:, low:high] = last[:, low:high]
        first = max(low, 1)
        np.logaddexp(row[:, first:high], last[:, first - 1 : high - 1], out=row[:, first:high])
        phone = max(low | 1, 3)  # phones stand on odd states, and only they can be skipped to
        if phone < high:
            arrived, skipped = row[:, phone:high:2], last[:, phone - 2 : high - 2 : 2]
            np.logaddexp(arrived, skipped, out=arrived, where=may_skip[:, phone:high:2])
        row[:, low:high] += emitted[frame, :, low:high]
    return table
