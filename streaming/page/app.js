// The page: a microphone, a session with the server, and what it says.
import { openCard } from "./card.js";
import { Session } from "./client.js";
import { addTake } from "./history.js";
import { health, language } from "./language.js";
import { Watch, openMicrophone } from "./microphone.js";
import { chooseSpelling, currentSpelling } from "./phones.js";
import * as script from "./script.js";
import { Take } from "./take.js";
import { finalWords, openWords, punchline, rove } from "./transcript.js";

const at = (id) => document.getElementById(id);
const body = document.body;
const LATE_SECONDS = 2; // of sound that waits to be recognised: this machine is too busy
const RECENT = 15; // updates over which delays are shown
const PRESS = matchMedia("(pointer: coarse)").matches ? "Tap the button" : "Press the button, or the space bar,";
const BUSY = "This machine is too busy to keep up; the words come late.";
const HINTS = {
  idle: `${PRESS} and say something.`,
  reading: `${PRESS} and read it aloud.`,
  asking: "The browser asks whether this page may use the microphone.",
  listening: "Listening. Press again when you are done.",
  finishing: "The last words are coming.",
};
const ENDS = {
  idle: "Nothing came from the microphone for a while, so the session was ended.",
  "session-too-long": "That was as long as one session may be. Press the button for another.",
  shutdown: "The server was stopped. What you said until then is here.",
};

let microphone, session, take, watch, delays, computing, troubleTold, late;
const tabStop = rove(at("settled"));

function enter(state) {
  body.dataset.state = state;
  at("hint").textContent = state === "idle" && body.dataset.mode === "read" ? HINTS.reading : HINTS[state];
  at("record-label").textContent = state === "listening" ? "Stop listening" : "Start listening";
  at("record").disabled = state === "finishing";
  for (const radio of at("modes").querySelectorAll("input")) radio.disabled = state !== "idle";
}

function complain(sentence) {
  if (at("notice").textContent !== sentence) at("notice").textContent = sentence;
}

async function begin() {
  const reading = body.dataset.mode === "read";
  if (reading && !/\p{L}/u.test(script.text())) return complain("Write a text to read first.");
  complain("");
  enter("asking");
  try {
    microphone = await openMicrophone(hear);
  } catch (error) {
    enter("idle");
    return complain(error.message);
  }
  take = new Take(microphone.sampleRate);
  [watch, delays, computing, troubleTold, late] = [new Watch(), [], [], false, false];
  clear();
  if (reading) script.beginReading();
  const start = { sample_rate: microphone.sampleRate, ...(reading && { reference: script.text() }) };
  session = new Session(start, { ready, update, finished, failed });
  microphone.onLost(end);
  enter("listening");
}

function end() {
  if (body.dataset.state !== "listening") return;
  microphone.close();
  if (troubleTold) complain("");
  enter("finishing");
  session.finish();
}

function clear() {
  at("eyebrow").textContent = "";
  for (const id of ["settled", "open", "punchline", "figures"]) at(id).replaceChildren();
}

function hear({ samples, peak }) {
  if (body.dataset.state !== "listening") return;
  take.hear(samples);
  session.send(samples);
  const level = Math.max(0, 1 + Math.log10(peak + 1e-6) / 2.5);
  at("ring").style.setProperty("--level", level.toFixed(3));
  const trouble = watch.hear(peak, samples.length / take.sampleRate) || (late ? BUSY : "");
  if (trouble || troubleTold) complain(trouble);
  troubleTold = trouble !== "";
}

function ready({ recorded, preview, bundle }) {
  if (preview) at("preview").textContent = `${bundle} is a preview: ${preview}.`;
  if (recorded) at("privacy").textContent = "This server keeps what is said here: it was started with --record.";
}

function update(message) {
  const { update } = message;
  if (update.final) settle(message);
  else at("open").replaceChildren(...openWords(update));
  if (update.reading) script.follow(update.reading);
  measure(message);
  at("lines").scrollTop = at("lines").scrollHeight;
}

function settle(message) {
  at("open").replaceChildren();
  const words = finalWords(message, (word, held) => openCard(word, sound(take), held));
  take.messages.push(message);
  take.entries.push(...words.map((word) => word.entry));
  at("settled").append(...words);
  tabStop();
  at("punchline").replaceChildren(...punchline(words.map((word) => word.entry)));
  at("announcer").textContent = `${message.update.meaning.text}. ${at("punchline").textContent}`;
}

/** How long after a sound it can be read, and how much of that was computing. */
function measure({ update, heard, compute_ms }) {
  if (body.dataset.state !== "listening" || update.final) return;
  delays = [...delays, take.seconds - update.end].slice(-RECENT);
  computing = [...computing, compute_ms].slice(-RECENT);
  const middle = (values) => [...values].sort((a, b) => a - b)[values.length >> 1];
  at("figures").textContent = `${middle(delays).toFixed(1)} s behind your voice, ${Math.round(middle(computing))} ms of it computing`;
  late = take.seconds - heard > LATE_SECONDS || session.behind;
}

function finished({ reason }) {
  close();
  if (ENDS[reason]) complain(ENDS[reason]);
}

function failed(sentence) {
  close();
  complain(sentence);
}

function close() {
  microphone.close();
  at("open").replaceChildren();
  enter("idle");
  if (!take.messages.length) {
    take.forget();
    if (!at("notice").textContent) complain("No words were heard. Try again, a little closer.");
    return;
  }
  const own = sound(take);
  const words = take.messages.flatMap((message) => finalWords(message, (word, held) => openCard(word, own, held)));
  addTake(take, words, complain);
}

/** Plays stretches of a take, for as long as its sound is there. */
const sound = (of) => (start, end) => of.play(start, end);

/** What the page is for, before anybody has spoken. */
function example() {
  at("eyebrow").textContent = "For example";
  const { spans, heardAs } = language.example();
  const words = finalWords({ update: { spans }, heard_as: heardAs }, (word, held) => openCard(word, null, held));
  at("settled").append(...words);
  tabStop();
  at("punchline").replaceChildren(...punchline(words.map((word) => word.entry)));
}

at("record").addEventListener("click", () => (body.dataset.state === "listening" ? end() : body.dataset.state === "idle" && begin()));
at("another").addEventListener("click", script.another);
at("modes").addEventListener("change", ({ target }) => {
  body.dataset.mode = target.value;
  complain("");
  clear();
  enter("idle");
  if (target.value === "free" && at("takes").hidden) example();
});
at("spellings").addEventListener("change", ({ target }) => chooseSpelling(target.value));
addEventListener("keydown", (event) => {
  if (event.key !== " " || event.repeat || event.target.closest("button, input, textarea, a, [popover]")) return;
  event.preventDefault();
  at("record").click();
});

at("language").textContent = language.name;
at("spellings").hidden = !language.spellings;
for (const id of ["settled", "open", "script-text", "script-live"]) at(id).lang = language.code;
at("spellings").querySelector(`[value=${currentSpelling()}]`).checked = true;
if (language.spellings) chooseSpelling(currentSpelling());
script.another();
enter("idle");
example();
ready(health);
