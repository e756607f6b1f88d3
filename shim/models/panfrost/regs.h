/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Register numbers and codes of a Mali Midgard GPU, as the kernel's panfrost
 * driver uses them (drivers/gpu/drm/panfrost/panfrost_regs.h and
 * panfrost_device.h give the same numbers). A register named X here is the
 * low word where the hardware has X_LO and X_HI; the high word follows it.
 */
#ifndef MODELS_PANFROST_REGS_H
#define MODELS_PANFROST_REGS_H

/* GPU control */
/* One group of four shader cores, one tiler, one L2 cache */
#define SHADER_PRESENT 0xfull
#define SHADER_CORES 4u

#define GPU_ID 0x000u
#define GPU_L2_FEATURES 0x004u
#define GPU_CORE_FEATURES 0x008u
#define GPU_TILER_FEATURES 0x00cu
#define GPU_MEM_FEATURES 0x010u
#define GPU_MMU_FEATURES 0x014u
#define GPU_AS_PRESENT 0x018u
#define GPU_JS_PRESENT 0x01cu
#define GPU_INT_RAWSTAT 0x020u
#define GPU_INT_CLEAR 0x024u
#define GPU_INT_MASK 0x028u
#define GPU_INT_STAT 0x02cu
#define GPU_CMD 0x030u
#define GPU_STATUS 0x034u
#define GPU_LATEST_FLUSH_ID 0x038u
#define GPU_FAULT_STATUS 0x03cu
#define GPU_FAULT_ADDRESS 0x040u
#define GPU_AFBC_FEATURES 0x04cu
#define GPU_PWR_KEY 0x050u
#define GPU_PWR_OVERRIDE0 0x054u
#define GPU_PWR_OVERRIDE1 0x058u
#define GPU_PERFCNT_BASE 0x060u
#define GPU_PERFCNT_CFG 0x068u
#define GPU_PRFCNT_JM_EN 0x06cu
#define GPU_PRFCNT_SHADER_EN 0x070u
#define GPU_PRFCNT_TILER_EN 0x074u
#define GPU_PRFCNT_MMU_L2_EN 0x07cu
#define GPU_CYCLE_COUNT 0x090u
#define GPU_TIMESTAMP 0x098u
#define GPU_THREAD_MAX_THREADS 0x0a0u
#define GPU_THREAD_MAX_WORKGROUP_SIZE 0x0a4u
#define GPU_THREAD_MAX_BARRIER_SIZE 0x0a8u
#define GPU_THREAD_FEATURES 0x0acu
#define GPU_TEXTURE_FEATURES 0x0b0u
#define GPU_JS_FEATURES 0x0c0u
/* Power: those of the shader cores, then of tiler and L2 */
#define POWER_STRIDE 0x10u
#define GPU_PRESENT 0x100u
#define GPU_READY 0x140u
#define GPU_PWRON 0x180u
#define GPU_PWROFF 0x1c0u
#define GPU_PWRTRANS 0x200u
#define GPU_PWRACTIVE 0x240u
#define GPU_COHERENCY_FEATURES 0x300u
#define GPU_STACK 0xe00u
#define GPU_JM_CONFIG 0xf00u
#define GPU_SHADER_CONFIG 0xf04u
#define GPU_TILER_CONFIG 0xf08u
#define GPU_L2_MMU_CONFIG 0xf0cu

#define GPU_IRQ_FAULT (1u << 0)
#define GPU_IRQ_RESET_COMPLETED (1u << 8)
#define GPU_IRQ_POWER_CHANGED (1u << 9)
#define GPU_IRQ_POWER_CHANGED_ALL (1u << 10)
#define GPU_IRQ_PERFCNT_SAMPLE_COMPLETED (1u << 16)
#define GPU_IRQ_CLEAN_CACHES_COMPLETED (1u << 17)

enum {
	GPU_CMD_NOP,
	GPU_CMD_SOFT_RESET,
	GPU_CMD_HARD_RESET,
	GPU_CMD_PERFCNT_CLEAR,
	GPU_CMD_PERFCNT_SAMPLE,
	GPU_CMD_CYCLE_COUNT_START,
	GPU_CMD_CYCLE_COUNT_STOP,
	GPU_CMD_CLEAN_CACHES,
	GPU_CMD_CLEAN_INV_CACHES,
};

#define GPU_STATUS_ACTIVE (1u << 0)
#define GPU_STATUS_POWER_ACTIVE (1u << 1)
#define GPU_STATUS_PRFCNT_ACTIVE (1u << 2)
#define GPU_STATUS_CYCLE_COUNT_ACTIVE (1u << 6)

#define PERFCNT_MODE(cfg) ((cfg)&0xf)
#define PERFCNT_AS(cfg) ((cfg) >> 4 & 0xf)
#define PERFCNT_MODE_OFF 0

/* Job control */
#define JOB_INT_RAWSTAT 0x1000u
#define JOB_INT_CLEAR 0x1004u
#define JOB_INT_MASK 0x1008u
#define JOB_INT_STAT 0x100cu
#define JOB_INT_JS_STATE 0x1010u
#define JOB_INT_THROTTLE 0x1014u
#define JOB_INT_DONE(slot) (1u << (slot))
#define JOB_INT_ERR(slot) (0x10000u << (slot))
#define JOB_INT_SLOT(slot) (0x10001u << (slot))

#define JS_BASE 0x1800u
#define JS_STRIDE 0x80u
#define JS_HEAD 0x00u
#define JS_TAIL 0x08u
#define JS_AFFINITY 0x10u
#define JS_CONFIG 0x18u
#define JS_XAFFINITY 0x1cu
#define JS_COMMAND 0x20u
#define JS_STATUS 0x24u
#define JS_HEAD_NEXT 0x40u
#define JS_AFFINITY_NEXT 0x50u
#define JS_CONFIG_NEXT 0x58u
#define JS_XAFFINITY_NEXT 0x5cu
#define JS_COMMAND_NEXT 0x60u
#define JS_FLUSH_ID_NEXT 0x70u

#define JS_CONFIG_AS(config) ((config)&0xf)
#define JS_CONFIG_CHAIN_FLAG (1u << 11)
#define JS_CONFIG_DISABLE_WRITE_BACK (1u << 15)

enum {
	JS_COMMAND_NOP,
	JS_COMMAND_START,
	JS_COMMAND_SOFT_STOP,
	JS_COMMAND_HARD_STOP,
	JS_COMMAND_SOFT_STOP_0,
	JS_COMMAND_HARD_STOP_0,
	JS_COMMAND_SOFT_STOP_1,
	JS_COMMAND_HARD_STOP_1,
};

/* MMU control */
#define MMU_INT_RAWSTAT 0x2000u
#define MMU_INT_CLEAR 0x2004u
#define MMU_INT_MASK 0x2008u
#define MMU_INT_STAT 0x200cu
#define MMU_INT_PAGE(as) (1u << (as))
#define MMU_INT_BUS(as) (0x10000u << (as))

#define AS_BASE 0x2400u
#define AS_STRIDE 0x40u
#define AS_TRANSTAB 0x00u
#define AS_MEMATTR 0x08u
#define AS_LOCKADDR 0x10u
#define AS_COMMAND 0x18u
#define AS_FAULTSTATUS 0x1cu
#define AS_FAULTSTATUS_READ (2u << 8)
#define AS_FAULTSTATUS_WRITE (3u << 8)
#define AS_FAULTADDRESS 0x20u
#define AS_STATUS 0x28u
#define AS_STATUS_ACTIVE 1u
/* Older drivers leave it as it is after a reset: legacy. */
#define AS_TRANSCFG 0x30u
#define AS_TRANSCFG_LEGACY 0u /* TRANSTAB has the mode */
#define AS_TRANSCFG_UNMAPPED 1u

enum {
	AS_COMMAND_NOP,
	AS_COMMAND_UPDATE,
	AS_COMMAND_LOCK,
	AS_COMMAND_UNLOCK,
	AS_COMMAND_FLUSH_PT,
	AS_COMMAND_FLUSH_MEM,
};

#define AS_TRANSTAB_MODE(transtab) ((transtab)&3)
#define AS_TRANSTAB_UNMAPPED 0
#define AS_TRANSTAB_TABLE 3
/* Smallest region that can be locked: 2^(14 + 1) bytes */
#define AS_LOCK_MIN_WIDTH 14u

/* Page-table entries (ARM_MALI_LPAE of drivers/iommu/io-pgtable-arm.c) */
#define PTE_TYPE(pte) ((pte)&3)
#define PTE_TYPE_LEAF 1
#define PTE_TYPE_TABLE 3
#define PTE_READ (1ull << 6)
#define PTE_WRITE (1ull << 7)
#define PTE_XN (3ull << 53)
#define PTE_ADDR 0x0000fffffffff000ull
#define PTE_LEVELS 4u
#define PTE_SHIFT(level) (39 - 9 * (level))

/* Exception codes */
enum {
	PANFROST_OK = 0x00,
	PANFROST_DONE = 0x01,
	PANFROST_STOPPED = 0x03,
	PANFROST_TERMINATED = 0x04,
	PANFROST_ACTIVE = 0x08,
	PANFROST_JOB_CONFIG_FAULT = 0x40,
	PANFROST_JOB_POWER_FAULT = 0x41,
	PANFROST_JOB_READ_FAULT = 0x42,
	PANFROST_JOB_WRITE_FAULT = 0x43,
	PANFROST_JOB_BUS_FAULT = 0x48,
	PANFROST_DATA_INVALID_FAULT = 0x58,
	PANFROST_OUT_OF_MEMORY = 0x60,
	PANFROST_DELAYED_BUS_FAULT = 0x80,
	PANFROST_TRANSLATION_FAULT = 0xc0, /* + level */
	PANFROST_PERMISSION_FAULT = 0xc8,
	PANFROST_TRANSTAB_BUS_FAULT = 0xd0,
	PANFROST_ADDR_SIZE_FAULT_IN = 0xe0,
};

/* Job header, word 4 */
#define JOB_IS_64B(word) ((word)&1)
#define JOB_TYPE(word) ((word) >> 1 & 0x7f)
#define JOB_BARRIER(word) ((word) >> 8 & 1)
#define JOB_INDEX(word) ((word) >> 16)

enum {
	JOB_TYPE_NULL = 1,
	JOB_TYPE_WRITE_VALUE,
	JOB_TYPE_CACHE_FLUSH,
	JOB_TYPE_COMPUTE,
	JOB_TYPE_VERTEX,
	JOB_TYPE_GEOMETRY,
	JOB_TYPE_TILER,
	JOB_TYPE_FUSED,
	JOB_TYPE_FRAGMENT,
};

enum {
	WRITE_VALUE_CYCLE_COUNTER = 1,
	WRITE_VALUE_TIMESTAMP,
	WRITE_VALUE_ZERO,
	WRITE_VALUE_IMMEDIATE_8,
	WRITE_VALUE_IMMEDIATE_16,
	WRITE_VALUE_IMMEDIATE_32,
	WRITE_VALUE_IMMEDIATE_64,
};

#endif
