// One take: what was heard, its sound, and what can be made of both.

const HELD_BYTES = 200e6; // of sound, of all takes together: the oldest lose theirs first
const AROUND = 0.08; // seconds before and after a word, so that it does not sound cut
const takes = [];

export class Take {
  constructor(sampleRate) {
    this.began = new Date();
    this.sampleRate = sampleRate;
    this.chunks = [];
    this.length = 0; // samples
    this.messages = []; // final ones
    this.entries = []; // their words
    takes.push(this);
  }

  get seconds() {
    return this.length / this.sampleRate;
  }

  hear(samples) {
    this.chunks.push(samples);
    this.length += samples.length;
    let held = takes.reduce((sum, take) => sum + take.chunks.length * (take.chunks[0]?.byteLength ?? 0), 0);
    for (const take of takes) {
      if (held <= HELD_BYTES || take === this) break;
      held -= take.length * 2;
      take.chunks = [];
    }
  }

  get updates() {
    return this.messages.map(({ update }) => update);
  }

  #samples(start = 0, end = this.seconds) {
    const all = new Int16Array(this.length);
    let at = 0;
    for (const chunk of this.chunks) {
      all.set(chunk, at);
      at += chunk.length;
    }
    return all.subarray(Math.max(0, start * this.sampleRate), Math.min(this.length, end * this.sampleRate));
  }

  /** Plays the take, or the stretch around a word. */
  play(start = 0, end = this.seconds) {
    player?.close();
    const samples = Float32Array.from(this.#samples(start - AROUND, end + AROUND), (value) => value / 32768);
    if (!samples.length) return;
    player = new AudioContext();
    const buffer = player.createBuffer(1, samples.length, this.sampleRate);
    buffer.copyToChannel(samples, 0);
    const source = new AudioBufferSourceNode(player, { buffer });
    source.connect(player.destination);
    source.start();
  }

  /** The sound as a WAV file, 16 bit. */
  wav() {
    const samples = this.#samples();
    const header = new DataView(new ArrayBuffer(44));
    const text = (at, word) => [...word].forEach((letter, i) => header.setUint8(at + i, letter.charCodeAt(0)));
    const number = (at, value) => header.setUint32(at, value, true);
    text(0, "RIFF");
    number(4, 36 + samples.byteLength);
    text(8, "WAVEfmt ");
    number(16, 16);
    number(20, 1 | (1 << 16)); // PCM, one channel
    number(24, this.sampleRate);
    number(28, this.sampleRate * 2);
    number(32, 2 | (16 << 16)); // bytes per sample, bits
    text(36, "data");
    number(40, samples.byteLength);
    return new Blob([header, samples], { type: "audio/wav" });
  }

  /** As `saidmeant transcribe --json` prints it: a line per segment. */
  json() {
    const lines = this.updates.map((update) => `${JSON.stringify({ file: `${this.name}.wav`, ...update })}\n`);
    return new Blob(lines, { type: "application/jsonl" });
  }

  get name() {
    const local = new Date(this.began - this.began.getTimezoneOffset() * 60_000).toISOString();
    return `saidmeant_${local.slice(0, 19).replace("T", "_").replaceAll(":", "-")}`;
  }

  forget() {
    this.chunks = [];
    takes.splice(takes.indexOf(this), 1);
  }
}

let player;

/** Which sounds became which, the most frequent first: [["TH", "S", 3], ...]. */
export function habits() {
  const count = new Map();
  for (const { span, verdict } of takes.flatMap((take) => take.entries)) {
    for (const { op, canonical, surface } of verdict === "different" || verdict === "unsure" ? span.edits : []) {
      const key = `${canonical} ${surface}`;
      if (op === "replace") count.set(key, (count.get(key) ?? 0) + 1);
    }
  }
  return [...count].sort((a, b) => b[1] - a[1]).map(([key, times]) => [...key.split(" "), times]);
}

export function save(blob, name) {
  const link = Object.assign(document.createElement("a"), { href: URL.createObjectURL(blob), download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}
