// When a segment ends: streaming/endpoint.py with its preset "learner" and streaming/loudness.py, in plain Swift.

private let pauseMs = 1700.0
private let softLimitMs = 45_000.0
private let softPauseMs = 200.0
private let hardLimitMs = 90_000.0
private let soundMs = 640.0
private let settleMs = 100.0
private let windowFrames = 250
private let smoothFrames = 5
private let contrast = 3.1622776601683795 // 10 dB above the quietest tenth of a second is loud
private let faintest = 1e-4

/// How loud it was, in frames of 20 ms at 16 kHz.
struct Loudness {
  private var levels: [Double] = []
  /// Frames heard.
  private(set) var position = 0

  /// The next samples, in whole frames; less than a frame is not heard.
  mutating func hear(_ samples: [Float]) {
    for start in stride(from: 0, through: samples.count - step, by: step) {
      let power = samples[start..<start + step].reduce(0.0) { $0 + Double($1) * Double($1) }
      levels.append((power / Double(step)).squareRoot())
      if levels.count > windowFrames { levels.removeFirst() }
      position += 1
    }
  }

  /// Milliseconds since something stood out from the background; infinite if longer ago than is remembered.
  var quietMs: Double {
    if levels.count < smoothFrames { return 0 }
    let sums = (0...levels.count - smoothFrames).map { levels[$0..<$0 + smoothFrames].reduce(0, +) }
    let loud = contrast * max((sums.min() ?? 0) / Double(smoothFrames), faintest)
    guard let last = levels.lastIndex(where: { $0 > loud }) else { return .infinity }
    return 20 * Double(levels.count - 1 - last)
  }
}

/// How long nobody has spoken, from the time since the last token, how much of it is decoded, and the quiet.
func silenceMs(sinceTokenMs: Double, decodedMs: Double, quietMs: Double) -> Double {
  let behindMs = sinceTokenMs - decodedMs // not decoded yet: the token of a sound there may still come
  let quiet = quietMs >= behindMs + settleMs ? quietMs : 0
  return max(min(sinceTokenMs, quiet), decodedMs - soundMs)
}

/// elapsedMs: decoded of this stream; spoken: there is a token; finishing: pauses no longer count.
func endsSegment(elapsedMs: Double, silence: Double, spoken: Bool, finishing: Bool) -> Bool {
  if spoken && !finishing && silence >= pauseMs { return true }
  if elapsedMs >= softLimitMs && silence >= softPauseMs { return true }
  return elapsedMs >= hardLimitMs
}
