// SPDX-License-Identifier: GPL-2.0-or-later
#include "draw.h"

#include <math.h>
#include <string.h>

#define RIGHT 16
#define GRAPH 120 /* height of one */
#define GAP 26 /* between the parts */
#define FLAG 16 /* height of the marks' numbers */
/* Events of a kind as close as this are drawn as one. */
#define CLOSE_BY 3.0
/* Of a figure: longer ones are cut. */
#define CAPTION_CHARS 84
#define CAPTIONS_MAX 8
#define CURVES_MAX 6

/* Colours that colour-blind people can tell apart, too. */
static const char style[] =
	"<style>"
	".tl{--ink:#1b1f24;--soft:#59636e;--rule:#d1d9e0;--ground:#fff;"
	"--c0:#0969da;--c1:#bc4c00;--c2:#8250df;--c3:#1a7f37;--c4:#bf3989;"
	"--c5:#59636e;--s0:#e6eaef;--s1:#8c959f;--s2:#2da44e;--s3:#fb8f44;"
	"--s4:#cf222e;--s5:#a475f9;--s6:#54aeff;--busy:#1b1f24}"
	"@media (prefers-color-scheme:dark){.tl{--ink:#f0f6fc;--soft:#9198a1;"
	"--rule:#3d444d;--ground:#0d1117;--c0:#4493f8;--c1:#f0883e;--c2:#"
	"ab7df8;"
	"--c3:#3fb950;--c4:#db61a2;--c5:#9198a1;--s0:#21262d;--s1:#6e7681;"
	"--s2:#238636;--s3:#db6d28;--s4:#f85149;--s5:#8957e5;--s6:#1f6feb;"
	"--busy:#f0f6fc}}"
	"@media print{.tl{--ink:#000;--soft:#444;--rule:#bbb;--ground:#fff;"
	"--busy:#000}}"
	".tl{background:var(--ground);print-color-adjust:exact;"
	"-webkit-print-color-adjust:exact}"
	".tl text{font:11px system-ui,sans-serif;fill:var(--soft)}"
	".tl .t{font-weight:600;font-size:14px;fill:var(--ink)}"
	".tl .n{fill:var(--ink)}.tl .w{font-weight:600;fill:var(--s4)}"
	".tl .r{stroke:var(--rule);stroke-width:1;fill:none}"
	".tl .m{stroke:var(--soft);stroke-dasharray:2 3}"
	".tl .f{stroke:var(--s4)}"
	".tl .c{fill:none;stroke-width:1.5}"
	".tl .c0{stroke:var(--c0)}.tl .c1{stroke:var(--c1)}"
	".tl .c2{stroke:var(--c2)}.tl .c3{stroke:var(--c3)}"
	".tl .c4{stroke:var(--c4)}.tl .c5{stroke:var(--c5)}"
	".tl .s0{fill:var(--s0)}.tl .s1{fill:var(--s1)}.tl .s2{fill:var(--s2)}"
	".tl .s3{fill:var(--s3)}.tl .s4{fill:var(--s4)}.tl .s5{fill:var(--s5)}"
	".tl .s6{fill:var(--s6)}.tl .b{fill:var(--busy)}"
	".tl .u{fill:none;stroke:var(--ink);stroke-dasharray:3 2}"
	".tl .e{stroke:var(--ink);stroke-width:1.2;fill:var(--ground)}"
	".tl .x{stroke:var(--s4);stroke-width:2;fill:none}"
	"</style>";

/* Shapes of events, around 0 0. */
static const char *const shapes[EVENT_KINDS] = {
	[EVENT_OTHER] = "M0-3V3",
	[EVENT_CREATE] = "M-2-4V4M-2-4H2M-2 4H2",
	[EVENT_CLOSE] = "M2-4V4M2-4H-2M2 4H-2",
	[EVENT_ATTACH] = "M-3.5 3L0-4L3.5 3Z",
	[EVENT_DETACH] = "M-3.5-3L0 4L3.5-3Z",
	[EVENT_MAP] = "M0-3.5L3.5 0L0 3.5L-3.5 0Z",
	[EVENT_JOB] = "M-3 0A3 3 0 1 0 3 0A3 3 0 1 0-3 0Z",
	[EVENT_CHECK] = "M-3 0L-1 3L3-3",
	[EVENT_FAULT] = "M-3.5-3.5L3.5 3.5M3.5-3.5L-3.5 3.5",
	[EVENT_VIOLATION] = "M-4-4L4 4M4-4L-4 4M-5 0H5",
};

/**
 * Canvas - where the picture grows
 *
 * @out: the elements so far
 * @y: where the next part begins
 * @left, @scale: of the time axis, in pixels, and pixels per ns
 */
typedef struct {
	const Timeline *timeline;
	const DrawOptions *options;
	GString *out;
	double y;
	double left, scale;
} Canvas;

static double x_of(const Canvas *canvas, guint64 time)
{
	return canvas->left +
	       (double)(time - canvas->timeline->begin) * canvas->scale;
}

static void G_GNUC_PRINTF(2, 3) add(GString *out, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	g_string_append_vprintf(out, format, args);
	va_end(args);
}

static void add_text(GString *out, double x, double y, const char *class,
		     const char *anchor, const char *text)
{
	g_autofree char *safe = g_markup_escape_text(text, -1);

	add(out,
	    "<text class=\"%s\" x=\"%.1f\" y=\"%.1f\" "
	    "text-anchor=\"%s\">%s</text>",
	    class, x, y, anchor, safe);
}

/* 1, 2 or 5 times a power of ten: about @count of them are @range. */
static double nice_step(double range, guint count)
{
	double raw = range / count, base = pow(10, floor(log10(raw)));

	if (raw <= base)
		return base;
	return raw <= 2 * base	 ? 2 * base
	       : raw <= 5 * base ? 5 * base
				 : 10 * base;
}

static void draw_axis(Canvas *canvas)
{
	double ms =
		(double)(canvas->timeline->end - canvas->timeline->begin) / 1e6;
	double step =
		ms > 0 ? nice_step(ms, canvas->options->small ? 5 : 10) : 1;
	double right = canvas->options->width - RIGHT;

	add(canvas->out, "<path class=\"r\" d=\"M%.1f %.1fH%.1f", canvas->left,
	    canvas->y, right);
	for (double t = 0; t <= ms; t += step)
		add(canvas->out, "M%.1f %.1fv4",
		    canvas->left + t * 1e6 * canvas->scale, canvas->y);
	add(canvas->out, "\"/>");
	for (double t = 0; t <= ms; t += step) {
		g_autofree char *text = g_strdup_printf("%g ms", t);
		double x = canvas->left + t * 1e6 * canvas->scale;

		if (x + 20 < right)
			add_text(canvas->out, x, canvas->y + 15, "", "middle",
				 text);
	}
	canvas->y += 20;
}

static void draw_curve(Canvas *canvas, const Curve *curve, guint number,
		       double top, double most)
{
	const GArray *points = curve->points;
	double right = x_of(canvas, canvas->timeline->end);

	add(canvas->out, "<path class=\"c c%u\" d=\"", number);
	for (guint i = 0; i < points->len; i++) {
		const Point *point = &g_array_index(points, Point, i);
		double x = x_of(canvas, point->time);
		double y = top + GRAPH * (1 - (double)point->value / most);

		if (i)
			add(canvas->out, "H%.1f", x);
		else
			add(canvas->out, "M%.1f %.1f", x, y);
		add(canvas->out, "V%.1f", y);
	}
	add(canvas->out, "H%.1f\"><title>", right);
	g_string_append(canvas->out, curve->name);
	g_string_append(canvas->out, "</title></path>");
}

/* A key of the curves' colours in a line. */
static void draw_keys(Canvas *canvas, GPtrArray *curves, guint count, double y)
{
	double x = canvas->left + 4;

	for (guint i = 0; i < count; i++) {
		const Curve *curve = curves->pdata[i];

		add(canvas->out, "<path class=\"c c%u\" d=\"M%.1f %.1fh14\"/>",
		    i, x, y - 4);
		add_text(canvas->out, x + 18, y, "", "start", curve->name);
		x += 34 + 6.2 * (double)strlen(curve->name);
	}
}

static void draw_curves(Canvas *canvas, GPtrArray *curves, const char *title,
			const char *unit, guint64 per_unit)
{
	guint count = MIN(curves->len, CURVES_MAX);
	double right = canvas->options->width - RIGHT;
	double top, most = 1, step;

	if (!count && !canvas->options->small)
		return;
	for (guint i = 0; i < count; i++)
		most = MAX(most,
			   (double)curve_most(curves->pdata[i]) / per_unit);
	step = count ? nice_step(most, 4) : most;
	most = ceil(most / step) * step;
	add_text(canvas->out, 4, canvas->y + 12, "n", "start", title);
	draw_keys(canvas, curves, count, canvas->y + 12);
	if (!count)
		add_text(canvas->out, canvas->left + 4, canvas->y + 12, "",
			 "start", "no shrinker counts BOs");
	top = canvas->y += 22;
	add(canvas->out, "<path class=\"r\" d=\"");
	for (double v = 0; v <= most; v += step)
		add(canvas->out, "M%.1f %.1fH%.1f", canvas->left,
		    top + GRAPH * (1 - v / most), right);
	add(canvas->out, "\"/>");
	for (double v = 0; v <= most; v += step) {
		g_autofree char *text = g_strdup_printf("%g%s", v, unit);

		add_text(canvas->out, canvas->left - 5,
			 top + GRAPH * (1 - v / most) + 4, "", "end", text);
	}
	for (guint i = 0; i < count; i++)
		draw_curve(canvas, curves->pdata[i], i, top, most * per_unit);
	canvas->y += GRAPH + GAP - 8;
}

static void add_title(Canvas *canvas, const char *text, guint more)
{
	g_autofree char *safe = g_markup_escape_text(text, -1);

	if (canvas->options->small)
		return;
	add(canvas->out, "<title>%s", safe);
	if (more)
		add(canvas->out, " and %u more", more);
	add(canvas->out, "</title>");
}

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

static gboolean is_bad(EventKind kind)
{
	return kind == EVENT_FAULT || kind == EVENT_VIOLATION;
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
			    y, shapes[kind]);
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

/* What colours and shapes are: states, being busy, not being needed, events. */
#define SYMBOLS (BO_STATES + 2 + EVENT_KINDS)

static const char *symbol_name(guint i)
{
	if (i < BO_STATES)
		return state_name(i);
	if (i < BO_STATES + 2)
		return i == BO_STATES ? "busy" : "not needed";
	return event_name(i - BO_STATES - 2);
}

/* 14 pixels wide, on a line of text at @y. */
static void add_symbol(GString *out, guint i, double x, double y)
{
	guint kind = i - BO_STATES - 2;

	if (i < BO_STATES)
		add(out,
		    "<rect class=\"s%u\" x=\"%.1f\" y=\"%.1f\" width=\"14\" "
		    "height=\"11\"/>",
		    i, x, y - 9);
	else if (i == BO_STATES)
		add(out,
		    "<rect class=\"b\" x=\"%.1f\" y=\"%.1f\" width=\"14\" "
		    "height=\"3\"/>",
		    x, y - 1);
	else if (i == BO_STATES + 1)
		add(out, "<path class=\"u\" d=\"M%.1f %.1fh14\"/>", x, y - 4);
	else
		add(out,
		    "<path class=\"%s\" transform=\"translate(%.1f %.1f)\" "
		    "d=\"%s\"/>",
		    is_bad(kind) ? "x" : "e", x + 7, y - 4, shapes[kind]);
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

static void draw_lanes(Canvas *canvas)
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

static double mark_x(const Canvas *canvas, guint i)
{
	return x_of(canvas,
		    g_array_index(canvas->timeline->marks, Mark, i).time);
}

/* Numbers of marks that are close to each other are one: "3-5". */
static void draw_numbers(Canvas *canvas, double y)
{
	const GArray *marks = canvas->timeline->marks;
	guint next;

	for (guint i = 0; i < marks->len; i = next) {
		gboolean note = TRUE;
		g_autofree char *text = NULL;

		for (next = i; next < marks->len &&
			       mark_x(canvas, next) - mark_x(canvas, i) < 22;
		     next++)
			note &= g_array_index(marks, Mark, next).kind ==
				MARK_NOTE;
		text = next == i + 1 ? g_strdup_printf("%u", next)
				     : g_strdup_printf("%u-%u", i + 1, next);
		add_text(canvas->out, mark_x(canvas, i), y, note ? "n" : "w",
			 "middle", text);
	}
}

/* Numbers at the top, and lines through the whole picture. */
static void draw_marks(Canvas *canvas, double top, double bottom)
{
	const GArray *marks = canvas->timeline->marks;

	for (guint i = 0; i < marks->len; i++) {
		const Mark *mark = &g_array_index(marks, Mark, i);

		add(canvas->out, "<path class=\"%s\" d=\"M%.1f %.1fV%.1f\">",
		    mark->kind == MARK_NOTE ? "m" : "m f", mark_x(canvas, i),
		    top + FLAG, bottom);
		add_title(canvas, mark->text, 0);
		add(canvas->out, "</path>");
	}
	draw_numbers(canvas, top + 12);
}

static void draw_captions(Canvas *canvas)
{
	const GArray *marks = canvas->timeline->marks;

	for (guint i = 0; i < MIN(marks->len, CAPTIONS_MAX); i++) {
		const Mark *mark = &g_array_index(marks, Mark, i);
		g_autofree char *text =
			g_strdup_printf("%u  %s", i + 1, mark->text);

		if (g_utf8_strlen(text, -1) > CAPTION_CHARS) {
			char *end = g_utf8_offset_to_pointer(text,
							     CAPTION_CHARS - 3);

			strcpy(end, "...");
		}
		canvas->y += 15;
		add_text(canvas->out, 4, canvas->y,
			 mark->kind == MARK_NOTE ? "" : "w", "start", text);
	}
}

static char *wrap(guint width, double height, const char *label, GString *inner)
{
	g_autofree char *safe = g_markup_escape_text(label, -1);
	char *svg = g_strdup_printf(
		"<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"tl\" "
		"viewBox=\"0 0 %u %.0f\" width=\"%u\" role=\"img\" "
		"aria-label=\"%s\">%s\n%s</svg>\n",
		width, height, width, safe, style, inner->str);

	g_string_free(inner, TRUE);
	return svg;
}

char *draw(const Timeline *timeline, const DrawOptions *options)
{
	guint64 time = MAX(timeline->end - timeline->begin, 1);
	double left = options->label ?: 48;
	Canvas canvas = {.timeline = timeline,
			 .options = options,
			 .out = g_string_new(NULL),
			 .left = left,
			 .scale = (options->width - left - RIGHT) /
				  (double)time};
	double top, bottom;

	if (options->title) {
		add_text(canvas.out, 4, 18, "t", "start", options->title);
		canvas.y = 26;
	}
	top = canvas.y;
	canvas.y += FLAG + 8;
	draw_curves(&canvas, timeline->memory, options->small ? "" : "Memory",
		    " MiB", 1024);
	draw_curves(&canvas, timeline->shrinkers,
		    options->small ? "" : "Shrinkers count", "", 1);
	draw_lanes(&canvas);
	bottom = canvas.y;
	draw_axis(&canvas);
	draw_marks(&canvas, top, bottom);
	if (options->small)
		draw_captions(&canvas);
	add(canvas.out, "\n");
	return wrap(options->width, canvas.y + 8,
		    options->title ?: timeline->test, canvas.out);
}

char *draw_legend(void)
{
	GString *out = g_string_new("<p>");

	for (guint i = 0; i < SYMBOLS; i++) {
		g_string_append(
			out,
			"<span class=\"key\"><svg class=\"tl\" width=\"18\" "
			"height=\"14\" aria-hidden=\"true\">");
		add_symbol(out, i, 2, 11);
		add(out, "</svg> %s</span>\n", symbol_name(i));
	}
	g_string_append(out, "</p>\n");
	return g_string_free(out, FALSE);
}
