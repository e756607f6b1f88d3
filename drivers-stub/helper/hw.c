// SPDX-License-Identifier: GPL-2.0-only
/*
 * The hardware of the helper-level driver: a port. Commands are executed one at
 * a time from a preallocated buffer, so that no command allocates memory. Jobs
 * signal their end by interrupt.
 */

#define pr_fmt(fmt) "shrinkbench: " fmt

#include <linux/dma-mapping.h>
#include <linux/interrupt.h>
#include <linux/io.h>
#include <linux/platform_device.h>
#include <linux/scatterlist.h>
#include <linux/slab.h>

#include "../bus/port.h"
#include "helper.h"

/* Most runs of pages in one command. */
#define HELPER_RUNS (SB_HELPER_ACCESS_MAX / sizeof(struct sb_helper_run))

/**
 * struct helper_job - a job that is under way, and its fence
 * @fence: signalled when the job has ended; first, since freeing it frees the job
 * @lock: @fence
 * @link: in &helper_hw.jobs or &helper_hw.ended
 * @bo: the BO that it uses; a reference
 */
struct helper_job {
	struct dma_fence fence;
	spinlock_t lock; /* @fence */
	struct list_head link;
	struct helper_bo *bo;
};

static const char *helper_job_name(struct dma_fence *fence)
{
	return SB_HELPER_DRIVER;
}

static const struct dma_fence_ops helper_job_ops = {
	.get_driver_name = helper_job_name,
	.get_timeline_name = helper_job_name,
};

/* Execute the command that has been filled in. The lock is held. */
static int helper_hw_do(struct helper_hw *hw, enum sb_helper_command_op op)
{
	u32 status;

	hw->cmd->op = op;
	hw->cmd->status = EIO;
	writeq(hw->cmd_addr, hw->regs + SB_HELPER_REG_COMMAND);
	status = READ_ONCE(hw->cmd->status);
	return status > MAX_ERRNO ? -EIO : -(int)status;
}

/*
 * Begin a new command on a BO, with the lock held; NULL if the device is gone.
 */
static struct sb_helper_command *helper_hw_begin(struct helper_hw *hw, u32 bo)
{
	mutex_lock(&hw->lock);
	if (hw->gone) {
		mutex_unlock(&hw->lock);
		return NULL;
	}
	*hw->cmd = (struct sb_helper_command){
		.bo = bo,
		.data = hw->data_addr,
	};
	return hw->cmd;
}

static struct helper_hw *helper_hw_of(struct helper_bo *bo)
{
	return &to_helper_device(bo->base.base.dev)->hw;
}

/**
 * helper_hw_attach - attach a BO's pages to the device, unless they are attached
 * @bo: the BO
 * @sgt: its pages
 *
 * Return: 0, -ENXIO if the device is gone, or the device's error.
 */
int helper_hw_attach(struct helper_bo *bo, struct sg_table *sgt)
{
	struct helper_hw *hw = helper_hw_of(bo);
	struct sb_helper_command *cmd = helper_hw_begin(hw, bo->id);
	struct sb_helper_run *runs = hw->data;
	struct scatterlist *sg;
	u64 at = 0;
	int ret = 0;
	int i;

	if (!cmd)
		return -ENXIO;
	if (!list_empty(&bo->attached))
		goto out;
	cmd->len = bo->base.base.size;
	if (bo->flags & SB_HELPER_PURGE_ONLY)
		cmd->flags = SB_HELPER_CMD_KEPT;
	for_each_sgtable_dma_sg(sgt, sg, i) {
		struct sb_helper_run *run = &runs[cmd->count++];

		run->addr = sg_dma_address(sg);
		run->len = sg_dma_len(sg);
		at += run->len;
		if (cmd->count < HELPER_RUNS && at < cmd->len)
			continue;
		ret = helper_hw_do(hw, SB_HELPER_CMD_ATTACH);
		if (ret)
			break;
		cmd->offset = at;
		cmd->count = 0;
	}
	if (!ret && at < cmd->len)
		ret = -EINVAL;
	if (!ret)
		list_add(&bo->attached, &hw->attached);
	else if (cmd->offset)
		helper_hw_do(hw, SB_HELPER_CMD_DETACH);
out:
	mutex_unlock(&hw->lock);
	return ret;
}

/**
 * helper_hw_detach - detach a BO's pages from the device, if they are attached
 * @bo: the BO
 *
 * Allocates no memory. On failure, the pages stay attached.
 *
 * Context: process, also in reclaim.
 * Return: 0, or the device's error.
 */
int helper_hw_detach(struct helper_bo *bo)
{
	struct helper_hw *hw = helper_hw_of(bo);
	int ret = 0;

	/* A device that is gone has no pages. */
	if (!helper_hw_begin(hw, bo->id))
		return 0;
	if (!list_empty(&bo->attached))
		ret = helper_hw_do(hw, SB_HELPER_CMD_DETACH);
	if (!ret)
		list_del_init(&bo->attached);
	mutex_unlock(&hw->lock);
	return ret;
}

/**
 * helper_hw_forget - a BO is freed
 * @bo: the BO, which is detached, or which the device refuses to detach
 */
void helper_hw_forget(struct helper_bo *bo)
{
	struct helper_hw *hw = helper_hw_of(bo);

	mutex_lock(&hw->lock);
	list_del_init(&bo->attached);
	mutex_unlock(&hw->lock);
}

/**
 * helper_hw_access - let the device read or write a BO
 * @bo: the BO
 * @args: what to do
 * @buf: of &sb_helper_access.len bytes
 *
 * Return: 0, -ENXIO if it is not attached, or the device's error.
 */
int helper_hw_access(struct helper_bo *bo, const struct sb_helper_access *args,
		     void *buf)
{
	struct helper_hw *hw = helper_hw_of(bo);
	struct sb_helper_command *cmd = helper_hw_begin(hw, bo->id);
	bool write = args->flags & SB_HELPER_WRITE;
	int ret = -ENXIO;

	if (!cmd)
		return ret;
	cmd->offset = args->offset;
	cmd->len = args->len;
	if (write)
		memcpy(hw->data, buf, args->len);
	if (!list_empty(&bo->attached) || args->flags & SB_HELPER_BLIND)
		ret = helper_hw_do(hw, write ? SB_HELPER_CMD_WRITE :
					       SB_HELPER_CMD_READ);
	if (!ret && !write)
		memcpy(buf, hw->data, args->len);
	mutex_unlock(&hw->lock);
	return ret;
}

/*
 * Jobs
 */

/*
 * Take a job out of the list of jobs under way; NULL if there is none with
 * @number.
 */
static struct helper_job *helper_hw_take(struct helper_hw *hw, u32 number)
{
	struct helper_job *job, *found = NULL;
	unsigned long flags;

	spin_lock_irqsave(&hw->jobs_lock, flags);
	list_for_each_entry(job, &hw->jobs, link) {
		if (number && job->fence.seqno != number)
			continue;
		list_move_tail(&job->link, &hw->ended);
		found = job;
		break;
	}
	spin_unlock_irqrestore(&hw->jobs_lock, flags);
	return found;
}

/* End job @number, or any job if it is 0. Any context. */
static bool helper_hw_end(struct helper_hw *hw, u32 number, int error)
{
	struct helper_job *job = helper_hw_take(hw, number);

	if (!job)
		return false;
	if (error)
		dma_fence_set_error(&job->fence, error);
	dma_fence_signal(&job->fence);
	/* A BO cannot be freed in every context. */
	schedule_work(&hw->put_work);
	return true;
}

static void helper_hw_put_ended(struct work_struct *work)
{
	struct helper_hw *hw = container_of(work, struct helper_hw, put_work);
	struct helper_job *job, *next;
	LIST_HEAD(ended);

	spin_lock_irq(&hw->jobs_lock);
	list_splice_init(&hw->ended, &ended);
	spin_unlock_irq(&hw->jobs_lock);
	list_for_each_entry_safe(job, next, &ended, link) {
		drm_gem_object_put(&job->bo->base.base);
		dma_fence_put(&job->fence);
	}
}

static irqreturn_t helper_hw_irq(int irq, void *data)
{
	struct helper_hw *hw = data;
	u64 ended;

	/* All ones: the device is lost. */
	while ((ended = readq(hw->regs + SB_HELPER_REG_ENDED)) && ~ended) {
		u32 number = ended;

		writeq(number, hw->regs + SB_HELPER_REG_ENDED);
		helper_hw_end(hw, number, ended >> 32 ? -EIO : 0);
	}
	return IRQ_HANDLED;
}

/**
 * helper_hw_job - start a job of the device that uses a BO
 * @bo: the BO; its reservation lock is held
 * @usage: enum dma_resv_usage of the fence that is added to it
 *
 * Return: 0, -ENXIO if it is not attached, or another negative errno.
 */
int helper_hw_job(struct helper_bo *bo, u64 usage)
{
	struct helper_hw *hw = helper_hw_of(bo);
	struct dma_resv *resv = bo->base.base.resv;
	struct sb_helper_command *cmd;
	struct helper_job *job;
	int ret;

	if (usage > DMA_RESV_USAGE_BOOKKEEP)
		return -EINVAL;
	ret = dma_resv_reserve_fences(resv, 1);
	if (ret)
		return ret;
	job = kzalloc(sizeof(*job), GFP_KERNEL);
	if (!job)
		return -ENOMEM;
	spin_lock_init(&job->lock);

	cmd = helper_hw_begin(hw, bo->id);
	if (!cmd || list_empty(&bo->attached)) {
		if (cmd)
			mutex_unlock(&hw->lock);
		kfree(job);
		return -ENXIO;
	}
	cmd->count = ++hw->last_job;
	dma_fence_init(&job->fence, &helper_job_ops, &job->lock, hw->context,
		       cmd->count);
	drm_gem_object_get(&bo->base.base);
	job->bo = bo;
	dma_fence_get(&job->fence);
	spin_lock_irq(&hw->jobs_lock);
	list_add_tail(&job->link, &hw->jobs);
	spin_unlock_irq(&hw->jobs_lock);
	ret = helper_hw_do(hw, SB_HELPER_CMD_JOB);
	if (ret)
		helper_hw_end(hw, cmd->count, ret);
	mutex_unlock(&hw->lock);

	if (!ret)
		dma_resv_add_fence(resv, &job->fence, usage);
	dma_fence_put(&job->fence);
	return ret;
}

/*
 * The device
 */

/**
 * helper_hw_init - map the device's registers, and set up interrupts and buffers
 * @hw: the hardware to initialise
 * @pdev: its platform device
 *
 * Return: 0 or a negative errno.
 */
int helper_hw_init(struct helper_hw *hw, struct platform_device *pdev)
{
	struct device *dev = &pdev->dev;
	int irq;

	mutex_init(&hw->lock);
	spin_lock_init(&hw->jobs_lock);
	INIT_LIST_HEAD(&hw->attached);
	INIT_LIST_HEAD(&hw->jobs);
	INIT_LIST_HEAD(&hw->ended);
	INIT_WORK(&hw->put_work, helper_hw_put_ended);
	hw->context = dma_fence_context_alloc(1);

	hw->regs = devm_platform_ioremap_resource(pdev, 0);
	if (IS_ERR(hw->regs))
		return PTR_ERR(hw->regs);
	if (readq(hw->regs + SB_HELPER_REG_ID) != SB_HELPER_ID)
		return -ENODEV;
	hw->cmd = dmam_alloc_coherent(dev, sizeof(*hw->cmd), &hw->cmd_addr,
				      GFP_KERNEL);
	hw->data = dmam_alloc_coherent(dev, SB_HELPER_ACCESS_MAX,
				       &hw->data_addr, GFP_KERNEL);
	if (!hw->cmd || !hw->data)
		return -ENOMEM;
	irq = platform_get_irq(pdev, 0);
	if (irq < 0)
		return irq;
	/* Shared with the port's own handler. */
	return devm_request_irq(dev, irq, helper_hw_irq, IRQF_SHARED,
				SB_HELPER_DRIVER, hw);
}

/**
 * helper_hw_stop - stop the device, on removal
 * @hw: the hardware; nothing begins to use it any more
 *
 * Ends all jobs and detaches all BOs; BOs may still exist afterwards.
 */
void helper_hw_stop(struct helper_hw *hw)
{
	struct helper_bo *bo, *next;

	if (helper_hw_begin(hw, 0)) {
		helper_hw_do(hw, SB_HELPER_CMD_STOP);
		mutex_unlock(&hw->lock);
	}
	while (helper_hw_end(hw, 0, -ENODEV))
		;
	/* It may drop the last reference of BOs, which are detached then. */
	flush_work(&hw->put_work);

	mutex_lock(&hw->lock);
	list_for_each_entry_safe(bo, next, &hw->attached, attached) {
		*hw->cmd = (struct sb_helper_command){ .bo = bo->id };
		helper_hw_do(hw, SB_HELPER_CMD_DETACH);
		list_del_init(&bo->attached);
	}
	helper_hw_do(hw, SB_HELPER_CMD_BYE);
	hw->gone = true;
	mutex_unlock(&hw->lock);
}
