/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the panfrost driver does to a Mali: page tables and job descriptors in
 * guest RAM, and the sequences of register writes. Unit tests and fuzz seeds
 * share it; each says how RAM and registers are written. The guest's tests have
 * descriptors of their own on purpose (tests/guest/panfrost/chain.c).
 */
#ifndef SHIM_TESTS_PANFROST_GUEST_H
#define SHIM_TESTS_PANFROST_GUEST_H

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "models/panfrost/regs.h"
#include "protocol.h"

#define PANFROST_JOB_SIZE 128u
#define PANFROST_RW (PTE_READ | PTE_WRITE)

/* A job descriptor: header (32 bytes) and payload. */
typedef struct {
	uint32_t status;
	uint32_t first_incomplete;
	uint64_t fault_pointer;
	uint32_t control;
	uint16_t depends[2];
	uint64_t next;
	union {
		struct {
			uint64_t address;
			uint32_t type;
			uint32_t pad;
			uint64_t value;
		} write;
		struct sb_panfrost_job ours;
	};
	uint8_t pad[PANFROST_JOB_SIZE - 72];
} PanfrostJob;

G_STATIC_ASSERT(sizeof(PanfrostJob) == PANFROST_JOB_SIZE);

PanfrostJob panfrost_job(unsigned int type, unsigned int index);
PanfrostJob panfrost_write_job(unsigned int index, uint64_t va, uint32_t type,
			       uint64_t value);
PanfrostJob panfrost_our_job(unsigned int index, struct sb_panfrost_job ours);

/**
 * PanfrostGuest - a driver
 *
 * @write_ram, @write_register: get @user
 * @free_page: physical address from which pages are taken; they must be zero
 * @tables: page tables below the roots that panfrost_entry() has made so far
 */
typedef struct {
	void (*write_ram)(void *user, uint64_t pa, const void *bytes,
			  size_t len);
	void (*write_register)(void *user, uint32_t offset, uint32_t value);
	void *user;
	uint64_t free_page;
	GArray *tables;
} PanfrostGuest;

void panfrost_guest_init(PanfrostGuest *guest);
void panfrost_guest_clear(PanfrostGuest *guest);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(PanfrostGuest, panfrost_guest_clear)

/* Take a page of RAM, e.g. for a root. */
uint64_t panfrost_page(PanfrostGuest *guest);
/*
 * Physical address of the entry of @va at @level. Tables above it are created,
 * unless an earlier call has created them, whatever was written to them since.
 */
uint64_t panfrost_entry(PanfrostGuest *guest, uint64_t root, uint64_t va,
			unsigned int level);
void panfrost_set_entry(PanfrostGuest *guest, uint64_t root, uint64_t va,
			unsigned int level, uint64_t value);
/* Map a page; @bits are PANFROST_RW and so on. */
void panfrost_map(PanfrostGuest *guest, uint64_t root, uint64_t va, uint64_t pa,
		  uint64_t bits);

/*
 * A frame of a real command stream: a vertex and a tiler job that draw a triangle with a
 * texture, and a fragment job. Offsets from its address:
 */
enum {
	SCENE_VERTEX_JOB = 0,
	SCENE_TILER_JOB = 0x100,
	SCENE_FRAGMENT_JOB = 0x200,
	SCENE_FRAMEBUFFER =
		0x400, /* depth and stencil, then a render target follow */
	SCENE_VERTEX_STATE = 0x600,
	SCENE_FRAGMENT_STATE = 0x640,
	SCENE_ATTRIBUTE = 0x700,
	SCENE_VARYING = 0x708,
	SCENE_ATTRIBUTE_BUFFER = 0x710,
	SCENE_VARYING_BUFFER = 0x720,
	SCENE_UNIFORM_BUFFER = 0x730,
	SCENE_TEXTURES = 0x738,
	SCENE_TEXTURE = 0x740, /* its surface follows */
	SCENE_SAMPLER = 0x780,
	SCENE_VIEWPORT = 0x7a0,
	SCENE_SHADER = 0x800,
	SCENE_UNIFORMS = 0x840,
	SCENE_INDICES = 0x880,
	SCENE_OCCLUSION = 0x8c0,
	SCENE_VERTICES = 0x1000,
	SCENE_VARYINGS = 0x2000,
	SCENE_TEXELS = 0x3000,
	SCENE_POLYGONS = 0x4000,
	SCENE_HEAP = 0x5000, /* two pages */
	SCENE_COLOR = 0x7000, /* two pages */
	SCENE_DEPTH = 0x9000,
	SCENE_CRC = 0xa000,
	SCENE_SIZE = 0xb000,
};

#define SCENE_VERTEX_SIZE 16u
#define SCENE_WIDTH 40u
#define SCENE_HEIGHT 24u
#define SCENE_ROW_STRIDE(tiled) ((tiled) ? 3 * 1024u : 192u)
#define SCENE_DEPTH_STRIDE 128u
#define SCENE_CRC_STRIDE 64u
#define SCENE_VERTEX_COUNT 3u

/**
 * PanfrostScene - how it is drawn
 *
 * @va, @pa: where it is: SCENE_SIZE bytes, which are contiguous in RAM and zero
 * @tiled: the render target is u-interleaved, else linear
 * @clear: clear colour, R8G8B8A8
 */
typedef struct {
	uint64_t va;
	uint64_t pa;
	bool tiled;
	uint32_t clear;
} PanfrostScene;

/* Write it; the tiler's list is empty. Nothing is submitted. */
void panfrost_scene(PanfrostGuest *guest, const PanfrostScene *scene);

/* Offsets of registers of a job slot and of an address space */
uint32_t panfrost_js(unsigned int slot, uint32_t reg);
uint32_t panfrost_as(unsigned int as, uint32_t reg);

void panfrost_write64(PanfrostGuest *guest, uint32_t reg, uint64_t value);
/* Power up L2, shader cores and tiler. */
void panfrost_power_on(PanfrostGuest *guest);
/* LOCK the 2^@log2 bytes around @va, then @command. */
void panfrost_flush(PanfrostGuest *guest, unsigned int as, uint64_t va,
		    unsigned int log2, uint32_t command);
/* UPDATE to the table at @root; 0: none. */
void panfrost_set_root(PanfrostGuest *guest, unsigned int as, uint64_t root);
/* Start the chain at @head; @config: address space and JS_CONFIG_* flags */
void panfrost_submit(PanfrostGuest *guest, unsigned int slot, uint64_t head,
		     uint32_t config);

#endif
