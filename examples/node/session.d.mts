import type { Lines, Settings } from "./lanes.mjs";

/** Hz that a session takes. */
export const RATE: 16000;

/** The state of one segment; a partial one is replaced by the next, a final one ends the segment. */
export interface Update extends Lines {
  segment: number;
  final: boolean;
}

/** A bundle, loaded into sherpa-onnx. */
export class Recognizer {
  /** folder: a bundle.  Throws if a file is missing there; a damaged one ends the process. */
  constructor(folder: string);
  readonly settings: Settings;
  /** One continuous stretch of audio; onUpdate is called from within accept and finish. */
  session(onUpdate: (update: Update) => void): Session;
  free(): void;
}

/** Made by {@link Recognizer.session}. */
export interface Session {
  /** Samples in [-1, 1] at 16 kHz, one channel, any number of them. */
  accept(samples: Float32Array): void;
  /** Flushes: the last word comes here. */
  finish(): void;
}
