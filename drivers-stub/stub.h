/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The helper-level stub driver: stub_dev.c is the device and its ioctls,
 * stub_bo.c what a BO can do, stub_hw.c the hardware below, stub_state.c what
 * can be seen of it all, and stub_reclaim.c what lockdep has to be told.
 */
#ifndef SHRINKBENCH_STUB_H
#define SHRINKBENCH_STUB_H

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

#include "stub_compat.h"

struct platform_device;

/**
 * struct stub_hw - what is below a device
 * @lock: one command at a time. Taken in reclaim.
 * @gone: there is no device any more
 * @regs: registers
 * @cmd: the command
 * @cmd_addr: where the device sees it
 * @data: its data, SB_STUB_ACCESS_MAX bytes
 * @data_addr: where the device sees it
 * @attached: BOs that the device has
 * @last_job: the last job's number
 * @context: of the jobs' fences
 * @jobs_lock: protects @jobs and @ended; any context
 * @jobs: jobs that are under way
 * @ended: jobs to be freed
 * @put_work: frees @ended
 */
struct stub_hw {
	struct mutex lock; /* @cmd, @data, @attached, @gone */
	bool gone;
	void __iomem *regs;
	struct sb_stub_command *cmd;
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

/**
 * struct stub_device - one device
 * @drm: the DRM device
 * @hw: what is below it
 * @index: number in its name
 * @bos: BOs there are
 * @next_id: the last BO's number
 * @evicting: evict callbacks that are being held
 * @evict_order: BOs evicted or purged so far
 * @fail: SB_STUB_FAIL_* of the device
 * @lock: protects @held, and the fields of BOs that say so
 * @held: BOs whose evict callback is to be held
 * @wait: for those callbacks
 */
struct stub_device {
	struct drm_device drm;
	struct stub_hw hw;
	unsigned int index;
	atomic_t bos;
	atomic_t next_id;
	atomic_t evicting;
	atomic_t evict_order;
	atomic_t fail;
	spinlock_t lock; /*  */
	struct list_head held;
	wait_queue_head_t wait;
};

#define to_stub_device(dev) container_of(dev, struct stub_device, drm)

/**
 * struct stub_bo - one BO
 * @base: the helpers' part; first, since it is what they free
 * @id: number
 * @flags: as it was created
 * @live: counts in &stub_device.bos
 * @fail: SB_STUB_FAIL_*
 * @evict_error: what the evict callback returns
 * @evict_calls: calls of it
 * @evict_order: see struct sb_stub_state
 * @evicting: it is being held
 * @held: in &stub_device.held; protected by &stub_device.lock
 * @holder: the file that said so; likewise
 * @map: the kernel's mapping
 * @maps: how many there are; reservation lock
 * @fence: what makes it busy; reservation lock
 * @attached: in &stub_hw.attached when the device has its pages
 */
struct stub_bo {
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

#define to_stub_bo(obj) container_of(obj, struct stub_bo, base.base)

struct drm_gem_object *stub_bo_new(struct drm_device *dev, size_t size);
void stub_bo_live(struct stub_bo *bo, u32 flags);
int stub_bo_do(struct stub_bo *bo, struct drm_file *file,
	       enum sb_stub_op op, u64 arg);
int stub_bo_access(struct stub_bo *bo, const struct sb_stub_access *args,
		   void *buf);
void stub_release_held(struct stub_device *sdev, const struct drm_file *holder,
		       u32 id);

int stub_hw_init(struct stub_hw *hw, struct platform_device *pdev);
void stub_hw_stop(struct stub_hw *hw);
int stub_hw_attach(struct stub_bo *bo, struct sg_table *sgt);
int stub_hw_detach(struct stub_bo *bo);
void stub_hw_forget(struct stub_bo *bo);
int stub_hw_access(struct stub_bo *bo, const struct sb_stub_access *args,
		   void *buf);
int stub_hw_job(struct stub_bo *bo, u64 usage);

void stub_get_state(struct stub_bo *bo, struct sb_stub_state *state);
int stub_get_list(struct drm_device *dev, struct sb_stub_list *list);

#ifdef CONFIG_LOCKDEP
void stub_reclaim_init(void);
void stub_reclaim_begin(void);
void stub_reclaim_end(void);
#else
static inline void stub_reclaim_init(void) { }
static inline void stub_reclaim_begin(void) { }
static inline void stub_reclaim_end(void) { }
#endif

#endif
