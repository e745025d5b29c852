"""``saidmeant bundle``: two models as one bundle, one for the surface and one for the meaning.

Each is a bundle of a single output that ``saidmeant export`` wrote, or, one of the two, a streaming model from
elsewhere (streaming/foreign.py).  The pair is written to a temporary folder beside the target, loaded and run in a
process of its own, because sherpa-onnx ends the process when it does not like a model, and only then moved into place.
"""

from __future__ import annotations

import dataclasses
import hashlib
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from saidmeant.streaming.bundle import (
    HEADS,
    MANIFEST,
    PAIR,
    TOKENS,
    Bundle,
    Manifest,
    find_folder,
    load_bundle,
)
from saidmeant.streaming.errors import BundleError, ExportError
from saidmeant.streaming.foreign import (
    CTC,
    FILES,
    TRANSDUCER,
    Foreign,
    chunk_ms_of,
    frame_ms_of,
)
from saidmeant.streaming.verdict import Calibration

from .manifest import origin, write_manifest

FLUSH_MS = 640
"""A model from elsewhere may say its last token so long after the audio; ours are known to take less."""
FOREIGN_LICENCE = "that of the model from elsewhere"
TRIAL = (
    "import sys, numpy; from saidmeant.streaming import Recognizer; "
    "Recognizer.load(sys.argv[1]).transcribe([numpy.zeros(32_000, numpy.float32)])"
)


@dataclass(frozen=True, slots=True)
class Source:
    """Where a half comes from: a bundle of ours, or the files of a model from elsewhere by the names they get."""

    bundle: Bundle | None
    described: Foreign | None
    files: dict[str, Path]


def bundle_pair(surface: str | Path, meaning: str | Path, target: Path, *, frame_ms: int | None = None) -> Bundle:
    """Write a bundle of two models into ``target``, a folder that does not exist yet.

    surface, meaning: a bundle's folder, or one with a sherpa-onnx model.  frame_ms: an output frame of the model from
    elsewhere, where its graph does not say it.  Raises BundleError or ExportError; then nothing is left behind.
    """
    if target.exists():
        raise ExportError(f"{target} already exists; remove it or choose another folder")
    sources = [find_source(given, head, frame_ms) for given, head in zip((surface, meaning), HEADS, strict=True)]
    manifest = joint_manifest(target.name, sources)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=target.parent, prefix=".bundle-") as folder:
            written = Path(folder) / target.name
            _write(written, manifest, sources)
            _try(written)
            shutil.move(str(written), target)
    except OSError as error:
        raise ExportError(f"cannot write {target}: {error.strerror or error}") from error
    return load_bundle(target)


def find_source(given: str | Path, head: str, frame_ms: int | None) -> Source:
    """What a folder holds, checked.  Raises BundleError if it does not give this head alone."""
    folder = Path(given)
    if folder.is_dir() and not (folder / MANIFEST).exists():
        return _foreign_source(folder, head, frame_ms)
    bundle = load_bundle(find_folder(given))
    if bundle.heads != (head,):
        gives = " and ".join(bundle.heads)
        fix = "one bundle is enough for both" if len(bundle.heads) == 2 else f"pass it as --{gives}"
        raise BundleError(f"bundle {given} gives {gives}, but --{head} takes a model of the {head} alone; {fix}")
    files = {path.name: path for path in (bundle.file(name) for name in (MANIFEST, *bundle.manifest.files))}
    return Source(bundle, None, files)


def _foreign_source(folder: Path, head: str, frame_ms: int | None) -> Source:
    found = sorted(folder.glob("*.onnx"))
    parts = {part: [path for path in found if part in path.name] for part in ("encoder", "decoder", "joiner")}
    kind = TRANSDUCER if any(parts.values()) else CTC
    if kind == TRANSDUCER:
        files = {f"{part}.onnx": _only(folder, paths, f"*{part}*.onnx") for part, paths in parts.items()}
    else:
        files = {FILES[CTC][0]: _only(folder, found, "*.onnx")}
    files[TOKENS] = _only(folder, sorted(folder.glob("*tokens.txt")), "*tokens.txt")
    hears = files[FILES[kind][0]]
    described = Foreign(head, kind, chunk_ms_of(hears), frame_ms or frame_ms_of(hears))
    return Source(None, described, files)


def _only(folder: Path, found: Sequence[Path], pattern: str) -> Path:
    """The one file, or the int8 one of several."""
    small = [path for path in found if "int8" in path.name]
    if len(found) == 1 or len(small) == 1:
        return small[0] if small else found[0]
    listed = ", ".join(path.name for path in found)
    what = f"several files fit {pattern} ({listed}): leave one" if found else f"no file fits {pattern}"
    raise BundleError(f"{folder} is neither a bundle nor a model of sherpa-onnx that can be taken: {what}")


def joint_manifest(name: str, sources: Sequence[Source]) -> Manifest:
    """What two models are together.  Raises BundleError if they do not go together."""
    by_head = {head: source.bundle.manifest for head, source in zip(HEADS, sources, strict=True) if source.bundle}
    ours = tuple(by_head.values())
    _check_alike(ours)
    foreign = next((source.described for source in sources if source.described), None)
    surface, meaning, first = by_head.get("surface"), by_head.get("meaning"), ours[0]
    longest = max(*(manifest.chunk_ms for manifest in ours), foreign.chunk_ms if foreign else 0)
    return dataclasses.replace(
        meaning or first,  # whose language model and weights are for the meaning
        kind=PAIR,
        name=name,
        chunk_ms=-(-longest // first.frame_ms) * first.frame_ms,
        look_ahead_ms=max(manifest.look_ahead_ms for manifest in ours),
        lanes=joint_lanes(by_head),
        token_inventory={head: tokens for manifest in ours for head, tokens in manifest.token_inventory.items()},
        precision=_joined(manifest.precision for manifest in ours),
        weight_bits=min(manifest.weight_bits for manifest in ours),
        encoder={},
        training_data=tuple(dict.fromkeys(data for manifest in ours for data in manifest.training_data)),
        initialisation=_joined(origin(manifest.initialisation) for manifest in ours),
        licence=_joined([manifest.licence for manifest in ours] + [FOREIGN_LICENCE] * bool(foreign)),
        files=_hashes(sources),
        calibration=Calibration(
            phones=surface.calibration.phones if surface else (), words=meaning.calibration.words if meaning else ()
        ),
        figures={},
        measured_on="",
        flush_ms=max([manifest.flush_ms for manifest in ours] + [FLUSH_MS] * bool(foreign)),
        foreign=foreign,
        preview=_joined(manifest.preview for manifest in ours if manifest.preview),
    )


def joint_lanes(by_head: Mapping[str, Manifest]) -> tuple[str, ...]:
    """Heads with their confidences, then candidates; a model from elsewhere has its head alone."""
    lanes = [lane for head in HEADS for lane in (by_head[head].lanes if head in by_head else (head,))]
    return tuple(sorted(lanes, key=lambda lane: "_candidate_" in lane))


def _check_alike(ours: Sequence[Manifest]) -> None:
    if not ours:
        raise BundleError("both models are from elsewhere; one of the two must be a bundle of saidmeant")
    for what in ("language", "frame_ms", "confidence_levels", "candidate_step"):
        values = [getattr(manifest, what) for manifest in ours]
        if len(set(values)) > 1:
            raise BundleError(f"the two bundles do not go together: {what} is {values[0]!r} and {values[1]!r}")


def _joined(values: Iterable[str]) -> str:
    return "; ".join(dict.fromkeys(values))


def _hashes(sources: Sequence[Source]) -> dict[str, str]:
    """sha256 of what the pair's manifest answers for: a bundle's own manifest answers for the rest of it."""
    listed = {
        f"{head}/{name}": path
        for head, source in zip(HEADS, sources, strict=True)
        for name, path in source.files.items()
        if source.bundle is None or name == MANIFEST
    }
    return {name: hashlib.sha256(path.read_bytes()).hexdigest() for name, path in listed.items()}


def _write(folder: Path, manifest: Manifest, sources: Sequence[Source]) -> None:
    for head, source in zip(HEADS, sources, strict=True):
        (folder / head).mkdir(parents=True)
        for name, path in source.files.items():
            shutil.copyfile(path, folder / head / name)
    write_manifest(folder, manifest)
    load_bundle(folder)


def _try(folder: Path) -> None:
    """Run it where it may end the process."""
    done = subprocess.run([sys.executable, "-c", TRIAL, str(folder)], stdin=subprocess.DEVNULL, capture_output=True)
    if done.returncode:
        said = done.stderr.decode(errors="replace").strip().splitlines()
        raise BundleError(f"the pair does not run in sherpa-onnx: {said[-1] if said else 'it ended without a word'}")
