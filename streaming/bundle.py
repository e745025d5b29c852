"""A bundle: the folder that export writes and every platform loads.

model.onnx, tokens.txt, where words are looked up the lexicon and its letter-to-phone fallback, and ``manifest.yaml``,
which describes them and holds their sha256.  A bundle of kind ``pair`` has two models instead, one per line, each in a
folder of its own: a bundle or a model from elsewhere (foreign.py); its manifest describes what they are together
(export/pair.py).  Everything is checked here, because sherpa-onnx ends the process when it does not like a model.
"""

from __future__ import annotations

import hashlib
import math
from dataclasses import dataclass, field
from importlib import resources
from pathlib import Path, PurePosixPath

import yaml

from .errors import BundleError
from .foreign import Foreign, ForeignModel, load_foreign
from .lanes import candidate_lane, is_head
from .language import language_of
from .onnx_header import OnnxHeader, read_header
from .strict import StrictError, build
from .verdict import UNCALIBRATED, Calibration

FORMAT_VERSION = 1
MANIFEST = "manifest.yaml"
MODEL, TOKENS, LEXICON, LETTERS = "model.onnx", "tokens.txt", "lexicon.txt.gz", "letters.txt.gz"
HEADS = ("surface", "meaning")
SURFACE_LANES = ("surface", "surface_confidence")
MEANING_LANES = ("meaning", "meaning_confidence")
DUAL, PAIR = "dual", "pair"
STACK_KEYS = (
    "encoder_dims",
    "query_head_dims",
    "value_head_dims",
    "num_heads",
    "num_encoder_layers",
    "cnn_module_kernels",
    "left_context_len",
)
STATES_PER_STACK = 6
MOST_HYPOTHESES = 1_000
FIRST_CONV = 4
"""Which of a stack's states is the first of its two convolution states; before it a key, a nonlin and two values."""


@dataclass(frozen=True, slots=True)
class Manifest:
    """``manifest.yaml``.  Durations are milliseconds."""

    format_version: int
    kind: str
    name: str
    language: str
    chunk_ms: int
    """How much audio one decoding step advances."""
    look_ahead_ms: int
    """How far the output lags behind the end of the chunk that produced it."""
    frame_ms: int
    lanes: tuple[str, ...]
    """Order of the interleaved output streams."""
    token_inventory: dict[str, tuple[str, ...]]
    """Symbols of each head, without blank and prefix."""
    confidence_levels: tuple[float, ...]
    """The probability that each level of the confidence lanes stands for."""
    precision: str
    weight_bits: int
    """Of the linear layers: 8, 7 (safe on x86 CPUs without VNNI, where 8 can saturate) or 32."""
    encoder: dict[str, int]
    training_data: tuple[str, ...]
    initialisation: str
    licence: str
    files: dict[str, str]
    """sha256 by file name."""
    candidate_step: float = 0.0
    """Nats per level of the candidate lanes; 0 if there are none."""
    language_model: str = ""
    """Name of the shipped language model that the meaning line uses; empty: greedy decoding."""
    language_weight: float = 1.0
    word_bonus: float = 2.0
    beam_width: int = 50
    """How the beam search weighs that model, see streaming/beam.py."""
    calibration: Calibration = UNCALIBRATED
    """What confidences and goodness mean, by ``saidmeant calibrate``."""
    figures: dict[str, float] = field(default_factory=dict)
    """Measured by ``saidmeant export --calibrate`` or ``saidmeant evaluate``; rates are fractions."""
    measured_on: str = ""
    """The manifest that the figures were measured on."""
    flush_ms: int = 160
    """After the last audio, a late last token may still come for so long."""
    foreign: Foreign | None = None
    """The model from elsewhere in a pair, if one of the two is."""
    preview: str = ""
    """Why this bundle is only a preview, in half a line; empty: it is none."""


@dataclass(frozen=True, slots=True)
class Bundle:
    """A checked bundle folder."""

    folder: Path
    manifest: Manifest
    symbols: tuple[str, ...]
    """tokens.txt by id."""
    header: OnnxHeader
    halves: tuple[Bundle | ForeignModel, ...] = ()
    """Of a pair: what gives the surface and what gives the meaning.  A pair has no symbols and no header of its own."""

    @property
    def size_bytes(self) -> int:
        return sum(path.stat().st_size for path in self.folder.rglob("*") if path.is_file())

    def file(self, name: str) -> Path:
        """A file of the bundle; of a pair, that of the half which knows words best."""
        owner = next((half for half in reversed(self.halves) if isinstance(half, Bundle)), self)
        return owner.folder / name

    @property
    def heads(self) -> tuple[str, ...]:
        """``surface`` and ``meaning``, or the one there is."""
        return tuple(lane for lane in self.manifest.lanes if is_head(lane))

    @property
    def window_frames(self) -> int:
        """10 ms feature frames that a decoding step needs."""
        return int(self.header.metadata["T"])


def shipped_folder() -> Path:
    return Path(str(resources.files("saidmeant.models") / "bundles"))


def shipped_bundles() -> list[str]:
    """Names that :func:`load_bundle` finds without a path."""
    folder = shipped_folder()
    return sorted(path.parent.name for path in folder.glob(f"*/{MANIFEST}")) if folder.is_dir() else []


def load_bundle(name_or_folder: str | Path) -> Bundle:
    """Find and check a bundle.  Raises :class:`BundleError` with what is wrong, where, and the fix."""
    folder = find_folder(name_or_folder)
    manifest = read_manifest(folder / MANIFEST)
    check_files(folder, manifest)
    if manifest.kind == PAIR:
        return Bundle(folder, manifest, (), OnnxHeader({}, (), ()), load_halves(folder, manifest))
    symbols = read_symbols(folder / TOKENS)
    try:
        header = read_header(folder / MODEL)
    except (ValueError, OSError) as error:
        raise BundleError(f"bundle {folder}: {error}; export it again") from error
    check_header(header, manifest, len(symbols), folder)
    return Bundle(folder, manifest, symbols, header)


def load_halves(folder: Path, manifest: Manifest) -> tuple[Bundle | ForeignModel, ...]:
    """The two models of a pair.  Raises BundleError if they are not what its manifest says."""
    halves: list[Bundle | ForeignModel] = []
    for head in HEADS:
        foreign = manifest.foreign
        if foreign is not None and foreign.head == head:
            halves.append(load_foreign(folder / head, foreign))
            continue
        half = load_bundle(folder / head)
        own = {lane for lane in manifest.lanes if lane.startswith(head)}
        if half.heads != (head,) or set(half.manifest.lanes) != own:
            raise BundleError(f"bundle {folder}: {head} does not hold the model that its manifest describes")
        halves.append(half)
    return tuple(halves)


def find_folder(name_or_folder: str | Path) -> Path:
    """A shipped name, else a folder with a manifest."""
    name = str(name_or_folder)
    if name in shipped_bundles():
        return shipped_folder() / name
    folder = Path(name_or_folder)
    if not folder.is_dir():
        raise BundleError(f"bundle {name!r} not found; shipped: {', '.join(shipped_bundles())}. Or pass a folder.")
    if not (folder / MANIFEST).is_file():
        raise BundleError(f"{folder} is not a bundle: it has no {MANIFEST}")
    return folder


def read_manifest(path: Path) -> Manifest:
    """Parse and check ``manifest.yaml``; the version is judged first, so that newer keys are no error of their own."""
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError, ValueError, RecursionError) as error:
        reason = " ".join(str(error).split())
        raise BundleError(f"{path} cannot be read: {reason}") from error
    version = content.get("format_version") if isinstance(content, dict) else None
    if type(version) is int and version > FORMAT_VERSION:
        raise BundleError(
            f"{path}: format version {version} is newer than this saidmeant reads ({FORMAT_VERSION}); upgrade saidmeant"
        )
    try:
        manifest = build(Manifest, content)
    except StrictError as error:
        raise BundleError(f"{path}: {error}") from error
    check_manifest(manifest, path)
    return manifest


def confidence_problems(manifest: Manifest) -> list[str]:
    """What is wrong with levels and tables of confidence."""
    problems = [] if manifest.confidence_levels else ["confidence_levels is empty"]
    for name, table in (("phones", manifest.calibration.phones), ("words", manifest.calibration.words)):
        if len(table) not in (0, len(manifest.confidence_levels)):
            problems.append(f"calibration.{name} has not one value for each of confidence_levels")
        if not all(0 <= probability <= 1 for probability in table):
            problems.append(f"calibration.{name} has values that are no probabilities")
    return problems


def check_manifest(manifest: Manifest, path: Path) -> None:
    """Values that have the right type but cannot be meant."""
    problems = []
    if manifest.format_version != FORMAT_VERSION:
        problems.append(f"format_version {manifest.format_version} is not {FORMAT_VERSION}")
    if manifest.kind not in (DUAL, PAIR):
        problems.append(f"kind {manifest.kind!r} is not {DUAL!r} or {PAIR!r}")
    problems += lane_problems(manifest)
    if min(manifest.chunk_ms, manifest.frame_ms) <= 0 or manifest.chunk_ms % max(1, manifest.frame_ms):
        problems.append("chunk_ms is not a positive multiple of frame_ms")
    elif manifest.look_ahead_ms < 0 or manifest.look_ahead_ms % manifest.frame_ms:
        problems.append("look_ahead_ms is not a multiple of frame_ms")
    problems += confidence_problems(manifest)
    if not math.isfinite(manifest.candidate_step + manifest.language_weight + manifest.word_bonus):
        problems.append("candidate_step, language_weight and word_bonus must be finite numbers")
    if not 1 <= manifest.beam_width <= MOST_HYPOTHESES:
        problems.append(f"beam_width {manifest.beam_width} is not from 1 to {MOST_HYPOTHESES}")
    if manifest.flush_ms < 0:
        problems.append("flush_ms is below 0")
    problems += file_problems(manifest)
    if problems:
        raise BundleError(f"{path}: {problems[0]}")


def file_problems(manifest: Manifest) -> list[str]:
    """Files outside the folder, and such as are missing in the list."""
    problems = []
    for listed in manifest.files:
        head, _, name = listed.rpartition("/") if manifest.kind == PAIR else ("", "", listed)
        inside = PurePosixPath(name).name == name and name not in ("", ".", "..") and head in ("", *HEADS)
        if not inside or "\\" in name or ":" in name:
            problems.append(f"file {listed!r} is outside the bundle's folder")
    foreign = manifest.foreign.head if manifest.foreign else ""
    halves = [f"{head}/{TOKENS if head == foreign else MANIFEST}" for head in HEADS]
    lexicon = (LEXICON,) if language_of(manifest.language).has_lexicon else ()
    for needed in halves if manifest.kind == PAIR else (MODEL, TOKENS, *lexicon):
        if needed not in manifest.files:
            problems.append(f"files does not list {needed}")
    return problems


def lane_problems(manifest: Manifest) -> list[str]:
    """The order of the lanes: heads with their confidences, then the candidates of each head."""
    problems = []
    lanes = tuple(lane for lane in manifest.lanes if "_candidate_" not in lane)
    foreign = manifest.foreign.head if manifest.foreign else ""
    if foreign and (manifest.kind != PAIR or foreign not in HEADS):
        problems.append(f"foreign names {foreign!r}, which is no half of a {PAIR}")
    wanted = [SURFACE_LANES[:1] if foreign == "surface" else SURFACE_LANES]
    wanted += [MEANING_LANES[:1] if foreign == "meaning" else MEANING_LANES]
    both = wanted[0] + wanted[1]
    if lanes not in ((both,) if manifest.kind == PAIR else (SURFACE_LANES, MEANING_LANES, both)):
        problems.append(f"lanes {list(lanes)} are not {list(SURFACE_LANES + MEANING_LANES)} or one of its halves")
    candidates = manifest.lanes[len(lanes) :]
    counts = {head: sum(lane.startswith(f"{head}_") for lane in candidates) for head in filter(is_head, lanes)}
    if candidates != tuple(candidate_lane(head, i) for head, count in counts.items() for i in range(count)):
        problems.append(f"candidate lanes {list(candidates)} are not in order behind the other lanes")
    if manifest.candidate_step < 0 or bool(manifest.candidate_step) != bool(candidates):
        problems.append(f"candidate_step {manifest.candidate_step} does not fit {len(candidates)} candidate lanes")
    if manifest.language_model and not counts.get("meaning"):
        problems.append("language_model needs candidate lanes of the meaning")
    return problems


def check_files(folder: Path, manifest: Manifest) -> None:
    """Presence and sha256 of every file."""
    for name, expected in manifest.files.items():
        try:
            with (folder / name).open("rb") as file:
                digest = hashlib.sha256()
                while block := file.read(1 << 20):
                    digest.update(block)
        except OSError as error:
            raise BundleError(
                f"bundle {folder}: {name} is missing or unreadable; install or export it again"
            ) from error
        if digest.hexdigest() != expected:
            raise BundleError(f"bundle {folder}: {name} is damaged (sha256 differs); install or export it again")


def read_symbols(path: Path) -> tuple[str, ...]:
    """tokens.txt (``symbol id`` per line) as symbols by id; the blank must be id 0 and no id may be missing."""
    by_id: dict[int, str] = {}
    try:
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            symbol, identifier = line.split()
            if int(identifier) in by_id:
                raise ValueError(f"line {number}: id {identifier} occurs twice")
            by_id[int(identifier)] = symbol
    except (ValueError, OSError) as error:
        raise BundleError(f"{path}: {error}") from error
    if by_id.get(0) != "<blk>" or sorted(by_id) != list(range(len(by_id))):
        raise BundleError(f"{path}: ids must run from 0 (<blk>) without a gap")
    return tuple(by_id[i] for i in range(len(by_id)))


def check_header(header: OnnxHeader, manifest: Manifest, symbols: int, folder: Path) -> None:
    """The graph against the interface of sherpa-onnx and against the manifest."""
    try:
        sizes = {key: [int(v) for v in header.metadata[key].split(",")] for key in STACK_KEYS}
        stacks = len(sizes[STACK_KEYS[0]])
        window, advance = int(header.metadata["T"]), int(header.metadata["decode_chunk_len"])
    except (KeyError, ValueError) as error:
        raise BundleError(f"bundle {folder}: the model's metadata is incomplete: {error}") from error
    rows = manifest.chunk_ms // manifest.frame_ms * len(manifest.lanes)
    expected = {
        "feature": (header.metadata.get("feature"), "whisper"),
        "stacks": ({len(values) for values in sizes.values()}, {stacks}),
        "inputs": (len(header.inputs), 1 + STATES_PER_STACK * stacks + 2),
        "outputs": (len(header.outputs), 1 + STATES_PER_STACK * stacks + 2),
        "decode_chunk_len": (advance, manifest.chunk_ms // 10),
        "input shape": (header.inputs[0][1:], (window, 80)),
        "output shape": (header.outputs[0][1:], (rows, symbols)),
        "key states": (
            [shape[::2] for shape in header.inputs[1:-2:STATES_PER_STACK]],
            list(zip(sizes["left_context_len"], sizes["query_head_dims"], strict=False)),
        ),
        "convolution states": (
            [shape[1:] for shape in header.inputs[1 + FIRST_CONV : -2 : STATES_PER_STACK]],
            [
                (dim, kernel // 2)
                for dim, kernel in zip(sizes["encoder_dims"], sizes["cnn_module_kernels"], strict=False)
            ],
        ),
    }
    for what, (found, wanted) in expected.items():
        if found != wanted:
            raise BundleError(f"bundle {folder}: the model does not fit: {what} is {found}, expected {wanted}")
