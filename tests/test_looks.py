"""models/looks.py: looks and how well they separate, by hand."""

from __future__ import annotations

import pytest

from saidmeant.models.hesitations import Pause
from saidmeant.models.looks import ENDS_FOUND, Look, looks, said, separation, separations
from saidmeant.models.pause_traces import Trace
from saidmeant.streaming.endpoint import Moment
from saidmeant.streaming.language_model import LanguageModel
from saidmeant.streaming.language_model_file import read_language_model, shipped_language_model


@pytest.fixture(scope="module")
def model() -> LanguageModel:
    return read_language_model(shipped_language_model("en"))


def test_separation_by_hand() -> None:
    found = separation([0.9, 0.6, 0.3], [0.5, 0.3, 0.1, 0.0])
    assert found is not None
    assert found.area == pytest.approx((4 + 4 + 2.5) / 12)
    assert dict(zip(ENDS_FOUND, found.mistaken, strict=True)) == {0.3: 0.0, 0.5: 0.0, 0.7: 0.25}
    assert separation([], [0.5]) is None


def test_what_was_said_looks_finished_where_sentences_end(model: LanguageModel) -> None:
    whole, part = "she wants to go home with us today", "she wants to go home with us the"
    assert 0 < said(part, model) < said(whole, model) < 1
    assert said("go home", model) < said("they all wanted to go home", model)


def test_a_pause_is_looked_at_in_its_middle_or_when_it_ends(model: LanguageModel) -> None:
    pauses = (Pause(1.0, 1.5, False, "i think"), Pause(2.0, 4.0, True, "i think so"))
    heard = (1.0, 1.4, 1.6, 2.2, 2.8, 3.0)
    moments = tuple(Moment(0.0, 0.0, True, look) for look in (0.0, 0.1, 0.2, 0.3, 0.4, 0.5))
    found = looks([Trace("anna", pauses, heard, moments)], model)
    assert [(look.complete, look.recognised) for look in found] == [(False, 0.1), (True, 0.4)]
    assert found[0].said == said("i think", model)
    assert separations([*found, Look(False, 0.9, 0.0)])["as recognised"] is not None
