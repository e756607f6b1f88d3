// SPDX-License-Identifier: GPL-2.0-or-later
#include "page.h"

#include "draw.h"

/* More would make the page slow; the JSON has all. */
#define EVENTS_MAX 5000

static const char head[] =
	"<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n"
	"<meta name=\"viewport\" content=\"width=device-width\">\n"
	"<meta name=\"color-scheme\" content=\"light dark\">\n"
	"<title>%s</title>\n<style>\n"
	"body{margin:1em auto;max-width:1200px;padding:0 1em;"
	"font:15px/1.5 system-ui,sans-serif;background:#fff;color:#1b1f24}\n"
	"h1{font-size:1.3em;margin:.2em "
	"0;overflow-wrap:anywhere}h2{font-size:1.1em}\n"
	".key{display:inline-block;margin-right:1em;font-size:13px}\n"
	".wide{overflow-x:auto;margin:1em 0}\n"
	"table{border-collapse:collapse;font-size:13px;width:100%%}\n"
	"th,td{text-align:left;padding:.1em .6em;vertical-align:top;"
	"border-bottom:1px solid #d1d9e0}\n"
	"td:first-child{text-align:right;white-space:nowrap;"
	"font-variant-numeric:tabular-nums}\n"
	"td:last-child,li{overflow-wrap:anywhere}\n"
	".bad{color:#cf222e;font-weight:600}\n"
	"summary{cursor:pointer;font-weight:600}\n"
	"pre{font-size:12px;overflow-x:auto;font-weight:400}\n"
	"@media "
	"(prefers-color-scheme:dark){body{background:#0d1117;color:#f0f6fc}"
	"th,td{border-color:#3d444d}.bad{color:#f85149}}\n"
	"@media print{body{background:#fff;color:#000;max-width:none}"
	".wide{overflow:visible}.wide svg{width:100%%}.more{display:none}}\n"
	"</style></head><body>\n";

static double ms_of(const Timeline *timeline, guint64 time)
{
	return (double)(time - timeline->begin) / 1e6;
}

/* A report is folded. */
static void add_mark(GString *out, const Mark *mark)
{
	g_autofree char *text = g_markup_escape_text(mark->text, -1);
	g_autofree char *report =
		mark->report ? g_markup_escape_text(mark->report->str, -1)
			     : NULL;

	if (report)
		g_string_append_printf(out,
				       "<details><summary>%s</summary>"
				       "<pre>%s</pre></details>",
				       text, report);
	else
		g_string_append(out, text);
}

static void add_marks(GString *out, const Timeline *timeline)
{
	if (!timeline->marks->len)
		return;
	g_string_append(out, "<h2>Marks</h2>\n<ol>\n");
	for (guint i = 0; i < timeline->marks->len; i++) {
		const Mark *mark = &g_array_index(timeline->marks, Mark, i);

		g_string_append_printf(
			out, "<li%s>",
			mark->kind == MARK_NOTE ? "" : " class=\"bad\"");
		add_mark(out, mark);
		g_string_append_printf(out,
				       " <small>(at %.3f ms)</small></li>\n",
				       ms_of(timeline, mark->time));
	}
	g_string_append(out, "</ol>\n");
}

typedef struct {
	const Lane *lane;
	const Event *event;
	guint order;
} Row;

static gint by_time(gconstpointer a, gconstpointer b)
{
	const Row *x = a, *y = b;

	if (x->event->time != y->event->time)
		return x->event->time < y->event->time ? -1 : 1;
	return x->order < y->order ? -1 : x->order > y->order;
}

static GArray *all_events(const Timeline *timeline)
{
	GArray *rows = g_array_new(FALSE, FALSE, sizeof(Row));

	for (guint i = 0; i < timeline->lanes->len; i++) {
		const Lane *lane = timeline->lanes->pdata[i];

		for (guint j = 0; j < lane->events->len; j++) {
			Row row = {lane, &g_array_index(lane->events, Event, j),
				   rows->len};

			g_array_append_val(rows, row);
		}
	}
	g_array_sort(rows, by_time);
	return rows;
}

static void add_events(GString *out, const Timeline *timeline)
{
	g_autoptr(GArray) rows = all_events(timeline);

	if (!rows->len)
		return;
	g_string_append_printf(
		out,
		"<details class=\"more\"><summary>%u events of the "
		"devices</summary>\n<table><tr><th>ms<th>BO"
		"<th>what\n",
		rows->len);
	for (guint i = 0; i < MIN(rows->len, EVENTS_MAX); i++) {
		const Row *row = &g_array_index(rows, Row, i);
		g_autofree char *name = lane_name(row->lane);
		g_autofree char *safe =
			g_markup_escape_text(row->event->text, -1);
		gboolean bad = row->event->kind == EVENT_FAULT ||
			       row->event->kind == EVENT_VIOLATION;

		g_string_append_printf(out, "<tr><td>%.3f<td>%s<td%s>%s\n",
				       ms_of(timeline, row->event->time), name,
				       bad ? " class=\"bad\"" : "", safe);
	}
	g_string_append(out, "</table>\n");
	if (rows->len > EVENTS_MAX)
		g_string_append_printf(out, "<p>and %u more</p>\n",
				       rows->len - EVENTS_MAX);
	g_string_append(out, "</details>\n");
}

static void add_summary(GString *out, const Timeline *timeline)
{
	g_string_append_printf(
		out,
		"<h1>%s</h1>\n<p><span%s>%s</span> after %.1f ms of guest time",
		timeline->test,
		timeline->result == TIMELINE_OK ? "" : " class=\"bad\"",
		result_name(timeline->result), ms_of(timeline, timeline->end));
	if (timeline->kernel)
		g_string_append_printf(out, ", Linux %s", timeline->kernel);
	g_string_append(out, ".");
	if (!timeline->sampled)
		g_string_append(
			out, " Memory and the states of BOs were not sampled "
			     "in this run; times of the log are exact to "
			     "10 ms.");
	if (timeline->dropped)
		g_string_append_printf(out,
				       " The first %" G_GUINT64_FORMAT
				       " lines of the devices' trace are lost.",
				       timeline->dropped);
	g_string_append(out, "</p>\n");
}

char *page_html(const Timeline *timeline)
{
	DrawOptions options = {.width = 1160, .label = 190, .lane = 15};
	g_autofree char *picture = draw(timeline, &options);
	g_autofree char *legend = draw_legend();
	GString *out = g_string_new(NULL);

	g_string_append_printf(out, head, timeline->test);
	add_summary(out, timeline);
	g_string_append_printf(
		out, "%s<div class=\"wide\" tabindex=\"0\">\n%s</div>\n",
		legend, picture);
	add_marks(out, timeline);
	add_events(out, timeline);
	g_string_append(out, "</body></html>\n");
	return g_string_free(out, FALSE);
}
