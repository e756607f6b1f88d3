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
