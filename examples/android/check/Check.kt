// Runs the lane code on the golden vectors, and a session on a recogniser of which everything is known:
//
//     kotlin -cp check.jar saidmeant.CheckKt ../golden/think.txt …       The vectors' format: ../golden/README.md
package saidmeant

import java.io.File
import kotlin.math.abs
import kotlin.math.sin
import kotlin.system.exitProcess

private class Wanted(val origin: Int) {
    val fed = mutableListOf<Pair<String, Float>>()
    val steps = mutableListOf<Int>() // tokens there after each step
    val expected = mutableListOf<List<String>>()
}

private fun fail(message: String): Nothing {
    System.err.println("check: $message")
    exitProcess(1)
}

private fun compare(found: List<Token>, wanted: List<List<String>>, what: String) {
    if (found.map { it.text } != wanted.map { it[1] }) fail("$what: ${found.map { it.text }} is not ${wanted.map { it[1] }}")
    for ((token, fields) in found.zip(wanted)) {
        val numbers = listOf(token.start, token.end, token.confidence)
        for (i in 0..2) if (abs(numbers[i] - fields[i + 2].toDouble()) > 1e-6) fail("$what ${token.text}: $numbers, $fields")
    }
}

private fun checkStream(settings: Settings, seconds: Double, stream: Wanted) {
    val lanes = Lanes(settings)
    for (count in stream.steps) {
        val result = stream.fed.take(count)
        lanes.feed(result.map { it.first }, result.map { it.second })
    }
    val lines = lanes.lines(stream.origin, seconds)
    val wanted = stream.expected.groupBy { it[0] }
    compare(lines.phones, wanted["phone"].orEmpty(), "phone")
    compare(lines.characters, wanted["character"].orEmpty(), "character")
    compare(lines.words, wanted["word"].orEmpty(), "word")
    val texts = listOf(lines.said, lines.meant)
    val shown = listOf("said", "meant").map { wanted.getValue(it).single()[1] }
    if (texts != shown) fail("$texts is not $shown")
}

private fun checkVector(path: String) {
    val header = mutableMapOf<String, List<String>>()
    val streams = mutableListOf<Wanted>()
    for (fields in File(path).readLines().map { it.split("\t") }) {
        val key = fields[0]
        if (key == "stream") streams.add(Wanted(fields[1].toInt()))
        else if (streams.isEmpty()) header[key] = fields.drop(1)
        else if (key == "token") streams.last().fed.add(Pair(fields[1], fields[2].toFloat()))
        else if (key == "step") streams.last().steps.add(streams.last().fed.size)
        else streams.last().expected.add(fields)
    }
    fun numbers(name: String) = header[name].orEmpty().map { it.toDouble() }
    fun number(name: String) = numbers(name).single().toInt()
    val settings = Settings(
        header.getValue("lanes"), number("frame_ms"), 320, number("look_ahead_ms"),
        numbers("levels"), numbers("phones"), numbers("words")
    )
    if (streams.isEmpty()) fail("$path has no streams")
    streams.forEach { checkStream(settings, numbers("seconds").single(), it) }
    println("$path: ${streams.size} streams, all as expected")
}

/** Hears AA wherever it is loud, after the look-ahead, like a model with these settings would. */
private class LoudHost(private val settings: Settings) : Host {
    var opened = 0

    override fun open(): HostStream {
        opened++
        return object : HostStream {
            private var audio = FloatArray(0)
            private var frames = 0
            override val symbols = mutableListOf<String>()
            override val times = mutableListOf<Float>()
            override val ready get() = audio.size >= (frames * settings.frameMs + settings.chunkMs) * RATE / 1000 + RATE / 20
            override fun accept(samples: FloatArray) { audio += samples }
            override fun close() = Unit
            override fun decode() {
                repeat(settings.chunkMs / settings.frameMs) {
                    val begin = (frames * settings.frameMs - settings.lookAheadMs) * RATE / 1000
                    val loud = begin >= 0 && abs(audio[begin + 5]) > 0.01
                    if (loud) symbols.addAll(listOf("S:AA", "C:1"))
                    if (loud) times.addAll(listOf(frames * 0.16f, frames * 0.16f + 0.04f))
                    frames++
                }
            }
        }
    }
}

/** Two sounds with 2.5 s between them: two segments, each with one phone where its sound is, however it is sliced. */
private fun checkSession(slice: Int) {
    val lanes = listOf("surface", "surface_confidence", "meaning", "meaning_confidence")
    val settings = Settings(lanes, 40, 320, 160, listOf(0.2, 0.7), emptyList(), emptyList())
    val audio = FloatArray(5 * RATE) { i ->
        if (i in RATE / 2 until RATE || i in 7 * RATE / 2 until 4 * RATE) 0.5f + 0.1f * sin(i / 5f) else 0f
    }
    val host = LoudHost(settings)
    val updates = mutableListOf<Update>()
    val session = Session(host, settings) { updates.add(it) }
    for (start in audio.indices step slice) session.accept(audio.copyOfRange(start, minOf(start + slice, audio.size)))
    session.finish()
    val finals = updates.filter { it.final }.map { update -> update.segment to update.lines.phones.map { Pair(it.start, it.end) } }
    val wanted = listOf(0 to listOf(Pair(0.5, 1.0)), 1 to listOf(Pair(3.5, 4.0)))
    val same = finals.size == 2 && finals.zip(wanted).all { (found, right) ->
        found.first == right.first && found.second.size == 1 &&
            abs(found.second[0].first - right.second[0].first) < 0.041 && abs(found.second[0].second - right.second[0].second) < 0.041
    }
    if (!same || host.opened != 2) fail("session in slices of $slice: $finals, ${host.opened} streams")
    if (updates.size == finals.size) fail("no partial updates")
}

private fun checkManifest(path: String) {
    val settings = Settings.of(File(path).readText())
    val sizes = listOf(settings.levels.size, settings.phones.size, settings.words.size)
    println("$path: ${settings.lanes.size} lanes, ${settings.chunkMs} ms, levels $sizes")
}

fun main(arguments: Array<String>) {
    if (arguments.isEmpty()) fail("usage: CheckKt ../golden/think.txt … [manifest.yaml]")
    arguments.forEach { if (it.endsWith(".yaml")) checkManifest(it) else checkVector(it) }
    listOf(1, 100, 4_801, 100_000).forEach { checkSession(it) }
    println("session: two segments, however it is sliced")
}
