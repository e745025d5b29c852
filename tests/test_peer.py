"""models/peer.py and models/vosk_peer.py: which peer for which language, and what is missing for it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from saidmeant.models import peer, vosk_peer
from saidmeant.models.peer import EXTRAS, LANGUAGES, NEEDED, load_peer
from saidmeant.streaming.profile_arguments import PEERS


def test_the_command_offers_the_peers_that_there_are() -> None:
    assert set(PEERS) == set(LANGUAGES) == set(NEEDED) == set(EXTRAS)


@pytest.mark.parametrize(
    ("name", "language", "fault"),
    [
        ("kaldi", "en", "unknown peer 'kaldi'; there are: whisper-base, vosk-ko"),
        ("vosk-ko", "en", "it recognises ko, not en"),
        ("whisper-base", "fr", "it recognises en, ko, not fr"),
    ],
)
def test_what_there_is_not(name: str, language: str, fault: str) -> None:
    with pytest.raises(ValueError, match=fault):
        load_peer(name, 1, language)


def test_what_is_missing_is_named_with_the_way_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(peer, "Vosk", vosk_peer.model_folder)
    monkeypatch.setattr(vosk_peer, "PACKAGE", "no_such_package")
    with pytest.raises(ValueError, match=r"no_such_package is missing; .* 'saidmeant\[peer-ko\]'"):
        load_peer("vosk-ko", 1, "ko")


def test_another_model_is_not_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = tmp_path / "changed_model"
    (package / "model").mkdir(parents=True)
    (package / "__init__.py").touch()
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(vosk_peer, "PACKAGE", "changed_model")
    empty = vosk_peer.folder_digest(package / "model")
    (package / "model" / "final.mdl").write_bytes(b"something else")
    assert vosk_peer.folder_digest(package / "model") != empty
    with pytest.raises(ValueError, match="changed_model: sha256 of its files is [0-9a-f]{64}, expected"):
        vosk_peer.model_folder()


def test_vosk_streams_and_says_what_it_hears(sample: Path) -> None:
    for package in NEEDED["vosk-ko"]:
        pytest.importorskip(package, reason="the peer needs the extra 'peer-ko'")
    command = [sys.executable, "-m", "saidmeant.models.peer", "vosk-ko", "--language", "ko"]
    lines = "".join(json.dumps(name) + "\n" for name in (str(sample), "no such file"))
    done = subprocess.run(command, input=lines, capture_output=True, text=True, check=True)
    ready, heard, missing = map(json.loads, done.stdout.splitlines())
    assert ready == {"ready": True}
    assert heard["seconds"] > 0
    assert all("가" <= character <= "힣" or character == " " for character in heard["text"])
    assert heard["text"], "English is heard as some Korean"
    assert "no such file" in missing["error"]
