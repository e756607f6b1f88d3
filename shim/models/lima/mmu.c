// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Mali-400: the MMUs of GP and PP. A page directory of 1024 entries, each of which
 * points to a table of 1024 pages (lima_vm.c); core/pgtable.c walks them.
 *
 * The driver stalls an MMU, writes the address of the directory, clears the TLB (ZAP)
 * and ends the stall, before each job. A page fault stops the processor until
 * PAGE_FAULT_DONE or a reset. The driver only resets.
 */
#include "models/lima/lima.h"

static const PgtableFormat format = {
	.va_bits = 32,
	.entry_size = 4,
	.address = PTE_ADDR,
	.absent = {0xffffffff, 0},
	.read = {PTE_READ, PTE_READ},
	.write = {PTE_WRITE, PTE_WRITE},
	.exec = PGTABLE_NEVER,
	.levels = 2,
	.level = {{22, 10, PGTABLE_NEVER, {~PTE_ADDR, PTE_PRESENT}},
		  {12,
		   10,
		   {~PTE_ADDR & ~(PTE_FLAGS & ~PTE_PRESENT), PTE_PRESENT},
		   PGTABLE_NEVER}},
};

static void on_space_event(void *user, Space *space G_GNUC_UNUSED,
			   const SpaceEvent *event)
{
	LimaMmu *mmu = user;
	bool write = event->access == SPACE_WRITE;

	if (event->type != SPACE_EVENT_FAULT)
		return;
	mmu->lima->counter[COUNT_PAGE_FAULTS]++;
	lima_trace(mmu->lima, "%s: fault at 0x%08x, %s", mmu->name,
		   (uint32_t)event->va, write ? "write" : "read");
	mmu->fault = true;
	mmu->fault_write = write;
	mmu->fault_address = (uint32_t)event->va;
	irq_set(&mmu->irq, event->fault == SPACE_FAULT_TABLE
				   ? MMU_INT_READ_BUS_ERROR
				   : MMU_INT_PAGE_FAULT);
}

bool lima_mmu_ready(const LimaMmu *mmu)
{
	return !mmu->stalled && !mmu->fault;
}

void lima_mmu_check_start(LimaMmu *mmu)
{
	Lima *lima = mmu->lima;

	if (mmu->disturbed)
		return;
	if (!mmu->paging)
		lima_violation(lima, "%s: job started while paging is off",
			       mmu->name);
	else if (!ram_at(lima->dev.ram, mmu->space.root, RAM_PAGE_SIZE))
		lima_violation(lima,
			       "%s: job started with directory 0x%x, which is "
			       "outside RAM",
			       mmu->name, mmu->dte);
	if (mmu->stalled)
		lima_violation(lima, "%s: job started while it is stalled",
			       mmu->name);
	if (!mmu->zapped)
		lima_violation(lima,
			       "%s: job started without ZAP_CACHE since "
			       "DTE_ADDR was written",
			       mmu->name);
}

static void reset_state(LimaMmu *mmu)
{
	space_reset(&mmu->space);
	irq_reset(&mmu->irq);
	mmu->dte = 0;
	mmu->paging = false;
	mmu->stalled = false;
	mmu->zapped = false;
	mmu->fault = false;
	mmu->fault_write = false;
	mmu->fault_address = 0;
	mmu->disturbed = false;
}

/* Does the processor run a job that the driver could have stopped? */
static bool busy(const LimaMmu *mmu)
{
	const LimaCore *core = &mmu->lima->core[mmu->n];

	return core->job.active && !lima_job_hung(core);
}

static void run_command(LimaMmu *mmu)
{
	Lima *lima = mmu->lima;

	mmu->hold.active = false;
	switch (mmu->command) {
	case MMU_COMMAND_ENABLE_PAGING:
		mmu->paging = true;
		space_set_root(&mmu->space, mmu->dte);
		break;
	case MMU_COMMAND_DISABLE_PAGING:
		if (busy(mmu))
			lima_violation(lima,
				       "%s: paging disabled while a job runs",
				       mmu->name);
		mmu->paging = false;
		space_set_root(&mmu->space, 0);
		break;
	case MMU_COMMAND_ENABLE_STALL:
		/* A real one does not answer then. */
		if (!mmu->paging || mmu->fault)
			lima_violation(lima,
				       "%s: stalled while paging is off or a "
				       "page fault is active",
				       mmu->name);
		mmu->stalled = true;
		break;
	case MMU_COMMAND_DISABLE_STALL:
		mmu->stalled = false;
		break;
	case MMU_COMMAND_ZAP_CACHE:
		space_flush(&mmu->space, 0, G_MAXUINT32);
		mmu->zapped = true;
		break;
	case MMU_COMMAND_PAGE_FAULT_DONE:
		mmu->fault = false;
		space_resolve(&mmu->space);
		break;
	case MMU_COMMAND_HARD_RESET:
		if (busy(mmu))
			lima_violation(lima, "%s: reset while a job runs",
				       mmu->name);
		reset_state(mmu);
		break;
	}
}

static void start_command(LimaMmu *mmu, uint32_t command)
{
	Lima *lima = mmu->lima;
	Fault fault;

	if (command > MMU_COMMAND_HARD_RESET) {
		lima_violation(lima, "%s: unknown command 0x%x", mmu->name,
			       command);
		return;
	}
	lima->counter[COUNT_MMU_COMMANDS]++;
	/* The sequence that switches to another directory begins. */
	if (command == MMU_COMMAND_ENABLE_STALL)
		mmu->disturbed = false;
	/* A command that is held is lost when the next one comes. */
	fault = lima_begin(lima, &mmu->hold, "MMU_COMMAND", 0);
	if (fault.kind != FAULT_NONE)
		mmu->disturbed = true;
	mmu->command = command;
	if (fault.kind == FAULT_FAIL || fault.kind == FAULT_GARBAGE)
		mmu->hold.active = false;
	lima_mmu_advance(mmu);
}

void lima_mmu_advance(LimaMmu *mmu)
{
	if (hold_due(&mmu->lima->dev, &mmu->hold))
		run_command(mmu);
}

static void write_command(void *block, uint32_t word G_GNUC_UNUSED,
			  uint32_t value)
{
	start_command(block, value);
}

static void write_dte(void *block, uint32_t word G_GNUC_UNUSED,
		      uint32_t value G_GNUC_UNUSED)
{
	LimaMmu *mmu = block;

	if (busy(mmu))
		lima_violation(mmu->lima,
			       "%s: DTE_ADDR written while a job runs",
			       mmu->name);
	else if (mmu->paging && !mmu->stalled && !mmu->fault && !mmu->disturbed)
		lima_violation(mmu->lima,
			       "%s: DTE_ADDR written while paging is on, "
			       "without a stall",
			       mmu->name);
	mmu->zapped = false;
	if (mmu->paging)
		space_set_root(&mmu->space, mmu->dte);
}

static void write_zap_line(void *block, uint32_t word G_GNUC_UNUSED,
			   uint32_t value)
{
	LimaMmu *mmu = block;
	uint64_t page = value & PTE_ADDR;

	space_flush(&mmu->space, page, page + RAM_PAGE_SIZE - 1);
}

static uint32_t read_status(void *block, uint32_t word G_GNUC_UNUSED)
{
	const LimaMmu *mmu = block;
	uint32_t status = MMU_STATUS_REPLAY_BUFFER_EMPTY;

	if (mmu->paging)
		status |= MMU_STATUS_PAGING_ENABLED;
	if (mmu->stalled)
		status |= MMU_STATUS_STALL_ACTIVE;
	if (mmu->fault)
		status |= MMU_STATUS_PAGE_FAULT_ACTIVE;
	else if (!busy(mmu))
		status |= MMU_STATUS_IDLE;
	if (mmu->fault && mmu->fault_write)
		status |= MMU_STATUS_PAGE_FAULT_IS_WRITE;
	return status;
}

/* Registers of a LimaMmu, but for those of interrupts */
static const Register registers[] = {
	{MMU_DTE_ADDR, .writable = PTE_ADDR,
	 .field = REGISTER_FIELD(LimaMmu, dte), .write = write_dte},
	{MMU_STATUS, .read = read_status},
	{MMU_COMMAND, .write = write_command},
	{MMU_PAGE_FAULT_ADDR, .field = REGISTER_FIELD(LimaMmu, fault_address)},
	{MMU_ZAP_ONE_LINE, .write = write_zap_line},
};

static const RegisterTable table = REGISTER_TABLE(registers);

static bool is_irq(uint64_t offset)
{
	return offset >= MMU_INT_RAWSTAT && offset <= MMU_INT_STATUS;
}

RegisterResult lima_mmu_read(LimaMmu *mmu, uint64_t offset, uint32_t *value)
{
	return is_irq(offset) ? register_read(&irq_table, &mmu->irq,
					      offset - MMU_INT_RAWSTAT, value)
			      : register_read(&table, mmu, offset, value);
}

RegisterResult lima_mmu_write(LimaMmu *mmu, uint64_t offset, uint32_t value)
{
	return is_irq(offset) ? register_write(&irq_table, &mmu->irq,
					       offset - MMU_INT_RAWSTAT, value)
			      : register_write(&table, mmu, offset, value);
}

void lima_mmu_reset(LimaMmu *mmu)
{
	mmu->hold.active = false;
	reset_state(mmu);
}

void lima_mmu_init(Lima *lima)
{
	static const char *const names[LIMA_CORES] = {"GP MMU", "PP MMU"};
	static const unsigned int lines[LIMA_CORES] = {SB_IRQ_LIMA_GPMMU,
						       SB_IRQ_LIMA_PPMMU0};

	for (LimaCoreId i = 0; i < LIMA_CORES; i++) {
		LimaMmu *mmu = &lima->mmu[i];
		const SpaceConfig config = {
			.format = &format,
			.ram = lima->dev.ram,
			.journal = lima->dev.journal,
			.stamps = lima->dev.stamps,
			.counters = &lima->tlb,
			.device = LIMA_NAME,
			.name = names[i],
			.number = i,
		};

		mmu->lima = lima;
		mmu->n = i;
		mmu->name = names[i];
		mmu->irq = (Irq){&lima->dev, lines[i], 0, 0};
		space_init(&mmu->space, &config);
		space_listen(&mmu->space, on_space_event, mmu);
	}
}

void lima_mmu_free(Lima *lima)
{
	for (LimaCoreId i = 0; i < LIMA_CORES; i++)
		space_clear(&lima->mmu[i].space);
}
