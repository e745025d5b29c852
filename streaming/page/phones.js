// Phones in the spelling that the user chose, ARPAbet being what the recogniser speaks; in Korean, in Hangul.
import { language } from "./language.js";

const TABLE = await (await fetch("phones.json")).json();
const SPELLINGS = ["ipa", "respelling", "arpabet"];
let spelling = SPELLINGS.includes(localStorage.spelling) ? localStorage.spelling : "ipa";

/** How a document is to write phones. */
export const currentSpelling = () => (language.spellings ? spelling : "arpabet");
const spell = (phone) => TABLE[phone]?.[spelling] ?? phone;
const apart = (phones) => phones.map((phone, index) => ({ text: spell(phone), phone, units: [index] }));
/** What is shown as one: a phone, or a syllable of Korean: [{ text, phone, units: indices }]. */
export const groups = language.groups ?? apart;
export const spellAll = (phones) => groups(phones).map(({ text }) => text).join(language.spellings && spelling === "arpabet" ? " " : "");

/** "s as in see" */
export function explained(phone) {
  if (language.letter) return language.letter(phone);
  const word = TABLE[phone]?.as_in.split(",")[0];
  return word ? `${spell(phone)} as in ${word}` : spell(phone);
}

export function chooseSpelling(chosen) {
  spelling = localStorage.spelling = chosen;
  for (const each of document.querySelectorAll("[data-phone]")) each.textContent = spell(each.dataset.phone);
  document.body.dataset.spelling = language.spellings ? spelling : "hangul";
}

/** Phones as elements, those of `wrong` (indices) marked. */
export function phoneElements(phones, wrong = new Set()) {
  return groups(phones).map(({ text, phone, units }) => {
    const element = document.createElement("i");
    element.className = units.some((index) => wrong.has(index)) ? "phone off" : "phone";
    if (phone) element.dataset.phone = phone;
    element.textContent = text;
    return element;
  });
}

/** Which phones of a span differ: indices into what should sound and into what was said. */
export function differences(span) {
  const canonical = new Set();
  const surface = new Set();
  let [from, to] = [0, 0];
  for (const edit of span.edits) {
    // edits come in order: the phones before each are the same on both sides
    while (from < span.canonical.length && to < span.surface.length && !fits(edit, span, from, to)) {
      from += 1;
      to += 1;
    }
    if (edit.canonical !== null) canonical.add(from++);
    if (edit.surface !== null) surface.add(to++);
  }
  return { canonical, surface };
}

function fits(edit, span, from, to) {
  const canonical = edit.canonical === null || edit.canonical === span.canonical[from];
  const surface = edit.surface === null || edit.surface === span.surface[to];
  return canonical && surface && span.canonical[from] !== span.surface[to];
}
