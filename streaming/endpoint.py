"""When a segment ends: after a pause in both lanes, or when it has grown too long for one stream."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class EndpointConfig:
    """Seconds.  The limits bound what a stream keeps and copies; training covers positions up to them."""

    pause_seconds: float = 0.8
    """Silence in both lanes that ends a segment."""
    soft_limit_seconds: float = 45.0
    """From here on the first short pause ends the segment."""
    soft_pause_seconds: float = 0.2
    hard_limit_seconds: float = 90.0
    """Here the segment ends, even in mid-word."""

    def ends_segment(self, elapsed: float, silence: float, spoken: bool) -> bool:
        """elapsed: seconds decoded since the segment's stream began; silence: seconds since the last token."""
        if spoken and silence >= self.pause_seconds:
            return True
        if elapsed >= self.soft_limit_seconds and silence >= self.soft_pause_seconds:
            return True
        return elapsed >= self.hard_limit_seconds


NO_PAUSES = EndpointConfig(pause_seconds=float("inf"))
"""Segments end only where a stream must."""
