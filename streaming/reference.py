"""The reference text of the command line: given as an argument, or in a file with one sentence per line."""

from __future__ import annotations

import argparse
from pathlib import Path

from .errors import UsageError


def reference_of(arguments: argparse.Namespace) -> list[str] | None:
    """The sentences that are to be read, None without ``--reference``.  Raises UsageError if there are none."""
    text, path = arguments.reference, arguments.reference_file
    if path is not None:
        return read_reference(path)
    if text is None:
        return None
    if text.startswith("@"):
        return read_reference(Path(text[1:]))
    if not any(letter.isalnum() for letter in text):
        raise UsageError("--reference has no words; give the text that is read, or @FILE")
    return [text]


def read_reference(path: Path) -> list[str]:
    """The lines of a UTF-8 file that are not empty.  Raises UsageError."""
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except OSError as error:
        raise UsageError(f"cannot read the reference {path}: {error.strerror or error}") from error
    except UnicodeDecodeError as error:
        raise UsageError(f"the reference {path} is not UTF-8 text") from error
    sentences = [line.strip() for line in lines if any(letter.isalnum() for letter in line)]
    if not sentences:
        raise UsageError(f"the reference {path} has no words; write one sentence per line")
    return sentences
