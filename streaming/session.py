"""A session: audio in, updates out.

Audio reaches sherpa-onnx in frames of 20 ms, and after each of them the session decodes what it can and asks whether
the segment ends, so that the outcome does not depend on how the caller slices the audio.

At a segment's end the session opens a fresh stream and gives it the audio from the first frame that has not come out
yet.  (``reset`` of sherpa-onnx would lose the look-ahead's worth of frames that are still inside the model.)
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from itertools import islice
from types import TracebackType
from typing import Any

import numpy as np

from .alignment import divergence
from .audio import Samples
from .beam import BeamConfig, BeamSearch
from .bundle import Bundle
from .endpoint import LAG_MS, NO_PAUSES, Endpoint, Moment, silence_ms
from .errors import UsageError
from .goodness import goodness
from .growing import GrowingMeaning, GrowingSurface
from .hypothesis import Gap, Hypothesis, Span, Update
from .inlet import MODEL_RATE, Inlet
from .lanes import LaneSplitter
from .language import language_of
from .language_model import LanguageModel
from .letter_model import LetterModel
from .lexicon import Lexicon
from .lines import Clock, Scale, meaning_line, surface_line
from .loudness import FRAME_SAMPLES, Loudness, frame_levels
from .reading_follower import ReadingFollower
from .verdict import judged


class Session:
    """One continuous stretch of audio; make it with ``Recognizer.session``.  Not to be shared between threads."""

    def __init__(
        self,
        host: Any,
        bundle: Bundle,
        lexicon: Lexicon,
        endpoint: Endpoint,
        language_model: LanguageModel | LetterModel | None = None,
        follower: ReadingFollower | None = None,
    ) -> None:
        """host: sherpa-onnx's OnlineRecognizer or a pair of them (pair_host.py), which any number of sessions share.

        language_model: for the meaning line; None: greedy decoding.  follower: of a text that is read aloud.
        """
        self.host = host
        self.bundle = bundle
        self.lexicon = lexicon
        self.language = language_of(bundle.manifest.language)
        self.endpoint = endpoint
        self.language_model = language_model
        self._follower = follower
        self.segment = 0
        """Number of the open segment."""
        manifest = bundle.manifest
        self._chunk_frames = manifest.chunk_ms // manifest.frame_ms
        self._look_ahead = manifest.look_ahead_ms // manifest.frame_ms
        self._frame_samples = manifest.frame_ms * MODEL_RATE // 1000
        self._scale = Scale(manifest.confidence_levels, manifest.calibration, self.language)
        self._inlet = Inlet()
        self._loudness = Loudness()
        self._rest = np.zeros(0, np.float32)  # less than a frame, until more comes
        self._finished = False
        self._origin = 0  # output frames before the current stream
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
        return self._inlet.seconds

    def accept(self, chunk: Samples, sample_rate: int = MODEL_RATE) -> list[Update]:
        """Take in audio: 1-D float32 in [-1, 1] of any length at any rate, which may change from chunk to chunk.

        Returns the final updates of segments that ended and, if anything changed, a partial one of the open segment.
        Raises AudioError if the samples are not audio; what was heard before is kept.
        """
        if self._finished:
            raise UsageError("this session is finished; open a new one")
        updates, changed = self._hear(self._inlet.accept(chunk, sample_rate))
        if changed:
            updates.append(self._update(final=False))
        return updates

    def finish(self) -> list[Update]:
        """Flush the tail with as much silence as the model needs and return what was still open."""
        if self._finished:
            return []
        updates = self._flush()
        self._finished = True
        if self._lanes.last_frame() >= 0:
            updates.append(self._update(final=True))
        return updates

    def skip(self, seconds: float) -> list[Update]:
        """Go on after a gap: so many seconds of audio were lost and will never come.

        Ends the open segment, so that no word is made of what stood before and after the gap, and keeps time: what
        follows is dated as if nothing were missing.  Returns the finals; the last one has the ``gap``, and no text if
        nothing was being said.  Raises UsageError for a length that is not above 0.
        """
        if self._finished:
            raise UsageError("this session is finished; open a new one")
        if not 0 < seconds < float("inf"):
            raise UsageError(f"a gap is longer than 0 s, not {seconds} s")
        updates = self._flush()
        last, start = self._update(final=True), self.seconds
        self._inlet.skip(seconds)
        if not last.surface.tokens and not last.meaning.tokens:
            last = dataclasses.replace(last, start=start, end=start)
        updates.append(dataclasses.replace(last, gap=Gap(start, self.seconds)))
        self.segment += 1
        self._start_at(round(self.seconds * MODEL_RATE))
        return updates

    def goodness(self, phones: Sequence[str]) -> list[float]:
        """How well the audio of the open segment fits these phones, one value each; after :meth:`finish`, of the last.

        Empty if the bundle has no candidate lanes for it.  See streaming/goodness.py.
        """
        candidates = self._lanes.candidates.get("surface", {})
        if not candidates:
            return []
        first, last = min(candidates), max(candidates)  # beyond them lies silence
        around = range(first - len(phones), last + len(phones) + 1)
        heard = self.language.as_heard(phones, self.bundle.manifest.token_inventory["surface"])
        return goodness([candidates.get(frame, ()) for frame in around], heard)

    def _flush(self) -> list[Update]:
        """Decode all that came, with as much silence behind it as that takes, and return the segments that ended."""
        updates, _ = self._hear(self._inlet.flush())
        endpoint, self.endpoint = self.endpoint, NO_PAUSES  # the silence that follows is not the speaker's
        updates += self._feed(self._rest)[0]
        late = -(-self.bundle.manifest.flush_ms // self.bundle.manifest.frame_ms)
        end = int(np.ceil(self.seconds * MODEL_RATE / self._frame_samples)) + late
        silence = np.zeros(self._frame_samples, np.float32)
        while self.seconds and self._origin + self._decoded < end:
            self._loudness.hear(silence)
            updates += self._feed(silence)[0]
        self.endpoint = endpoint
        return updates

    def _start_at(self, position: int) -> None:
        """Forget all audio and go on with that from a position (in samples) on."""
        self._origin = position // self._frame_samples
        begin = self._origin * self._frame_samples
        self._inlet.keep_from(begin)
        self._loudness = Loudness(begin)
        self._rest = np.zeros(position - begin, np.float32)
        self._open_stream()

    def _hear(self, samples: Samples) -> tuple[list[Update], bool]:
        """Audio of any length: the finals it brought, and whether the open segment changed."""
        samples = np.concatenate([self._rest, samples])  # a copy of our own, which may be kept
        whole = len(samples) // FRAME_SAMPLES * FRAME_SAMPLES
        self._rest = samples[whole:]
        finals: list[Update] = []
        changed = False
        for start, level in zip(range(0, whole, FRAME_SAMPLES), frame_levels(samples[:whole]), strict=True):
            self._loudness.add(level)
            new, changed_now = self._feed(samples[start : start + FRAME_SAMPLES])
            finals += new
            changed = changed_now or (changed and not new)
        return finals, changed

    def _feed(self, samples: Samples) -> tuple[list[Update], bool]:
        """20 ms, or less at the end."""
        self._inlet.keep(samples)
        self._stream.accept_waveform(MODEL_RATE, samples)
        finals: list[Update] = []
        changed, looking = False, True
        while looking:
            looking = self.host.is_ready(self._stream)
            changed = (looking and self._decode()) or changed
            if self.endpoint.ends_segment(self._moment()):
                if self._lanes.last_frame() >= 0:
                    finals.append(self._update(final=True))
                    self.segment += 1
                self._next_stream()
                changed = False
        return finals, changed

    def _decode(self) -> bool:
        """One step of the model; True if it said something."""
        self.host.decode_stream(self._stream)
        self._decoded += self._chunk_frames
        self._inlet.forget_before((self._origin + max(0, self._decoded)) * self._frame_samples)
        result = self.host.recognizer.get_result(self._stream)
        changed = self._lanes.feed(result.tokens, result.timestamps)
        new = range(self._decoded + self._look_ahead - self._chunk_frames, self._decoded + self._look_ahead)
        if self._follower is not None:
            for frame in new:
                self._follower.hear(self._origin - self._look_ahead + frame, self._lanes.heard_on(frame))
        if self._beam is None:
            self._lanes.candidates.get("meaning", {}).clear()
            return changed
        before = self._beam.best_letter
        for frame in new:
            self._beam.advance(frame, self._lanes.candidates["meaning"].pop(frame, ()))
        self._finished_look = self._look_of_the_line()
        return changed or self._beam.best_letter is not before

    def _moment(self) -> Moment:
        last, frame_ms = self._lanes.last_frame(), self.bundle.manifest.frame_ms
        elapsed_ms = self._decoded * frame_ms
        said_ms = (last + 1 - self._look_ahead) * frame_ms if last >= 0 else 0
        heard_ms = self._loudness.position / MODEL_RATE * 1000 - self._origin * frame_ms
        return Moment(
            elapsed_ms=elapsed_ms,
            silence_ms=silence_ms(heard_ms - said_ms, elapsed_ms - said_ms, self._loudness.quiet_ms()),
            spoken=last >= 0,
            finished=self._finished_look,
        )

    def _look_of_the_line(self) -> float:
        """How finished the meaning line looks; not at all if the surface line has gone on without it."""
        if self._beam is None:
            return 0.0
        phones, letter = self._lanes.runs.get("surface", []), self._beam.best_letter
        lag = phones[-1].last - (letter.frame if letter else -1) if phones else 0
        return 0.0 if lag * self.bundle.manifest.frame_ms >= LAG_MS else self._beam.finished()

    def _open_stream(self) -> None:
        self._stream = self.host.create_stream()
        manifest, model = self.bundle.manifest, self.language_model
        self._lanes = LaneSplitter(manifest.lanes, manifest.candidate_step or None)
        self._beam: BeamSearch | None = None
        if model is not None:
            weight, bonus, width = manifest.language_weight, manifest.word_bonus, manifest.beam_width
            config = BeamConfig(weight=weight, word_bonus=bonus, width=width)
            self._beam = BeamSearch(model, config)
        self._growing = GrowingSurface(self._scale), GrowingMeaning(self._scale)
        self._finished_look = 0.0
        self._decoded: int = -self._look_ahead  # frames that have come out; the first are from before the start

    def _next_stream(self) -> None:
        """Start afresh at the first frame that has not come out."""
        self._origin += max(0, self._decoded)
        self._open_stream()
        self._stream.accept_waveform(MODEL_RATE, self._inlet.kept_since(self._origin * self._frame_samples))

    def _meaning(self, clock: Clock, final: bool) -> Hypothesis:
        if self._beam is None:
            return meaning_line(self._lanes.runs.get("meaning", []), clock, self._scale, final)
        if not final:
            return self._growing[1].line(self._beam, clock)
        return meaning_line(self._beam.best(final), clock, self._scale, final)

    def _spans(self, meaning: Hypothesis, surface: Hypothesis) -> tuple[Span, ...]:
        read = self._follower.spans() if self._follower else None
        spans = self.language.spans(meaning.words, surface.tokens, self.lexicon) if read is None else read
        heard = [span for span in spans if span.surface or read is None]  # what was skipped fits nowhere
        found = iter(self.goodness([phone for span in heard for phone in span.canonical]))
        good = {id(span): tuple(islice(found, len(span.canonical))) for span in heard}
        sure = [word.confidence for word in meaning.words] if read is None else [1.0] * len(spans)
        spans = tuple(dataclasses.replace(span, goodness=good.get(id(span), ())) for span in spans)
        return judged(spans, surface.tokens, sure, self._scale.calibration)

    def _update(self, final: bool) -> Update:
        clock = Clock(self._origin - self._look_ahead, self.bundle.manifest.frame_ms / 1000, self.seconds)
        runs = self._lanes.runs.get("surface", [])
        surface = surface_line(runs, clock, self._scale, final) if final else self._growing[0].line(runs, clock)
        meaning = self._meaning(clock, final)
        ends = [tokens for tokens in (surface.tokens, meaning.tokens) if tokens]
        both = final and len(self.bundle.heads) == 2
        reading = None if self._follower is None else self._follower.reading(surface, meaning, final)
        spans = self._spans(meaning, surface) if both else ()
        return Update(
            segment=self.segment,
            start=min((tokens[0].start for tokens in ends), default=0.0),
            end=max((tokens[-1].end for tokens in ends), default=0.0),
            final=final,
            surface=surface,
            meaning=meaning,
            spans=spans,
            divergence=divergence(spans, self.language.alike) if both else None,
            reading=reading,
            language=self.bundle.manifest.language,
        )
