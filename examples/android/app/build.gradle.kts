plugins {
    id("com.android.application")
    id("org.jetbrains.kotlin.android")
}

android {
    namespace = "saidmeant.example"
    compileSdk = 35
    defaultConfig {
        applicationId = "saidmeant.example"
        minSdk = 24
        targetSdk = 35
        versionCode = 1
        versionName = "0.1.0"
    }
    compileOptions {
        sourceCompatibility = JavaVersion.VERSION_17
        targetCompatibility = JavaVersion.VERSION_17
    }
    kotlinOptions { jvmTarget = "17" }
    androidResources { noCompress += "onnx" }
    lint { disable += "MissingPermission" } // asked for in toggle()
}

dependencies {
    implementation(files("libs/sherpa-onnx.aar"))
}
