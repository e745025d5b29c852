// The protocol of the server (docs/protocol.md) over one WebSocket.

const LAST_WORDS_SECONDS = 30; // until they have come
const FULL_SECONDS = 5; // of audio that waits to be sent: this line or machine cannot keep up

function address(path) {
  const url = new URL(path, location.href);
  url.protocol = url.protocol.replace("http", "ws");
  url.hash = "";
  const token = new URLSearchParams(location.hash.slice(1)).get("token");
  if (token) url.searchParams.set("token", token);
  return url;
}

/** One session. on: {ready, update, finished, failed}, each called with the message; failed with a sentence. */
export class Session {
  constructor(start, on) {
    this.start = start;
    this.on = on;
    this.waiting = [];
    this.over = false;
    this.socket = new WebSocket(address("v1/listen"));
    this.socket.binaryType = "arraybuffer";
    this.socket.onopen = () => this.#opened();
    this.socket.onmessage = ({ data }) => this.#told(JSON.parse(data));
    this.socket.onclose = () => this.#end(() => this.on.failed("The connection to the recogniser is gone."));
  }

  send(samples) {
    if (this.over) return;
    if (this.socket.readyState === WebSocket.CONNECTING) this.waiting.push(samples);
    else if (this.socket.readyState === WebSocket.OPEN) this.socket.send(samples);
  }

  finish() {
    if (this.socket.readyState !== WebSocket.OPEN) {
      this.onOpen = () => this.finish();
      return;
    }
    this.socket.send('{"type": "finish"}');
    setTimeout(() => this.#end(() => this.on.failed("The last words did not come.")), LAST_WORDS_SECONDS * 1000);
  }

  get behind() {
    return this.socket.bufferedAmount > FULL_SECONDS * this.start.sample_rate * 2;
  }

  #opened() {
    this.socket.send(JSON.stringify({ type: "start", encoding: "s16le", ...this.start }));
    this.waiting.forEach((samples) => this.socket.send(samples));
    this.waiting = [];
    this.onOpen?.();
  }

  #told(message) {
    if (message.type === "ready") this.on.ready(message);
    else if (message.type === "update") this.on.update(message);
    else if (message.type === "finished") this.#end(() => this.on.finished(message));
    else if (message.type === "error") this.#end(() => this.on.failed(`${message.message}.`, message.code));
  }

  #end(tell) {
    if (this.over) return;
    this.over = true;
    tell();
    this.socket.close();
  }
}

/** A document made of final updates: "textgrid", "srt", "vtt" or "csv". */
export function makeDocument(format, updates, duration, phones) {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(address("v1/export"));
    socket.onopen = () => {
      socket.send(JSON.stringify({ type: "export", format, phones, duration, updates: updates.length }));
      updates.forEach((update) => socket.send(JSON.stringify({ type: "update", update })));
    };
    socket.onmessage = ({ data }) => {
      const message = JSON.parse(data);
      if (message.type === "document") resolve(message.text);
      else reject(new Error(message.message));
    };
    socket.onclose = () => reject(new Error("the connection to the server is gone"));
  });
}
