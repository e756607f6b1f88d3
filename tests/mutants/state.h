/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What is known of mutants, in a file, a line each: it survives Ctrl-C. A mutant that
 * was killed by a test stays killed; one that survived is tried again when the
 * tests have changed.
 */
#ifndef MUTANTS_STATE_H
#define MUTANTS_STATE_H

#include <glib.h>

typedef enum {
	KILLED,
	SURVIVED,
	EQUIVALENT, /* the compiler makes the same of it */
	NOT_BUILT, /* it does not compile */
} Fate;

typedef struct {
	Fate fate;
	char *how; /* the test that killed it, and why; or "" */
	double seconds; /* that it took */
} Result;

typedef struct State State;

/*
 * state_open() - reads the file @path, if it is there. @tests: a hash of the tests, and
 * of whatever else a survivor's result depends on. NULL with @error set.
 */
State *state_open(const char *path, const char *tests, GError **error);

/* state_find() - the result of the mutant @id, or NULL. It belongs to @state. */
const Result *state_find(const State *state, const char *id);

/* state_add() - adds a result, to the file as well. */
gboolean state_add(State *state, const char *id, Fate fate, const char *how,
		   double seconds, GError **error);

const char *fate_name(Fate fate);

void state_free(State *state);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(State, state_free)

#endif
