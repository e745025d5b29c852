"""The files of language models: of words (language_model.py) or of letters (letter_model.py)."""

from __future__ import annotations

import io
from importlib import resources
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from .errors import BundleError
from .language_model import ARRAYS, SENTENCE_END, SENTENCE_START, STEPS, UNKNOWN, LanguageModel
from .letter_model import LetterModel, letter_model


def shipped_language_model(name: str) -> Path:
    """The file of a language model that ships with the package."""
    return Path(str(resources.files("saidmeant.models") / "language_models" / f"{name}.npz"))


def read_language_model(path: str | Path) -> LanguageModel | LetterModel:
    """Read a model file.  Raises :class:`BundleError` if it is missing, damaged or something else."""
    try:
        with np.load(io.BytesIO(Path(path).read_bytes()), allow_pickle=False) as file:
            model = letter_model(dict(file)) if "letters" in file else _model_of_words(dict(file))
    except Exception as error:  # zipfile and numpy pass on whatever damaged bytes lead to
        raise BundleError(f"cannot read the language model {path}: {error}") from error
    return model


def _model_of_words(found: dict[str, NDArray[np.generic]]) -> LanguageModel:
    words = bytes(found["words"]).decode("utf-8").split("\n")
    arrays = {name: found[name] for name in ARRAYS}
    _check(words, arrays)
    return LanguageModel(words, arrays)


def _check(words: list[str], arrays: dict[str, NDArray[np.generic]]) -> None:
    """Whether every row and every word is where the others say.  Raises ValueError."""
    if words[:3] != [SENTENCE_START, SENTENCE_END, UNKNOWN] or words[3:] != sorted({*words[3:]} - {""}):
        raise ValueError("its words are not the sentence marks and then the others, sorted")
    lengths = {"unigram": len(words), "bigram": arrays["bigram"].size, "trigram": arrays["trigram"].size}
    for order, below in (("unigram", "bigram"), ("bigram", "trigram")):
        lengths |= {f"{order}_backoff": lengths[order], f"{order}_first": lengths[order] + 1}
        lengths[f"{below}_word"] = lengths[below]
    for name, array in arrays.items():
        if array.shape != (lengths[name],) or array.dtype.kind != "u":
            raise ValueError(f"its array {name} does not fit the others")
        if array.dtype != np.uint8 and name in STEPS:
            raise ValueError(f"its array {name} is not 8-bit")
    for order, below in (("unigram", "bigram"), ("bigram", "trigram")):
        first = arrays[f"{order}_first"].astype(np.int64)
        if first[0] != 0 or first[-1] != lengths[below] or (np.diff(first) < 0).any():
            raise ValueError(f"the rows of its array {order}_first are not in order")
