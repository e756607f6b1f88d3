// SPDX-License-Identifier: GPL-2.0-or-later
#include "tests/lima-guest.h"

#define PAGE 4096u

static void wr(LimaGuest *guest, uint32_t reg, uint32_t value)
{
	guest->write_register(guest->user, reg, value);
}

void lima_set_entry(LimaGuest *guest, uint32_t va, uint32_t entry)
{
	uint32_t table = guest->tables + (va >> 22) * PAGE;
	uint32_t present = table | PTE_PRESENT;

	guest->write_ram(guest->user, guest->directory + (va >> 22) * 4,
			 &present, 4);
	guest->write_ram(guest->user, table + (va >> 12 & 1023) * 4, &entry, 4);
}

void lima_map(LimaGuest *guest, uint32_t va, uint32_t pa)
{
	lima_set_entry(guest, va, pa | PTE_DRIVER);
}

static void mmu_on(LimaGuest *guest, uint32_t mmu)
{
	wr(guest, mmu + MMU_COMMAND, MMU_COMMAND_HARD_RESET);
	wr(guest, mmu + MMU_INT_MASK,
	   MMU_INT_PAGE_FAULT | MMU_INT_READ_BUS_ERROR);
	wr(guest, mmu + MMU_DTE_ADDR, guest->directory);
	wr(guest, mmu + MMU_COMMAND, MMU_COMMAND_ENABLE_PAGING);
}

void lima_power_on(LimaGuest *guest)
{
	wr(guest, PMU_BASE + PMU_INT_MASK, 0);
	wr(guest, PMU_BASE + PMU_SW_DELAY, 0xffff);
	wr(guest, PMU_BASE + PMU_POWER_UP, PMU_ALL);
	wr(guest, PMU_BASE + PMU_INT_CLEAR, PMU_INT_CMD);
	wr(guest, L2_BASE + L2_COMMAND, L2_COMMAND_CLEAR_ALL);
	wr(guest, L2_BASE + L2_ENABLE, 3);
	wr(guest, L2_BASE + L2_MAX_READS, 0x1c);
	lima_soft_reset(guest, GP_BASE);
	lima_soft_reset(guest, PP_BASE);
	mmu_on(guest, GPMMU_BASE);
	mmu_on(guest, PPMMU_BASE);
}

void lima_power_off(LimaGuest *guest)
{
	wr(guest, PMU_BASE + PMU_POWER_DOWN, PMU_ALL);
	wr(guest, PMU_BASE + PMU_INT_CLEAR, PMU_INT_CMD);
}

void lima_switch(LimaGuest *guest, uint32_t mmu)
{
	wr(guest, L2_BASE + L2_COMMAND, L2_COMMAND_CLEAR_ALL);
	wr(guest, mmu + MMU_COMMAND, MMU_COMMAND_ENABLE_STALL);
	wr(guest, mmu + MMU_DTE_ADDR, guest->directory);
	wr(guest, mmu + MMU_COMMAND, MMU_COMMAND_ZAP_CACHE);
	wr(guest, mmu + MMU_COMMAND, MMU_COMMAND_DISABLE_STALL);
}

void lima_run_gp(LimaGuest *guest, const LimaGpJob *job)
{
	uint32_t cmd = (job->vs == job->vs_end ? 0 : GP_CMD_START_VS) |
		       (job->plbu == job->plbu_end ? 0 : GP_CMD_START_PLBU);

	wr(guest, GP_VSCL_START, job->vs);
	wr(guest, GP_VSCL_END, job->vs_end);
	wr(guest, GP_PLBUCL_START, job->plbu);
	wr(guest, GP_PLBUCL_END, job->plbu_end);
	wr(guest, GP_ALLOC_START, job->heap);
	wr(guest, GP_ALLOC_END, job->heap_end);
	wr(guest, GP_CMD, GP_CMD_UPDATE_PLBU_ALLOC);
	wr(guest, GP_CMD, cmd);
}

void lima_run_pp(LimaGuest *guest, uint32_t list)
{
	for (uint32_t i = 0; i < PP_FRAME_WORDS; i++)
		wr(guest, PP_BASE + PP_FRAME + i * 4, i ? 0 : list);
	for (uint32_t n = 0; n < PP_WBS; n++)
		for (uint32_t i = 0; i < PP_WB_WORDS; i++)
			wr(guest, PP_BASE + PP_WB(n) + i * 4, 0);
	wr(guest, PP_BASE + PP_CTRL, PP_CTRL_START);
}

static void put(LimaGuest *guest, const LimaScene *scene, uint32_t offset,
		const void *bytes, size_t len)
{
	guest->write_ram(guest->user, scene->pa + offset, bytes, len);
}

static void put_streams(LimaGuest *guest, LimaScene *scene)
{
	const uint32_t va = scene->va;
	const uint32_t count = scene->draw ? SCENE_VERTEX_COUNT : 0;
	const uint32_t vs[] = {
		va + SCENE_UNIFORMS,  0x30000000 | 16 << 12,
		va + SCENE_VS_CODE,   0x40000000 | 32 << 12,
		va + SCENE_ATTRIBUTE, 0x20000000 | 1 << 17,
		va + SCENE_VARYING,   0x20000008 | 1 << 17,
		count << 24,	      0,
	};
	const uint32_t plbu[] = {
		va + SCENE_BLOCK_TABLE,
		0x28000000 | 5, /* 6 blocks */
		va + SCENE_STATE,
		0x80000000 | (va + SCENE_POSITIONS) >> 4,
		count << 24,
		4 << 16, /* triangles */
		0,
		0x50000000,
	};

	put(guest, scene, SCENE_VS, vs, sizeof(vs));
	put(guest, scene, SCENE_PLBU, plbu, sizeof(plbu));
	scene->vs_end = va + SCENE_VS + (uint32_t)sizeof(vs);
	scene->plbu_end = va + SCENE_PLBU + (uint32_t)sizeof(plbu);
}

static void put_tiles(LimaGuest *guest, const LimaScene *scene)
{
	uint32_t pp[6][4], blocks[6];
	const uint32_t end[] = {0, 0xbc000000, 0, 0};

	for (uint32_t i = 0; i < 6; i++) {
		blocks[i] = scene->va + SCENE_BLOCKS + i * 512;
		pp[i][0] = 0;
		pp[i][1] = 0xb8000000 | i % 3 | i / 3 << 8;
		pp[i][2] = 0xe0000002 | (blocks[i] >> 3 & ~0xe0000003u);
		pp[i][3] = 0xb0000000;
	}
	put(guest, scene, SCENE_PP, pp, sizeof(pp));
	put(guest, scene, SCENE_PP + sizeof(pp), end, sizeof(end));
	put(guest, scene, SCENE_BLOCK_TABLE, blocks, sizeof(blocks));
}

void lima_scene(LimaGuest *guest, LimaScene *scene)
{
	const uint32_t va = scene->va;
	const uint32_t state[16] = {
		[9] = (va + SCENE_PP_CODE) | 1, [11] = va + SCENE_UNIFORM_TABLE,
		[12] = va + SCENE_TEXTURES,	[13] = 1 << 14, /* textures */
		[15] = va + SCENE_POSITIONS,
	};
	const uint32_t attribute[] = {va + SCENE_VERTICES, 16 << 11 | 3};
	const uint32_t varying[] = {va + SCENE_POSITIONS, 0x8020};
	const uint32_t textures = va + SCENE_TEXTURE;
	const uint32_t uniforms = va + SCENE_UNIFORMS;
	const uint32_t texture[16] = {
		[0] = 0x16, /* 32 bits by texel */
		[2] = 8u << 22,
		[3] = 8 << 3,
		[6] = (va + SCENE_TEXELS) >> 6 << 30,
		[7] = (va + SCENE_TEXELS) >> 8,
	};

	put_streams(guest, scene);
	put_tiles(guest, scene);
	put(guest, scene, SCENE_STATE, state, sizeof(state));
	put(guest, scene, SCENE_ATTRIBUTE, attribute, sizeof(attribute));
	put(guest, scene, SCENE_VARYING, varying, sizeof(varying));
	put(guest, scene, SCENE_TEXTURES, &textures, sizeof(textures));
	put(guest, scene, SCENE_UNIFORM_TABLE, &uniforms, sizeof(uniforms));
	put(guest, scene, SCENE_TEXTURE, texture, sizeof(texture));
}

void lima_scene_gp(LimaGuest *guest, const LimaScene *scene, uint32_t heap)
{
	lima_run_gp(guest,
		    &(LimaGpJob){.vs = scene->va + SCENE_VS,
				 .vs_end = scene->vs_end,
				 .plbu = scene->va + SCENE_PLBU,
				 .plbu_end = scene->plbu_end,
				 .heap = scene->va + SCENE_HEAP,
				 .heap_end = scene->va + SCENE_HEAP + heap});
}

void lima_scene_pp(LimaGuest *guest, const LimaScene *scene)
{
	const uint32_t frame[PP_FRAME_WORDS] = {
		[0] = scene->va + SCENE_PP,
		[4] = 0xffffff, /* depth is 1 */
		[5] = 0x5a, /* stencil */
		[6] = scene->clear,
		[10] = SCENE_WIDTH - 1,
		[11] = SCENE_HEIGHT - 1,
	};
	const uint32_t wb[2][PP_WB_WORDS] = {
		{2, scene->va + SCENE_COLOR, 3, 0, scene->tiled ? 2 : 0,
		 scene->tiled ? 3 : SCENE_STRIDE / 8, 4},
		{1, scene->va + SCENE_DEPTH, 15, 0, 0, SCENE_STRIDE / 8},
	};

	for (uint32_t i = 0; i < PP_FRAME_WORDS; i++)
		wr(guest, PP_BASE + PP_FRAME + i * 4, frame[i]);
	for (uint32_t n = 0; n < 2; n++)
		for (uint32_t i = 0; i < PP_WB_WORDS; i++)
			wr(guest, PP_BASE + PP_WB(n) + i * 4, wb[n][i]);
	wr(guest, PP_BASE + PP_CTRL, PP_CTRL_START);
}

void lima_soft_reset(LimaGuest *guest, uint32_t core)
{
	if (core == GP_BASE) {
		wr(guest, GP_INT_MASK, 0);
		wr(guest, GP_INT_CLEAR, GP_IRQ_RESET_COMPLETED);
		wr(guest, GP_CMD, GP_CMD_SOFT_RESET);
		wr(guest, GP_INT_CLEAR, GP_IRQ_ALL);
		wr(guest, GP_INT_MASK, GP_IRQ_USED);
	} else {
		wr(guest, PP_BASE + PP_INT_MASK, 0);
		wr(guest, PP_BASE + PP_INT_RAWSTAT, PP_IRQ_ALL);
		wr(guest, PP_BASE + PP_CTRL, PP_CTRL_SOFT_RESET);
		wr(guest, PP_BASE + PP_INT_CLEAR, PP_IRQ_ALL);
		wr(guest, PP_BASE + PP_INT_MASK, PP_IRQ_USED);
	}
}

void lima_hard_reset(LimaGuest *guest, uint32_t core)
{
	bool gp = core == GP_BASE;
	uint32_t limit =
		gp ? GP_PERF_CNT_0_LIMIT : PP_BASE + PP_PERF_CNT_0_LIMIT;

	wr(guest, limit, RESET_MAGIC_BEFORE);
	wr(guest, gp ? GP_INT_MASK : PP_BASE + PP_INT_MASK, 0);
	wr(guest, gp ? GP_CMD : PP_BASE + PP_CTRL,
	   gp ? GP_CMD_STOP_BUS : PP_CTRL_STOP_BUS);
	wr(guest, gp ? GP_CMD : PP_BASE + PP_CTRL,
	   gp ? GP_CMD_RESET : PP_CTRL_FORCE_RESET);
	wr(guest, limit, RESET_MAGIC_AFTER);
	wr(guest, limit, 0);
	wr(guest, gp ? GP_INT_CLEAR : PP_BASE + PP_INT_CLEAR,
	   gp ? GP_IRQ_ALL : PP_IRQ_ALL);
	wr(guest, gp ? GP_INT_MASK : PP_BASE + PP_INT_MASK,
	   gp ? GP_IRQ_USED : PP_IRQ_USED);
}

void lima_mmu_recover(LimaGuest *guest, uint32_t mmu)
{
	wr(guest, mmu + MMU_INT_MASK, 0);
	wr(guest, mmu + MMU_DTE_ADDR, 0xcafebabe);
	mmu_on(guest, mmu);
}

void lima_grow_heap(LimaGuest *guest, uint32_t heap, uint32_t end)
{
	wr(guest, L2_BASE + L2_COMMAND, L2_COMMAND_CLEAR_ALL);
	wr(guest, GPMMU_BASE + MMU_COMMAND, MMU_COMMAND_ZAP_CACHE);
	wr(guest, GP_INT_MASK, GP_IRQ_USED);
	wr(guest, GP_ALLOC_START, heap);
	wr(guest, GP_ALLOC_END, end);
	wr(guest, GP_CMD, GP_CMD_UPDATE_PLBU_ALLOC);
}
