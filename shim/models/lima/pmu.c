// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Mali-400: the power domains of GP, PP and L2 cache, and the L2 cache, which has
 * nothing to do here: what a processor wrote is in RAM. A domain that is off forgets
 * everything.
 */
#include "models/lima/lima.h"

static void power_lost(Lima *lima, uint32_t domains)
{
	for (LimaCoreId i = 0; i < LIMA_CORES; i++) {
		if (!(domains & lima_domain(i)))
			continue;
		if (lima->core[i].job.active)
			lima_violation(lima,
				       "%s: powered down while a job runs",
				       lima->core[i].name);
		lima_core_clear(&lima->core[i]);
		lima_mmu_reset(&lima->mmu[i]);
	}
	if (domains & PMU_L2) {
		lima->l2_enable = 0;
		lima->l2_max_reads = 0;
	}
}

static bool known(Lima *lima, uint32_t domains)
{
	if (domains & ~PMU_ALL)
		lima_violation(lima, "PMU: no such domain: 0x%x", domains);
	return domains & PMU_ALL;
}

static void powered_up(Lima *lima)
{
	lima->power.active = false;
	lima->on |= lima->powering_up;
	lima->pmu_raw |= PMU_INT_CMD;
	/* The driver polls: nothing happens at the interrupt line that it needs. */
	if (lima->pmu_raw & lima->pmu_mask)
		device_raise(&lima->dev, SB_IRQ_LIMA_PMU);
}

static void power_up(void *block, uint32_t word G_GNUC_UNUSED, uint32_t domains)
{
	Lima *lima = block;
	Fault fault;

	if (!known(lima, domains))
		return;
	fault = lima_begin(lima, &lima->power, "POWER", 0);
	lima->counter[COUNT_POWER_CHANGES]++;
	lima->powering_up = domains & PMU_ALL;
	if (fault.kind == FAULT_FAIL || fault.kind == FAULT_GARBAGE)
		lima->power.active = false;
	lima_pmu_advance(lima);
}

static void power_down(void *block, uint32_t word G_GNUC_UNUSED,
		       uint32_t domains)
{
	Lima *lima = block;

	if (!known(lima, domains))
		return;
	lima->counter[COUNT_POWER_CHANGES]++;
	power_lost(lima, domains & lima->on);
	lima->on &= ~domains;
	/* With all domains off, the hardware does not say that it is done. */
	if (lima->on)
		lima->pmu_raw |= PMU_INT_CMD;
}

static uint32_t read_status(void *block, uint32_t word G_GNUC_UNUSED)
{
	const Lima *lima = block;

	return PMU_ALL & ~lima->on;
}

static uint32_t read_l2_status(void *block G_GNUC_UNUSED,
			       uint32_t word G_GNUC_UNUSED)
{
	return 0; /* idle: a command is complete when it has been written */
}

static void l2_command(void *block, uint32_t word G_GNUC_UNUSED,
		       uint32_t command)
{
	Lima *lima = block;

	if (command != L2_COMMAND_CLEAR_ALL) {
		lima_violation(lima, "L2: unknown command 0x%x", command);
		return;
	}
	lima->counter[COUNT_L2_CLEARS]++;
	for (LimaCoreId i = 0; i < LIMA_CORES; i++)
		lima->core[i].l2_cleared = true;
}

#define FIELD(name) REGISTER_FIELD(Lima, name)

static const Register pmu_registers[] = {
	{PMU_POWER_UP, .write = power_up},
	{PMU_POWER_DOWN, .write = power_down},
	{PMU_STATUS, .read = read_status},
	{PMU_INT_MASK, .writable = REGISTER_RW, .field = FIELD(pmu_mask)},
	{PMU_INT_RAWSTAT, .field = FIELD(pmu_raw)},
	{PMU_INT_CLEAR, .clears = ~0u, .field = FIELD(pmu_raw),
	 .read = register_zero},
	{PMU_SW_DELAY, .writable = REGISTER_RW, .field = FIELD(pmu_delay)},
};

static const Register l2_registers[] = {
	/* 64 KiB, 4 ways, lines of 64 bytes, a bus of 64 bits */
	{L2_CACHE_SIZE, .reset = 0x06100206},
	{L2_STATUS, .read = read_l2_status},
	{L2_COMMAND, .write = l2_command},
	{L2_CLEAR_PAGE, .writable = REGISTER_RW}, /* write-only */
	{L2_MAX_READS, .writable = REGISTER_RW, .field = FIELD(l2_max_reads)},
	{L2_ENABLE, .writable = REGISTER_RW, .field = FIELD(l2_enable)},
};

static const RegisterTable pmu_table = REGISTER_TABLE(pmu_registers);
static const RegisterTable l2_table = REGISTER_TABLE(l2_registers);

RegisterResult lima_pmu_read(Lima *lima, uint64_t offset, uint32_t *value)
{
	return register_read(&pmu_table, lima, offset, value);
}

RegisterResult lima_pmu_write(Lima *lima, uint64_t offset, uint32_t value)
{
	return register_write(&pmu_table, lima, offset, value);
}

RegisterResult lima_l2_read(Lima *lima, uint64_t offset, uint32_t *value)
{
	return register_read(&l2_table, lima, offset, value);
}

RegisterResult lima_l2_write(Lima *lima, uint64_t offset, uint32_t value)
{
	return register_write(&l2_table, lima, offset, value);
}

void lima_pmu_advance(Lima *lima)
{
	if (hold_due(&lima->dev, &lima->power))
		powered_up(lima);
}

void lima_pmu_reset(Lima *lima)
{
	for (LimaCoreId i = 0; i < LIMA_CORES; i++) {
		lima_core_clear(&lima->core[i]);
		lima_mmu_reset(&lima->mmu[i]);
	}
	lima->on = 0;
	lima->pmu_raw = 0;
	lima->pmu_mask = 0;
	lima->pmu_delay = 0;
	lima->power.active = false;
	lima->l2_enable = 0;
	lima->l2_max_reads = 0;
}
