"""Lanes: the interleaved token stream of sherpa-onnx equals a CTC decode per head."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from saidmeant.streaming.lanes import LaneSplitter, Run

LANES = ("surface", "surface_confidence", "meaning", "meaning_confidence")
frames = st.lists(st.tuples(st.sampled_from("-ab"), st.integers(0, 15), st.sampled_from("-xy")), max_size=40)


def host_result(said: list[tuple[str, int, str]]) -> tuple[list[str], list[float]]:
    """What sherpa-onnx reports: every output frame that is not blank, timed by its index; '-' is the blank.

    said: per encoder frame the surface's label, the level that both confidence lanes give, the meaning's label.
    """
    rows: list[str] = []
    for surface, level, meaning in said:
        rows += [f"S:{surface}", f"C:{level}", f"M:{meaning}", f"C:{level}"]
        rows[-4:-2] = rows[-4:-2] if surface != "-" else ["", ""]
        rows[-2:] = rows[-2:] if meaning != "-" else ["", ""]
    emitted = [(row, i * 0.04) for i, row in enumerate(rows) if row]
    return [row for row, _ in emitted], [time for _, time in emitted]


def ctc(labels: str, levels: list[int]) -> list[Run]:
    """Greedy CTC on one head: collapse repeats on neighbouring frames, drop blanks."""
    runs: list[Run] = []
    for frame, (label, level) in enumerate(zip(labels, levels, strict=True)):
        if label == "-":
            continue
        if frame and labels[frame - 1] == label:
            runs[-1].last, runs[-1].level = frame, max(runs[-1].level, level)
        else:
            runs.append(Run(label, frame, frame, level))
    return runs


@given(frames)
def test_split_equals_ctc_per_head(said: list[tuple[str, int, str]]) -> None:
    splitter = LaneSplitter(LANES)
    splitter.feed(*host_result(said))
    levels = [level for _, level, _ in said]
    assert splitter.runs["surface"] == ctc("".join(s for s, _, _ in said), levels)
    assert splitter.runs["meaning"] == ctc("".join(m for _, _, m in said), levels)


@given(frames, st.lists(st.integers(0, 160), max_size=5))
def test_growing_results_equal_the_whole(said: list[tuple[str, int, str]], cuts: list[int]) -> None:
    symbols, times = host_result(said)
    whole, growing = LaneSplitter(LANES), LaneSplitter(LANES)
    assert whole.feed(symbols, times) == bool(symbols)
    for cut in sorted(cuts):
        growing.feed(symbols[: growing.seen + cut], times[: growing.seen + cut])
    growing.feed(symbols, times)
    assert growing.runs == whole.runs
    assert not growing.feed(symbols, times)


def test_golden() -> None:
    splitter = LaneSplitter(LANES)
    symbols, times = host_result([("a", 3, "-"), ("a", 9, "x"), ("-", 0, "x"), ("a", 5, "y"), ("b", 1, "-")])
    splitter.feed(symbols, times)
    assert splitter.runs == {
        "surface": [Run("a", 0, 1, 9), Run("a", 3, 3, 5), Run("b", 4, 4, 1)],
        "meaning": [Run("x", 1, 2, 9), Run("y", 3, 3, 5)],
    }
    assert splitter.last_frame() == 4


def test_candidates_go_to_their_head_and_frame() -> None:
    lanes = (*LANES, "surface_candidate_0", "meaning_candidate_0", "meaning_candidate_1")
    symbols, indices = ["S:AH", "K:AH:1", "K:a:0", "K:|:5", "K:b:2"], [0, 4, 5, 6, 2 * 7 + 5]
    times = [index * 0.04 for index in indices]
    splitter = LaneSplitter(lanes, candidate_step=0.3)
    assert splitter.feed(symbols[:4], times[:4])
    assert not splitter.feed(symbols, times), "a candidate alone is nothing said"
    assert splitter.runs["surface"] == [Run("AH", 0, 0)]
    assert splitter.candidates == {
        "surface": {0: [("AH", -0.3)]},
        "meaning": {0: [("a", 0.0), ("|", -1.5)], 2: [("b", -0.6)]},
    }
    indifferent = LaneSplitter(lanes)
    indifferent.feed(symbols, times)
    assert indifferent.candidates == {"surface": {}, "meaning": {}}


def test_single_output() -> None:
    splitter = LaneSplitter(LANES[:2])
    splitter.feed(["S:TH", "C:15", "S:TH", "C:2", "S:IH", "C:7"], [0.0, 0.04, 0.08, 0.12, 0.24, 0.28])
    assert splitter.runs == {"surface": [Run("TH", 0, 1, 15), Run("IH", 3, 3, 7)]}


def test_nothing_said() -> None:
    splitter = LaneSplitter(LANES)
    assert not splitter.feed([], [])
    assert splitter.last_frame() == -1
