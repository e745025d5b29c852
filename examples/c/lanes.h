/* Lanes: sherpa-onnx's one token stream of a saidmeant bundle, taken apart into what was said and what was meant.
 *
 * Plain C99, nothing of sherpa-onnx in it; streaming/lanes.py and streaming/lines.py are the same in Python, and
 * examples/golden holds the vectors that every language must pass.
 */
#ifndef SAIDMEANT_LANES_H
#define SAIDMEANT_LANES_H

#include <stdbool.h>
#include <stddef.h>

enum { MAX_LANES = 32, MAX_LEVELS = 64, MAX_NAME = 64 };

/* What lane code needs of a bundle's manifest. */
typedef struct {
  char lanes[MAX_LANES][MAX_NAME]; /* surface, surface_confidence, meaning, … in the order of the output frames */
  int lane_count;
  int frame_ms, chunk_ms, look_ahead_ms;
  double levels[MAX_LEVELS]; /* probability that each level of confidence stands for */
  int level_count;
  double phones[MAX_LEVELS], words[MAX_LEVELS]; /* the same as it turned out; unused if the counts are 0 */
  int phone_count, word_count;
} Settings;

/* Reads one `key value` of a manifest into settings; unknown keys are ignored.  False if there are too many values. */
bool settings_add(Settings *settings, const char *key, const char *value);

/* Reads manifest.yaml as saidmeant writes it (block style).  False, with a message on stderr, if that fails. */
bool settings_read(Settings *settings, const char *path);

/* A token on the frames first to last (inclusive); level: the highest level of confidence on them. */
typedef struct {
  char *symbol;
  int first, last, level;
} Run;

typedef struct {
  Run *items;
  int count, capacity;
} Runs;

typedef struct {
  const Settings *settings;
  Runs surface, meaning;
  int seen; /* tokens taken in */
} Lanes;

void lanes_open(Lanes *lanes, const Settings *settings);
void lanes_close(Lanes *lanes);

/* Takes in the whole result of a stream so far; looks only at what is new.  True if a head said more. */
bool lanes_feed(Lanes *lanes, const char *const *symbols, const float *times, int count);

/* The last frame on which either head said something; -1 if none did. */
int lanes_last_frame(const Lanes *lanes);

/* A phone, a character (a word boundary is a space) or a word.  Times are seconds of the session. */
typedef struct {
  char *text;
  double start, end, confidence;
} Token;

typedef struct {
  Token *items;
  int count;
} Tokens;

typedef struct {
  Tokens phones, characters, words;
} Lines;

/* Both lines.  origin: frames of the session before this stream; seconds: how long the session is so far. */
Lines lines_of(const Lanes *lanes, int origin, double seconds);
void lines_free(Lines *lines);

#endif
