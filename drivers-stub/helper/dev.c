// SPDX-License-Identifier: GPL-2.0-only
/*
 * A DRM driver whose BOs are those of the drm-shmem helpers, used as virtio-gpu
 * does, or as panfrost, or in neither way. Tests control what happens to the
 * BOs, and when.
 */

#define pr_fmt(fmt) "shrinkbench: " fmt

#include <linux/dma-buf.h>
#include <linux/dma-mapping.h>
#include <linux/init.h>
#include <linux/moduleparam.h>
#include <linux/platform_device.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include <drm/drm_drv.h>
#include <drm/drm_ioctl.h>

#include "../bus/mmio.h"
#include "../bus/port.h"
#include "helper.h"

static unsigned int helpers;
module_param(helpers, uint, 0444);
MODULE_PARM_DESC(helpers, "number of helper-level DRM devices");

static struct drm_gem_object *helper_lookup(struct drm_file *file, u32 handle)
{
	return drm_gem_object_lookup(file, handle) ?: ERR_PTR(-ENOENT);
}

static int helper_info_ioctl(struct drm_device *dev, void *data,
			     struct drm_file *file)
{
	struct helper_device *sdev = to_helper_device(dev);
	struct sb_helper_info *args = data;

	args->has = HELPER_HAS;
	args->index = sdev->index;
	args->bos = atomic_read(&sdev->bos);
	args->evicting = atomic_read(&sdev->evicting);
	args->lru_held = atomic_read(&sdev->lru_held) == LRU_HELD;
	return 0;
}

static int helper_create_ioctl(struct drm_device *dev, void *data,
			       struct drm_file *file)
{
	struct sb_helper_create *args = data;
	struct drm_gem_shmem_object *shmem;
	struct helper_bo *bo;
	int ret;

	if (!args->size || !PAGE_ALIGNED(args->size) || args->pad ||
	    args->flags & ~(SB_HELPER_PURGE_ONLY | SB_HELPER_NO_EVICT))
		return -EINVAL;
	shmem = drm_gem_shmem_create(dev, args->size);
	if (IS_ERR(shmem))
		return PTR_ERR(shmem);
	bo = to_helper_bo(&shmem->base);
	helper_bo_live(bo, args->flags);
	args->id = bo->id;
	args->offset = drm_vma_node_offset_addr(&shmem->base.vma_node);
	ret = drm_gem_handle_create(file, &shmem->base, &args->handle);
	drm_gem_object_put(&shmem->base);
	return ret;
}

static const struct drm_driver helper_driver;

#if defined(CONFIG_FAULT_INJECTION) && HELPER_SHRINKER
static int helper_init_new(struct drm_device *dev, u64 fail_nth)
{
	struct drm_device *new = drm_dev_alloc(&helper_driver, dev->dev);
	int ret;

	if (IS_ERR(new))
		return PTR_ERR(new);
	current->fail_nth = fail_nth;
	ret = drmm_gem_shmem_init(new);
	current->fail_nth = 0;
	drm_dev_put(new);
	return ret;
}
#else
static int helper_init_new(struct drm_device *dev, u64 fail_nth)
{
	return -EOPNOTSUPP;
}
#endif

static int helper_do_ioctl(struct drm_device *dev, void *data,
			   struct drm_file *file)
{
	struct helper_device *sdev = to_helper_device(dev);
	struct sb_helper_do *args = data;
	struct drm_gem_object *obj;
	int ret;

	if (args->op == SB_HELPER_EVICT_GO) {
		helper_release_held(sdev, NULL, args->arg);
		return 0;
	}
	if (args->op == SB_HELPER_LRU_HOLD)
		return helper_lru_hold(sdev);
	if (args->op == SB_HELPER_LRU_GO) {
		helper_lru_go(sdev);
		return 0;
	}
	if (args->op == SB_HELPER_INIT_AGAIN)
		return HELPER_SHRINKER ? drmm_gem_shmem_init(dev) : -EOPNOTSUPP;
	if (args->op == SB_HELPER_INIT_NEW)
		return helper_init_new(dev, args->arg);
	if (args->op == SB_HELPER_FAIL && !args->handle) {
		atomic_set(&sdev->fail, args->arg);
		*dev->dev->dma_mask = args->arg & SB_HELPER_FAIL_DMA ?
					      DMA_BIT_MASK(PAGE_SHIFT) :
					      DMA_BIT_MASK(64);
		return 0;
	}
	obj = helper_lookup(file, args->handle);
	if (IS_ERR(obj))
		return PTR_ERR(obj);
	ret = helper_bo_do(to_helper_bo(obj), file, args->op, args->arg);
	drm_gem_object_put(obj);
	return ret;
}

static int helper_access_ioctl(struct drm_device *dev, void *data,
			       struct drm_file *file)
{
	struct sb_helper_access *args = data;
	bool write = args->flags & SB_HELPER_WRITE;
	void __user *user = u64_to_user_ptr(args->ptr);
	struct drm_gem_object *obj;
	void *buf;
	int ret;

	if (args->len > SB_HELPER_ACCESS_MAX)
		return -EINVAL;
	obj = helper_lookup(file, args->handle);
	if (IS_ERR(obj))
		return PTR_ERR(obj);
	/*
	 * A buffer of the kernel: the user's pages may be the ones being
	 * evicted.
	 */
	buf = kvzalloc(args->len, GFP_KERNEL);
	if (!buf)
		ret = -ENOMEM;
	else if (write && copy_from_user(buf, user, args->len))
		ret = -EFAULT;
	else
		ret = helper_bo_access(to_helper_bo(obj), args, buf);
	if (!ret && !write && copy_to_user(user, buf, args->len))
		ret = -EFAULT;
	kvfree(buf);
	drm_gem_object_put(obj);
	return ret;
}

static int helper_madvise_ioctl(struct drm_device *dev, void *data,
				struct drm_file *file)
{
	struct sb_helper_madvise *args = data;
	struct drm_gem_object *obj;
	int ret;

	if (args->madv > 1 || args->pad)
		return -EINVAL;
	obj = helper_lookup(file, args->handle);
	if (IS_ERR(obj))
		return PTR_ERR(obj);
	ret = helper_madvise(&to_helper_bo(obj)->base, args->madv);
	drm_gem_object_put(obj);
	if (ret < 0)
		return ret;
	args->retained = ret;
	return 0;
}

static int helper_state_ioctl(struct drm_device *dev, void *data,
			      struct drm_file *file)
{
	struct sb_helper_state *args = data;
	struct drm_gem_object *obj = helper_lookup(file, args->handle);

	if (IS_ERR(obj))
		return PTR_ERR(obj);
	*args = (struct sb_helper_state){ .handle = args->handle };
	helper_get_state(to_helper_bo(obj), args);
	drm_gem_object_put(obj);
	return 0;
}

static int helper_list_ioctl(struct drm_device *dev, void *data,
			     struct drm_file *file)
{
	return helper_get_list(dev, data);
}

static int helper_scan_ioctl(struct drm_device *dev, void *data,
			     struct drm_file *file)
{
	return helper_scan(dev, data);
}

/* The numbers are in the order of the ioctls in the protocol. */
static const struct drm_ioctl_desc helper_ioctls[] = {
	{ DRM_IOCTL_SB_HELPER_INFO, DRM_RENDER_ALLOW, helper_info_ioctl,
	  "INFO" },
	{ DRM_IOCTL_SB_HELPER_CREATE, DRM_RENDER_ALLOW, helper_create_ioctl,
	  "CREATE" },
	{ DRM_IOCTL_SB_HELPER_DO, DRM_RENDER_ALLOW, helper_do_ioctl, "DO" },
	{ DRM_IOCTL_SB_HELPER_ACCESS, DRM_RENDER_ALLOW, helper_access_ioctl,
	  "ACCESS" },
	{ DRM_IOCTL_SB_HELPER_MADVISE, DRM_RENDER_ALLOW, helper_madvise_ioctl,
	  "MADVISE" },
	{ DRM_IOCTL_SB_HELPER_STATE, DRM_RENDER_ALLOW, helper_state_ioctl,
	  "STATE" },
	{ DRM_IOCTL_SB_HELPER_LIST, DRM_RENDER_ALLOW, helper_list_ioctl,
	  "LIST" },
	{ DRM_IOCTL_SB_HELPER_SCAN, DRM_RENDER_ALLOW, helper_scan_ioctl,
	  "SCAN" },
};

static bool helper_fails(struct drm_device *dev, u32 what)
{
	return atomic_fetch_andnot(what, &to_helper_device(dev)->fail) & what;
}

static struct drm_gem_object *helper_import(struct drm_device *dev,
					    struct dma_buf_attachment *attach,
					    struct sg_table *sgt)
{
	struct drm_gem_object *obj;

	if (helper_fails(dev, SB_HELPER_FAIL_IMPORT_EARLY))
		return ERR_PTR(-EIO);
	obj = drm_gem_shmem_prime_import_sg_table(dev, attach, sgt);
	if (IS_ERR(obj))
		return obj;
	if (helper_fails(dev, SB_HELPER_FAIL_IMPORT_LATE)) {
		drm_gem_object_put(obj);
		return ERR_PTR(-EIO);
	}
	helper_bo_live(to_helper_bo(obj), 0);
	return obj;
}

static void helper_postclose(struct drm_device *dev, struct drm_file *file)
{
	helper_release_held(to_helper_device(dev), file, 0);
}

DEFINE_DRM_GEM_FOPS(helper_fops);

static const struct drm_driver helper_driver = {
	.driver_features = DRIVER_GEM | DRIVER_RENDER,
	.postclose = helper_postclose,
	.gem_create_object = helper_bo_new,
	.gem_prime_import_sg_table = helper_import,
	.ioctls = helper_ioctls,
	.num_ioctls = ARRAY_SIZE(helper_ioctls),
	.fops = &helper_fops,
	.name = SB_HELPER_DRIVER,
	.desc = "drm-shmem helpers, one by one",
#if HELPER_DATE
	.date = "20261122",
#endif
	.major = 1,
};

static void helper_unplug(void *dev)
{
	drm_dev_unplug(dev);
	helper_hw_stop(&to_helper_device(dev)->hw);
}

static int helper_probe(struct platform_device *pdev)
{
	struct helper_device *sdev;
	int ret;

	ret = dma_coerce_mask_and_coherent(&pdev->dev, DMA_BIT_MASK(64));
	if (ret)
		return ret;
	sdev = devm_drm_dev_alloc(&pdev->dev, &helper_driver,
				  struct helper_device, drm);
	if (IS_ERR(sdev))
		return PTR_ERR(sdev);
	dma_set_max_seg_size(&pdev->dev, UINT_MAX);
	sdev->index = pdev->id;
	spin_lock_init(&sdev->lock);
	INIT_LIST_HEAD(&sdev->held);
	init_waitqueue_head(&sdev->wait);
	ret = helper_hw_init(&sdev->hw, pdev);
	if (ret)
		return ret;
	ret = drmm_gem_shmem_init(&sdev->drm);
	if (ret)
		return ret;
	ret = drm_dev_register(&sdev->drm, 0);
	if (ret)
		return ret;
	return devm_add_action_or_reset(&pdev->dev, helper_unplug, &sdev->drm);
}

static struct platform_driver helper_platform_driver = {
	.probe = helper_probe,
	.driver = { .name = SB_HELPER_DRIVER },
};

static int __init helper_add(unsigned int index)
{
	struct sb_mmio mmio = {
		.driver = SB_HELPER_DRIVER,
		.file = kasprintf(GFP_KERNEL, SB_FILE_HELPER, index),
		.windows = { { .size = 0x1000 } },
		.num_irqs = 1,
	};

	return mmio.file ? sb_mmio_add(&mmio, index) : -ENOMEM;
}

static int __init helper_init(void)
{
	int ret;

	if (!helpers || !sb_dir())
		return 0;
	helper_reclaim_init();
	ret = platform_driver_register(&helper_platform_driver);
	for (unsigned int i = 0; !ret && i < min(helpers, SB_HELPERS); i++)
		ret = helper_add(i);
	if (ret)
		pr_err("device error: no stub device: %d\n", ret);
	return ret;
}

/* Late, because the DRM core is linked after this driver. */
late_initcall(helper_init);
