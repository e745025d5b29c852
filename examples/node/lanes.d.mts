/** What lane code needs of a bundle's manifest. */
export interface Settings {
  /** surface, surface_confidence, meaning, … in the order of the output frames. */
  lanes: readonly string[];
  frameMs: number;
  chunkMs: number;
  lookAheadMs: number;
  /** The probability that each level of confidence stands for. */
  levels: readonly number[];
  /** The same for phones and words as it turned out; absent in a bundle that is not calibrated. */
  phones?: readonly number[];
  words?: readonly number[];
}

/** A phone, a character (a word boundary is a space) or a word.  Times are seconds of the session. */
export interface Token {
  text: string;
  start: number;
  end: number;
  confidence: number;
}

export interface Lines {
  surface: { text: string; tokens: Token[] };
  meaning: { text: string; tokens: Token[]; words: Token[] };
}

/** A token on the frames first to last (inclusive); level: the highest level of confidence on them. */
export interface Run {
  symbol: string;
  first: number;
  last: number;
  level: number;
}

/** The lanes of one stream of sherpa-onnx. */
export class Lanes {
  constructor(settings: Settings);
  readonly runs: { surface: Run[]; meaning: Run[] };
  /** The last frame on which either head said something; -1 if none did. */
  readonly lastFrame: number;
  /** Takes in the whole result of a stream so far; looks only at what is new.  True if a head said more. */
  feed(symbols: readonly string[], times: readonly number[]): boolean;
  /** Both lines.  origin: frames of the session before this stream; seconds: how long the session is so far. */
  lines(origin: number, seconds: number): Lines;
}

/** What lane code needs, from a bundle's manifest.yaml as a plain object. */
export function settingsOf(manifest: Record<string, unknown>): Settings;
