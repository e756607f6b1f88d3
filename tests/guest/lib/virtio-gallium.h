/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Gallium's numbers (virglrenderer's virgl_hw.h), which the kernel passes on:
 * pipe_texture_target, virgl_formats, and bind flags.
 */
#ifndef GUEST_VIRTIO_GALLIUM_H
#define GUEST_VIRTIO_GALLIUM_H

#define TARGET_BUFFER 0
#define TARGET_2D 2
#define FORMAT_B8G8R8A8 1
#define FORMAT_R8 64
#define BIND_RENDER_TARGET (1u << 1)
#define BIND_VERTEX_BUFFER (1u << 4)

#endif
