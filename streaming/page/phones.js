// Phones in the spelling that the user chose; ARPAbet is what the recogniser speaks.

const TABLE = await (await fetch("phones.json")).json();
const SPELLINGS = ["ipa", "respelling", "arpabet"];
let spelling = SPELLINGS.includes(localStorage.spelling) ? localStorage.spelling : "ipa";

export const currentSpelling = () => spelling;
export const spell = (phone) => TABLE[phone]?.[spelling] ?? phone;
export const spellAll = (phones) => phones.map(spell).join(spelling === "arpabet" ? " " : "");

/** "s as in see" */
export function explained(phone) {
  const word = TABLE[phone]?.as_in.split(",")[0];
  return word ? `${spell(phone)} as in ${word}` : spell(phone);
}

export function chooseSpelling(chosen) {
  spelling = localStorage.spelling = chosen;
  for (const each of document.querySelectorAll("[data-phone]")) each.textContent = spell(each.dataset.phone);
  document.body.dataset.spelling = spelling;
}

/** Phones as elements, those of `wrong` (indices) marked. */
export function phoneElements(phones, wrong = new Set()) {
  return phones.map((phone, index) => {
    const element = document.createElement("i");
    element.className = wrong.has(index) ? "phone off" : "phone";
    element.dataset.phone = phone;
    element.textContent = spell(phone);
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
