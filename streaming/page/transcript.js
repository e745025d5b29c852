// Updates as words over phones.
import { rulesOf } from "./language.js";
import { differences, groups as groupsOf, phoneElements, spellAll } from "./phones.js";

export const SIGNS = { different: "≠", unsure: "?", correct: "✓" };
export const LABELS = { different: "said differently", unsure: "perhaps said differently", correct: "said as meant" };
const LATE_SECONDS = 0.6; // phones this long after the last word belong to a word that is still to come

/** What a span is to a learner: its verdict, or for a bundle without verdicts whether there are differences. */
export function verdictOf(span) {
  if (!span.word || !span.surface.length) return "none";
  const differs = span.explanation ? span.explanation.kind === "deviant" : span.edits.length > 0;
  return span.verdict ?? (differs ? "different" : "correct");
}

function make(tag, className, ...content) {
  const element = document.createElement(tag);
  element.className = className;
  element.append(...content);
  return element;
}

function line(className, phones, wrong) {
  return make("span", className, ...phoneElements(phones, wrong));
}

/** The words of an update that may still change: phones go to the word on their side of the gap between two words. */
export function openWords(update) {
  const { words } = update.meaning;
  const groups = Array.from({ length: words.length + 1 }, () => []);
  const limits = words.map((word, i) => (i + 1 < words.length ? (word.end + words[i + 1].start) / 2 : word.end + LATE_SECONDS));
  let index = 0;
  const { tokens } = update.surface;
  for (const { units } of groupsOf(tokens.map(({ text }) => text))) {
    const [first, last] = [tokens[units[0]], tokens[units.at(-1)]];
    while (index < limits.length && (first.start + last.end) / 2 > limits[index]) index += 1;
    groups[index].push(...units.map((unit) => tokens[unit].text));
  }
  return groups.flatMap((phones, i) => {
    const word = words[i]?.text ?? "";
    return word || phones.length ? [make("span", "word", make("span", "meant", word || "…"), line("said", phones))] : [];
  });
}

/** The words of a final update as buttons, each with its `span` and the other word that was heard. */
export function finalWords(message, onOpen) {
  return message.update.spans
    .map((span, i) => ({ span, heardAs: message.heard_as?.[i] ?? null }))
    .filter(({ span }) => span.word)
    .map((entry) => wordButton(entry, onOpen));
}

function wordButton({ span, heardAs }, onOpen) {
  const verdict = verdictOf(span);
  const button = make("button", `word ${verdict}`);
  button.type = "button";
  button.tabIndex = -1;
  const wrong = verdict === "correct" ? new Set() : differences(span).surface;
  const said = span.surface.length ? line("said", span.surface, wrong) : make("span", "said", "–");
  const sign = make("span", "sign", verdict === "different" || verdict === "unsure" ? SIGNS[verdict] : "");
  for (const seen of [said, sign]) seen.ariaHidden = "true"; // nobody can read these aloud
  const heard = make("span", "hidden", described(span, verdict, heardAs));
  const rules = [...new Set(rulesOf(span).map(({ rule }) => rule))].join(" ");
  button.append(make("span", "meant", span.word), heard, said, ...(rules ? [make("span", "rule", rules)] : []), ...(sign.textContent ? [sign] : []));
  button.entry = { span, heardAs, verdict };
  button.addEventListener("click", () => onOpen(button, true));
  button.addEventListener("pointerenter", ({ pointerType }) => pointerType === "mouse" && onOpen(button, false));
  return button;
}

/** What follows a word for those who do not see its colour. */
function described(span, verdict, heardAs) {
  if (verdict === "none") return ": skipped";
  if (verdict === "correct") return `: ${LABELS.correct}`;
  return `: ${LABELS[verdict]}, ${heardAs ?? spellAll(span.surface)}`;
}

/** One word of a group in the tab order, the others by arrow keys. */
export function rove(group) {
  const words = () => [...group.querySelectorAll("button.word")];
  const update = (current) => words().forEach((word) => (word.tabIndex = word === current ? 0 : -1));
  group.addEventListener("focusin", ({ target }) => update(target.closest("button.word")));
  group.addEventListener("keydown", (event) => {
    const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
    const all = words();
    const next = all[all.indexOf(event.target.closest("button.word")) + step];
    if (!step || !next) return;
    event.preventDefault();
    next.focus();
  });
  return () => words().some((word) => word.tabIndex === 0) || update(words()[0]);
}

/** The sentence that people remember, as nodes; nothing if there is nothing to tell. */
export function punchline(entries) {
  const rank = ({ span, heardAs, verdict }) => (verdict === "different" ? 4 : 0) + (heardAs ? 2 : 0) + (span.edits.length === 1 ? 1 : 0);
  const odd = entries.filter(({ verdict }) => verdict === "different" || verdict === "unsure").sort((a, b) => rank(b) - rank(a))[0];
  if (!odd) return entries.some(({ verdict }) => verdict === "correct") ? [make("span", "sign", "✓"), " You said what you meant."] : [];
  const said = odd.heardAs ? make("strong", "ink-said", odd.heardAs) : make("strong", "ink-said phones", ...phoneElements(odd.span.surface));
  const start = odd.verdict === "different" ? "You said " : "Perhaps you said ";
  return [start, said, ", you meant ", make("strong", "ink-meant", odd.span.word), "."];
}
