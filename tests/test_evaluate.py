"""models/evaluate.py: what the report says for given recognitions, bad manifests, and a real run."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
from tiny import korean_model, tiny_bundle

from saidmeant.models import evaluate
from saidmeant.models.evaluate import Report, Request, Score, choose, judge, load, run
from saidmeant.models.manifest import ManifestError, ReferenceWord, Utterance, read_manifest
from saidmeant.models.metrics import ErrorRate
from saidmeant.streaming.errors import AudioError, UsageError

SOUND = (0.1 * np.sin(np.arange(16_000) * 0.2)).astype(np.float32)


def utterance(text: str, canonical: str = "", surface: str | None = "") -> Utterance:
    phones = None if surface is None else tuple(surface.split())
    words = (ReferenceWord(text, tuple(canonical.split()), phones, ()),) if canonical else None
    return Utterance("one", Path("one.wav"), text, "", 0.0, words, {})


def write_manifest(folder: Path, *fields: dict[str, Any]) -> Path:
    soundfile.write(folder / "one.wav", SOUND, 16_000)
    path = folder / "set.jsonl"
    path.write_text("\n".join(json.dumps({"audio": "one.wav", "text": "YES", **f}) for f in fields), encoding="utf-8")
    return path


def test_a_recogniser_that_repeats_the_canonical_is_found_out() -> None:
    lisp = utterance("think", "TH IH NG K", "S IH NG K")
    honest = judge(lisp, "S IH NG K".split(), "think", 1.0, 0.1)
    parrot = judge(lisp, "TH IH NG K".split(), "think", 1.0, 0.1)
    assert (honest.surface, honest.canonical) == (ErrorRate(0, 4), ErrorRate(1, 4))
    assert (parrot.surface, parrot.canonical) == (ErrorRate(1, 4), ErrorRate(0, 4))
    assert honest.meaning == ErrorRate(0, 1)
    assert honest.bin == ">15%"


@pytest.mark.parametrize(
    ("edits", "length", "label"),
    [
        (0, 10, "0"),
        (1, 40, "<=5%"),
        (1, 20, "<=5%"),
        (1, 19, "<=15%"),
        (3, 20, "<=15%"),
        (4, 20, ">15%"),
        (9, 3, ">15%"),
    ],
)
def test_bins(edits: int, length: int, label: str) -> None:
    surface = " ".join(["B"] * edits + ["AA"] * (length - edits))
    assert judge(utterance("x", " ".join(["AA"] * length), surface), [], "", 1.0, 0.1).bin == label


def test_an_unknown_sound_is_divergence_but_no_error() -> None:
    score = judge(utterance("think", "TH IH NG K", "<unk> IH NG K"), "F IH NG K".split(), "think", 1.0, 0.1)
    assert (score.surface, score.bin) == (ErrorRate(0, 4), ">15%")


def test_what_is_not_known_is_not_scored() -> None:
    for known_less in (utterance("think", "TH IH NG K", None), utterance("think")):
        score = judge(known_less, ["TH"], "thing", 1.0, 0.1)
        assert (score.surface, score.canonical, score.bin) == (None, None, None)
        assert score.meaning == ErrorRate(1, 1)
    deaf = judge(utterance("think", "TH IH NG K", "TH IH NG K"), None, "think", 1.0, 0.1)
    assert (deaf.surface, deaf.canonical, deaf.bin) == (None, None, "0")
    assert judge(utterance("think", "TH", "TH"), ["TH"], None, 1.0, 0.1).meaning is None


SCORES = (
    Score(ErrorRate(1, 2), ErrorRate(1, 4), ErrorRate(2, 4), "0", 2.0, 0.2),
    Score(ErrorRate(0, 6), ErrorRate(0, 16), ErrorRate(4, 16), ">15%", 6.0, 0.2),
    Score(ErrorRate(2, 2), None, None, None, 2.0, 0.1),
)


def test_the_report_sums_edits_and_lengths() -> None:
    report = Report(SCORES).as_dict()
    assert report["meaning_wer"] == pytest.approx(0.3)
    assert report["surface_per"] == pytest.approx(0.05)
    assert report["canonical_per"] == pytest.approx(0.3)
    assert report["real_time_factor"] == pytest.approx(0.05)
    assert (report["utterances"], report["audio_seconds"], report["complete"]) == (3, 10.0, True)
    by_label = {row["divergence"]: row for row in report["bins"]}
    assert list(by_label) == ["0", "<=5%", "<=15%", ">15%"]
    assert by_label["0"] == {
        "divergence": "0", "meaning_wer": 0.5, "surface_per": 0.25, "canonical_per": 0.5, "utterances": 1,
    }  # fmt: skip
    assert by_label["<=5%"]["meaning_wer"] is None
    assert json.loads(json.dumps(report)) == report


def test_without_annotation_there_is_no_phone_error_rate() -> None:
    report = Report(SCORES[2:]).as_dict()
    assert report["surface_per"] is None
    assert report["canonical_per"] is None
    assert report["meaning_wer"] == 1.0


def test_an_empty_report_has_no_rates() -> None:
    report = Report((), complete=False).as_dict()
    assert (report["meaning_wer"], report["real_time_factor"], report["utterances"]) == (None, None, 0)


def test_the_table_says_what_the_numbers_are(capsys: pytest.CaptureFixture[str]) -> None:
    evaluate._print(Report(SCORES, complete=False), as_json=False)
    out = capsys.readouterr().out
    for part in (
        "surface PER",
        "meaning WER",
        "5.0%",
        "30.0%",
        "real-time factor 0.050",
        "1 utterances whose",
        "incomplete",
    ):
        assert part in out


def test_limit_spreads_over_the_manifest() -> None:
    utterances = [utterance(str(i)) for i in range(10)]
    assert [u.text for u in choose(utterances, 4)] == ["0", "2", "5", "7"]
    assert choose(utterances, None) == choose(utterances, 99) == utterances
    with pytest.raises(UsageError, match="at least 1, not 0"):
        choose(utterances, 0)


def test_a_missing_recording_is_named_before_anything_runs(tmp_path: Path) -> None:
    path = write_manifest(tmp_path, {}, {"audio": "gone.wav"})
    with pytest.raises(ManifestError, match=r"set\.jsonl, line 2: there is no audio file .*gone\.wav"):
        run(Request(path, bundle="no such bundle", as_json=True))


def test_manifests_that_are_none(tmp_path: Path) -> None:
    (tmp_path / "empty.jsonl").write_text("\n")
    for name, fault in (
        ("none.jsonl", "cannot read the manifest"),
        ("", "cannot read the manifest"),
        ("empty.jsonl", "no utterances"),
    ):
        with pytest.raises(ManifestError, match=fault):
            load(tmp_path / name)


def test_a_real_run(tmp_path: Path, bundle: str, sample: Path, capsys: pytest.CaptureFixture[str]) -> None:
    phones = {"text": "YES", "canonical": ["Y", "EH", "S"], "surface": ["<unk>", "EH", "S"]}
    path = write_manifest(tmp_path, {"audio": str(sample)}, {"audio": str(sample), "words": [phones]})
    assert run(Request(path, bundle=bundle, as_json=True)) == 0
    captured = capsys.readouterr()
    report = json.loads(captured.out)
    assert report["utterances"] == 2
    assert report["audio_seconds"] == pytest.approx(2 * soundfile.info(sample).duration, abs=0.01)
    assert 0 < report["real_time_factor"] < 5
    assert report["meaning_wer"] is not None
    assert report["bins"][3]["utterances"] == 1
    assert captured.err == "", "no progress bar where nobody sees it"


def test_a_broken_recording_ends_with_what_was_done(
    tmp_path: Path, bundle: str, capsys: pytest.CaptureFixture[str]
) -> None:
    path = write_manifest(tmp_path, {}, {"audio": "text.wav"}, {})
    (tmp_path / "text.wav").write_text("not audio")
    with pytest.raises(AudioError, match=r"set\.jsonl, line 2: .*text\.wav"):
        run(Request(path, bundle=bundle, as_json=True))
    report = json.loads(capsys.readouterr().out)
    assert (report["utterances"], report["complete"]) == (1, False)


def test_ctrl_c_prints_what_was_done(
    tmp_path: Path, bundle: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write_manifest(tmp_path, {}, {}, {})
    whole = evaluate.evaluate

    def interrupted(*arguments: Any) -> Iterator[Score]:
        yield next(whole(*arguments))
        raise KeyboardInterrupt

    monkeypatch.setattr(evaluate, "evaluate", interrupted)
    assert run(Request(path, bundle=bundle, as_json=True)) == 130
    report = json.loads(capsys.readouterr().out)
    assert (report["utterances"], report["complete"]) == (1, False)


def test_a_korean_bundle_is_evaluated_on_korean(
    tmp_path: Path, sample: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bundle = tiny_bundle(tmp_path / "bundle", korean_model(), language="ko").folder
    korean = {"audio": str(sample), "language": "ko", "text": "국물이 있어요"}
    path = write_manifest(tmp_path, korean, {**korean, "text": "3개"}, {"audio": str(sample), "text": "네"})
    assert run(Request(path, bundle=str(bundle), as_json=True)) == 0
    report = json.loads(capsys.readouterr().out)
    assert report["meaning_cer"] > 0
    assert report["surface_jer"] > 0
    assert (report["utterances"], report["left_out"], report["surface_by_rule"]) == (3, 1, 2)
    assert report["lawful"]["text_known"]["lawful"]["words"] == 2


def test_learners_of_korean_are_evaluated_on_what_they_said(
    tmp_path: Path, sample: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bundle = tiny_bundle(tmp_path / "bundle", korean_model(), language="ko").folder
    word = {"text": "개가", "canonical": ["ㄱ", "ㅐ", "ㄱ", "ㅏ"], "surface": ["ㄲ", "ㅔ", "ㄱ", "ㅏ"]}
    lines = [{"audio": str(sample), "text": "개가", "words": [word], "speaker": name} for name in ("ann", "bob")]
    assert run(Request(write_manifest(tmp_path, *lines), bundle=str(bundle), as_json=True)) == 0
    report = json.loads(capsys.readouterr().out)
    assert [row["utterances"] for row in report["bins"]] == [0, 0, 0, 2], "one of four jamo, the vowel only merged"
    assert (report["detection"]["text_known"]["mispronounced"], report["detection"]["text_known"]["phones"]) == (1, 4)
    assert report["surface_jer"] > 0
    assert report["lawful"]["text_known"]["deviant"]["words"] == 2


def test_another_language_than_the_bundles_is_named(tmp_path: Path, bundle: str) -> None:
    path = write_manifest(tmp_path, {}, {"language": "ko", "text": "네"})
    with pytest.raises(ManifestError, match=r"set\.jsonl, line 2 is in 'ko', but the bundle .* recognises 'en'"):
        run(Request(path, bundle=bundle, as_json=True))


def test_a_peer_of_another_language_is_refused_before_anything_runs(tmp_path: Path, bundle: str) -> None:
    with pytest.raises(UsageError, match="vosk-ko recognises ko, not en"):
        run(Request(write_manifest(tmp_path, {}), bundle=bundle, peers=("vosk-ko",)))


def test_the_dev_set_is_understood(shared_data: Path) -> None:
    utterances = read_manifest(shared_data / "speechocean762-dev.jsonl")
    scores = [
        judge(u, [p for p in u.surface or () if p != "<unk>"], u.text.upper(), u.duration, 0.0) for u in utterances
    ]
    report = Report(tuple(scores)).as_dict()
    assert report["utterances"] == 1260
    assert sum(row["utterances"] for row in report["bins"]) == 1166
    assert report["meaning_wer"] == 0.0
    assert 0 < report["surface_per"] < 0.02  # nothing but the sounds without a name is missing
