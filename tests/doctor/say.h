/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What make doctor prints: a line for each thing, and their sum. */
#ifndef DOCTOR_SAY_H
#define DOCTOR_SAY_H

#include <glib.h>

typedef enum { GOOD, BAD, UNKNOWN } Verdict;

/* How many lines there were of each. */
extern guint said[UNKNOWN + 1];

/* Only what is bad is printed, as an error, and only the indispensable is looked at. */
extern gboolean quick;

/* Prints the line of @name: why it is good, what to do, or why it cannot be told. */
void say(Verdict verdict, const char *name, const char *format, ...) G_GNUC_PRINTF(3, 4);

#define good(...) say(GOOD, __VA_ARGS__)
#define bad(...) say(BAD, __VA_ARGS__)
#define unknown(...) say(UNKNOWN, __VA_ARGS__)

/* Prints the sum. Returns the exit status. */
int say_sum(void);

#endif
