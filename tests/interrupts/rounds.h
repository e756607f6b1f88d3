/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is interrupted, how, and when. */
#ifndef INTERRUPTS_ROUNDS_H
#define INTERRUPTS_ROUNDS_H

#include <glib.h>

typedef struct {
	const char *command; /* one of those that rounds_draw() got */
	int signal;
	gboolean group; /* whether the group of make gets it, or make alone */
	double fraction; /* of the time that the command takes */
} Round;

/*
 * rounds_draw() - @count rounds, the same for the same @seed; owned. Each of @commands,
 * which end with NULL, has its turn before one has its second, and so have the signals.
 */
Round *rounds_draw(guint32 seed, guint count, char *const *commands);

#endif
