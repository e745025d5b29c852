"""Make export/timed.flac and export/timed.jsonl: speech by espeak-ng, and when it spoke each word and phone.

    python scripts/make_timed_clip.py export/timed.flac

The times are espeak-ng's own phoneme events (speak_lib.h, espeakEVENT_PHONEME): the synthesiser says where in its
output each phone begins, so they depend on no recogniser.  Needs the library: apt install libespeak-ng1.  It is GPL-3.0
and is used here alone, not by the package; what it says is free.
"""

from __future__ import annotations

import argparse
import ctypes
import ctypes.util
import json
from dataclasses import asdict
from pathlib import Path

import numpy as np
import soundfile
import soxr
from numpy.typing import NDArray

from saidmeant.streaming.profile_clips import TruePhone, TrueTimes, TrueWord

SAMPLE_RATE = 16_000
PAUSE_SECONDS = 2.0  # longer than any endpoint of the default preset waits
HISS = 2e-4  # -74 dB: no digital silence
SENTENCES = (  # voice, words per minute, text
    ("en-us+f3", 130, "I really think this is right"),
    ("en-us+m3", 140, "My sister lives in a small house near the river"),
    ("en-us+f5", 120, "She drinks tea with milk every morning"),
    ("en-us+m7", 130, "We will meet them at the station after lunch"),
    ("en-us+f2", 145, "The weather is very nice today so we can go to the park"),
    ("en-us+m1", 125, "He wants to read that book again before he goes to sleep"),
)
ARPABET = dict(
    pair.split("=")
    for pair in (
        "aI=AY aU=AW eI=EY oU=OW OI=OY i:=IY i=IY I=IH I2=IH I#=IH E=EH a=AE aa=AE A:=AA A=AA 0=AA O=AO "
        "O2=AO O:=AO V=AH @=AH @2=AH @#=AH @-=AH a#=AH e#=EH 3=ER 3:=ER U=UH u:=UW u=UW i@=IY i@3=IH+R "
        "A@=AA+R O@=AO+R o@=AO+R e@=EH+R U@=UH+R @L=AH+L aI@=AY+AH aI3=AY+ER aU@=AW+AH p=P b=B t=T t#=T "
        "t2=T d=D d#=D k=K g=G f=F v=V T=TH D=DH s=S z=Z S=SH Z=ZH tS=CH dZ=JH h=HH m=M n=N n-=N N=NG l=L "
        "l#=L r=R r-=R w=W j=Y"
    ).split()
)
SYNCHRONOUS, PHONEME_EVENTS, UTF8 = 2, 1, 1
END, WORD, PHONEME = 0, 1, 7


class _Name(ctypes.Union):
    _fields_ = (("number", ctypes.c_int), ("name", ctypes.c_char_p), ("string", ctypes.c_char * 8))


class _Event(ctypes.Structure):
    """espeak_EVENT of speak_lib.h."""

    _fields_ = (
        ("type", ctypes.c_int),
        ("unique_identifier", ctypes.c_uint),
        ("text_position", ctypes.c_int),
        ("length", ctypes.c_int),
        ("audio_position", ctypes.c_int),
        ("sample", ctypes.c_int),
        ("user_data", ctypes.c_void_p),
        ("id", _Name),
    )


_Callback = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.POINTER(_Event))
Mark = tuple[int, str, float]
"""An event: its type, its phoneme or (word) its text, the seconds at which it begins."""


class Synthesiser:
    """The library.  One sentence after the other."""

    def __init__(self) -> None:
        name = ctypes.util.find_library("espeak-ng")
        if name is None:
            raise SystemExit("libespeak-ng is not installed: apt install libespeak-ng1")
        self._library = ctypes.CDLL(name)
        self.rate = int(self._library.espeak_Initialize(SYNCHRONOUS, 0, None, PHONEME_EVENTS))
        self._audio: list[NDArray[np.int16]] = []
        self._marks: list[Mark] = []
        self._text = b""
        self._callback = _Callback(self._hear)  # the library keeps a pointer to it
        self._library.espeak_SetSynthCallback(self._callback)
        self._library.espeak_Info.restype = ctypes.c_char_p
        self.version = self._library.espeak_Info(None).decode().split()[0]

    def speak(self, voice: str, speed: int, text: str) -> tuple[NDArray[np.float32], list[Mark]]:
        """The speech at the library's rate, and its events in order."""
        self._audio, self._marks, self._text = [], [], text.encode()
        self._library.espeak_SetVoiceByName(voice.encode())
        self._library.espeak_SetParameter(1, speed, 0)
        self._library.espeak_Synth(self._text, len(self._text) + 1, 0, 1, 0, UTF8, None, None)
        self._library.espeak_Synchronize()
        return np.concatenate(self._audio).astype(np.float32) / 32768, self._marks

    def _hear(self, samples: ctypes.Array[ctypes.c_short], count: int, events: ctypes.Array[_Event]) -> int:
        if count > 0:
            self._audio.append(np.ctypeslib.as_array(samples, (count,)).copy())
        i = 0
        while events[i].type != END:
            event = events[i]
            name = event.id.string.decode() if event.type == PHONEME else ""
            if event.type == WORD:  # positions count characters from 1
                name = self._text[event.text_position - 1 : event.text_position - 1 + event.length].decode()
            if event.type in (WORD, PHONEME):
                self._marks.append((event.type, name, event.sample / self.rate))
            i += 1
        return 0


def true_words(marks: list[Mark], offset: float) -> list[TrueWord]:
    """Events as words with their phones; a phone ends where the next event of its kind begins."""
    words: list[tuple[str, list[TruePhone]]] = []
    marks = [mark for mark in marks if mark[1] != ";"]  # palatalisation, part of the phone before
    starts = [(seconds, name) for kind, name, seconds in marks if kind == PHONEME]
    position = 0
    for kind, name, _ in marks:
        if kind == WORD:
            words.append((name, []))
            continue
        start, end = starts[position][0], starts[min(position + 1, len(starts) - 1)][0]
        position += 1
        if name.startswith("_"):
            continue
        if name not in ARPABET:
            raise SystemExit(f"espeak-ng said {name!r}, which has no ARPAbet phone here")
        parts = ARPABET[name].split("+")
        step = (end - start) / len(parts)
        words[-1][1].extend(
            TruePhone(part, round(offset + start + i * step, 4), round(offset + start + (i + 1) * step, 4))
            for i, part in enumerate(parts)
        )
    return [TrueWord(text, phones[0].start, phones[-1].end, tuple(phones)) for text, phones in words]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("target", type=Path, help="the audio; the manifest lies beside it")
    target: Path = parser.parse_args().target
    synthesiser = Synthesiser()
    pieces: list[NDArray[np.float32]] = [np.zeros(SAMPLE_RATE // 2, np.float32)]
    words: list[TrueWord] = []
    for voice, speed, text in SENTENCES:
        speech, marks = synthesiser.speak(voice, speed, text)
        words += true_words(marks, sum(map(len, pieces)) / SAMPLE_RATE)
        pieces.append(0.6 * np.asarray(soxr.resample(speech, synthesiser.rate, SAMPLE_RATE), np.float32))
        pieces.append(np.zeros(round(PAUSE_SECONDS * SAMPLE_RATE), np.float32))
    audio = np.concatenate(pieces)
    audio += np.float32(HISS) * np.random.default_rng(1).standard_normal(len(audio)).astype(np.float32)
    soundfile.write(target, audio, SAMPLE_RATE, subtype="PCM_16")
    times = TrueTimes(f"espeak-ng {synthesiser.version}, its own phoneme events (synthetic speech)", tuple(words))
    line = {"audio": target.name, "text": " ".join(word.text for word in words).lower(), "timing": asdict(times)}
    target.with_suffix(".jsonl").write_text(json.dumps(line) + "\n", encoding="utf-8")
    print(f"{target}: {len(audio) / SAMPLE_RATE:.1f} s, {len(words)} words, {len(times.phones)} phones")


if __name__ == "__main__":
    main()
