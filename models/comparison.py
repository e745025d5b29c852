"""``saidmeant evaluate --peer``: an offline recogniser's word error rate on the same recordings, in the same words."""

from __future__ import annotations

import contextlib
import importlib.util
from collections.abc import Iterator, Sequence
from typing import Any

from saidmeant.streaming.errors import SaidMeantError
from saidmeant.streaming.processes import PeerProcess

from .manifest import Utterance
from .metrics import ErrorRate, total, word_errors
from .records import Record, Records, key
from .spoken_form import spoken_form
from .statistics import interval

NEEDED = ("faster_whisper", "num2words")


def require_peer() -> None:
    """Raises SaidMeantError with the way to get what is missing, before hours of decoding."""
    for package in NEEDED:
        if importlib.util.find_spec(package) is None:
            raise SaidMeantError(f"{package} is missing; install it with: pip install 'saidmeant[peer]'")


def peer_texts(name: str, utterances: Sequence[Utterance], records: Records) -> Iterator[str]:
    """What the peer recognises, one text per utterance, in a process of its own; texts on record are taken from there.

    Raises SaidMeantError if the peer cannot run or a recording cannot be read.
    """
    with contextlib.ExitStack() as stack:
        peer = None
        for utterance in utterances:
            if (name, key(utterance)) not in records.peers:
                peer = peer or stack.enter_context(PeerProcess(name, threads=1))
                records.add_peer(name, utterance, peer.transcribe(utterance.audio).text)
            yield records.peers[name, key(utterance)]


def compare(name: str, compared: Sequence[tuple[Utterance, Record, str]]) -> dict[str, Any] | None:
    """Section ``peer``: both word error rates after the same normalisation, and the difference (ours minus theirs).

    The interval of the difference is a paired one: both are scored on the same draws of speakers.  None if the bundle
    has no meaning line.
    """
    rows = [(u.speaker, *_errors(u.text, record.text, text)) for u, record, text in compared if record.text is not None]
    ours, theirs = total(row[1] for row in rows), total(row[2] for row in rows)
    if ours is None or theirs is None or ours.rate is None or theirs.rate is None:
        return None
    return {
        "name": name,
        "meaning_wer": theirs.rate,
        "interval": interval((speaker, b.edits, b.length) for speaker, _, b in rows),
        "ours": ours.rate,
        "ours_interval": interval((speaker, a.edits, a.length) for speaker, a, _ in rows),
        "difference": ours.rate - theirs.rate,
        "difference_interval": interval((speaker, a.edits - b.edits, a.length) for speaker, a, b in rows),
        "utterances": len(rows),
    }


def _errors(reference: str, ours: str, theirs: str) -> tuple[ErrorRate, ErrorRate]:
    said = spoken_form(reference)
    return word_errors(said, spoken_form(ours)), word_errors(said, spoken_form(theirs))
