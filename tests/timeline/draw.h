/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The picture, as SVG. */
#ifndef TIMELINE_DRAW_H
#define TIMELINE_DRAW_H

#include "timeline.h"

/**
 * DrawOptions - how it is drawn
 *
 * @width: in pixels, with the labels on the left
 * @label: width of these labels; 0: BOs have none
 * @lane: height of a lane
 * @title: above the picture; NULL: none
 * @small: a figure for a document: few events, no tooltips, and the marks' texts below
 */
typedef struct {
	guint width;
	guint label;
	guint lane;
	const char *title;
	gboolean small;
} DrawOptions;

/* draw() - an svg element with styles of its own, for light, dark and print; owned. */
char *draw(const Timeline *timeline, const DrawOptions *options);

/*
 * draw_legend() - what its colours and shapes are, as HTML; owned. The style is that of the
 * picture.
 */
char *draw_legend(void);

#endif
