// SPDX-License-Identifier: GPL-2.0-or-later
#include "tests/v3d-guest.h"

static void hub(V3dGuest *guest, uint32_t reg, uint32_t value)
{
	guest->write_register(guest->user, HUB_BASE + reg, value);
}

static void core(V3dGuest *guest, uint32_t reg, uint32_t value)
{
	guest->write_register(guest->user, CORE_BASE + reg, value);
}

void v3d_set_entry(V3dGuest *guest, uint32_t va, uint32_t entry)
{
	guest->write_ram(guest->user, guest->table + (va >> 12) * 4ull, &entry,
			 4);
}

void v3d_map(V3dGuest *guest, uint32_t va, uint32_t pa)
{
	v3d_set_entry(guest, va, pa >> 12 | PTE_DRIVER);
}

void v3d_flush(V3dGuest *guest)
{
	hub(guest, MMUC_CONTROL, MMUC_CONTROL_FLUSH | MMUC_CONTROL_ENABLE);
	hub(guest, MMU_CTL, MMU_CTL_DRIVER | MMU_CTL_TLB_CLEAR);
}

static void init_core(V3dGuest *guest)
{
	core(guest, CTL_L2TFLSTA, 0);
	core(guest, CTL_L2TFLEND, ~0u);
}

static void set_page_table(V3dGuest *guest)
{
	hub(guest, MMU_PT_PA_BASE, guest->table >> 12);
	hub(guest, MMU_CTL, MMU_CTL_DRIVER);
	hub(guest, MMU_ILLEGAL_ADDR, 1 | MMU_ILLEGAL_ADDR_ENABLE);
	hub(guest, MMUC_CONTROL, MMUC_CONTROL_ENABLE);
	v3d_flush(guest);
}

static void irq_enable(V3dGuest *guest)
{
	core(guest, INT_MSK_SET, ~INT_USED);
	core(guest, INT_MSK_CLR, INT_USED);
	hub(guest, INT_MSK_SET, ~HUB_INT_USED);
	hub(guest, INT_MSK_CLR, HUB_INT_USED);
}

static void irq_clear(V3dGuest *guest)
{
	core(guest, INT_CLR, INT_USED);
	hub(guest, INT_CLR, HUB_INT_USED);
}

void v3d_power_on(V3dGuest *guest)
{
	init_core(guest);
	set_page_table(guest);
	irq_clear(guest);
	irq_enable(guest);
}

void v3d_hard_reset(V3dGuest *guest)
{
	core(guest, INT_MSK_SET, ~0u);
	hub(guest, INT_MSK_SET, ~0u);
	irq_clear(guest);
	guest->write_register(guest->user, BRIDGE_BASE + BRIDGE_SW_INIT_0,
			      BRIDGE_SW_INIT);
	guest->write_register(guest->user, BRIDGE_BASE + BRIDGE_SW_INIT_0, 0);
	hub(guest, HUB_AXICFG, HUB_AXICFG_MAX_LEN);
	init_core(guest);
	set_page_table(guest);
	irq_enable(guest);
}

void v3d_invalidate(V3dGuest *guest)
{
	core(guest, CTL_L2TCACTL,
	     CTL_L2TCACTL_L2TFLS | CTL_L2TCACTL_FLM(CTL_L2TCACTL_FLM_FLUSH));
	core(guest, CTL_SLCACTL, 0x0f0f0f0f);
}

void v3d_run_bin(V3dGuest *guest, uint32_t start, uint32_t end, uint32_t memory,
		 uint32_t size)
{
	core(guest, PTB_BPOS, 0);
	v3d_invalidate(guest);
	core(guest, CLE_CT0QMA, memory);
	core(guest, CLE_CT0QMS, size);
	core(guest, CLE_CTQBA(0), start);
	core(guest, CLE_CTQEA(0), end);
}

void v3d_run_render(V3dGuest *guest, uint32_t start, uint32_t end)
{
	v3d_invalidate(guest);
	core(guest, CLE_CTQBA(1), start);
	core(guest, CLE_CTQEA(1), end);
}

void v3d_run_tfu(V3dGuest *guest, uint32_t list)
{
	hub(guest, TFU_IIA, list);
	hub(guest, TFU_IIS, 0);
	hub(guest, TFU_ICA, 0);
	hub(guest, TFU_IUA, 0);
	hub(guest, TFU_IOA, 0);
	hub(guest, TFU_IOS, 0);
	hub(guest, TFU_COEF0, 0);
	hub(guest, TFU_ICFG, TFU_ICFG_IOC);
}

void v3d_run_csd(V3dGuest *guest, uint32_t list, uint32_t batches)
{
	v3d_invalidate(guest);
	core(guest, CSD_QUEUED(1), 1u << 16);
	core(guest, CSD_QUEUED(2), 1u << 16);
	core(guest, CSD_QUEUED(3), 0);
	core(guest, CSD_QUEUED(CSD_BATCHES), batches - 1);
	core(guest, CSD_QUEUED(5), 0);
	core(guest, CSD_QUEUED(CSD_UNIFORMS), list);
	core(guest, CSD_QUEUED(0), 1u << 16);
}

void v3d_give_memory(V3dGuest *guest, uint32_t memory, uint32_t size)
{
	v3d_flush(guest);
	core(guest, PTB_BPOA, memory);
	core(guest, PTB_BPOS, size);
}

/* A list that is being written */
typedef struct {
	V3dGuest *guest;
	uint32_t va;
	uint32_t pa;
} Writer;

static Writer writer(V3dGuest *guest, const V3dScene *scene, uint32_t offset)
{
	return (Writer){guest, scene->va + offset, scene->pa + offset};
}

/* A packet, @len bytes of fields, of which the first 8 are @low, the next @high */
static void packet(Writer *to, uint8_t code, uint64_t low, uint64_t high,
		   size_t len)
{
	const uint64_t fields[2] = {low, high};

	to->guest->write_ram(to->guest->user, to->pa, &code, 1);
	if (len)
		to->guest->write_ram(to->guest->user, to->pa + 1, fields, len);
	to->pa += 1 + (uint32_t)len;
	to->va += 1 + (uint32_t)len;
}

static uint32_t put_bin(V3dGuest *guest, const V3dScene *scene)
{
	Writer to = writer(guest, scene, SCENE_BIN);

	packet(&to, 119, 0, 0, 1);
	packet(&to, 120,
	       (uint64_t)(SCENE_WIDTH - 1) << 32 |
		       (uint64_t)(SCENE_HEIGHT - 1) << 48 | 3 << 8 | 2 << 12 |
		       1 << 14,
	       0, 8); /* 4 targets, 128 bits by pixel, 4x: tiles of 8 by 8 */
	packet(&to, 6, 0, 0, 0);
	if (scene->draw) {
		packet(&to, 64, (scene->va + SCENE_SHADER) | 1, 0, 4);
		packet(&to, 44,
		       (scene->va + SCENE_INDICES) | (uint64_t)64 << 32, 0, 8);
		/* The base is -2 for indices; without them, the first vertex is 2. */
		packet(&to, 43, 0xfffffffe, 0, 8);
		packet(&to, scene->array ? 36 : 32,
		       scene->array
			       ? (uint64_t)4 << 8 | (uint64_t)2 << 40
			       : 1 << 6 | (uint64_t)SCENE_VERTEX_COUNT << 8 |
					 (uint64_t)4 << 40,
		       0, 9);
	}
	packet(&to, 4, 0, 0, 0);
	return to.va;
}

/* A store: raster R8G8B8A8, or depth of 16 bits */
static void put_store(Writer *to, const V3dScene *scene, bool depth)
{
	uint64_t low = depth ? 9 | 42 << 12 : scene->memory << 4 | 27 << 12;

	low |= (uint64_t)(depth || !scene->memory ? SCENE_STRIDE : 3) << 28;
	packet(to, 29, low, scene->va + (depth ? SCENE_DEPTH : SCENE_COLOR),
	       12);
}

static uint32_t put_render(V3dGuest *guest, const V3dScene *scene)
{
	Writer tile = writer(guest, scene, SCENE_TILE_LIST);
	Writer to = writer(guest, scene, SCENE_RENDER);

	packet(&tile, 125, 0, 0, 0);
	packet(&tile, 26, 0, 0, 0);
	packet(&tile, 21, 0, 0, 1);
	put_store(&tile, scene, false);
	put_store(&tile, scene, true);
	packet(&tile, 25, 3, 0, 1);
	packet(&tile, 27, 0, 0, 0);
	packet(&tile, 18, 0, 0, 0);

	packet(&to, 121, SCENE_WIDTH << 8 | (uint64_t)SCENE_HEIGHT << 24, 0, 8);
	packet(&to, 121, 3 | (uint64_t)scene->clear << 8, 0, 8);
	packet(&to, 121, 2 | 0x3f800000ull << 16, 0, 8); /* depth is 1 */
	/* 5 by 3 tiles of 8 by 8 */
	packet(&to, 122, (uint64_t)5 << 32 | (uint64_t)3 << 44, 0, 8);
	packet(&to, 123, scene->va + SCENE_TILES, 0, 4);
	packet(&to, 29, 8, 0, 12); /* nothing */
	packet(&to, 27, 0, 0, 0);
	packet(&to, 20, (scene->va + SCENE_TILE_LIST) | (uint64_t)tile.va << 32,
	       0, 8);
	packet(&to, 23, 0, 0, 2);
	packet(&to, 23, 1, 0, 2);
	packet(&to, 13, 0, 0, 0);
	return to.va;
}

void v3d_scene(V3dGuest *guest, V3dScene *scene)
{
	const uint16_t indices[SCENE_VERTEX_COUNT] = {2, 3, 7, 6, 5, 4};
	const uint32_t code = scene->va + SCENE_CODE;
	const uint32_t uniforms = scene->va + SCENE_UNIFORMS;
	const uint32_t shader[] = {
		0, 0, 0, /* flags, default values */
		code, uniforms, code, uniforms, code, uniforms,
		/* the attribute: 4 floats, no limit */
		scene->va + SCENE_VERTICES, 0 | 2 << 2, 16, 0xffffff};

	guest->write_ram(guest->user, scene->pa + SCENE_SHADER, shader,
			 sizeof(shader));
	guest->write_ram(guest->user, scene->pa + SCENE_INDICES + 4, indices,
			 sizeof(indices));
	scene->bin_end = put_bin(guest, scene);
	scene->render_end = put_render(guest, scene);
}

void v3d_scene_bin(V3dGuest *guest, const V3dScene *scene, uint32_t size)
{
	core(guest, CLE_CT0QTS,
	     (scene->va + SCENE_TILE_STATE) | CLE_CT0QTS_ENABLE);
	v3d_run_bin(guest, scene->va + SCENE_BIN, scene->bin_end,
		    scene->va + SCENE_TILES, size);
}

void v3d_scene_render(V3dGuest *guest, const V3dScene *scene)
{
	v3d_run_render(guest, scene->va + SCENE_RENDER, scene->render_end);
}
