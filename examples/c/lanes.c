#include "lanes.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const double INDEX_SECONDS = 0.04; /* hard-coded in sherpa-onnx, whatever the model's frame length */
static const char WORD_BOUNDARY[] = "|";

static void *grown(void *memory, size_t size) {
  void *more = realloc(memory, size ? size : 1);
  if (!more) abort();
  return more;
}

static char *copied(const char *text) {
  size_t size = strlen(text) + 1;
  return memcpy(grown(NULL, size), text, size);
}

static bool ends_with(const char *text, const char *end) {
  size_t length = strlen(text), tail = strlen(end);
  return length >= tail && strcmp(text + length - tail, end) == 0;
}

/* ---- from tokens to runs ---- */

void lanes_open(Lanes *lanes, const Settings *settings) {
  memset(lanes, 0, sizeof *lanes);
  lanes->settings = settings;
}

static void runs_free(Runs *runs) {
  for (int i = 0; i < runs->count; i++) free(runs->items[i].symbol);
  free(runs->items);
  memset(runs, 0, sizeof *runs);
}

void lanes_close(Lanes *lanes) {
  runs_free(&lanes->surface);
  runs_free(&lanes->meaning);
}

/* Repeats on adjacent frames of a lane are one token; after a blank the same label is another one. */
static void add_label(Runs *runs, int frame, const char *label) {
  Run *last = runs->count ? &runs->items[runs->count - 1] : NULL;
  if (last && last->last == frame - 1 && strcmp(last->symbol, label) == 0) {
    last->last = frame;
    return;
  }
  if (runs->count == runs->capacity) {
    runs->capacity = runs->capacity ? 2 * runs->capacity : 64;
    runs->items = grown(runs->items, (size_t)runs->capacity * sizeof(Run));
  }
  runs->items[runs->count++] = (Run){copied(label), frame, frame, 0};
}

/* A confidence belongs to its head's token on the same frame, which came just before it. */
static void add_level(Runs *runs, int level) {
  if (runs->count && runs->items[runs->count - 1].level < level) runs->items[runs->count - 1].level = level;
}

bool lanes_feed(Lanes *lanes, const char *const *symbols, const float *times, int count) {
  bool changed = false;
  for (int i = lanes->seen; i < count; i++) {
    int index = (int)lround(times[i] / INDEX_SECONDS);
    const char *lane = lanes->settings->lanes[index % lanes->settings->lane_count];
    int frame = index / lanes->settings->lane_count;
    if (strncmp(symbols[i], "K:", 2) == 0) continue; /* candidates: for a beam search, which is not done here */
    Runs *runs = strncmp(lane, "surface", 7) == 0 ? &lanes->surface : &lanes->meaning;
    const char *colon = strchr(symbols[i], ':');
    const char *label = colon ? colon + 1 : "";
    if (ends_with(lane, "_confidence")) {
      add_level(runs, atoi(label));
    } else {
      add_label(runs, frame, label);
    }
    changed = true;
  }
  if (count > lanes->seen) lanes->seen = count;
  return changed;
}

static int last_of(const Runs *runs) { return runs->count ? runs->items[runs->count - 1].last : -1; }

int lanes_last_frame(const Lanes *lanes) {
  int surface = last_of(&lanes->surface), meaning = last_of(&lanes->meaning);
  return surface > meaning ? surface : meaning;
}

/* ---- from runs to lines ---- */

/* The model's output lags behind its input by the look-ahead, and no token lies outside the session. */
static double second(int frame, const Settings *settings, int origin, double seconds) {
  int offset = origin - settings->look_ahead_ms / settings->frame_ms;
  double time = (offset + frame) * (settings->frame_ms / 1000.0);
  return fmin(fmax(0.0, time), seconds);
}

static Tokens tokens_of(const Runs *runs, const Settings *settings, const double *levels, int origin, double seconds) {
  Tokens tokens = {grown(NULL, (size_t)runs->count * sizeof(Token)), runs->count};
  for (int i = 0; i < runs->count; i++) {
    const Run *run = &runs->items[i];
    int level = run->level < settings->level_count ? run->level : settings->level_count - 1;
    const char *text = strcmp(run->symbol, WORD_BOUNDARY) == 0 ? " " : run->symbol;
    tokens.items[i] = (Token){copied(text), second(run->first, settings, origin, seconds),
                              second(run->last + 1, settings, origin, seconds), levels[level]};
  }
  return tokens;
}

/* The probability of a word whose letters have this mean confidence: the table, interpolated. */
static double word_probability(double raw, const Settings *settings) {
  const double *levels = settings->levels, *words = settings->words;
  int last = settings->word_count - 1;
  if (last < 0) return raw;
  if (raw <= levels[0]) return words[0];
  for (int i = 1; i <= last; i++)
    if (raw <= levels[i])
      return words[i - 1] + (words[i] - words[i - 1]) * (raw - levels[i - 1]) / (levels[i] - levels[i - 1]);
  return words[last];
}

static char *spelled(const Token *letters, int count) {
  static const char *const first_person[] = {"i", "i'm", "i'll", "i've", "i'd"};
  size_t size = 1;
  for (int i = 0; i < count; i++) size += strlen(letters[i].text);
  char *text = grown(NULL, size);
  text[0] = '\0';
  for (int i = 0; i < count; i++) strcat(text, letters[i].text);
  for (size_t i = 0; i < sizeof first_person / sizeof *first_person; i++)
    if (strcmp(text, first_person[i]) == 0) text[0] = 'I';
  return text;
}

static Tokens words_of(const Tokens *characters, const Settings *settings) {
  Tokens words = {grown(NULL, (size_t)characters->count * sizeof(Token)), 0};
  for (int first = 0, end; first < characters->count; first = end + 1) {
    double sum = 0;
    for (end = first; end < characters->count && strcmp(characters->items[end].text, " ") != 0; end++)
      sum += characters->items[end].confidence;
    if (end == first) continue;
    const Token *letters = &characters->items[first];
    words.items[words.count++] = (Token){spelled(letters, end - first), letters[0].start, letters[end - first - 1].end,
                                         word_probability(sum / (end - first), settings)};
  }
  return words;
}

Lines lines_of(const Lanes *lanes, int origin, double seconds) {
  const Settings *settings = lanes->settings;
  const double *phones = settings->phone_count ? settings->phones : settings->levels;
  Lines lines;
  lines.phones = tokens_of(&lanes->surface, settings, phones, origin, seconds);
  lines.characters = tokens_of(&lanes->meaning, settings, settings->levels, origin, seconds);
  lines.words = words_of(&lines.characters, settings);
  return lines;
}

static void tokens_free(Tokens *tokens) {
  for (int i = 0; i < tokens->count; i++) free(tokens->items[i].text);
  free(tokens->items);
}

void lines_free(Lines *lines) {
  tokens_free(&lines->phones);
  tokens_free(&lines->characters);
  tokens_free(&lines->words);
}

/* ---- the manifest ---- */

static bool add_number(double *numbers, int *count, const char *value) {
  if (*count == MAX_LEVELS) return false;
  numbers[(*count)++] = atof(value);
  return true;
}

bool settings_add(Settings *settings, const char *key, const char *value) {
  if (strcmp(key, "frame_ms") == 0) settings->frame_ms = atoi(value);
  if (strcmp(key, "chunk_ms") == 0) settings->chunk_ms = atoi(value);
  if (strcmp(key, "look_ahead_ms") == 0) settings->look_ahead_ms = atoi(value);
  if (strcmp(key, "confidence_levels") == 0) return add_number(settings->levels, &settings->level_count, value);
  if (strcmp(key, "phones") == 0) return add_number(settings->phones, &settings->phone_count, value);
  if (strcmp(key, "words") == 0) return add_number(settings->words, &settings->word_count, value);
  if (strcmp(key, "lanes") == 0) {
    if (settings->lane_count == MAX_LANES || strlen(value) >= MAX_NAME) return false;
    strcpy(settings->lanes[settings->lane_count++], value);
  }
  return true;
}

static bool settings_complete(const Settings *settings) {
  int levels = settings->level_count;
  return settings->lane_count && levels && settings->frame_ms > 0 && settings->chunk_ms > 0 &&
         (!settings->phone_count || settings->phone_count == levels) &&
         (!settings->word_count || settings->word_count == levels);
}

bool settings_read(Settings *settings, const char *path) {
  memset(settings, 0, sizeof *settings);
  FILE *file = fopen(path, "r");
  if (!file) {
    fprintf(stderr, "%s cannot be opened\n", path);
    return false;
  }
  char line[4096], key[MAX_NAME] = "", value[MAX_NAME];
  bool good = true;
  while (good && fgets(line, sizeof line, file)) {
    if (sscanf(line, " - %63s", value) == 1) {
      good = settings_add(settings, key, value); /* an item of the list under the last key */
    } else if (sscanf(line, " %63[^: ]: %63s", key, value) == 2 && strcmp(value, "[]") != 0) {
      good = settings_add(settings, key, value);
    }
  }
  fclose(file);
  good = good && settings_complete(settings);
  if (!good) fprintf(stderr, "%s is not a saidmeant manifest that this program can read\n", path);
  return good;
}
