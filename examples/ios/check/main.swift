// Runs the lane code on the golden vectors:  swiftc Plain/*.swift check/main.swift -o checked && ./checked ../golden/*.txt
// Their format: ../golden/README.md
import Foundation

struct Wanted {
  var origin = 0
  var symbols: [String] = []
  var times: [Float] = []
  var steps: [Int] = [] // tokens there after each step
  var expected: [[String]] = []
}

func stop(_ message: String) -> Never {
  FileHandle.standardError.write(Data("check: \(message)\n".utf8))
  exit(1)
}

func compare(_ found: [Token], _ wanted: [[String]], _ what: String) {
  if found.map(\.text) != wanted.map({ $0[1] }) { stop("\(what): \(found.map(\.text)) is not \(wanted.map { $0[1] })") }
  for (token, fields) in zip(found, wanted) {
    for (number, field) in zip([token.start, token.end, token.confidence], fields[2...]) {
      if abs(number - Double(field)!) > 1e-6 { stop("\(what) \(token.text): \(number), expected \(field)") }
    }
  }
}

func check(_ stream: Wanted, _ settings: Settings, _ seconds: Double) {
  var lanes = Lanes(settings)
  for count in stream.steps {
    _ = lanes.feed(symbols: Array(stream.symbols.prefix(count)), times: Array(stream.times.prefix(count)))
  }
  let lines = lanes.lines(origin: stream.origin, seconds: seconds)
  func wanted(_ kind: String) -> [[String]] { stream.expected.filter { $0[0] == kind } }
  compare(lines.phones, wanted("phone"), "phone")
  compare(lines.characters, wanted("character"), "character")
  compare(lines.words, wanted("word"), "word")
  if [lines.said, lines.meant] != [wanted("said")[0][1], wanted("meant")[0][1]] { stop("\(lines.said) | \(lines.meant)") }
}

func check(_ path: String) {
  guard let text = try? String(contentsOfFile: path, encoding: .utf8) else { stop("\(path) cannot be read") }
  var settings = Settings()
  var seconds = 0.0
  var streams: [Wanted] = []
  for line in text.split(separator: "\n") {
    let fields = line.split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
    switch fields[0] {
    case "seconds": seconds = Double(fields[1])!
    case "stream": streams.append(Wanted(origin: Int(fields[1])!))
    case "token":
      streams[streams.count - 1].symbols.append(fields[1])
      streams[streams.count - 1].times.append(Float(fields[2])!)
    case "step": streams[streams.count - 1].steps.append(streams[streams.count - 1].symbols.count)
    default:
      if streams.isEmpty {
        fields.dropFirst().forEach { settings.add(fields[0] == "levels" ? "confidence_levels" : fields[0], $0) }
      } else {
        streams[streams.count - 1].expected.append(fields)
      }
    }
  }
  if streams.isEmpty { stop("\(path) has no streams") }
  streams.forEach { check($0, settings, seconds) }
  print("\(path): \(streams.count) streams, all as expected")
}

CommandLine.arguments.dropFirst().forEach { check($0) }
