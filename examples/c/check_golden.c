/* Runs the lane code on the golden vectors: ./check_golden ../golden/<name>.txt …  Their format: ../golden/README.md */
#include "lanes.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_TOKENS = 4096, MAX_LINE = 8192 };

typedef struct {
  Settings settings;
  Lanes lanes;
  Lines lines;
  bool open, closed; /* a stream, and its lines */
  double seconds;
  int origin, count, phone, character, word, wrong, compared;
  char symbols[MAX_TOKENS][MAX_NAME];
  const char *pointers[MAX_TOKENS];
  float times[MAX_TOKENS];
} Check;

static void fail(Check *check, const char *what, const char *wanted) {
  fprintf(stderr, "  %s: expected %s", what, wanted);
  check->wrong++;
}

static void end_stream(Check *check) {
  if (check->closed) {
    const Lines *lines = &check->lines;
    if (check->phone != lines->phones.count || check->character != lines->characters.count ||
        check->word != lines->words.count)
      fail(check, "number of tokens", "fewer\n");
    lines_free(&check->lines);
  }
  if (check->open) lanes_close(&check->lanes);
  check->open = check->closed = false;
  check->count = check->phone = check->character = check->word = 0;
}

static void compare_token(Check *check, const Tokens *found, int *next, char *line) {
  double numbers[3] = {0, 0, 0};
  char wanted[MAX_LINE];
  strcpy(wanted, line);
  strtok(line, "\t\n");
  const char *text = strtok(NULL, "\t\n"), *field;
  for (int i = 0; i < 3 && (field = strtok(NULL, "\t\n")); i++) numbers[i] = atof(field);
  check->compared++;
  if (!text || *next >= found->count) {
    fail(check, "missing", wanted);
    return;
  }
  const Token *token = &found->items[(*next)++];
  if (strcmp(token->text, text) || fabs(token->start - numbers[0]) > 1e-6 || fabs(token->end - numbers[1]) > 1e-6 ||
      fabs(token->confidence - numbers[2]) > 1e-6) {
    fprintf(stderr, "  found %s %f %f %f\n", token->text, token->start, token->end, token->confidence);
    fail(check, "token", wanted);
  }
}

static void compare_text(Check *check, const Tokens *found, const char *line) {
  char text[MAX_LINE] = "";
  for (int i = 0; i < found->count; i++) {
    if (i) strcat(text, " ");
    strcat(text, found->items[i].text);
  }
  const char *wanted = strchr(line, '\t') + 1;
  check->compared++;
  if (strcspn(wanted, "\n") != strlen(text) || strncmp(wanted, text, strlen(text))) fail(check, text, wanted);
}

static void take_setting(Check *check, const char *key, char *values) {
  const char *name = strcmp(key, "levels") == 0 ? "confidence_levels" : key;
  for (char *value = strtok(values, "\t\n"); value; value = strtok(NULL, "\t\n"))
    if (!settings_add(&check->settings, name, value)) fail(check, key, "fewer values\n");
}

static void take_token(Check *check, const char *line) {
  if (check->count == MAX_TOKENS) exit(2);
  if (sscanf(line, "%*s %63s %f", check->symbols[check->count], &check->times[check->count]) != 2) exit(2);
  check->pointers[check->count] = check->symbols[check->count];
  check->count++;
}

static void take_expectation(Check *check, const char *key, char *line) {
  if (!check->closed) check->lines = lines_of(&check->lanes, check->origin, check->seconds);
  check->closed = true;
  if (strcmp(key, "phone") == 0) compare_token(check, &check->lines.phones, &check->phone, line);
  if (strcmp(key, "character") == 0) compare_token(check, &check->lines.characters, &check->character, line);
  if (strcmp(key, "word") == 0) compare_token(check, &check->lines.words, &check->word, line);
  if (strcmp(key, "said") == 0) compare_text(check, &check->lines.phones, line);
  if (strcmp(key, "meant") == 0) compare_text(check, &check->lines.words, line);
}

static void take(Check *check, char *line) {
  char key[MAX_NAME];
  if (sscanf(line, "%63s", key) != 1) return;
  if (strcmp(key, "seconds") == 0) {
    check->seconds = atof(line + strlen(key));
  } else if (strcmp(key, "stream") == 0) {
    end_stream(check);
    check->origin = atoi(line + strlen(key));
    lanes_open(&check->lanes, &check->settings);
    check->open = true;
  } else if (strcmp(key, "token") == 0) {
    take_token(check, line);
  } else if (strcmp(key, "step") == 0) {
    lanes_feed(&check->lanes, check->pointers, check->times, check->count);
  } else if (check->open) {
    take_expectation(check, key, line);
  } else {
    take_setting(check, key, line + strlen(key));
  }
}

static bool passes(const char *path) {
  static Check check;
  char line[MAX_LINE];
  memset(&check, 0, sizeof check);
  FILE *file = fopen(path, "r");
  if (!file) {
    fprintf(stderr, "%s cannot be opened\n", path);
    return false;
  }
  while (fgets(line, sizeof line, file)) take(&check, line);
  fclose(file);
  end_stream(&check);
  printf("%s: %d compared, %d wrong\n", path, check.compared, check.wrong);
  return check.compared && !check.wrong;
}

int main(int count, char **paths) {
  bool good = count > 1;
  for (int i = 1; i < count; i++) good = passes(paths[i]) && good;
  return good ? 0 : 1;
}
