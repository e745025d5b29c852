"""The list of bundles: what their manifests say, and real speeds."""

from __future__ import annotations

import dataclasses

import pytest
from rich.console import Console

from saidmeant.streaming import Recognizer
from saidmeant.streaming.bundle import load_bundle
from saidmeant.streaming.listing import speeds, table


def test_table_shows_size_errors_and_speed(bundle: str) -> None:
    loaded = load_bundle(bundle)
    console = Console(width=200)
    with console.capture() as captured:
        console.print(table([loaded], [0.0625]))
    text = captured.get()
    for cell in (
        loaded.manifest.name,
        f"{loaded.size_bytes / 1e6:.1f}",
        f"{loaded.manifest.figures['meaning_wer']:.1%}",
        loaded.manifest.measured_on,
        "0.062",
    ):
        assert cell in text


def test_korean_errors_are_those_of_jamo_and_syllables(bundle: str) -> None:
    loaded = load_bundle(bundle)
    figures = {"surface_jer": 0.119, "meaning_cer": 0.301}
    korean = dataclasses.replace(loaded, manifest=dataclasses.replace(loaded.manifest, figures=figures))
    console = Console(width=200)
    with console.capture() as captured:
        console.print(table([korean]))
    assert "11.9% jamo ER" in captured.get()
    assert "30.1% CER" in captured.get()


def test_speeds_are_processor_seconds_per_second(bundle: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("saidmeant.streaming.listing.ROUNDS", 1)
    with_model, greedy = speeds([Recognizer.load(bundle), Recognizer.load(bundle, language_model=None)])
    assert 0.0 < greedy < 2.0
    assert 0.0 < with_model < 2.0
