"""Speech with known pauses: clips of a manifest with hesitations inside them and silence between them.

A session is some utterances of one speaker.  Each clip loses the silence around it; hesitations are put between two of
its words, pauses between two clips and after the last one, all drawn from a seed.  Pauses hold noise, never digital
zeros: of every second speaker that of the clip's own room, of the others a faint hiss.

Where the words of a clip part is not in a manifest: the surface line, as recognised and with its times, is laid against
the canonical phones, and the quietest place between the last phone of a word and the first of the next is taken.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate

import numpy as np
from numpy.typing import NDArray

from saidmeant.streaming.hypothesis import Token

from .data import SAMPLE_RATE, read_audio
from .manifest import Utterance
from .noises import FRAME_SAMPLES, frame_powers
from .pairing import pair_by_articulation
from .records import Record

Samples = NDArray[np.float32]
HESITATION_SECONDS = (0.4, 1.5)
PAUSE_SECONDS = (1.5, 4.0)
LEAD_SECONDS = (0.3, 0.62)
"""Before the first word: a drawn part of a chunk, so that pauses begin anywhere on the grid of the decoder."""
FEWEST_WORDS = 3
SECOND_HESITATION_WORDS = 6
"""Utterances of so many words have two."""
AUDIBLE_DB = -35.0
"""Speech begins and ends with the first and last 20 ms that reach this, against the loudest."""
QUIET_SAMPLES = 160
HISS = 2e-4
"""Standard deviation of the hiss, of full scale: -74 dB."""
ROOM_SAMPLES = 3_200
FADE_SAMPLES = 80


@dataclass(frozen=True, slots=True)
class Pause:
    """Seconds in which nothing is said.  complete: an utterance ended with it; else it is a hesitation."""

    start: float
    end: float
    complete: bool
    said: str
    """The words of the utterance before it."""


@dataclass(frozen=True, slots=True)
class Speech:
    """A session of one speaker; its last pause lasts to the end."""

    speaker: str
    samples: Samples
    pauses: tuple[Pause, ...]


def sessions(
    utterances: Sequence[Utterance], recognise: Callable[[Utterance], Record], per_speaker: int, seed: int
) -> Iterator[Speech]:
    """One session per speaker, the same for the same seed.  recognise: gives the surface line of an utterance."""
    for number, speaker in enumerate(sorted({utterance.speaker for utterance in utterances})):
        rng = np.random.default_rng([seed, number])
        own = [u for u in utterances if u.speaker == speaker and len(u.words or ()) >= FEWEST_WORDS]
        chosen = [own[i] for i in sorted(rng.permutation(len(own))[:per_speaker])]
        if chosen:
            yield session([(utterance, recognise(utterance)) for utterance in chosen], rng, own_room=number % 2 == 0)


def session(chosen: Sequence[tuple[Utterance, Record]], rng: np.random.Generator, own_room: bool) -> Speech:
    """These utterances one after the other."""
    pieces: list[Samples] = []
    pauses: list[Pause] = []
    length = 0

    def add(piece: Samples) -> None:
        nonlocal length
        pieces.append(piece)
        length += len(piece)

    for utterance, record in chosen:
        clip = read_audio(utterance.audio)
        tone = room_tone(clip) if own_room else None
        words = utterance.text.split()
        if not pieces:
            add(quiet(rng.uniform(*LEAD_SECONDS), tone, rng))
        cuts = hesitation_places(utterance, record, clip, rng)
        first, last = audible(clip)
        for start, end, said in zip((first, *cuts), (*cuts, last), (*cuts.values(), len(words)), strict=True):
            add(faded(clip[start:end]))
            complete = said == len(words)
            pause = quiet(rng.uniform(*(PAUSE_SECONDS if complete else HESITATION_SECONDS)), tone, rng)
            times = length / SAMPLE_RATE, (length + len(pause)) / SAMPLE_RATE
            pauses.append(Pause(*times, complete, " ".join(words[:said])))
            add(pause)
    return Speech(chosen[0][0].speaker, np.concatenate(pieces), tuple(pauses))


def hesitation_places(utterance: Utterance, record: Record, clip: Samples, rng: np.random.Generator) -> dict[int, int]:
    """Samples at which a hesitation is put, in order, and how many words come before each."""
    first, last = audible(clip)
    found = {sample: said for said, sample in boundaries(utterance, record, clip).items() if first < sample < last}
    places = sorted(found)
    count = min(2 if len(utterance.words or ()) >= SECOND_HESITATION_WORDS else 1, len(places))
    return {places[i]: found[places[i]] for i in sorted(rng.permutation(len(places))[:count])}


def boundaries(utterance: Utterance, record: Record, clip: Samples | None = None) -> dict[int, int]:
    """By the number of words before it, the sample at which one word of an utterance ends and the next begins.

    Boundaries beside a word of which no phone was heard are left out.  Without the clip: the middle between the phones.
    """
    if utterance.words is None or not record.phones:
        return {}
    heard = record.phones
    ends = list(accumulate(len(word.canonical) for word in utterance.words))
    pairs = pair_by_articulation(utterance.canonical or (), [phone.text for phone in heard])
    found: dict[int, list[Token]] = {}
    for i, j in pairs:
        if i is not None and j is not None:
            found.setdefault(int(np.searchsorted(ends, i, side="right")), []).append(heard[j])
    places = {}
    for said in range(1, len(ends)):
        if said - 1 in found and said in found:
            before, after = middle(found[said - 1][-1]), middle(found[said][0])
            places[said] = (before + after) // 2 if clip is None else quietest(clip, before, after)
    return places


def middle(phone: Token) -> int:
    """The sample in the middle of a phone."""
    return round((phone.start + phone.end) / 2 * SAMPLE_RATE)


def quietest(clip: Samples, start: int, end: int) -> int:
    """The middle of the quietest 30 ms between two samples."""
    powers = frame_powers(clip[start : max(end, start + QUIET_SAMPLES)], QUIET_SAMPLES)
    smooth = np.convolve(powers, np.ones(3), "same") if len(powers) >= 3 else powers
    return start + int(smooth.argmin()) * QUIET_SAMPLES + QUIET_SAMPLES // 2 if len(powers) else start


def audible(clip: Samples) -> tuple[int, int]:
    """The samples with which speech begins and ends."""
    powers = frame_powers(clip, FRAME_SAMPLES)
    loud = np.flatnonzero(powers >= powers.max() * 10 ** (AUDIBLE_DB / 10))
    return int(loud[0]) * FRAME_SAMPLES, int(loud[-1] + 1) * FRAME_SAMPLES


def room_tone(clip: Samples) -> NDArray[np.float64]:
    """The magnitudes of the spectrum of the quietest 0.2 s."""
    powers = np.convolve(frame_powers(clip, FRAME_SAMPLES), np.ones(ROOM_SAMPLES // FRAME_SAMPLES), "valid")
    start = int(powers.argmin()) * FRAME_SAMPLES
    magnitudes: NDArray[np.float64] = np.abs(np.fft.rfft(clip[start : start + ROOM_SAMPLES]))
    return magnitudes


def quiet(seconds: float, tone: NDArray[np.float64] | None, rng: np.random.Generator) -> Samples:
    """Noise: with the spectrum and power of a room, or hiss."""
    length = round(seconds * SAMPLE_RATE)
    noise = rng.standard_normal(length)
    if tone is None:
        return np.asarray(HISS * noise, np.float32)
    spectrum = np.fft.rfft(noise)
    across = np.linspace(0, len(tone) - 1, len(spectrum))
    shaped = spectrum * np.interp(across, np.arange(len(tone)), tone) / np.sqrt(ROOM_SAMPLES)
    return np.asarray(np.fft.irfft(shaped, length), np.float32)


def faded(piece: Samples) -> Samples:
    """Without clicks at its ends."""
    piece = piece.copy()
    ramp = np.linspace(0, 1, min(FADE_SAMPLES, len(piece) // 2), dtype=np.float32)
    piece[: len(ramp)] *= ramp
    piece[len(piece) - len(ramp) :] *= ramp[::-1]
    return piece
