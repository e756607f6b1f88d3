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

/* What it says of one source. */
typedef struct {
	char *file; /* its path */
	guint lines_found, lines_hit, functions_found, functions_hit;
	GArray *lines; /* of TraceLine, sorted */
	GArray *branches; /* of TraceBranches, sorted */
	GPtrArray *functions; /* of TraceFunction */
} Trace;

/* trace_read() - of Trace; NULL with @error if it cannot be read. */
GPtrArray *trace_read(const char *dir, const char *name, GError **error);

/* trace_name() - the file without @prefix, a directory. Not yours. */
const char *trace_name(const Trace *trace, const char *prefix);

/*
 * trace_move() - copies the tracefile @from, a path, to @to; what it says of
 * sources below the directory @old is of those below @new then.
 */
gboolean trace_move(const char *from, const char *to, const char *old,
		    const char *new, GError **error);

/*
 * trace_function() - "CALLS calls, RUN of ALL lines run" of the function @name, as
 * far as its source has its lines up to the next function; NULL if it is not there.
 */
char *trace_function(GPtrArray *traces, const char *name);

#endif
