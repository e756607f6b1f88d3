// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Chrome's trace event format, which Perfetto reads: a process for memory and one for
 * each device, with a thread for each BO. Its times are in us.
 */
#include <string.h>

#include "page.h"

/* The process of memory and marks; devices follow. */
#define PID_TEST 1

static char *quote(const char *text)
{
	GString *out = g_string_new("\"");

	for (; *text; text++) {
		if (*text == '"' || *text == '\\')
			g_string_append_printf(out, "\\%c", *text);
		else if ((guchar)*text < 0x20)
			g_string_append_printf(out, "\\u%04x", (guchar)*text);
		else
			g_string_append_c(out, *text);
	}
	g_string_append_c(out, '"');
	return g_string_free(out, FALSE);
}

/* An event begins: the caller adds what else is in it, and "}". */
static void begin(GString *out, const char *phase, const char *name, guint pid,
		  guint tid)
{
	g_autofree char *quoted = quote(name);

	g_string_append_printf(
		out, "%s{\"ph\":\"%s\",\"name\":%s,\"pid\":%u,\"tid\":%u",
		out->len ? ",\n" : "", phase, quoted, pid, tid);
}

static void add_time(GString *out, const char *key, guint64 ns)
{
	g_string_append_printf(
		out, ",\"%s\":%" G_GUINT64_FORMAT ".%03" G_GUINT64_FORMAT, key,
		ns / 1000, ns % 1000);
}

static void add_name(GString *out, const char *what, guint pid, guint tid,
		     const char *name)
{
	g_autofree char *quoted = quote(name);

	begin(out, "M", what, pid, tid);
	g_string_append_printf(out, ",\"args\":{\"name\":%s}}", quoted);
}

static void add_curves(GString *out, const Timeline *timeline,
		       GPtrArray *curves, const char *unit)
{
	for (guint i = 0; i < curves->len; i++) {
		const Curve *curve = curves->pdata[i];

		for (guint j = 0; j < curve->points->len; j++) {
			const Point *point =
				&g_array_index(curve->points, Point, j);

			begin(out, "C", curve->name, PID_TEST, 0);
			add_time(out, "ts", point->time - timeline->begin);
			g_string_append_printf(
				out,
				",\"args\":{\"%s\":%" G_GUINT64_FORMAT "}}",
				unit, point->value);
		}
	}
}

static void add_spans(GString *out, const Timeline *timeline, const Lane *lane,
		      guint pid, guint tid)
{
	for (guint i = 0; i < lane->spans->len; i++) {
		const Span *span = &g_array_index(lane->spans, Span, i);

		begin(out, "X", state_name(span->state), pid, tid);
		add_time(out, "ts", span->from - timeline->begin);
		add_time(out, "dur", span->to - span->from);
		g_string_append_printf(out,
				       ",\"args\":{\"busy\":%s,\"needed\":%s}}",
				       span->busy ? "true" : "false",
				       span->unneeded ? "false" : "true");
	}
}

static void add_events(GString *out, const Timeline *timeline, const Lane *lane,
		       guint pid, guint tid)
{
	for (guint i = 0; i < lane->events->len; i++) {
		const Event *event = &g_array_index(lane->events, Event, i);
		g_autofree char *text = quote(event->text);

		begin(out, "i", event_name(event->kind), pid, tid);
		add_time(out, "ts", event->time - timeline->begin);
		g_string_append_printf(
			out, ",\"s\":\"t\",\"args\":{\"text\":%s}}", text);
	}
}

static void add_lanes(GString *out, const Timeline *timeline)
{
	const char *device = "";
	guint pid = PID_TEST, tid = 0;

	for (guint i = 0; i < timeline->lanes->len; i++) {
		const Lane *lane = timeline->lanes->pdata[i];
		g_autofree char *name = lane_name(lane);

		if (strcmp(lane->device, device) != 0) {
			device = lane->device;
			add_name(out, "process_name", ++pid, 0, device);
		}
		add_name(out, "thread_name", pid, ++tid, name);
		add_spans(out, timeline, lane, pid, tid);
		add_events(out, timeline, lane, pid, tid);
	}
}

char *chrome_json(const Timeline *timeline)
{
	GString *out = g_string_new(NULL);
	guint64 time = timeline->end - timeline->begin;

	add_name(out, "process_name", PID_TEST, 0, "test");
	add_name(out, "thread_name", PID_TEST, 1, timeline->test);
	begin(out, "X", result_name(timeline->result), PID_TEST, 1);
	add_time(out, "ts", 0);
	add_time(out, "dur", time);
	g_string_append(out, "}");
	add_curves(out, timeline, timeline->memory, "KiB");
	add_curves(out, timeline, timeline->shrinkers, "objects");
	for (guint i = 0; i < timeline->marks->len; i++) {
		const Mark *mark = &g_array_index(timeline->marks, Mark, i);

		begin(out, "i", mark->text, PID_TEST, 1);
		add_time(out, "ts", mark->time - timeline->begin);
		g_string_append(out, ",\"s\":\"g\"}");
	}
	add_lanes(out, timeline);
	g_string_prepend(out,
			 "{\"displayTimeUnit\":\"ms\",\"traceEvents\":[\n");
	g_string_append(out, "\n]}\n");
	return g_string_free(out, FALSE);
}
