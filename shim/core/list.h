/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Command lists of tests, struct sb_command (protocol.h), which a job executes. A
 * command first translates all addresses that it will access and only then accesses
 * them, so that one that has to wait can be run again.
 */
#ifndef SHIM_LIST_H
#define SHIM_LIST_H

#include <stdint.h>

#include "core/space.h"

/* Bytes of a list, and of what one command accesses, at most */
#define LIST_MAX (16u << 20)
#define LIST_RANGE_MAX (256u << 20)

/**
 * List - a list, and how far it is
 *
 * @start, @end: GPU addresses; @end 0: up to SB_COMMAND_END
 * @at: address of the command that runs next; at first @start
 * @pages: how many pages the command has allocated so far
 * @commands: how many have completed
 */
typedef struct {
	uint32_t start;
	uint32_t end;
	uint32_t at;
	uint32_t pages;
	uint32_t commands;
} List;

/* GPU addresses of the memory that SB_COMMAND_ALLOC takes pages from */
typedef struct {
	uint64_t at;
	uint64_t end;
} ListHeap;

typedef enum {
	LIST_DONE, /* its end */
	LIST_FOREIGN, /* it is no list of a test: nothing is done */
	LIST_FAULT, /* wait for the MMU (SpaceStatus) */
	LIST_MEMORY, /* the heap is used up */
	LIST_INVALID, /* a malformed command */
	LIST_BUS, /* an address outside RAM, or there is no table */
} ListEnd;

/* How an access ended, as an end of the list; LIST_DONE if it went well */
ListEnd list_end(SpaceStatus status);

/* Run the list from @at on. It can be called again after a wait. @heap: NULL for none. */
ListEnd list_run(List *list, Space *space, ListHeap *heap);
/* Fetch the translations that the list will use into the TLB. */
void list_prefetch(const List *list, Space *space, const ListHeap *heap);

#endif
