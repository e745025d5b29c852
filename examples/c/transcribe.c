/* What was said and what was meant: a saidmeant bundle in stock sherpa-onnx, through its C API.
 *
 *     ./transcribe BUNDLE take.wav                       16 kHz, mono, 16 bit
 *     arecord -q -t raw -f S16_LE -r 16000 | ./transcribe --updates BUNDLE -
 *
 * Prints what the Python API gives with language_model=None: the words as the network spells them.  The beam search with
 * a language model, alignment and verdicts are in Python alone.  The flow is that of streaming/session.py: audio in steps
 * of 20 ms, and at a segment's end a fresh stream that goes on with the first frame that has not come out.
 */
#include <errno.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lanes.h"
#include "pause.h"
#include "sherpa-onnx/c-api/c-api.h"

enum { RATE = 16000, STEP = RATE / 50, FLUSH_SLACK_FRAMES = 4 };

typedef struct {
  const SherpaOnnxOnlineRecognizer *host;
  const SherpaOnnxOnlineStream *stream;
  Settings settings;
  Lanes lanes;
  Loudness loudness;
  bool json, updates, finishing;
  int segment;
  int origin;         /* frames of the session before this stream */
  int decoded;        /* frames of this stream that have come out; the first are from before its start */
  int64_t received;   /* samples of the session, without the silence that flushes it */
  float *kept;        /* audio of this stream */
  size_t kept_count, kept_capacity;
} Session;

/* ---- output ---- */

static void print_tokens(const char *name, const Tokens *tokens) {
  printf("\"%s\": [", name);
  for (int i = 0; i < tokens->count; i++) {
    const Token *token = &tokens->items[i];
    printf("%s{\"text\": \"%s\", \"start\": %.3f, \"end\": %.3f, \"confidence\": %.3f}", i ? ", " : "", token->text,
           token->start, token->end, token->confidence);
  }
  printf("]");
}

static void print_text(const Tokens *tokens) {
  for (int i = 0; i < tokens->count; i++) printf("%s%s", i ? " " : "", tokens->items[i].text);
}

static void print_json(const Session *session, const Lines *lines, bool final) {
  printf("{\"segment\": %d, \"final\": %s, \"surface\": {\"text\": \"", session->segment, final ? "true" : "false");
  print_text(&lines->phones);
  printf("\", ");
  print_tokens("tokens", &lines->phones);
  printf("}, \"meaning\": {\"text\": \"");
  print_text(&lines->words);
  printf("\", ");
  print_tokens("tokens", &lines->characters);
  printf(", ");
  print_tokens("words", &lines->words);
  printf("}}\n");
}

static void print_update(const Session *session, bool final) {
  if (!final && !session->updates) return;
  Lines lines = lines_of(&session->lanes, session->origin, (double)session->received / RATE);
  if (session->json) {
    print_json(session, &lines, final);
  } else {
    printf("%s meant  ", final ? "final  " : "partial");
    print_text(&lines.words);
    printf("\n        said   ");
    print_text(&lines.phones);
    printf("\n");
  }
  fflush(stdout);
  lines_free(&lines);
}

/* ---- session ---- */

static void open_stream(Session *session) {
  session->stream = SherpaOnnxCreateOnlineStream(session->host);
  lanes_open(&session->lanes, &session->settings);
  session->decoded = -session->settings.look_ahead_ms / session->settings.frame_ms;
}

static void close_stream(Session *session) {
  lanes_close(&session->lanes);
  SherpaOnnxDestroyOnlineStream(session->stream);
}

static void keep(Session *session, const float *samples, size_t count) {
  if (session->kept_count + count > session->kept_capacity) {
    session->kept_capacity = 2 * (session->kept_count + count);
    session->kept = realloc(session->kept, session->kept_capacity * sizeof(float));
    if (!session->kept) abort();
  }
  memcpy(session->kept + session->kept_count, samples, count * sizeof(float));
  session->kept_count += count;
}

/* Start afresh at the first frame that has not come out. */
static void next_stream(Session *session) {
  int frames = session->decoded > 0 ? session->decoded : 0;
  size_t passed = (size_t)frames * session->settings.frame_ms * (RATE / 1000);
  close_stream(session);
  session->origin += frames;
  session->kept_count -= passed;
  memmove(session->kept, session->kept + passed, session->kept_count * sizeof(float));
  open_stream(session);
  SherpaOnnxOnlineStreamAcceptWaveform(session->stream, RATE, session->kept, (int32_t)session->kept_count);
}

static bool decode(Session *session) {
  SherpaOnnxDecodeOnlineStream(session->host, session->stream);
  session->decoded += session->settings.chunk_ms / session->settings.frame_ms;
  const SherpaOnnxOnlineRecognizerResult *result = SherpaOnnxGetOnlineStreamResult(session->host, session->stream);
  bool changed = lanes_feed(&session->lanes, result->tokens_arr, result->timestamps, result->count);
  SherpaOnnxDestroyOnlineRecognizerResult(result);
  return changed;
}

static bool ends_segment(const Session *session) {
  const Settings *settings = &session->settings;
  int last = lanes_last_frame(&session->lanes), frame_ms = settings->frame_ms;
  double elapsed_ms = session->decoded * frame_ms;
  double said_ms = last >= 0 ? (last + 1) * frame_ms - settings->look_ahead_ms : 0;
  double heard_ms = session->loudness.position * 20.0 - session->origin * frame_ms;
  double silence = silence_ms(heard_ms - said_ms, elapsed_ms - said_ms, loudness_quiet_ms(&session->loudness));
  return pause_ends_segment(elapsed_ms, silence, last >= 0, session->finishing);
}

/* 20 ms, or less at the end. */
static void feed(Session *session, const float *samples, size_t count) {
  keep(session, samples, count);
  loudness_hear(&session->loudness, samples, (int)count);
  SherpaOnnxOnlineStreamAcceptWaveform(session->stream, RATE, samples, (int32_t)count);
  bool changed = false, looking = true;
  while (looking) {
    looking = SherpaOnnxIsOnlineStreamReady(session->host, session->stream);
    if (looking) changed = decode(session) || changed;
    if (!ends_segment(session)) continue;
    if (lanes_last_frame(&session->lanes) >= 0) {
      print_update(session, true);
      session->segment++;
    }
    next_stream(session);
    changed = false;
  }
  if (changed && !session->finishing) print_update(session, false);
}

/* Flushes the tail with as much silence as the model needs. */
static void finish(Session *session) {
  static const float silence[2 * STEP] = {0};
  size_t frame_samples = (size_t)session->settings.frame_ms * (RATE / 1000);
  int end = (int)((session->received + frame_samples - 1) / frame_samples) + FLUSH_SLACK_FRAMES;
  while (session->received && session->origin + session->decoded < end) feed(session, silence, 2 * STEP);
  if (lanes_last_frame(&session->lanes) >= 0) print_update(session, true);
}

/* Reads so many samples of 16-bit PCM, or until the input ends. */
static void hear(Session *session, FILE *file, int64_t limit) {
  uint8_t raw[2 * STEP];
  float samples[STEP];
  while (!session->finishing) {
    int64_t left = limit - session->received;
    size_t count = fread(raw, 2, left < STEP ? (size_t)left : STEP, file);
    for (size_t i = 0; i < count; i++) samples[i] = (int16_t)(raw[2 * i] | raw[2 * i + 1] << 8) / 32768.0f;
    session->received += (int64_t)count;
    session->finishing = count < STEP; /* the silence that follows is not the speaker's */
    feed(session, samples, count);
  }
  finish(session);
}

/* ---- input ---- */

static uint32_t little(const uint8_t *bytes, int count) {
  uint32_t value = 0;
  for (int i = count - 1; i >= 0; i--) value = value << 8 | bytes[i];
  return value;
}

/* The bytes of PCM that follow; 0 if this is not 16 kHz mono 16 bit. */
static uint32_t read_wav_header(FILE *file) {
  uint8_t head[12], chunk[8], format[16] = {0};
  if (fread(head, 1, 12, file) != 12 || memcmp(head, "RIFF", 4) || memcmp(head + 8, "WAVE", 4)) return 0;
  while (fread(chunk, 1, 8, file) == 8) {
    uint32_t size = little(chunk + 4, 4);
    if (memcmp(chunk, "data", 4) == 0) {
      bool fits = little(format, 2) == 1 && little(format + 2, 2) == 1 && little(format + 4, 4) == RATE &&
                  little(format + 14, 2) == 16;
      return fits ? size : 0;
    }
    uint32_t known = memcmp(chunk, "fmt ", 4) == 0 && size >= 16 ? 16 : 0;
    if (fread(format, 1, known, file) != known || fseek(file, (long)(size + size % 2 - known), SEEK_CUR)) return 0;
  }
  return 0;
}

static const SherpaOnnxOnlineRecognizer *load(const char *bundle) {
  char model[4096], tokens[4096];
  const char *paths[] = {model, tokens};
  snprintf(model, sizeof model, "%s/model.onnx", bundle);
  snprintf(tokens, sizeof tokens, "%s/tokens.txt", bundle);
  for (int i = 0; i < 2; i++) { /* sherpa-onnx ends the process if a file is missing */
    FILE *file = fopen(paths[i], "rb");
    if (!file) {
      fprintf(stderr, "transcribe: %s: %s\n", paths[i], strerror(errno));
      return NULL;
    }
    fclose(file);
  }
  SherpaOnnxOnlineRecognizerConfig config;
  memset(&config, 0, sizeof config);
  config.feat_config.sample_rate = RATE;
  config.feat_config.feature_dim = 80;
  config.model_config.zipformer2_ctc.model = model;
  config.model_config.tokens = tokens;
  config.model_config.num_threads = 1;
  config.model_config.provider = "cpu";
  config.decoding_method = "greedy_search";
  return SherpaOnnxCreateOnlineRecognizer(&config);
}

static int usage(void) {
  fprintf(stderr,
          "usage: transcribe [--json] [--updates] BUNDLE FILE.wav|-\n"
          "  BUNDLE     folder with model.onnx, tokens.txt and manifest.yaml\n"
          "  FILE.wav   16 kHz, mono, 16 bit; -: the same as raw PCM on standard input, live\n"
          "  --json     one object per line   --updates  also while somebody speaks\n");
  return 2;
}

int main(int count, char **arguments) {
  static Session session;
  int next = 1;
  for (; next < count && strncmp(arguments[next], "--", 2) == 0; next++) {
    if (strcmp(arguments[next], "--json") == 0) {
      session.json = true;
    } else if (strcmp(arguments[next], "--updates") == 0) {
      session.updates = true;
    } else {
      return usage();
    }
  }
  if (count - next != 2) return usage();
  char manifest[4096];
  const char *bundle = arguments[next], *name = arguments[next + 1];
  snprintf(manifest, sizeof manifest, "%s/manifest.yaml", bundle);
  bool live = strcmp(name, "-") == 0;
  FILE *file = live ? stdin : fopen(name, "rb");
  if (!file) {
    fprintf(stderr, "transcribe: %s: %s\n", name, strerror(errno));
    return 1;
  }
  uint32_t bytes = live ? 0 : read_wav_header(file);
  if (!live && !bytes) {
    fprintf(stderr, "transcribe: %s is not a WAV file of 16 kHz, mono, 16 bit\n", name);
    return 1;
  }
  if (!settings_read(&session.settings, manifest) || !(session.host = load(bundle))) return 1;
  open_stream(&session);
  hear(&session, file, live ? INT64_MAX : bytes / 2);
  close_stream(&session);
  SherpaOnnxDestroyOnlineRecognizer(session.host);
  free(session.kept);
  return 0;
}
