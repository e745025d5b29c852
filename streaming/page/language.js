// What the page knows of a language; the bundle that the server runs says which it is.
import { letter, split, syllables } from "./hangul.js";

export const health = await fetch("health").then((answer) => answer.json(), () => ({}));

const edit = (canonical, surface) => ({ op: "replace", canonical, surface });
const exampleSpan = (word, canonical, surface, edits, more) => ({ word, canonical, surface, edits, start: 0, end: 0, ...more });

const english = {
  code: "en",
  name: "English",
  texts: [
    "I think this thing is worth three thousand.",
    "Why should you think that?",
    "The very best village is in the west valley.",
    "Really rare red lorries roll right along the road.",
    "Cheap ships chip, and sheep slip.",
    "She sells sea shells by the sea shore.",
    "The bad man had a bed, and the red hen had ten eggs.",
  ],
  spellings: true,
  example() {
    const span = (word, canonical, surface = canonical, edits = [], verdict = "correct") => exampleSpan(word, canonical.split(" "), surface.split(" "), edits, { verdict });
    const think = span("think", "TH IH NG K", "S IH NG K", [edit("TH", "S")], "different");
    return { spans: [span("why", "W AY"), span("should", "SH UH D"), span("you", "Y UW"), think, span("that", "DH AE T")], heardAs: [null, null, null, "sink", null] };
  },
};

const korean = {
  code: "ko",
  name: "Korean",
  texts: ["같이 국물을 먹었어요.", "꽃잎이 물 위에 떨어졌습니다.", "옷 한 벌을 싸게 샀어요.", "딸기와 포도를 좋아하지 않아요.", "독립문 앞에서 만납시다.", "책상 위에 칼이 있습니다."],
  spellings: false,
  groups: syllables,
  letter,
  example() {
    const change = (rule, article) => ({ rule, article, syllable: 0 });
    const span = (word, canonical, surface, kind, changes = [], edits = [], deviations = []) => exampleSpan(word, split(canonical), split(surface), edits, { explanation: { kind, changes, deviations } });
    const nasal = edit(split("궁")[2], split("국")[2]);
    const broth = span("국물을", "궁무를", "국무를", "deviant", [change("연음", "13")], [nasal], [{ pattern: "rule not followed", edits: [nasal], rule: change("비음화", "18") }]);
    const spans = [span("저는", "저는", "저는", "as spelled"), span("같이", "가치", "가치", "lawful", [change("구개음화", "17")]), broth, span("먹었어요", "머거써요", "머거써요", "lawful", [change("연음", "13")])];
    return { spans, heardAs: [] };
  },
};

/** The one that is spoken here; anything else is written like English. */
export const language = { en: english, ko: korean }[health.language] ?? english;

/** Rules by which sound lawfully differs from spelling, each once. */
export const rulesOf = (span) => [...new Map((span.explanation?.changes ?? []).map((change) => [change.rule + change.article, change])).values()];

/** What no rule explains, in words: [[what, edits], ...]. */
export const deviationsOf = (span) => (span.explanation?.deviations ?? []).map(({ pattern, edits, rule }) => [rule ? `${described(rule)} was not followed` : pattern, edits]);

/** A rule and its article of the standard, which has numbers for those that are not common practice alone. */
export const described = ({ rule, article }) => (/^\d/.test(article) ? `${rule} (제${article.replace(".", "항 ")}${article.includes(".") ? "" : "항"})` : `${rule} (${article})`);
