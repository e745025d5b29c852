// Korean: units as the server has them (conjoining jamo, streaming/jamo.py), and the syllables that they are.

const KINDS = [
  [0x1100, "ㄱㄲㄴㄷㄸㄹㅁㅂㅃㅅㅆㅇㅈㅉㅊㅋㅌㅍㅎ"], // onsets
  [0x1161, "ㅏㅐㅑㅒㅓㅔㅕㅖㅗㅘㅙㅚㅛㅜㅝㅞㅟㅠㅡㅢㅣ"], // vowels
  [0x11a8, "ㄱㄲㄳㄴㄵㄶㄷㄹㄺㄻㄼㄽㄾㄿㅀㅁㅂㅄㅅㅆㅇㅈㅊㅋㅌㅍㅎ"], // codas
];
const [ONSET, VOWEL, CODA] = [0, 1, 2];
const SILENT = "\u110b"; // the onset ㅇ, which is written but not said

const kind = (unit) => KINDS.findIndex(([first, letters]) => unit && unit.codePointAt(0) >= first && unit.codePointAt(0) < first + letters.length);

/** The units of a text in Hangul. */
export const split = (text) => [...text.normalize("NFD")].filter((unit) => unit !== SILENT);

/** A unit that stands alone: ㄱ, 받침 ㄱ (a coda). */
export function letter(unit) {
  const found = kind(unit);
  if (found < 0) return unit;
  const [first, letters] = KINDS[found];
  return (found === CODA ? "받침 " : "") + letters[unit.codePointAt(0) - first];
}

/** Syllables, and units that belong to none: [{ text, units: indices }]. */
export function syllables(units) {
  const found = [];
  for (let at = 0; at < units.length; at += found.at(-1).units.length) {
    const vowel = kind(units[at]) === ONSET && kind(units[at + 1]) === VOWEL ? at + 1 : at;
    const end = kind(units[vowel]) === VOWEL && kind(units[vowel + 1]) === CODA ? vowel + 2 : vowel + 1;
    const part = units.slice(at, end).join("");
    const whole = kind(units[vowel]) === VOWEL;
    const text = whole ? ((vowel === at ? SILENT : "") + part).normalize("NFC") : letter(units[at]).replace("받침 ", "");
    found.push({ text, units: Array.from({ length: end - at }, (_, i) => at + i) });
  }
  return found;
}
