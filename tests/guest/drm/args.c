// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The arguments of the ioctls of DRM's core that create, export, import or name BOs,
 * framebuffers and syncobjs, and who may call them.
 */
#include <errno.h>
#include <fcntl.h>

#include <drm/drm_fourcc.h>

#include "lib/args.h"
#include "lib/virtio-reclaim.h"

/* Handles, names and IDs that nobody has. */
#define NONE 7777
#define BAD ARGS_BAD_POINTER

/**
 * struct handles - of a card
 * @card: the card; we are its master
 * @bo: a dumb buffer, 64x64; @closed: one whose handle was closed
 * @dmabuf: an export of @bo
 * @syncobj: a syncobj
 */
struct handles {
	int card;
	uint32_t bo, closed;
	int dmabuf;
	uint32_t syncobj;
};

static struct handles handles_open(void)
{
	struct handles h = {.card = gpu_card()};
	struct drm_syncobj_create create = {0};
	struct bo bo = bo_dumb(h.card, 64, 64);

	bo_unmap(&bo);
	h.bo = bo.handle;
	h.dmabuf = drm_export(h.card, h.bo);
	bo = bo_dumb(h.card, 64, 64);
	h.closed = bo.handle;
	bo_close_wait(&bo);
	CHECK_SYS(drm_ioctl(h.card, DRM_IOCTL_SYNCOBJ_CREATE, &create));
	h.syncobj = create.handle;
	return h;
}

static void handles_close(const struct handles *h)
{
	CHECK_SYS(close(h->dmabuf));
	CHECK_SYS(close(h->card));
	WAIT_UNTIL(!res_count());
}

#define NO_HANDLES(request, error, type, ...)                                  \
	ARGS(request, error, type, .handle = 0, ##__VA_ARGS__),                \
		ARGS(request, error, type, .handle = NONE, ##__VA_ARGS__),     \
		ARGS(request, error, type, .handle = UINT32_MAX,               \
		     ##__VA_ARGS__),                                           \
		ARGS(request, error, type, .handle = h.closed, ##__VA_ARGS__)

TEST(gem, .name = "drm/args-gem",
     .about = "handles, names and dma-bufs that do not exist, and flags, are "
	      "refused")
{
	struct handles h = handles_open();
	int null = CHECK_SYS(open("/dev/null", O_RDWR | O_CLOEXEC));
	const struct args_row rows[] = {
		NO_HANDLES(DRM_IOCTL_GEM_CLOSE, EINVAL, drm_gem_close),
		NO_HANDLES(DRM_IOCTL_GEM_FLINK, ENOENT, drm_gem_flink),
		ARGS(DRM_IOCTL_GEM_FLINK, 0, drm_gem_flink, .handle = h.bo),
		ARGS(DRM_IOCTL_GEM_OPEN, ENOENT, drm_gem_open, .name = 0),
		ARGS(DRM_IOCTL_GEM_OPEN, ENOENT, drm_gem_open, .name = NONE),
		ARGS(DRM_IOCTL_GEM_OPEN, ENOENT, drm_gem_open,
		     .name = UINT32_MAX),
		NO_HANDLES(DRM_IOCTL_PRIME_HANDLE_TO_FD, ENOENT,
			   drm_prime_handle),
		ARGS(DRM_IOCTL_PRIME_HANDLE_TO_FD, EINVAL, drm_prime_handle,
		     .handle = h.bo, .flags = 1),
		ARGS(DRM_IOCTL_PRIME_HANDLE_TO_FD, EINVAL, drm_prime_handle,
		     .handle = h.bo, .flags = 1u << 31),
		ARGS(DRM_IOCTL_PRIME_HANDLE_TO_FD, 0, drm_prime_handle,
		     .handle = h.bo, .flags = DRM_RDWR | DRM_CLOEXEC),
		ARGS(DRM_IOCTL_PRIME_FD_TO_HANDLE, EBADF, drm_prime_handle,
		     .fd = -1),
		ARGS(DRM_IOCTL_PRIME_FD_TO_HANDLE, EBADF, drm_prime_handle,
		     .fd = NONE),
		ARGS(DRM_IOCTL_PRIME_FD_TO_HANDLE, EINVAL, drm_prime_handle,
		     .fd = null),
		ARGS(DRM_IOCTL_PRIME_FD_TO_HANDLE, EINVAL, drm_prime_handle,
		     .fd = h.card),
		/* Flags were never looked at here. */
		ARGS(DRM_IOCTL_PRIME_FD_TO_HANDLE, 0, drm_prime_handle,
		     .fd = h.dmabuf, .flags = UINT32_MAX),
	};

	ARGS_CHECK(h.card, rows);
	CHECK_SYS(close(null));
	handles_close(&h);
}

#define DUMB .width = 64, .height = 64, .bpp = 32
#define FB .width = 64, .height = 64, .pixel_format = DRM_FORMAT_XRGB8888

TEST(kms, .name = "drm/args-kms",
     .about = "dumb buffers and framebuffers that make no sense are refused")
{
	struct handles h = handles_open();
	const struct args_row rows[] = {
		ARGS(DRM_IOCTL_MODE_CREATE_DUMB, EINVAL, drm_mode_create_dumb,
		     .width = 0, .height = 64, .bpp = 32),
		ARGS(DRM_IOCTL_MODE_CREATE_DUMB, EINVAL, drm_mode_create_dumb,
		     .width = 64, .height = 0, .bpp = 32),
		ARGS(DRM_IOCTL_MODE_CREATE_DUMB, EINVAL, drm_mode_create_dumb,
		     .width = 64, .height = 64, .bpp = 0),
		ARGS(DRM_IOCTL_MODE_CREATE_DUMB, EINVAL, drm_mode_create_dumb,
		     .width = UINT32_MAX, .height = 1, .bpp = 32),
		ARGS(DRM_IOCTL_MODE_CREATE_DUMB, EINVAL, drm_mode_create_dumb,
		     .width = 1 << 16, .height = 1 << 16, .bpp = 32),
		ARGS(DRM_IOCTL_MODE_CREATE_DUMB, EINVAL, drm_mode_create_dumb,
		     .width = 64, .height = 64, .bpp = 24),
		NO_HANDLES(DRM_IOCTL_MODE_MAP_DUMB, ENOENT, drm_mode_map_dumb),
		ARGS(DRM_IOCTL_MODE_MAP_DUMB, 0, drm_mode_map_dumb,
		     .handle = h.bo),
		NO_HANDLES(DRM_IOCTL_MODE_DESTROY_DUMB, EINVAL,
			   drm_mode_destroy_dumb),
		ARGS(DRM_IOCTL_MODE_ADDFB2, EINVAL, drm_mode_fb_cmd2, FB,
		     .handles = {h.bo}, .pitches = {256}, .flags = 1u << 31),
		ARGS(DRM_IOCTL_MODE_ADDFB2, EINVAL, drm_mode_fb_cmd2, FB,
		     .handles = {0}, .pitches = {256}),
		ARGS(DRM_IOCTL_MODE_ADDFB2, EINVAL, drm_mode_fb_cmd2, FB,
		     .handles = {NONE}, .pitches = {256}),
		ARGS(DRM_IOCTL_MODE_ADDFB2, EINVAL, drm_mode_fb_cmd2, FB,
		     .handles = {h.closed}, .pitches = {256}),
		ARGS(DRM_IOCTL_MODE_ADDFB2, EINVAL, drm_mode_fb_cmd2, FB,
		     .handles = {h.bo}, .pitches = {0}),
		/* Only with modifiers, this is refused. */
		ARGS(DRM_IOCTL_MODE_ADDFB2, 0, drm_mode_fb_cmd2, FB,
		     .handles = {h.bo, h.bo}, .pitches = {256, 256}),
		ARGS(DRM_IOCTL_MODE_ADDFB2, EINVAL, drm_mode_fb_cmd2,
		     .width = 0, .height = 64,
		     .pixel_format = DRM_FORMAT_XRGB8888, .handles = {h.bo},
		     .pitches = {256}),
		ARGS(DRM_IOCTL_MODE_ADDFB2, EINVAL, drm_mode_fb_cmd2,
		     .width = 64, .height = UINT32_MAX,
		     .pixel_format = DRM_FORMAT_XRGB8888, .handles = {h.bo},
		     .pitches = {256}),
		ARGS(DRM_IOCTL_MODE_ADDFB2, EINVAL, drm_mode_fb_cmd2,
		     .width = 64, .height = 64, .pixel_format = 0,
		     .handles = {h.bo}, .pitches = {256}),
		ARGS(DRM_IOCTL_MODE_ADDFB2, ERANGE, drm_mode_fb_cmd2, FB,
		     .handles = {h.bo}, .pitches = {256},
		     .offsets = {UINT32_MAX}),
		ARGS(DRM_IOCTL_MODE_ADDFB2, 0, drm_mode_fb_cmd2, FB,
		     .handles = {h.bo}, .pitches = {256}),
		ARGS(DRM_IOCTL_MODE_ADDFB, EINVAL, drm_mode_fb_cmd, .width = 64,
		     .height = 64, .pitch = 256, .bpp = 32, .depth = 77,
		     .handle = h.bo),
		ARGS(DRM_IOCTL_MODE_GETFB, ENOENT, drm_mode_fb_cmd,
		     .fb_id = NONE),
		ARGS(DRM_IOCTL_MODE_DIRTYFB, ENOENT, drm_mode_fb_dirty_cmd,
		     .fb_id = NONE),
		ARGS(DRM_IOCTL_MODE_PAGE_FLIP, ENOENT, drm_mode_crtc_page_flip,
		     .crtc_id = NONE),
		ARGS(DRM_IOCTL_MODE_PAGE_FLIP, EINVAL, drm_mode_crtc_page_flip,
		     .crtc_id = NONE, .flags = 1u << 31),
		ARGS(DRM_IOCTL_MODE_SETCRTC, ENOENT, drm_mode_crtc,
		     .crtc_id = NONE),
		ARGS(DRM_IOCTL_MODE_CURSOR2, ENOENT, drm_mode_cursor2,
		     .crtc_id = NONE, .flags = DRM_MODE_CURSOR_BO),
		ARGS(DRM_IOCTL_MODE_CURSOR2, EINVAL, drm_mode_cursor2,
		     .crtc_id = NONE, .flags = 0),
		/* Last: it may get the number of the closed one. */
		ARGS(DRM_IOCTL_MODE_CREATE_DUMB, 0, drm_mode_create_dumb, DUMB),
	};

	ARGS_CHECK(h.card, rows);
	handles_close(&h);
}

TEST(syncobj, .name = "drm/args-syncobj",
     .about = "syncobjs that do not exist, flags and padding are refused")
{
	struct handles h = handles_open();
	uint32_t bad[] = {NONE}, good[] = {h.syncobj};
	const struct args_row rows[] = {
		ARGS(DRM_IOCTL_SYNCOBJ_CREATE, EINVAL, drm_syncobj_create,
		     .flags = 2),
		ARGS(DRM_IOCTL_SYNCOBJ_CREATE, 0, drm_syncobj_create,
		     .flags = 1),
		ARGS(DRM_IOCTL_SYNCOBJ_DESTROY, EINVAL, drm_syncobj_destroy,
		     .handle = NONE),
		ARGS(DRM_IOCTL_SYNCOBJ_DESTROY, EINVAL, drm_syncobj_destroy,
		     .handle = h.syncobj, .pad = 1),
		ARGS(DRM_IOCTL_SYNCOBJ_HANDLE_TO_FD, EINVAL, drm_syncobj_handle,
		     .handle = NONE),
		ARGS(DRM_IOCTL_SYNCOBJ_HANDLE_TO_FD, EINVAL, drm_syncobj_handle,
		     .handle = h.syncobj, .pad = 1),
		ARGS(DRM_IOCTL_SYNCOBJ_HANDLE_TO_FD, EINVAL, drm_syncobj_handle,
		     .handle = h.syncobj, .flags = 8),
		ARGS(DRM_IOCTL_SYNCOBJ_HANDLE_TO_FD, 0, drm_syncobj_handle,
		     .handle = h.syncobj),
		ARGS(DRM_IOCTL_SYNCOBJ_FD_TO_HANDLE, EINVAL, drm_syncobj_handle,
		     .fd = -1),
		ARGS(DRM_IOCTL_SYNCOBJ_FD_TO_HANDLE, EINVAL, drm_syncobj_handle,
		     .fd = h.card),
		ARGS(DRM_IOCTL_SYNCOBJ_FD_TO_HANDLE, EINVAL, drm_syncobj_handle,
		     .fd = h.dmabuf),
		ARGS(DRM_IOCTL_SYNCOBJ_WAIT, EINVAL, drm_syncobj_wait,
		     .handles = (uintptr_t)good, .count_handles = 1,
		     .flags = 1u << 31),
		ARGS(DRM_IOCTL_SYNCOBJ_WAIT, ENOENT, drm_syncobj_wait,
		     .handles = (uintptr_t)bad, .count_handles = 1),
		ARGS(DRM_IOCTL_SYNCOBJ_WAIT, EFAULT, drm_syncobj_wait,
		     .handles = BAD, .count_handles = 1),
		ARGS(DRM_IOCTL_SYNCOBJ_SIGNAL, EINVAL, drm_syncobj_array,
		     .handles = (uintptr_t)good, .count_handles = 0),
		ARGS(DRM_IOCTL_SYNCOBJ_SIGNAL, EINVAL, drm_syncobj_array,
		     .handles = (uintptr_t)good, .count_handles = 1, .pad = 1),
		ARGS(DRM_IOCTL_SYNCOBJ_SIGNAL, ENOENT, drm_syncobj_array,
		     .handles = (uintptr_t)bad, .count_handles = 1),
		ARGS(DRM_IOCTL_SYNCOBJ_RESET, EFAULT, drm_syncobj_array,
		     .handles = BAD, .count_handles = 1),
		ARGS(DRM_IOCTL_SYNCOBJ_SIGNAL, 0, drm_syncobj_array,
		     .handles = (uintptr_t)good, .count_handles = 1),
	};

	ARGS_CHECK(h.card, rows);
	handles_close(&h);
}

TEST(render, .name = "drm/args-render",
     .about = "a render node refuses names, dumb buffers and modesetting; a "
	      "card refuses modesetting to all but its master")
{
	GPU(fd);
	BO(bo, bo_buffer(fd, PAGE));
	const struct args_row rows[] = {
		ARGS(DRM_IOCTL_GEM_FLINK, EACCES, drm_gem_flink,
		     .handle = bo.handle),
		ARGS(DRM_IOCTL_GEM_OPEN, EACCES, drm_gem_open, .name = 1),
		ARGS(DRM_IOCTL_MODE_CREATE_DUMB, EACCES, drm_mode_create_dumb,
		     DUMB),
		ARGS(DRM_IOCTL_MODE_MAP_DUMB, EACCES, drm_mode_map_dumb,
		     .handle = bo.handle),
		ARGS(DRM_IOCTL_MODE_ADDFB2, EACCES, drm_mode_fb_cmd2, FB,
		     .handles = {bo.handle}, .pitches = {256}),
		ARGS(DRM_IOCTL_MODE_SETCRTC, EACCES, drm_mode_crtc,
		     .crtc_id = NONE),
		ARGS(DRM_IOCTL_MODE_PAGE_FLIP, EACCES, drm_mode_crtc_page_flip,
		     .crtc_id = NONE),
		ARGS(DRM_IOCTL_MODE_CURSOR2, EACCES, drm_mode_cursor2,
		     .crtc_id = NONE),
		ARGS(DRM_IOCTL_MODE_DIRTYFB, EACCES, drm_mode_fb_dirty_cmd,
		     .fb_id = NONE),
		ARGS(DRM_IOCTL_PRIME_HANDLE_TO_FD, 0, drm_prime_handle,
		     .handle = bo.handle),
	};
	int master = gpu_card(), other = gpu_card();
	struct bo shown = bo_dumb(other, 64, 64);
	const struct args_row no_master[] = {
		ARGS(DRM_IOCTL_MODE_SETCRTC, EACCES, drm_mode_crtc,
		     .crtc_id = NONE),
		ARGS(DRM_IOCTL_MODE_PAGE_FLIP, EACCES, drm_mode_crtc_page_flip,
		     .crtc_id = NONE),
		ARGS(DRM_IOCTL_MODE_CURSOR2, EACCES, drm_mode_cursor2,
		     .crtc_id = NONE),
		ARGS(DRM_IOCTL_MODE_DIRTYFB, EACCES, drm_mode_fb_dirty_cmd,
		     .fb_id = NONE),
		ARGS(DRM_IOCTL_MODE_ADDFB2, 0, drm_mode_fb_cmd2, FB,
		     .handles = {shown.handle}, .pitches = {256}),
		ARGS(DRM_IOCTL_MODE_CREATE_DUMB, 0, drm_mode_create_dumb, DUMB),
	};

	ARGS_CHECK(fd, rows);
	ARGS_CHECK(other, no_master);
	bo_close(&shown);
	CHECK_SYS(close(other));
	CHECK_SYS(close(master));
}
