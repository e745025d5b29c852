"""streaming/lexicon.py: looking words up, guessing the rest, users' words, bad files."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from saidmeant.streaming.errors import BundleError
from saidmeant.streaming.letter_to_phone import LetterToPhone, Node, Tree
from saidmeant.streaming.lexicon import Lexicon, parse_lexicon, read_lexicon, shipped_lexicon

TEXT = "a AH\na(2) EY\nRead  R IY D\nread\tR EH D\ni'm AY M\n"


@pytest.fixture
def lexicon(tmp_path: Path) -> Lexicon:
    path = tmp_path / "lexicon.txt"
    path.write_text(TEXT, encoding="utf-8")
    return read_lexicon(path)


def write_own(folder: Path, text: str) -> Path:
    path = folder / "my-words.txt"
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize("word", ["read", "READ", "Read"])
def test_any_case_and_every_pronunciation(lexicon: Lexicon, word: str) -> None:
    found = lexicon.pronounce(word)
    assert found.pronunciations == (("R", "IY", "D"), ("R", "EH", "D"))
    assert found.in_lexicon


def test_numbered_variants_and_apostrophes(lexicon: Lexicon) -> None:
    assert lexicon.pronounce("a").pronunciations == (("AH",), ("EY",))
    assert lexicon.pronounce("I'm").pronunciations == (("AY", "M"),)
    assert lexicon.pronounce("I\N{RIGHT SINGLE QUOTATION MARK}m").in_lexicon


def test_it_is_a_mapping(lexicon: Lexicon) -> None:
    assert list(lexicon.pronunciations) == ["a", "read", "i'm"]
    assert len(lexicon.pronunciations) == 3
    assert "read" in lexicon.pronunciations
    assert "red" not in lexicon.pronunciations
    with pytest.raises(KeyError):
        lexicon.pronunciations["red"]


def test_unknown_words_are_guessed_from_their_letters(lexicon: Lexicon) -> None:
    letters = LetterToPhone([Tree(("0",), Node("_", {"r": Node("R"), "e": Node("EH"), "d": Node("D")}))])
    guessing = Lexicon(lexicon.pronunciations, letters)
    assert guessing.pronounce("Red").pronunciations == (("R", "EH", "D"),)
    assert not guessing.pronounce("red").in_lexicon
    assert guessing.pronounce("read").in_lexicon
    assert guessing.pronounce("...").pronunciations == ()


def test_without_a_guess_there_is_no_pronunciation(lexicon: Lexicon) -> None:
    unknown = lexicon.pronounce("red")
    assert unknown.pronunciations == ()
    assert not unknown.in_lexicon


def test_own_words_come_first(lexicon: Lexicon, tmp_path: Path) -> None:
    own = lexicon.extended(write_own(tmp_path, "# mine\n\nKimchi K IH M CH IY\nread R EH D\n"))
    assert own.pronounce("kimchi").pronunciations == (("K", "IH", "M", "CH", "IY"),)
    assert own.pronounce("kimchi").in_lexicon
    assert own.pronounce("read").pronunciations == (("R", "EH", "D"), ("R", "IY", "D"))
    assert own.pronounce("a").pronunciations == (("AH",), ("EY",))
    assert sorted(own.pronunciations) == ["a", "i'm", "kimchi", "read"]
    assert len(own.pronunciations) == 4
    assert lexicon.pronounce("read").pronunciations[0] == ("R", "IY", "D"), "the original stays as it was"


def test_a_byte_order_mark_and_windows_lines_are_no_part_of_words(lexicon: Lexicon, tmp_path: Path) -> None:
    path = tmp_path / "windows.txt"
    path.write_bytes(b"\xef\xbb\xbfsoju S OW JH UW\r\nseoul S OW L\r\n")
    own = lexicon.extended(path)
    assert own.pronounce("soju").pronunciations == (("S", "OW", "JH", "UW"),)
    assert own.pronounce("seoul").pronunciations == (("S", "OW", "L"),)


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        ("kimchi K IH M CH IY0", "'IY0' is not a phone; allowed, without stress: AA AE AH "),
        ("kimchi k ih m", "'k' is not a phone"),
        ("kimchi", "expected a word and its phones, as in 'think TH IH NG K', found 'kimchi'"),
    ],
)
def test_a_bad_line_of_an_own_file_is_named(lexicon: Lexicon, tmp_path: Path, line: str, fault: str) -> None:
    path = write_own(tmp_path, f"soju S OW JH UW\n{line}\n")
    with pytest.raises(BundleError) as caught:
        lexicon.extended(path)
    assert str(caught.value).startswith(f"{path}, line 2: ")
    assert fault in str(caught.value)


def test_files_that_cannot_be_read(lexicon: Lexicon, tmp_path: Path) -> None:
    whole = gzip.compress(TEXT.encode() * 100)
    (tmp_path / "cut.gz").write_bytes(whole[: len(whole) // 2])
    (tmp_path / "text.gz").write_text(TEXT)
    (tmp_path / "damaged.gz").write_bytes(whole[:20] + b"\0\1\2\3" + whole[24:])
    (tmp_path / "latin1.txt").write_bytes(b"caf\xe9 K AE F EY\n")
    for name in ("none.txt", "", "cut.gz", "text.gz", "damaged.gz", "latin1.txt"):
        with pytest.raises(BundleError, match="cannot read the lexicon"):
            lexicon.extended(tmp_path / name)
        with pytest.raises(BundleError, match="cannot read the lexicon"):
            read_lexicon(tmp_path / name)


def test_a_malformed_line_is_found_at_the_first_look_up(tmp_path: Path) -> None:
    lexicon = read_lexicon(write_own(tmp_path, "a AH\nbroken\n"))
    with pytest.raises(BundleError, match="line 2: expected a word and its phones"):
        lexicon.pronounce("a")


def test_a_missing_letter_model_is_none(tmp_path: Path) -> None:
    assert read_lexicon(write_own(tmp_path, TEXT), letters=tmp_path / "none.gz").letter_to_phone is None


def test_the_shipped_lexicon_has_the_usual_words_first_and_no_other_phones() -> None:
    lexicon = shipped_lexicon("en")
    assert lexicon.pronounce("think").pronunciations[0] == ("TH", "IH", "NG", "K")
    assert lexicon.pronounce("a").pronunciations == (("AH",), ("EY",))
    text = "\n".join(f"{word} {' '.join(p)}" for word, options in lexicon.pronunciations.items() for p in options)
    assert len(parse_lexicon(text, "en")) == len(lexicon.pronunciations) > 120_000
