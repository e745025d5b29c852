// The recogniser behind a session: sherpa-onnx's C API, seen through sherpa-onnx-bridging-header.h.
import Foundation

/// Loads model.onnx and tokens.txt.  A damaged model ends the process, so verify it before you ship.
final class SherpaHost: Host {
  private let recognizer: OpaquePointer

  /// nil if sherpa-onnx does not take the files.
  init?(model: String, tokens: String) {
    let texts = [model, tokens, "cpu", "greedy_search"].map { strdup($0) }
    defer { texts.forEach { free($0) } }
    var config = SherpaOnnxOnlineRecognizerConfig() // zeros
    config.feat_config.sample_rate = Int32(rate)
    config.feat_config.feature_dim = 80
    config.model_config.zipformer2_ctc.model = UnsafePointer(texts[0])
    config.model_config.tokens = UnsafePointer(texts[1])
    config.model_config.num_threads = 1
    config.model_config.provider = UnsafePointer(texts[2])
    config.decoding_method = UnsafePointer(texts[3])
    guard let recognizer = SherpaOnnxCreateOnlineRecognizer(&config) else { return nil }
    self.recognizer = recognizer
  }

  deinit { SherpaOnnxDestroyOnlineRecognizer(recognizer) }

  func open() -> HostStream { Stream(self) }

  private final class Stream: HostStream {
    private let host: SherpaHost
    private let stream: OpaquePointer

    init(_ host: SherpaHost) {
      self.host = host
      stream = SherpaOnnxCreateOnlineStream(host.recognizer)
    }

    deinit { SherpaOnnxDestroyOnlineStream(stream) }

    var ready: Bool { SherpaOnnxIsOnlineStreamReady(host.recognizer, stream) == 1 }
    func decode() { SherpaOnnxDecodeOnlineStream(host.recognizer, stream) }

    func accept(_ samples: [Float]) {
      SherpaOnnxOnlineStreamAcceptWaveform(stream, Int32(rate), samples, Int32(samples.count))
    }

    var result: (symbols: [String], times: [Float]) {
      guard let found = SherpaOnnxGetOnlineStreamResult(host.recognizer, stream) else { return ([], []) }
      defer { SherpaOnnxDestroyOnlineRecognizerResult(found) }
      guard let tokens = found.pointee.tokens_arr, let times = found.pointee.timestamps else { return ([], []) }
      let all = 0..<Int(found.pointee.count)
      return (all.map { tokens[$0].map { String(cString: $0) } ?? "" }, all.map { times[$0] })
    }
  }
}
