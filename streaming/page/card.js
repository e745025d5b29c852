// What there is to know about one word: meant, should sound, said; and to hear it.
import { described, deviationsOf, language, rulesOf } from "./language.js";
import { differences, explained, phoneElements } from "./phones.js";
import { LABELS, SIGNS } from "./transcript.js";

const card = document.getElementById("card");
const GAP = 10; // pixels between word and card
const LINGER = 250; // milliseconds on the way from the word to the card
let leaving;
let anchor;

function element(tag, className, ...content) {
  const made = document.createElement(tag);
  made.className = className;
  made.append(...content);
  return made;
}

function row(name, ...content) {
  return element("div", "", element("dt", "", name), element("dd", "", ...content));
}

/** word: the button; play: plays a stretch of the take, or nothing if its sound is gone. held: keeps it open. */
export function openCard(word, play, held) {
  clearTimeout(leaving);
  if (anchor === word && card.matches(":popover-open")) return held && card.querySelector("button")?.focus();
  anchor?.classList.remove("shown");
  anchor = word;
  card.replaceChildren(...content(word.entry, play));
  if (!card.matches(":popover-open")) card.showPopover();
  word.classList.add("shown");
  place(word);
  if (held) card.querySelector("button")?.focus();
  else word.addEventListener("pointerleave", leave, { once: true });
}

function content({ span, heardAs, verdict }, play) {
  const wrong = differences(span);
  const title = element("h3", "", span.word);
  title.id = "card-word";
  const label = element("p", `verdict ${verdict}`, `${SIGNS[verdict] ?? ""} ${LABELS[verdict] ?? "skipped"}`);
  const sounds = verdict === "correct" ? new Set() : wrong.canonical;
  const rows = element("dl", "", row("should sound", ...phoneElements(span.canonical, sounds)));
  if (span.surface.length) {
    const like = heardAs ? [element("span", "like", ` like “${heardAs}”`)] : [];
    rows.append(row("you said", ...phoneElements(span.surface, verdict === "correct" ? new Set() : wrong.surface), ...like));
  }
  const rules = rulesOf(span).map(described);
  if (rules.length) rows.append(row("by rule", element("span", "rules", rules.join(", "))));
  const told = verdict === "correct" ? [] : span.explanation ? deviationsOf(span).map(deviation) : span.edits.map(difference);
  const notes = told.slice(0, 3).map((text) => element("li", "", text));
  return [title, label, rows, element("ul", "notes", ...notes), actions(span, play)];
}

/** A pattern and what it did; of a rule that was not followed its name says it. */
function deviation([what, edits]) {
  return what.endsWith("not followed") ? what : `${what}: ${edits.map(difference).join(", ")}`;
}

function difference(edit) {
  if (edit.op === "delete") return `${explained(edit.canonical)} was left out`;
  if (edit.op === "insert") return `${explained(edit.surface)} was added`;
  return `${explained(edit.canonical)} became ${explained(edit.surface)}`;
}

function actions(span, play) {
  const buttons = element("div", "actions");
  const add = (text, act) => {
    const button = element("button", "quiet", text);
    button.type = "button";
    button.addEventListener("click", act);
    buttons.append(button);
  };
  if (play && span.surface.length) add("▶ Hear yourself", () => play(span.start, span.end));
  const voice = localVoice();
  if (voice) add("▷ Hear it spoken", () => speak(span.word, voice));
  return buttons;
}

/** A voice that needs no network: what is practised here stays here. */
function localVoice() {
  return window.speechSynthesis?.getVoices().find((voice) => voice.localService && voice.lang.startsWith(language.code));
}

function speak(word, voice) {
  const utterance = new SpeechSynthesisUtterance(word);
  utterance.voice = voice;
  utterance.rate = 0.85;
  speechSynthesis.cancel();
  speechSynthesis.speak(utterance);
}

function place(word) {
  const around = word.getBoundingClientRect();
  const own = card.getBoundingClientRect();
  const below = around.bottom + GAP + own.height < innerHeight;
  const left = around.left + around.width / 2 - own.width / 2;
  card.style.left = `${Math.max(GAP, Math.min(left, innerWidth - own.width - GAP))}px`;
  card.style.top = `${Math.max(GAP, below ? around.bottom + GAP : around.top - GAP - own.height)}px`;
}

function leave() {
  leaving = setTimeout(() => card.matches(":hover, :focus-within") || card.hidePopover(), LINGER);
}

card.addEventListener("pointerenter", () => clearTimeout(leaving));
card.addEventListener("pointerleave", ({ pointerType }) => pointerType === "mouse" && leave());
card.addEventListener("toggle", ({ newState }) => {
  if (newState !== "closed") return;
  anchor?.classList.remove("shown");
  anchor = undefined;
});
addEventListener("scroll", () => anchor && place(anchor), { passive: true });
