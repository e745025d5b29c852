// When a segment ends: streaming/endpoint.py with its preset "learner" and streaming/loudness.py, in JavaScript.

const PAUSE_MS = 1700;
const SOFT_LIMIT_MS = 45_000;
const SOFT_PAUSE_MS = 200;
const HARD_LIMIT_MS = 90_000;
const SOUND_MS = 640;
const SETTLE_MS = 100;
const FRAME_SAMPLES = 320;
const WINDOW_FRAMES = 250;
const SMOOTH_FRAMES = 5;
const CONTRAST = 10 ** (10 / 20); // 10 dB above the quietest tenth of a second is loud
const FAINTEST = 1e-4;

export class Loudness {
  position = 0; // frames of 20 ms heard
  #levels = [];

  // The next samples at 16 kHz, in whole frames of 20 ms.
  hear(samples) {
    for (let start = 0; start + FRAME_SAMPLES <= samples.length; start += FRAME_SAMPLES) {
      const power = samples.subarray(start, start + FRAME_SAMPLES).reduce((sum, sample) => sum + sample * sample, 0);
      this.#levels.push(Math.sqrt(power / FRAME_SAMPLES));
      this.position++;
    }
    this.#levels = this.#levels.slice(-WINDOW_FRAMES);
  }

  // Milliseconds since something stood out from the background; infinite if longer ago than is remembered.
  get quietMs() {
    const levels = this.#levels;
    if (levels.length < SMOOTH_FRAMES) return 0;
    let quietest = Infinity;
    for (let first = 0; first + SMOOTH_FRAMES <= levels.length; first++) {
      const sum = levels.slice(first, first + SMOOTH_FRAMES).reduce((total, level) => total + level, 0);
      quietest = Math.min(quietest, sum / SMOOTH_FRAMES);
    }
    const loud = CONTRAST * Math.max(quietest, FAINTEST);
    const last = levels.findLastIndex((level) => level > loud);
    return last < 0 ? Infinity : 20 * (levels.length - 1 - last);
  }
}

// How long nobody has spoken, from the time since the last token, how much of it is decoded, and the quiet.
export function silenceMs(sinceTokenMs, decodedMs, quietMs) {
  const behindMs = sinceTokenMs - decodedMs; // not decoded yet: the token of a sound there may still come
  const quiet = quietMs >= behindMs + SETTLE_MS ? quietMs : 0;
  return Math.max(Math.min(sinceTokenMs, quiet), decodedMs - SOUND_MS);
}

// elapsedMs: decoded of this stream; spoken: there is a token; finishing: pauses no longer count.
export function endsSegment(elapsedMs, silence, spoken, finishing) {
  if (spoken && !finishing && silence >= PAUSE_MS) return true;
  if (elapsedMs >= SOFT_LIMIT_MS && silence >= SOFT_PAUSE_MS) return true;
  return elapsedMs >= HARD_LIMIT_MS;
}
