// A session: audio in, updates out.  The flow is that of streaming/session.py: audio in steps of 20 ms, and at a
// segment's end a fresh stream that goes on with the first frame that has not come out.  Plain Swift; the recogniser is
// behind a protocol (App/SherpaHost.swift).

public let rate = 16_000
let step = rate / 50
private let flushSlackFrames = 4 // after the last audio a late last token may still come

/// sherpa-onnx's recogniser.
public protocol Host {
  func open() -> HostStream
}

/// A stream of it; `result` is the whole result so far.
public protocol HostStream {
  var ready: Bool { get }
  var result: (symbols: [String], times: [Float]) { get }
  func accept(_ samples: [Float])
  func decode()
}

/// The state of one segment; a partial one is replaced by the next, a final one ends the segment.
public struct Update {
  public let segment: Int
  public let final: Bool
  public let lines: Lines
}

/// One continuous stretch of audio, on one thread at a time.
public final class Session {
  private let host: Host
  private let settings: Settings
  private let onUpdate: (Update) -> Void
  private let frameSamples: Int
  private let lookAheadFrames: Int
  private var loudness = Loudness()
  private var rest: [Float] = [] // less than a step, until more comes
  private var kept: [Float] = [] // audio of this stream from keptFrames on
  private var keptFrames = 0
  private var finishing = false
  private var received = 0 // samples of the session, without the silence that flushes it
  private var origin = 0 // frames of the session before this stream
  private var decoded: Int // frames of this stream that came out; the first are from before its start
  private var segment = 0
  private var stream: HostStream
  private var lanes: Lanes

  public init(host: Host, settings: Settings, onUpdate: @escaping (Update) -> Void) {
    self.host = host
    self.settings = settings
    self.onUpdate = onUpdate
    frameSamples = settings.frameMs * rate / 1000
    lookAheadFrames = settings.lookAheadMs / settings.frameMs
    decoded = -lookAheadFrames
    stream = host.open()
    lanes = Lanes(settings)
  }

  /// Takes in samples in [-1, 1] at 16 kHz, one channel, any number of them.
  public func accept(_ samples: [Float]) {
    received += samples.count
    let all = rest + samples
    let whole = all.count / step * step
    for start in stride(from: 0, to: whole, by: step) { feed(Array(all[start..<start + step])) }
    rest = Array(all[whole...])
  }

  /// Flushes the tail with as much silence as the model needs; the last word comes here.
  public func finish() {
    finishing = true // the silence that follows is not the speaker's
    feed(rest)
    let end = (received + frameSamples - 1) / frameSamples + flushSlackFrames
    while received > 0 && origin + decoded < end { feed([Float](repeating: 0, count: frameSamples)) }
    if lanes.lastFrame >= 0 { report(final: true) }
  }

  private func feed(_ samples: [Float]) {
    kept += samples
    loudness.hear(samples)
    stream.accept(samples)
    var changed = false
    var looking = true
    while looking {
      looking = stream.ready
      if looking { changed = decode() || changed }
      if !ends() { continue }
      if lanes.lastFrame >= 0 {
        report(final: true)
        segment += 1
      }
      nextStream()
      changed = false
    }
    if changed && !finishing { report(final: false) }
  }

  private func decode() -> Bool {
    stream.decode()
    decoded += settings.chunkMs / settings.frameMs
    let out = max(0, decoded) // what has come out is not needed for the next stream
    kept.removeFirst(min((out - keptFrames) * frameSamples, kept.count))
    keptFrames = out
    let result = stream.result
    return lanes.feed(symbols: result.symbols, times: result.times)
  }

  private func nextStream() {
    origin += max(0, decoded)
    stream = host.open()
    lanes = Lanes(settings)
    decoded = -lookAheadFrames
    keptFrames = 0
    stream.accept(kept)
  }

  private func ends() -> Bool {
    let last = lanes.lastFrame
    let elapsedMs = decoded * settings.frameMs
    let saidMs = last >= 0 ? (last + 1) * settings.frameMs - settings.lookAheadMs : 0
    let heardMs = loudness.position * 20 - origin * settings.frameMs
    let silence = silenceMs(
      sinceTokenMs: Double(heardMs - saidMs), decodedMs: Double(elapsedMs - saidMs), quietMs: loudness.quietMs)
    return endsSegment(elapsedMs: Double(elapsedMs), silence: silence, spoken: last >= 0, finishing: finishing)
  }

  private func report(final: Bool) {
    let seconds = Double(received) / Double(rate)
    onUpdate(Update(segment: segment, final: final, lines: lanes.lines(origin: origin, seconds: seconds)))
  }
}
