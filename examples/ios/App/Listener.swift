// The microphone and a session on it, on a queue of their own.
import AVFoundation
import Combine

final class Listener: ObservableObject {
  @Published private(set) var meant = ""
  @Published private(set) var said = ""
  @Published private(set) var settled = true
  @Published private(set) var listening = false
  private let engine = AVAudioEngine()
  private let work = DispatchQueue(label: "saidmeant")
  private var host: SherpaHost?
  private var session: Session?

  func toggle() {
    if listening { return stop() }
    AVAudioSession.sharedInstance().requestRecordPermission { allowed in
      DispatchQueue.main.async {
        if allowed { self.start() } else { self.meant = "No permission for the microphone" }
      }
    }
  }

  private func start() {
    do {
      try open()
      listening = true
    } catch {
      meant = error.localizedDescription
    }
  }

  private func open() throws {
    let audio = AVAudioSession.sharedInstance()
    try audio.setCategory(.record, mode: .measurement) // without the processing for calls
    try audio.setActive(true)
    let session = Session(host: try loaded(), settings: try settings()) { update in
      DispatchQueue.main.async { self.show(update) }
    }
    let input = engine.inputNode
    let hardware = input.outputFormat(forBus: 0)
    let format = AVAudioFormat(commonFormat: .pcmFormatFloat32, sampleRate: Double(rate), channels: 1, interleaved: false)!
    guard let converter = AVAudioConverter(from: hardware, to: format) else { throw Missing("a usable microphone") }
    input.installTap(onBus: 0, bufferSize: 4_096, format: hardware) { buffer, _ in
      let samples = Listener.converted(buffer, converter, format)
      self.work.async { session.accept(samples) }
    }
    engine.prepare()
    try engine.start()
    self.session = session
  }

  private func stop() {
    engine.stop()
    engine.inputNode.removeTap(onBus: 0)
    listening = false
    guard let ended = session else { return }
    session = nil
    work.async { ended.finish() } // after the last samples; the last word comes here
  }

  private func loaded() throws -> SherpaHost {
    if let host = host { return host }
    host = SherpaHost(model: try path("model", "onnx"), tokens: try path("tokens", "txt"))
    guard let host = host else { throw Missing("a model that sherpa-onnx takes") }
    return host
  }

  private func settings() throws -> Settings {
    let text = try String(contentsOfFile: path("manifest", "yaml"), encoding: .utf8)
    guard let settings = Settings(manifest: text) else { throw Missing("a manifest of saidmeant") }
    return settings
  }

  private func path(_ name: String, _ kind: String) throws -> String {
    guard let path = Bundle.main.path(forResource: name, ofType: kind) else { throw Missing("\(name).\(kind)") }
    return path
  }

  private func show(_ update: Update) {
    meant = update.lines.meant
    said = update.lines.said
    settled = update.final
  }

  /// The same audio at 16 kHz; the converter keeps what does not fill a sample yet.
  private static func converted(_ buffer: AVAudioPCMBuffer, _ converter: AVAudioConverter, _ format: AVAudioFormat) -> [Float] {
    let ratio = format.sampleRate / buffer.format.sampleRate
    let capacity = AVAudioFrameCount(Double(buffer.frameLength) * ratio) + 64
    guard let output = AVAudioPCMBuffer(pcmFormat: format, frameCapacity: capacity) else { return [] }
    var given = false
    converter.convert(to: output, error: nil) { _, status in
      status.pointee = given ? .noDataNow : .haveData
      defer { given = true }
      return given ? nil : buffer
    }
    return Array(UnsafeBufferPointer(start: output.floatChannelData![0], count: Int(output.frameLength)))
  }
}

struct Missing: LocalizedError {
  let what: String
  init(_ what: String) { self.what = what }
  var errorDescription: String? { "Missing: \(what)" }
}
