// The takes of this visit, the newest first.
import { makeDocument } from "./client.js";
import { currentSpelling, phoneElements } from "./phones.js";
import { habits, save } from "./take.js";
import { rove } from "./transcript.js";
import { events } from "./script.js";

const section = document.getElementById("takes");
const list = document.getElementById("take-list");
const habit = document.getElementById("habits");

function element(tag, className, ...content) {
  const made = document.createElement(tag);
  made.className = className;
  made.append(...content);
  return made;
}

function action(text, label, act) {
  const button = element("button", "quiet", text);
  button.type = "button";
  button.setAttribute("aria-label", label);
  button.addEventListener("click", act);
  return button;
}

/** words: the take's words as buttons; complain: gets a sentence if an export fails. */
export function addTake(take, words, complain) {
  const time = take.began.toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
  const odd = take.entries.filter(({ verdict }) => verdict === "different" || verdict === "unsure").length;
  const about = element("p", "about", `${time} · ${take.seconds.toFixed(1)} s · ${words.length} words · ${[`${odd || "none"} to look at`, events(take)].filter(Boolean).join(" · ")}`);
  const text = element("div", "words compact", ...words);
  text.setAttribute("role", "group");
  text.setAttribute("aria-label", `Words of the take at ${time}`);
  const item = element("li", "take", about, text);
  item.append(actions(take, item, time, complain));
  list.prepend(item);
  rove(text)();
  section.hidden = false;
  showHabits();
}

function actions(take, item, time, complain) {
  const textGrid = async () => {
    try {
      const text = await makeDocument("textgrid", take.updates, take.seconds, currentSpelling());
      save(new Blob([text], { type: "text/plain" }), `${take.name}.TextGrid`);
    } catch (error) {
      complain(`No TextGrid: ${error.message}.`);
    }
  };
  return element(
    "div",
    "actions",
    action("▶ Play", `Play the take at ${time}`, () => take.play()),
    action("Audio", `Save the audio of the take at ${time}`, () => save(take.wav(), `${take.name}.wav`)),
    action("JSON", `Save the take at ${time} as JSON`, () => save(take.json(), `${take.name}.jsonl`)),
    action("TextGrid", `Save the take at ${time} as a TextGrid for Praat`, textGrid),
    action("Forget", `Forget the take at ${time}`, () => {
      take.forget();
      item.remove();
      section.hidden = !list.children.length;
      showHabits();
    }),
  );
}

function showHabits() {
  const parts = habits()
    .slice(0, 3)
    .map(([canonical, surface, times]) => element("span", "habit", ...phoneElements([canonical]), " → ", ...phoneElements([surface]), times > 1 ? ` ×${times}` : ""));
  habit.replaceChildren(...(parts.length ? ["sounds that moved: ", ...parts] : []));
}
