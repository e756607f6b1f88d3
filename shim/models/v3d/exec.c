// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * V3D: command lists. Those of real command streams are in lists.c.
 *
 * The hardware has no interrupt for a malformed list or an access that goes wrong:
 * the queue is stuck then, until a reset.
 */
#include "models/v3d/v3d.h"

/* The binner's memory. Only its lists may allocate. */
static ListHeap pool_of(const V3d *v3d)
{
	return (ListHeap){v3d->pool, (uint64_t)v3d->pool + v3d->pool_size};
}

/* The memory that the driver gave takes the place of what is used up, if there is any. */
static bool take_more(V3d *v3d)
{
	if (!v3d->more_size)
		return false;
	v3d->pool = v3d->more;
	v3d->pool_size = v3d->more_size;
	v3d->more_size = 0;
	return true;
}

static ListEnd run(V3dQueue *queue)
{
	V3d *v3d = queue->v3d;
	List *list = &queue->job.list;
	uint32_t before = list->commands;
	ListHeap pool = pool_of(v3d);
	ListEnd result = list_run(list, &v3d->mmu.space,
				  queue->n == V3D_QUEUE_BIN ? &pool : NULL);

	v3d->counter[COUNT_COMMANDS] += list->commands - before;
	v3d->pool = (uint32_t)pool.at;
	v3d->pool_size = (uint32_t)(pool.end - pool.at);
	return result;
}

ListEnd v3d_exec(V3dQueue *queue)
{
	V3d *v3d = queue->v3d;
	const List *list = &queue->job.list;
	ListEnd result;

	if (!list->start)
		return LIST_DONE;
	v3d->mmu.client = queue->client;
	do {
		result = run(queue);
	} while (result == LIST_MEMORY && take_more(v3d));
	if (result != LIST_FOREIGN || list->end <= list->start)
		return result == LIST_FOREIGN ? LIST_DONE : result;
	do {
		result = v3d_lists_run(queue);
	} while (result == LIST_MEMORY && take_more(v3d));
	return result;
}

void v3d_exec_prefetch(V3dQueue *queue)
{
	V3d *v3d = queue->v3d;
	ListHeap pool = pool_of(v3d);

	if (!v3d->mmu.space.root || !queue->job.list.start)
		return;
	list_prefetch(&queue->job.list, &v3d->mmu.space,
		      queue->n == V3D_QUEUE_BIN ? &pool : NULL);
	if (queue->job.list.end > queue->job.list.start)
		v3d_lists_prefetch(queue);
}
