"""What became of a known text: which words were read, skipped or replaced, and what else the speaker did.

:class:`Account` turns the passes of reading_tracker.py into this, one after the other.
"""

from __future__ import annotations

import copy
from collections.abc import Sequence
from dataclasses import dataclass

from .hypothesis import Reading, ReadingEvent, ReadingWord, Token
from .reading_tracker import Pass

OFF_SCRIPT_SHARE = 0.5
"""Of the phones of a segment that are not in the text; more, and something else was read."""
FEWEST_PHONES = 5
"""With fewer nobody can tell."""
LEAST_REPLACING = 0.34
"""Phones for each phone of the words that they replace; with fewer these were skipped."""
REDUCED = 2
"""Phones of words of which speech may leave but one (*at*, *it*): that is no other word."""
REST_SHARE = 0.5
"""Last words that are not in the text stand for all that is left of it, if neither is shorter than this share."""
FEWEST_INSERTED = 2
"""One phone more is not a word more."""


@dataclass(frozen=True, slots=True)
class Said:
    """What was said in a pass: seconds, the phones, and the words of the meaning line."""

    start: float
    end: float
    phones: tuple[Token, ...] = ()
    heard: str = ""

    @property
    def surface(self) -> tuple[str, ...]:
        return tuple(phone.text for phone in self.phones)


@dataclass(frozen=True, slots=True)
class Stretch:
    """What was said for these words of the text; for none: something inserted; nothing said: skipped words."""

    words: tuple[int, ...]
    said: Said


class Account:
    """The words of a text and what happened to them; :meth:`add` takes the passes in order."""

    def __init__(self, texts: Sequence[str], lengths: Sequence[int]) -> None:
        """lengths: how many phones each word has."""
        self._lengths = lengths
        self.words = [ReadingWord(text) for text in texts]
        self.events: list[ReadingEvent] = []
        self.stretches: list[Stretch] = []
        """Of the open segment."""
        self.expected = 0
        """The word that comes next."""
        self._stray: tuple[Pass, Said] | None = None  # what it was shows in the next pass

    def copied(self) -> Account:
        """For passes that may still change."""
        other = copy.copy(self)
        other.words, other.events, other.stretches = self.words.copy(), self.events.copy(), self.stretches.copy()
        return other

    def add(self, step: Pass, said: Said) -> None:
        self._settle_stray(step.position)
        self._go_to(step.position, said.start)
        if step.word is None:
            self._stray = (step, said)
            return
        self._read(step.word, said)

    def _read(self, word: int, said: Said) -> None:
        self.stretches.append(Stretch((word,), said))
        self.words[word] = ReadingWord(self.words[word].text, "read", said.start, said.end)
        self.expected = word + 1

    def end_segment(self) -> None:
        """The speaker pauses: what was said last is what it is, or stands for the rest of the text."""
        self._settle_stray(len(self.words) if self._ends_the_text() else self.expected)

    def _ends_the_text(self) -> bool:
        if self._stray is None:
            return False
        step, said = self._stray
        sizes = sorted((len(said.phones), sum(self._lengths[step.position :])))
        return 0 < sizes[1] * REST_SHARE <= sizes[0]

    def begin_segment(self) -> None:
        self.stretches = []

    def reading(self, position: int, stable: int, passed: int) -> Reading:
        return Reading(position, tuple(self.words), tuple(self.events), self.off_script, stable, passed)

    @property
    def off_script(self) -> bool:
        """Whether most phones of the segment are not the text's."""
        open_phones = len(self._stray[1].phones) if self._stray else 0
        sizes = [(len(stretch.said.phones), self._is_read(stretch)) for stretch in self.stretches]
        spoken = sum(size for size, _ in sizes) + open_phones
        stray = sum(size for size, is_read in sizes if not is_read) + open_phones
        return spoken >= FEWEST_PHONES and stray > OFF_SCRIPT_SHARE * spoken

    def _is_read(self, stretch: Stretch) -> bool:
        return len(stretch.words) == 1 and self.words[stretch.words[0]].state == "read"

    def _settle_stray(self, next_word: int) -> None:
        """Something that is not in the text replaces the words up to the next that is read, if there are any."""
        if self._stray is None:
            return
        (step, said), self._stray = self._stray, None
        if not said.phones:
            return
        replaced = tuple(range(step.position, next_word))
        expected = sum(self._lengths[index] for index in replaced)
        if len(said.phones) == 1 and len(replaced) == 1 and expected <= REDUCED:
            self._read(replaced[0], said)
            return
        if not replaced or len(said.phones) < LEAST_REPLACING * expected:  # what follows was skipped
            self.stretches.append(Stretch((), said))
            if len(said.phones) >= FEWEST_INSERTED and not replaced:
                last = len(self.words) - 1
                self._note("inserted", min(max(0, step.position - 1), last), min(step.position, last), said)
            return
        self.stretches.append(Stretch(replaced, said))
        for index in replaced:
            text = self.words[index].text
            self.words[index] = ReadingWord(text, "replaced", said.start, said.end, said.surface, said.heard)
        self.expected = next_word
        self._note("replaced", replaced[0], replaced[-1], said)

    def _go_to(self, word: int, time: float) -> None:
        """Words are skipped, or read again."""
        nothing = Said(time, time)
        skipped = [i for i in range(self.expected, word) if self.words[i].state not in ("read", "replaced")]
        for index in skipped:
            self.words[index] = ReadingWord(self.words[index].text, "skipped", time, time)
            self.stretches.append(Stretch((index,), nothing))
        if skipped:
            self._note("skipped", skipped[0], skipped[-1], nothing)
        if word < self.expected:
            again = range(word, self.expected)
            wrong = any(self.words[index].state != "read" for index in again)
            kind = "correction" if wrong else "repeated" if len(again) == 1 else "restart"
            self._note(kind, word, self.expected - 1, nothing)
        self.expected = word

    def _note(self, kind: str, first: int, last: int, said: Said) -> None:
        self.events.append(ReadingEvent(kind, first, last, said.start, said.end, said.surface, said.heard))
