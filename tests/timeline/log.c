// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Reads the kernel log: when the test began and ended (guest/init.c), its notes and its
 * failed check (guest/lib/test.c), and what the kernel reported meanwhile.
 */
#include <stdio.h>
#include <string.h>

#include "../runner/report.h"
#include "timeline.h"

#define MARK "sb:"
/* Of a report; the log has it all. */
#define REPORT_BYTES_MAX 8192
/* What the kernel says of a process that it kills is no report of an error. */
#define KILLED "Out of memory: Killed process"
/* The rest of that line is numbers. */
#define KILLED_DETAILS " total-vm:"

/* What init says after "sb:TOKEN ", or NULL. */
static const char *after_token(const char *line)
{
	const char *word;

	if (!g_str_has_prefix(line, MARK))
		return NULL;
	word = strchr(line, ' ');
	return word ? word + 1 : NULL;
}

static gboolean is_running(const Timeline *timeline)
{
	return timeline->begin && !timeline->end;
}

static void read_mark(Timeline *timeline, guint64 time, const char *word)
{
	char name[256], result[8];
	int len = 0;

	if (sscanf(word, "begin %*u %255s", name) == 1) {
		/* A guest runs a test once; ignore a second "begin". */
		if (!strcmp(name, timeline->test) && !timeline->begin)
			timeline->begin = time;
	} else if (sscanf(word, "end %*u %7s", result) == 1 &&
		   is_running(timeline)) {
		timeline->end = time;
		timeline->result = !strcmp(result, "ok")     ? TIMELINE_OK
				   : !strcmp(result, "skip") ? TIMELINE_SKIP
							     : TIMELINE_FAIL;
	} else if (sscanf(word, "problem %*s %n", &len) == 0 && len &&
		   is_running(timeline)) {
		timeline_mark(timeline, time, MARK_FAILED, word + len);
	}
}

static void mark_killed(Timeline *timeline, guint64 time, const char *text)
{
	const char *end = strstr(text, KILLED_DETAILS);
	g_autofree char *line =
		g_strndup(text, end ? (gsize)(end - text) : strlen(text));

	timeline_mark(timeline, time, MARK_REPORT, line);
}

/* The rest of a report; the kernel does not mark the end of each. */
static void add_to_report(Timeline *timeline, const char *line)
{
	Mark *mark =
		&g_array_index(timeline->marks, Mark, timeline->marks->len - 1);

	if (!mark->report)
		mark->report = g_string_new(NULL);
	if (mark->report->len < REPORT_BYTES_MAX && !report_is_noise(line))
		g_string_append_printf(mark->report, "%s\n", line);
	if (report_ends(line))
		timeline->in_report = FALSE;
}

/* What is not init's. */
static void read_text(Timeline *timeline, guint64 time, const char *line)
{
	gboolean in_report = timeline->in_report;

	timeline->in_report = FALSE;
	if (g_str_has_prefix(line, "# ")) {
		timeline_mark(timeline, time, MARK_NOTE, line + strlen("# "));
	} else if (g_str_has_prefix(line, "FAIL ")) {
		timeline_mark(timeline, time, MARK_FAILED, line);
	} else if (g_str_has_prefix(line, KILLED)) {
		mark_killed(timeline, time, line);
	} else if (report_begins(line)) {
		timeline_mark(timeline, time, MARK_REPORT, line);
		timeline->in_report = TRUE;
	} else if (in_report) {
		timeline->in_report = TRUE;
		add_to_report(timeline, line);
	}
}

void timeline_log_line(Timeline *timeline, guint64 time, const char *line)
{
	const char *text = report_strip_time(line);
	const char *word = after_token(text);
	g_autofree char *clean = g_utf8_make_valid(text, -1);

	timeline->last = MAX(timeline->last, time);
	if (word)
		read_mark(timeline, time, word);
	else if (is_running(timeline))
		read_text(timeline, time, clean);
}

/* The kernel's "[    0.230000] " in ns; the time of the line before if it has none. */
static guint64 time_of(const char *line, guint64 before)
{
	guint64 seconds, usec;

	if (sscanf(line, "[%" G_GUINT64_FORMAT ".%" G_GUINT64_FORMAT "]",
		   &seconds, &usec) != 2)
		return before;
	return seconds * 1000000000 + usec * 1000;
}

static void read_release(Timeline *timeline, const char *line)
{
	static const char version[] = "Linux version ";
	const char *text = report_strip_time(line);

	if (timeline->kernel || !g_str_has_prefix(text, version))
		return;
	text += strlen(version);
	timeline->kernel = g_strndup(text, strcspn(text, " "));
}

/*
 * The log's times come in steps of a jiffy: what is known better, from the samples, is
 * left as it is. True if the test was run.
 */
gboolean timeline_read_log(Timeline *timeline, const char *text)
{
	g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
	gboolean known = timeline->begin != 0;
	guint64 time = 0;

	for (char **line = lines; *line; line++) {
		time = time_of(*line, time);
		read_release(timeline, *line);
		if (!known)
			timeline_log_line(timeline, time, *line);
	}
	if (timeline->begin && !timeline->end)
		timeline->end = MAX(timeline->last, time);
	return timeline->begin != 0;
}
