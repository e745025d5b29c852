// Two lines and a button: what was meant, what was said, and listening on or off.
package saidmeant

import android.Manifest
import android.app.Activity
import android.content.pm.PackageManager
import android.graphics.Typeface
import android.media.AudioFormat
import android.media.AudioRecord
import android.media.MediaRecorder
import android.os.Bundle
import android.widget.Button
import android.widget.LinearLayout
import android.widget.TextView
import kotlin.concurrent.thread

class MainActivity : Activity() {
    private lateinit var meant: TextView
    private lateinit var said: TextView
    private lateinit var button: Button
    private val host by lazy { SherpaHost(assets) } // loaded by the first thread that listens
    private val settings by lazy { Settings.of(assets.open("manifest.yaml").bufferedReader().use { it.readText() }) }

    @Volatile
    private var listening = false

    override fun onCreate(state: Bundle?) {
        super.onCreate(state)
        meant = TextView(this).apply { textSize = 28f }
        said = TextView(this).apply { textSize = 18f; typeface = Typeface.MONOSPACE }
        button = Button(this).apply { text = "Speak"; setOnClickListener { toggle() } }
        val column = LinearLayout(this).apply { orientation = LinearLayout.VERTICAL; setPadding(48, 96, 48, 48) }
        listOf(meant, said, button).forEach { column.addView(it) }
        setContentView(column)
    }

    override fun onStop() {
        listening = false
        super.onStop()
    }

    override fun onRequestPermissionsResult(code: Int, permissions: Array<String>, results: IntArray) {
        if (results.firstOrNull() == PackageManager.PERMISSION_GRANTED) toggle()
        else meant.text = "No permission for the microphone"
    }

    private fun toggle() {
        if (checkSelfPermission(Manifest.permission.RECORD_AUDIO) != PackageManager.PERMISSION_GRANTED) {
            requestPermissions(arrayOf(Manifest.permission.RECORD_AUDIO), 0)
            return
        }
        listening = !listening
        button.text = if (listening) "Done" else "…"
        button.isEnabled = listening // until the last word is out
        if (listening) thread { listen() }
    }

    /** On a thread of its own: records and decodes until somebody is done. */
    private fun listen() {
        val session = Session(host, settings) { update -> runOnUiThread { show(update) } }
        val size = AudioRecord.getMinBufferSize(RATE, AudioFormat.CHANNEL_IN_MONO, AudioFormat.ENCODING_PCM_16BIT)
        val record = AudioRecord(
            MediaRecorder.AudioSource.VOICE_RECOGNITION, // without the processing for calls
            RATE, AudioFormat.CHANNEL_IN_MONO, AudioFormat.ENCODING_PCM_16BIT, maxOf(size, 4 * RATE)
        )
        try {
            record.startRecording()
            val pcm = ShortArray(RATE / 10)
            while (listening) {
                val count = record.read(pcm, 0, pcm.size)
                if (count < 0) break // the device was lost; what was heard is shown below
                session.accept(FloatArray(count) { pcm[it] / 32768f })
            }
        } catch (error: IllegalStateException) { // another app has it
            runOnUiThread { meant.text = "The microphone cannot be used" }
        } finally {
            record.release()
            session.finish()
            listening = false
            runOnUiThread { button.text = "Speak"; button.isEnabled = true }
        }
    }

    private fun show(update: Update) {
        meant.text = update.lines.meant
        said.text = update.lines.said
        meant.alpha = if (update.final) 1f else 0.6f // may still change
    }
}
