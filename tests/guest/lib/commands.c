// SPDX-License-Identifier: GPL-2.0-or-later
#include "lib/commands.h"
#include "lib/size.h"
#include "lib/test.h"

struct commands commands_at(void *map, size_t size)
{
	return (struct commands){
		.list = map,
		.room = size / sizeof(struct sb_command),
	};
}

struct sb_command *commands_add(struct commands *commands, uint32_t op)
{
	struct sb_command *command = &commands->list[commands->count];

	CHECK_CMP(++commands->count, <, commands->room);
	*command = (struct sb_command){.magic = SB_COMMAND_MAGIC, .op = op};
	return command;
}

static struct sb_command *range(struct commands *commands, uint32_t op,
				uint32_t dst, uint32_t src, uint32_t len)
{
	struct sb_command *command = commands_add(commands, op);

	command->dst = dst;
	command->src = src;
	command->len = len;
	return command;
}

void commands_fill(struct commands *commands, uint32_t dst, uint32_t len,
		   uint32_t value)
{
	range(commands, SB_COMMAND_FILL, dst, 0, len)->value = value;
}

void commands_copy(struct commands *commands, uint32_t dst, uint32_t src,
		   uint32_t len)
{
	range(commands, SB_COMMAND_COPY, dst, src, len);
}

void commands_checksum(struct commands *commands, uint32_t dst, uint32_t src,
		       uint32_t len)
{
	range(commands, SB_COMMAND_CHECKSUM, dst, src, len);
}

void commands_check_stamps(struct commands *commands, uint32_t dst,
			   uint32_t src, uint32_t len, uint32_t bo,
			   uint32_t generation)
{
	struct sb_command *command =
		range(commands, SB_COMMAND_CHECK_STAMPS, dst, src, len);

	command->value = bo;
	command->generation = generation;
}

void commands_alloc(struct commands *commands, uint32_t dst, uint32_t pages,
		    uint32_t value)
{
	range(commands, SB_COMMAND_ALLOC, dst, 0, pages * PAGE)->value = value;
}

void commands_end(const struct commands *commands)
{
	commands->list[commands->count] = (struct sb_command){
		.magic = SB_COMMAND_MAGIC, .op = SB_COMMAND_END};
}
