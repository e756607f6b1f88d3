// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Mali-T860: registers of the address spaces, fault codes, and the format of page
 * tables; core/pgtable.c walks them. The format is ARM_MALI_LPAE
 * (drivers/iommu/io-pgtable-arm.c): four levels of 512 entries; a leaf has type 1 at
 * levels 1 to 3, a table type 3.
 *
 * The driver flushes the TLB with LOCK of a region, then FLUSH_PT or FLUSH_MEM.
 * UPDATE flushes nothing.
 */
#include "models/panfrost/panfrost.h"

#include <string.h>

#include "models/panfrost/regs.h"

#define LPAE_TYPE(type)                                                        \
	{                                                                      \
		3, type                                                        \
	}

static const PgtableFormat format = {
	.va_bits = 48,
	.entry_size = 8,
	.address = PTE_ADDR,
	.absent = LPAE_TYPE(0),
	.read = {PTE_READ, PTE_READ},
	.write = {PTE_WRITE, PTE_WRITE},
	.exec = {PTE_XN, 0},
	.levels = PTE_LEVELS,
	.level = {{39, 9, PGTABLE_NEVER, LPAE_TYPE(PTE_TYPE_TABLE)},
		  {30, 9, LPAE_TYPE(PTE_TYPE_LEAF), LPAE_TYPE(PTE_TYPE_TABLE)},
		  {21, 9, LPAE_TYPE(PTE_TYPE_LEAF), LPAE_TYPE(PTE_TYPE_TABLE)},
		  {12, 9, LPAE_TYPE(PTE_TYPE_LEAF), PGTABLE_NEVER}},
};

static uint32_t fault_code(const SpaceEvent *event)
{
	switch (event->fault) {
	case SPACE_FAULT_ABSENT:
		return PANFROST_TRANSLATION_FAULT + event->level;
	case SPACE_FAULT_PERMISSION:
		return PANFROST_PERMISSION_FAULT + event->level;
	case SPACE_FAULT_RANGE:
		return PANFROST_ADDR_SIZE_FAULT_IN;
	case SPACE_FAULT_TABLE:
		return PANFROST_TRANSTAB_BUS_FAULT + event->level;
	}
	g_assert_not_reached();
}

static void report_fault(PanfrostAs *as, const SpaceEvent *event)
{
	Panfrost *panfrost = as->panfrost;
	bool bus = event->fault == SPACE_FAULT_TABLE;
	bool write = event->access == SPACE_WRITE;
	uint32_t page_bit = MMU_INT_PAGE(as->n), bus_bit = MMU_INT_BUS(as->n);
	uint32_t code = fault_code(event);

	panfrost->counter[bus ? COUNT_BUS_FAULTS : COUNT_PAGE_FAULTS]++;
	panfrost_trace(panfrost,
		       "%s: fault 0x%x at 0x%" G_GINT64_MODIFIER "x, %s",
		       as->name, code, event->va, write ? "write" : "read");
	/* The registers keep the first fault until the driver has seen it. */
	if (!(panfrost->mmu_irq.raw & (page_bit | bus_bit))) {
		as->fault_status = code | (write ? AS_FAULTSTATUS_WRITE
						 : AS_FAULTSTATUS_READ);
		as->fault_address = event->va;
	}
	irq_set(&panfrost->mmu_irq, bus ? bus_bit : page_bit);
}

static void on_space_event(void *user, Space *space G_GNUC_UNUSED,
			   const SpaceEvent *event)
{
	if (event->type == SPACE_EVENT_FAULT)
		report_fault(user, event);
}

static void update(PanfrostAs *as, uint64_t transtab, uint64_t transcfg)
{
	Panfrost *panfrost = as->panfrost;
	bool unmapped = transcfg == AS_TRANSCFG_UNMAPPED;
	uint64_t root = 0;

	if (!unmapped && transcfg != AS_TRANSCFG_LEGACY)
		panfrost_violation(panfrost,
				   "%s: UPDATE with TRANSCFG "
				   "0x%" G_GINT64_MODIFIER
				   "x, which is neither legacy nor unmapped",
				   as->name, transcfg);
	else if (unmapped && transtab)
		panfrost_violation(panfrost,
				   "%s: UPDATE with TRANSTAB "
				   "0x%" G_GINT64_MODIFIER "x, but unmapped",
				   as->name, transtab);
	else if (AS_TRANSTAB_MODE(transtab) == AS_TRANSTAB_TABLE)
		root = transtab & PTE_ADDR;
	else if (transtab)
		panfrost_violation(panfrost,
				   "%s: UPDATE with TRANSTAB "
				   "0x%" G_GINT64_MODIFIER
				   "x, which is not a table",
				   as->name, transtab);
	if (root && !ram_at(panfrost->dev.ram, root, RAM_PAGE_SIZE))
		panfrost_violation(panfrost,
				   "%s: table 0x%" G_GINT64_MODIFIER
				   "x is outside RAM",
				   as->name, root);
	space_set_root(&as->space, root);
}

static void lock(PanfrostAs *as, uint64_t lockaddr)
{
	/* Low 6 bits: log2 of the size, minus 1 (lock_region() of panfrost) */
	unsigned int width = lockaddr & 0x3f;
	uint64_t mask = width == 63 ? G_MAXUINT64 : (2ull << width) - 1;

	if (width < AS_LOCK_MIN_WIDTH) {
		panfrost_violation(as->panfrost,
				   "%s: LOCK of region 0x%" G_GINT64_MODIFIER
				   "x, smaller than can be locked",
				   as->name, lockaddr);
		return;
	}
	space_lock(&as->space, lockaddr & ~mask, lockaddr | mask);
}

static void flush(PanfrostAs *as, const char *name)
{
	Space *space = &as->space;

	if (!space->locked) {
		panfrost_violation(as->panfrost,
				   "%s: %s without a locked region", as->name,
				   name);
		return;
	}
	space_flush(space, space->lock_first, space->lock_last);
	space_unlock(space);
}

static void run_command(PanfrostAs *as)
{
	static const char *const names[] = {"NOP",    "UPDATE",	  "LOCK",
					    "UNLOCK", "FLUSH_PT", "FLUSH_MEM"};
	Panfrost *panfrost = as->panfrost;

	as->hold.active = false;
	if (as->command != AS_COMMAND_LOCK)
		panfrost_trace(panfrost,
			       "%s: %s transtab 0x%" G_GINT64_MODIFIER
			       "x lock 0x%" G_GINT64_MODIFIER "x",
			       as->name, names[as->command],
			       as->command_transtab, as->command_lockaddr);
	switch (as->command) {
	case AS_COMMAND_UPDATE:
		update(as, as->command_transtab, as->command_transcfg);
		break;
	case AS_COMMAND_LOCK:
		lock(as, as->command_lockaddr);
		break;
	case AS_COMMAND_UNLOCK:
		space_resolve(&as->space);
		space_unlock(&as->space);
		break;
	case AS_COMMAND_FLUSH_PT:
		/* panfrost flushes after it has mapped a page. */
		space_resolve(&as->space);
		flush(as, "FLUSH_PT");
		break;
	case AS_COMMAND_FLUSH_MEM:
		/*
		 * Resolves no fault: panfrost flushes so before it takes the
		 * table away, and the job has to fail then.
		 */
		flush(as, "FLUSH_MEM");
		panfrost->flush_id++;
		break;
	}
}

static void start_command(PanfrostAs *as, uint32_t command)
{
	Panfrost *panfrost = as->panfrost;
	Fault fault;

	if (command > AS_COMMAND_FLUSH_MEM) {
		panfrost_violation(panfrost, "%s: unknown command 0x%x",
				   as->name, command);
		return;
	}
	if (as->hold.active) {
		panfrost_violation(panfrost,
				   "%s: command %u while another is active",
				   as->name, command);
		return;
	}
	if (command == AS_COMMAND_NOP)
		return;
	panfrost->counter[COUNT_AS_COMMANDS]++;
	fault = panfrost_begin(panfrost, &as->hold, "AS_COMMAND", 0);
	as->command = command;
	as->command_transtab = as->transtab;
	as->command_transcfg = as->transcfg;
	as->command_lockaddr = as->lockaddr;
	if (fault.kind == FAULT_FAIL)
		as->hold.due_ns = HOLD_NEVER;
	if (fault.kind == FAULT_GARBAGE)
		as->garbage = (uint32_t)fault.arg | AS_STATUS_ACTIVE;
	if (hold_due(&panfrost->dev, &as->hold))
		run_command(as);
}

static void write_command(void *block, uint32_t word G_GNUC_UNUSED,
			  uint32_t value)
{
	start_command(block, value);
}

static uint32_t read_status(void *block, uint32_t word G_GNUC_UNUSED)
{
	PanfrostAs *as = block;
	uint32_t garbage = as->garbage;

	as->garbage = 0;
	if (garbage)
		return garbage;
	return as->hold.active ? AS_STATUS_ACTIVE : 0;
}

/* Registers of a PanfrostAs */
static const Register registers[] = {
	{AS_TRANSTAB, 2, .writable = REGISTER_RW,
	 .field = REGISTER_FIELD(PanfrostAs, transtab)},
	{AS_MEMATTR, 2, .writable = REGISTER_RW,
	 .field = REGISTER_FIELD(PanfrostAs, memattr)},
	{AS_LOCKADDR, 2, .writable = REGISTER_RW,
	 .field = REGISTER_FIELD(PanfrostAs, lockaddr)},
	{AS_COMMAND, .write = write_command},
	{AS_FAULTSTATUS, .field = REGISTER_FIELD(PanfrostAs, fault_status)},
	{AS_FAULTADDRESS, 2,
	 .field = REGISTER_FIELD(PanfrostAs, fault_address)},
	{AS_STATUS, .read = read_status},
	{AS_TRANSCFG, 2, .writable = REGISTER_RW,
	 .field = REGISTER_FIELD(PanfrostAs, transcfg)},
};

static const RegisterTable table = REGISTER_TABLE(registers);

/* The address space whose register is at @offset, or NULL. */
static PanfrostAs *as_at(Panfrost *panfrost, uint64_t offset)
{
	if (offset < AS_BASE || offset >= AS_BASE + PANFROST_SPACES * AS_STRIDE)
		return NULL;
	return &panfrost->as[(offset - AS_BASE) / AS_STRIDE];
}

RegisterResult panfrost_mmu_read(Panfrost *panfrost, uint64_t offset,
				 uint32_t *value)
{
	PanfrostAs *as = as_at(panfrost, offset);

	return as ? register_read(&table, as, offset % AS_STRIDE, value)
		  : REGISTER_UNKNOWN;
}

RegisterResult panfrost_mmu_write(Panfrost *panfrost, uint64_t offset,
				  uint32_t value)
{
	PanfrostAs *as = as_at(panfrost, offset);

	return as ? register_write(&table, as, offset % AS_STRIDE, value)
		  : REGISTER_UNKNOWN;
}

void panfrost_mmu_advance(Panfrost *panfrost)
{
	for (unsigned int i = 0; i < PANFROST_SPACES; i++)
		if (hold_due(&panfrost->dev, &panfrost->as[i].hold))
			run_command(&panfrost->as[i]);
}

void panfrost_mmu_power_lost(Panfrost *panfrost)
{
	for (unsigned int i = 0; i < PANFROST_SPACES; i++)
		space_reset(&panfrost->as[i].space);
}

void panfrost_mmu_reset(Panfrost *panfrost)
{
	for (unsigned int i = 0; i < PANFROST_SPACES; i++) {
		PanfrostAs *as = &panfrost->as[i];

		space_reset(&as->space);
		register_reset(&table, as);
		as->hold.active = false;
		as->garbage = 0;
	}
	irq_reset(&panfrost->mmu_irq);
}

void panfrost_mmu_init(Panfrost *panfrost)
{
	for (unsigned int i = 0; i < PANFROST_SPACES; i++) {
		PanfrostAs *as = &panfrost->as[i];
		const SpaceConfig config = {
			.format = &format,
			.ram = panfrost->dev.ram,
			.journal = panfrost->dev.journal,
			.stamps = panfrost->dev.stamps,
			.counters = &panfrost->tlb,
			.device = PANFROST_NAME,
			.name = as->name,
			.number = i,
		};

		as->panfrost = panfrost;
		as->n = i;
		g_snprintf(as->name, sizeof(as->name), "AS %u", i);
		space_init(&as->space, &config);
		space_listen(&as->space, on_space_event, as);
	}
}

void panfrost_mmu_free(Panfrost *panfrost)
{
	for (unsigned int i = 0; i < PANFROST_SPACES; i++)
		space_clear(&panfrost->as[i].space);
}
