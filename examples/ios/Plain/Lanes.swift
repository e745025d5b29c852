// Lanes: sherpa-onnx's one token stream of a saidmeant bundle, taken apart into what was said and what was meant.
//
// Plain Swift, nothing of sherpa-onnx, Foundation or Apple's platforms in it; streaming/lanes.py and streaming/lines.py
// are the same in Python, and examples/golden holds the vectors that every language must pass.

private let indexSeconds = 0.04 // hard-coded in sherpa-onnx, whatever the model's frame length
private let wordBoundary = "|"
private let firstPerson: Set<String> = ["i", "i'm", "i'll", "i've", "i'd"]

/// What lane code needs of a bundle's manifest.
public struct Settings {
  /// surface, surface_confidence, meaning, … in the order of the output frames.
  public var lanes: [String] = []
  public var frameMs = 40
  public var chunkMs = 320
  public var lookAheadMs = 0
  /// The probability that each level of confidence stands for.
  public var levels: [Double] = []
  /// The same for phones and words as it turned out; empty in a bundle that is not calibrated.
  public var phones: [Double] = []
  public var words: [Double] = []

  public init() {}

  /// Reads manifest.yaml as saidmeant writes it (block style), no other YAML; nil if something is missing.
  public init?(manifest: String) {
    var key = ""
    for line in manifest.split(whereSeparator: \.isNewline) {
      let fields = line.split(separator: " ", omittingEmptySubsequences: true).map(String.init)
      guard fields.count >= 1 else { continue }
      if fields[0] != "-" { key = String(fields[0].prefix { $0 != ":" }) }
      if fields.count == 2, fields[1] != "[]" { add(key, fields[1]) }
    }
    if lanes.isEmpty || levels.isEmpty || frameMs <= 0 || chunkMs <= 0 { return nil }
    for table in [phones, words] where !table.isEmpty && table.count != levels.count { return nil }
  }

  /// Takes in one value of a manifest's key; unknown keys are ignored.
  public mutating func add(_ key: String, _ value: String) {
    switch key {
    case "lanes": lanes.append(value)
    case "frame_ms": frameMs = Int(value) ?? 0
    case "chunk_ms": chunkMs = Int(value) ?? 0
    case "look_ahead_ms": lookAheadMs = Int(value) ?? 0
    case "confidence_levels": levels.append(Double(value) ?? 0)
    case "phones": phones.append(Double(value) ?? 0)
    case "words": words.append(Double(value) ?? 0)
    default: break
    }
  }
}

/// A phone, a character (a word boundary is a space) or a word.  Times are seconds of the session.
public struct Token {
  public let text: String
  public let start: Double
  public let end: Double
  public let confidence: Double
}

/// Both lines: what was said is `phones`, what was meant `words`, spelled by `characters`.
public struct Lines {
  public let phones: [Token]
  public let characters: [Token]
  public let words: [Token]
  public var said: String { phones.map(\.text).joined(separator: " ") }
  public var meant: String { words.map(\.text).joined(separator: " ") }
}

/// A token on the frames first to last (inclusive); level: the highest level of confidence on them.
private struct Run {
  let symbol: String
  let first: Int
  var last: Int
  var level = 0
}

/// The lanes of one stream of sherpa-onnx.
public struct Lanes {
  private let settings: Settings
  private var surface: [Run] = []
  private var meaning: [Run] = []
  private var seen = 0

  public init(_ settings: Settings) {
    self.settings = settings
  }

  /// The last frame on which either head said something; -1 if none did.
  public var lastFrame: Int { max(surface.last?.last ?? -1, meaning.last?.last ?? -1) }

  /// Takes in the whole result of a stream so far; looks only at what is new.  True if a head said more.
  public mutating func feed(symbols: [String], times: [Float]) -> Bool {
    var changed = false
    while seen < symbols.count {
      let symbol = symbols[seen]
      let index = Int((Double(times[seen]) / indexSeconds).rounded())
      seen += 1
      if symbol.hasPrefix("K:") { continue } // candidates: for a beam search, which is not done here
      let lane = settings.lanes[index % settings.lanes.count]
      let label = String(symbol.drop { $0 != ":" }.dropFirst())
      let frame = index / settings.lanes.count
      let level = lane.hasSuffix("_confidence") ? Int(label) : nil
      if lane.hasPrefix("surface") {
        Lanes.add(label, level, frame, to: &surface)
      } else {
        Lanes.add(label, level, frame, to: &meaning)
      }
      changed = true
    }
    return changed
  }

  /// Repeats on adjacent frames of a lane are one token; after a blank the same label is another one.  A level belongs
  /// to its head's token on the same frame, which came just before it.
  private static func add(_ label: String, _ level: Int?, _ frame: Int, to runs: inout [Run]) {
    let last = runs.count - 1
    if let level = level {
      if last >= 0 { runs[last].level = max(runs[last].level, level) }
    } else if last >= 0, runs[last].symbol == label, runs[last].last == frame - 1 {
      runs[last].last = frame
    } else {
      runs.append(Run(symbol: label, first: frame, last: frame))
    }
  }

  /// Both lines.  origin: frames of the session before this stream; seconds: how long the session is so far.
  public func lines(origin: Int, seconds: Double) -> Lines {
    let table = settings.phones.isEmpty ? settings.levels : settings.phones
    let phones = surface.map { token($0, table, origin, seconds) }
    let characters = meaning.map { token($0, settings.levels, origin, seconds) }
    let words = characters.split { $0.text == " " }.map { word(Array($0)) }
    return Lines(phones: phones, characters: characters, words: words)
  }

  /// The model's output lags behind its input by the look-ahead, and no token lies outside the session.
  private func token(_ run: Run, _ levels: [Double], _ origin: Int, _ seconds: Double) -> Token {
    let offset = origin - settings.lookAheadMs / settings.frameMs
    func second(_ frame: Int) -> Double {
      min(max(0, Double(offset + frame) * (Double(settings.frameMs) / 1000)), seconds)
    }
    return Token(
      text: run.symbol == wordBoundary ? " " : run.symbol, start: second(run.first), end: second(run.last + 1),
      confidence: levels[min(run.level, levels.count - 1)])
  }

  private func word(_ letters: [Token]) -> Token {
    let text = letters.map(\.text).joined()
    let mean = letters.map(\.confidence).reduce(0, +) / Double(letters.count)
    return Token(
      text: firstPerson.contains(text) ? "I" + text.dropFirst() : text, start: letters[0].start,
      end: letters[letters.count - 1].end, confidence: probability(mean))
  }

  /// The probability of a word whose letters have this mean confidence: the table, interpolated.
  private func probability(_ raw: Double) -> Double {
    let (levels, words) = (settings.levels, settings.words)
    if words.isEmpty { return raw }
    guard let above = levels.firstIndex(where: { raw <= $0 }) else { return words[words.count - 1] }
    if above == 0 { return words[0] }
    let share = (raw - levels[above - 1]) / (levels[above] - levels[above - 1])
    return words[above - 1] + (words[above] - words[above - 1]) * share
  }
}
