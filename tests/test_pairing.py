"""models/pairing.py: which item answers to which, side by side as a person would write them (``*``: nothing)."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from saidmeant.models.metrics import phone_errors, word_errors
from saidmeant.models.pairing import Pair, pair_by_articulation, pair_phones, pair_words

PHONES = st.lists(st.sampled_from(["AA", "B", "S", "TH", "IH"]), max_size=7)


def read(block: str) -> tuple[list[str], list[str], list[Pair]]:
    """Both rows of a block without its asterisks, and the pairs that it shows."""
    rows = [line.split()[1:] for line in block.strip().splitlines()]
    pairs: list[Pair] = []
    i = j = 0
    for a, b in zip(*rows, strict=True):
        pairs.append((None if a == "*" else i, None if b == "*" else j))
        i, j = i + (a != "*"), j + (b != "*")
    reference, heard = ([item for item in row if item != "*"] for row in rows)
    return reference, heard, pairs


@pytest.mark.parametrize(
    "block",
    [
        """
        REF: TH IH NG K
        HYP: S  IH NG K
        """,
        """
        REF: F IH K S TH
        HYP: F IH * S T
        """,
        """
        REF: S *  P IY K
        HYP: S AH P IY K
        """,
        """
        REF: AA B T
        HYP: *  P D
        """,
        """
        REF: S IY *
        HYP: * IY K
        """,  # nothing in common: left out and added, not replaced
        """
        REF: B AA
        HYP: * *
        """,
    ],
)
def test_similar_phones_replace_each_other(block: str) -> None:
    reference, heard, pairs = read(block)
    assert pair_by_articulation(reference, heard) == pairs


@pytest.mark.parametrize(
    "block",
    [
        """
        REF: <unk> IH NG K
        HYP: F     IH NG K
        """,
        """
        REF: T D AA
        HYP: * D AA
        """,
        """
        REF: S IY  B
        HYP: S UW  P
        """,
    ],
)
def test_phones_with_the_fewest_edits(block: str) -> None:
    reference, heard, pairs = read(block)
    assert pair_phones(reference, heard) == pairs


@pytest.mark.parametrize(
    "block",
    [
        """
        REF: we  call it bear
        HYP: we  call *  bare
        """,
        """
        REF: the weather is nice
        HYP: *   whether is nice
        """,
        """
        REF: i *   think so
        HYP: i the sink  so
        """,
    ],
)
def test_words_with_the_fewest_edits_and_the_likest_spelling(block: str) -> None:
    reference, heard, pairs = read(block)
    assert pair_words(reference, heard) == pairs


@settings(deadline=None)
@given(reference=PHONES, heard=PHONES, unknown=st.integers(0, 9))
def test_as_many_edits_as_error_rates_count(reference: list[str], heard: list[str], unknown: int) -> None:
    reference = ["<unk>" if place == unknown else phone for place, phone in enumerate(reference)]
    pairs = pair_phones(reference, heard)
    right = sum(
        i is not None and j is not None and reference[i] in (heard[j], "<unk>") for i, j in pairs
    )  # fmt: skip
    assert len(pairs) - right == phone_errors(reference, heard).edits


@settings(deadline=None)
@given(reference=PHONES, heard=PHONES)
def test_every_item_once_and_in_order(reference: list[str], heard: list[str]) -> None:
    for pairs in (pair_phones(reference, heard), pair_by_articulation(reference, heard), pair_words(reference, heard)):
        assert [i for i, _ in pairs if i is not None] == list(range(len(reference)))
        assert [j for _, j in pairs if j is not None] == list(range(len(heard)))
    edits = sum(i is None or j is None or reference[i] != heard[j] for i, j in pair_words(reference, heard))
    assert edits == word_errors(" ".join(reference), " ".join(heard)).edits
