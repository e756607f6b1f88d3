// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * V3D: command lists. Those that begin with SB_V3D_MAGIC are executed (protocol.h); of
 * any other, only the words are read. A command first translates all addresses that it
 * will access and only then accesses them.
 *
 * The hardware has no interrupt for a malformed list or an access that goes wrong:
 * the queue is stuck then, until a reset.
 */
#include "models/v3d/v3d.h"

#include "core/dma.h"

typedef struct sb_v3d_command Command;

G_STATIC_ASSERT(sizeof(Command) == 32);

/* How much of a list, and of its data, a prefetch looks at */
#define PREFETCH_COMMANDS 4096u
#define PREFETCH_BYTES (16ull << 20)

/* Memory that a command uses */
typedef struct {
	uint64_t read_len;
	uint64_t write_len;
} Plan;

static V3dExec from_mmu(SpaceStatus status)
{
	return status == SPACE_OK ? V3D_EXEC_DONE : V3D_EXEC_STUCK;
}

/* False: the command is malformed. */
static bool plan(const V3dQueue *queue, const Command *command, Plan *out)
{
	*out = (Plan){0, 0};
	if (command->magic != SB_V3D_MAGIC || command->len > V3D_RANGE_MAX)
		return false;
	switch (command->op) {
	case SB_V3D_END:
		return true;
	case SB_V3D_FILL:
		out->write_len = command->len;
		return !(command->dst % 4) && !(command->len % 4);
	case SB_V3D_COPY:
		out->read_len = command->len;
		out->write_len = command->len;
		return true;
	case SB_V3D_CHECKSUM:
		out->read_len = command->len;
		out->write_len = 8;
		return true;
	case SB_V3D_CHECK_STAMPS:
		out->read_len = command->len;
		out->write_len = 8;
		return !(command->src % RAM_PAGE_SIZE);
	case SB_V3D_ALLOC:
		out->write_len = 4;
		return queue->n == V3D_QUEUE_BIN &&
		       !(command->len % RAM_PAGE_SIZE);
	}
	return false;
}

/* A page of the binner's memory, or false */
static bool take_page(V3d *v3d, uint32_t *page)
{
	if (v3d->pool_size < RAM_PAGE_SIZE && v3d->more_size) {
		v3d->pool = v3d->more;
		v3d->pool_size = v3d->more_size;
		v3d->more_size = 0;
	}
	if (v3d->pool_size < RAM_PAGE_SIZE)
		return false;
	*page = v3d->pool;
	v3d->pool += RAM_PAGE_SIZE;
	v3d->pool_size -= RAM_PAGE_SIZE;
	return true;
}

static V3dExec allocate(V3dQueue *queue, const Command *command)
{
	V3d *v3d = queue->v3d;
	V3dJob *job = &queue->job;
	Space *space = &v3d->mmu.space;
	SpaceStatus status;
	uint32_t page;

	while (job->pages < command->len / RAM_PAGE_SIZE) {
		uint32_t value = command->value + job->pages;

		if (!take_page(v3d, &page))
			return V3D_EXEC_MEMORY;
		status = dma_fill(space, page, RAM_PAGE_SIZE, value);
		if (status != SPACE_OK)
			return from_mmu(status);
		job->pages++;
	}
	job->pages = 0;
	return from_mmu(space_store(space, command->dst, &v3d->pool,
				    sizeof(v3d->pool)));
}

static V3dExec act(V3dQueue *queue, const Command *command)
{
	Space *space = &queue->v3d->mmu.space;

	switch (command->op) {
	case SB_V3D_FILL:
		return from_mmu(dma_fill(space, command->dst, command->len,
					 command->value));
	case SB_V3D_COPY:
		return from_mmu(dma_copy(space, command->dst, command->src,
					 command->len));
	case SB_V3D_CHECKSUM:
		return from_mmu(dma_checksum(space, command->dst, command->src,
					     command->len));
	case SB_V3D_CHECK_STAMPS:
		return from_mmu(dma_check_stamps(
			space, command->dst, command->src, command->len,
			command->value, command->first_page,
			command->generation));
	default:
		return allocate(queue, command);
	}
}

/* Is the list that of a test? */
static SpaceStatus is_ours(const V3dJob *job, Space *space, bool *ours)
{
	SpaceStatus status;
	uint32_t magic = 0;

	*ours = false;
	if (job->end && job->end - job->start < sizeof(Command))
		return SPACE_OK;
	status = space_load(space, job->start, &magic, sizeof(magic));
	*ours = magic == SB_V3D_MAGIC;
	return status;
}

static V3dExec run_one(V3dQueue *queue, bool *last)
{
	Space *space = &queue->v3d->mmu.space;
	V3dJob *job = &queue->job;
	SpaceStatus status;
	Command command;
	V3dExec result;
	Plan need;

	*last = job->end && job->end - job->at < sizeof(command);
	if (*last)
		return job->at == job->end ? V3D_EXEC_DONE : V3D_EXEC_STUCK;
	status = space_load(space, job->at, &command, sizeof(command));
	if (status != SPACE_OK)
		return from_mmu(status);
	if (!plan(queue, &command, &need))
		return V3D_EXEC_STUCK;
	*last = command.op == SB_V3D_END;
	if (*last)
		return V3D_EXEC_DONE;
	status = space_probe(space, command.src, need.read_len, SPACE_READ);
	if (status == SPACE_OK)
		status = space_probe(space, command.dst, need.write_len,
				     SPACE_WRITE);
	if (status != SPACE_OK)
		return from_mmu(status);
	result = act(queue, &command);
	if (result == V3D_EXEC_DONE) {
		job->at += sizeof(command);
		job->commands++;
		queue->v3d->counter[COUNT_COMMANDS]++;
	}
	return result;
}

V3dExec v3d_exec(V3dQueue *queue)
{
	Space *space = &queue->v3d->mmu.space;
	V3dJob *job = &queue->job;
	bool ours, last = false;
	V3dExec result;

	if (!job->start)
		return V3D_EXEC_DONE;
	queue->v3d->mmu.client = queue->client;
	result = from_mmu(is_ours(job, space, &ours));
	if (result != V3D_EXEC_DONE)
		return result;
	if (!ours)
		return job->end > job->start
			       ? from_mmu(space_probe(space, job->start,
						      job->end - job->start,
						      SPACE_READ))
			       : V3D_EXEC_DONE;
	while (result == V3D_EXEC_DONE && !last) {
		if (job->at - job->start >= V3D_LIST_MAX)
			return V3D_EXEC_STUCK;
		result = run_one(queue, &last);
	}
	return result;
}

void v3d_exec_prefetch(V3dQueue *queue)
{
	Space *space = &queue->v3d->mmu.space;
	const V3dJob *job = &queue->job;
	uint64_t bytes = PREFETCH_BYTES, at = job->start;

	if (!space->root || !at)
		return;
	for (unsigned int i = 0; i < PREFETCH_COMMANDS; i++) {
		Command command;
		Plan need;

		if ((job->end && job->end - at < sizeof(command)) ||
		    !space_prefetch(space, at, SPACE_READ, &command,
				    sizeof(command)) ||
		    !plan(queue, &command, &need) || command.op == SB_V3D_END ||
		    need.read_len + need.write_len > bytes)
			return;
		space_prefetch(space, command.src, SPACE_READ, NULL,
			       need.read_len);
		space_prefetch(space, command.dst, SPACE_WRITE, NULL,
			       need.write_len);
		bytes -= need.read_len + need.write_len;
		at += sizeof(command);
	}
}
