// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Mali-400: command lists. Those that begin with SB_LIMA_MAGIC are executed
 * (protocol.h); of any other, only the words are read. A command first translates all
 * addresses that it will access and only then accesses them, so that one that has to
 * wait can be run again.
 */
#include "models/lima/lima.h"

#include "core/dma.h"

typedef struct sb_lima_command Command;

G_STATIC_ASSERT(sizeof(Command) == 32);

/* How much of a list, and of its data, a prefetch looks at */
#define PREFETCH_COMMANDS 4096u
#define PREFETCH_BYTES (16ull << 20)

/* Memory that a command uses */
typedef struct {
	uint64_t read_len;
	uint64_t write_len;
} Plan;

static LimaExec from_mmu(SpaceStatus status)
{
	switch (status) {
	case SPACE_OK:
		return LIMA_EXEC_DONE;
	case SPACE_FAULT:
	case SPACE_LOCKED:
		return LIMA_EXEC_FAULT;
	case SPACE_OUTSIDE:
	case SPACE_OFF:
		break;
	}
	return LIMA_EXEC_BUS;
}

/* False: the command is malformed. */
static bool plan(const LimaJob *job, const Command *command, Plan *out)
{
	*out = (Plan){0, 0};
	if (command->magic != SB_LIMA_MAGIC || command->len > LIMA_RANGE_MAX)
		return false;
	switch (command->op) {
	case SB_LIMA_END:
		return true;
	case SB_LIMA_FILL:
		out->write_len = command->len;
		return !(command->dst % 4) && !(command->len % 4);
	case SB_LIMA_COPY:
		out->read_len = command->len;
		out->write_len = command->len;
		return true;
	case SB_LIMA_CHECKSUM:
		out->read_len = command->len;
		out->write_len = 8;
		return true;
	case SB_LIMA_CHECK_STAMPS:
		out->read_len = command->len;
		out->write_len = 8;
		return !(command->src % RAM_PAGE_SIZE);
	case SB_LIMA_ALLOC:
		out->write_len = 4;
		return job->plbu && !(command->len % RAM_PAGE_SIZE);
	}
	return false;
}

static LimaExec allocate(LimaJob *job, Space *space, const Command *command)
{
	SpaceStatus status = SPACE_OK;

	while (job->pages < command->len / RAM_PAGE_SIZE) {
		uint32_t value = command->value + job->pages;

		if (job->heap_end < job->heap ||
		    job->heap_end - job->heap < RAM_PAGE_SIZE)
			return LIMA_EXEC_MEMORY;
		status = dma_fill(space, job->heap, RAM_PAGE_SIZE, value);
		if (status != SPACE_OK)
			return from_mmu(status);
		job->heap += RAM_PAGE_SIZE;
		job->pages++;
	}
	status =
		space_store(space, command->dst, &job->heap, sizeof(job->heap));
	if (status == SPACE_OK)
		job->pages = 0;
	return from_mmu(status);
}

static LimaExec act(LimaJob *job, Space *space, const Command *command)
{
	switch (command->op) {
	case SB_LIMA_FILL:
		return from_mmu(dma_fill(space, command->dst, command->len,
					 command->value));
	case SB_LIMA_COPY:
		return from_mmu(dma_copy(space, command->dst, command->src,
					 command->len));
	case SB_LIMA_CHECKSUM:
		return from_mmu(dma_checksum(space, command->dst, command->src,
					     command->len));
	case SB_LIMA_CHECK_STAMPS:
		return from_mmu(dma_check_stamps(
			space, command->dst, command->src, command->len,
			command->value, command->first_page,
			command->generation));
	default:
		return allocate(job, space, command);
	}
}

/* Is the list that of a test? */
static SpaceStatus is_ours(const LimaJob *job, Space *space, bool *ours)
{
	SpaceStatus status;
	uint32_t magic = 0;

	*ours = false;
	if (job->end && job->end - job->start < sizeof(Command))
		return SPACE_OK;
	status = space_load(space, job->start, &magic, sizeof(magic));
	*ours = magic == SB_LIMA_MAGIC;
	return status;
}

static LimaExec run_one(Lima *lima, LimaJob *job, Space *space, bool *last)
{
	SpaceStatus status;
	Command command;
	LimaExec result;
	Plan need;

	*last = job->end && job->end - job->at < sizeof(command);
	if (*last)
		return job->at == job->end ? LIMA_EXEC_DONE : LIMA_EXEC_INVALID;
	status = space_load(space, job->at, &command, sizeof(command));
	if (status != SPACE_OK)
		return from_mmu(status);
	if (!plan(job, &command, &need))
		return LIMA_EXEC_INVALID;
	*last = command.op == SB_LIMA_END;
	if (*last)
		return LIMA_EXEC_DONE;
	status = space_probe(space, command.src, need.read_len, SPACE_READ);
	if (status == SPACE_OK)
		status = space_probe(space, command.dst, need.write_len,
				     SPACE_WRITE);
	if (status != SPACE_OK)
		return from_mmu(status);
	result = act(job, space, &command);
	if (result == LIMA_EXEC_DONE) {
		job->at += sizeof(command);
		job->commands++;
		lima->counter[COUNT_COMMANDS]++;
	}
	return result;
}

LimaExec lima_exec(Lima *lima, LimaCoreId core)
{
	LimaJob *job = &lima->core[core].job;
	Space *space = &lima->mmu[core].space;
	bool ours, last = false;
	LimaExec result;

	result = from_mmu(is_ours(job, space, &ours));
	if (result != LIMA_EXEC_DONE)
		return result;
	if (!ours)
		return job->end ? from_mmu(space_probe(space, job->start,
						       job->end - job->start,
						       SPACE_READ))
				: LIMA_EXEC_DONE;
	while (result == LIMA_EXEC_DONE && !last) {
		if (job->at - job->start >= LIMA_LIST_MAX)
			return LIMA_EXEC_INVALID;
		result = run_one(lima, job, space, &last);
	}
	return result;
}

void lima_exec_prefetch(Lima *lima, LimaCoreId core)
{
	LimaJob *job = &lima->core[core].job;
	Space *space = &lima->mmu[core].space;
	uint64_t bytes = PREFETCH_BYTES, at = job->start;

	for (unsigned int i = 0; i < PREFETCH_COMMANDS; i++) {
		Command command;
		Plan need;

		if ((job->end && job->end - at < sizeof(command)) ||
		    !space_prefetch(space, at, SPACE_READ, &command,
				    sizeof(command)) ||
		    !plan(job, &command, &need) || command.op == SB_LIMA_END ||
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
