"""The recogniser: sherpa-onnx decodes, this module feeds it and turns what it says into updates.

A :class:`Recognizer` holds the model; a :class:`Session` is one conversation with it.  Sessions are independent and may
run in threads.  Audio reaches sherpa-onnx in pieces of at most one chunk and results are looked at after every decoding
step, so that the outcome does not depend on how the caller slices the audio.

At a segment's end the session opens a fresh stream and gives it the audio from the first frame that has not come out
yet.  (``reset`` of sherpa-onnx would lose the look-ahead's worth of frames that are still inside the model.)
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from pathlib import Path
from types import TracebackType
from typing import Any, Protocol, runtime_checkable

import numpy as np
import sherpa_onnx
from numpy.typing import NDArray

from .alignment import align, divergence
from .bundle import LETTERS, LEXICON, MODEL, TOKENS, Bundle, load_bundle
from .endpoint import NO_PAUSES, EndpointConfig
from .errors import AudioError, UsageError
from .hypothesis import Update
from .lanes import LaneSplitter
from .lexicon import Lexicon, read_lexicon
from .lines import Clock, meaning_line, surface_line

MODEL_RATE = 16_000
FLUSH_SLACK_FRAMES = 4  # output frames after the last audio in which a late last token may still come
Samples = NDArray[np.float32]


@runtime_checkable
class Source(Protocol):
    """Something that knows its sample rate and iterates over chunks, such as Microphone or AudioFile."""

    sample_rate: int

    def __iter__(self) -> Iterator[Samples]: ...


class Recognizer:
    """A loaded bundle.  Build it with :meth:`load`."""

    def __init__(self, bundle: Bundle, lexicon: Lexicon, threads: int = 1) -> None:
        if threads < 1:
            raise UsageError(f"threads must be at least 1, not {threads}")
        self.bundle = bundle
        self.lexicon = lexicon
        self.host = sherpa_onnx.OnlineRecognizer.from_zipformer2_ctc(
            tokens=str(bundle.file(TOKENS)),
            model=str(bundle.file(MODEL)),
            num_threads=threads,
            provider="cpu",
        )

    @classmethod
    def load(
        cls, bundle: str | Path = "en-base", *, lexicon: str | Path | None = None, threads: int = 1
    ) -> Recognizer:
        """Load a shipped bundle by name, or a bundle folder.

        lexicon: a file of further words (``word PH ON ES`` per line).  Raises BundleError with the reason and the fix.
        """
        loaded = load_bundle(bundle)
        words = read_lexicon(loaded.file(LEXICON), letters=loaded.file(LETTERS))
        return cls(loaded, words if lexicon is None else words.extended(lexicon), threads)

    def session(self, *, endpoint: EndpointConfig | None = EndpointConfig()) -> Session:  # noqa: B008 (frozen)
        """A new session.  endpoint=None: a pause never ends a segment (streams still end at the hard limit)."""
        return Session(self, endpoint or NO_PAUSES)

    def stream(
        self,
        source: Source | Iterable[Samples],
        *,
        sample_rate: int = MODEL_RATE,
        endpoint: EndpointConfig | None = EndpointConfig(),  # noqa: B008 (frozen)
    ) -> Iterator[Update]:
        """Updates while the source lasts, then the rest.

        source: Microphone, AudioFile, or any iterable of 1-D float32 chunks at ``sample_rate``.  If the source fails in
        the middle, what was heard is finalised and yielded before its error is raised.
        """
        rate = source.sample_rate if isinstance(source, Source) else sample_rate
        with self.session(endpoint=endpoint) as session:
            try:
                for chunk in source:
                    yield from session.accept(chunk, sample_rate=rate)
            except AudioError:
                yield from session.finish()
                raise
            yield from session.finish()

    def transcribe(
        self,
        source: Source | Iterable[Samples],
        *,
        sample_rate: int = MODEL_RATE,
        endpoint: EndpointConfig | None = EndpointConfig(),  # noqa: B008 (frozen)
    ) -> list[Update]:
        """All final updates of a source."""
        return [u for u in self.stream(source, sample_rate=sample_rate, endpoint=endpoint) if u.final]


class Session:
    """One continuous stretch of audio.  Not to be shared between threads."""

    def __init__(self, recognizer: Recognizer, endpoint: EndpointConfig) -> None:
        self.recognizer = recognizer
        self.endpoint = endpoint
        self.sample_rate = 0
        self.segment = 0
        self._finished = False
        manifest = recognizer.bundle.manifest
        self._chunk_frames = manifest.chunk_ms // manifest.frame_ms
        self._look_ahead = manifest.look_ahead_ms // manifest.frame_ms
        self._frame_seconds = manifest.frame_ms / 1000
        self._origin = 0  # encoder frames before the current stream
        self._received = 0  # samples of the session so far
        self._kept: deque[Samples] = deque()  # audio from _kept_from on, for the next stream
        self._kept_from = 0
        self._open_stream()

    def __enter__(self) -> Session:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._finished = True

    @property
    def seconds(self) -> float:
        """How much audio the session has received."""
        return self._received / self.sample_rate if self.sample_rate else 0.0

    def accept(self, chunk: Samples, sample_rate: int = MODEL_RATE) -> list[Update]:
        """Take in audio: 1-D float32 in [-1, 1] of any length at any rate, the same throughout the session.

        Returns the final updates of segments that ended and, if anything changed, a partial one of the open segment.
        Raises AudioError if the samples are not audio; what was heard before is kept.
        """
        self._check(chunk, sample_rate)
        step = max(1, sample_rate * self._chunk_frames * self.recognizer.bundle.manifest.frame_ms // 1000)
        updates: list[Update] = []
        changed = False
        for start in range(0, len(chunk), step):
            piece = np.ascontiguousarray(chunk[start : start + step])
            self._received += len(piece)
            finals, changed_now = self._feed(piece)
            updates += finals
            changed = changed_now or (changed and not finals)
        if changed:
            updates.append(self._update(final=False))
        return updates

    def finish(self) -> list[Update]:
        """Flush the tail with as much silence as the model needs and return what was still open."""
        if self._finished:
            return []
        updates: list[Update] = []
        if self.sample_rate:
            end = self._frame_at(self._received) + FLUSH_SLACK_FRAMES
            silence = np.zeros(self.sample_rate // 10, np.float32)
            while self._origin + self._decoded < end:
                updates += self._feed(silence)[0]
        self._finished = True
        if self._lanes.last_frame() >= 0:
            updates.append(self._update(final=True))
        return updates

    def _check(self, chunk: Samples, sample_rate: int) -> None:
        if self._finished:
            raise UsageError("this session is finished; open a new one")
        if not isinstance(chunk, np.ndarray) or chunk.dtype != np.float32 or chunk.ndim != 1:
            found = f"{chunk.dtype} of shape {chunk.shape}" if isinstance(chunk, np.ndarray) else type(chunk).__name__
            raise AudioError(f"expected a 1-D float32 array of samples in [-1, 1], found {found}")
        if not np.isfinite(chunk).all():
            raise AudioError("the samples contain NaN or infinity")
        if not isinstance(sample_rate, int) or not 4_000 <= sample_rate <= 384_000:
            raise AudioError(f"sample rate {sample_rate} is not between 4000 and 384000 Hz")
        if self.sample_rate not in (0, sample_rate):
            raise AudioError(f"the sample rate changed from {self.sample_rate} to {sample_rate} in mid-session")
        self.sample_rate = sample_rate

    def _feed(self, samples: Samples) -> tuple[list[Update], bool]:
        """At most one chunk of audio: the finals it brought, and whether the open segment changed."""
        self._kept.append(samples)
        self._stream.accept_waveform(self.sample_rate, samples)
        finals: list[Update] = []
        changed = False
        while self.recognizer.host.is_ready(self._stream):
            changed = self._decode() or changed
            if self._segment_ended():
                if self._lanes.last_frame() >= 0:
                    finals.append(self._update(final=True))
                    self.segment += 1
                self._next_stream()
                changed = False
        return finals, changed

    def _decode(self) -> bool:
        """One step of the model; True if it said something."""
        host = self.recognizer.host
        host.decode_stream(self._stream)
        self._decoded += self._chunk_frames
        result: Any = host.recognizer.get_result(self._stream)
        self._forget()
        return self._lanes.feed(result.tokens, result.timestamps)

    def _segment_ended(self) -> bool:
        last = self._lanes.last_frame() - self._look_ahead
        silence = (self._decoded - 1 - last) * self._frame_seconds
        spoken = self._lanes.last_frame() >= 0
        return self.endpoint.ends_segment(self._decoded * self._frame_seconds, silence, spoken)

    def _open_stream(self) -> None:
        self._stream = self.recognizer.host.create_stream()
        self._lanes = LaneSplitter(self.recognizer.bundle.manifest.lanes)
        self._decoded = -self._look_ahead  # frames that have come out; the first are from before the start

    def _next_stream(self) -> None:
        """Start afresh at the first frame that has not come out."""
        self._origin += max(0, self._decoded)
        self._open_stream()
        audio = np.concatenate(self._kept)[self._sample_at(self._origin) - self._kept_from :]
        self._stream.accept_waveform(self.sample_rate, audio)

    def _forget(self) -> None:
        """Drop audio that no later stream can need."""
        needed = self._sample_at(self._origin + max(0, self._decoded))
        while self._kept and self._kept_from + len(self._kept[0]) <= needed:
            self._kept_from += len(self._kept.popleft())

    def _sample_at(self, frame: int) -> int:
        return round(frame * self._frame_seconds * self.sample_rate)

    def _frame_at(self, sample: int) -> int:
        return int(np.ceil(sample / self.sample_rate / self._frame_seconds))

    def _update(self, final: bool) -> Update:
        clock = Clock(self._origin - self._look_ahead, self._frame_seconds, self.seconds)
        levels = self.recognizer.bundle.manifest.confidence_levels
        surface = surface_line(self._lanes.runs.get("surface", []), clock, levels, final)
        meaning = meaning_line(self._lanes.runs.get("meaning", []), clock, levels, final)
        tokens = surface.tokens + meaning.tokens
        spans = align(meaning.words, surface.tokens, self.recognizer.lexicon) if final else ()
        return Update(
            segment=self.segment,
            start=min((token.start for token in tokens), default=0.0),
            end=max((token.end for token in tokens), default=0.0),
            final=final,
            surface=surface,
            meaning=meaning,
            spans=spans,
            divergence=divergence(spans) if final else None,
            language=self.recognizer.bundle.manifest.language,
        )
