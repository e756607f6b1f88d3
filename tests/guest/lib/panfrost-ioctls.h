/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What 7.3 adds to panfrost's interface: contexts of the job manager, and SYNC_BO. Under
 * names of our own, because the UAPI header may have them or not.
 */
#ifndef GUEST_PANFROST_IOCTLS_H
#define GUEST_PANFROST_IOCTLS_H

#include <drm/panfrost_drm.h>

#define PAN_JM_CTX_LOW 0u

struct pan_jm_ctx_create {
	__u32 handle;
	__u32 priority;
};

struct pan_jm_ctx_destroy {
	__u32 handle;
	__u32 pad;
};

/* One range of a BO; @type is PAN_SYNC_*. */
struct pan_sync_op {
	__u32 handle;
	__u32 type;
	__u32 offset;
	__u32 size;
};

#define PAN_SYNC_FLUSH 0u
#define PAN_SYNC_FLUSH_AND_INVALIDATE 1u

/* @ops: address of @op_count struct pan_sync_op */
struct pan_sync_bo {
	__u64 ops;
	__u32 op_count;
	__u32 pad;
};

/* Flag of CREATE_BO: the CPU maps it with caches. */
#define PAN_BO_WB_MMAP 4u

#define PAN_IOCTL_JM_CTX_CREATE                                                \
	DRM_IOWR(DRM_COMMAND_BASE + 0x0a, struct pan_jm_ctx_create)
#define PAN_IOCTL_JM_CTX_DESTROY                                               \
	DRM_IOWR(DRM_COMMAND_BASE + 0x0b, struct pan_jm_ctx_destroy)
#define PAN_IOCTL_SYNC_BO DRM_IOWR(DRM_COMMAND_BASE + 0x0c, struct pan_sync_bo)

#endif
