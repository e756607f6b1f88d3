/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Contexts of panfrost's job manager. Not every kernel has them; under names
 * of our own, because the UAPI header may have them or not.
 */
#ifndef GUEST_JM_CTX_H
#define GUEST_JM_CTX_H

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

#define PAN_IOCTL_JM_CTX_CREATE                                                \
	DRM_IOWR(DRM_COMMAND_BASE + 0x0a, struct pan_jm_ctx_create)
#define PAN_IOCTL_JM_CTX_DESTROY                                               \
	DRM_IOWR(DRM_COMMAND_BASE + 0x0b, struct pan_jm_ctx_destroy)

#endif
