"""models/stability.py: what is shown and taken back, counted by hand; and the promise that stable tokens are kept."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import soundfile

from saidmeant.models.stability import Stability, broken, of_line, stability
from saidmeant.streaming import Hypothesis, Recognizer, Token, Update, Word


def test_a_line_by_hand() -> None:
    states = ["i", "i th", "i think", "i think thi", "i sink this", "i sink"]
    found = of_line([state.split() for state in states])
    # emitted: i, th, think, thi, sink, this; changed: th and thi grew, think was replaced, this went
    assert found == Stability(emitted=6, changed=4, grown=2, final=2)
    assert of_line([]) == Stability()
    assert of_line([["a"], ["a"], ["a", "b"]]) == Stability(2, 0, 0, 2)


def test_what_was_called_stable_and_changed() -> None:
    def line(text: str, stable: int) -> Hypothesis:
        return Hypothesis(text, tuple(Token(letter, i, i + 1, 0.9) for i, letter in enumerate(text)), stable=stable)

    assert broken([line("abc", 2), line("abd", 3), line("abde", 4)]) == 0
    assert broken([line("abc", 3), line("abd", 3), line("ab", 2)]) == 2


def update(segment: int, final: bool, word: str) -> Update:
    words = (Word(word, 0.0, 0.1, 0.9),) if word else ()
    return Update(segment, 0.0, 0.1, final, Hypothesis(""), Hypothesis(word, (), words))


def test_segments_do_not_change_each_other() -> None:
    updates = [update(0, False, "a"), update(0, True, "a"), update(1, False, "b"), update(1, True, "c")]
    assert stability(updates) == (Stability(), Stability(emitted=3, changed=1, final=2))


@pytest.mark.parametrize("greedy", [False, True])
@pytest.mark.parametrize("clip", ["three_sentences.wav", "weather.wav"])
def test_stable_tokens_never_change_however_the_audio_is_sliced(
    clip: str, greedy: bool, recognizer: Recognizer, bundle: str, repository: Path
) -> None:
    chosen = Recognizer.load(bundle, language_model=None) if greedy else recognizer
    audio = soundfile.read(repository / "tests" / "data" / clip, dtype="float32")[0]
    finals = []
    for pieces in (7, 61, 240):
        with chosen.session(endpoint=None) as session:
            updates = [u for piece in np.array_split(audio, pieces) for u in session.accept(piece)]
            updates += session.finish()
        assert [broken([u.surface for u in updates]), broken([u.meaning for u in updates])] == [0, 0]
        assert updates[-1].final
        for before in updates[:-1]:  # against the end, not only against the next
            for old, last in ((before.surface, updates[-1].surface), (before.meaning, updates[-1].meaning)):
                assert old.tokens[: old.stable] == last.tokens[: old.stable]
        if pieces > 7:
            assert max(b.meaning.stable for b in updates[:-1]) > 5, "nothing was ever called stable"
        assert all(a.meaning.stable <= b.meaning.stable for a, b in pairwise(updates))
        finals.append(updates[-1])
    assert finals[0] == finals[1] == finals[2]
