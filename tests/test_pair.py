"""Two models as one bundle: the same as each alone, with models from elsewhere too; clear errors for the rest."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import yaml
from foreign import PHONES, write_ctc, write_transducer
from tiny import noise, tiny_bundle, tiny_model

from saidmeant.export.pair import bundle_pair
from saidmeant.export.verify import pair_checks
from saidmeant.streaming import Recognizer, SaidMeantError
from saidmeant.streaming.cli import main
from saidmeant.streaming.foreign import labels

AUDIO = noise(6.0)


@pytest.fixture(scope="module")
def halves(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Bundles of one output; ``slow`` has longer chunks and a longer look-ahead than the others."""
    folder = tmp_path_factory.mktemp("halves")
    made = {head: tiny_bundle(folder / head, tiny_model(heads=(head,))).folder for head in ("surface", "meaning")}
    made["both"] = tiny_bundle(folder / "both", tiny_model()).folder
    made["slow"] = tiny_bundle(folder / "slow", tiny_model(heads=("meaning",), look_ahead=2), chunk=32).folder
    made["ctc"], made["phones"] = write_ctc(folder / "ctc"), write_ctc(folder / "phones", PHONES)
    made["transducer"] = write_transducer(folder / "transducer")
    return made


@pytest.mark.parametrize("meaning", ["meaning", "slow"])
def test_a_pair_says_what_its_models_say_alone(meaning: str, halves: dict[str, Path], tmp_path: Path) -> None:
    """Tokens, times and confidences, language model included."""
    pair = bundle_pair(halves["surface"], halves[meaning], tmp_path / "pair")
    (whole,) = Recognizer.load(pair.folder).transcribe([AUDIO], endpoint=None)
    (said,) = Recognizer.load(halves["surface"]).transcribe([AUDIO], endpoint=None)
    (meant,) = Recognizer.load(halves[meaning]).transcribe([AUDIO], endpoint=None)
    assert len(said.surface.tokens) > 20
    assert whole.surface.tokens[: len(said.surface.tokens) - 2] == said.surface.tokens[:-2]
    assert whole.meaning == meant.meaning
    assert whole.meaning.words
    assert whole.spans


@pytest.mark.parametrize(
    ("surface", "meaning"),
    [("surface", "meaning"), ("surface", "slow"), ("surface", "ctc"), ("surface", "transducer"), ("phones", "slow")],
)
def test_checks_of_a_pair(surface: str, meaning: str, halves: dict[str, Path], tmp_path: Path) -> None:
    """However it is sliced, and each line as its model alone."""
    pair = bundle_pair(halves[surface], halves[meaning], tmp_path / "pair")
    assert [(c.name, c.detail) for c in pair_checks(pair, AUDIO) if not c.passed] == []
    (whole,) = Recognizer.load(pair.folder, language_model=None).transcribe([AUDIO], endpoint=None)
    assert min(len(whole.surface.tokens), len(whole.meaning.tokens)) > 10
    if pair.manifest.foreign:
        tokens = getattr(whole, pair.manifest.foreign.head).tokens
        assert {token.confidence for token in tokens} == {0.0}


def test_long_sessions_with_segments(halves: dict[str, Path], tmp_path: Path) -> None:
    """Segments end and begin again in both halves; partial updates come in the order of time."""
    pair = bundle_pair(halves["surface"], halves["ctc"], tmp_path / "pair")
    audio = np.concatenate([AUDIO, np.zeros(32_000, np.float32), AUDIO])
    with Recognizer.load(pair.folder).session() as session:
        updates = [u for piece in np.array_split(audio, 90) for u in session.accept(piece)] + session.finish()
    ends = [update.end for update in updates if update.final]
    assert ends == sorted(ends)
    assert ends[-1] > 8.0


ERRORS = {
    "both of surface": (("surface", "surface"), "gives surface, but --meaning takes a model of the meaning alone"),
    "two outputs": (("both", "meaning"), "gives surface and meaning.*one bundle is enough"),
    "nothing there": (("surface", "nowhere"), "'.*nowhere' not found"),
    "both from elsewhere": (("phones", "ctc"), "both models are from elsewhere"),
    "words for phones": (("ctc", "meaning"), "most of its symbols are no phones"),
}


@pytest.mark.parametrize("kind", ERRORS)
def test_what_does_not_go_together(kind: str, halves: dict[str, Path], tmp_path: Path) -> None:
    (surface, meaning), message = ERRORS[kind]
    with pytest.raises(SaidMeantError, match=message):
        bundle_pair(halves[surface], halves.get(meaning, tmp_path / "nowhere"), tmp_path / "out" / "pair")
    assert not (tmp_path / "out" / "pair").exists()


def test_models_that_sherpa_would_not_survive(tmp_path: Path, halves: dict[str, Path]) -> None:
    import onnx

    for key, value, message in (
        ("T", "", "has no T"),
        ("sample_rate", "8000", "is for 8000 Hz; both models of a pair hear the same audio"),
        ("model_type", "whisper", "type is 'whisper'"),
        ("num_encoder_layers", "2", "has 9 inputs, expected 15"),
    ):
        folder = write_ctc(tmp_path / key)
        proto = onnx.load(folder / "ctc.onnx")
        told = {entry.key: entry.value for entry in proto.metadata_props} | {key: value}
        onnx.helper.set_model_props(proto, told)
        onnx.save(proto, folder / "ctc.onnx")
        with pytest.raises(SaidMeantError, match=message):
            bundle_pair(halves["surface"], folder, tmp_path / "pair")
    (tmp_path / "T" / "tokens.txt").unlink()
    with pytest.raises(SaidMeantError, match=r"no file fits \*tokens.txt"):
        bundle_pair(halves["surface"], tmp_path / "T", tmp_path / "pair")


def test_a_missing_or_changed_file(halves: dict[str, Path], tmp_path: Path) -> None:
    pair = bundle_pair(halves["surface"], halves["ctc"], tmp_path / "pair").folder
    (pair / "meaning" / "tokens.txt").write_text("<blk> 0\n", encoding="utf-8")
    with pytest.raises(SaidMeantError, match="meaning/tokens.txt is damaged"):
        Recognizer.load(pair)
    (pair / "meaning" / "tokens.txt").unlink()
    with pytest.raises(SaidMeantError, match="meaning/tokens.txt is missing"):
        Recognizer.load(pair)
    content = yaml.safe_load((pair / "manifest.yaml").read_text(encoding="utf-8"))
    del content["files"]["meaning/tokens.txt"]
    (pair / "manifest.yaml").write_text(yaml.safe_dump(content), encoding="utf-8")
    with pytest.raises(SaidMeantError, match="does not list meaning/tokens.txt"):
        Recognizer.load(pair)


def test_the_command(halves: dict[str, Path], tmp_path: Path, sample: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = str(tmp_path / "pair")
    command = ["bundle", "--surface", str(halves["surface"]), "--meaning", str(halves["transducer"]), out]
    assert main(command) == 0
    assert "a pair, chunks of 320 ms" in capsys.readouterr().err
    assert main(["transcribe", "--bundle", out, "--json", str(sample)]) == 0
    assert '"surface"' in capsys.readouterr().out
    assert main(command) == 1
    assert "already exists" in capsys.readouterr().err


def test_labels() -> None:
    assert labels("\N{LOWER ONE EIGHTH BLOCK}THINK", "meaning") == labels(" THINK", "meaning") == ("|", "think")
    assert labels("ING", "meaning") == ("ing",)
    assert labels(" ", "meaning") == ("|",)
    assert labels("<unk>", "meaning") == labels("SIL", "surface") == ()
    assert labels("AH0", "surface") == labels("ah", "surface") == ("AH",)
