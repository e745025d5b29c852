// The microphone as 16-bit chunks, unprocessed: what "improves" speech for other people changes how it sounds.

const WHY = {
  NotAllowedError:
    "The microphone is blocked for this page. Allow it in the browser (the icon beside the address), then try again.",
  NotFoundError: "This computer has no microphone that the browser can see. Plug one in, then try again.",
  NotReadableError: "Another program holds the microphone. Close it, then try again.",
  OverconstrainedError: "The microphone does not deliver one channel of sound. Choose another in the browser.",
};
const INSECURE =
  "Browsers give a page the microphone only over HTTPS or on this machine itself: open it as http://127.0.0.1, " +
  "or serve it with --certificate.";
const QUIET_PEAK = 10 ** (-70 / 20); // the noise of a live microphone is louder
const QUIET_SECONDS = 3;
const CLIPPING_PEAK = 0.999;

export class MicrophoneError extends Error {}

/** Opens it; onChunk gets {samples: Int16Array, peak: 0..1}. Throws a MicrophoneError that says what to do. */
export async function openMicrophone(onChunk) {
  if (!navigator.mediaDevices?.getUserMedia || !window.AudioWorkletNode) throw new MicrophoneError(INSECURE);
  const wanted = { channelCount: 1, echoCancellation: false, noiseSuppression: false, autoGainControl: false };
  let stream;
  try {
    stream = await navigator.mediaDevices.getUserMedia({ audio: wanted });
  } catch (error) {
    throw new MicrophoneError(WHY[error.name] ?? `The microphone cannot be opened (${error.name}).`);
  }
  const context = new AudioContext();
  try {
    await context.audioWorklet.addModule("worklet.js");
    await context.resume();
  } catch (error) {
    stream.getTracks().forEach((track) => track.stop());
    throw new MicrophoneError(`The browser cannot process sound (${error.message}).`);
  }
  const node = new AudioWorkletNode(context, "capture", { numberOfOutputs: 0, channelCount: 1, channelCountMode: "explicit" });
  node.port.onmessage = ({ data }) => onChunk(data);
  context.createMediaStreamSource(stream).connect(node);
  return {
    sampleRate: context.sampleRate,
    onLost: (then) => stream.getAudioTracks()[0].addEventListener("ended", then),
    close() {
      node.port.onmessage = null;
      stream.getTracks().forEach((track) => track.stop());
      if (context.state !== "closed") context.close();
    },
  };
}

/** Tells whether something is wrong with what comes in. */
export class Watch {
  quiet = 0;

  /** A sentence for the speaker, or nothing. */
  hear(peak, seconds) {
    this.quiet = peak < QUIET_PEAK ? this.quiet + seconds : 0;
    if (this.quiet >= QUIET_SECONDS) return "No sound comes in. Is the microphone muted, or another one chosen?";
    return peak >= CLIPPING_PEAK ? "Too loud: move a little away from the microphone." : "";
  }
}
