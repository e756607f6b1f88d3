// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Mali-T860: address spaces. Tables are four levels of 512 entries, shifts 39,
 * 30, 21 and 12; a leaf has type 1 at levels 1 to 3, a table type 3 (format
 * ARM_MALI_LPAE, drivers/iommu/io-pgtable-arm.c). They are walked in guest RAM
 * at every access.
 *
 * The TLB keeps each translation until the driver flushes the region that it
 * lies in (LOCK, then FLUSH_PT or FLUSH_MEM); UPDATE flushes nothing. Real TLBs
 * are smaller and would forget sooner, so what works here works there. A
 * translation that is used from the TLB while the table says something else
 * means that the driver changed the table and did not flush: a violation.
 * Absent translations are not cached.
 */
#include "models/panfrost/panfrost.h"

#include <string.h>

#include "models/panfrost/regs.h"

#define VA_BITS 48
#define PAGE_MASK (~(uint64_t)(RAM_PAGE_SIZE - 1))
#define LPAE_TYPE(type)                                                        \
	{                                                                      \
		3, type                                                        \
	}

const PgtableFormat panfrost_pgtable = {
	.va_bits = VA_BITS,
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

typedef struct {
	PgtableMapping to;
	bool reported; /* as stale */
} Translation;

static void report_fault(Panfrost *panfrost, unsigned int n, uint64_t va,
			 uint32_t code, PanfrostAccess access, bool bus)
{
	PanfrostAs *as = &panfrost->as[n];
	uint32_t bit = bus ? MMU_INT_BUS(n) : MMU_INT_PAGE(n);

	as->faulted = true;
	panfrost->counter[bus ? COUNT_BUS_FAULTS : COUNT_PAGE_FAULTS]++;
	panfrost_trace(panfrost,
		       "AS %u: fault 0x%x at 0x%" G_GINT64_MODIFIER "x, %s", n,
		       code, va, access == PANFROST_WRITE ? "write" : "read");
	/* The registers keep the first fault until the driver has seen it. */
	if (!(panfrost->mmu_irq.raw & (MMU_INT_PAGE(n) | MMU_INT_BUS(n)))) {
		as->fault_status = code | (uint32_t)access << 8;
		as->fault_address = va;
	}
	panfrost_irq_set(panfrost, &panfrost->mmu_irq, bit);
}

/* @quiet: prefetch, report nothing. */
static PanfrostMmuStatus translate(Panfrost *panfrost, unsigned int n,
				   uint64_t va, PanfrostAccess access,
				   bool quiet, PgtableMapping *to, bool *stale)
{
	PanfrostAs *as = &panfrost->as[n];
	gpointer page = GSIZE_TO_POINTER(va / RAM_PAGE_SIZE);
	Translation *cached;
	PgtableResult result;

	*stale = false;
	as->access_va = va;
	if (!as->root)
		return MMU_NO_TABLE;
	if (va >> VA_BITS) {
		if (!quiet)
			report_fault(panfrost, n, va,
				     PANFROST_ADDR_SIZE_FAULT_IN, access,
				     false);
		return MMU_FAULT;
	}
	if (as->locked && va >= as->lock_first && va <= as->lock_last)
		return MMU_LOCKED;

	result = pgtable_walk(&panfrost_pgtable, panfrost->dev.ram, as->root,
			      va, to);
	cached = g_hash_table_lookup(as->tlb, page);
	if (cached) {
		panfrost->counter[COUNT_TLB_HITS]++;
		*stale = result != PGTABLE_MAPPED || to->pa != cached->to.pa ||
			 (to->rights ^ cached->to.rights) &
				 (PGTABLE_READ | PGTABLE_WRITE);
		if (*stale && !quiet && !cached->reported) {
			cached->reported = true;
			panfrost_violation(
				panfrost,
				"stale TLB entry used: AS %u address "
				"0x%" G_GINT64_MODIFIER
				"x: physical 0x%" G_GINT64_MODIFIER
				"x was cached, the table %s "
				"0x%" G_GINT64_MODIFIER "x now",
				n, va & PAGE_MASK, cached->to.pa,
				result == PGTABLE_MAPPED ? "has"
							 : "maps nothing,",
				result == PGTABLE_MAPPED ? to->pa : 0);
		}
		*to = cached->to;
		result = PGTABLE_MAPPED;
	} else {
		panfrost->counter[COUNT_TLB_MISSES]++;
	}

	if (result == PGTABLE_MAPPED &&
	    !(to->rights &
	      (access == PANFROST_WRITE ? PGTABLE_WRITE : PGTABLE_READ))) {
		if (!quiet)
			report_fault(panfrost, n, va,
				     PANFROST_PERMISSION_FAULT + to->level,
				     access, false);
		return MMU_FAULT;
	}
	if (result == PGTABLE_MAPPED &&
	    !ram_at(panfrost->dev.ram, to->pa, RAM_PAGE_SIZE)) {
		if (!quiet)
			panfrost_violation(
				panfrost,
				"AS %u address 0x%" G_GINT64_MODIFIER
				"x is mapped to 0x%" G_GINT64_MODIFIER
				"x, outside RAM",
				n, va & PAGE_MASK, to->pa);
		return MMU_BUS;
	}
	if (result == PGTABLE_MAPPED) {
		if (!cached) {
			cached = g_new0(Translation, 1);
			cached->to = *to;
			g_hash_table_insert(as->tlb, page, cached);
		}
		return MMU_OK;
	}

	if (quiet)
		return MMU_FAULT;
	stamps_check_gpu(panfrost->dev.stamps, n, as->root, va & PAGE_MASK,
			 NULL);
	if (result == PGTABLE_MALFORMED)
		panfrost_violation(panfrost,
				   "AS %u address 0x%" G_GINT64_MODIFIER
				   "x: malformed entry at level %u",
				   n, va & PAGE_MASK, to->level);
	if (result == PGTABLE_OUTSIDE)
		panfrost_violation(panfrost,
				   "AS %u address 0x%" G_GINT64_MODIFIER
				   "x: table of level %u is outside RAM",
				   n, va & PAGE_MASK, to->level);
	report_fault(panfrost, n, va,
		     (result == PGTABLE_OUTSIDE ? PANFROST_TRANSTAB_BUS_FAULT
						: PANFROST_TRANSLATION_FAULT) +
			     to->level,
		     access, result == PGTABLE_OUTSIDE);
	return MMU_FAULT;
}

/* Bytes from @va to the end of its page, at most @len. */
static uint64_t in_page(uint64_t va, uint64_t len)
{
	return MIN(len, RAM_PAGE_SIZE - va % RAM_PAGE_SIZE);
}

PanfrostMmuStatus panfrost_mmu_probe(Panfrost *panfrost, unsigned int as,
				     uint64_t va, uint64_t len,
				     PanfrostAccess access)
{
	while (len) {
		uint64_t part = in_page(va, len);
		PanfrostMmuStatus status;
		PgtableMapping to;
		bool stale;

		status =
			translate(panfrost, as, va, access, false, &to, &stale);
		if (status != MMU_OK)
			return status;
		va += part;
		len -= part;
	}
	return MMU_OK;
}

PanfrostMmuStatus panfrost_mmu_page(Panfrost *panfrost, unsigned int n,
				    uint64_t va, PanfrostAccess access,
				    uint8_t **page)
{
	PanfrostMmuStatus status;
	PgtableMapping to;
	bool stale;

	status = translate(panfrost, n, va, access, false, &to, &stale);
	if (status != MMU_OK)
		return status;
	*page = ram_at(panfrost->dev.ram, to.pa, RAM_PAGE_SIZE);
	stamps_check_gpu(panfrost->dev.stamps, n, panfrost->as[n].root,
			 va & PAGE_MASK, *page);
	if (stale && access == PANFROST_WRITE)
		*page = memcpy(panfrost->scratch, *page, RAM_PAGE_SIZE);
	return MMU_OK;
}

PanfrostMmuStatus panfrost_mmu_load(Panfrost *panfrost, unsigned int as,
				    uint64_t va, void *buf, size_t len)
{
	PanfrostMmuStatus status =
		panfrost_mmu_probe(panfrost, as, va, len, PANFROST_READ);
	uint8_t *to = buf;

	while (status == MMU_OK && len) {
		size_t part = in_page(va, len);
		uint8_t *page;

		status = panfrost_mmu_page(panfrost, as, va, PANFROST_READ,
					   &page);
		if (status != MMU_OK)
			break;
		memcpy(to, page + va % RAM_PAGE_SIZE, part);
		to += part;
		va += part;
		len -= part;
	}
	return status;
}

PanfrostMmuStatus panfrost_mmu_store(Panfrost *panfrost, unsigned int as,
				     uint64_t va, const void *buf, size_t len)
{
	PanfrostMmuStatus status =
		panfrost_mmu_probe(panfrost, as, va, len, PANFROST_WRITE);
	const uint8_t *from = buf;

	while (status == MMU_OK && len) {
		size_t part = in_page(va, len);
		uint8_t *page;

		status = panfrost_mmu_page(panfrost, as, va, PANFROST_WRITE,
					   &page);
		if (status != MMU_OK)
			break;
		memcpy(page + va % RAM_PAGE_SIZE, from, part);
		from += part;
		va += part;
		len -= part;
	}
	return status;
}

bool panfrost_mmu_prefetch(Panfrost *panfrost, unsigned int as, uint64_t va,
			   PanfrostAccess access, void *buf, uint64_t len)
{
	uint8_t *out = buf;
	bool all = true;

	while (len) {
		uint64_t part = in_page(va, len);
		PgtableMapping to;
		bool stale;

		if (translate(panfrost, as, va, access, true, &to, &stale) !=
		    MMU_OK)
			all = false;
		else if (out)
			ram_read(panfrost->dev.ram, to.pa + va % RAM_PAGE_SIZE,
				 out, part);
		if (out)
			out += part;
		va += part;
		len -= part;
	}
	return all;
}

static void set_root(Panfrost *panfrost, unsigned int n, uint64_t root)
{
	panfrost->as[n].root = root;
	stamps_set_root(panfrost->dev.stamps, n, root);
}

static void update(Panfrost *panfrost, unsigned int n, uint64_t transtab)
{
	PanfrostAs *as = &panfrost->as[n];
	uint64_t root = 0;

	if (AS_TRANSTAB_MODE(transtab) == AS_TRANSTAB_TABLE)
		root = transtab & PTE_ADDR;
	else if (transtab)
		panfrost_violation(
			panfrost,
			"AS %u: UPDATE with TRANSTAB 0x%" G_GINT64_MODIFIER
			"x, which is no table",
			n, transtab);
	if (root && !ram_at(panfrost->dev.ram, root, RAM_PAGE_SIZE))
		panfrost_violation(panfrost,
				   "AS %u: table 0x%" G_GINT64_MODIFIER
				   "x is outside RAM",
				   n, root);
	if (as->root && as->root != root && !as->faulted &&
	    panfrost_jobs_on(panfrost, n) >= 0)
		panfrost_violation(
			panfrost,
			"AS %u: table taken away while slot %d runs a "
			"job on it",
			n, panfrost_jobs_on(panfrost, n));

	/* While the table is there, so that they can say so in their headers. */
	if (!root)
		panfrost_jobs_kill(panfrost, n);
	as->killed = !root && as->faulted;
	as->faulted = false;
	set_root(panfrost, n, root);
	if (root)
		panfrost_jobs_retry(panfrost, n, MMU_FAULT);
}

static void lock(Panfrost *panfrost, unsigned int n, uint64_t lockaddr)
{
	PanfrostAs *as = &panfrost->as[n];
	/* Low 6 bits: log2 of the size, minus 1 (lock_region() of panfrost) */
	unsigned int width = lockaddr & 0x3f;
	uint64_t mask = width == 63 ? G_MAXUINT64 : (2ull << width) - 1;

	if (width < AS_LOCK_MIN_WIDTH) {
		panfrost_violation(panfrost,
				   "AS %u: LOCK of region 0x%" G_GINT64_MODIFIER
				   "x, smaller than can be locked",
				   n, lockaddr);
		return;
	}
	as->locked = true;
	as->lock_first = lockaddr & ~mask;
	as->lock_last = lockaddr | mask;
}

static void unlock(Panfrost *panfrost, unsigned int n)
{
	panfrost->as[n].locked = false;
	panfrost_jobs_retry(panfrost, n, MMU_LOCKED);
	panfrost_gpu_retry(panfrost, n);
}

static gboolean in_region(gpointer key, gpointer value G_GNUC_UNUSED,
			  gpointer user)
{
	const PanfrostAs *as = user;
	uint64_t va = (uint64_t)GPOINTER_TO_SIZE(key) * RAM_PAGE_SIZE;

	return va >= as->lock_first && va <= as->lock_last;
}

static void flush(Panfrost *panfrost, unsigned int n, const char *name)
{
	PanfrostAs *as = &panfrost->as[n];

	if (!as->locked) {
		panfrost_violation(
			panfrost, "AS %u: %s without a locked region", n, name);
		return;
	}
	panfrost->counter[COUNT_TLB_FLUSHED] +=
		g_hash_table_foreach_remove(as->tlb, in_region, as);
	unlock(panfrost, n);
}

static void run_command(Panfrost *panfrost, unsigned int n)
{
	static const char *const names[] = {"NOP",    "UPDATE",	  "LOCK",
					    "UNLOCK", "FLUSH_PT", "FLUSH_MEM"};
	PanfrostAs *as = &panfrost->as[n];

	as->pending.active = false;
	if (as->command != AS_COMMAND_LOCK)
		panfrost_trace(panfrost,
			       "AS %u: %s transtab 0x%" G_GINT64_MODIFIER
			       "x lock 0x%" G_GINT64_MODIFIER "x",
			       n, names[as->command], as->command_transtab,
			       as->command_lockaddr);
	switch (as->command) {
	case AS_COMMAND_UPDATE:
		update(panfrost, n, as->command_transtab);
		break;
	case AS_COMMAND_LOCK:
		lock(panfrost, n, as->command_lockaddr);
		break;
	case AS_COMMAND_UNLOCK:
		as->faulted = false;
		unlock(panfrost, n);
		panfrost_jobs_retry(panfrost, n, MMU_FAULT);
		break;
	case AS_COMMAND_FLUSH_PT:
		/* This is how panfrost says that it has mapped the page. */
		as->faulted = false;
		flush(panfrost, n, "FLUSH_PT");
		panfrost_jobs_retry(panfrost, n, MMU_FAULT);
		break;
	case AS_COMMAND_FLUSH_MEM:
		/*
		 * Not a reason to retry: panfrost does it on the way to take
		 * the table away, which is what makes the job fail.
		 */
		flush(panfrost, n, "FLUSH_MEM");
		panfrost->flush_id++;
		break;
	}
}

static void start_command(Panfrost *panfrost, unsigned int n, uint32_t command)
{
	PanfrostAs *as = &panfrost->as[n];
	Fault fault;

	if (command > AS_COMMAND_FLUSH_MEM) {
		panfrost_violation(panfrost, "AS %u: unknown command 0x%x", n,
				   command);
		return;
	}
	if (as->pending.active) {
		panfrost_violation(panfrost,
				   "AS %u: command %u while another is active",
				   n, command);
		return;
	}
	if (command == AS_COMMAND_NOP)
		return;
	panfrost->counter[COUNT_AS_COMMANDS]++;
	panfrost_begin(panfrost, &as->pending, "AS_COMMAND", 0, &fault);
	as->command = command;
	as->command_transtab = as->transtab;
	as->command_lockaddr = as->lockaddr;
	if (fault.kind == FAULT_FAIL)
		as->pending.due_ns = G_MAXUINT64; /* until a reset */
	if (fault.kind == FAULT_GARBAGE)
		as->garbage = (uint32_t)fault.arg | AS_STATUS_ACTIVE;
	if (panfrost_due(panfrost, &as->pending))
		run_command(panfrost, n);
}

static PanfrostAs *as_at(Panfrost *panfrost, uint64_t offset, unsigned int *n)
{
	if (offset < AS_BASE || offset >= AS_BASE + PANFROST_SPACES * AS_STRIDE)
		return NULL;
	*n = (offset - AS_BASE) / AS_STRIDE;
	return &panfrost->as[*n];
}

PanfrostReg panfrost_mmu_read(Panfrost *panfrost, uint64_t offset,
			      uint32_t *value)
{
	unsigned int n;
	PanfrostAs *as = as_at(panfrost, offset, &n);
	uint64_t reg = offset % AS_STRIDE;

	if (!as)
		return REG_UNKNOWN;
	switch (reg & ~4ull) {
	case AS_TRANSTAB:
		*value = panfrost_half(as->transtab, reg);
		return REG_OK;
	case AS_MEMATTR:
		*value = panfrost_half(as->memattr, reg);
		return REG_OK;
	case AS_LOCKADDR:
		*value = panfrost_half(as->lockaddr, reg);
		return REG_OK;
	case AS_COMMAND: /* write-only, and AS_FAULTSTATUS */
		*value = reg == AS_FAULTSTATUS ? as->fault_status : 0;
		return REG_OK;
	case AS_FAULTADDRESS:
		*value = panfrost_half(as->fault_address, reg);
		return REG_OK;
	}
	if (reg != AS_STATUS)
		return REG_UNKNOWN;
	*value = as->garbage ? as->garbage
			     : (as->pending.active ? AS_STATUS_ACTIVE : 0);
	as->garbage = 0;
	return REG_OK;
}

PanfrostReg panfrost_mmu_write(Panfrost *panfrost, uint64_t offset,
			       uint32_t value)
{
	unsigned int n;
	PanfrostAs *as = as_at(panfrost, offset, &n);
	uint64_t reg = offset % AS_STRIDE;

	if (!as)
		return REG_UNKNOWN;
	switch (reg & ~4ull) {
	case AS_TRANSTAB:
		panfrost_set_half(&as->transtab, reg, value);
		return REG_OK;
	case AS_MEMATTR:
		panfrost_set_half(&as->memattr, reg, value);
		return REG_OK;
	case AS_LOCKADDR:
		panfrost_set_half(&as->lockaddr, reg, value);
		return REG_OK;
	case AS_COMMAND:
		if (reg == AS_FAULTSTATUS)
			return REG_READ_ONLY;
		start_command(panfrost, n, value);
		return REG_OK;
	case AS_FAULTADDRESS:
		return REG_READ_ONLY;
	}
	return reg == AS_STATUS ? REG_READ_ONLY : REG_UNKNOWN;
}

void panfrost_mmu_advance(Panfrost *panfrost)
{
	for (unsigned int i = 0; i < PANFROST_SPACES; i++)
		if (panfrost_due(panfrost, &panfrost->as[i].pending))
			run_command(panfrost, i);
}

void panfrost_mmu_power_lost(Panfrost *panfrost)
{
	for (unsigned int i = 0; i < PANFROST_SPACES; i++) {
		PanfrostAs *as = &panfrost->as[i];

		g_hash_table_remove_all(as->tlb);
		as->locked = false;
		as->faulted = false;
		as->killed = false;
		set_root(panfrost, i, 0);
	}
}

void panfrost_mmu_reset(Panfrost *panfrost)
{
	for (unsigned int i = 0; i < PANFROST_SPACES; i++) {
		PanfrostAs *as = &panfrost->as[i];
		GHashTable *tlb = as->tlb;

		memset(as, 0, sizeof(*as));
		as->tlb = tlb;
	}
	panfrost_mmu_power_lost(panfrost);
	panfrost->mmu_irq.raw = 0;
	panfrost->mmu_irq.mask = 0;
}

void panfrost_mmu_init(Panfrost *panfrost)
{
	for (unsigned int i = 0; i < PANFROST_SPACES; i++)
		panfrost->as[i].tlb = g_hash_table_new_full(
			g_direct_hash, g_direct_equal, NULL, g_free);
}

void panfrost_mmu_free(Panfrost *panfrost)
{
	for (unsigned int i = 0; i < PANFROST_SPACES; i++)
		g_hash_table_unref(panfrost->as[i].tlb);
}
