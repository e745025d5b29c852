"""export/letter_to_phone.py fits, streaming/letter_to_phone.py predicts: alignment, trees, the file."""

from __future__ import annotations

import gzip
import itertools
from pathlib import Path

import pytest

from saidmeant.export.letter_to_phone import align_letters, estimate, fit, main, measure
from saidmeant.streaming.bundle import LETTERS, load_bundle
from saidmeant.streaming.errors import BundleError
from saidmeant.streaming.letter_to_phone import HEADER, LetterToPhone, Node, Tree
from saidmeant.streaming.phones import ARPABET

ONSETS = {"b": "B", "d": "D", "sh": "SH", "th": "TH", "c": "K", "n": "N", "tr": "T R", "st": "S T"}
RHYMES = {
    "at": "AE T",
    "ip": "IH P",
    "ox": "AA K S",
    "op": "AA P",
    "ax": "AE K S",
    "ake": "EY K",
    "ine": "AY N",
    "ee": "IY",
    "ell": "EH L",
}
REGULAR = {
    onset + rhyme: (tuple(f"{ONSETS[onset]} {RHYMES[rhyme]}".split()),)
    for onset, rhyme in itertools.product(ONSETS, RHYMES)
}
"""A small language with digraphs, silent letters and a letter of two phones."""


@pytest.fixture(scope="module")
def model() -> LetterToPhone:
    return fit(REGULAR)


def test_reads_what_it_has_seen(model: LetterToPhone) -> None:
    for word, (phones,) in REGULAR.items():
        assert model.predict(word) == phones


@pytest.mark.parametrize(
    ("word", "phones"),
    [
        ("bob", "B AA B"),
        ("thatine", "TH AE T AY N"),
        ("nox", "N AA K S"),
        ("Shake", "SH EY K"),
        ("bat-shell", "B AE T SH EH L"),
    ],
)
def test_reads_new_words_by_their_parts(model: LetterToPhone, word: str, phones: str) -> None:
    assert model.predict(word) == tuple(phones.split())


def test_learns_which_letters_are_silent_and_which_say_two() -> None:
    table = estimate([(word, options[0]) for word, options in REGULAR.items()])
    assert table["x", ("K", "S")] > 0.9
    assert table["e", ()] > table.get(("e", ("N",)), 0.0)


def test_aligns_by_the_cheapest_shares() -> None:
    costs = {("x", ("K", "S")): 0.1, ("o", ("AA",)): 0.1, ("n", ("N",)): 0.1}
    assert align_letters("nox", ("N", "AA", "K", "S"), costs) == ["N", "AA", "K+S"]
    assert align_letters("noo", ("N", "AA"), {**costs, ("o", ()): 5.0}) in (["N", "AA", "_"], ["N", "_", "AA"])


def test_the_usual_pronunciation_is_learnt_and_odd_words_are_left_out() -> None:
    odd = {"w": (tuple("D AH B AH L Y UW".split()),), "3-d": (("TH", "R", "IY", "D", "IY"),)}
    variants = {word: (*options, ("ZH",)) for word, options in REGULAR.items()}
    assert fit({**odd, **variants}).predict("bat") == ("B", "AE", "T")


def test_nothing_to_say(model: LetterToPhone) -> None:
    assert model.predict("") == ()
    assert model.predict("123") == ()


def test_the_file_gives_the_same_model_and_the_same_bytes(model: LetterToPhone, tmp_path: Path) -> None:
    model.write(tmp_path / "one.gz")
    read = LetterToPhone.read(tmp_path / "one.gz")
    words = ["bob", "tree", "zzz", "cline's", *REGULAR]
    assert [read.predict(word) for word in words] == [model.predict(word) for word in words]
    read.write(tmp_path / "two.gz")
    fit(REGULAR).write(tmp_path / "three.gz")
    contents = {(tmp_path / name).read_bytes() for name in ("one.gz", "two.gz", "three.gz")}
    assert len(contents) == 1


def test_the_deepest_known_context_answers_and_trees_vote() -> None:
    deep = Node("K", {"c": Node("K", {"e": Node("S"), "h": Node("CH")})})
    tree = Tree(("0", "1"), deep)
    assert [LetterToPhone([tree]).predict(word)[0] for word in ("ca", "ce", "ch", "x")] == ["K", "S", "CH", "K"]
    always_k = Tree(("0",), Node("K"))
    assert LetterToPhone([tree, always_k, always_k]).predict("ce")[0] == "K"


def test_earlier_answers_are_context() -> None:
    tree = Tree(("0", "p1"), Node("_", {"n": Node("N"), "g": Node("G", {"N": Node("_")})}))
    assert LetterToPhone([tree]).predict("ng") == ("N",)
    assert LetterToPhone([tree]).predict("g") == ("G",)


def test_bad_files(tmp_path: Path) -> None:
    (tmp_path / "text.gz").write_text("tree 0")
    (tmp_path / "other.gz").write_bytes(gzip.compress(b"a AH"))
    for name, fault in (("none.gz", "cannot read"), ("text.gz", "cannot read"), ("other.gz", "is not a letter")):
        with pytest.raises(BundleError, match=fault):
            LetterToPhone.read(tmp_path / name)
    for number, body in enumerate(["", "tree 0\n1 a AH", "tree 0\n0 #", "0 # AH", "tree 0\nx a AH"]):
        path = tmp_path / f"{number}.gz"
        path.write_bytes(gzip.compress(f"{HEADER}\n{body}".encode()))
        with pytest.raises(BundleError, match="is damaged"):
            LetterToPhone.read(path).predict("a")


def test_the_command_measures_on_words_that_it_has_not_seen(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lexicon, target = tmp_path / "lexicon.txt", tmp_path / "letters.gz"
    lexicon.write_text("\n".join(f"{word} {' '.join(options[0])}" for word, options in REGULAR.items()))
    assert main([str(lexicon), str(target)]) == 0
    assert "held-out words" in capsys.readouterr().out
    assert LetterToPhone.read(target).predict("bat") == ("B", "AE", "T")


def test_measured_accuracy_is_not_that_of_seen_words() -> None:
    accuracy = measure(REGULAR, share=5)
    assert 0 < accuracy.words < len(REGULAR) / 2
    assert 0.5 < accuracy.phones <= 1
    assert accuracy.whole_words <= 1
    secret = {**REGULAR, **dict.fromkeys(list(REGULAR)[::2], (("ZH",) * 3,))}
    assert measure(secret, share=5).phones < accuracy.phones


def test_the_shipped_model_reads_unknown_words(bundle: str) -> None:
    letters, known = LetterToPhone.read(load_bundle(bundle).file(LETTERS)), set(ARPABET)
    for word, phones in (
        ("aftr", "AE F T ER"),
        ("blick", "B L IH K"),
        ("thonk", "TH AA NG K"),
        ("spling", "S P L IH NG"),
    ):
        assert set(letters.predict(word)) <= known
        assert letters.predict(word) == tuple(phones.split()), word
