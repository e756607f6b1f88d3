/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the lima driver does to a Mali-400: page tables in guest RAM, and the
 * sequences of register writes. Unit tests and fuzz seeds share it; each says how RAM
 * and registers are written.
 */
#ifndef SHIM_TESTS_LIMA_GUEST_H
#define SHIM_TESTS_LIMA_GUEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "models/lima/regs.h"
#include "protocol.h"

/**
 * LimaGuest - a driver
 *
 * @write_ram, @write_register: get @user
 * @directory: physical address of the page directory, at first zero
 * @tables: physical address of the tables, one page for each 4 MiB that are used
 *	from address 0 on, at first zero
 */
typedef struct {
	void (*write_ram)(void *user, uint64_t pa, const void *bytes,
			  size_t len);
	void (*write_register)(void *user, uint32_t offset, uint32_t value);
	void *user;
	uint32_t directory;
	uint32_t tables;
} LimaGuest;

/* Put @entry into the table for @va, which is made part of the directory. */
void lima_set_entry(LimaGuest *guest, uint32_t va, uint32_t entry);
void lima_map(LimaGuest *guest, uint32_t va, uint32_t pa);

/* lima_device_init() or lima_device_resume(): power, L2, GP, PP, MMUs */
void lima_power_on(LimaGuest *guest);
/* lima_device_suspend() */
void lima_power_off(LimaGuest *guest);
/* lima_sched_run_job() before task_run(): clear the L2, switch the MMU at @mmu. */
void lima_switch(LimaGuest *guest, uint32_t mmu);

/* Lists of GP and PP; a list of no bytes is none. */
typedef struct {
	uint32_t vs, vs_end;
	uint32_t plbu, plbu_end;
	uint32_t heap, heap_end;
} LimaGpJob;

/* lima_gp_task_run() and lima_pp_task_run(), after lima_switch() */
void lima_run_gp(LimaGuest *guest, const LimaGpJob *job);
void lima_run_pp(LimaGuest *guest, uint32_t list);
/* lima_gp_task_fini() and lima_gp_soft_reset_async_wait(), and those of the PP */
void lima_soft_reset(LimaGuest *guest, uint32_t core);
/* lima_gp_hard_reset(), lima_pp_hard_reset() */
void lima_hard_reset(LimaGuest *guest, uint32_t core);
/* lima_mmu_page_fault_resume() */
void lima_mmu_recover(LimaGuest *guest, uint32_t mmu);
/* lima_gp_task_recover(): the heap goes on from @heap to @end. */
void lima_grow_heap(LimaGuest *guest, uint32_t heap, uint32_t end);

#endif
