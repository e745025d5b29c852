// Runs in the audio thread: samples of the microphone, 40 ms at a time, as the 16-bit integers that are sent.
const SECONDS = 0.04;

class Capture extends AudioWorkletProcessor {
  constructor() {
    super();
    this.size = Math.round(SECONDS * sampleRate);
    this.begin();
  }

  begin() {
    this.samples = new Int16Array(this.size);
    this.filled = 0;
    this.peak = 0;
  }

  process([[channel]]) {
    if (!channel) return true;
    for (const value of channel) {
      this.peak = Math.max(this.peak, Math.abs(value));
      this.samples[this.filled++] = Math.max(-32768, Math.min(32767, Math.round(value * 32768)));
      if (this.filled === this.size) {
        this.port.postMessage({ samples: this.samples, peak: this.peak }, [this.samples.buffer]);
        this.begin();
      }
    }
    return true;
  }
}

registerProcessor("capture", Capture);
