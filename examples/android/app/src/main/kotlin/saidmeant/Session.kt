// A session: audio in, updates out.  The flow is that of streaming/session.py: audio in steps of 20 ms, and at a
// segment's end a fresh stream that goes on with the first frame that has not come out.  Plain Kotlin; the recogniser
// is behind an interface (SherpaHost.kt).
package saidmeant

import kotlin.math.max
import kotlin.math.min

const val RATE = 16_000
const val STEP = RATE / 50
private const val FLUSH_SLACK_FRAMES = 4 // after the last audio a late last token may still come

/** sherpa-onnx's OnlineRecognizer. */
interface Host {
    fun open(): HostStream
}

/** sherpa-onnx's OnlineStream; the lists are the whole result so far. */
interface HostStream {
    val ready: Boolean
    val symbols: List<String>
    val times: List<Float>
    fun accept(samples: FloatArray)
    fun decode()
    fun close()
}

/** The state of one segment; a partial one is replaced by the next, a final one ends the segment. */
class Update(val segment: Int, val final: Boolean, val lines: Lines)

/** One continuous stretch of audio, on one thread at a time. */
class Session(private val host: Host, private val settings: Settings, private val onUpdate: (Update) -> Unit) {
    private val frameSamples = settings.frameMs * RATE / 1000
    private val lookAheadFrames = settings.lookAheadMs / settings.frameMs
    private val loudness = Loudness()
    private var rest = FloatArray(0) // less than a step, until more comes
    private var kept = FloatArray(0) // audio of this stream from keptFrames on
    private var keptFrames = 0
    private var finishing = false
    private var received = 0L // samples of the session, without the silence that flushes it
    private var origin = 0 // frames of the session before this stream
    private var decoded = -lookAheadFrames // frames of this stream that came out; the first are from before its start
    private var segment = 0
    private var stream = host.open()
    private var lanes = Lanes(settings)

    /** Takes in samples in [-1, 1] at 16 kHz, one channel, any number of them. */
    fun accept(samples: FloatArray) {
        received += samples.size
        val all = rest + samples
        val whole = all.size / STEP * STEP
        for (start in 0 until whole step STEP) feed(all.copyOfRange(start, start + STEP))
        rest = all.copyOfRange(whole, all.size)
    }

    /** Flushes the tail with as much silence as the model needs; the last word comes here. */
    fun finish() {
        finishing = true // the silence that follows is not the speaker's
        feed(rest)
        val end = (received + frameSamples - 1) / frameSamples + FLUSH_SLACK_FRAMES
        while (received > 0 && origin + decoded < end) feed(FloatArray(frameSamples))
        if (lanes.lastFrame >= 0) report(true)
        stream.close()
    }

    private fun feed(samples: FloatArray) {
        kept += samples
        loudness.hear(samples)
        stream.accept(samples)
        var changed = false
        do {
            val looking = stream.ready
            if (looking) changed = decode() || changed
            if (ends()) {
                if (lanes.lastFrame >= 0) report(true)
                if (lanes.lastFrame >= 0) segment++
                nextStream()
                changed = false
            }
        } while (looking)
        if (changed && !finishing) report(false)
    }

    private fun decode(): Boolean {
        stream.decode()
        decoded += settings.chunkMs / settings.frameMs
        forget()
        return lanes.feed(stream.symbols, stream.times)
    }

    /** What has come out is not needed for the next stream. */
    private fun forget() {
        val out = max(0, decoded)
        kept = kept.copyOfRange(min((out - keptFrames) * frameSamples, kept.size), kept.size)
        keptFrames = out
    }

    private fun nextStream() {
        stream.close()
        origin += max(0, decoded)
        stream = host.open()
        lanes = Lanes(settings)
        decoded = -lookAheadFrames
        keptFrames = 0
        stream.accept(kept)
    }

    private fun ends(): Boolean {
        val last = lanes.lastFrame
        val elapsedMs = decoded * settings.frameMs
        val saidMs = if (last >= 0) (last + 1) * settings.frameMs - settings.lookAheadMs else 0
        val heardMs = loudness.position * 20 - origin * settings.frameMs
        val silence = silenceMs((heardMs - saidMs).toDouble(), (elapsedMs - saidMs).toDouble(), loudness.quietMs)
        return endsSegment(elapsedMs.toDouble(), silence, last >= 0, finishing)
    }

    private fun report(final: Boolean) {
        onUpdate(Update(segment, final, lanes.lines(origin, received.toDouble() / RATE)))
    }
}
