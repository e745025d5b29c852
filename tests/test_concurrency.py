"""Sixteen sessions of one recogniser in threads, started, abandoned and finished at random."""

from __future__ import annotations

import random
import threading
from pathlib import Path

import numpy as np
import pytest
import soundfile
from soak import RATE, mixed_audio

from saidmeant.streaming import EndpointConfig, Recognizer, Update

SESSIONS = 16
PATIENCE = 1_800.0  # seconds


def takes(repository: Path, count: int, seconds: float) -> list[np.ndarray]:
    """Different audio: two clips with words, the rest from the soak's mixture."""
    clips = [
        soundfile.read(repository / "tests/data" / name, dtype="float32")[0] for name in ("think.wav", "right.wav")
    ]
    mixed = [np.concatenate(list(mixed_audio(seconds, seed, repository))) for seed in range(count - len(clips))]
    return clips + mixed


def run(recognizer: Recognizer, audio: np.ndarray, rng: random.Random | None) -> list[Update] | None:
    """The finals of one session; sliced at random, and now and then abandoned (None), where a generator is given."""
    cuts = sorted(rng.randrange(len(audio)) for _ in range(rng.randrange(40))) if rng else []
    abandoned_after = rng.randrange(len(cuts)) if rng and cuts and rng.random() < 0.3 else None
    updates: list[Update] = []
    with recognizer.session(endpoint=EndpointConfig.preset("command")) as session:
        for number, piece in enumerate(np.split(audio, cuts)):
            if number == abandoned_after:
                return None
            updates += session.accept(piece, RATE)
        updates += session.finish()
    return [update for update in updates if update.final]


def race(recognizer: Recognizer, audio: list[np.ndarray], rounds: int) -> tuple[int, int]:
    """Sixteen threads with so many sessions each, against one session at a time: (finished, abandoned)."""
    alone = [run(recognizer, take, None) for take in audio]
    assert all(alone[:2]), "the clips with words have no segments"
    finished, abandoned, faults = [0] * SESSIONS, [0] * SESSIONS, list[str]()
    together = threading.Barrier(SESSIONS)

    def work(thread: int) -> None:
        rng = random.Random(thread)
        together.wait(60)
        for each in range(rounds):
            number = rng.randrange(len(audio))
            found = run(recognizer, audio[number], rng)
            if found is None:
                abandoned[thread] += 1
            elif found == alone[number]:
                finished[thread] += 1
            else:
                faults.append(f"thread {thread}, session {each}, take {number}")

    threads = [threading.Thread(target=work, args=(number,), daemon=True) for number in range(SESSIONS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE)
        assert not thread.is_alive(), "a session hangs"
    assert faults == []
    assert sum(finished) + sum(abandoned) == SESSIONS * rounds
    return sum(finished), sum(abandoned)


def test_sixteen_sessions_at_once(recognizer: Recognizer, repository: Path) -> None:
    finished, abandoned = race(recognizer, takes(repository, 4, 3.0), 2)
    assert finished > SESSIONS
    assert abandoned > 0


@pytest.mark.long
def test_sixteen_sessions_for_a_while(recognizer: Recognizer, repository: Path) -> None:
    finished, abandoned = race(recognizer, takes(repository, 12, 10.0), 15)
    print(f"\n{SESSIONS} threads: {finished} sessions as if alone, {abandoned} abandoned in the middle")
