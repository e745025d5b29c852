"""saidmeant's runtime: what an L2 speaker said next to what they meant, live.

In reading order: audio, recognizer, session (inlet, sherpa-onnx, endpoint), lanes, lines, hypothesis, alignment (with
lexicon; with a reference: reading_follower, reading_tracker, reading_graph, reading), then display or JSON.
"""

from .audio import AudioFile
from .bundle import Bundle
from .endpoint import EndpointConfig
from .errors import AudioError, BundleError, ExportError, SaidMeantError, UsageError
from .hypothesis import Divergence, Edit, Hypothesis, Reading, ReadingEvent, ReadingWord, Span, Token, Update, Word
from .lexicon import Lexicon
from .microphone import Microphone
from .recognizer import Recognizer
from .session import Session

__all__ = [
    "AudioError",
    "AudioFile",
    "Bundle",
    "BundleError",
    "Divergence",
    "Edit",
    "EndpointConfig",
    "ExportError",
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
]
