/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The helper-level driver: dev.c is the device and its ioctls, bo.c the
 * operations on a BO, hw.c the hardware, state.c the state as tests see it, scan.c
 * the scans that tests start, and reclaim.c the annotations for lockdep.
 */
#ifndef SHRINKBENCH_HELPER_H
#define SHRINKBENCH_HELPER_H

#include <linux/atomic.h>
#include <linux/dma-fence.h>
#include <linux/iosys-map.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/spinlock.h>
#include <linux/wait.h>
#include <linux/workqueue.h>

#include <drm/drm_device.h>
#include <drm/drm_file.h>

#include "compat.h"

struct platform_device;

/**
 * struct helper_hw - the hardware of a device
 * @lock: one command at a time. Taken in reclaim.
 * @gone: the device was removed
 * @regs: registers
 * @cmd: the command
 * @cmd_addr: its DMA address
 * @data: its data, SB_HELPER_ACCESS_MAX bytes
 * @data_addr: its DMA address
 * @attached: BOs that are attached to the device
 * @last_job: the last job's number
 * @context: of the jobs' fences
 * @jobs_lock: protects @jobs and @ended; any context
 * @jobs: jobs that are under way
 * @ended: jobs to be freed
 * @put_work: frees @ended
 */
struct helper_hw {
	struct mutex lock; /* @cmd, @data, @attached, @gone */
	bool gone;
	void __iomem *regs;
	struct sb_helper_command *cmd;
	dma_addr_t cmd_addr;
	void *data;
	dma_addr_t data_addr;
	struct list_head attached;
	u32 last_job;
	u64 context;
	spinlock_t jobs_lock; /* @jobs, @ended */
	struct list_head jobs;
	struct list_head ended;
	struct work_struct put_work;
};

#define LRU_ASKED 1
#define LRU_HELD 2

/**
 * struct helper_device - one device
 * @drm: the DRM device
 * @hw: its hardware
 * @index: number in its name
 * @bos: number of BOs
 * @next_id: the last BO's number
 * @evicting: evict callbacks that are being held
 * @evict_order: BOs evicted or purged so far
 * @fail: SB_HELPER_FAIL_* of the device
 * @lru_held: 0, LRU_ASKED while helper_lru_hold() waits for the lists' lock, or
 *	LRU_HELD
 * @lock: protects @held, and the related fields of BOs
 * @held: BOs whose evict callback is to be held
 * @wait: wait queue of those callbacks and of helper_lru_hold()
 */
struct helper_device {
	struct drm_device drm;
	struct helper_hw hw;
	unsigned int index;
	atomic_t bos;
	atomic_t next_id;
	atomic_t evicting;
	atomic_t evict_order;
	atomic_t fail;
	atomic_t lru_held;
	spinlock_t lock; /*  */
	struct list_head held;
	wait_queue_head_t wait;
};

#define to_helper_device(dev) container_of(dev, struct helper_device, drm)

/**
 * struct helper_bo - one BO
 * @base: the helpers' part; first, since the helpers free it
 * @id: number
 * @flags: as it was created
 * @live: counts in &helper_device.bos
 * @fail: SB_HELPER_FAIL_*
 * @evict_error: what the evict callback returns
 * @evict_calls: number of its calls
 * @evict_order: see struct sb_helper_state
 * @evicting: its callback is being held
 * @held: in &helper_device.held; protected by &helper_device.lock
 * @holder: the file that requested it; likewise
 * @map: the kernel's mapping
 * @maps: how many there are; reservation lock
 * @fence: the fence of SB_HELPER_BUSY; reservation lock
 * @attached: in &helper_hw.attached when the device has its pages
 */
struct helper_bo {
	struct drm_gem_shmem_object base;
	u32 id;
	u32 flags;
	bool live;
	u32 fail;
	int evict_error;
	u32 evict_calls;
	u32 evict_order;
	bool evicting;
	struct list_head held;
	struct drm_file *holder;
	struct iosys_map map;
	unsigned int maps;
	struct dma_fence *fence;
	struct list_head attached;
};

#define to_helper_bo(obj) container_of(obj, struct helper_bo, base.base)

struct drm_gem_object *helper_bo_new(struct drm_device *dev, size_t size);
void helper_bo_live(struct helper_bo *bo, u32 flags);
int helper_bo_do(struct helper_bo *bo, struct drm_file *file,
		 enum sb_helper_op op, u64 arg);
int helper_bo_access(struct helper_bo *bo, const struct sb_helper_access *args,
		     void *buf);
void helper_release_held(struct helper_device *sdev,
			 const struct drm_file *holder, u32 id);

int helper_fb_do(struct helper_bo *bo, struct drm_file *file, u32 handle,
		 bool map);

int helper_hw_init(struct helper_hw *hw, struct platform_device *pdev);
void helper_hw_stop(struct helper_hw *hw);
int helper_hw_attach(struct helper_bo *bo, struct sg_table *sgt);
int helper_hw_detach(struct helper_bo *bo);
void helper_hw_forget(struct helper_bo *bo);
int helper_hw_access(struct helper_bo *bo, const struct sb_helper_access *args,
		     void *buf);
int helper_hw_job(struct helper_bo *bo, u64 usage);

void helper_get_state(struct helper_bo *bo, struct sb_helper_state *state);
int helper_get_list(struct drm_device *dev, struct sb_helper_list *list);

int helper_scan(struct drm_device *dev, struct sb_helper_scan *args);
int helper_lru_hold(struct helper_device *sdev);
void helper_lru_go(struct helper_device *sdev);

#ifdef CONFIG_LOCKDEP
void helper_reclaim_init(void);
void helper_reclaim_begin(void);
void helper_reclaim_end(void);
#else
static inline void helper_reclaim_init(void)
{
}

static inline void helper_reclaim_begin(void)
{
}

static inline void helper_reclaim_end(void)
{
}
#endif

#endif
