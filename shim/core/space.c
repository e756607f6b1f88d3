// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/space.h"

#include <string.h>

#define HEX "0x%" G_GINT64_MODIFIER "x"
#define PAGE_MASK (~(uint64_t)(RAM_PAGE_SIZE - 1))
/* Models execute nothing: a change of PGTABLE_EXEC alone is not stale. */
#define CHECKED_RIGHTS (PGTABLE_READ | PGTABLE_WRITE)

#define violation(space, ...)                                                  \
	journal_violation((space)->config.journal, (space)->config.device,     \
			  __VA_ARGS__)

typedef struct {
	SpaceListener fn;
	void *user;
} Listener;

/* An entry of the TLB. */
typedef struct {
	PgtableMapping to;
	bool reported; /* as stale */
} Cached;

static void announce(Space *space, const SpaceEvent *event)
{
	for (guint i = 0; i < space->listeners->len; i++) {
		const Listener *listener =
			&g_array_index(space->listeners, Listener, i);

		listener->fn(listener->user, space, event);
	}
}

static void announce_type(Space *space, SpaceEventType type)
{
	announce(space, &(SpaceEvent){.type = type});
}

void space_init(Space *space, const SpaceConfig *config)
{
	memset(space, 0, sizeof(*space));
	space->config = *config;
	space->listeners = g_array_new(FALSE, FALSE, sizeof(Listener));
	space->tlb = g_hash_table_new_full(g_direct_hash, g_direct_equal, NULL,
					   g_free);
}

void space_clear(Space *space)
{
	g_array_unref(space->listeners);
	g_hash_table_unref(space->tlb);
}

void space_listen(Space *space, SpaceListener fn, void *user)
{
	const Listener listener = {fn, user};

	g_array_append_val(space->listeners, listener);
}

static void use_root(Space *space, uint64_t root)
{
	space->root = root;
	stamps_set_root(space->config.stamps, space->config.device,
			space->config.number, root);
}

void space_reset(Space *space)
{
	g_hash_table_remove_all(space->tlb);
	space->access_va = 0;
	space->faulted = false;
	space->killed = false;
	space->locked = false;
	use_root(space, 0);
}

void space_set_root(Space *space, uint64_t root)
{
	announce(space, &(SpaceEvent){.type = SPACE_EVENT_TABLE, .root = root});
	space->killed = !root && space->faulted;
	space->faulted = false;
	use_root(space, root);
	if (root)
		announce_type(space, SPACE_EVENT_RESOLVED);
}

void space_resolve(Space *space)
{
	space->faulted = false;
	announce_type(space, SPACE_EVENT_RESOLVED);
}

void space_lock(Space *space, uint64_t first, uint64_t last)
{
	space->locked = true;
	space->lock_first = first;
	space->lock_last = last;
}

void space_unlock(Space *space)
{
	space->locked = false;
	announce_type(space, SPACE_EVENT_UNLOCKED);
}

typedef struct {
	uint64_t first;
	uint64_t last;
} Region;

static gboolean in_region(gpointer key, gpointer value G_GNUC_UNUSED,
			  gpointer user)
{
	const Region *region = user;
	uint64_t va = (uint64_t)GPOINTER_TO_SIZE(key) * RAM_PAGE_SIZE;

	return va >= region->first && va <= region->last;
}

void space_flush(Space *space, uint64_t first, uint64_t last)
{
	Region region = {first, last};

	space->config.counters->flushed +=
		g_hash_table_foreach_remove(space->tlb, in_region, &region);
}

unsigned int space_tlb_size(const Space *space)
{
	return g_hash_table_size(space->tlb);
}

bool space_each(const Space *space, PgtableFn fn, void *user)
{
	return pgtable_each(space->config.format, space->config.ram,
			    space->root, fn, user);
}

uint64_t space_mapped(const Space *space)
{
	return pgtable_count(space->config.format, space->config.ram,
			     space->root);
}

/* An access under way. @quiet: a prefetch, which reports nothing. */
typedef struct {
	uint64_t va;
	SpaceAccess access;
	bool quiet;
	PgtableMapping to;
	bool stale;
} Access;

static SpaceStatus fault(Space *space, const Access *access,
			 SpaceFaultKind kind)
{
	const SpaceEvent event = {
		.type = SPACE_EVENT_FAULT,
		.fault = kind,
		.level = access->to.level,
		.va = access->va,
		.access = access->access,
	};

	if (!access->quiet) {
		space->faulted = true;
		announce(space, &event);
	}
	return SPACE_FAULT;
}

/* The TLB has @cached. Report, once, that the table says something else. */
static void check_stale(Space *space, Access *access, PgtableResult result,
			Cached *cached)
{
	const PgtableMapping *now = &access->to;

	access->stale = result != PGTABLE_MAPPED || now->pa != cached->to.pa ||
			(now->rights ^ cached->to.rights) & CHECKED_RIGHTS;
	if (!access->stale || access->quiet || cached->reported)
		return;
	cached->reported = true;
	violation(space,
		  "stale TLB entry used: %s address " HEX ": physical " HEX
		  " was cached, the table %s " HEX " now",
		  space->config.name, access->va & PAGE_MASK, cached->to.pa,
		  result == PGTABLE_MAPPED ? "has" : "maps nothing,",
		  result == PGTABLE_MAPPED ? now->pa : 0);
}

/* The table maps nothing valid. */
static SpaceStatus not_mapped(Space *space, const Access *access,
			      PgtableResult result)
{
	const SpaceConfig *config = &space->config;
	uint64_t page = access->va & PAGE_MASK;

	if (access->quiet)
		return SPACE_FAULT;
	stamps_check_address(config->stamps, config->device, config->number,
			     space->root, page, NULL);
	if (result == PGTABLE_MALFORMED)
		violation(space,
			  "%s address " HEX ": malformed entry at level %u",
			  config->name, page, access->to.level);
	if (result == PGTABLE_OUTSIDE)
		violation(space,
			  "%s address " HEX
			  ": table of level %u is outside RAM",
			  config->name, page, access->to.level);
	return fault(space, access,
		     result == PGTABLE_OUTSIDE ? SPACE_FAULT_TABLE
					       : SPACE_FAULT_ABSENT);
}

static SpaceStatus check_mapping(Space *space, const Access *access)
{
	const PgtableMapping *to = &access->to;

	if (!(to->rights &
	      (access->access == SPACE_WRITE ? PGTABLE_WRITE : PGTABLE_READ)))
		return fault(space, access, SPACE_FAULT_PERMISSION);
	if (ram_at(space->config.ram, to->pa, RAM_PAGE_SIZE))
		return SPACE_OK;
	if (!access->quiet)
		violation(space,
			  "%s address " HEX " is mapped to " HEX
			  ", outside RAM",
			  space->config.name, access->va & PAGE_MASK, to->pa);
	return SPACE_OUTSIDE;
}

static SpaceStatus translate(Space *space, Access *access)
{
	const PgtableFormat *format = space->config.format;
	gpointer page = GSIZE_TO_POINTER(access->va / RAM_PAGE_SIZE);
	PgtableResult result;
	SpaceStatus status;
	Cached *cached;

	space->access_va = access->va;
	if (!space->root)
		return SPACE_OFF;
	if (access->va >> format->va_bits)
		return fault(space, access, SPACE_FAULT_RANGE);
	if (space->locked && access->va >= space->lock_first &&
	    access->va <= space->lock_last)
		return SPACE_LOCKED;

	result = pgtable_walk(format, space->config.ram, space->root,
			      access->va, &access->to);
	cached = g_hash_table_lookup(space->tlb, page);
	if (cached) {
		space->config.counters->hits++;
		check_stale(space, access, result, cached);
		access->to = cached->to;
		return check_mapping(space, access);
	}
	space->config.counters->misses++;
	if (result != PGTABLE_MAPPED)
		return not_mapped(space, access, result);
	status = check_mapping(space, access);
	if (status == SPACE_OK) {
		cached = g_new0(Cached, 1);
		cached->to = access->to;
		g_hash_table_insert(space->tlb, page, cached);
	}
	return status;
}

/* Bytes from @va to the end of its page, at most @len. */
static uint64_t in_page(uint64_t va, uint64_t len)
{
	return MIN(len, RAM_PAGE_SIZE - va % RAM_PAGE_SIZE);
}

SpaceStatus space_probe(Space *space, uint64_t va, uint64_t len,
			SpaceAccess access)
{
	while (len) {
		Access probe = {.va = va, .access = access};
		SpaceStatus status = translate(space, &probe);
		uint64_t part = in_page(va, len);

		if (status != SPACE_OK)
			return status;
		va += part;
		len -= part;
	}
	return SPACE_OK;
}

SpaceStatus space_page(Space *space, uint64_t va, SpaceAccess access,
		       uint8_t **page)
{
	Access one = {.va = va, .access = access};
	SpaceStatus status = translate(space, &one);

	if (status != SPACE_OK)
		return status;
	*page = ram_at(space->config.ram, one.to.pa, RAM_PAGE_SIZE);
	stamps_check_address(space->config.stamps, space->config.device,
			     space->config.number, space->root, va & PAGE_MASK,
			     *page);
	if (one.stale && access == SPACE_WRITE)
		*page = memcpy(space->scratch, *page, RAM_PAGE_SIZE);
	return SPACE_OK;
}

/* Copy to @to, or from @from; the other one is NULL. */
static SpaceStatus copy(Space *space, uint64_t va, uint8_t *to,
			const uint8_t *from, size_t len)
{
	SpaceAccess access = to ? SPACE_READ : SPACE_WRITE;
	SpaceStatus status = space_probe(space, va, len, access);
	size_t part;

	for (size_t at = 0; status == SPACE_OK && at < len; at += part) {
		size_t offset = (va + at) % RAM_PAGE_SIZE;
		uint8_t *page;

		part = in_page(va + at, len - at);
		status = space_page(space, va + at, access, &page);
		if (status != SPACE_OK)
			break;
		if (to)
			memcpy(to + at, page + offset, part);
		else
			memcpy(page + offset, from + at, part);
	}
	return status;
}

SpaceStatus space_load(Space *space, uint64_t va, void *buf, size_t len)
{
	return copy(space, va, buf, NULL, len);
}

SpaceStatus space_store(Space *space, uint64_t va, const void *buf, size_t len)
{
	return copy(space, va, NULL, buf, len);
}

bool space_prefetch(Space *space, uint64_t va, SpaceAccess access, void *buf,
		    uint64_t len)
{
	uint8_t *out = buf;
	bool all = true;

	while (len) {
		Access ahead = {.va = va, .access = access, .quiet = true};
		uint64_t part = in_page(va, len);

		if (translate(space, &ahead) != SPACE_OK)
			all = false;
		else if (out)
			ram_read(space->config.ram,
				 ahead.to.pa + va % RAM_PAGE_SIZE, out, part);
		if (out)
			out += part;
		va += part;
		len -= part;
	}
	return all;
}
