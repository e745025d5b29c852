"""What is read from files that others may have made: good ones, damaged ones, and the errors that may come of those."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import shutil
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import soundfile
import torch
import yaml
from fuzzing import Maker, changed, damaged
from tiny import tiny_bundle, tiny_checkpoint, tiny_model

from saidmeant.export.checkpoint import load_checkpoint
from saidmeant.models.checkpoint import read_model, save_checkpoint
from saidmeant.models.manifest import ManifestError
from saidmeant.models.manifest import read_manifest as read_speech_manifest
from saidmeant.streaming import AudioError, AudioFile, BundleError, ExportError, SaidMeantError, read_updates
from saidmeant.streaming.bundle import load_bundle, read_manifest, read_symbols
from saidmeant.streaming.hypothesis import Hypothesis, Token, Update, Word
from saidmeant.streaming.language_model import ARRAYS
from saidmeant.streaming.language_model_file import read_language_model
from saidmeant.streaming.letter_to_phone import LetterToPhone
from saidmeant.streaming.lexicon import parse_lexicon, read_lexicon
from saidmeant.streaming.onnx_header import read_header
from saidmeant.streaming.reference import read_reference

DATA = Path(__file__).parent / "data"
MOST_CHUNKS = 50  # of a recording
TOKENS = b"<blk> 0\nS:AA 1\nM:a 2\n"
REFERENCE = "I think this is right\n\nÇa va?\n".encode()
LEXICON = b"think TH IH NG K\nthink(2) TH IH N K\na AH\n"
LETTERS = (
    b"saidmeant letter-to-phone 1\ntree 0 -1 p1\n0 # _\n1 a AH\n2 # EY\n3 # AE\n1 b B\ntree 0 1\n0 # K\n1 a AO+R\n"
)
FORMATS = (
    *(("WAV", "PCM_16"), ("WAV", "FLOAT"), ("WAV", "IMA_ADPCM"), ("WAVEX", "PCM_24"), ("FLAC", "PCM_16")),
    *(
        ("OGG", "VORBIS"),
        ("OGG", "OPUS"),
        ("MP3", "MPEG_LAYER_III"),
        ("AIFF", "PCM_16"),
        ("AU", "ULAW"),
        ("CAF", "PCM_16"),
    ),
)


@dataclass(frozen=True, slots=True)
class Originals:
    """Files that are as they should be."""

    bundle: Path
    manifest: bytes
    model: bytes
    tokens: bytes
    utterances: list[bytes]
    safetensors: bytes
    torch: bytes
    checkpoint: dict[str, Any]
    """The configuration of both checkpoints."""
    updates: list[dict[str, Any]]
    recordings: list[bytes]
    language_model: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Target:
    """A kind of file, what reads it, and the errors that it may raise."""

    good: Callable[[Originals], list[bytes]]
    makers: Callable[[Originals], list[Maker]]
    read: Callable[[Path, Originals], object]
    errors: type[Exception]
    suffix: str = ""
    share: float = 1.0
    """Of the inputs that the others get; reading some takes long."""


def good_files(folder: Path) -> Originals:
    model = tiny_model(layers=2, dim=16, feedforward_dim=16)
    save_checkpoint(folder / "model.safetensors", model, tiny_checkpoint(model))
    safetensors = (folder / "model.safetensors").read_bytes()
    content = json.loads(_header(safetensors)["__metadata__"]["config"])
    torch.save({"config": content, "model": model.state_dict()}, folder / "model.pt")
    bundle = tiny_bundle(folder, tiny_model()).folder
    tokens = (Token("TH", 0.1, 0.2, 0.5), Token("IH", 0.2, 0.3, 0.5))
    update = Update(
        0, 0.1, 0.3, True, Hypothesis("TH IH", tokens), Hypothesis("thi", (), (Word("thi", 0.1, 0.3, 0.9),))
    )
    return Originals(
        bundle=bundle,
        manifest=(bundle / "manifest.yaml").read_bytes(),
        model=(bundle / "model.onnx").read_bytes(),
        tokens=(bundle / "tokens.txt").read_bytes(),
        utterances=(DATA / "samples.jsonl").read_bytes().splitlines()[:3],
        safetensors=safetensors,
        torch=(folder / "model.pt").read_bytes(),
        checkpoint=content,
        updates=[update.as_dict(), {"file": "a.wav"} | update.as_dict()],
        recordings=[_recording(kind, subtype) for kind, subtype in FORMATS],
        language_model=_language_model(),
    )


def _recording(kind: str, subtype: str) -> bytes:
    file = io.BytesIO()
    samples = np.random.default_rng(1).uniform(-0.5, 0.5, (3_000, 2))
    soundfile.write(file, samples, 16_000, format=kind, subtype=subtype)
    return file.getvalue()


def _language_model() -> dict[str, Any]:
    """Arrays of a model of two words, as lists: "a b" is its only bigram, "<s> a b" its only trigram."""
    return {
        "words": list(b"<s>\n</s>\n<unk>\na\nb"),
        "unigram": [9, 9, 99, 8, 8],
        "unigram_backoff": [1] * 5,
        "unigram_first": [0, 1, 1, 1, 2, 2],
        "bigram_word": [3, 4],
        "bigram": [5, 6],
        "bigram_backoff": [1, 1],
        "bigram_first": [0, 1, 1],
        "trigram_word": [4],
        "trigram": [3],
    }


def _header(safetensors: bytes) -> dict[str, Any]:
    header: dict[str, Any] = json.loads(safetensors[8 : 8 + int.from_bytes(safetensors[:8], "little")])
    return header


def with_config(safetensors: bytes, config: Any) -> bytes:
    """The same weights with another configuration."""
    header = _header(safetensors)
    header["__metadata__"]["config"] = json.dumps(config)
    text = json.dumps(header).encode()
    return len(text).to_bytes(8, "little") + text + safetensors[8 + int.from_bytes(safetensors[:8], "little") :]


def as_torch(content: Any) -> bytes:
    file = io.BytesIO()
    torch.save(content, file)
    return file.getvalue()


def as_yaml(content: Any) -> bytes:
    return yaml.safe_dump(content, sort_keys=False).encode()


def as_json(content: Any) -> bytes:
    return (json.dumps(content) + "\n").encode()


def as_npz(content: Any) -> bytes:
    """Lists as arrays; what cannot be one is left out."""
    arrays = {}
    for name in (*ARRAYS, "words") if isinstance(content, dict) else ():
        kind = np.uint32 if name.endswith("first") else np.uint16 if name.endswith("word") else np.uint8
        with suppress(KeyError, ValueError, TypeError, OverflowError):
            arrays[name] = np.array(content[name], kind)
    file = io.BytesIO()
    np.savez(file, **arrays)
    return file.getvalue()


def hear(path: Path, originals: Originals) -> None:
    """All of a recording, or much of it."""
    for chunk in islice(AudioFile(path), MOST_CHUNKS):
        assert (chunk.dtype, chunk.ndim) == (np.float32, 1)


def look_up(path: Path, originals: Originals) -> None:
    """As a shipped lexicon, which is parsed when it is asked, and as a user's."""
    try:
        read_lexicon(path).pronounce("think")
    finally:
        parse_lexicon(path.read_bytes().decode("utf-8", "replace"), str(path))


def guess(path: Path, originals: Originals) -> None:
    LetterToPhone.read(path).predict("baaba")


def score(path: Path, originals: Originals) -> None:
    model = read_language_model(path)
    for letters in ("", "a", "ab", "b"):
        model.prefix(letters)
    for context in ((), (3,), (0, 3), (3, 4)):
        for word in (model.end, model.unknown, 3, 4):
            if word < len(model.words) and all(each < len(model.words) for each in context):
                model.score(context, word)


def load_signed(path: Path, originals: Originals) -> None:
    """The file is one of a bundle's, after a line with its name; the manifest's hash is made to fit it."""
    name, _, data = path.read_bytes().partition(b"\n")
    folder = path.with_name("bundle")
    if not folder.is_dir():
        shutil.copytree(originals.bundle, folder)
    file = folder / name.decode()
    good = file.read_bytes()
    digests = [hashlib.sha256(content).hexdigest().encode() for content in (good, data)]
    file.write_bytes(data)
    (folder / "manifest.yaml").write_bytes(originals.manifest.replace(*digests))
    try:
        load_bundle(folder)
    finally:
        file.write_bytes(good)


def named(name: str, data: bytes) -> bytes:
    """A file of a bundle, for :func:`load_signed`."""
    return name.encode() + b"\n" + data


def safetensors_target(read: Callable[[Path], object], errors: type[Exception]) -> Target:
    """Checkpoints, which export and training read each in its own way."""
    return Target(
        lambda good: [good.safetensors],
        lambda good: [
            lambda rng: damaged(rng, [good.safetensors], first=4_000),
            lambda rng: with_config(good.safetensors, changed(rng, [good.checkpoint])),
        ],
        lambda path, _: read(path),
        errors,
        ".safetensors",
        share=0.4,
    )


TARGETS = {
    "bundle manifest": Target(
        lambda good: [good.manifest],
        lambda good: [
            lambda rng: damaged(rng, [good.manifest]),
            lambda rng: as_yaml(changed(rng, [yaml.safe_load(good.manifest)])),
        ],
        lambda path, _: read_manifest(path),
        BundleError,
        share=0.3,
    ),
    "bundle": Target(
        lambda good: [named("model.onnx", good.model), named("tokens.txt", good.tokens)],
        lambda good: [
            lambda rng: named("model.onnx", damaged(rng, [good.model], last=2_000)),
            lambda rng: named("tokens.txt", damaged(rng, [good.tokens])),
        ],
        load_signed,
        BundleError,
        share=0.15,
    ),
    "tokens": Target(
        lambda good: [TOKENS, good.tokens],
        lambda good: [lambda rng: damaged(rng, [TOKENS, good.tokens])],
        lambda path, _: read_symbols(path),
        BundleError,
        share=3.0,
    ),
    "ONNX header": Target(
        lambda good: [good.model],
        lambda good: [lambda rng: damaged(rng, [good.model], last=2_000)],
        lambda path, _: read_header(path),
        ValueError,
    ),
    "speech manifest": Target(
        lambda good: good.utterances,
        lambda good: [
            lambda rng: damaged(rng, good.utterances),
            lambda rng: as_json(changed(rng, [json.loads(line) for line in good.utterances])),
        ],
        lambda path, _: read_speech_manifest(path),
        ManifestError,
        share=3.0,
    ),
    "recording": Target(
        lambda good: good.recordings,
        lambda good: [
            lambda rng: damaged(rng, good.recordings, first=200),
            lambda rng: damaged(rng, good.recordings),
        ],
        hear,
        AudioError,
        share=3.0,
    ),
    "checkpoint for export": safetensors_target(load_checkpoint, ExportError),
    "checkpoint for training": safetensors_target(read_model, ValueError),
    "checkpoint of torch": Target(
        lambda good: [good.torch],
        lambda good: [
            lambda rng: damaged(rng, [good.torch]),
            lambda rng: as_torch({"config": changed(rng, [good.checkpoint]), "model": {}}),
            lambda rng: as_torch(changed(rng, [{"config": good.checkpoint, "model": {"a": 1}}])),
        ],
        lambda path, _: load_checkpoint(path),
        ExportError,
        ".pt",
        share=0.2,
    ),
    "transcript": Target(
        lambda good: [b"".join(map(as_json, good.updates)), as_json(good.updates)],
        lambda good: [
            lambda rng: damaged(rng, [b"".join(map(as_json, good.updates))]),
            lambda rng: as_json(changed(rng, good.updates)),
            lambda rng: as_json(changed(rng, [good.updates])),
        ],
        lambda path, _: read_updates(path),
        SaidMeantError,
        share=1.5,
    ),
    "lexicon": Target(
        lambda _: [LEXICON], lambda _: [lambda rng: damaged(rng, [LEXICON])], look_up, BundleError, share=1.5
    ),
    "letter-to-phone": Target(
        lambda _: [gzip.compress(LETTERS)],
        lambda _: [
            lambda rng: gzip.compress(damaged(rng, [LETTERS])),
            lambda rng: damaged(rng, [gzip.compress(LETTERS)]),
        ],
        guess,
        BundleError,
    ),
    "language model": Target(
        lambda good: [as_npz(good.language_model)],
        lambda good: [
            lambda rng: as_npz(changed(rng, [good.language_model])),
            lambda rng: damaged(rng, [as_npz(good.language_model)]),
        ],
        score,
        BundleError,
    ),
    "reference": Target(
        lambda _: [REFERENCE],
        lambda _: [lambda rng: damaged(rng, [REFERENCE])],
        lambda path, _: read_reference(path),
        SaidMeantError,
        share=0.5,
    ),
}
