"""The rules of Standard Pronunciation (표준 발음법, National Institute of Korean Language), articles 9 to 30, in order.

Every rule looks at one juncture: the coda of a syllable and the onset and vowel of the next.  It gives the two
consonants that it makes of them, or None where it does not apply.  Junctures do not influence each other (no consonant
is in two of them), so a text is pronounced by taking each of its junctures once through :data:`RULES`, first to last.
The order is that of the derivations in the standard: a coda is reduced before a content word begins (밭 아래), then
sounds are added, merged and moved, then tense consonants arise while clusters are still whole, then codas are reduced
and assimilated.

What spelling cannot show, the marks of a juncture say (:mod:`.korean_lexicon`); a mark is the article that holds there.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TypeAlias

INSIDE, COMPOUND, SPACE, END = "inside", "compound", "space", "end"
"""Inside a word; before a content word in a compound; between words said in one breath; before a pause."""

Consonants: TypeAlias = tuple[str, str]
"""Coda and onset as letters; no coda is empty, the silent onset is ㅇ, no onset at all (at the end) is empty."""

TENSE = dict(zip("ㄱㄷㅂㅅㅈ", "ㄲㄸㅃㅆㅉ", strict=True))
ASPIRATED = dict(zip("ㄱㄷㅂㅈ", "ㅋㅌㅍㅊ", strict=True))
WITH_H = {
    **dict.fromkeys("ㄱㄲㅋㄳ", ("", "ㅋ")),
    **dict.fromkeys("ㄷㅅㅆㅊㅌ", ("", "ㅌ")),
    **dict.fromkeys("ㅂㅍㅄ", ("", "ㅍ")),
    "ㅈ": ("", "ㅊ"),
    "ㄺ": ("ㄹ", "ㅋ"),
    "ㄼ": ("ㄹ", "ㅍ"),
    "ㄵ": ("ㄴ", "ㅊ"),
}
"""What a coda and a following ㅎ become (article 12.1, appendices 1 and 2)."""
CLUSTERS = {
    pair[0]: (pair[1], pair[2])
    for pair in "ㄳㄱㅅ ㄵㄴㅈ ㄶㄴㅎ ㄺㄹㄱ ㄻㄹㅁ ㄼㄹㅂ ㄽㄹㅅ ㄾㄹㅌ ㄿㄹㅍ ㅀㄹㅎ ㅄㅂㅅ".split()
}
FIRST_STAYS = {"ㄳ": "ㄱ", "ㄵ": "ㄴ", "ㄼ": "ㄹ", "ㄽ": "ㄹ", "ㄾ": "ㄹ", "ㅄ": "ㅂ"}
LAST_STAYS = {"ㄺ": "ㄱ", "ㄻ": "ㅁ", "ㄿ": "ㅂ"}
HEARD_AS = {**dict.fromkeys("ㄲㅋ", "ㄱ"), **dict.fromkeys("ㅅㅆㅈㅊㅌㅎ", "ㄷ"), "ㅍ": "ㅂ"}
NASAL = {"ㄱ": "ㅇ", "ㄷ": "ㄴ", "ㅂ": "ㅁ"}
LETTER_NAMES = {**dict.fromkeys("ㄷㅈㅊㅌㅎ", "ㅅ"), "ㅋ": "ㄱ", "ㅍ": "ㅂ"}
OBSTRUENTS = frozenset("ㄱㄲㅋㄳㄺㄷㅅㅆㅈㅊㅌㅂㅍㄿㅄ")
Y_VOWELS = frozenset("ㅣㅑㅕㅛㅠㅖㅒ")


@dataclass(frozen=True, slots=True)
class Juncture:
    """Where two syllables meet.  ``coda`` and ``onset`` are what the rules have made of them so far."""

    coda: str
    onset: str
    vowel: str = ""
    link: str = INSIDE
    marks: frozenset[str] = frozenset()
    written_onset: str = ""

    @property
    def consonants(self) -> Consonants:
        return self.coda, self.onset

    @property
    def bounded(self) -> bool:
        """Whether a content word begins here."""
        return self.link in (COMPOUND, SPACE)

    @property
    def before_vowel(self) -> bool:
        return self.onset == "ㅇ"


@dataclass(frozen=True, slots=True)
class Rule:
    """One row of the table: its Korean name, its article, and what it does."""

    name: str
    article: str
    apply: Callable[[Juncture], Consonants | None]


def reduce_before_content(at: Juncture) -> Consonants | None:
    """밭 아래 → 받 아래, 닭 앞에 → 닥 앞에, 옷 한 벌 → 옫 한 벌: as if the word stood alone."""
    if not at.bounded or not (at.before_vowel or at.onset == "ㅎ"):
        return None
    alone = simplify_first(at) or simplify_last(replace(at, onset="")) or neutralise(replace(at, onset=""))
    return (alone[0], at.onset) if alone else None


def name_letters(at: Juncture) -> Consonants | None:
    """디귿이 → 디그시, 키읔이 → 키으기, 피읖이 → 피으비."""
    moved = LETTER_NAMES.get(at.coda) if "16" in at.marks and at.before_vowel and at.link == INSIDE else None
    return ("", moved) if moved else None


def insert_n(at: Juncture) -> Consonants | None:
    """솜이불 → 솜니불, 색연필 → 색년필."""
    return (at.coda, "ㄴ") if "29" in at.marks and at.coda and at.before_vowel and at.vowel in Y_VOWELS else None


def palatalise(at: Juncture) -> Consonants | None:
    """굳이 → 구지, 밭이 → 바치, 벼훑이 → 벼훌치; 굳히다 → 구치다.  Also before ㅕ from ㅣ + ㅓ: 붙여 → 부쳐."""
    if at.link != INSIDE or at.vowel not in ("ㅣ", "ㅕ"):
        return None
    if at.onset == "ㅎ":
        return ("", "ㅊ") if at.coda == "ㄷ" else None
    palatal = {"ㄷ": ("", "ㅈ"), "ㅌ": ("", "ㅊ"), "ㄾ": ("ㄹ", "ㅊ")}
    return palatal.get(at.coda) if at.before_vowel else None


def aspirate(at: Juncture) -> Consonants | None:
    """놓고 → 노코, 많고 → 만코; 각하 → 가카, 밟히다 → 발피다, 앉히다 → 안치다."""
    if at.coda in "ㅎㄶㅀ" and at.coda and at.onset in ASPIRATED:
        return _without_h(at.coda), ASPIRATED[at.onset]
    return WITH_H.get(at.coda) if at.onset == "ㅎ" else None


def tense_s_after_h(at: Juncture) -> Consonants | None:
    """닿소 → 다쏘, 많소 → 만쏘."""
    return (_without_h(at.coda), "ㅆ") if at.coda and at.coda in "ㅎㄶㅀ" and at.onset == "ㅅ" else None


def drop_h_in_clusters(at: Juncture) -> Consonants | None:
    """않네 → 안네, 뚫는 → 뚤는."""
    return (_without_h(at.coda), at.onset) if at.coda in ("ㄶ", "ㅀ") and not at.before_vowel else None


def drop_h_before_vowels(at: Juncture) -> Consonants | None:
    """낳은 → 나은, 많아 → 만아, 싫어도 → 실어도."""
    return (_without_h(at.coda), "ㅇ") if at.coda and at.coda in "ㅎㄶㅀ" and at.before_vowel else None


def weaken_h(at: Juncture) -> Consonants | None:
    """전화 → 저놔: not in the standard, but what natives say between voiced sounds."""
    voiced = at.coda in ("", "ㄴ", "ㄹ", "ㅁ", "ㅇ")
    return (at.coda, "ㅇ") if "weak" in at.marks and voiced and at.onset == "ㅎ" else None


def move_single(at: Juncture) -> Consonants | None:
    """옷이 → 오시, 깎아 → 까까: with its own sound, as what follows is an ending, particle or suffix."""
    movable = at.coda not in ("", "ㅇ") and at.coda not in CLUSTERS
    return ("", at.coda) if at.link == INSIDE and at.before_vowel and movable else None


def move_second(at: Juncture) -> Consonants | None:
    """넋이 → 넉씨, 닭을 → 달글; ㅅ becomes tense."""
    if at.link != INSIDE or not at.before_vowel or at.coda not in CLUSTERS:
        return None
    first, second = CLUSTERS[at.coda]
    return first, "ㅆ" if second == "ㅅ" else second


def move_reduced(at: Juncture) -> Consonants | None:
    """받 아래 → 바 다래: before a content word the coda moves with the sound that it has alone."""
    return ("", at.coda) if at.bounded and at.before_vowel and at.coda not in ("", "ㅇ") else None


def drop_linking_s(at: Juncture) -> Consonants | None:
    """냇가 → 내까, 햇살 → 해쌀: the ㅅ that links a compound is heard only in the consonant after it."""
    return ("", TENSE[at.onset]) if "30" in at.marks and at.coda == "ㅅ" and at.onset in TENSE else None


def tense_after_obstruents(at: Juncture) -> Consonants | None:
    """국밥 → 국빱, 옷고름 → 옷꼬름, 값지다 → 값찌다; of ㄼ only in 밟다 and 넓죽하다."""
    obstruent = at.coda in OBSTRUENTS or (at.coda == "ㄼ" and "10" in at.marks)
    return (at.coda, TENSE[at.onset]) if obstruent and at.onset in TENSE else None


def tense_after_nasal_stems(at: Juncture) -> Consonants | None:
    """신고 → 신꼬, 앉고 → 앉꼬, 젊지 → 젊찌; not 굶기다, nor the noun 삶."""
    stem = "24" in at.marks or (at.coda in ("ㄵ", "ㄻ") and not at.marks & {"noun", "lax"})
    return (at.coda, TENSE[at.onset]) if stem and at.onset in "ㄱㄷㅅㅈ" and at.onset else None


def tense_after_l_clusters(at: Juncture) -> Consonants | None:
    """넓게 → 널께, 훑소 → 훌쏘; not the noun 여덟."""
    stem = at.coda in ("ㄼ", "ㄾ") and "noun" not in at.marks
    return (at.coda, TENSE[at.onset]) if stem and at.onset in "ㄱㄷㅅㅈ" and at.onset else None


def tense_in_chinese_words(at: Juncture) -> Consonants | None:
    """갈등 → 갈뜽, 말살 → 말쌀, 물질 → 물찔."""
    marked = "26" in at.marks and at.coda == "ㄹ" and at.onset in ("ㄷ", "ㅅ", "ㅈ")
    return (at.coda, TENSE[at.onset]) if marked else None


def tense_after_adnominal_l(at: Juncture) -> Consonants | None:
    """할 것을 → 할 꺼슬, 할수록 → 할쑤록."""
    return (at.coda, TENSE[at.onset]) if "27" in at.marks and at.coda == "ㄹ" and at.onset in TENSE else None


def tense_in_compounds(at: Juncture) -> Consonants | None:
    """문고리 → 문꼬리, 강가 → 강까: a linking sound that is not written."""
    return (at.coda, TENSE[at.onset]) if "28" in at.marks and at.onset in TENSE else None


def keep_l_in_stems(at: Juncture) -> Consonants | None:
    """맑게 → 말께, 읽거나 → 일꺼나: ㄺ of a verb before ㄱ; not the noun 흙."""
    verb = at.coda == "ㄺ" and at.written_onset == "ㄱ" and at.link == INSIDE and "noun" not in at.marks
    return ("ㄹ", at.onset) if verb else None


def simplify_first(at: Juncture) -> Consonants | None:
    """넋 → 넉, 앉다 → 안따, 넓다 → 널따, 값 → 갑; 밟다 → 밥따."""
    if at.coda == "ㄼ" and "10" in at.marks:
        return "ㅂ", at.onset
    return (FIRST_STAYS[at.coda], at.onset) if at.coda in FIRST_STAYS else None


def simplify_last(at: Juncture) -> Consonants | None:
    """닭 → 닥, 삶 → 삼, 읊다 → 읍따."""
    return (LAST_STAYS[at.coda], at.onset) if at.coda in LAST_STAYS else None


def neutralise(at: Juncture) -> Consonants | None:
    """부엌 → 부억, 옷 → 옫, 앞 → 압."""
    return (HEARD_AS[at.coda], at.onset) if at.coda in HEARD_AS else None


def nasalise_l(at: Juncture) -> Consonants | None:
    """담력 → 담녁, 강릉 → 강능, 막론 → 막논."""
    return (at.coda, "ㄴ") if at.coda and at.coda in "ㅁㅇㄱㄷㅂ" and at.onset == "ㄹ" else None


def nasalise_l_after_n(at: Juncture) -> Consonants | None:
    """의견란 → 의견난, 생산량 → 생산냥."""
    return (at.coda, "ㄴ") if "20" in at.marks and at.coda == "ㄴ" and at.onset == "ㄹ" else None


def nasalise(at: Juncture) -> Consonants | None:
    """먹는 → 멍는, 옫맵씨 → 온맵씨, 밥물 → 밤물."""
    return (NASAL[at.coda], at.onset) if at.coda in NASAL and at.onset in ("ㄴ", "ㅁ") else None


def lateralise(at: Juncture) -> Consonants | None:
    """난로 → 날로, 칼날 → 칼랄."""
    return ("ㄹ", "ㄹ") if at.consonants in (("ㄴ", "ㄹ"), ("ㄹ", "ㄴ")) else None


def _without_h(coda: str) -> str:
    return CLUSTERS[coda][0] if coda in CLUSTERS else ""


RULES = (
    Rule("음절의 끝소리 규칙", "15", reduce_before_content),
    Rule("자모 이름", "16", name_letters),
    Rule("ㄴ 첨가", "29", insert_n),
    Rule("구개음화", "17", palatalise),
    Rule("ㅎ 축약", "12.1", aspirate),
    Rule("경음화", "12.2", tense_s_after_h),
    Rule("ㅎ 탈락", "12.3", drop_h_in_clusters),
    Rule("ㅎ 탈락", "12.4", drop_h_before_vowels),
    Rule("ㅎ 약화", "", weaken_h),
    Rule("연음", "13", move_single),
    Rule("연음", "14", move_second),
    Rule("연음", "15", move_reduced),
    Rule("사이시옷", "30", drop_linking_s),
    Rule("경음화", "23", tense_after_obstruents),
    Rule("경음화", "24", tense_after_nasal_stems),
    Rule("경음화", "25", tense_after_l_clusters),
    Rule("경음화", "26", tense_in_chinese_words),
    Rule("경음화", "27", tense_after_adnominal_l),
    Rule("경음화", "28", tense_in_compounds),
    Rule("자음군 단순화", "11", keep_l_in_stems),
    Rule("자음군 단순화", "10", simplify_first),
    Rule("자음군 단순화", "11", simplify_last),
    Rule("음절의 끝소리 규칙", "9", neutralise),
    Rule("ㄹ의 비음화", "19", nasalise_l),
    Rule("ㄹ의 비음화", "20", nasalise_l_after_n),
    Rule("비음화", "18", nasalise),
    Rule("유음화", "20", lateralise),
)
"""A rule without an article is not in the standard, but natives follow it."""


@dataclass(frozen=True, slots=True)
class Step:
    """A rule that was used, and whether it changed the coda, the onset or both."""

    rule: Rule
    coda: bool
    onset: bool


def run_rules(juncture: Juncture) -> tuple[Consonants, tuple[Step, ...]]:
    """The juncture's consonants as pronounced, and what made them so, in order."""
    steps = []
    for rule in RULES:
        made = rule.apply(juncture)
        if made is not None and made != juncture.consonants:
            steps.append(Step(rule, made[0] != juncture.coda, made[1] != juncture.onset))
            juncture = replace(juncture, coda=made[0], onset=made[1])
    return juncture.consonants, tuple(steps)
