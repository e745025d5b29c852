"""Prompts, voices and the command that makes synthetic speech, with the real synthesisers where they are installed."""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
import soundfile

from saidmeant.models import espeak, kokoro, speech_plans, synthesize
from saidmeant.models.error_patterns import SaidWord
from saidmeant.models.manifest import read_manifest
from saidmeant.models.metrics import divergence_rate
from saidmeant.models.prompts import read_prompts, split_of, stressed_vowel, words_of
from saidmeant.models.voice import SAMPLE_RATE, Voice, finish, trim
from saidmeant.streaming.jamo import named
from saidmeant.streaming.lexicon import shipped_lexicon
from saidmeant.streaming.phones import ARPABET

SUBJECTS = "the teacher;my sister;a young man;your brother;the driver;an old friend;our neighbor;this student".split(
    ";"
)
VERBS = "wants to read;would like;is looking for;never found;always brings;thinks about;has already sold".split(";")
OBJECTS = "a very good book;three red bags;the other street;fresh bread and milk;his brown jacket;her phone".split(";")
KOREAN_NOUNS = "사과가 학교에 친구를 물이 책을 집에서 국물이 앞에 옷도 꽃잎이".split()
KOREAN_ENDS = "정말 좋습니다;있었어요;많이 먹고 싶다;함께 가겠습니다;맑지 않다".split(";")
needs_espeak = pytest.mark.skipif(shutil.which("espeak-ng") is None, reason="espeak-ng is not installed")
KOKORO = Path(os.environ.get("SAIDMEANT_KOKORO") or kokoro.default_folder())
needs_kokoro = pytest.mark.skipif(
    not (KOKORO / "package/voices").is_dir(), reason=f"Kokoro's packages are not in {KOKORO} (see models/README.md)"
)


@pytest.fixture(scope="session")
def sentences(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Sentences enough for both splits, and two that no lexicon has."""
    path = tmp_path_factory.mktemp("text") / "sentences.txt"
    lines = [f"{one.capitalize()} {two} {three}." for one in SUBJECTS for two in VERBS for three in OBJECTS]
    path.write_text("\n".join([*lines, "He is 42.", "Zxqwv is here."]), encoding="utf-8")
    return path


def planner(sentences: Path, split: str, seed: int = 1) -> speech_plans.Planner:
    return speech_plans.Planner(speech_plans.Job("espeak", split, seed, (sentences,), KOKORO))


def word(text: str, phones: str) -> SaidWord:
    return SaidWord.correct(text, tuple(phones.split()))


def test_words_of_a_sentence() -> None:
    assert words_of("'Don\N{RIGHT SINGLE QUOTATION MARK}t stop,' she said.") == ("don't", "stop", "she", "said")
    assert words_of("He is 42.") == words_of("Café time.") == ()


def test_splits_share_no_text(sentences: Path) -> None:
    texts = {split: {text(planner(sentences, split), n) for n in range(150)} for split in ("train", "held-out")}
    assert len(texts["train"]) > 100
    assert texts["train"].isdisjoint(texts["held-out"])
    assert all(split_of(one.lower()) == split for split, found in texts.items() for one in found)


def text(from_planner: speech_plans.Planner, number: int) -> str:
    return " ".join(word.text for word in from_planner.plan(number).words)


def test_splits_share_no_sentence(sentences: Path) -> None:
    pronunciations = shipped_lexicon("en").pronunciations
    read = [read_prompts((sentences,), pronunciations, split).sentences for split in ("train", "held-out")]
    train, held_out = map(set, read)
    assert train.isdisjoint(held_out)
    assert len(train) + len(held_out) == len(SUBJECTS) * len(VERBS) * len(OBJECTS)
    assert len(held_out) > 10


def test_plans_depend_on_the_seed_and_the_number_alone(sentences: Path) -> None:
    one, other = planner(sentences, "train"), planner(sentences, "train")
    backwards = {number: other.plan(number) for number in reversed(range(12))}
    assert [one.plan(number) for number in range(12)] == [backwards[number] for number in range(12)]
    assert [planner(sentences, "train", seed=2).plan(n).words for n in range(12)] != [
        one.plan(n).words for n in range(12)
    ]


def test_divergence_is_even_over_the_bins(sentences: Path) -> None:
    lines = [planner_.line("x.flac", 1.0) for planner_ in map(planner(sentences, "train").plan, range(80))]
    assert Counter(map(synthesize.bin_of, lines)) == {"0": 20, "<=5%": 20, "<=15%": 20, ">15%": 20}


def test_korean_plans(tmp_path: Path) -> None:
    path = tmp_path / "korean.txt"
    path.write_text("\n".join(f"{noun} {end}" for noun in KOREAN_NOUNS for end in KOREAN_ENDS), encoding="utf-8")
    made = [
        speech_plans.Planner(speech_plans.Job(engine, "train", 1, (path,), KOKORO, "ko"))
        for engine in ("espeak", *(("kokoro",) if KOKORO.is_dir() else ()))
    ]
    lines = [made[0].plan(number).line("x.flac", 1.0) for number in range(80)]
    assert Counter(map(synthesize.bin_of, lines)) == {"0": 20, "<=5%": 20, "<=15%": 20, ">15%": 20}
    assert {line["language"] for line in lines} == {"ko"}
    assert len({line["l1"] for line in lines}) == 5
    assert all(line["voice"]["name"].startswith("ko+") for line in lines)
    for planner_ in made[1:]:
        surfaces = {
            unit for n in range(20) for word in planner_.plan(n).line("x", 1.0)["words"] for unit in word["surface"]
        }
        assert "<unk>" in surfaces
        assert not surfaces & set(named("ㄲ ㄸ ㅃ ㅆ ㅉ"))


@pytest.mark.parametrize(
    ("text", "phones", "vowel"),
    [
        ("money", "M AH N IY", "AH"),
        ("about", "AH B AW T", "AW"),
        ("information", "IH N F ER M EY SH AH N", "EY"),
        ("electricity", "IH L EH K T R IH S AH T IY", "IH"),
        ("become", "B IH K AH M", "IH"),
        ("the", "DH AH", None),
        ("house", "HH AW S", "AW"),
    ],
)
def test_word_stress(text: str, phones: str, vowel: str | None) -> None:
    position = stressed_vowel(text, phones.split())
    assert (None if position is None else phones.split()[position]) == vowel


def test_every_phone_has_a_symbol() -> None:
    assert set(ARPABET) == set(kokoro.IPA) == set(espeak.MNEMONICS)
    assert len(set(kokoro.IPA.values())) == len(set(espeak.MNEMONICS.values())) == len(ARPABET)


def test_phones_as_each_engine_spells_them() -> None:
    mother = word("MOTHER", "M AH DH ER").changed(2, ("D",))
    at_school = (word("AT", "AE T"), word("SCHOOL", "S K UW L").changed(0, ("EH", "S")))
    assert kokoro.spell([mother], seed=0) == "m\u02c8\u028cd\u0259\u0279."
    assert kokoro.spell(at_school, seed=0) == "\u00e6t \u025bsk\u02c8ul."
    american, british = Voice("en-us+f1", 150, 50, 0), Voice("en-gb+f1", 150, 50, 0)
    assert espeak.spell([mother], american) == "[[m|'V|d|3]]"
    assert espeak.spell([mother], british) == "[[m|'V|d|@|r]]"
    assert espeak.spell(at_school, american) == "[[a|t2 E|s|k|'u:|l]]"


def test_held_out_voices_are_in_no_training_voice() -> None:
    rng = random.Random(3)
    names = [*kokoro.HELD_OUT_VOICES, "af_heart", "zf_xiaoni", "am_fenrir"]
    held = set(kokoro.HELD_OUT_VOICES)
    assert len(held) >= 8
    train = [kokoro.draw_voice([n for n in names if n not in held], "train", rng).name for _ in range(100)]
    assert any("+" in name for name in train)
    fast = [kokoro.draw_voice(names, "train", rng, (1.2, 1.3)).speed for _ in range(50)]
    assert 1.2 <= min(fast) < max(fast) <= 1.3
    variants = {
        split: {espeak.draw_voice(split, rng).name.split("+")[1] for _ in range(400)} for split in ("train", "held-out")
    }
    assert variants["held-out"] == set(espeak.HELD_OUT_VARIANTS)
    assert variants["train"] == set(espeak.VARIANTS) - variants["held-out"]


def test_audio_is_trimmed_and_levelled() -> None:
    tone = np.sin(np.arange(24_000) / 9).astype(np.float32)
    silence = np.zeros(24_000, np.float32)
    audio = np.concatenate([silence, tone, silence])
    assert abs(len(trim(audio, 24_000)) - 1.08 * 24_000) < 100
    done = finish(audio, 24_000, seed=1)
    assert 1.28 * SAMPLE_RATE <= len(done) <= 2.28 * SAMPLE_RATE
    assert abs(float(np.abs(done).max()) - 0.5) < 0.01
    assert np.all(done[:100] != 0)
    with pytest.raises(ValueError, match="silence"):
        trim(silence, 24_000)


@needs_espeak
def test_espeak_speaks_a_sentence_and_the_change_is_audible() -> None:
    engine = espeak.Espeak()
    voice = Voice("en-us+m3", 130, 50, 0)
    right = word("THINK", "TH IH NG K")
    audio, rate = engine.speak([right], voice)
    assert 0.3 < len(trim(audio, rate)) / rate < 1.5
    assert not np.array_equal(audio, engine.speak([right.changed(0, ("S",))], voice)[0])


@needs_espeak
def test_workers_make_what_one_process_makes_and_a_second_run_goes_on(sentences: Path, tmp_path: Path) -> None:
    common = ["--engine", "espeak", "--sentences", str(sentences), "--seed", "5"]
    assert synthesize.main([str(tmp_path / "one"), "--hours", "0.008", *common]) == 0
    first, second = tmp_path / "two", tmp_path / "two.jsonl"
    assert synthesize.main([str(first), "--hours", "0.003", "--workers", "2", *common]) == 0
    half = second.read_text(encoding="utf-8").splitlines()
    second.write_text("\n".join([*half, half[0][:40]]), encoding="utf-8")  # killed while writing
    kept = first / Path(json.loads(half[0])["audio"]).name
    before = kept.stat().st_mtime_ns
    assert synthesize.main([str(first), "--hours", "0.008", *common]) == 0
    assert kept.stat().st_mtime_ns == before
    one, two = read_manifest(tmp_path / "one.jsonl"), read_manifest(second)
    assert len(two) > len(half)
    assert [(u.id, u.duration, u.words) for u in one] == [(u.id, u.duration, u.words) for u in two]
    for left, right in zip(one, two, strict=True):
        assert left.canonical
        assert left.surface
        assert divergence_rate(left.surface, left.canonical) <= 0.4
        assert left.text == " ".join(w.text for w in left.words or ())
        samples, rate = soundfile.read(left.audio)
        assert rate == SAMPLE_RATE
        assert abs(len(samples) / rate - left.duration) < 0.001
        assert np.array_equal(samples, soundfile.read(right.audio)[0])


@needs_espeak
def test_another_set_in_the_same_folder_is_refused(
    sentences: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    common = [str(tmp_path / "set"), "--engine", "espeak", "--sentences", str(sentences), "--hours", "0.001"]
    assert synthesize.main(common) == 0
    capsys.readouterr()
    assert synthesize.main([*common, "--seed", "2"]) == 1
    assert "this is another set, expected espeak-train-2-000000; name another folder" in capsys.readouterr().err


@needs_espeak
@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGINT for one process")
def test_ctrl_c_leaves_a_set_that_goes_on(sentences: Path, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "saidmeant.models.synthesize", str(tmp_path / "set"), "--engine", "espeak"]
    process = subprocess.Popen(
        [*command, "--sentences", str(sentences), "--hours", "9", "--workers", "2"], stderr=subprocess.PIPE, text=True
    )
    manifest = tmp_path / "set.jsonl"
    deadline = time.monotonic() + 120
    while not (manifest.exists() and manifest.stat().st_size) and time.monotonic() < deadline:
        time.sleep(0.1)
    process.send_signal(signal.SIGINT)
    _, stderr = process.communicate(timeout=60)
    assert process.returncode == synthesize.INTERRUPTED
    assert stderr == "saidmeant: stopped; the same command goes on from here\n"
    assert all(utterance.audio.is_file() for utterance in read_manifest(manifest))


@pytest.mark.parametrize("option", [["--hours", "0"], ["--workers", "0"], ["--pace", "0", "1"], ["--pace", "2", "1"]])
def test_senseless_numbers_are_refused(option: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert synthesize.main([str(tmp_path / "set"), *option]) == 2
    assert capsys.readouterr().err == "saidmeant: --workers, --hours and --pace must be above 0, FROM not above TO\n"


def test_what_is_missing_is_named(
    sentences: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    out = str(tmp_path / "set")
    assert synthesize.main([out, "--sentences", str(sentences), "--kokoro", str(tmp_path)]) == 1
    assert f"Kokoro is not in {tmp_path}" in capsys.readouterr().err
    assert synthesize.main([out, "--engine", "espeak", "--sentences", str(tmp_path / "none.txt")]) == 1
    assert "none.txt" in capsys.readouterr().err
    monkeypatch.setenv("PATH", str(tmp_path))
    assert synthesize.main([out, "--engine", "espeak", "--sentences", str(sentences)]) == 1
    assert "espeak-ng is not installed" in capsys.readouterr().err


@needs_kokoro
def test_kokoro_speaks_a_sentence_and_mixes_voices() -> None:
    engine = kokoro.Kokoro(KOKORO, threads=1)
    yes = [word("YES", "Y EH S")]
    alone, rate = engine.speak(yes, Voice("af_heart", 1.0, 0, 0))
    mixed, _ = engine.speak(yes, Voice("af_heart+am_fenrir:0.50", 1.0, 0, 0))
    assert 0.2 < len(trim(alone, rate)) / rate < 2
    assert len(alone) != len(mixed) or not np.allclose(alone, mixed)
    names = {split: set(kokoro.voices(KOKORO, split)) for split in ("train", "held-out")}
    assert names["held-out"] == set(kokoro.HELD_OUT_VOICES)
    assert names["train"].isdisjoint(names["held-out"])
    assert len(names["train"]) >= 40
