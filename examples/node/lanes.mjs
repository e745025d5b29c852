// Lanes: sherpa-onnx's one token stream of a saidmeant bundle, taken apart into what was said and what was meant.
//
// Plain JavaScript, nothing of sherpa-onnx or Node in it; streaming/lanes.py and streaming/lines.py are the same in
// Python, and ../golden holds the vectors that every language must pass.  Types: lanes.d.mts.

const INDEX_SECONDS = 0.04; // hard-coded in sherpa-onnx, whatever the model's frame length
const WORD_BOUNDARY = "|";
const FIRST_PERSON = new Set(["i", "i'm", "i'll", "i've", "i'd"]);

export class Lanes {
  #settings;
  #seen = 0;

  constructor(settings) {
    this.#settings = settings;
    this.runs = { surface: [], meaning: [] };
  }

  // Takes in the whole result of a stream so far; looks only at what is new.  True if a head said more.
  feed(symbols, times) {
    const { lanes } = this.#settings;
    let changed = false;
    for (; this.#seen < symbols.length; this.#seen++) {
      const symbol = symbols[this.#seen];
      if (symbol.startsWith("K:")) continue; // candidates: for a beam search, which is not done here
      const index = Math.round(times[this.#seen] / INDEX_SECONDS);
      const [head, companion] = lanes[index % lanes.length].split("_");
      const label = symbol.slice(symbol.indexOf(":") + 1);
      if (companion === "confidence") this.#addLevel(head, Number(label));
      else this.#addLabel(head, Math.floor(index / lanes.length), label);
      changed = true;
    }
    return changed;
  }

  // Repeats on adjacent frames of a lane are one token; after a blank the same label is another one.
  #addLabel(head, frame, symbol) {
    const last = this.runs[head].at(-1);
    if (last && last.symbol === symbol && last.last === frame - 1) last.last = frame;
    else this.runs[head].push({ symbol, first: frame, last: frame, level: 0 });
  }

  // A confidence belongs to its head's token on the same frame, which came just before it.
  #addLevel(head, level) {
    const last = this.runs[head].at(-1);
    if (last) last.level = Math.max(last.level, level);
  }

  // The last frame on which either head said something; -1 if none did.
  get lastFrame() {
    return Math.max(this.runs.surface.at(-1)?.last ?? -1, this.runs.meaning.at(-1)?.last ?? -1);
  }

  // Both lines.  origin: frames of the session before this stream; seconds: how long the session is so far.
  lines(origin, seconds) {
    const settings = this.#settings;
    const tokens = (runs, levels) => runs.map((run) => token(run, levels, settings, origin, seconds));
    const phones = tokens(this.runs.surface, settings.phones ?? settings.levels);
    const characters = tokens(this.runs.meaning, settings.levels);
    const words = wordsOf(characters, settings);
    const text = (items) => items.map((item) => item.text).join(" ");
    return {
      surface: { text: text(phones), tokens: phones },
      meaning: { text: text(words), tokens: characters, words },
    };
  }
}

function token(run, levels, settings, origin, seconds) {
  // The model's output lags behind its input by the look-ahead, and no token lies outside the session.
  const offset = origin - Math.floor(settings.lookAheadMs / settings.frameMs);
  const second = (frame) => Math.min(Math.max(0, (offset + frame) * (settings.frameMs / 1000)), seconds);
  return {
    text: run.symbol === WORD_BOUNDARY ? " " : run.symbol,
    start: second(run.first),
    end: second(run.last + 1),
    confidence: levels[Math.min(run.level, levels.length - 1)],
  };
}

function wordsOf(characters, settings) {
  const words = [];
  let letters = [];
  for (const character of [...characters, { text: " " }]) {
    if (character.text !== " ") {
      letters.push(character);
      continue;
    }
    if (letters.length) words.push(word(letters, settings));
    letters = [];
  }
  return words;
}

function word(letters, settings) {
  const text = letters.map((letter) => letter.text).join("");
  const mean = letters.reduce((sum, letter) => sum + letter.confidence, 0) / letters.length;
  return {
    text: FIRST_PERSON.has(text) ? `I${text.slice(1)}` : text,
    start: letters[0].start,
    end: letters.at(-1).end,
    confidence: probability(mean, settings),
  };
}

// The probability of a word whose letters have this mean confidence: the table, interpolated.
function probability(raw, { levels, words }) {
  if (!words) return raw;
  const above = levels.findIndex((level) => raw <= level);
  if (above < 0) return words.at(-1);
  if (above === 0) return words[0];
  const share = (raw - levels[above - 1]) / (levels[above] - levels[above - 1]);
  return words[above - 1] + (words[above] - words[above - 1]) * share;
}

// What lane code needs, from a bundle's manifest.yaml as a plain object.
export function settingsOf(manifest) {
  const table = (values) => (values?.length ? values : undefined);
  return {
    lanes: manifest.lanes,
    frameMs: manifest.frame_ms,
    chunkMs: manifest.chunk_ms,
    lookAheadMs: manifest.look_ahead_ms,
    levels: manifest.confidence_levels,
    phones: table(manifest.calibration?.phones),
    words: table(manifest.calibration?.words),
  };
}
