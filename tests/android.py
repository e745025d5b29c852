"""The few classes of Android and of sherpa-onnx's Kotlin API that examples/android uses, as far as it uses them.

Signatures after the documentation of Android (API 24) and sherpa-onnx 1.13; nothing in them works.  They are for type
checks where there is no Android SDK, and cannot show that an app runs.
"""

from __future__ import annotations

from pathlib import Path

JAVA = {
    "android.Manifest": """public final class Manifest {
        public static final class permission { public static final String RECORD_AUDIO = ""; } }""",
    "android.app.Activity": """public class Activity extends android.content.Context {
        protected void onCreate(android.os.Bundle state) {}
        protected void onStop() {}
        public void onRequestPermissionsResult(int code, String[] permissions, int[] results) {}
        public final void requestPermissions(String[] permissions, int code) {}
        public final void runOnUiThread(Runnable action) {}
        public void setContentView(android.view.View view) {} }""",
    "android.content.Context": """public abstract class Context {
        public int checkSelfPermission(String permission) { return 0; }
        public android.content.res.AssetManager getAssets() { return null; } }""",
    "android.content.pm.PackageManager": """public abstract class PackageManager {
        public static final int PERMISSION_GRANTED = 0; }""",
    "android.content.res.AssetManager": """public final class AssetManager {
        public java.io.InputStream open(String name) throws java.io.IOException { return null; } }""",
    "android.graphics.Typeface": "public class Typeface { public static final Typeface MONOSPACE = null; }",
    "android.media.AudioFormat": """public final class AudioFormat {
        public static final int CHANNEL_IN_MONO = 16, ENCODING_PCM_16BIT = 2; }""",
    "android.media.AudioRecord": """public class AudioRecord {
        public AudioRecord(int source, int rate, int channels, int format, int bytes) throws IllegalArgumentException {}
        public static int getMinBufferSize(int rate, int channels, int format) { return 0; }
        public void startRecording() throws IllegalStateException {}
        public int read(short[] data, int offset, int size) { return 0; }
        public void release() {} }""",
    "android.media.MediaRecorder": """public class MediaRecorder {
        public final class AudioSource { public static final int VOICE_RECOGNITION = 6; } }""",
    "android.os.Bundle": "public final class Bundle {}",
    "android.view.View": """public class View {
        public interface OnClickListener { void onClick(View view); }
        public View(android.content.Context context) {}
        public void setOnClickListener(OnClickListener listener) {}
        public void setPadding(int left, int top, int right, int bottom) {}
        public float getAlpha() { return 1; }
        public void setAlpha(float alpha) {}
        public boolean isEnabled() { return true; }
        public void setEnabled(boolean enabled) {} }""",
    "android.widget.Button": """public class Button extends TextView {
        public Button(android.content.Context context) { super(context); } }""",
    "android.widget.LinearLayout": """public class LinearLayout extends android.view.View {
        public static final int VERTICAL = 1;
        public LinearLayout(android.content.Context context) { super(context); }
        public void addView(android.view.View child) {}
        public int getOrientation() { return 0; }
        public void setOrientation(int orientation) {} }""",
    "android.widget.TextView": """public class TextView extends android.view.View {
        public TextView(android.content.Context context) { super(context); }
        public CharSequence getText() { return null; }
        public final void setText(CharSequence text) {}
        public float getTextSize() { return 0; }
        public void setTextSize(float size) {}
        public android.graphics.Typeface getTypeface() { return null; }
        public void setTypeface(android.graphics.Typeface typeface) {} }""",
}
SHERPA = """package com.k2fsa.sherpa.onnx

data class FeatureConfig(var sampleRate: Int = 16000, var featureDim: Int = 80, var dither: Float = 0.0f)
data class OnlineZipformer2CtcModelConfig(var model: String = "")
data class OnlineModelConfig(
    var zipformer2Ctc: OnlineZipformer2CtcModelConfig = OnlineZipformer2CtcModelConfig(),
    var tokens: String = "", var numThreads: Int = 1, var debug: Boolean = false
)
data class OnlineRecognizerConfig(
    var featConfig: FeatureConfig = FeatureConfig(), var modelConfig: OnlineModelConfig = OnlineModelConfig(),
    var enableEndpoint: Boolean = true, var decodingMethod: String = "greedy_search"
)
data class OnlineRecognizerResult(val text: String, val tokens: Array<String>, val timestamps: FloatArray)
@Suppress("UNUSED_PARAMETER")
class OnlineStream {
    fun acceptWaveform(samples: FloatArray, sampleRate: Int) = Unit
    fun release() = Unit
}
@Suppress("UNUSED_PARAMETER")
class OnlineRecognizer(assetManager: android.content.res.AssetManager? = null, val config: OnlineRecognizerConfig) {
    fun createStream(hotwords: String = "") = OnlineStream()
    fun decode(stream: OnlineStream) = Unit
    fun isReady(stream: OnlineStream) = false
    fun getResult(stream: OnlineStream) = OnlineRecognizerResult("", emptyArray(), FloatArray(0))
}
"""


def write_platform(folder: Path) -> Path:
    """A source folder with all of them."""
    for name, body in JAVA.items():
        package, _, simple = name.rpartition(".")
        path = folder.joinpath(*package.split("."), f"{simple}.java")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"package {package};\n\n{body}\n", encoding="utf-8")
    (folder / "Sherpa.kt").write_text(SHERPA, encoding="utf-8")
    return folder
