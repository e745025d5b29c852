// Lanes: sherpa-onnx's one token stream of a saidmeant bundle, taken apart into what was said and what was meant.
//
// Plain Kotlin, nothing of sherpa-onnx or Android in it; streaming/lanes.py and streaming/lines.py are the same in
// Python, and examples/golden holds the vectors that every language must pass.
package saidmeant

import kotlin.math.max
import kotlin.math.min
import kotlin.math.roundToInt

private const val INDEX_SECONDS = 0.04 // hard-coded in sherpa-onnx, whatever the model's frame length
private const val WORD_BOUNDARY = "|"
private val FIRST_PERSON = setOf("i", "i'm", "i'll", "i've", "i'd")

/** What lane code needs of a bundle's manifest.  lanes: in the order of the output frames. */
class Settings(
    val lanes: List<String>,
    val frameMs: Int,
    val chunkMs: Int,
    val lookAheadMs: Int,
    /** The probability that each level of confidence stands for. */
    val levels: List<Double>,
    /** The same for phones and words as it turned out; empty in a bundle that is not calibrated. */
    val phones: List<Double>,
    val words: List<Double>
) {
    companion object {
        /** Reads manifest.yaml as saidmeant writes it (block style), no other YAML. */
        fun of(manifest: String): Settings {
            val values = mutableMapOf<String, MutableList<String>>()
            var key = ""
            for (line in manifest.lines().map { it.trim() }) {
                val value = if (line.startsWith("- ")) line.substring(2) else line.substringAfter(": ", "")
                if (!line.startsWith("- ")) key = line.substringBefore(":")
                val old = values.getOrPut(key) { mutableListOf() }
                if (value.isNotEmpty() && value != "[]") old.add(value.trim())
            }
            fun numbers(name: String) = values[name].orEmpty().map { it.toDouble() }
            fun number(name: String) = numbers(name).first().toInt()
            return Settings(
                values.getValue("lanes"), number("frame_ms"), number("chunk_ms"), number("look_ahead_ms"),
                numbers("confidence_levels"), numbers("phones"), numbers("words")
            )
        }
    }
}

/** A phone, a character (a word boundary is a space) or a word.  Times are seconds of the session. */
class Token(val text: String, val start: Double, val end: Double, val confidence: Double)

/** Both lines: what was said is [phones], what was meant [words], spelled by [characters]. */
class Lines(val phones: List<Token>, val characters: List<Token>, val words: List<Token>) {
    val said get() = phones.joinToString(" ") { it.text }
    val meant get() = words.joinToString(" ") { it.text }
}

/** The lanes of one stream of sherpa-onnx. */
class Lanes(private val settings: Settings) {
    /** A token on the frames first to last (inclusive); level: the highest level of confidence on them. */
    private class Run(val symbol: String, val first: Int, var last: Int, var level: Int = 0)

    private val surface = mutableListOf<Run>()
    private val meaning = mutableListOf<Run>()
    private var seen = 0

    /** The last frame on which either head said something; -1 if none did. */
    val lastFrame get() = max(surface.lastOrNull()?.last ?: -1, meaning.lastOrNull()?.last ?: -1)

    /** Takes in the whole result of a stream so far; looks only at what is new.  True if a head said more. */
    fun feed(symbols: List<String>, times: List<Float>): Boolean {
        var changed = false
        for (i in seen until symbols.size) {
            if (symbols[i].startsWith("K:")) continue // candidates: for a beam search, which is not done here
            val index = (times[i] / INDEX_SECONDS).roundToInt()
            val lane = settings.lanes[index % settings.lanes.size]
            val runs = if (lane.startsWith("surface")) surface else meaning
            val label = symbols[i].substringAfter(":")
            if (lane.endsWith("_confidence")) addLevel(runs, label.toInt())
            else addLabel(runs, index / settings.lanes.size, label)
            changed = true
        }
        seen = max(seen, symbols.size)
        return changed
    }

    /** Repeats on adjacent frames of a lane are one token; after a blank the same label is another one. */
    private fun addLabel(runs: MutableList<Run>, frame: Int, label: String) {
        val last = runs.lastOrNull()
        if (last != null && last.symbol == label && last.last == frame - 1) last.last = frame
        else runs.add(Run(label, frame, frame))
    }

    /** A confidence belongs to its head's token on the same frame, which came just before it. */
    private fun addLevel(runs: List<Run>, level: Int) {
        runs.lastOrNull()?.let { it.level = max(it.level, level) }
    }

    /** Both lines.  origin: frames of the session before this stream; seconds: how long the session is so far. */
    fun lines(origin: Int, seconds: Double): Lines {
        fun tokens(runs: List<Run>, levels: List<Double>) = runs.map { token(it, levels, origin, seconds) }
        val phones = tokens(surface, if (settings.phones.isEmpty()) settings.levels else settings.phones)
        val characters = tokens(meaning, settings.levels)
        return Lines(phones, characters, words(characters))
    }

    /** The model's output lags behind its input by the look-ahead, and no token lies outside the session. */
    private fun token(run: Run, levels: List<Double>, origin: Int, seconds: Double): Token {
        val offset = origin - settings.lookAheadMs / settings.frameMs
        fun second(frame: Int) = min(max(0.0, (offset + frame) * (settings.frameMs / 1000.0)), seconds)
        val text = if (run.symbol == WORD_BOUNDARY) " " else run.symbol
        return Token(text, second(run.first), second(run.last + 1), levels[min(run.level, levels.size - 1)])
    }

    private fun words(characters: List<Token>): List<Token> {
        val words = mutableListOf<Token>()
        var letters = mutableListOf<Token>()
        for (character in characters + Token(" ", 0.0, 0.0, 0.0)) {
            if (character.text != " ") {
                letters.add(character)
            } else if (letters.isNotEmpty()) {
                words.add(word(letters))
                letters = mutableListOf()
            }
        }
        return words
    }

    private fun word(letters: List<Token>): Token {
        val text = letters.joinToString("") { it.text }
        val spelled = if (text in FIRST_PERSON) "I" + text.substring(1) else text
        val mean = letters.map { it.confidence }.average()
        return Token(spelled, letters.first().start, letters.last().end, probability(mean))
    }

    /** The probability of a word whose letters have this mean confidence: the table, interpolated. */
    private fun probability(raw: Double): Double {
        val levels = settings.levels
        val words = settings.words
        if (words.isEmpty()) return raw
        val above = levels.indexOfFirst { raw <= it }
        if (above <= 0) return if (above < 0) words.last() else words.first()
        val share = (raw - levels[above - 1]) / (levels[above] - levels[above - 1])
        return words[above - 1] + (words[above] - words[above - 1]) * share
    }
}
