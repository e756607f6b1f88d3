/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A patch that plants a bug, and what its header says about it. */
#ifndef REGRESSIONS_PLANTED_H
#define REGRESSIONS_PLANTED_H

#include <glib.h>

#include "../tap/tap.h"

typedef struct Planted Planted;

/* What a test may do because of the bug. */
typedef enum { MUST_PASS, MAY_FAIL, CATCHES } Expected;

struct Planted {
	char *name; /* of the file, without ".patch" */
	char *path;
	char *variant; /* of the kernel */
	char *step; /* the patch of the series that it is a part of, or NULL */
	char **caught_by; /* patterns of tests; empty: any test may catch it */
	char **first; /* patterns of tests to try before others; may be empty */
	struct PlantedInside *inside;
};

/*
 * Read the lines "Caught-by:", "Also:", "Reason:", "Variant:", "Step:" and "Try-first:"
 * (tests/README.md) above the diff of @text, the patch in the file @path. If @complete,
 * Caught-by: and Reason: must be there; else, without Caught-by:, any test may catch the
 * bug, and any may fail. NULL with @error set. Free it with planted_free().
 */
Planted *planted_parse(const char *path, const char *text, gboolean complete,
		       GError **error);
/* The same with the text that is in the file. */
Planted *planted_read(const char *path, gboolean complete, GError **error);
void planted_free(Planted *planted);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Planted, planted_free)

Expected planted_expects(const Planted *planted, const char *test);

/*
 * If @test has failed, is one that catches the bug, and has failed for the reason: the
 * line with the reason, owned. Else NULL.
 */
char *planted_catch(const Planted *planted, const TapTest *test);

#endif
