"""saidmeant's runtime: what an L2 speaker said next to what they meant, live.

In reading order: audio, recognizer, session (inlet, loudness, sherpa-onnx, endpoint), lanes, lines, hypothesis,
alignment (with lexicon; with a reference: reading_follower, reading_tracker, reading_graph, reading), verdict, then
display, JSON, exports or recording.
"""

from .audio import AudioFile
from .bundle import Bundle
from .endpoint import EndpointConfig
from .errors import AudioError, BundleError, ExportError, SaidMeantError, UsageError
from .exports import to_csv, to_srt, to_textgrid, to_vtt
from .hypothesis import (
    Change,
    Deviation,
    Divergence,
    Edit,
    Explanation,
    Gap,
    Hypothesis,
    Reading,
    ReadingEvent,
    ReadingWord,
    Span,
    Token,
    Update,
    Word,
)
from .lexicon import Lexicon
from .microphone import Microphone
from .recognizer import Recognizer
from .renderings import spell, spell_said
from .session import Session
from .transcripts import read_updates

__all__ = [
    "AudioError",
    "AudioFile",
    "Bundle",
    "BundleError",
    "Change",
    "Deviation",
    "Divergence",
    "Edit",
    "EndpointConfig",
    "Explanation",
    "ExportError",
    "Gap",
    "Hypothesis",
    "Lexicon",
    "Microphone",
    "Reading",
    "ReadingEvent",
    "ReadingWord",
    "Recognizer",
    "SaidMeantError",
    "Session",
    "Span",
    "Token",
    "Update",
    "UsageError",
    "Word",
    "read_updates",
    "spell",
    "spell_said",
    "to_csv",
    "to_srt",
    "to_textgrid",
    "to_vtt",
]
