"""How alike two layers represent the same frames: linear centred kernel alignment (Kornblith et al. 2019, 1905.00414).

1 = the same up to rotation and scale, 0 = nothing in common.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Activations = NDArray[np.float32]
"""(frames, dim)"""


def linear_cka(one: Activations, other: Activations) -> float:
    """The alignment of two layers' activations on the same frames; their dimensions may differ.

    Raises ValueError if the frames are not the same number, or if a layer does not vary.
    """
    if len(one) != len(other):
        raise ValueError(f"{len(one)} and {len(other)} frames cannot be compared")
    a, b = (np.asarray(x, np.float64) - np.mean(x, axis=0, dtype=np.float64) for x in (one, other))
    own = np.linalg.norm(a.T @ a) * np.linalg.norm(b.T @ b)
    if own == 0:
        raise ValueError("a layer that does not vary has no alignment")
    return float(np.linalg.norm(a.T @ b) ** 2 / own)
