// SPDX-License-Identifier: GPL-2.0-or-later
/* A lane per BO: its states, and the events of the device on it. */
#include "canvas.h"

#include <string.h>

/* Events of a kind as close as this are drawn as one. */
#define CLOSE_BY 3.0

static void draw_span(Canvas *canvas, const Span *span)
{
	double from = x_of(canvas, span->from);
	/* At least this wide, so that a short state can be seen. */
	double width = MAX(x_of(canvas, span->to) - from, 0.8);
	guint lane = canvas->options->lane;
	double height = lane > 6 ? lane - 3 : lane - 1;
	g_autofree char *text =
		g_strdup_printf("%s%s%s, %.3f ms", state_name(span->state),
				span->busy ? ", busy" : "",
				span->unneeded ? ", not needed" : "",
				(double)(span->to - span->from) / 1e6);

	add(canvas->out,
	    "<rect class=\"s%u\" x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" "
	    "height=\"%.1f\">",
	    span->state, from, canvas->y, width, height);
	add_title(canvas, text, 0);
	add(canvas->out, "</rect>");
	if (span->busy)
		add(canvas->out,
		    "<rect class=\"b\" x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" "
		    "height=\"%s\"/>",
		    from, canvas->y + height - (lane > 6 ? 3 : 1), width,
		    lane > 6 ? "3" : "1");
	if (span->unneeded && lane > 6)
		add(canvas->out, "<path class=\"u\" d=\"M%.1f %.1fh%.1f\"/>",
		    from, canvas->y + 0.5, width);
}

/* Leaves out states that are too short to be seen in a figure. */
static void draw_states_of(Canvas *canvas, const Lane *lane)
{
	Span whole;

	for (guint i = 0; i < lane->spans->len; i++) {
		const Span *span = &g_array_index(lane->spans, Span, i);

		if (i && whole.state == span->state) {
			whole.to = span->to;
			continue;
		}
		if (i)
			draw_span(canvas, &whole);
		whole = (Span){.from = span->from,
			       .to = span->to,
			       .state = span->state};
	}
	if (lane->spans->len)
		draw_span(canvas, &whole);
}

/* All events of a kind; those that are close by, as one. */
static void draw_events(Canvas *canvas, const Lane *lane, EventKind kind)
{
	double y = canvas->y + (canvas->options->lane - 3) / 2.0;
	const Event *first = NULL;
	guint more = 0;

	for (guint i = 0; i <= lane->events->len; i++) {
		const Event *event =
			i < lane->events->len
				? &g_array_index(lane->events, Event, i)
				: NULL;

		if (event && event->kind != kind)
			continue;
		if (event && first &&
		    x_of(canvas, event->time) - x_of(canvas, first->time) <
			    CLOSE_BY) {
			more++;
			continue;
		}
		if (first) {
			add(canvas->out,
			    "<path class=\"%s\" transform=\"translate(%.1f "
			    "%.1f)\" "
			    "d=\"%s\">",
			    is_bad(kind) ? "x" : "e", x_of(canvas, first->time),
			    y, event_shape(kind));
			add_title(canvas, first->text, more);
			add(canvas->out, "</path>");
		}
		first = event;
		more = 0;
	}
}

static void draw_lane(Canvas *canvas, const Lane *lane)
{
	const DrawOptions *options = canvas->options;

	if (options->label) {
		g_autofree char *name = lane_name(lane);
		g_autofree char *text =
			lane->size ? g_strdup_printf("%s, %" G_GUINT64_FORMAT
						     " KiB",
						     name, lane->size / 1024)
				   : g_strdup(name);

		add_text(canvas->out, options->label - 5,
			 canvas->y + options->lane - 5, lane->whole ? "n" : "",
			 "end", text);
	}
	if (options->small)
		draw_states_of(canvas, lane);
	else
		for (guint i = 0; i < lane->spans->len; i++)
			draw_span(canvas, &g_array_index(lane->spans, Span, i));
	for (guint kind = 0; kind < EVENT_KINDS; kind++)
		if (!options->small || (is_bad(kind) && options->lane > 6))
			draw_events(canvas, lane, kind);
	canvas->y += options->lane;
}

static gboolean has_state(const Timeline *timeline, BoState state)
{
	for (guint i = 0; i < timeline->lanes->len; i++) {
		const Lane *lane = timeline->lanes->pdata[i];

		for (guint j = 0; j < lane->spans->len; j++)
			if (g_array_index(lane->spans, Span, j).state == state)
				return TRUE;
	}
	return FALSE;
}

/* The states that there are, in a line. */
static void draw_states(Canvas *canvas)
{
	double x = canvas->left;

	for (guint i = 0; i < BO_STATES; i++) {
		if (!has_state(canvas->timeline, i))
			continue;
		add_symbol(canvas->out, i, x, canvas->y + 12);
		add_text(canvas->out, x + 19, canvas->y + 12, "", "start",
			 state_name(i));
		x += 36 + 6.2 * (double)strlen(state_name(i));
	}
}

void draw_lanes(Canvas *canvas)
{
	const GPtrArray *lanes = canvas->timeline->lanes;
	guint drawn = 0;

	if (canvas->options->small) {
		add_text(canvas->out, 4, canvas->y + 12, "n", "start", "BOs");
		draw_states(canvas);
		canvas->y += 18;
	}
	for (guint i = 0; i < lanes->len; i++) {
		const Lane *lane = lanes->pdata[i];

		if (canvas->options->small && lane->whole)
			continue;
		draw_lane(canvas, lane);
		drawn++;
	}
	if (drawn)
		canvas->y += 4;
}
