/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Register numbers and bits of a V3D 4.2, as the kernel's v3d driver uses them
 * (drivers/gpu/drm/v3d/v3d_regs.h gives the same numbers). They count from the start
 * of their window; the windows follow each other in the device file.
 */
#ifndef MODELS_V3D_REGS_H
#define MODELS_V3D_REGS_H

#define HUB_BASE 0x0000u
#define HUB_SIZE 0x2000u
#define CORE_BASE 0x2000u
#define CORE_SIZE 0x1000u
#define BRIDGE_BASE 0x3000u
#define BRIDGE_SIZE 0x1000u
#define V3D_SIZE 0x4000u

/* Interrupts, of hub and core alike; they count from INT_STS */
#define INT_BASE 0x50u
#define INT_END 0x68u
#define INT_STS 0x50u
#define INT_SET 0x54u
#define INT_CLR 0x58u
#define INT_MSK_STS 0x5cu
#define INT_MSK_SET 0x60u
#define INT_MSK_CLR 0x64u

/* Hub */
#define HUB_AXICFG 0x0000u
#define HUB_AXICFG_MAX_LEN 0xfu
#define HUB_UIFCFG 0x0004u
#define HUB_IDENT0 0x0008u
#define HUB_IDENT1 0x000cu
#define HUB_IDENT2 0x0010u
#define HUB_IDENT3 0x0014u
#define HUB_INT_TFUF (1u << 0)
#define HUB_INT_TFUC (1u << 1)
#define HUB_INT_MMU_CAP (1u << 3)
#define HUB_INT_MMU_PTI (1u << 4)
#define HUB_INT_MMU_WRV (1u << 5)
#define HUB_INT_USED                                                           \
	(HUB_INT_TFUC | HUB_INT_MMU_CAP | HUB_INT_MMU_PTI | HUB_INT_MMU_WRV)

/* TFU */
#define TFU_CS 0x0400u
#define TFU_CS_BUSY (1u << 0)
#define TFU_SU 0x0404u
#define TFU_ICFG 0x0408u
#define TFU_ICFG_IOC (1u << 0)
#define TFU_IIA 0x040cu
#define TFU_ICA 0x0410u
#define TFU_IIS 0x0414u
#define TFU_IUA 0x0418u
#define TFU_IOA 0x041cu
#define TFU_IOS 0x0420u
#define TFU_COEF0 0x0424u
#define TFU_WORDS 10u /* from IIA to COEF3 */
#define TFU_CRC 0x0434u

/* MMU and its cache */
#define MMUC_CONTROL 0x1000u
#define MMUC_CONTROL_ENABLE (1u << 0)
#define MMUC_CONTROL_FLUSH (1u << 1)
#define MMUC_CONTROL_FLUSHING (1u << 2)
#define MMU_CTL 0x1200u
#define MMU_CTL_ENABLE (1u << 0)
#define MMU_CTL_TLB_CLEAR (1u << 2)
#define MMU_CTL_TLB_CLEARING (1u << 7)
#define MMU_CTL_WRITE_VIOLATION_INT (1u << 10)
#define MMU_CTL_WRITE_VIOLATION_ABORT (1u << 11)
#define MMU_CTL_WRITE_VIOLATION (1u << 12)
#define MMU_CTL_PT_INVALID_ENABLE (1u << 16)
#define MMU_CTL_PT_INVALID_INT (1u << 18)
#define MMU_CTL_PT_INVALID_ABORT (1u << 19)
#define MMU_CTL_PT_INVALID (1u << 20)
#define MMU_CTL_CAP_EXCEEDED_INT (1u << 25)
#define MMU_CTL_CAP_EXCEEDED_ABORT (1u << 26)
#define MMU_CTL_CAP_EXCEEDED (1u << 27)
/* Cleared by writing 1 */
#define MMU_CTL_STATUS                                                         \
	(MMU_CTL_WRITE_VIOLATION | MMU_CTL_PT_INVALID | MMU_CTL_CAP_EXCEEDED)
/* What the driver sets */
#define MMU_CTL_DRIVER                                                         \
	(MMU_CTL_ENABLE | MMU_CTL_PT_INVALID_ENABLE |                          \
	 MMU_CTL_PT_INVALID_ABORT | MMU_CTL_PT_INVALID_INT |                   \
	 MMU_CTL_WRITE_VIOLATION_ABORT | MMU_CTL_WRITE_VIOLATION_INT |         \
	 MMU_CTL_CAP_EXCEEDED_ABORT | MMU_CTL_CAP_EXCEEDED_INT)
#define MMU_PT_PA_BASE 0x1204u
#define MMU_HIT 0x1208u
#define MMU_MISSES 0x120cu
#define MMU_STALLS 0x1210u
#define MMU_ADDR_CAP 0x1214u
#define MMU_BYPASS_START 0x121cu
#define MMU_BYPASS_END 0x1220u
#define MMU_VIO_ID 0x122cu
#define MMU_ILLEGAL_ADDR 0x1230u
#define MMU_ILLEGAL_ADDR_ENABLE (1u << 31)
#define MMU_VIO_ADDR 0x1234u
#define MMU_DEBUG_INFO 0x1238u

/* Entries of the page table (v3d_mmu.c) */
#define PTE_PFN 0x00ffffffu
#define PTE_VALID (1u << 28)
#define PTE_WRITEABLE (1u << 29)
#define PTE_BIGPAGE (1u << 30)
#define PTE_SUPERPAGE (1u << 31)
#define PTE_DRIVER (PTE_VALID | PTE_WRITEABLE)
#define PT_SIZE (4u << 20)

/* Core */
#define CTL_IDENT0 0x000u
#define CTL_IDENT1 0x004u
#define CTL_IDENT2 0x008u
#define CTL_MISCCFG 0x018u
#define CTL_L2CACTL 0x020u
#define CTL_SLCACTL 0x024u
#define CTL_L2TCACTL 0x030u
#define CTL_L2TCACTL_L2TFLS (1u << 0)
#define CTL_L2TCACTL_FLM(mode) ((mode) << 1)
#define CTL_L2TCACTL_FLM_FLUSH 0u
#define CTL_L2TCACTL_FLM_CLEAN 2u
#define CTL_L2TCACTL_TMUWCF (1u << 8)
#define CTL_L2TFLSTA 0x034u
#define CTL_L2TFLEND 0x038u
#define INT_FRDONE (1u << 0)
#define INT_FLDONE (1u << 1)
#define INT_OUTOMEM (1u << 2)
#define INT_GMPV (1u << 5)
#define INT_CSDDONE (1u << 7)
#define INT_USED                                                               \
	(INT_FRDONE | INT_FLDONE | INT_OUTOMEM | INT_GMPV | INT_CSDDONE)

/* Control lists; thread 0 bins, thread 1 renders */
#define CLE_CTCS(n) (0x100u + 4 * (n))
#define CLE_CTCS_RUN (1u << 5)
#define CLE_CTEA(n) (0x108u + 4 * (n))
#define CLE_CTCA(n) (0x110u + 4 * (n))
#define CLE_CTRA(n) (0x118u + 4 * (n))
#define CLE_CT0QTS 0x15cu
#define CLE_CT0QTS_ENABLE (1u << 1)
#define CLE_CTQBA(n) (0x160u + 4 * (n))
#define CLE_CTQEA(n) (0x168u + 4 * (n))
#define CLE_CT0QMA 0x170u
#define CLE_CT0QMS 0x174u

/* Memory of the binner */
#define PTB_BPCA 0x300u
#define PTB_BPCS 0x304u
#define PTB_BPOA 0x308u
#define PTB_BPOS 0x30cu

/* Performance counters */
#define PCTR_EN 0x650u
#define PCTR_CLR 0x654u
#define PCTR_OVERFLOW 0x658u
#define PCTR_SRC 0x660u
#define PCTR_SRCS 8u
#define PCTR_VALUE 0x680u
#define PCTRS 32u
/* Sources that count here; all others stay 0. */
#define PCTR_BIN_ACTIVE 28u
#define PCTR_RENDER_ACTIVE 29u
#define PCTR_CYCLES 32u
#define PCTR_COMPUTE_ACTIVE 86u

#define GMP_STATUS 0x800u
#define GMP_CFG 0x804u
#define GMP_VIO_ADDR 0x808u

/* Compute */
#define CSD_STATUS 0x900u
#define CSD_STATUS_CURRENT (1u << 1)
#define CSD_QUEUED(n) (0x904u + 4 * (n))
#define CSD_CURRENT(n) (0x920u + 4 * (n))
#define CSD_WORDS 7u
/* Words of a dispatch */
#define CSD_BATCHES 4u /* minus 1 */
#define CSD_UNIFORMS 6u

#define ERR_FDBGO 0xf04u
#define ERR_FDBGB 0xf08u
#define ERR_FDBGR 0xf0cu
#define ERR_FDBGS 0xf10u
#define ERR_STAT 0xf20u
#define ERR_STAT_VPAEABB (1u << 0)

/* Bridge */
#define BRIDGE_REVISION 0x0u
#define BRIDGE_SW_INIT_0 0x8u
#define BRIDGE_SW_INIT (1u << 0)

#endif
