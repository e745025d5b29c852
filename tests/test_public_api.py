"""The names that users import, and what importing them loads."""

from __future__ import annotations

import saidmeant.streaming


def test_all_is_pinned() -> None:
    assert saidmeant.streaming.__all__ == [
        "AudioError",
        "AudioFile",
        "Bundle",
        "BundleError",
        "Change",
        "Deviation",
        "Divergence",
        "Edit",
        "EndpointConfig",
        "Explanation",
        "ExportError",
        "Gap",
        "Hypothesis",
        "Lexicon",
        "Microphone",
        "Reading",
        "ReadingEvent",
        "ReadingWord",
        "Recognizer",
        "SaidMeantError",
        "Session",
        "Span",
        "Token",
        "Update",
        "UsageError",
        "Word",
        "read_updates",
        "spell",
        "spell_said",
        "to_csv",
        "to_srt",
        "to_textgrid",
        "to_vtt",
    ]


def test_every_name_exists_and_is_documented() -> None:
    for name in saidmeant.streaming.__all__:
        assert getattr(saidmeant.streaming, name).__doc__, name


def test_errors_have_one_root() -> None:
    for name in ("AudioError", "BundleError", "ExportError", "UsageError"):
        assert issubclass(getattr(saidmeant.streaming, name), saidmeant.streaming.SaidMeantError)
    assert saidmeant.streaming.UsageError.exit_status == 2
