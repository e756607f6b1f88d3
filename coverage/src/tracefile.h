/* SPDX-License-Identifier: GPL-2.0-or-later */
/* LCOV's tracefiles: coverage.info. */
#ifndef COVERAGE_TRACEFILE_H
#define COVERAGE_TRACEFILE_H

#include <glib.h>

typedef struct {
	guint line, taken, all; /* branches of a line */
} TraceBranches;

typedef struct {
	char *name;
	guint line;
	guint64 calls;
} TraceFunction;

typedef struct {
	guint line;
	guint64 count;
} TraceLine;

/* The data of one source file. */
typedef struct {
	char *file; /* its path */
	guint lines_found, lines_hit, functions_found, functions_hit;
	GArray *lines; /* of TraceLine, sorted */
	GArray *branches; /* of TraceBranches, sorted */
	GPtrArray *functions; /* of TraceFunction */
} Trace;

/* trace_read() - an array of Trace; NULL with @error if it cannot be read. */
GPtrArray *trace_read(const char *dir, const char *name, GError **error);

/* trace_name() - the file relative to the directory @prefix. Do not free it. */
const char *trace_name(const Trace *trace, const char *prefix);

/*
 * trace_move() - copies the tracefile @from to @to, and replaces the directory @old by
 * @new in the paths of sources.
 */
gboolean trace_move(const char *from, const char *to, const char *old,
		    const char *new, GError **error);

/*
 * trace_function() - "CALLS calls, RUN of ALL lines run" for the function @name; its
 * lines are those up to the next function. NULL if there is no such function.
 */
char *trace_function(GPtrArray *traces, const char *name);

#endif
