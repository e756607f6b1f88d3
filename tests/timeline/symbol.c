// SPDX-License-Identifier: GPL-2.0-or-later
/* What colours and shapes are. */
#include "canvas.h"

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

gboolean is_bad(EventKind kind)
{
	return kind == EVENT_FAULT || kind == EVENT_VIOLATION;
}

const char *event_shape(EventKind kind)
{
	return shapes[kind];
}

static const char *symbol_name(guint i)
{
	if (i < BO_STATES)
		return state_name(i);
	if (i < BO_STATES + 2)
		return i == BO_STATES ? "busy" : "not needed";
	return event_name(i - BO_STATES - 2);
}

/* 14 pixels wide, on a line of text at @y. */
void add_symbol(GString *out, guint i, double x, double y)
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
