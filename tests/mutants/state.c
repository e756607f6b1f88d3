// SPDX-License-Identifier: GPL-2.0-or-later
#include "state.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "../host/io.h"

/* ID, fate, hash of the tests, seconds, how. */
#define FIELDS 5

struct State {
	char *path, *tests;
	GHashTable *results; /* ID -> Result */
};

static const char *const names[] = {
	[KILLED] = "killed",
	[SURVIVED] = "survived",
	[EQUIVALENT] = "equivalent",
	[NOT_BUILT] = "not-built",
};

const char *fate_name(Fate fate)
{
	return names[fate];
}

static void result_free(gpointer data)
{
	Result *result = data;

	g_free(result->how);
	g_free(result);
}

static void keep(State *state, const char *id, Fate fate, const char *how,
		 double seconds)
{
	Result *result = g_new0(Result, 1);

	result->fate = fate;
	result->how = g_strdup(how);
	result->seconds = seconds;
	g_hash_table_insert(state->results, g_strdup(id), result);
}

/* A line that is cut short, or of other tests, is as if it were not there. */
static void read_line(State *state, const char *line)
{
	g_auto(GStrv) fields = g_strsplit(line, "\t", FIELDS);

	if (g_strv_length(fields) != FIELDS)
		return;
	for (guint i = 0; i < G_N_ELEMENTS(names); i++) {
		if (strcmp(fields[1], names[i]))
			continue;
		if (i == SURVIVED && strcmp(fields[2], state->tests))
			continue;
		keep(state, fields[0], i, fields[4],
		     g_ascii_strtod(fields[3], NULL));
	}
}

State *state_open(const char *path, const char *tests, GError **error)
{
	g_autoptr(State) state = g_new0(State, 1);
	g_autofree char *text = NULL;
	g_auto(GStrv) lines = NULL;

	state->path = g_strdup(path);
	state->tests = g_strdup(tests);
	state->results = g_hash_table_new_full(g_str_hash, g_str_equal, g_free,
					       result_free);
	if (!g_file_test(path, G_FILE_TEST_EXISTS))
		return g_steal_pointer(&state);
	if (!g_file_get_contents(path, &text, NULL, error))
		return NULL;
	lines = g_strsplit(text, "\n", -1);
	/* What follows the last newline was not written to its end. */
	for (guint i = 0; lines[i] && lines[i + 1]; i++)
		read_line(state, lines[i]);
	return g_steal_pointer(&state);
}

const Result *state_find(const State *state, const char *id)
{
	return g_hash_table_lookup(state->results, id);
}

gboolean state_add(State *state, const char *id, Fate fate, const char *how,
		   double seconds, GError **error)
{
	g_autofree char *clean = g_strdelimit(g_strdup(how), "\t\n", ' ');
	g_autofree char *line =
		g_strdup_printf("\n%s\t%s\t%s\t%.1f\t%s\n", id, names[fate],
				state->tests, seconds, clean);
	FILE *file = fopen(state->path, "a");
	gboolean written;

	/* (The newline at the beginning ends a line that was cut short.) */
	written = file && fputs(line, file) >= 0;
	if (file && fclose(file))
		written = FALSE;
	if (!written)
		return fail(error, "%s: %s", state->path, g_strerror(errno));
	keep(state, id, fate, clean, seconds);
	return TRUE;
}

void state_free(State *state)
{
	g_free(state->path);
	g_free(state->tests);
	g_hash_table_unref(state->results);
	g_free(state);
}
