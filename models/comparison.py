"""``saidmeant evaluate --peer``: other recognisers' error rates on the same recordings, in the same words."""

from __future__ import annotations

import contextlib
import importlib.util
from collections.abc import Iterator, Sequence
from typing import Any

from saidmeant.streaming.errors import SaidMeantError, UsageError
from saidmeant.streaming.processes import PeerProcess
from saidmeant.streaming.profile_arguments import PEERS

from .manifest import Utterance
from .metrics import total
from .peer import EXTRAS, LANGUAGES, NEEDED
from .records import Record, Records, key
from .scoring import scoring
from .statistics import interval


def require_peer(name: str, language: str) -> None:
    """Raises SaidMeantError with the way to get what is missing, or UsageError, before hours of decoding."""
    if language not in LANGUAGES[name]:
        raise UsageError(f"the peer {name} recognises {', '.join(LANGUAGES[name])}, not {language}")
    for package in (*NEEDED[name], "num2words"):
        if importlib.util.find_spec(package) is None:
            raise SaidMeantError(f"{package} is missing; install it with: pip install 'saidmeant[{EXTRAS[name]}]'")


def peer_texts(name: str, utterances: Sequence[Utterance], records: Records) -> Iterator[str]:
    """What the peer recognises, one text per utterance, in a process of its own; texts on record are taken from there.

    Raises SaidMeantError if the peer cannot run or a recording cannot be read.
    """
    with contextlib.ExitStack() as stack:
        peer = None
        for utterance in utterances:
            if (name, key(utterance)) not in records.peers:
                peer = peer or stack.enter_context(PeerProcess(name, threads=1, language=utterance.language))
                records.add_peer(name, utterance, peer.transcribe(utterance.audio).text)
            yield records.peers[name, key(utterance)]


def compare(name: str, compared: Sequence[tuple[Utterance, Record, str]]) -> dict[str, Any] | None:
    """One of ``peers``: both error rates after the same normalisation, and the difference (ours minus theirs).

    The interval of the difference is a paired one: both are scored on the same draws of speakers.  None if the bundle
    has no meaning line.
    """
    rows = []
    for utterance, record, text in compared:
        errors = scoring(utterance.language).compare_spoken
        mine = None if record.text is None else errors(utterance.text, record.text)
        other = errors(utterance.text, text)
        if mine is not None and other is not None:
            rows.append((utterance.speaker, mine, other))
    ours, theirs = total(row[1] for row in rows), total(row[2] for row in rows)
    if ours is None or theirs is None or ours.rate is None or theirs.rate is None:
        return None
    return {
        "name": name,
        "kind": PEERS[name],
        scoring(compared[0][0].language).keys[0]: theirs.rate,
        "interval": interval((speaker, b.edits, b.length) for speaker, _, b in rows),
        "ours": ours.rate,
        "ours_interval": interval((speaker, a.edits, a.length) for speaker, a, _ in rows),
        "difference": ours.rate - theirs.rate,
        "difference_interval": interval((speaker, a.edits - b.edits, a.length) for speaker, a, b in rows),
        "utterances": len(rows),
    }
