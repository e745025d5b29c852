// Runs the lane code on the golden vectors: node check_golden.mjs ../golden/*.txt   Their format: ../golden/README.md
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";

import { Lanes } from "./lanes.mjs";

const KINDS = { phone: "phones", character: "characters", word: "words" };

function read(path) {
  const settings = {};
  const streams = [];
  let seconds = 0;
  for (const line of readFileSync(path, "utf8").trimEnd().split("\n")) {
    const [key, ...fields] = line.split("\t");
    const stream = streams.at(-1);
    const numbers = fields.map(Number);
    if (key === "lanes") settings.lanes = fields;
    else if (key === "frame_ms") [settings.frameMs] = numbers;
    else if (key === "look_ahead_ms") [settings.lookAheadMs] = numbers;
    else if (["levels", "phones", "words"].includes(key)) settings[key] = numbers;
    else if (key === "seconds") [seconds] = numbers;
    else if (key === "stream") streams.push({ origin: numbers[0], steps: [[]], phones: [], characters: [], words: [] });
    else if (key === "token") stream.steps.at(-1).push([fields[0], numbers[1]]);
    else if (key === "step") stream.steps.push([]);
    else if (key in KINDS) stream[KINDS[key]].push([fields[0], ...numbers.slice(1)]);
    else stream[key] = fields[0]; // said, meant
  }
  return { settings, seconds, streams };
}

function same(found, wanted, what) {
  assert.deepEqual(found.map(({ text }) => text), wanted.map(([text]) => text), what);
  found.forEach(({ start, end, confidence }, i) =>
    [start, end, confidence].forEach((number, k) =>
      assert.ok(Math.abs(number - wanted[i][k + 1]) < 1e-6, `${what} ${i}: ${number}, expected ${wanted[i][k + 1]}`),
    ),
  );
}

function check(path) {
  const { settings, seconds, streams } = read(path);
  assert.ok(streams.length, `${path} has no streams`);
  for (const stream of streams) {
    const lanes = new Lanes(settings);
    const fed = [];
    for (const step of stream.steps) {
      fed.push(...step);
      lanes.feed(fed.map(([symbol]) => symbol), fed.map(([, time]) => time));
    }
    const { surface, meaning } = lanes.lines(stream.origin, seconds);
    same(surface.tokens, stream.phones, "phone");
    same(meaning.tokens, stream.characters, "character");
    same(meaning.words, stream.words, "word");
    assert.deepEqual([surface.text, meaning.text], [stream.said, stream.meant]);
  }
  console.log(`${path}: ${streams.length} streams, all as expected`);
}

const paths = process.argv.slice(2);
assert.ok(paths.length, "usage: node check_golden.mjs ../golden/*.txt");
paths.forEach(check);
