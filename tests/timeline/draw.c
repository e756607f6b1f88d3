// SPDX-License-Identifier: GPL-2.0-or-later
#include "canvas.h"

#include <string.h>

#define FLAG 16 /* height of the marks' numbers */
/* Of a figure: longer ones are cut. */
#define CAPTION_CHARS 84
#define CAPTIONS_MAX 8

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
