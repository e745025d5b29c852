"""The report of ``saidmeant evaluate``: scores of utterances, summed, as JSON and as tables."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from rich.console import Group, RenderableType

from .metrics import ErrorRate, total
from .report_tables import Row, error_rates_table, section_tables
from .scoring import ENGLISH, Scoring

BINS = (("0", 0.0), ("<=5%", 0.05), ("<=15%", 0.15), (">15%", float("inf")))
"""Label and upper limit of the divergence of pronounced from canonical phones."""


@dataclass(frozen=True, slots=True)
class Score:
    """One utterance; rates are None where the manifest does not say what they need."""

    meaning: ErrorRate | None
    surface: ErrorRate | None
    canonical: ErrorRate | None
    bin: str | None
    audio_seconds: float
    recognition_seconds: float
    by_rule: bool = False
    """Whether the surface is compared with what rules make of the text, because nobody annotated it."""
    left_out: bool = False
    """Whether the text cannot be compared: how its numbers were read is not known."""


@dataclass(frozen=True, slots=True)
class Report:
    """The scores of the utterances that were recognised, ``complete`` if those are all that were asked for."""

    scores: tuple[Score, ...]
    complete: bool = True
    figures: Row = field(default_factory=dict)
    """What models/figures.py and models/comparison.py computed."""
    scripted: bool = False
    """Whether detection with the text known comes first."""
    how: Scoring = ENGLISH
    """What the error rates are."""

    def as_dict(self) -> Row:
        """Rates are fractions; null where the manifest has nothing to measure them by."""
        audio = sum(score.audio_seconds for score in self.scores)
        seconds = sum(score.recognition_seconds for score in self.scores)
        return {
            **self._rates(self.scores),
            "left_out": sum(score.left_out for score in self.scores),
            "surface_by_rule": sum(score.by_rule for score in self.scores),
            "real_time_factor": seconds / audio if audio else None,
            "audio_seconds": round(audio, 3),
            "bins": [{"divergence": label, **self._rates(self._of_bin(label))} for label, _ in BINS],
            "complete": self.complete,
            **self.figures,
        }

    def _of_bin(self, label: str) -> list[Score]:
        return [score for score in self.scores if score.bin == label]

    def _rates(self, scores: Sequence[Score]) -> Row:
        sums = (
            total(score.meaning for score in scores),
            total(score.surface for score in scores),
            total(score.canonical for score in scores),
        )
        rates = (None if found is None else found.rate for found in sums)
        return {**dict(zip(self.how.keys, rates, strict=True)), "utterances": len(scores)}

    def table(self) -> RenderableType:
        """The same for people."""
        return Group(
            error_rates_table(self.as_dict(), self.how), *section_tables(self.figures, self.scripted, self.how)
        )

    def footer(self) -> str:
        whole, how = self.as_dict(), self.how
        factor = "-" if whole["real_time_factor"] is None else f"{whole['real_time_factor']:.3f}"
        without = sum(score.surface is None and not score.left_out for score in self.scores)
        minutes = whole["audio_seconds"] / 60
        lines = [f"real-time factor {factor} on one thread ({minutes:.1f} min of audio; reading the files not counted)"]
        if without:
            lines.append(
                f"{without} utterances whose pronounced {how.units} are not known count for {how.meaning} only"
            )
        if whole["surface_by_rule"]:
            lines.append(
                f"{whole['surface_by_rule']} utterances without annotation: their surface is compared with the nearest "
                "of all ways in which Standard Pronunciation says the text"
            )
        if whole["left_out"]:
            lines.append(f"{whole['left_out']} utterances with digits or Latin letters in the text are left out")
        if self.figures:
            lines.append(
                "[] = 95 % interval, bootstrap over speakers; "
                f"{how.source} = its {how.units} of the meaning line's words"
            )
        if not self.complete:
            lines.append("incomplete: stopped before the end of the manifest")
        return "\n".join(lines)
