// SPDX-License-Identifier: GPL-2.0-or-later
#include "spread.h"

static int by_value(gconstpointer a, gconstpointer b)
{
	const double *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

Spread spread_of(const GArray *values)
{
	g_autoptr(GArray) v = g_array_copy((GArray *)values);
	guint middle = v->len / 2;
	const double *sorted;

	g_array_sort(v, by_value);
	sorted = (const double *)(void *)v->data;
	return (Spread){
		.median = v->len % 2
				  ? sorted[middle]
				  : (sorted[middle - 1] + sorted[middle]) / 2,
		.least = sorted[0],
		.most = sorted[v->len - 1],
	};
}
