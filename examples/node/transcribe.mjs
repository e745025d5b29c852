// What was said and what was meant: a saidmeant bundle in npm's sherpa-onnx (WebAssembly).
//
//     node transcribe.mjs BUNDLE take.wav                      16 kHz, mono, 16 bit
//     arecord -q -t raw -f S16_LE -r 16000 | node transcribe.mjs --updates BUNDLE -
//
// Prints what the Python API gives with language_model=None: the words as the network spells them.
import { existsSync } from "node:fs";
import { parseArgs } from "node:util";

import sherpa from "sherpa-onnx";

import { RATE, Recognizer } from "./session.mjs";

const USAGE = "usage: node transcribe.mjs [--json] [--updates] BUNDLE FILE.wav|-";

function print(update, { json, updates }) {
  if (!update.final && !updates) return;
  const text = `${update.final ? "final  " : "partial"} meant  ${update.meaning.text}\n        said   ${update.surface.text}`;
  console.log(json ? JSON.stringify(update) : text);
}

function readWav(file) {
  if (!existsSync(file)) throw new Error(`${file} does not exist`);
  const { samples, sampleRate } = sherpa.readWave(file);
  if (sampleRate !== RATE) throw new Error(`${file} is not a WAV file of 16 kHz, mono, 16 bit`);
  return samples;
}

async function hearStandardInput(session) {
  let rest = Buffer.alloc(0); // half a sample
  for await (const data of process.stdin) {
    const bytes = Buffer.concat([rest, data]);
    const samples = new Float32Array(bytes.length >> 1);
    for (let i = 0; i < samples.length; i++) samples[i] = bytes.readInt16LE(2 * i) / 32768;
    rest = bytes.subarray(2 * samples.length);
    session.accept(samples);
  }
}

async function main() {
  const options = { json: { type: "boolean" }, updates: { type: "boolean" } };
  const { values, positionals } = parseArgs({ options, allowPositionals: true });
  if (positionals.length !== 2) throw new Error(USAGE);
  const [bundle, file] = positionals;
  const samples = file === "-" ? null : readWav(file);
  const recognizer = new Recognizer(bundle);
  const session = recognizer.session((update) => print(update, values));
  if (samples) session.accept(samples);
  else await hearStandardInput(session);
  session.finish();
  recognizer.free();
}

main().catch((error) => {
  console.error(`transcribe: ${error.message}`);
  process.exitCode = 1;
});
