"""Where in a known text a speaker is: a search over the phones of the text, frame by frame, as the audio comes.

After the trackers of oral reading (Mostow et al. 1994; Black et al. 2007; Proença et al. 2017): a hidden Markov model
whose states are the phones of the text's words (reading_graph.py), in which a reader may go on to the next word, skip
some, go back and read again, or say something that is not in the text.  It does not look at recognised words or at the
surface line but at the candidates of every frame, runners-up included, with the topology of CTC (Graves et al. 2006):
a phone that a learner says differently costs by its articulatory distance (phones.py), one that is left out or added
has a price, and what is not in the text is the likeliest phones at a price each.  Scores are relative to the frame's
likeliest label, so that 0 is a perfect fit, and what is compared is goodness of pronunciation (Witt & Young 2000).
Who finishes a word also earns or pays for how the meaning head has spelled it (reading_spelling.py).

Viterbi search with a beam: what all hypotheses in the beam have in common can no longer change, and is called passed.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from itertools import takewhile

import numpy as np

from .lanes import Candidate
from .reading_graph import BLANK_FLOOR, MOST_PRONUNCIATIONS, Floats, Indices, ReadingGraph
from .reading_prices import PRICES, ReadingConfig, jump_prices
from .reading_spelling import Spelling

NOTHING = -1e9
LETTERS_AFTER = 4
"""Frames by which the letters of a word may come after its phones."""


@dataclass(frozen=True, slots=True)
class Pass:
    """One stretch of speech: a word of the text, or (``word`` None) something else before the word ``position``.

    ``first`` to ``last``: its frames, silence before it included.
    """

    word: int | None
    position: int
    first: int
    last: int
    score: float


@dataclass(frozen=True, slots=True)
class _Arrivals:
    """Of one frame, per word from ``low`` on: whence whoever waits for that word came, and its own arrival there."""

    low: int
    source: Indices
    """Twice the word that was finished, or one more than twice the position of something else."""
    before: Indices
    score: Floats


class ReadingTracker:
    """Frames in; passes of the likeliest reading out.  One per session."""

    def __init__(self, graph: ReadingGraph, letters: Collection[str] = (), config: ReadingConfig = PRICES) -> None:
        """letters: of the meaning head, if its candidates will be heard; without them phones alone decide."""
        self.graph = graph
        self._inventory = graph.inventory
        self._spelling = Spelling(graph.words, letters, graph.language)
        self._ahead: deque[tuple[int, Sequence[Candidate]]] = deque()  # frames whose letters are being waited for
        self.config = config
        self.passed: list[Pass] = []
        """What can no longer change."""
        self.position = 0
        """The word that was expected next when what has passed had passed."""
        widest = 2 * (config.most_back + config.most_ahead) + 2
        steps = np.arange(widest)[None, :] - np.arange(widest)[:, None]
        self._jump = jump_prices(steps, config.skip, config.back)
        self._jump_stray = jump_prices(steps, config.replace, config.back)
        self._exit_prices = np.repeat([0.0, config.left_out], MOST_PRONUNCIATIONS)
        self._frame = -1
        self._begin()

    def _begin(self) -> None:
        """Nothing heard since the position was last known."""
        states, count = len(self.graph.phones), len(self.graph.words)
        self._phone = np.full(states, NOTHING)
        self._blank = np.full(states, NOTHING)
        self._phone_from = np.zeros(states, np.intp)
        self._blank_from = np.zeros(states, np.intp)
        self._window(self.position, self.position)
        self._waiting = np.full(count + 1, NOTHING)
        places = np.arange(self._low, self._high + 1)
        self._waiting[places] = jump_prices(places - self.position, self.config.skip, self.config.back)
        self._waiting_from = np.arange(-1, -count - 2, -1, dtype=np.intp)  # before the first arrival
        self._stray = np.full(count + 1, NOTHING)
        self._stray_from = np.zeros(count + 1, np.intp)
        self._arrivals: dict[int, _Arrivals] = {}
        self._root = -1
        self._since = self._frame + 1
        self._score = 0.0
        self._root_score = 0.0
        self._last_label: str | None = None
        self._heard = True
        self._spelling.forget()

    def _window(self, first: int, last: int) -> None:
        """The words that the search looks at: those around where the reader may be."""
        self._high = min(len(self.graph.words), last + self.config.most_ahead)
        self._low = max(0, first - self.config.most_back, self._high + 1 - len(self._jump))

    def hear(self, frame: int, heard: Mapping[str, Sequence[Candidate]]) -> None:
        """Take in a frame.  heard: candidates by head; a frame of an earlier segment that comes again is left out."""
        if frame <= (self._ahead[-1][0] if self._ahead else self._frame):
            return
        self._spelling.hear(frame, heard.get("meaning", ()), self._low, self._high)
        self._ahead.append((frame, heard.get("surface", ())))
        if len(self._ahead) > LETTERS_AFTER:
            self._follow(*self._ahead.popleft())

    def _follow(self, frame: int, candidates: Sequence[Candidate]) -> None:
        """Take in the phones of a frame whose letters have been heard."""
        self._frame = frame
        if not candidates and not self._heard:  # silence goes on, and nobody moves
            return
        self._heard = bool(candidates)
        phones, silence, stranger = self._emissions(candidates)
        graph, config = self.graph, self.config
        states = slice(graph.first[self._low], graph.first[self._high])
        entries = slice(graph.first_entry[self._low], graph.first_entry[self._high])
        slots, words = graph.entries[entries], graph.entry_words[entries]
        self._blank[slots] = self._waiting[words]
        self._blank_from[slots] = self._waiting_from[words]
        self._go_on(states, phones[graph.phones[states]], max(silence, -config.added))
        places = slice(self._low, self._high + 1)
        strays, waiting = self._stray[places], self._waiting[places]
        new = waiting - config.stray > strays
        np.copyto(self._stray_from[places], self._waiting_from[places], where=new)
        self._stray[places] = np.where(new, waiting - config.stray, strays) - stranger
        self._waiting[places] += silence
        self._arrive(frame, places)
        best = max(self._phone[states].max(), self._waiting[places].max(), self._stray[places].max())
        for scores in (self._phone[states], self._blank[states], self._waiting[places], self._stray[places]):
            scores -= best
        self._score += best

    def _emissions(self, candidates: Sequence[Candidate]) -> tuple[Floats, float, float]:
        """(phones,) how well each fits a frame, how well silence does, and the price of a phone not in the text."""
        config = self.config
        if not candidates:
            self._last_label = None
            return np.full(len(self._inventory.distances), -config.worst), 0.0, 0.0
        numbers = [self._inventory.numbers[label] for label, _ in candidates]
        log_probs = np.array([log_prob for _, log_prob in candidates])
        rest = math.log(max(BLANK_FLOOR, 1.0 - float(np.exp(log_probs).sum())))
        best = max(rest, float(log_probs.max()))
        fits = (log_probs[:, None] - config.distance * self._inventory.distances[numbers]).max(axis=0)
        label = None if best == rest else candidates[int(log_probs.argmax())][0]
        price = config.stranger if label is not None and label != self._last_label else 0.0
        self._last_label = label
        return np.maximum(fits - best, -config.worst), rest - best, price

    def _go_on(self, states: slice, phones: Floats, silence: float) -> None:
        """Within words: a phone goes on, follows the one before it, or the one before that was left out."""
        phone, blank = self._phone[states], self._blank[states]
        phone_from, blank_from = self._phone_from[states], self._blank_from[states]
        either = np.maximum(phone, blank)
        either_from = np.where(phone >= blank, phone_from, blank_from)
        best, best_from = phone.copy(), phone_from.copy()
        for step, price in ((1, 0.0), (2, self.config.left_out)):
            arriving = either[:-step] - price
            better = arriving > best[step:]
            np.copyto(best[step:], arriving, where=better)
            np.copyto(best_from[step:], either_from[:-step], where=better)
        self._blank[states] = either + silence
        self._blank_from[states] = either_from
        best += phones
        best[~self.graph.is_phone[states]] = NOTHING
        self._phone[states] = best
        self._phone_from[states] = best_from

    def _arrive(self, frame: int, places: slice) -> None:
        """Between words: whoever has finished one, or said something else, waits for any other."""
        score, origin = self._finished()
        size = places.stop - places.start
        count = len(self.graph.words)
        from_word = score[:, None] + self._jump[1:size, :size]  # having finished word i, one is at i + 1
        from_stray = self._stray[places][:, None] + self._jump_stray[:size, :size]
        word, stray = from_word.argmax(axis=0), from_stray.argmax(axis=0)
        columns = np.arange(size)
        best_word, best_stray = from_word[word, columns], from_stray[stray, columns]
        is_word = best_word >= best_stray
        best = np.where(is_word, best_word, best_stray)
        better = best > self._waiting[places]
        if not better.any():
            return
        source = np.where(is_word, 2 * (word + self._low), 2 * (stray + self._low) + 1)
        before = np.where(is_word, origin[word], self._stray_from[places][stray])
        self._arrivals[frame] = _Arrivals(self._low, source, before, best + self._score)
        np.copyto(self._waiting[places], best, where=better)
        np.copyto(self._waiting_from[places], frame * (count + 1) + columns + self._low, where=better)

    def _finished(self) -> tuple[Floats, Indices]:
        """Per word of the window: the score of having just finished it, and the arrival that it began with.

        The last phone of a word may be left out too.
        """
        states = slice(self.graph.first[self._low], self.graph.first[self._high])
        ends = self.graph.exits[self._low : self._high] - states.start
        phone, blank = self._phone[states], self._blank[states]
        options = np.maximum(phone, blank)[ends] - self._exit_prices
        best = options.argmax(axis=1)
        rows = np.arange(len(ends))
        state = ends[rows, best]
        origins = self._origins(states)[state]
        return options[rows, best] + self._earned(np.arange(self._low, self._high), origins), origins

    def _origins(self, states: slice) -> Indices:
        """Per state the arrival with which its word began."""
        later = self._phone[states] >= self._blank[states]
        return np.where(later, self._phone_from[states], self._blank_from[states])

    def _earned(self, words: Indices, origins: Indices) -> Floats:
        """What the letters heard since a word began are worth to it, below 0 if another word was spelled."""
        began = np.where(origins < 0, self._since, origins // (len(self.graph.words) + 1) + 1)
        earned = self.config.spelling * (self._spelling.since(words, began) + self.config.spelled)
        return np.where(self._spelling.known[words], earned, 0.0)

    def settle(self) -> None:
        """Drop what is behind the beam, and move what all that is left has in common to :attr:`passed`."""
        if not self._arrivals:
            return
        live: set[int] = set()
        for scores, origins in self._hypotheses():
            scores[scores < -self.config.beam] = NOTHING
            live.update(origins[scores > NOTHING].tolist())
        chains = [self._chain(origin) for origin in live]
        common = list(takewhile(lambda column: len(set(column)) == 1, zip(*chains, strict=False)))
        self._pass([column[0] for column in common])
        self._move_window()

    def tentative(self) -> tuple[list[Pass], int]:
        """What follows what has passed in the likeliest reading, and the word that is being read or comes next."""
        passes, word, _ = self._likeliest(over=False)
        return passes, word

    def close(self) -> None:
        """The speaker pauses: the likeliest reading is what has passed, and the next begins afresh."""
        while self._ahead:
            self._follow(*self._ahead.popleft())
        passes, self.position, _ = self._likeliest(over=True)
        self.passed += passes
        self._begin()

    def _likeliest(self, over: bool) -> tuple[list[Pass], int, float]:
        """over: a word that was broken off counts as read, with its missing phones left out."""
        graph = self.graph
        places = slice(self._low, self._high + 1)
        states = slice(graph.first[self._low], graph.first[self._high])
        spoken = np.maximum(self._phone[states], self._blank[states]) + (self._broken_off(states) if over else 0.0)
        within = np.where(graph.is_phone[states], spoken, NOTHING)
        best = [scores.max() for scores in (self._waiting[places], self._stray[places], within)]
        if best[0] >= max(best[1:]):
            place = self._low + int(self._waiting[places].argmax())
            return self._passes(self._chain(int(self._waiting_from[place]))), place, best[0]
        if best[1] >= best[2]:
            place = self._low + int(self._stray[places].argmax())
            chain, word = self._chain(int(self._stray_from[place])), None
        else:
            state = int(states.start + within.argmax())
            place = word = int(np.searchsorted(graph.first, state, side="right")) - 1
            origins = self._phone_from if self._phone[state] >= self._blank[state] else self._blank_from
            chain = self._chain(int(origins[state]))
        passes = self._passes(chain)
        if word is None or over:
            first = self._began(chain[-1] if chain else self._root)
            since = self._arrival_score(chain[-1] if chain else self._root)
            passes.append(Pass(word, place, first, self._frame, float(max(best[1:]) + self._score - since)))
        return passes, place + (word is not None and over), max(best)

    def _broken_off(self, states: slice) -> Floats:
        """(states,) what it is worth to end here: the word's letters, less the phones that are still to come."""
        letters = self._earned(self.graph.state_words[states], self._origins(states))
        return letters - self.config.left_out * self.graph.left[states]

    def _hypotheses(self) -> list[tuple[Floats, Indices]]:
        states = slice(self.graph.first[self._low], self.graph.first[self._high])
        places = slice(self._low, self._high + 1)
        return [
            (self._phone[states], self._phone_from[states]),
            (self._blank[states], self._blank_from[states]),
            (self._waiting[places], self._waiting_from[places]),
            (self._stray[places], self._stray_from[places]),
        ]

    def _chain(self, origin: int) -> list[int]:
        """The arrivals since the last common one, first to last."""
        chain = []
        while origin >= 0 and origin != self._root:
            chain.append(origin)
            frame, target = divmod(origin, len(self.graph.words) + 1)
            arrivals = self._arrivals[frame]
            origin = int(arrivals.before[target - arrivals.low])
        return chain[::-1]

    def _passes(self, chain: Sequence[int]) -> list[Pass]:
        passes = []
        before = self._root
        for origin in chain:
            frame, target = divmod(origin, len(self.graph.words) + 1)
            arrivals = self._arrivals[frame]
            number, is_stray = divmod(int(arrivals.source[target - arrivals.low]), 2)
            score = self._arrival_score(origin) - self._arrival_score(before)
            passes.append(Pass(None if is_stray else number, number, self._began(before), frame, score))
            before = origin
        return passes

    def _began(self, origin: int) -> int:
        return self._since if origin < 0 else origin // (len(self.graph.words) + 1) + 1

    def _arrival_score(self, origin: int) -> float:
        if origin < 0 or origin == self._root:
            return self._root_score
        frame, target = divmod(origin, len(self.graph.words) + 1)
        arrivals = self._arrivals[frame]
        return float(arrivals.score[target - arrivals.low])

    def _pass(self, chain: Sequence[int]) -> None:
        if not chain:
            return
        self.passed += self._passes(chain)
        root_score = self._arrival_score(chain[-1])
        self._root, self._root_score = chain[-1], root_score
        frame, self.position = divmod(self._root, len(self.graph.words) + 1)
        self._arrivals = {at: arrivals for at, arrivals in self._arrivals.items() if at > frame}

    def _move_window(self) -> None:
        """Follow the reader; hypotheses that fall out of the window are given up."""
        low, high = self._low, self._high
        places = slice(low, high + 1)
        ahead = low + int(np.maximum(self._waiting[places], self._stray[places]).argmax())
        self._window(min(self.position, ahead), max(self.position, ahead))
        for word in (*range(low, min(self._low, high)), *range(max(self._high, low), high)):
            states = slice(self.graph.first[word], self.graph.first[word + 1])
            self._phone[states] = self._blank[states] = NOTHING
        for scores in (self._waiting, self._stray):
            scores[: self._low] = NOTHING
            scores[self._high + 1 :] = NOTHING
