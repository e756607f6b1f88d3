/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reads the TAP that the runner prints with --tap. */
#ifndef TAP_TAP_H
#define TAP_TAP_H

#include <glib.h>

typedef enum { TAP_PASS, TAP_FAIL, TAP_SKIP } TapResult;

/* A test. All strings belong to it. */
typedef struct {
	char *name;
	TapResult result;
	char *skip_reason; /* of a skipped test, or NULL */
	char *first; /* the first line that was said of a failed test, or "" */
	GString *said; /* all lines of it, each with its newline */
	char *log; /* where the log of its guest is, or NULL */
} TapTest;

/*
 * A run. If no guest came up, the run "bailed out", which counts as the failure of a
 * test "boot"; what was said is the reason. A run is whole if it came to its end: it
 * bailed out, or there are as many tests as its plan says and nothing interrupted it.
 */
typedef struct {
	GPtrArray *tests; /* TapTest, in the order of the output */
	gboolean bailed_out;
	gboolean stopped; /* as asked for, by --stop-after */
	gboolean whole;
} Tap;

/* Read @text. Lines that are not TAP are passed over. Free it with tap_free(). */
Tap *tap_read(const char *text);

/*
 * Read a file, up to its end whatever bytes are in it. NULL with @error set if it cannot
 * be read.
 */
Tap *tap_read_file(const char *path, GError **error);

/* The first test with this name, or NULL. It belongs to @tap. */
const TapTest *tap_find(const Tap *tap, const char *name);

/* How many tests have this result. */
guint tap_count(const Tap *tap, TapResult result);

void tap_free(Tap *tap);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Tap, tap_free)

#endif
