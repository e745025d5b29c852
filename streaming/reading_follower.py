"""Follows a known text while it is read aloud: the tracker's passes, dated, with the phones that were said in them.

One per session; segments come one after the other, and the place in the text goes on from one to the next.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from .bundle import Bundle
from .errors import BundleError
from .hypothesis import Edit, Hypothesis, Reading, Span, Word
from .lanes import Candidate
from .language import language_of
from .lexicon import Lexicon
from .reading import Account, Said, Stretch
from .reading_graph import reading_graph
from .reading_tracker import Pass, ReadingTracker


class ReadingFollower:
    """Frames in, readings out."""

    def __init__(self, reference: str | Sequence[str], lexicon: Lexicon, bundle: Bundle) -> None:
        """Raises UsageError if the text has no words, BundleError if the bundle does not say what phones compete."""
        if not any(lane.startswith("surface_candidate_") for lane in bundle.manifest.lanes):
            raise BundleError(f"bundle {bundle.folder} has no candidate lanes to follow a text with; export it again")
        manifest = bundle.manifest
        letters = manifest.token_inventory["meaning"] if "meaning_candidate_0" in manifest.lanes else ()
        self._language = language_of(manifest.language)
        self._tracker = ReadingTracker(reading_graph(reference, lexicon, self._language), letters)
        self._lexicon = lexicon
        self._frame_seconds = bundle.manifest.frame_ms / 1000
        graph = self._tracker.graph
        lengths = [len(options[0]) for options in graph.pronunciations]
        self._account = Account(graph.words, lengths)  # of passes that can no longer change
        self._before = self._account.copied()  # as it was when the segment began
        self._first = 0  # of the segment's passes
        self._done = 0  # passes in the account

    def hear(self, frame: int, heard: Mapping[str, Sequence[Candidate]]) -> None:
        """A frame of the session, in order.  heard: its candidates by head."""
        self._tracker.hear(frame, heard)

    def reading(self, surface: Hypothesis, meaning: Hypothesis, final: bool) -> Reading:
        """Where the speaker is now.  surface, meaning: the open segment's; ``final``: it ends here."""
        if final:
            return self._close(surface, meaning)
        tracker = self._tracker
        tracker.settle()
        for step in tracker.passed[self._done :]:
            self._account.add(step, self._said(step, surface))
        self._done = len(tracker.passed)
        passes, position = tracker.tentative()
        account = self._account.copied()
        for step in passes:
            account.add(step, self._said(step, surface))
        return account.reading(position, len(self._account.events), self._account.expected)

    def _close(self, surface: Hypothesis, meaning: Hypothesis) -> Reading:
        self._tracker.close()
        self._account = self._before
        self._account.begin_segment()
        for step in self._tracker.passed[self._first :]:
            self._account.add(step, self._said(step, surface, meaning.words))
        self._account.end_segment()
        self._before = self._account.copied()
        self._account.begin_segment()
        self._first = self._done = len(self._tracker.passed)
        account = self._before
        return account.reading(account.expected, len(account.events), account.expected)

    def _said(self, step: Pass, surface: Hypothesis, words: Sequence[Word] = ()) -> Said:
        """A phone belongs to the pass in which it starts, a word to the one in which its middle lies."""
        start, end = step.first * self._frame_seconds, (step.last + 1) * self._frame_seconds
        slack = self._frame_seconds / 2
        phones = tuple(token for token in surface.tokens if start - slack <= token.start < end - slack)
        heard = " ".join(word.text for word in words if start <= (word.start + word.end) / 2 < end)
        if phones:
            start, end = phones[0].start, phones[-1].end
        return Said(start, end, phones, heard)

    def spans(self) -> tuple[Span, ...] | None:
        """Of the segment that has ended: one for each word of the text that was passed in it, in the order of time.

        None if something else was read: words that were never meant are not to be judged.

        A word that was read again has its span where it was read last; what was said for it before, and what was
        inserted, are spans with an empty word.
        """
        if self._before.off_script:
            return None
        stretches = self._before.stretches
        last = {word: place for place, stretch in enumerate(stretches) for word in stretch.words}
        spans: list[Span] = []
        for place, stretch in enumerate(stretches):
            spans += self._spans(stretch, [word for word in stretch.words if last[word] == place])
        return tuple(spans)

    def _spans(self, stretch: Stretch, words: Sequence[int]) -> list[Span]:
        said = stretch.said
        if not words:
            return [_inserted(said)] if said.phones else []
        texts = self._tracker.graph.words
        meant = [Word(texts[word], said.start, said.end, 1.0) for word in words]
        return list(self._language.spans(meant, said.phones, self._lexicon))


def _inserted(said: Said) -> Span:
    edits = tuple(Edit("insert", None, phone) for phone in said.surface)
    confidence = sum(phone.confidence for phone in said.phones) / len(said.phones)
    return Span("", said.start, said.end, (), said.surface, edits, confidence)
