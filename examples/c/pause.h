/* When a segment ends: streaming/endpoint.py with its preset "learner" and streaming/loudness.py, in C. */
#ifndef SAIDMEANT_PAUSE_H
#define SAIDMEANT_PAUSE_H

#include <stdbool.h>

enum { LOUDNESS_FRAMES = 250, LOUDNESS_FRAME_SAMPLES = 320, LOUDNESS_SMOOTH = 5 };

typedef struct {
  int position; /* frames of 20 ms heard */
  double levels[LOUDNESS_FRAMES];
} Loudness;

/* The next samples at 16 kHz, in whole frames of 20 ms. */
void loudness_hear(Loudness *loudness, const float *samples, int count);

/* Milliseconds since something stood out from the background; infinite if longer ago than is remembered. */
double loudness_quiet_ms(const Loudness *loudness);

/* How long nobody has spoken, from the time since the last token, how much of it is decoded, and the quiet. */
double silence_ms(double since_token_ms, double decoded_ms, double quiet_ms);

/* elapsed_ms: decoded of this stream; spoken: there is a token; finishing: pauses no longer count. */
bool pause_ends_segment(double elapsed_ms, double silence_ms, bool spoken, bool finishing);

#endif
