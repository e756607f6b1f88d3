/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A GPU address space: a page table (core/pgtable) with a TLB in front of it.
 *
 * Every access walks the table, also if the TLB has the translation. The TLB
 * keeps each translation until the driver flushes its region. Real TLBs are
 * smaller and forget earlier, so a driver that flushes enough for this one
 * flushes enough for those. A translation that is used from the TLB while the
 * table says something else is a violation: the driver changed the table and
 * did not flush. Absent translations are not cached.
 *
 * A space knows nothing of registers or jobs. It tells its listeners what
 * happens to it, so that the parts of a model need not call each other.
 */
#ifndef SHIM_SPACE_H
#define SHIM_SPACE_H

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/journal.h"
#include "core/pgtable.h"
#include "core/ram.h"
#include "core/stamps.h"

typedef enum {
	SPACE_READ,
	SPACE_WRITE,
} SpaceAccess;

/**
 * SpaceStatus - how an access ended
 *
 * @SPACE_FAULT: the listeners have been told. Try again after
 *	SPACE_EVENT_RESOLVED; give up at SPACE_EVENT_TABLE without a root.
 * @SPACE_LOCKED: the page is in the locked region. Try again after
 *	SPACE_EVENT_UNLOCKED.
 * @SPACE_OUTSIDE: the page is mapped to an address outside RAM; final
 * @SPACE_OFF: there is no table; final
 */
typedef enum {
	SPACE_OK,
	SPACE_FAULT,
	SPACE_LOCKED,
	SPACE_OUTSIDE,
	SPACE_OFF,
} SpaceStatus;

typedef enum {
	SPACE_FAULT_ABSENT, /* nothing valid is mapped there */
	SPACE_FAULT_PERMISSION,
	SPACE_FAULT_RANGE, /* the address has more bits than the format */
	SPACE_FAULT_TABLE, /* a table is outside RAM */
} SpaceFaultKind;

/**
 * SpaceEventType - what listeners are told
 *
 * @SPACE_EVENT_FAULT: an access has failed and can be tried again. The driver
 *	is to be told.
 * @SPACE_EVENT_TABLE: the table is about to be replaced. The old one still
 *	works during the event.
 * @SPACE_EVENT_RESOLVED: the driver has answered a fault
 * @SPACE_EVENT_UNLOCKED: no region is locked any more
 */
typedef enum {
	SPACE_EVENT_FAULT,
	SPACE_EVENT_TABLE,
	SPACE_EVENT_RESOLVED,
	SPACE_EVENT_UNLOCKED,
} SpaceEventType;

/**
 * SpaceEvent - an event
 *
 * @fault, @level, @va, @access: of SPACE_EVENT_FAULT; @level is that of the
 *	entry at which the walk ended, @va is not rounded
 * @root: of SPACE_EVENT_TABLE: physical address of the new table; 0: none
 */
typedef struct {
	SpaceEventType type;
	SpaceFaultKind fault;
	unsigned int level;
	uint64_t va;
	SpaceAccess access;
	uint64_t root;
} SpaceEvent;

typedef struct Space Space;
typedef void (*SpaceListener)(void *user, Space *space,
			      const SpaceEvent *event);

/* May be shared by all spaces of a device. */
typedef struct {
	uint64_t hits;
	uint64_t misses;
	uint64_t flushed; /* translations */
} SpaceCounters;

/**
 * SpaceConfig - what a space is made of; all pointers outlive it
 *
 * @device: name of the device in the journal
 * @name: name of the space in the journal
 * @number: number of the space, as in rules of core/stamps
 */
typedef struct {
	const PgtableFormat *format;
	Ram *ram;
	Journal *journal;
	Stamps *stamps;
	SpaceCounters *counters;
	const char *device;
	const char *name;
	unsigned int number;
} SpaceConfig;

/**
 * Space - an address space; others only read the fields
 *
 * @root: physical address of the table in effect; 0: none
 * @access_va: address of the last access
 * @faulted: a fault has been reported that the driver has not answered
 * @killed: the driver has taken the table away because of a fault. Jobs that
 *	it still starts fail; that is no violation.
 * @locked: accesses to @lock_first to @lock_last (inclusive) have to wait
 */
struct Space {
	SpaceConfig config;
	GArray *listeners;
	GHashTable *tlb; /* VA page number -> cached translation */
	uint64_t root;
	uint64_t access_va;
	bool faulted;
	bool killed;
	bool locked;
	uint64_t lock_first;
	uint64_t lock_last;
	uint8_t scratch[RAM_PAGE_SIZE]; /* takes writes through stale entries */
};

void space_init(Space *space, const SpaceConfig *config);
/* Free what space_init() allocated. */
void space_clear(Space *space);
/* @fn is called in the order of these calls. */
void space_listen(Space *space, SpaceListener fn, void *user);

/* Power-on state: no table, an empty TLB. Listeners are not told. */
void space_reset(Space *space);
/*
 * Use the table at @root, 0 for none. Answers a fault. Flushes nothing. @root
 * may be outside RAM.
 */
void space_set_root(Space *space, uint64_t root);
/* The driver has answered the fault; the access may be tried again. */
void space_resolve(Space *space);
/* Lock the region, both ends included, in place of one locked before. */
void space_lock(Space *space, uint64_t first, uint64_t last);
void space_unlock(Space *space);
/* Drop the translations of the region, both ends included. */
void space_flush(Space *space, uint64_t first, uint64_t last);

/* Pages in the TLB. */
unsigned int space_tlb_size(const Space *space);
/* pgtable_each() of the table in effect */
bool space_each(const Space *space, PgtableFn fn, void *user);
/* Pages that are mapped. */
uint64_t space_mapped(const Space *space);

/*
 * Translate each page of @len bytes at @va, reporting the first fault; none
 * of the memory is touched. @len 0 is fine.
 */
SpaceStatus space_probe(Space *space, uint64_t va, uint64_t len,
			SpaceAccess access);
/*
 * Pointer to the RAM_PAGE_SIZE bytes of the page at @va, its stamp checked. A
 * write through a stale TLB entry gets a scratch page: it is a violation
 * already, and must not crash the guest before the test reads that.
 */
SpaceStatus space_page(Space *space, uint64_t va, SpaceAccess access,
		       uint8_t **page);
/* Copy; either all of it, or nothing. */
SpaceStatus space_load(Space *space, uint64_t va, void *buf, size_t len);
SpaceStatus space_store(Space *space, uint64_t va, const void *buf, size_t len);
/*
 * Translate ahead, as hardware does that prefetches: fills the TLB and reports
 * nothing. True if all of it is mapped; @buf (or NULL) then has the bytes.
 */
bool space_prefetch(Space *space, uint64_t va, SpaceAccess access, void *buf,
		    uint64_t len);

#endif
