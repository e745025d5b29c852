"""What it costs to deviate from a known text, and to go about it in another order."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .reading_graph import Floats, Indices


@dataclass(frozen=True, slots=True)
class ReadingConfig:
    """Prices in nats, chosen on half A of speechocean762-dev (models/reading_events.py)."""

    distance: float = 7.5
    """Of a phone that is one edit away."""
    worst: float = 7.0
    """Of a frame that fits nothing."""
    left_out: float = 3.0
    """Of a phone of a word that is not said."""
    added: float = 5.0
    """Of a frame with a phone that a word does not have."""
    stranger: float = 1.8
    """Of a phone that is not in the text."""
    stray: float = 4.0
    """Of beginning to say something that is not in the text."""
    skip: tuple[float, float] = (5.0, 0.6)
    """Of skipping: once, and per word."""
    back: tuple[float, float] = (4.8, 0.7)
    """Of going back: once, and per word."""
    replace: tuple[float, float] = (0.6, 1.3)
    """Of words that were said differently: once, and per word."""
    spelling: float = 1.5
    """Of each nat a letter by which the meaning line's letters miss a word that is read; see reading_spelling.py."""
    spelled: float = 2.0
    """Nats a letter that are no miss: a word whose letters fit better earns what it would cost."""
    beam: float = 30.0
    most_back: int = 12
    most_ahead: int = 24


PRICES = ReadingConfig()


def jump_prices(steps: Indices, ahead: tuple[float, float], back: tuple[float, float]) -> Floats:
    """What going so many words ahead of the expected one costs, as a score; the first price is for any jump."""
    forward = np.where(steps > 0, -ahead[0] - ahead[1] * steps, 0.0)
    return np.where(steps < 0, -back[0] + back[1] * steps, forward)
