// When a segment ends: streaming/endpoint.py with its preset "learner" and streaming/loudness.py, in plain Kotlin.
package saidmeant

import kotlin.math.max
import kotlin.math.min
import kotlin.math.sqrt

private const val PAUSE_MS = 1700.0
private const val SOFT_LIMIT_MS = 45_000.0
private const val SOFT_PAUSE_MS = 200.0
private const val HARD_LIMIT_MS = 90_000.0
private const val SOUND_MS = 640.0
private const val SETTLE_MS = 100.0
private const val WINDOW_FRAMES = 250
private const val SMOOTH_FRAMES = 5
private const val CONTRAST = 3.1622776601683795 // 10 dB above the quietest tenth of a second is loud
private const val FAINTEST = 1e-4

/** How loud it was, in frames of 20 ms at 16 kHz. */
class Loudness {
    private val levels = mutableListOf<Double>()

    /** Frames heard. */
    var position = 0
        private set

    /** The next samples, in whole frames; less than a frame is not heard. */
    fun hear(samples: FloatArray) {
        for (start in 0..samples.size - STEP step STEP) {
            var power = 0.0
            for (i in start until start + STEP) power += samples[i].toDouble() * samples[i]
            levels.add(sqrt(power / STEP))
            if (levels.size > WINDOW_FRAMES) levels.removeAt(0)
            position++
        }
    }

    /** Milliseconds since something stood out from the background; infinite if longer ago than is remembered. */
    val quietMs: Double
        get() {
            if (levels.size < SMOOTH_FRAMES) return 0.0
            var quietest = Double.POSITIVE_INFINITY
            for (first in 0..levels.size - SMOOTH_FRAMES) {
                var sum = 0.0
                for (i in first until first + SMOOTH_FRAMES) sum += levels[i]
                quietest = min(quietest, sum / SMOOTH_FRAMES)
            }
            val loud = CONTRAST * max(quietest, FAINTEST)
            val last = levels.indexOfLast { it > loud }
            return if (last < 0) Double.POSITIVE_INFINITY else 20.0 * (levels.size - 1 - last)
        }
}

/** How long nobody has spoken, from the time since the last token, how much of it is decoded, and the quiet. */
fun silenceMs(sinceTokenMs: Double, decodedMs: Double, quietMs: Double): Double {
    val behindMs = sinceTokenMs - decodedMs // not decoded yet: the token of a sound there may still come
    val quiet = if (quietMs >= behindMs + SETTLE_MS) quietMs else 0.0
    return max(min(sinceTokenMs, quiet), decodedMs - SOUND_MS)
}

/** elapsedMs: decoded of this stream; spoken: there is a token; finishing: pauses no longer count. */
fun endsSegment(elapsedMs: Double, silence: Double, spoken: Boolean, finishing: Boolean): Boolean {
    if (spoken && !finishing && silence >= PAUSE_MS) return true
    if (elapsedMs >= SOFT_LIMIT_MS && silence >= SOFT_PAUSE_MS) return true
    return elapsedMs >= HARD_LIMIT_MS
}
