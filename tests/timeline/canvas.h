/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the parts of a picture share: where it grows, and what all of them draw. */
#ifndef TIMELINE_CANVAS_H
#define TIMELINE_CANVAS_H

#include "draw.h"

/* What is free at the right, in pixels. */
#define RIGHT 16
/* Symbols: states, being busy, not being needed, events. */
#define SYMBOLS (BO_STATES + 2 + EVENT_KINDS)

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

/* Where a moment is, in pixels. */
double x_of(const Canvas *canvas, guint64 time);

/* add() - adds text as it is; add_text() - an element of text, which is made safe. */
void add(GString *out, const char *format, ...) G_GNUC_PRINTF(2, 3);
void add_text(GString *out, double x, double y, const char *class,
	      const char *anchor, const char *text);

/* A tooltip, unless the picture is small; @more: how many others it stands for. */
void add_title(Canvas *canvas, const char *text, guint more);

/* The whole element around @inner, which is freed; owned. */
char *wrap(guint width, double height, const char *label, GString *inner);

/* Is it drawn in red? */
gboolean is_bad(EventKind kind);
/* The outline of an event's symbol, around 0 0. */
const char *event_shape(EventKind kind);
/* What a colour or shape is: 14 pixels wide, on a line of text at @y. */
void add_symbol(GString *out, guint i, double x, double y);

/* The parts, from above to below; each moves the canvas' @y. */
void draw_curves(Canvas *canvas, GPtrArray *curves, const char *title,
		 const char *unit, guint64 per_unit);
void draw_lanes(Canvas *canvas);
void draw_axis(Canvas *canvas);

#endif
