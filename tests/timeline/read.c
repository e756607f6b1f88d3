// SPDX-License-Identifier: GPL-2.0-or-later
#include "../host/io.h"
#include "timeline.h"

/* Times in the log may be too early by this (ns). */
#define JIFFY 10000000

static char *read_if_there(const char *dir, const char *name)
{
	return exists(dir, name) ? read_text(dir, name, NULL) : NULL;
}

Timeline *timeline_read(const char *dir, const char *test, GError **error)
{
	g_autoptr(Timeline) timeline = timeline_new(test);
	g_autofree char *log = read_text(dir, "log", error);
	g_autofree char *samples = read_if_there(dir, "samples");
	g_autofree char *trace = read_if_there(dir, "trace");

	if (!log ||
	    (samples && !timeline_read_samples(timeline, samples, error)))
		return NULL;
	if (!timeline_read_log(timeline, log)) {
		fail(error, "%s did not begin: %s/log", test, dir);
		return NULL;
	}
	if (timeline->result == TIMELINE_SKIP) {
		fail(error, "%s was skipped: there is nothing to draw", test);
		return NULL;
	}
	if (!samples && !trace) {
		fail(error,
		     "the last run of %s left no trace, as it passed: "
		     "make timeline T=%s runs it",
		     test, test);
		return NULL;
	}
	if (trace)
		timeline_read_trace(timeline, trace);
	if (!timeline->sampled)
		timeline->end += JIFFY;
	timeline_clip(timeline);
	return g_steal_pointer(&timeline);
}
