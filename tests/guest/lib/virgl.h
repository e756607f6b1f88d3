/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Commands of virgl for an execbuffer, as Mesa sends them: VIRGL_HEADER() and the words
 * that follow it. Only those that the device carries out.
 */
#ifndef GUEST_VIRGL_H
#define GUEST_VIRGL_H

#include "lib/virtio-gpu.h"

#define VIRGL_CREATE_OBJECT 1
#define VIRGL_SET_FRAMEBUFFER 5
#define VIRGL_CLEAR 7
#define VIRGL_INLINE_WRITE 9
#define VIRGL_COPY_REGION 17
#define VIRGL_TRANSFER 43
#define VIRGL_COPY_TRANSFER 45

#define VIRGL_SURFACE 8 /* an object */
#define VIRGL_CLEAR_COLOR0 4
#define VIRGL_TO_HOST 1 /* directions of VIRGL_TRANSFER */
#define VIRGL_FROM_HOST 2
#define VIRGL_B8G8R8A8 1

/* @len: words that follow */
#define VIRGL_HEADER(command, len) ((command) | (uint32_t)(len) << 16)
#define VIRGL_CREATE(object, len)                                              \
	(VIRGL_HEADER(VIRGL_CREATE_OBJECT, len) | (object) << 8)

/*
 * Execbuffer of @count words that uses the @bo_count BOs @bos, and wait until it is
 * done. The device may refuse it; see refused_take().
 */
void virgl_exec(int fd, const uint32_t *words, size_t count,
		const struct bo *const *bos, size_t bo_count);

/* Likewise of these words, for an array of BOs. */
#define VIRGL_EXEC(fd, bos, ...)                                               \
	virgl_exec(fd, (const uint32_t[]){__VA_ARGS__},                        \
		   sizeof((const uint32_t[]){__VA_ARGS__}) / sizeof(uint32_t), \
		   bos, sizeof(bos) / sizeof(*(bos)))

#endif
