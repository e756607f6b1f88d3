/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the v3d driver does to a V3D 4.2: the page table in guest RAM, and the sequences
 * of register writes. Unit tests and fuzz seeds share it; each says how RAM and registers
 * are written.
 */
#ifndef SHIM_TESTS_V3D_GUEST_H
#define SHIM_TESTS_V3D_GUEST_H

#include <stddef.h>
#include <stdint.h>

#include "models/v3d/regs.h"
#include "protocol.h"

/**
 * V3dGuest - a driver
 *
 * @write_ram, @write_register: get @user
 * @table: physical address of the page table, PT_SIZE bytes, at first zero
 */
typedef struct {
	void (*write_ram)(void *user, uint64_t pa, const void *bytes,
			  size_t len);
	void (*write_register)(void *user, uint32_t offset, uint32_t value);
	void *user;
	uint32_t table;
} V3dGuest;

/* Put @entry into the table for @va. */
void v3d_set_entry(V3dGuest *guest, uint32_t va, uint32_t entry);
void v3d_map(V3dGuest *guest, uint32_t va, uint32_t pa);
/* v3d_mmu_flush_all() */
void v3d_flush(V3dGuest *guest);
/* v3d_gem_init() and v3d_irq_init() */
void v3d_power_on(V3dGuest *guest);
/* v3d_reset() */
void v3d_hard_reset(V3dGuest *guest);
/* v3d_invalidate_caches() */
void v3d_invalidate(V3dGuest *guest);

/* v3d_bin_job_run(); @memory: for the binner, @size bytes */
void v3d_run_bin(V3dGuest *guest, uint32_t start, uint32_t end, uint32_t memory,
		 uint32_t size);
void v3d_run_render(V3dGuest *guest, uint32_t start, uint32_t end);
void v3d_run_tfu(V3dGuest *guest, uint32_t list);
/* @batches: how many */
void v3d_run_csd(V3dGuest *guest, uint32_t list, uint32_t batches);
/* v3d_overflow_mem_work() */
void v3d_give_memory(V3dGuest *guest, uint32_t memory, uint32_t size);

#endif
