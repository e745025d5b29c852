"""A bundle's lexicon has the weak forms behind the usual pronunciations, once each."""

from __future__ import annotations

from pathlib import Path

from saidmeant.export.lexicon import weak_forms, write_lexicon
from saidmeant.streaming.lexicon import read_lexicon, shipped_lexicon, shipped_lexicon_path


def test_weak_forms_come_after_the_usual_ones(tmp_path: Path) -> None:
    write_lexicon("en", tmp_path / "lexicon.txt.gz")
    written, plain = read_lexicon(tmp_path / "lexicon.txt.gz").pronunciations, shipped_lexicon("en").pronunciations
    assert written["will"] == (*plain["will"], ("AH", "L"), ("L",))
    assert written["to"] == plain["to"]  # has all of them already
    assert set(written) == set(plain)
    first = (tmp_path / "lexicon.txt.gz").read_bytes()
    write_lexicon("en", tmp_path / "again.txt.gz")
    assert (tmp_path / "again.txt.gz").read_bytes() == first


def test_every_weak_form_is_of_a_word_that_the_lexicon_knows() -> None:
    forms = weak_forms(shipped_lexicon_path("en").with_name("en-weak-forms.txt"))
    assert len(forms) > 40
    assert [word for word in forms if word not in shipped_lexicon("en").pronunciations] == []
    assert weak_forms(Path("none.txt")) == {}
