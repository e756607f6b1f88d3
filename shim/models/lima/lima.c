// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Mali-400 MP1: dispatch of register accesses, and time. The model has what the
 * kernel's lima driver needs, and is strict where real GPUs are lenient.
 */
#include "models/lima/lima.h"

#include <errno.h>
#include <string.h>

/* A block of registers; @domain: the power domains that it needs */
typedef enum { BLOCK_GP, BLOCK_PP, BLOCK_L2, BLOCK_PMU, BLOCK_MMU } BlockType;

typedef struct {
	uint64_t base;
	uint64_t size;
	uint32_t domain;
	BlockType type;
	LimaCoreId core;
} Block;

static const Block blocks[] = {
	{GP_BASE, BLOCK_SIZE, PMU_GP, BLOCK_GP, LIMA_GP},
	{L2_BASE, BLOCK_SIZE, PMU_L2, BLOCK_L2, LIMA_GP},
	{PMU_BASE, BLOCK_SIZE, 0, BLOCK_PMU, LIMA_GP},
	{GPMMU_BASE, BLOCK_SIZE, PMU_GP, BLOCK_MMU, LIMA_GP},
	{PPMMU_BASE, BLOCK_SIZE, PMU_PP, BLOCK_MMU, LIMA_PP},
	{PP_BASE, PP_SIZE, PMU_PP, BLOCK_PP, LIMA_PP},
};

static const Block *block_at(uint64_t offset)
{
	for (size_t i = 0; i < G_N_ELEMENTS(blocks); i++)
		if (offset - blocks[i].base < blocks[i].size)
			return &blocks[i];
	return NULL;
}

/* Complete what is due, then work out the next deadline. */
static void advance(Device *device)
{
	Lima *lima = (Lima *)device;

	lima_pmu_advance(lima);
	for (LimaCoreId i = 0; i < LIMA_CORES; i++)
		lima_mmu_advance(&lima->mmu[i]);
	lima_gp_advance(lima);
	lima_pp_advance(lima);

	device->deadline_ns = 0;
	hold_want_tick(device, &lima->power);
	for (LimaCoreId i = 0; i < LIMA_CORES; i++) {
		hold_want_tick(device, &lima->mmu[i].hold);
		hold_want_tick(device, &lima->core[i].reset);
		if (!lima->core[i].bus_stopped && lima_mmu_ready(&lima->mmu[i]))
			hold_want_tick(device, &lima->core[i].job.hold);
	}
}

/* Also false, and a violation, if the block has no power. */
static bool has_power(Lima *lima, const Block *block, uint64_t offset)
{
	if ((lima->on & block->domain) == block->domain)
		return true;
	lima_violation(lima,
		       "register 0x%" G_GINT64_MODIFIER
		       "x accessed while it is powered off",
		       offset);
	return false;
}

static RegisterResult read_block(Lima *lima, const Block *block,
				 uint64_t offset, uint32_t *value)
{
	switch (block->type) {
	case BLOCK_GP:
		return lima_gp_read(lima, offset, value);
	case BLOCK_PP:
		return lima_pp_read(lima, offset, value);
	case BLOCK_L2:
		return lima_l2_read(lima, offset, value);
	case BLOCK_PMU:
		return lima_pmu_read(lima, offset, value);
	case BLOCK_MMU:
		break;
	}
	return lima_mmu_read(&lima->mmu[block->core], offset, value);
}

static RegisterResult write_block(Lima *lima, const Block *block,
				  uint64_t offset, uint32_t value)
{
	switch (block->type) {
	case BLOCK_GP:
		return lima_gp_write(lima, offset, value);
	case BLOCK_PP:
		return lima_pp_write(lima, offset, value);
	case BLOCK_L2:
		return lima_l2_write(lima, offset, value);
	case BLOCK_PMU:
		return lima_pmu_write(lima, offset, value);
	case BLOCK_MMU:
		break;
	}
	return lima_mmu_write(&lima->mmu[block->core], offset, value);
}

static int lima_read(Device *device, uint64_t offset, void *buf, size_t len)
{
	Lima *lima = (Lima *)device;
	const Block *block = block_at(offset);
	RegisterResult reg = REGISTER_UNKNOWN;
	uint32_t value = 0;

	if (len == 4 && !(offset & 3) && block)
		reg = has_power(lima, block, offset)
			      ? read_block(lima, block, offset - block->base,
					   &value)
			      : REGISTER_OK;
	if (reg != REGISTER_OK) {
		lima_violation(lima,
			       "read of %zu bytes at 0x%" G_GINT64_MODIFIER
			       "x: no such register",
			       len, offset);
		return -EINVAL;
	}
	memcpy(buf, &value, sizeof(value));
	return 0;
}

static int lima_write(Device *device, uint64_t offset, const void *buf,
		      size_t len)
{
	Lima *lima = (Lima *)device;
	const Block *block = block_at(offset);
	RegisterResult reg = REGISTER_UNKNOWN;
	uint32_t value = 0;

	if (len == sizeof(value))
		memcpy(&value, buf, len);
	if (len == 4 && !(offset & 3) && block)
		reg = has_power(lima, block, offset)
			      ? write_block(lima, block, offset - block->base,
					    value)
			      : REGISTER_OK;
	advance(device);
	if (reg == REGISTER_OK)
		return 0;
	if (reg == REGISTER_READ_ONLY) {
		lima_violation(lima,
			       "write of 0x%x to 0x%" G_GINT64_MODIFIER
			       "x: read-only register",
			       value, offset);
		return 0;
	}
	lima_violation(lima,
		       "write of %zu bytes at 0x%" G_GINT64_MODIFIER
		       "x: no such register",
		       len, offset);
	return -EINVAL;
}

static void lima_reset(Device *device)
{
	Lima *lima = (Lima *)device;

	lima_pmu_reset(lima);
	memset(lima->history, 0, sizeof(lima->history));
	memset(lima->counter, 0, sizeof(lima->counter));
	memset(&lima->tlb, 0, sizeof(lima->tlb));
	lima->jobs = 0;
	lima->ended = 0;
	device->deadline_ns = 0;
	device->irq_raise = 0;
}

static void lima_fini(Device *device)
{
	lima_mmu_free((Lima *)device);
}

static void lima_init(Device *device)
{
	static const char *const names[LIMA_CORES] = {"GP", "PP"};
	static const unsigned int lines[LIMA_CORES] = {SB_IRQ_LIMA_GP,
						       SB_IRQ_LIMA_PP0};
	Lima *lima = (Lima *)device;

	for (LimaCoreId i = 0; i < LIMA_CORES; i++) {
		lima->core[i].lima = lima;
		lima->core[i].n = i;
		lima->core[i].name = names[i];
		lima->core[i].irq = (Irq){device, lines[i], 0, 0};
	}
	lima_mmu_init(lima);
}

static const DeviceWindow windows[] = {{0, LIMA_SIZE}, {0, 0}};

static const DeviceKind kinds[] = {
	{.name = "GP"},		 {.name = "PP"},    {.name = "RESET"},
	{.name = "MMU_COMMAND"}, {.name = "POWER"}, {.name = NULL},
};

DEVICE_MODEL(lima_model, .name = LIMA_NAME, .reg_file = "regs",
	     .windows = windows, .irqs = 5, .kinds = kinds,
	     .stamps = STAMPS_BY_ADDRESS, .size = sizeof(Lima),
	     .init = lima_init, .fini = lima_fini, .read = lima_read,
	     .write = lima_write, .tick = advance, .release = advance,
	     .reset = lima_reset, .leaks = lima_leaks, .nodes = lima_nodes);
