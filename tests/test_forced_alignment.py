"""Forced alignment of a clip whose words are known, by a recogniser that is not ours."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from saidmeant.models.forced_alignment import main
from saidmeant.streaming.profile_clips import read_clips


def test_words_and_phones_get_times(repository: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("pocketsphinx", reason="the aligner needs the extra 'align'")
    clip = repository / "tests" / "data" / "right.wav"
    lines = [{"audio": str(clip), "text": "I think this is right"}, {"audio": str(clip), "text": "xqzt"}]
    (tmp_path / "in.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    assert main([str(tmp_path / "in.jsonl"), str(tmp_path / "out.jsonl")]) == 0
    assert "1 of 2 utterances aligned" in capsys.readouterr().err
    (found,) = read_clips([tmp_path / "out.jsonl"], 320)
    assert found.times is not None
    assert [word.text for word in found.times.words] == ["i", "think", "this", "is", "right"]
    assert [phone.text for phone in found.times.words[1].phones] == ["TH", "IH", "NG", "K"]
    assert 0.2 < found.times.words[0].start < 0.5
    for word in found.times.words:
        assert word.start == word.phones[0].start < word.phones[-1].end == word.end <= found.seconds
