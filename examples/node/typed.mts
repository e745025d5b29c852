// A strict TypeScript program on a bundle:  npm run types  checks it, npx tsc --noEmit false makes typed.mjs of it.
import { RATE, Recognizer, type Update } from "./session.mjs";

/** Words of which the recogniser is not sure. */
function doubtful(update: Update, below: number): string[] {
  return update.meaning.words.filter((word) => word.confidence < below).map((word) => word.text);
}

export function listen(bundle: string, chunks: Iterable<Float32Array>): Update[] {
  const finals: Update[] = [];
  const recognizer = new Recognizer(bundle);
  const session = recognizer.session((update) => {
    console.log(update.final ? "final" : "partial", update.meaning.text, "|", update.surface.text, doubtful(update, 0.5));
    if (update.final) finals.push(update);
  });
  for (const chunk of chunks) session.accept(chunk);
  session.finish();
  recognizer.free();
  return finals;
}

/** Chunks of a second of what is already there. */
export function* seconds(samples: Float32Array): Generator<Float32Array> {
  for (let start = 0; start < samples.length; start += RATE) yield samples.subarray(start, start + RATE);
}
