// SPDX-License-Identifier: GPL-2.0-or-later
/* Mali-400: command lists. Those of real jobs are in stream.c. */
#include "models/lima/lima.h"

static ListHeap *heap_of(LimaJob *job)
{
	return job->plbu ? &job->heap : NULL;
}

ListEnd lima_exec(Lima *lima, LimaCoreId core)
{
	LimaJob *job = &lima->core[core].job;
	Space *space = &lima->mmu[core].space;
	List *list = &job->list;
	uint32_t before = list->commands;
	ListEnd result = list_run(list, space, heap_of(job));

	lima->counter[COUNT_COMMANDS] += list->commands - before;
	return result == LIST_FOREIGN
		       ? lima_stream_run(&lima->core[core], space)
		       : result;
}

void lima_exec_prefetch(Lima *lima, LimaCoreId core)
{
	LimaJob *job = &lima->core[core].job;

	list_prefetch(&job->list, &lima->mmu[core].space, heap_of(job));
	lima_stream_prefetch(&lima->core[core], &lima->mmu[core].space);
}
