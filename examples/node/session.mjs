// A session: audio in, updates out, through npm's sherpa-onnx.  The flow is that of streaming/session.py: audio in steps
// of 20 ms, and at a segment's end a fresh stream that goes on with the first frame that has not come out.
import { existsSync, readFileSync } from "node:fs";
import path from "node:path";

import sherpa from "sherpa-onnx";
import { parse } from "yaml";

import { Lanes, settingsOf } from "./lanes.mjs";
import { Loudness, endsSegment, silenceMs } from "./pause.mjs";

export const RATE = 16_000;
const STEP = RATE / 50;
const FLUSH_SLACK_FRAMES = 4;

export class Recognizer {
  // folder: a bundle.  Throws if something is missing there (sherpa-onnx itself would end the process).
  constructor(folder) {
    const [model, tokens, manifest] = ["model.onnx", "tokens.txt", "manifest.yaml"].map((name) => path.join(folder, name));
    for (const file of [model, tokens, manifest]) if (!existsSync(file)) throw new Error(`${file} does not exist`);
    this.settings = settingsOf(parse(readFileSync(manifest, "utf8")));
    this.host = sherpa.createOnlineRecognizer({
      featConfig: { sampleRate: RATE, featureDim: 80 },
      modelConfig: { zipformer2Ctc: { model }, tokens, numThreads: 1, provider: "cpu", debug: 0 },
      decodingMethod: "greedy_search",
    });
  }

  // onUpdate: called with {segment, final, surface, meaning}.
  session(onUpdate) {
    return new Session(this, onUpdate);
  }

  free() {
    this.host.free();
  }
}

class Session {
  #rest = new Float32Array(0); // less than a step, until more comes
  #kept = new Float32Array(0); // audio of this stream from #keptFrames on
  #keptFrames = 0;
  #loudness = new Loudness();
  #finishing = false;
  #received = 0; // samples of the session, without the silence that flushes it
  #origin = 0; // frames of the session before this stream
  #decoded; // frames of this stream that have come out; the first are from before its start
  #segment = 0;

  constructor({ host, settings }, onUpdate) {
    this.host = host;
    this.settings = settings;
    this.onUpdate = onUpdate;
    this.frameSamples = (settings.frameMs * RATE) / 1000;
    this.#openStream();
  }

  // Takes in a Float32Array of samples in [-1, 1] at 16 kHz, of any length.
  accept(samples) {
    this.#received += samples.length;
    this.#rest = joined(this.#rest, samples);
    for (; this.#rest.length >= STEP; this.#rest = this.#rest.slice(STEP)) this.#feed(this.#rest.slice(0, STEP));
  }

  // Flushes the tail with as much silence as the model needs.
  finish() {
    this.#finishing = true; // the silence that follows is not the speaker's
    this.#feed(this.#rest);
    const end = Math.ceil(this.#received / this.frameSamples) + FLUSH_SLACK_FRAMES;
    const silence = new Float32Array(this.frameSamples);
    while (this.#received && this.#origin + this.#decoded < end) this.#feed(silence);
    if (this.lanes.lastFrame >= 0) this.#report(true);
    this.stream.free();
  }

  #openStream() {
    this.stream = this.host.createStream();
    this.lanes = new Lanes(this.settings);
    this.#decoded = -Math.floor(this.settings.lookAheadMs / this.settings.frameMs);
  }

  #nextStream() {
    this.stream.free();
    this.#origin += Math.max(0, this.#decoded);
    this.#keptFrames = 0;
    this.#openStream();
    this.#hear(this.#kept);
  }

  #hear(samples) {
    if (samples.length) this.stream.acceptWaveform(RATE, samples);
  }

  #feed(samples) {
    this.#kept = joined(this.#kept, samples);
    this.#loudness.hear(samples);
    this.#hear(samples);
    let changed = false;
    let looking = true;
    while (looking) {
      looking = this.host.isReady(this.stream);
      if (looking) changed = this.#decode() || changed;
      if (!this.#ends()) continue;
      if (this.lanes.lastFrame >= 0) {
        this.#report(true);
        this.#segment++;
      }
      this.#nextStream();
      changed = false;
    }
    if (changed && !this.#finishing) this.#report(false);
  }

  #decode() {
    this.host.decode(this.stream);
    this.#decoded += this.settings.chunkMs / this.settings.frameMs;
    this.#forget();
    const { tokens, timestamps } = this.host.getResult(this.stream);
    return this.lanes.feed(tokens, timestamps);
  }

  // Drops the audio of frames that have come out: no later stream begins there.
  #forget() {
    const out = Math.max(0, this.#decoded);
    this.#kept = this.#kept.slice((out - this.#keptFrames) * this.frameSamples);
    this.#keptFrames = out;
  }

  #ends() {
    const { frameMs, lookAheadMs } = this.settings;
    const last = this.lanes.lastFrame;
    const elapsedMs = this.#decoded * frameMs;
    const saidMs = last >= 0 ? (last + 1) * frameMs - lookAheadMs : 0;
    const heardMs = this.#loudness.position * 20 - this.#origin * frameMs;
    const silence = silenceMs(heardMs - saidMs, elapsedMs - saidMs, this.#loudness.quietMs);
    return endsSegment(elapsedMs, silence, last >= 0, this.#finishing);
  }

  #report(final) {
    this.onUpdate({ segment: this.#segment, final, ...this.lanes.lines(this.#origin, this.#received / RATE) });
  }
}

function joined(first, second) {
  const both = new Float32Array(first.length + second.length);
  both.set(first);
  both.set(second, first.length);
  return both;
}
