"""``saidmeant export``: a checkpoint becomes a bundle, and the bundle proves itself before it gets its name.

Everything about the architecture is read from the checkpoint.  The bundle is written to a temporary folder beside the
target, checked (parity.py, verify.py, precision.py) and only then renamed.
"""

from __future__ import annotations

import dataclasses
import hashlib
import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import onnx
from rich.console import Console

from saidmeant.models.cache import cache_folder
from saidmeant.models.checkpoint import CheckpointConfig
from saidmeant.models.dual_encoder import DualEncoder
from saidmeant.models.encoder_config import STEM_FRAMES_PER_SECOND
from saidmeant.streaming.bundle import (
    FORMAT_VERSION,
    LETTERS,
    LEXICON,
    MODEL,
    TOKENS,
    Bundle,
    Manifest,
    load_bundle,
)
from saidmeant.streaming.errors import ExportError
from saidmeant.streaming.hypothesis import rounded
from saidmeant.streaming.language import language_of
from saidmeant.streaming.language_model_file import shipped_language_model
from saidmeant.streaming.lexicon import read_lexicon, shipped_lexicon_path

from . import letter_to_phone
from .checkpoint import load_checkpoint
from .graph import CANDIDATE_STEP, CONFIDENCE_LEVELS, build_graph, lanes, symbols
from .lexicon import write_lexicon
from .manifest import origin, write_manifest
from .mobile import make_mobile
from .parity import float_checks
from .precision import compare_precisions
from .quantize import quantize
from .verify import bundle_checks, print_checks, sample_speech

CHUNKS_MS = (160, 320, 640)
PRECISIONS = {"int8": 8, "int7": 7, "float32": 32}
"""Bits of the linear weights.  int7: 7 bits in int8, which cannot saturate on x86 CPUs without VNNI."""
SEARCH = {"en": (1.0, 2.0, 50), "ko": (0.7, 2.5, 100)}
"""By language: the weight of the language model, the bonus of a word, or of a letter if it is a model of letters, and
the width of the beam.  English: chosen on half A of speechocean762-dev; Korean: on kokoro-ko-held-out."""
LICENCE = "Apache-2.0"


@dataclass(frozen=True, slots=True)
class Exported:
    """What the graph of a bundle is made of."""

    model: DualEncoder
    config: CheckpointConfig
    chunk: int
    """Stem frames per chunk."""
    preview: str = ""
    """Why the bundle is only a preview, if it is one."""


def export_bundle(
    checkpoint: Path,
    target: Path,
    *,
    chunk_ms: int = 320,
    precision: str = "int8",
    calibrate: Path | None = None,
    mobile: bool = False,
    preview: str = "",
) -> Bundle:
    """Convert, check, and move into place.  Raises :class:`ExportError`; then nothing is left behind.

    mobile: for one stream at a time, see export/mobile.py.  preview: why it is one, in half a line.
    """
    if chunk_ms not in CHUNKS_MS or precision not in PRECISIONS:
        raise ExportError(f"chunk_ms must be one of {CHUNKS_MS}, precision one of {tuple(PRECISIONS)}")
    if target.exists():
        raise ExportError(f"{target} already exists; remove it or choose another folder")
    model, config = load_checkpoint(checkpoint)
    exported = Exported(model, config, chunk_ms * STEM_FRAMES_PER_SECOND // 1000, " ".join(preview.split()))
    console = Console(stderr=True)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=target.parent, prefix=".export-") as folder:
            _convert(exported, Path(folder), target.name, precision, calibrate, console)
            if mobile:
                _fix_batch(Path(folder) / precision, target.name)
            shutil.move(str(Path(folder) / precision), target)
    except OSError as error:
        raise ExportError(f"cannot write {target}: {error.strerror or error}") from error
    return load_bundle(target)


def _fix_batch(folder: Path, name: str) -> None:
    if not print_checks(f"{name}, mobile", make_mobile(folder, sample_speech(load_bundle(folder).manifest.language))):
        raise ExportError("the graph with a batch of one says something else (see the table); nothing was written")


def _convert(
    exported: Exported, folder: Path, name: str, precision: str, calibrate: Path | None, console: Console
) -> None:
    speech = sample_speech(exported.config.language)
    console.print("tracing the float graph …")
    graph = build_graph(exported.model, exported.chunk)
    resources = write_resources(folder / "resources", exported)
    float_bundle = write_bundle(folder / "float32", graph, exported, name, "float32", resources)
    console.print("checking it against the checkpoint …")
    checks = list(float_checks(exported.model, float_bundle, speech, exported.chunk))
    if not print_checks(f"{name}, float32", [*checks, *bundle_checks(float_bundle, speech)]):
        raise ExportError("the float graph differs from the checkpoint (see the table); nothing was written")

    def requantize(keep_float: Sequence[str]) -> Bundle:
        shutil.rmtree(folder / precision, ignore_errors=True)
        small = quantize(graph, keep_float=keep_float, reduce_range=precision == "int7")
        return write_bundle(folder / precision, small, exported, name, precision, resources)

    quantized = precision != "float32"
    if calibrate is not None:
        figures = compare_precisions(calibrate, float_bundle, requantize if quantized else None, graph)
        with_figures(folder / precision, figures, calibrate.stem)
    elif quantized:
        requantize(())
    if quantized and not print_checks(f"{name}, {precision}", bundle_checks(load_bundle(folder / precision), speech)):
        raise ExportError("the int8 graph is inconsistent (see the table); nothing was written")


def write_resources(folder: Path, exported: Exported) -> Path:
    """What is the same in every precision: tokens, and where words are looked up, lexicon and letter-to-phone model."""
    folder.mkdir(parents=True)
    lines = [f"{symbol} {i}\n" for i, symbol in enumerate(symbols(exported.model.config))]
    (folder / TOKENS).write_text("".join(lines), encoding="utf-8", newline="\n")
    language = exported.config.language
    if language_of(language).has_lexicon:
        write_lexicon(language, folder / LEXICON)
        write_letters(shipped_lexicon_path(language), folder / LETTERS)
    return folder


def write_letters(lexicon: Path, target: Path) -> None:
    """The letter-to-phone model of a lexicon.  Fitting takes a minute, so it is kept, by the
    sha256 of the lexicon and of the fitting code."""
    recipe = Path(letter_to_phone.__file__).read_bytes()
    key = hashlib.sha256(lexicon.read_bytes() + recipe).hexdigest()[:16]
    kept = cache_folder() / "letters" / f"{key}.txt.gz"
    if not kept.exists():
        kept.parent.mkdir(parents=True, exist_ok=True)
        partial = kept.with_suffix(".partial")
        letter_to_phone.fit(read_lexicon(lexicon).pronunciations).write(partial)
        partial.replace(kept)
    shutil.copyfile(kept, target)


def write_bundle(
    folder: Path, graph: onnx.ModelProto, exported: Exported, name: str, precision: str, resources: Path
) -> Bundle:
    """Graph, resources and manifest into a folder, and back through the runtime's own checks."""
    folder.mkdir(parents=True)
    onnx.save(graph, folder / MODEL)
    for file in sorted(resources.iterdir()):
        shutil.copyfile(file, folder / file.name)
    files = {file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in sorted(folder.iterdir())}
    write_manifest(folder, manifest_of(exported, name, precision, files))
    return load_bundle(folder)


def manifest_of(exported: Exported, name: str, precision: str, files: dict[str, str]) -> Manifest:
    """The manifest of a freshly exported bundle; figures are added when they are measured."""
    encoder = exported.model.config
    numbers = {
        f.name: getattr(encoder, f.name)
        for f in dataclasses.fields(encoder)
        if isinstance(getattr(encoder, f.name), int)
    }
    has_words = any(head.name == "meaning" for head in encoder.heads)
    language = exported.config.language
    weight, bonus, width = SEARCH.get(language, SEARCH["en"])
    return Manifest(
        format_version=FORMAT_VERSION,
        kind="dual",
        name=name,
        language=language,
        chunk_ms=exported.chunk * 1000 // STEM_FRAMES_PER_SECOND,
        look_ahead_ms=encoder.look_ahead * encoder.frame_ms,
        frame_ms=encoder.frame_ms,
        lanes=lanes(encoder),
        token_inventory={head.name: head.tokens for head in encoder.heads},
        confidence_levels=tuple((level + 0.5) / CONFIDENCE_LEVELS for level in range(CONFIDENCE_LEVELS)),
        precision="float32" if precision == "float32" else "int8",
        weight_bits=PRECISIONS[precision],
        encoder=numbers,
        training_data=exported.config.training_data,
        initialisation=origin(exported.config.initialisation),
        licence=LICENCE,
        files=files,
        candidate_step=CANDIDATE_STEP,
        language_model=language if has_words and shipped_language_model(language).exists() else "",
        language_weight=weight,
        word_bonus=bonus,
        beam_width=width,
        preview=exported.preview,
    )


def with_figures(folder: Path, figures: dict[str, float], measured_on: str) -> None:
    """Record measured figures in a bundle's manifest."""
    manifest = load_bundle(folder).manifest
    write_manifest(folder, dataclasses.replace(manifest, figures=rounded(figures, 4), measured_on=measured_on))
