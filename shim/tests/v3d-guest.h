/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the v3d driver does to a V3D 4.2: the page table in guest RAM, and the sequences
 * of register writes. Unit tests and fuzz seeds share it; each says how RAM and registers
 * are written.
 */
#ifndef SHIM_TESTS_V3D_GUEST_H
#define SHIM_TESTS_V3D_GUEST_H

#include <stdbool.h>
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
/*
 * A frame of a real command stream: a list for binning, with a draw, and one for rendering,
 * which stores an image. Offsets from its address:
 */
enum {
	SCENE_BIN = 0,
	SCENE_RENDER = 0x100,
	SCENE_TILE_LIST = 0x200, /* runs for each tile */
	SCENE_SHADER = 0x300, /* its record and that of an attribute */
	SCENE_CODE = 0x400,
	SCENE_UNIFORMS = 0x440,
	SCENE_INDICES = 0x480,
	SCENE_VERTICES = 0x1000,
	SCENE_TILE_STATE = 0x2000,
	SCENE_TILES = 0x3000, /* two pages of the binner's memory */
	SCENE_COLOR = 0x5000, /* two pages */
	SCENE_DEPTH = 0x7000, /* two pages */
	SCENE_SIZE = 0x9000,
};

#define SCENE_WIDTH 40u
#define SCENE_HEIGHT 24u
#define SCENE_STRIDE 192u
#define SCENE_VERTEX_COUNT 6u

/**
 * V3dScene - how it is drawn
 *
 * @va, @pa: where it is: SCENE_SIZE bytes, contiguous in RAM, zero
 * @memory: memory format of the image; 0: raster
 * @draw: the list for binning has a draw
 * @array: it is without indices
 * @bin_end, @render_end: where the lists end; set by v3d_scene()
 */
typedef struct {
	uint32_t va;
	uint32_t pa;
	uint32_t memory;
	bool draw;
	bool array;
	uint32_t clear;
	uint32_t bin_end;
	uint32_t render_end;
} V3dScene;

/* Write it. */
void v3d_scene(V3dGuest *guest, V3dScene *scene);
/* Start the job. @size: of the binner's memory */
void v3d_scene_bin(V3dGuest *guest, const V3dScene *scene, uint32_t size);
void v3d_scene_render(V3dGuest *guest, const V3dScene *scene);

/* v3d_overflow_mem_work() */
void v3d_give_memory(V3dGuest *guest, uint32_t memory, uint32_t size);

#endif
