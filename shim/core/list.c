// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/list.h"

#include "core/dma.h"
#include "protocol.h"

typedef struct sb_command Command;

G_STATIC_ASSERT(sizeof(Command) == 32);

/* How much of a list, and of its data, a prefetch looks at */
#define PREFETCH_COMMANDS 4096u
#define PREFETCH_BYTES (16ull << 20)

/* Memory that a command uses */
typedef struct {
	uint64_t read_len;
	uint64_t write_len;
} Plan;

ListEnd list_end(SpaceStatus status)
{
	switch (status) {
	case SPACE_OK:
		return LIST_DONE;
	case SPACE_FAULT:
	case SPACE_LOCKED:
		return LIST_FAULT;
	case SPACE_OUTSIDE:
	case SPACE_OFF:
		break;
	}
	return LIST_BUS;
}

/* False: the command is malformed. */
static bool plan(const ListHeap *heap, const Command *command, Plan *out)
{
	*out = (Plan){0, 0};
	if (command->magic != SB_COMMAND_MAGIC || command->len > LIST_RANGE_MAX)
		return false;
	switch (command->op) {
	case SB_COMMAND_END:
		return true;
	case SB_COMMAND_FILL:
		out->write_len = command->len;
		return !(command->dst % 4) && !(command->len % 4);
	case SB_COMMAND_COPY:
		out->read_len = command->len;
		out->write_len = command->len;
		return true;
	case SB_COMMAND_CHECKSUM:
		out->read_len = command->len;
		out->write_len = 8;
		return true;
	case SB_COMMAND_CHECK_STAMPS:
		out->read_len = command->len;
		out->write_len = 8;
		return !(command->src % RAM_PAGE_SIZE);
	case SB_COMMAND_ALLOC:
		out->write_len = 4;
		return heap && !(command->len % RAM_PAGE_SIZE);
	}
	return false;
}

static ListEnd allocate(List *list, Space *space, ListHeap *heap,
			const Command *command)
{
	SpaceStatus status;
	uint32_t left;

	while (list->pages < command->len / RAM_PAGE_SIZE) {
		uint32_t value = command->value + list->pages;

		if (heap->end < heap->at ||
		    heap->end - heap->at < RAM_PAGE_SIZE)
			return LIST_MEMORY;
		status = dma_fill(space, heap->at, RAM_PAGE_SIZE, value);
		if (status != SPACE_OK)
			return list_end(status);
		heap->at += RAM_PAGE_SIZE;
		list->pages++;
	}
	left = (uint32_t)heap->at;
	status = space_store(space, command->dst, &left, sizeof(left));
	if (status == SPACE_OK)
		list->pages = 0;
	return list_end(status);
}

static ListEnd act(List *list, Space *space, ListHeap *heap,
		   const Command *command)
{
	switch (command->op) {
	case SB_COMMAND_FILL:
		return list_end(dma_fill(space, command->dst, command->len,
					 command->value));
	case SB_COMMAND_COPY:
		return list_end(dma_copy(space, command->dst, command->src,
					 command->len));
	case SB_COMMAND_CHECKSUM:
		return list_end(dma_checksum(space, command->dst, command->src,
					     command->len));
	case SB_COMMAND_CHECK_STAMPS:
		return list_end(dma_check_stamps(
			space, command->dst, command->src, command->len,
			command->value, command->first_page,
			command->generation));
	default:
		return allocate(list, space, heap, command);
	}
}

/* Is the list that of a test? */
static SpaceStatus is_ours(const List *list, Space *space, bool *ours)
{
	SpaceStatus status;
	uint32_t magic = 0;

	*ours = false;
	if (list->end && list->end - list->start < sizeof(Command))
		return SPACE_OK;
	status = space_load(space, list->start, &magic, sizeof(magic));
	*ours = magic == SB_COMMAND_MAGIC;
	return status;
}

static ListEnd run_one(List *list, Space *space, ListHeap *heap, bool *last)
{
	SpaceStatus status;
	Command command;
	ListEnd result;
	Plan need;

	*last = list->end && list->end - list->at < sizeof(command);
	if (*last)
		return list->at == list->end ? LIST_DONE : LIST_INVALID;
	status = space_load(space, list->at, &command, sizeof(command));
	if (status != SPACE_OK)
		return list_end(status);
	if (!plan(heap, &command, &need))
		return LIST_INVALID;
	*last = command.op == SB_COMMAND_END;
	if (*last)
		return LIST_DONE;
	status = space_probe(space, command.src, need.read_len, SPACE_READ);
	if (status == SPACE_OK)
		status = space_probe(space, command.dst, need.write_len,
				     SPACE_WRITE);
	if (status != SPACE_OK)
		return list_end(status);
	result = act(list, space, heap, &command);
	if (result == LIST_DONE) {
		list->at += sizeof(command);
		list->commands++;
	}
	return result;
}

ListEnd list_run(List *list, Space *space, ListHeap *heap)
{
	bool ours, last = false;
	ListEnd result = list_end(is_ours(list, space, &ours));

	if (result == LIST_DONE && !ours)
		return LIST_FOREIGN;
	while (result == LIST_DONE && !last) {
		if (list->at - list->start >= LIST_MAX)
			return LIST_INVALID;
		result = run_one(list, space, heap, &last);
	}
	return result;
}

void list_prefetch(const List *list, Space *space, const ListHeap *heap)
{
	uint64_t bytes = PREFETCH_BYTES, at = list->start;

	for (unsigned int i = 0; i < PREFETCH_COMMANDS; i++) {
		Command command;
		Plan need;

		if ((list->end && list->end - at < sizeof(command)) ||
		    !space_prefetch(space, at, SPACE_READ, &command,
				    sizeof(command)) ||
		    !plan(heap, &command, &need) ||
		    command.op == SB_COMMAND_END ||
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
