// SPDX-License-Identifier: GPL-2.0-or-later
#include "shard.h"

#include "plan.h"

/*
 * Tests of the same guest are assigned to the shards in turn, so that each shard
 * gets its share of the slow kinds. Neighbours, which often take equally long, go
 * to different shards.
 */
GPtrArray *shard_select(GPtrArray *tests, const Shard *shard)
{
	GPtrArray *selected = g_ptr_array_new();
	g_autofree guint *owner = g_new0(guint, tests->len);
	guint dealt = 0;

	if (!shard->count) {
		g_ptr_array_extend(selected, tests, NULL, NULL);
		return selected;
	}
	for (guint i = 0; i < tests->len; i++) {
		if (owner[i])
			continue;
		for (guint j = i; j < tests->len; j++)
			if (j == i ||
			    (!owner[j] &&
			     plan_same_guest(tests->pdata[i], tests->pdata[j])))
				owner[j] = dealt++ % shard->count + 1;
	}
	for (guint i = 0; i < tests->len; i++)
		if (owner[i] == shard->number)
			g_ptr_array_add(selected, tests->pdata[i]);
	return selected;
}
