"""What synthetic speakers say, utterance by utterance: words, how a learner changes them, and whose voice it is."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Protocol

from saidmeant.streaming.lexicon import shipped_lexicon

from . import espeak, kokoro, korean_espeak, korean_kokoro
from .error_patterns import BINS, SaidWord, changes_of, diverge, feasible, shipped_profiles
from .evaluate import BINS as LABELS
from .kokoro import PACE
from .korean_learners import korean_changes, korean_profiles, neglect_rules, say_korean
from .korean_prompts import read_korean_prompts
from .metrics import divergence_rate
from .prompts import named, read_prompts
from .voice import Engine, Voice

ENGINES, LANGUAGES = ("kokoro", "espeak"), ("en", "ko")
NEGLECTFUL = 0.3  # of the Korean learners read some words without the rules
TRIES = 500
Said = tuple[SaidWord, ...]


@dataclass(frozen=True, slots=True)
class Job:
    """What the whole set depends on."""

    engine: str
    split: str
    seed: int
    sentences: tuple[Path, ...]
    kokoro: Path
    language: str = "en"
    pace: tuple[float, float] = PACE
    """Of Kokoro's voices: from, to."""
    standard: bool = False
    """Whether everybody says everything as it should sound, instead of straying as learners do."""

    @property
    def name(self) -> str:
        """What its utterances' names begin with."""
        language = "" if self.language == "en" else f"-{self.language}"
        standard = "-standard" if self.standard else ""
        return f"{self.engine}{language}{standard}-{self.split}-{self.seed}"


@dataclass(frozen=True, slots=True)
class Plan:
    """One utterance before it is spoken."""

    id: str
    job: Job
    words: Said
    l1: str
    voice: Voice

    def line(self, audio: str, seconds: float) -> dict[str, Any]:
        """Its line in the manifest."""
        unsure = self.job.language == "ko" and self.job.engine == "kokoro"
        surfaces = [word.surface for word in (korean_kokoro.heard(self.words) if unsure else self.words)]
        said = [
            {"text": w.text, "canonical": list(w.canonical), "surface": list(surface), "accuracy": w.accuracy}
            for w, surface in zip(self.words, surfaces, strict=True)
        ]
        return {
            "id": self.id,
            "audio": audio,
            "duration": round(seconds, 3),
            "language": self.job.language,
            "speaker": f"{self.job.engine}-{self.voice.name}",
            "text": " ".join(word.text for word in self.words),
            "engine": self.job.engine,
            "l1": self.l1,
            "voice": asdict(self.voice),
            "words": said,
        }


class Script(Protocol):
    """The prompts of a language and its learners."""

    def say(self, bin_number: int, rng: random.Random) -> tuple[Said, str] | None:
        """A prompt as a learner says it whose divergence lies in the bin, and the learner's first language.

        None if this prompt cannot be changed so.
        """


class EnglishScript:
    """Sentences whose words are in the lexicon, said after the shipped tables."""

    def __init__(self, sentences: Sequence[Path], split: str) -> None:
        self._prompts = read_prompts(sentences, shipped_lexicon("en").pronunciations, split)
        self._profiles = shipped_profiles()
        self._l1 = sorted({profile.l1 for profile in self._profiles})

    def say(self, bin_number: int, rng: random.Random) -> tuple[Said, str] | None:
        words = self._prompts.draw(rng)
        l1 = rng.choice(self._l1)
        profile = rng.choice([profile for profile in self._profiles if profile.l1 == l1])
        if not feasible(bin_number, _length(words)):
            return None
        said = diverge(words, changes_of(profile), bin_number, rng)
        return None if said is None else (said, l1)


class KoreanScript:
    """Sentences in Hangul, said by the standard's rules and then as learners do."""

    def __init__(self, sentences: Sequence[Path], split: str) -> None:
        self._prompts = read_korean_prompts(sentences, split)
        self._profiles = korean_profiles()

    def say(self, bin_number: int, rng: random.Random) -> tuple[Said, str] | None:
        text = self._prompts.draw(rng)
        profile = rng.choice(self._profiles)
        words = neglect_rules(text, rng) if bin_number and rng.random() < NEGLECTFUL else say_korean(text)
        low, high = BINS[bin_number]
        if low < _divergence(words) <= high:
            return words, profile.l1
        if not feasible(bin_number, _length(words)):
            return None
        said = diverge(words, korean_changes(profile), bin_number, rng)
        return None if said is None else (said, profile.l1)


class Planner:
    """Utterance after utterance of a job, each from its number alone."""

    def __init__(self, job: Job) -> None:
        self._job = job
        self._script: Script = SCRIPTS[job.language](job.sentences, job.split)
        self._voices = kokoro.voices(job.kokoro, job.split) if job.engine == "kokoro" else ()

    def plan(self, number: int) -> Plan:
        """The utterance of that number."""
        job = self._job
        bins = [0] if job.standard else list(range(len(BINS)))
        random.Random(f"{job.name}-bins-{number // len(bins)}").shuffle(bins)
        rng = random.Random(f"{job.name}-{number}")
        words, l1 = self._words(bins[number % len(bins)], rng)
        if job.engine == "kokoro":
            voice = kokoro.draw_voice(self._voices, job.split, rng, job.pace)
        else:
            draw = espeak.draw_voice if job.language == "en" else korean_espeak.draw_korean_voice
            voice = draw(job.split, rng)
        return Plan(f"{job.name}-{number:06d}", job, words, l1, voice)

    def _words(self, bin_number: int, rng: random.Random) -> tuple[Said, str]:
        for _ in range(TRIES):
            found = self._script.say(bin_number, rng)
            if found is not None:
                return found
        raise ValueError(
            f"{named(self._job.sentences)}: no prompt can be changed as much as bin {LABELS[bin_number][0]} wants"
        )


SCRIPTS: dict[str, Callable[[Sequence[Path], str], Script]] = {"en": EnglishScript, "ko": KoreanScript}


def engine_of(job: Job) -> Engine:
    """The synthesiser of a job.  Raises ValueError if it is not installed."""
    korean = job.language == "ko"
    if job.engine == "kokoro":
        return (korean_kokoro.KoreanKokoro if korean else kokoro.Kokoro)(job.kokoro, threads=1)
    return korean_espeak.KoreanEspeak() if korean else espeak.Espeak()


def _length(words: Said) -> int:
    return sum(len(word.canonical) for word in words)


def _divergence(words: Said) -> float:
    said, canonical = ([unit for word in words for unit in getattr(word, name)] for name in ("surface", "canonical"))
    return divergence_rate(said, canonical)
