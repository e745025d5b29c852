// A text that is read aloud: written or chosen, then followed word by word.
import { language } from "./language.js";

const MARKS = { skipped: "skipped", replaced: "replaced" };

const box = document.getElementById("script-text");
const live = document.getElementById("script-live");
let next = 0;

export const text = () => box.value.trim();

export function another() {
  box.value = language.texts[next++ % language.texts.length];
}

/** The text before anything is read. */
export function beginReading() {
  live.replaceChildren(...text().split(/\s+/).flatMap((word) => [Object.assign(document.createElement("span"), { textContent: word }), " "]));
}

/** Where the reader is. */
export function follow(reading) {
  const words = reading.words.map((word, index) => {
    const element = document.createElement("span");
    element.textContent = word.text;
    element.className = index === reading.position ? `${word.state} current` : word.state;
    if (MARKS[word.state]) element.title = MARKS[word.state];
    return element;
  });
  live.replaceChildren(...words.flatMap((word) => [word, " "]));
  live.querySelector(".current")?.scrollIntoView({ block: "nearest" });
  live.classList.toggle("astray", reading.off_script);
}

/** What happened in a take beside reading on, as "1 skipped, 2 repeated"; empty if nothing did. */
export function events(take) {
  const count = {};
  for (const { kind } of take.updates.at(-1).reading?.events ?? []) count[kind] = (count[kind] ?? 0) + 1;
  return Object.entries(count)
    .map(([kind, times]) => `${times} ${kind}`)
    .join(", ");
}
