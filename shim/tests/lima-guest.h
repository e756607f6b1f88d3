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
/*
 * A frame of a real command stream: VS and PLBU streams, with a draw, and a PP stream that
 * writes a colour and a depth buffer. Offsets from its address:
 */
enum {
	SCENE_VS = 0,
	SCENE_PLBU = 0x80,
	SCENE_PP = 0x100,
	SCENE_BLOCK_TABLE = 0x200,
	SCENE_STATE = 0x240,
	SCENE_ATTRIBUTE = 0x280,
	SCENE_VARYING = 0x288, /* position */
	SCENE_TEXTURES = 0x2a0,
	SCENE_TEXTURE = 0x2c0,
	SCENE_UNIFORM_TABLE = 0x300,
	SCENE_UNIFORMS = 0x320,
	SCENE_VS_CODE = 0x340,
	SCENE_PP_CODE = 0x380,
	SCENE_VERTICES = 0x400,
	SCENE_TEXELS = 0x800, /* 8 by 8 */
	SCENE_POSITIONS = 0x1000,
	SCENE_BLOCKS = 0x2000, /* 6 of them */
	SCENE_HEAP = 0x3000,
	SCENE_COLOR = 0x4000, /* two pages */
	SCENE_DEPTH = 0x6000,
	SCENE_SIZE = 0x8000,
};

#define SCENE_WIDTH 40u
#define SCENE_HEIGHT 24u
#define SCENE_STRIDE 192u
#define SCENE_VERTEX_COUNT 6u

/**
 * LimaScene - how it is drawn
 *
 * @va, @pa: where it is: SCENE_SIZE bytes, contiguous in RAM, zero
 * @draw: there is a draw
 * @tiled: the colour buffer is, else it is linear
 * @clear: R8G8B8A8
 * @vs_end, @plbu_end: where the streams end; set by lima_scene()
 */
typedef struct {
	uint32_t va;
	uint32_t pa;
	bool draw;
	bool tiled;
	uint32_t clear;
	uint32_t vs_end;
	uint32_t plbu_end;
} LimaScene;

/* Write it. */
void lima_scene(LimaGuest *guest, LimaScene *scene);
/* Start the jobs, with @heap bytes for the tiler. */
void lima_scene_gp(LimaGuest *guest, const LimaScene *scene, uint32_t heap);
void lima_scene_pp(LimaGuest *guest, const LimaScene *scene);

/* lima_gp_task_fini() and lima_gp_soft_reset_async_wait(), and those of the PP */
void lima_soft_reset(LimaGuest *guest, uint32_t core);
/* lima_gp_hard_reset(), lima_pp_hard_reset() */
void lima_hard_reset(LimaGuest *guest, uint32_t core);
/* lima_mmu_page_fault_resume() */
void lima_mmu_recover(LimaGuest *guest, uint32_t mmu);
/* lima_gp_task_recover(): the heap goes on from @heap to @end. */
void lima_grow_heap(LimaGuest *guest, uint32_t heap, uint32_t end);

#endif
