/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The median, the least and the greatest of some values. */
#ifndef COMPARE_SPREAD_H
#define COMPARE_SPREAD_H

#include <glib.h>

typedef struct {
	double median, least, most;
} Spread;

/* Of an array of gdouble that is not empty; it stays as it is. */
Spread spread_of(const GArray *values);

#endif
