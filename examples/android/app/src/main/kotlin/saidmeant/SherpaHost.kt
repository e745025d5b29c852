// The recogniser behind a session: sherpa-onnx's Kotlin API.
package saidmeant

import android.content.res.AssetManager
import com.k2fsa.sherpa.onnx.FeatureConfig
import com.k2fsa.sherpa.onnx.OnlineModelConfig
import com.k2fsa.sherpa.onnx.OnlineRecognizer
import com.k2fsa.sherpa.onnx.OnlineRecognizerConfig
import com.k2fsa.sherpa.onnx.OnlineStream
import com.k2fsa.sherpa.onnx.OnlineZipformer2CtcModelConfig

/** Loads model.onnx and tokens.txt from the app's assets.  A damaged model ends the process, so verify it before you ship. */
class SherpaHost(assets: AssetManager) : Host {
    private val recognizer = OnlineRecognizer(
        assetManager = assets,
        config = OnlineRecognizerConfig(
            featConfig = FeatureConfig(sampleRate = RATE, featureDim = 80),
            modelConfig = OnlineModelConfig(
                zipformer2Ctc = OnlineZipformer2CtcModelConfig(model = "model.onnx"),
                tokens = "tokens.txt",
                numThreads = 1
            ),
            enableEndpoint = false,
            decodingMethod = "greedy_search"
        )
    )

    override fun open(): HostStream = Stream(recognizer.createStream())

    private inner class Stream(private val stream: OnlineStream) : HostStream {
        override val ready get() = recognizer.isReady(stream)
        override var symbols = emptyList<String>()
        override var times = emptyList<Float>()
        override fun accept(samples: FloatArray) = stream.acceptWaveform(samples, RATE)
        override fun close() = stream.release()

        override fun decode() {
            recognizer.decode(stream)
            val result = recognizer.getResult(stream)
            symbols = result.tokens.toList()
            times = result.timestamps.toList()
        }
    }
}
