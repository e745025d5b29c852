"""When a segment ends: after a pause, short if the line looks finished and long if not, or when a stream must end.

Both lanes decide.  Neither may have said anything during the pause; the meaning line says whether it looks finished
(``BeamSearch.finished``), and if the surface line has gone on without it, the meaning line is not believed.  Audio that
is about to be decoded is listened to as well: who can be heard again has not finished.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from .errors import UsageError

SOUND_MS = 640.0
"""Sounds without a token shorten a pause by so much at the most, so that noise cannot keep a segment open."""
SETTLE_MS = 100.0
"""So much decoded after a sound brings its token."""
LAG_MS = 320.0
"""Phones so long after the last letter are of a word that the meaning line does not have."""


@dataclass(frozen=True, slots=True)
class Moment:
    """What is known after each 20 ms of audio.  Durations are milliseconds of audio."""

    elapsed_ms: float
    """Decoded since the segment's stream began."""
    silence_ms: float
    """Since the last token or sound."""
    spoken: bool
    """Whether there is any token."""
    finished: float = 0.0
    """How finished the line looks, from 0 to 1; 0 without a language model."""


class Endpoint(Protocol):
    """Decides after each 20 ms of audio; :class:`EndpointConfig` is one."""

    def ends_segment(self, moment: Moment) -> bool:
        """Whether the segment ends here."""


@dataclass(frozen=True, slots=True)
class EndpointConfig:
    """Pauses that end a segment, in milliseconds.  Without further arguments one pause for every line.

    The decision falls within 20 ms of its time, if the decoder (a chunk and the look-ahead behind at most) has got past
    the last sound by then.  The limits bound what a stream keeps and copies; training covers positions up to them.
    Raises UsageError if a pause is not above 0 or the one after a finished line is the longer one.
    """

    pause_ms: float = 800.0
    """Silence in both lanes that ends a segment."""
    finished_pause_ms: float | None = None
    """The same where the line looks finished; None: no difference."""
    finished_from: float = 0.045
    """A line looks finished from this value on."""
    soft_limit_ms: float = 45_000.0
    """From here on the first short pause ends the segment."""
    soft_pause_ms: float = 200.0
    hard_limit_ms: float = 90_000.0
    """Here the segment ends, even in mid-word."""

    def __post_init__(self) -> None:
        if not 0 < self._shortest() <= self.pause_ms:
            raise UsageError(
                f"a pause is longer than 0 ms and, where the line looks finished, no longer than elsewhere; "
                f"not {self._shortest():g} ms and {self.pause_ms:g} ms"
            )

    @classmethod
    def preset(cls, name: str) -> EndpointConfig:
        """``learner``, ``dictation`` or ``command``, see :data:`PRESETS`.  Raises UsageError for any other name."""
        if name not in PRESETS:
            raise UsageError(f"there is no endpoint preset {name!r}; there are: {', '.join(PRESETS)}")
        return PRESETS[name]

    def ends_segment(self, moment: Moment) -> bool:
        """Whether the segment ends here."""
        needed = self._shortest() if moment.finished >= self.finished_from else self.pause_ms
        if moment.spoken and moment.silence_ms >= needed:
            return True
        if moment.elapsed_ms >= self.soft_limit_ms and moment.silence_ms >= self.soft_pause_ms:
            return True
        return moment.elapsed_ms >= self.hard_limit_ms

    def _shortest(self) -> float:
        return self.pause_ms if self.finished_pause_ms is None else self.finished_pause_ms


PRESETS = {
    "learner": EndpointConfig(pause_ms=1_700, finished_pause_ms=860),
    "dictation": EndpointConfig(pause_ms=2_000, finished_pause_ms=1_200),
    "command": EndpointConfig(pause_ms=700, finished_pause_ms=400),
}
"""learner: searches for words in mid-sentence, and waits for an answer.  dictation: thinks between sentences, and
nobody answers.  command: knows what to say and wants it done.  Chosen on half A of models/pauses.py."""
DEFAULT_PRESET = "learner"  # waiting half a second costs less than a sentence in two pieces: partials show meanwhile
DEFAULT_ENDPOINT = PRESETS[DEFAULT_PRESET]
NO_PAUSES = EndpointConfig(pause_ms=float("inf"))
"""Segments end only where a stream must."""


def silence_ms(since_token_ms: float, decoded_ms: float, since_sound_ms: float) -> float:
    """How long nobody has spoken: since the last token or sound.

    decoded_ms: what of the time since the last token has been decoded.  Of that, sounds take back SOUND_MS at the most.
    There is no silence before the decoder has got past the last sound: its token may still be to come.
    """
    behind_ms = since_token_ms - decoded_ms
    quiet_ms = since_sound_ms if since_sound_ms >= behind_ms + SETTLE_MS else 0.0
    return max(min(since_token_ms, quiet_ms), decoded_ms - SOUND_MS)
