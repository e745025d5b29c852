"""A streaming model from elsewhere as one half of a pair: what sherpa-onnx needs of it, and what its tokens mean here.

CTC models of the kind ``zipformer2_ctc`` and transducers (zipformer2, zipformer, conformer, lstm) as icefall exports
them.  Each keeps its own features, chunk and frames.  sherpa-onnx ends the process when it does not like a model, so
everything that it asks for is looked up here before.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from .errors import BundleError
from .onnx_header import OnnxHeader, read_header
from .phones import ARPABET
from .spelling import WORD_BOUNDARY

CTC, TRANSDUCER = "zipformer2_ctc", "transducer"
FILES = {CTC: ("model.onnx",), TRANSDUCER: ("encoder.onnx", "decoder.onnx", "joiner.onnx")}
"""By kind; the first is the one that hears."""
FOREIGN_TOKENS = "tokens.txt"
TRANSDUCER_TYPES = ("zipformer2", "zipformer", "conformer", "lstm")
BLANKS = ("<blk>", "<blank>", "<eps>")
STACK_LISTS = (
    *("encoder_dims", "query_head_dims", "value_head_dims", "num_heads", "num_encoder_layers", "cnn_module_kernels"),
    "left_context_len",
)
LAYER_STATES, OTHER_STATES = 6, 2  # of a zipformer2: per layer, and the embedding's with the count of frames
SAMPLE_RATE = 16_000
FRAME_MS = 40
"""Of icefall's models, which take every fourth feature frame."""


@dataclass(frozen=True, slots=True)
class Foreign:
    """What the manifest of a pair says of it.  Durations are milliseconds."""

    head: str
    """``surface`` or ``meaning``."""
    kind: str
    """``zipformer2_ctc`` or ``transducer``."""
    chunk_ms: int
    frame_ms: int
    """Of its output; a token's time is a number of these."""


@dataclass(frozen=True, slots=True)
class ForeignModel:
    """A checked folder with such a model."""

    folder: Path
    described: Foreign
    symbols: tuple[str, ...]


def load_foreign(folder: Path, described: Foreign) -> ForeignModel:
    """Check what sherpa-onnx would not survive.  Raises :class:`BundleError` with what is wrong, where, and the fix."""
    if described.kind not in FILES:
        raise BundleError(f"{folder}: kind {described.kind!r} is not one of {', '.join(FILES)}")
    symbols = read_foreign_symbols(folder / FOREIGN_TOKENS)
    headers = [_header(folder / name) for name in FILES[described.kind]]
    if described.frame_ms <= 0 or described.chunk_ms % described.frame_ms:
        raise BundleError(
            f"{folder}: a chunk of {described.chunk_ms} ms is no multiple of a frame of {described.frame_ms} ms; "
            f"say how long a frame of its output is (--frame-ms)"
        )
    _check_sizes(folder, headers[0], described)
    if described.kind == CTC:
        _check_ctc(folder, headers[0], len(symbols))
    else:
        _check_transducer(folder, headers, len(symbols))
    _check_phones(folder, symbols, described.head)
    return ForeignModel(folder, described, symbols)


def chunk_ms_of(model: Path) -> int:
    """How much audio a step advances, by the metadata of the model that hears."""
    return 10 * _number(model.parent, _header(model), "decode_chunk_len")


def frame_ms_of(model: Path) -> int:
    """How long an output frame is: by the shape of the output where that is fixed, else as of icefall's models."""
    rows = _header(model).outputs[0][1:2]
    return chunk_ms_of(model) // rows[0] if rows and rows[0] else FRAME_MS


def read_foreign_symbols(path: Path) -> tuple[str, ...]:
    """tokens.txt as symbols by id; a line with an id alone is the space."""
    by_id: dict[int, str] = {}
    try:
        for line in path.read_text(encoding="utf-8").splitlines():
            symbol, _, identifier = line.strip().rpartition(" ")
            by_id[int(identifier)] = symbol.strip() or " "
    except (ValueError, OSError) as error:
        reason = getattr(error, "strerror", None) or error
        raise BundleError(f"{path}: {reason}; expected a symbol and its id per line") from error
    if sorted(by_id) != list(range(len(by_id))) or not set(BLANKS) & set(by_id.values()):
        raise BundleError(f"{path}: ids must run from 0 without a gap, and one of {', '.join(BLANKS)} must be there")
    return tuple(by_id[i] for i in range(len(by_id)))


def labels(symbol: str, head: str) -> tuple[str, ...]:
    """A symbol of the model as labels of a line: phones without stress, or pieces of words in lower case.

    There are none for a symbol that says nothing.  A space, a leading one too (sherpa-onnx's for ``▁``), is a boundary.
    """
    text = symbol.replace("\N{LOWER ONE EIGHTH BLOCK}", " ")
    if text.startswith("<") and text.endswith(">"):
        return ()
    if head == "surface":
        phone = _phone(text)
        return (phone,) if phone in ARPABET else ()
    piece = text.strip().lower()
    boundary = (WORD_BOUNDARY,) if text.startswith(" ") else ()
    return (*boundary, piece) if piece else boundary


def _phone(text: str) -> str:
    return text.strip().upper().rstrip("012")


def _header(path: Path) -> OnnxHeader:
    try:
        return read_header(path)
    except OSError as error:
        raise BundleError(f"{path} is missing or unreadable") from error
    except ValueError as error:
        raise BundleError(f"{path.parent}: {error}") from error


def _number(folder: Path, header: OnnxHeader, key: str) -> int:
    text = header.metadata.get(key, "")
    if not text.isdecimal() or not int(text):
        raise BundleError(
            f"{folder}: the model's metadata has no {key}; it must be a streaming model exported for sherpa-onnx"
        )
    return int(text)


def _check_sizes(folder: Path, header: OnnxHeader, described: Foreign) -> None:
    """Chunk, features and sample rate."""
    window, advance = _number(folder, header, "T"), _number(folder, header, "decode_chunk_len")
    if 10 * advance != described.chunk_ms:
        raise BundleError(
            f"{folder}: the model's chunk is {10 * advance} ms, not {described.chunk_ms} ms; bundle again"
        )
    expected = header.inputs[0][1:]
    if len(expected) != 2 or expected[0] not in (None, window) or expected[1] not in (None, 80):
        raise BundleError(f"{folder}: the model's input is {header.inputs[0]}, expected (batch, {window}, 80)")
    rate = header.metadata.get("sample_rate", str(SAMPLE_RATE))
    if rate != str(SAMPLE_RATE):
        raise BundleError(
            f"{folder}: the model is for {rate} Hz; both models of a pair hear the same audio, at {SAMPLE_RATE} Hz"
        )


def _check_type(folder: Path, header: OnnxHeader, allowed: tuple[str, ...]) -> str:
    found = header.metadata.get("model_type", "")
    if found not in allowed:
        raise BundleError(f"{folder}: the model's type is {found!r}, expected {' or '.join(allowed)}")
    return found


def _check_zipformer2(folder: Path, header: OnnxHeader) -> None:
    """The lists of its stacks, and its states."""
    lists = {key: header.metadata.get(key, "").split(",") for key in STACK_LISTS}
    if len({len(values) for values in lists.values()}) != 1 or not all(
        v.isdecimal() for vs in lists.values() for v in vs
    ):
        raise BundleError(f"{folder}: the model's metadata is incomplete: {', '.join(STACK_LISTS)} must be lists alike")
    states = LAYER_STATES * sum(map(int, lists["num_encoder_layers"])) + OTHER_STATES
    for what, shapes in (("inputs", header.inputs), ("outputs", header.outputs)):
        if len(shapes) != 1 + states:
            raise BundleError(f"{folder}: the model has {len(shapes)} {what}, expected {1 + states} by its metadata")


def _check_ctc(folder: Path, header: OnnxHeader, symbols: int) -> None:
    _check_type(folder, header, ("zipformer2",))
    _check_zipformer2(folder, header)
    shape = header.outputs[0]
    if len(shape) != 3 or shape[2] not in (None, symbols):
        raise BundleError(f"{folder}: the model's output is {shape}, but {FOREIGN_TOKENS} has {symbols} symbols")


def _check_transducer(folder: Path, headers: list[OnnxHeader], symbols: int) -> None:
    encoder, decoder, joiner = headers
    if _check_type(folder, encoder, TRANSDUCER_TYPES) == "zipformer2":
        _check_zipformer2(folder, encoder)
    _number(folder, decoder, "context_size")
    _number(folder, joiner, "joiner_dim")
    vocabulary = _number(folder, decoder, "vocab_size")
    if vocabulary != symbols:
        raise BundleError(f"{folder}: the decoder knows {vocabulary} symbols, but {FOREIGN_TOKENS} has {symbols}")


def _check_phones(folder: Path, symbols: tuple[str, ...], head: str) -> None:
    """A surface model speaks the phones that words are compared with."""
    known = [symbol for symbol in symbols if labels(symbol, "surface")]
    if head == "surface" and len(known) < len(symbols) / 2:
        raise BundleError(
            f"{folder}: most of its symbols are no phones ({' '.join(symbols[1:5])} …); a surface model says ARPAbet "
            f"({' '.join(ARPABET[:3])} …), one that says words is for --meaning"
        )
