"""The lexicon of a bundle: the shipped one, and behind it how words sound in running speech.

``models/lexicons/LANGUAGE-weak-forms.txt`` has the weak forms; those of a word that the lexicon has not are left out,
as are those that it already has.
"""

from __future__ import annotations

import gzip
from pathlib import Path

from saidmeant.streaming.lexicon import Pronunciation, parse_lexicon, read_lexicon, shipped_lexicon_path


def write_lexicon(language: str, target: Path) -> None:
    """Write a language's lexicon with its weak forms, gzipped, the same bytes each time.  Raises BundleError."""
    plain = shipped_lexicon_path(language)
    entries = dict(read_lexicon(plain).pronunciations)
    for word, forms in weak_forms(plain.with_name(f"{language}-weak-forms.txt")).items():
        if word in entries:
            entries[word] = tuple(dict.fromkeys((*entries[word], *forms)))
    lines = [f"{word} {' '.join(phones)}\n" for word, forms in entries.items() for phones in forms]
    target.write_bytes(gzip.compress("".join(lines).encode("utf-8"), mtime=0))


def weak_forms(path: Path) -> dict[str, tuple[Pronunciation, ...]]:
    """The forms of a file, none if there is no file for the language."""
    return parse_lexicon(path.read_text(encoding="utf-8"), str(path)) if path.exists() else {}
