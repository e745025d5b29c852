#include "pause.h"

#include <math.h>

static const double PAUSE_MS = 1700, SOFT_LIMIT_MS = 45000, SOFT_PAUSE_MS = 200, HARD_LIMIT_MS = 90000;
static const double SOUND_MS = 640, SETTLE_MS = 100;
static const double CONTRAST = 3.1622776601683795; /* 10 dB above the quietest tenth of a second is loud */
static const double FAINTEST = 1e-4;

void loudness_hear(Loudness *loudness, const float *samples, int count) {
  for (int start = 0; start + LOUDNESS_FRAME_SAMPLES <= count; start += LOUDNESS_FRAME_SAMPLES) {
    double sum = 0;
    for (int i = 0; i < LOUDNESS_FRAME_SAMPLES; i++) sum += (double)samples[start + i] * samples[start + i];
    loudness->levels[loudness->position++ % LOUDNESS_FRAMES] = sqrt(sum / LOUDNESS_FRAME_SAMPLES);
  }
}

/* ago: frames before the newest one. */
static double level(const Loudness *loudness, int ago) {
  return loudness->levels[(loudness->position - 1 - ago) % LOUDNESS_FRAMES];
}

double loudness_quiet_ms(const Loudness *loudness) {
  int known = loudness->position < LOUDNESS_FRAMES ? loudness->position : LOUDNESS_FRAMES;
  if (known < LOUDNESS_SMOOTH) return 0;
  double quietest = INFINITY;
  for (int first = 0; first + LOUDNESS_SMOOTH <= known; first++) {
    double sum = 0;
    for (int i = 0; i < LOUDNESS_SMOOTH; i++) sum += level(loudness, first + i);
    quietest = fmin(quietest, sum / LOUDNESS_SMOOTH);
  }
  double loud = CONTRAST * fmax(quietest, FAINTEST);
  for (int ago = 0; ago < known; ago++)
    if (level(loudness, ago) > loud) return 20.0 * ago;
  return INFINITY;
}

double silence_ms(double since_token_ms, double decoded_ms, double quiet_ms) {
  double behind_ms = since_token_ms - decoded_ms; /* not decoded yet: the token of a sound there may still come */
  double quiet = quiet_ms >= behind_ms + SETTLE_MS ? quiet_ms : 0;
  return fmax(fmin(since_token_ms, quiet), decoded_ms - SOUND_MS);
}

bool pause_ends_segment(double elapsed_ms, double silence, bool spoken, bool finishing) {
  if (spoken && !finishing && silence >= PAUSE_MS) return true;
  if (elapsed_ms >= SOFT_LIMIT_MS && silence >= SOFT_PAUSE_MS) return true;
  return elapsed_ms >= HARD_LIMIT_MS;
}
