// SPDX-License-Identifier: GPL-2.0-or-later
/* Curves over time, and the axis below everything. */
#include "canvas.h"

#include <math.h>
#include <string.h>

#define GRAPH 120 /* height of one */
#define GAP 26 /* between the parts */
#define CURVES_MAX 6

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

void draw_axis(Canvas *canvas)
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

void draw_curves(Canvas *canvas, GPtrArray *curves, const char *title,
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
