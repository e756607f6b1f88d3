/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Register numbers and bits of a Mali-400, as the kernel's lima driver uses them
 * (drivers/gpu/drm/lima/lima_regs.h and lima_device.c give the same numbers).
 */
#ifndef MODELS_LIMA_REGS_H
#define MODELS_LIMA_REGS_H

/* Where the blocks begin, and how much the driver maps */
#define GP_BASE 0x0000u
#define L2_BASE 0x1000u
#define PMU_BASE 0x2000u
#define GPMMU_BASE 0x3000u
#define PPMMU_BASE 0x4000u
#define BLOCK_SIZE 0x1000u
#define PP_BASE 0x8000u
#define PP_SIZE 0x2000u
#define LIMA_SIZE 0x10000u

/* PMU */
#define PMU_POWER_UP 0x00u
#define PMU_POWER_DOWN 0x04u
#define PMU_STATUS 0x08u /* a bit for each domain that is off */
#define PMU_INT_MASK 0x0cu
#define PMU_INT_RAWSTAT 0x10u
#define PMU_INT_CLEAR 0x18u
#define PMU_SW_DELAY 0x1cu
#define PMU_GP (1u << 0)
#define PMU_L2 (1u << 1)
#define PMU_PP (1u << 2)
#define PMU_ALL (PMU_GP | PMU_L2 | PMU_PP)
#define PMU_INT_CMD (1u << 0)

/* L2 cache */
#define L2_CACHE_SIZE 0x04u
#define L2_STATUS 0x08u
#define L2_STATUS_COMMAND_BUSY (1u << 0)
#define L2_COMMAND 0x10u
#define L2_COMMAND_CLEAR_ALL 1u
#define L2_CLEAR_PAGE 0x14u
#define L2_MAX_READS 0x18u
#define L2_ENABLE 0x1cu
#define L2_ENABLE_ACCESS (1u << 0)

/* MMU */
#define MMU_DTE_ADDR 0x00u
#define MMU_STATUS 0x04u
#define MMU_STATUS_PAGING_ENABLED (1u << 0)
#define MMU_STATUS_PAGE_FAULT_ACTIVE (1u << 1)
#define MMU_STATUS_STALL_ACTIVE (1u << 2)
#define MMU_STATUS_IDLE (1u << 3)
#define MMU_STATUS_REPLAY_BUFFER_EMPTY (1u << 4)
#define MMU_STATUS_PAGE_FAULT_IS_WRITE (1u << 5)
#define MMU_COMMAND 0x08u
#define MMU_PAGE_FAULT_ADDR 0x0cu
#define MMU_ZAP_ONE_LINE 0x10u
#define MMU_INT_RAWSTAT 0x14u
#define MMU_INT_CLEAR 0x18u
#define MMU_INT_MASK 0x1cu
#define MMU_INT_STATUS 0x20u
#define MMU_INT_PAGE_FAULT (1u << 0)
#define MMU_INT_READ_BUS_ERROR (1u << 1)

enum {
	MMU_COMMAND_ENABLE_PAGING,
	MMU_COMMAND_DISABLE_PAGING,
	MMU_COMMAND_ENABLE_STALL,
	MMU_COMMAND_DISABLE_STALL,
	MMU_COMMAND_ZAP_CACHE,
	MMU_COMMAND_PAGE_FAULT_DONE,
	MMU_COMMAND_HARD_RESET,
};

/* Entries of directory and tables (LIMA_VM_FLAG_*): 32 bits, flags below the address */
#define PTE_PRESENT (1u << 0)
#define PTE_READ (1u << 1)
#define PTE_WRITE (1u << 2)
#define PTE_FLAGS 0x1ffu
#define PTE_ADDR 0xfffff000u
/* What the driver sets for a page: cacheable, readable, writable */
#define PTE_DRIVER (PTE_FLAGS & ~(1u << 5))

/* GP */
#define GP_VSCL_START 0x00u
#define GP_VSCL_END 0x04u
#define GP_PLBUCL_START 0x08u
#define GP_PLBUCL_END 0x0cu
#define GP_ALLOC_START 0x10u
#define GP_ALLOC_END 0x14u
#define GP_FRAME_WORDS 6u
#define GP_CMD 0x20u
#define GP_CMD_START_VS (1u << 0)
#define GP_CMD_START_PLBU (1u << 1)
#define GP_CMD_UPDATE_PLBU_ALLOC (1u << 4)
#define GP_CMD_RESET (1u << 5)
#define GP_CMD_STOP_BUS (1u << 9)
#define GP_CMD_SOFT_RESET (1u << 10)
#define GP_INT_RAWSTAT 0x24u
#define GP_INT_CLEAR 0x28u
#define GP_INT_MASK 0x2cu
#define GP_INT_STAT 0x30u
#define GP_IRQ_VS_END (1u << 0)
#define GP_IRQ_PLBU_END (1u << 1)
#define GP_IRQ_OUT_OF_MEM (1u << 2)
#define GP_IRQ_WRITE_BOUND_ERR (1u << 9)
#define GP_IRQ_AXI_BUS_ERROR (1u << 11)
#define GP_IRQ_VS_INVALID_CMD (1u << 13)
#define GP_IRQ_PLB_INVALID_CMD (1u << 14)
#define GP_IRQ_RESET_COMPLETED (1u << 19)
#define GP_IRQ_ALL 0x787fffu
/* LIMA_GP_IRQ_MASK_USED: the ends, and errors */
#define GP_IRQ_USED 0x706e47u
#define GP_WRITE_BOUND_LOW 0x34u
#define GP_PERF_CNT_0_ENABLE 0x3cu /* seven registers */
#define GP_PERF_CNT_0_LIMIT 0x54u
#define GP_STATUS 0x68u
#define GP_STATUS_VS_ACTIVE (1u << 1)
#define GP_STATUS_BUS_STOPPED (1u << 2)
#define GP_STATUS_PLBU_ACTIVE (1u << 3)
#define GP_VERSION 0x6cu

/* PP */
#define PP_FRAME 0x0000u
#define PP_FRAME_WORDS 23u
#define PP_WB(n) (0x100u * ((n) + 1))
#define PP_WBS 3u
#define PP_WB_WORDS 12u
#define PP_VERSION 0x1000u
#define PP_CURRENT_REND_LIST 0x1004u
#define PP_STATUS 0x1008u
#define PP_STATUS_RENDERING_ACTIVE (1u << 0)
#define PP_STATUS_BUS_STOPPED (1u << 4)
#define PP_CTRL 0x100cu
#define PP_CTRL_STOP_BUS (1u << 0)
#define PP_CTRL_FLUSH_CACHES (1u << 3)
#define PP_CTRL_FORCE_RESET (1u << 5)
#define PP_CTRL_START (1u << 6)
#define PP_CTRL_SOFT_RESET (1u << 7)
#define PP_INT_RAWSTAT 0x1020u
#define PP_INT_CLEAR 0x1024u
#define PP_INT_MASK 0x1028u
#define PP_INT_STATUS 0x102cu
#define PP_IRQ_END_OF_FRAME (1u << 0)
#define PP_IRQ_BUS_ERROR (1u << 4)
#define PP_IRQ_WRITE_BOUNDARY_ERROR (1u << 8)
#define PP_IRQ_INVALID_PLIST_COMMAND (1u << 9)
#define PP_IRQ_RESET_COMPLETED (1u << 12)
#define PP_IRQ_ALL 0x1fffu
/* LIMA_PP_IRQ_MASK_USED: the end of a frame, and errors */
#define PP_IRQ_USED 0xf19u
#define PP_WRITE_BOUNDARY_LOW 0x1044u
#define PP_BUS_ERROR_STATUS 0x1050u
#define PP_PERF_CNT_0_ENABLE 0x1080u /* four registers, also for the second */
#define PP_PERF_CNT_0_LIMIT 0x1088u
#define PP_PERF_CNT_1_ENABLE 0x10a0u

/* A write to the limit of performance counter 0 that sticks shows the end of a reset. */
#define RESET_MAGIC_BEFORE 0xc0ffe000u
#define RESET_MAGIC_AFTER 0xc01a0000u

#endif
