"""Every error that this package raises on purpose, with the exit status of the command line.

SaidMeantError          1
├─ AudioError           1  a source that cannot be opened or read, or samples that are not audio
├─ BundleError          1  a bundle that is missing, damaged or too new
├─ ExportError          1  a checkpoint or target that cannot be exported
└─ UsageError           2  arguments that make no sense
"""

from __future__ import annotations

__all__ = ["AudioError", "BundleError", "ExportError", "SaidMeantError", "UsageError"]


class SaidMeantError(Exception):
    """The root.  A message says what, where and the fix, in one line."""

    exit_status = 1


class AudioError(SaidMeantError):
    """A source that cannot be opened or read, or samples that are not audio."""


class BundleError(SaidMeantError):
    """A bundle that is missing, damaged or too new."""


class ExportError(SaidMeantError):
    """A checkpoint or target that cannot be exported."""


class UsageError(SaidMeantError):
    """Arguments that make no sense."""

    exit_status = 2
