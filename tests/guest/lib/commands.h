/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Command lists of the stub (struct sb_command), which the jobs of lima and v3d execute.
 * Addresses are the GPU's, lengths are in bytes unless a name says pages.
 */
#ifndef GUEST_COMMANDS_H
#define GUEST_COMMANDS_H

#include <stddef.h>
#include <stdint.h>

#include "drivers-stub/protocol.h"

/**
 * struct commands - a list that is being written
 * @list: where it is; not owned
 * @count: how many commands there are
 * @room: how many fit, the end included
 */
struct commands {
	struct sb_command *list;
	size_t count;
	size_t room;
};

/* An empty list in @size bytes at @map. */
struct commands commands_at(void *map, size_t size);
/* Append a command (enum sb_command_op); it is valid as long as the list. */
struct sb_command *commands_add(struct commands *commands, uint32_t op);
void commands_fill(struct commands *commands, uint32_t dst, uint32_t len,
		   uint32_t value);
void commands_copy(struct commands *commands, uint32_t dst, uint32_t src,
		   uint32_t len);
void commands_checksum(struct commands *commands, uint32_t dst, uint32_t src,
		       uint32_t len);
void commands_check_stamps(struct commands *commands, uint32_t dst,
			   uint32_t src, uint32_t len, uint32_t bo,
			   uint32_t generation);
void commands_alloc(struct commands *commands, uint32_t dst, uint32_t pages,
		    uint32_t value);
/* Put the end after the commands; it does not count as one. */
void commands_end(const struct commands *commands);

#endif
