// Two lines and a button: what was meant, what was said, and listening on or off.
import SwiftUI

@main
struct SaidMeantApp: App {
  var body: some Scene {
    WindowGroup { TwoLines() }
  }
}

struct TwoLines: View {
  @StateObject private var listener = Listener()

  var body: some View {
    VStack(alignment: .leading, spacing: 16) {
      Text(listener.meant).font(.title).opacity(listener.settled ? 1 : 0.6) // may still change
      Text(listener.said).font(.system(.body, design: .monospaced))
      Spacer()
      Button(listener.listening ? "Done" : "Speak") { listener.toggle() }.frame(maxWidth: .infinity).font(.title2)
    }
    .padding()
  }
}
