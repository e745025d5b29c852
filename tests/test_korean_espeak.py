"""espeak-ng, told the units of Korean: what it is told, and that the contrasts can be heard."""

from __future__ import annotations

import random
import shutil

import numpy as np
import pytest

from saidmeant.models.espeak import HELD_OUT_VARIANTS
from saidmeant.models.korean_espeak import KoreanEspeak, draw_korean_voice, mnemonics, spell_korean
from saidmeant.models.korean_learners import say_korean
from saidmeant.models.voice import Audio, Voice
from saidmeant.streaming.jamo import SURFACE_UNITS, named, split

needs_espeak = pytest.mark.skipif(shutil.which("espeak-ng") is None, reason="espeak-ng is not installed")
VOICE = Voice("ko", speed=130, pitch=50, seed=1)


def speak(text: str) -> Audio:
    return KoreanEspeak().speak(say_korean(text), VOICE)[0]


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("가가", "k|'a|g|a"),  # voiced between vowels only
        ("국까", "k|'u|q|k-|a"),
        ("감자", "k|'a|m|dZ;|a"),
        ("시사", "S;|'i|s|a"),
        ("씨싸", "S;:|'i|s:|a"),
        ("달라", "t|'a|L|l|a"),
        ("나라", "n|'a|*|a"),
        ("뭐", "m|w|'@"),
        ("의", "'u-|j"),
        ("여유", "j|'@|j|u"),
    ],
)
def test_mnemonics(said: str, told: str) -> None:
    assert mnemonics(split(said)) == told


def test_every_unit_has_a_mnemonic() -> None:
    assert all(mnemonics([unit]) for unit in SURFACE_UNITS)
    with pytest.raises(ValueError, match="'-ㄺ' is not a sound of Korean; pronounce the text first"):
        mnemonics(named("ㄷ ㅏ -ㄺ"))


def test_words_are_pronounced_before_they_are_told() -> None:
    assert spell_korean(say_korean("같이 먹는"), VOICE) == "[[k|'a|tSh|i m|'@|N|n|u-|n]]"


def test_voices_of_the_splits_are_different() -> None:
    held_out = {draw_korean_voice("held-out", random.Random(seed)).name for seed in range(40)}
    train = {draw_korean_voice("train", random.Random(seed)).name for seed in range(40)}
    assert held_out <= {f"ko+{variant}" for variant in HELD_OUT_VARIANTS}
    assert held_out.isdisjoint(train)


@needs_espeak
@pytest.mark.parametrize("words", ["달 딸 탈", "불 뿔 풀", "가다 까다 카다", "자다 짜다 차다", "사다 싸다", "시 씨"])
def test_lax_tense_and_aspirated_sound_different(words: str) -> None:
    """Each of them from the others: in length, or in the envelope by more than a tenth of its loudest part."""
    sounds = [envelope(speak(word)) for word in words.split()]
    for number, one in enumerate(sounds):
        for other in sounds[:number]:
            size = min(len(one), len(other))
            assert abs(len(one) - len(other)) >= 2 or np.abs(one[:size] - other[:size]).max() > 0.1


@needs_espeak
@pytest.mark.parametrize(("one", "other"), [("어", "오"), ("으", "우"), ("각", "갑"), ("강", "간"), ("말", "만")])
def test_other_contrasts_sound_different(one: str, other: str) -> None:
    first, second = speak(one), speak(other)
    size = min(len(first), len(second))
    assert len(first) != len(second) or np.abs(first[:size] - second[:size]).max() > 0.01


def envelope(audio: Audio) -> Audio:
    """Loudness per 10 ms, 1 = the loudest."""
    frames = audio[: len(audio) // 220 * 220].reshape(-1, 220)
    loud = np.sqrt((frames**2).mean(axis=1))
    return np.asarray(loud / loud.max(), np.float32)
