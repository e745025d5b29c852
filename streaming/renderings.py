"""The phone line in other letters: ARPAbet as the model writes it, IPA, or a plain respelling for learners; Hangul.

    think      ARPAbet  TH IH NG K      IPA  θɪŋk      respelling  thingk
    boathouse           B OW T HH AW S       boʊthaʊs              boht-hows

IPA is the broad transcription of General American as in the CMU Pronouncing Dictionary's table; AH, which has no stress
here, is /ʌ/ wherever a dictionary would choose between /ʌ/ and /ə/.

The respelling follows Wikipedia's Help:Pronunciation respelling key, without the letter ə and made unambiguous: *igh*
(as in high) stands for its *y* and *eye*, which could be the consonant, *uh* for its *u*, *uh* and ə, *ngk* for its
*nk*.  As there, *ih* and *eh* are *i* and *e* before a consonant, but not before one that would change how they are
read: hair is *hehr*, because *her* is another word.

Korean has one rendering, Hangul: a model's units (jamo.py) as syllables.

Phones are written without space.  Where that could be read as other phones (T HH as *th*), IPA has a dot and the
respelling a hyphen between them.  They are not syllable marks: what was said by mistake need not have syllables that a
rule for English could find.
"""

from __future__ import annotations

from collections.abc import Sequence
from types import MappingProxyType

from . import jamo
from .errors import UsageError
from .hypothesis import Edit, Update
from .language import HANGUL, language_of
from .language import RENDERINGS as RENDERINGS
from .language import Rendering as Rendering

# phone: IPA, respelling, an English word that has it
TABLE = MappingProxyType(
    {
        "AA": ("ɑ", "ah", "father"),
        "AE": ("æ", "a", "cat"),
        "AH": ("ʌ", "uh", "cut, about"),
        "AO": ("ɔ", "aw", "law"),
        "AW": ("aʊ", "ow", "cow"),
        "AY": ("aɪ", "igh", "high"),
        "B": ("b", "b", "bee"),
        "CH": ("tʃ", "ch", "cheese"),
        "D": ("d", "d", "day"),
        "DH": ("ð", "dh", "this"),
        "EH": ("ɛ", "eh", "bed"),
        "ER": ("ɝ", "ur", "bird, letter"),
        "EY": ("eɪ", "ay", "day"),
        "F": ("f", "f", "fee"),
        "G": ("ɡ", "g", "go"),
        "HH": ("h", "h", "he"),
        "IH": ("ɪ", "ih", "bit"),
        "IY": ("i", "ee", "see"),
        "JH": ("dʒ", "j", "joy"),
        "K": ("k", "k", "key"),
        "L": ("l", "l", "lee"),
        "M": ("m", "m", "me"),
        "N": ("n", "n", "no"),
        "NG": ("ŋ", "ng", "sing"),
        "OW": ("oʊ", "oh", "go"),
        "OY": ("ɔɪ", "oy", "boy"),
        "P": ("p", "p", "pea"),
        "R": ("ɹ", "r", "red"),
        "S": ("s", "s", "see"),
        "SH": ("ʃ", "sh", "she"),
        "T": ("t", "t", "tea"),
        "TH": ("θ", "th", "think"),
        "UH": ("ʊ", "uu", "book"),
        "UW": ("u", "oo", "boot"),
        "V": ("v", "v", "very"),
        "W": ("w", "w", "we"),
        "Y": ("j", "y", "yes"),
        "Z": ("z", "z", "zoo"),
        "ZH": ("ʒ", "zh", "vision"),
    }
)
_COLUMN = {"ipa": 0, "respelling": 1}
_SEPARATOR = {"ipa": ".", "respelling": "-"}
_PHONE = {rendering: {row[column]: phone for phone, row in TABLE.items()} for rendering, column in _COLUMN.items()}
_SHORT = {"IH": "i", "EH": "e"}  # in the respelling, before these consonants:
_CLOSING = frozenset("B CH D DH F G JH K L M N NG P S SH T TH V Z ZH".split())
_PHONE["respelling"] |= {letters: phone for phone, letters in _SHORT.items()}
_LONGEST = 3
CODA = "받침"
"""Before a consonant that ends a syllable, where it stands alone."""


def spell_phone(phone: str, rendering: Rendering = "arpabet") -> str:
    """One phone; a symbol that is none stays as it is.  Raises UsageError for an unknown rendering."""
    if rendering == HANGUL:
        return jamo.name(phone).replace("-", CODA)
    if rendering not in RENDERINGS:
        raise UsageError(f"unknown rendering {rendering!r}; there are {', '.join(RENDERINGS)}")
    if rendering == "arpabet" or phone not in TABLE:
        return phone
    return TABLE[phone][_COLUMN[rendering]]


def spell(phones: Sequence[str], rendering: Rendering = "arpabet") -> str:
    """A word's phones as one text, which :func:`read_spelling` takes apart again."""
    if rendering == "arpabet":
        return " ".join(phones)
    if rendering == HANGUL:
        return jamo.join(phones)
    parts, run = [""], list[str]()  # run: the phones of the last part
    for phone, following in zip(phones, (*phones[1:], ""), strict=False):
        letters = spell_phone(phone, rendering)
        if rendering == "respelling" and following in _CLOSING:
            letters = _SHORT.get(phone, letters)
        if run and read_spelling(parts[-1] + letters, rendering) != [*run, phone]:
            parts.append("")
            run = []
        parts[-1] += letters
        run.append(phone)
    return _SEPARATOR[rendering].join(parts)


def spell_said(update: Update, rendering: Rendering = "arpabet") -> str:
    """The whole surface line; a space after every word if the update has spans, else after every phone."""
    rendering = language_of(update.language).rendering(rendering)
    if rendering == HANGUL and not update.spans:
        return update.surface.text
    if rendering == "arpabet" or not update.spans:
        return " ".join(spell_phone(token.text, rendering) for token in update.surface.tokens)
    return " ".join(spell(span.surface, rendering) for span in update.spans if span.surface)


def spell_edit(edit: Edit, rendering: Rendering = "arpabet") -> str:
    """A difference in the signs of the display: ``TH>S`` replaced, ``-T`` left out, ``+AH`` added."""
    canonical, said = (spell_phone(phone or "", rendering) for phone in (edit.canonical, edit.surface))
    return f"{canonical}>{said}" if canonical and said else f"-{canonical}" if canonical else f"+{said}"


def read_spelling(text: str, rendering: Rendering) -> list[str]:
    """The phones of a text of :func:`spell`, the longest symbol first; an unknown letter stands for itself."""
    if rendering == "arpabet":
        return text.split()
    if rendering == HANGUL:
        return list(jamo.split(text))
    phones, known = list[str](), _PHONE[rendering]
    for part in text.split(_SEPARATOR[rendering]):
        start = 0
        while start < len(part):
            sizes = (size for size in range(_LONGEST, 0, -1) if part[start : start + size] in known)
            size = next(sizes, 1)
            letters = part[start : start + size]
            phones.append(known.get(letters, letters))
            start += size
    return phones
