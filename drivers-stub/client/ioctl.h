/* SPDX-License-Identifier: GPL-2.0-only OR GPL-2.0-or-later */
/*
 * /dev/drm-client: the kernel itself draws on a device, as its emulation of fbdev
 * does. An open file is a client with one framebuffer, which is deleted when the
 * file is closed. read() and write() access the content, through a short mapping
 * if there is no long one.
 */
#ifndef SHRINKBENCH_CLIENT_PROTOCOL_H
#define SHRINKBENCH_CLIENT_PROTOCOL_H

#include <linux/ioctl.h>
#include <linux/types.h>

/**
 * struct sb_client_create - make the framebuffer, XRGB8888
 * @fd: in: a DRM file of the device, which must have a display (else EOPNOTSUPP)
 * @width: in: pixels
 * @height: in: pixels
 * @size: out: bytes
 */
struct sb_client_create {
	__s32 fd;
	__u32 width;
	__u32 height;
	__u32 size;
};

/* EBUSY: the file has a framebuffer already. */
#define SB_CLIENT_CREATE _IOWR('C', 1, struct sb_client_create)
/* Map it for long, which pins it. EBUSY if it is mapped. */
#define SB_CLIENT_VMAP _IO('C', 2)
/* Undo that. EINVAL if it is not mapped. */
#define SB_CLIENT_VUNMAP _IO('C', 3)
/* Show it on every output. EBUSY while a process is the device's master. */
#define SB_CLIENT_SHOW _IO('C', 4)
/* Send the content to the device, if it is shown. */
#define SB_CLIENT_FLUSH _IO('C', 5)

#endif
