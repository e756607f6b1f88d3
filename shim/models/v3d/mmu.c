// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * V3D: the MMU. One flat table of 1 Mi entries for all files (v3d_mmu.c);
 * core/pgtable.c walks it. After each change the driver flushes the MMU's cache
 * (MMUC), then clears the TLB.
 *
 * An access that faults is aborted. The queue does not go on then, and there is no
 * interrupt of its own: the driver is told by the hub, and the job ends by its timeout.
 */
#include "models/v3d/v3d.h"

static const PgtableFormat format = {
	.va_bits = 32,
	.entry_size = 4,
	.address = PTE_PFN,
	.address_shift = 12,
	.absent = {0xffffffff, 0},
	.read = PGTABLE_ALWAYS,
	.write = {PTE_WRITEABLE, PTE_WRITEABLE},
	.exec = PGTABLE_NEVER,
	.levels = 1,
	.level = {{12,
		   20,
		   {~(PTE_PFN | PTE_WRITEABLE | PTE_BIGPAGE | PTE_SUPERPAGE),
		    PTE_VALID},
		   PGTABLE_NEVER}},
};

static void on_space_event(void *user, Space *space G_GNUC_UNUSED,
			   const SpaceEvent *event)
{
	V3d *v3d = user;
	V3dMmu *mmu = &v3d->mmu;
	bool write = event->fault == SPACE_FAULT_PERMISSION;

	if (event->type != SPACE_EVENT_FAULT)
		return;
	v3d->counter[COUNT_MMU_FAULTS]++;
	v3d_trace(v3d, "MMU: fault at 0x%08x, client 0x%x, %s",
		  (uint32_t)event->va, mmu->client,
		  write ? "write violation" : "invalid entry");
	mmu->vio_id = mmu->client;
	mmu->vio_addr = (uint32_t)event->va;
	mmu->ctl |= write ? MMU_CTL_WRITE_VIOLATION : MMU_CTL_PT_INVALID;
	if (mmu->ctl &
	    (write ? MMU_CTL_WRITE_VIOLATION_INT : MMU_CTL_PT_INVALID_INT))
		irq_set(&v3d->hub_irq,
			write ? HUB_INT_MMU_WRV : HUB_INT_MMU_PTI);
}

void v3d_mmu_check_start(V3d *v3d, const char *name)
{
	V3dMmu *mmu = &v3d->mmu;

	if (v3d->disturbed)
		return;
	if (!(mmu->ctl & MMU_CTL_ENABLE))
		v3d_violation(v3d, "%s: started while the MMU is off", name);
	else if (!ram_at(v3d->dev.ram, mmu->space.root, RAM_PAGE_SIZE))
		v3d_violation(v3d,
			      "%s: started with a page table outside RAM: "
			      "page 0x%x",
			      name, mmu->base);
	if (mmu->hold.active)
		v3d_violation(v3d, "%s: started while the TLB is being cleared",
			      name);
}

void v3d_mmu_reset(V3d *v3d)
{
	V3dMmu *mmu = &v3d->mmu;

	space_reset(&mmu->space);
	mmu->ctl = 0;
	mmu->base = 0;
	mmu->cache = 0;
	mmu->cap = 0;
	mmu->illegal = 0;
	mmu->vio_id = 0;
	mmu->vio_addr = 0;
	mmu->cache_flushes = 0;
	mmu->hold.active = false;
}

static void set_root(V3d *v3d)
{
	V3dMmu *mmu = &v3d->mmu;
	uint64_t root = mmu->ctl & MMU_CTL_ENABLE
				? (uint64_t)mmu->base * RAM_PAGE_SIZE
				: 0;

	if (root != mmu->space.root)
		space_set_root(&mmu->space, root);
}

static void write_base(void *block, uint32_t word G_GNUC_UNUSED,
		       uint32_t value G_GNUC_UNUSED)
{
	V3d *v3d = block;

	for (V3dQueueId i = 0; i < V3D_QUEUES; i++)
		if (v3d->queue[i].job.active && !v3d->disturbed)
			v3d_violation(v3d,
				      "%s: page table replaced while a job "
				      "runs",
				      v3d->queue[i].name);
	set_root(v3d);
}

void v3d_mmu_advance(V3d *v3d)
{
	V3dMmu *mmu = &v3d->mmu;

	if (!hold_due(&v3d->dev, &mmu->hold))
		return;
	mmu->hold.active = false;
	space_flush(&mmu->space, 0, G_MAXUINT32);
}

static void clear_tlb(V3d *v3d)
{
	V3dMmu *mmu = &v3d->mmu;
	Fault fault;

	/* Otherwise the TLB is filled again from what the cache has. */
	if (mmu->cache_flushes)
		mmu->cache_flushes--;
	else
		v3d_violation(v3d, "MMU: TLB cleared without a flush of the "
				   "MMU cache before");
	v3d->counter[COUNT_TLB_CLEARS]++;
	fault = v3d_begin(v3d, &mmu->hold, "TLB_CLEAR", 0);
	if (fault.kind != FAULT_NONE)
		v3d->disturbed = true;
	if (fault.kind == FAULT_FAIL || fault.kind == FAULT_GARBAGE)
		mmu->hold.due_ns = HOLD_NEVER;
	v3d_mmu_advance(v3d);
}

static void write_ctl(void *block, uint32_t word G_GNUC_UNUSED, uint32_t value)
{
	V3d *v3d = block;
	V3dMmu *mmu = &v3d->mmu;
	uint32_t status = mmu->ctl & MMU_CTL_STATUS & ~value;

	mmu->ctl = (value & ~(MMU_CTL_STATUS | MMU_CTL_TLB_CLEAR |
			      MMU_CTL_TLB_CLEARING)) |
		   status;
	set_root(v3d);
	if (value & MMU_CTL_TLB_CLEAR)
		clear_tlb(v3d);
}

static uint32_t read_ctl(void *block, uint32_t word G_GNUC_UNUSED)
{
	const V3dMmu *mmu = &((const V3d *)block)->mmu;

	return mmu->ctl | (mmu->hold.active ? MMU_CTL_TLB_CLEARING : 0);
}

static void write_cache(void *block, uint32_t word G_GNUC_UNUSED,
			uint32_t value)
{
	V3d *v3d = block;

	v3d->mmu.cache = value & MMUC_CONTROL_ENABLE;
	if (value & MMUC_CONTROL_FLUSH)
		v3d->mmu.cache_flushes++;
}

static uint32_t read_hits(void *block, uint32_t word G_GNUC_UNUSED)
{
	return (uint32_t)((const V3d *)block)->tlb.hits;
}

static uint32_t read_misses(void *block, uint32_t word G_GNUC_UNUSED)
{
	return (uint32_t)((const V3d *)block)->tlb.misses;
}

#define FIELD(name) REGISTER_FIELD(V3d, mmu.name)

static const Register registers[] = {
	{MMUC_CONTROL, .field = FIELD(cache), .write = write_cache},
	{MMU_CTL, .read = read_ctl, .write = write_ctl},
	{MMU_PT_PA_BASE, .writable = PTE_PFN, .field = FIELD(base),
	 .write = write_base},
	{MMU_HIT, .read = read_hits},
	{MMU_MISSES, .read = read_misses},
	{MMU_STALLS, .reset = 0},
	{MMU_ADDR_CAP, .writable = REGISTER_RW, .field = FIELD(cap)},
	{MMU_BYPASS_START, 2, .reset = 0},
	{MMU_VIO_ID, .field = FIELD(vio_id)},
	{MMU_ILLEGAL_ADDR, .writable = REGISTER_RW, .field = FIELD(illegal)},
	{MMU_VIO_ADDR, .field = FIELD(vio_addr)},
	/* physical addresses of 36 bits, virtual ones of 32, version 1 */
	{MMU_DEBUG_INFO, .reset = 0x00000621},
};

static const RegisterTable table = REGISTER_TABLE(registers);

RegisterResult v3d_mmu_read(V3d *v3d, uint64_t offset, uint32_t *value)
{
	return register_read(&table, v3d, offset, value);
}

RegisterResult v3d_mmu_write(V3d *v3d, uint64_t offset, uint32_t value)
{
	return register_write(&table, v3d, offset, value);
}

void v3d_mmu_init(V3d *v3d)
{
	const SpaceConfig config = {
		.format = &format,
		.ram = v3d->dev.ram,
		.journal = v3d->dev.journal,
		.stamps = v3d->dev.stamps,
		.counters = &v3d->tlb,
		.device = V3D_NAME,
		.name = "MMU",
		.number = 0,
	};

	space_init(&v3d->mmu.space, &config);
	space_listen(&v3d->mmu.space, on_space_event, v3d);
}

void v3d_mmu_free(V3d *v3d)
{
	space_clear(&v3d->mmu.space);
}
