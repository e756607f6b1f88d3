// SPDX-License-Identifier: GPL-2.0-or-later
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

#include <drm/drm_mode.h>

#include "lib/caps.h"
#include "lib/device-file.h"
#include "lib/virtio-gallium.h"
#include "lib/virtio-gpu.h"

int gpu_card(void)
{
	struct drm_virtgpu_context_init arg = {};
	int fd = drm_open(DRM_VIRTIO, DRM_CARD);

	/*
	 * Without it, dumb buffers would never be attached to a context that comes
	 * later (tests/KERNEL-BUGS.md, 46), so there has to be one before them. (The
	 * device may have none.)
	 */
	if (!caps_promised("virtio-late-context"))
		drm_ioctl(fd, DRM_IOCTL_VIRTGPU_CONTEXT_INIT, &arg);
	return fd;
}

int gpu_render(void)
{
	return drm_open(DRM_VIRTIO, DRM_RENDER);
}

char *gpu_device(void)
{
	DIR *dir = opendir(GPU_DRIVER);
	struct dirent *entry;
	char *name = NULL;

	CHECK(dir);
	while (!name && (entry = readdir(dir)))
		if (!strncmp(entry->d_name, "virtio", strlen("virtio")))
			name = strdup(entry->d_name);
	closedir(dir);
	if (!name)
		FAIL("no device is bound in " GPU_DRIVER);
	return name;
}

void gpu_unbind(const char *device)
{
	file_write(GPU_DRIVER "/unbind", device);
}

void gpu_bind(const char *device)
{
	file_write(GPU_DRIVER "/bind", device);
}

int gpu_param(int fd, uint64_t param)
{
	int value = -1;
	struct drm_virtgpu_getparam arg = {
		.param = param,
		.value = (uintptr_t)&value,
	};

	CHECK_SYS(drm_ioctl(fd, DRM_IOCTL_VIRTGPU_GETPARAM, &arg));
	return value;
}

uint64_t bo_map_offset(const struct bo *bo)
{
	struct drm_virtgpu_map arg = {.handle = bo->handle};

	CHECK_SYS(drm_ioctl(bo->fd, DRM_IOCTL_VIRTGPU_MAP, &arg));
	return arg.offset;
}

void bo_map(struct bo *bo)
{
	bo->map = drm_mmap(bo->fd, bo_map_offset(bo), bo->size);
}

void bo_unmap(struct bo *bo)
{
	CHECK_SYS(munmap(bo->map, bo->size));
	bo->map = NULL;
}

void bo_close(struct bo *bo)
{
	if (bo->map)
		bo_unmap(bo);
	drm_gem_close(bo->fd, bo->handle);
	bo->handle = 0;
}

void bo_close_wait(struct bo *bo)
{
	bo_close(bo);
	WAIT_UNTIL(!res_exists(bo->res));
}

void bo_cleanup(struct bo *bo)
{
	if (bo->handle)
		bo_close(bo);
	WAIT_UNTIL(!res_exists(bo->res));
}

struct bo bo_of_handle(int fd, uint32_t handle)
{
	struct drm_virtgpu_resource_info arg = {.bo_handle = handle};

	CHECK_SYS(drm_ioctl(fd, DRM_IOCTL_VIRTGPU_RESOURCE_INFO, &arg));
	return (struct bo){
		.fd = fd,
		.handle = handle,
		.res = arg.res_handle,
		.size = arg.size,
	};
}

struct bo bo_dumb(int fd, uint32_t width, uint32_t height)
{
	struct drm_mode_create_dumb arg = {
		.width = width,
		.height = height,
		.bpp = 32,
	};
	struct bo bo;

	CHECK_SYS(drm_ioctl(fd, DRM_IOCTL_MODE_CREATE_DUMB, &arg));
	bo = bo_of_handle(fd, arg.handle);
	CHECK_EQ(bo.size, arg.size);
	bo.pitch = arg.pitch;
	bo_map(&bo);
	return bo;
}

static struct bo bo_create(int fd, struct drm_virtgpu_resource_create arg)
{
	struct bo bo = {.fd = fd, .size = arg.size};

	CHECK_SYS(drm_ioctl(fd, DRM_IOCTL_VIRTGPU_RESOURCE_CREATE, &arg));
	bo.handle = arg.bo_handle;
	bo.res = arg.res_handle;
	return bo;
}

struct bo bo_buffer_unmapped(int fd, size_t size)
{
	return bo_create(fd, (struct drm_virtgpu_resource_create){
				     .target = TARGET_BUFFER,
				     .format = FORMAT_R8,
				     .bind = BIND_VERTEX_BUFFER,
				     .width = (uint32_t)size,
				     .height = 1,
				     .depth = 1,
				     .array_size = 1,
				     .size = (uint32_t)size,
			     });
}

struct bo bo_buffer(int fd, size_t size)
{
	struct bo bo = bo_buffer_unmapped(fd, size);

	bo_map(&bo);
	return bo;
}

struct bo bo_texture(int fd, uint32_t width, uint32_t height)
{
	struct bo bo;

	bo = bo_create(fd, (struct drm_virtgpu_resource_create){
				   .target = TARGET_2D,
				   .format = FORMAT_B8G8R8A8,
				   .bind = BIND_RENDER_TARGET,
				   .width = width,
				   .height = height,
				   .depth = 1,
				   .array_size = 1,
				   .size = width * height * 4,
			   });
	bo.pitch = width * 4;
	bo_map(&bo);
	return bo;
}

struct bo bo_blob(int fd, size_t size)
{
	struct drm_virtgpu_resource_create_blob arg = {
		.blob_mem = VIRTGPU_BLOB_MEM_GUEST,
		.blob_flags = VIRTGPU_BLOB_FLAG_USE_MAPPABLE |
			      VIRTGPU_BLOB_FLAG_USE_SHAREABLE,
		.size = size,
	};
	struct bo bo = {.fd = fd, .size = size};

	CHECK_SYS(drm_ioctl(fd, DRM_IOCTL_VIRTGPU_RESOURCE_CREATE_BLOB, &arg));
	bo.handle = arg.bo_handle;
	bo.res = arg.res_handle;
	bo_map(&bo);
	return bo;
}

void bo_to_host_box(const struct bo *bo, struct drm_virtgpu_3d_box box,
		    uint32_t offset)
{
	struct drm_virtgpu_3d_transfer_to_host arg = {
		.bo_handle = bo->handle,
		.box = box,
		.offset = offset,
	};

	CHECK_SYS(drm_ioctl(bo->fd, DRM_IOCTL_VIRTGPU_TRANSFER_TO_HOST, &arg));
	bo_wait(bo);
}

void bo_from_host_box(const struct bo *bo, struct drm_virtgpu_3d_box box,
		      uint32_t offset)
{
	struct drm_virtgpu_3d_transfer_from_host arg = {
		.bo_handle = bo->handle,
		.box = box,
		.offset = offset,
	};

	CHECK_SYS(
		drm_ioctl(bo->fd, DRM_IOCTL_VIRTGPU_TRANSFER_FROM_HOST, &arg));
	bo_wait(bo);
}

static struct drm_virtgpu_3d_box whole(const struct bo *bo)
{
	if (!bo->pitch)
		return (struct drm_virtgpu_3d_box){
			.w = (uint32_t)bo->size,
			.h = 1,
			.d = 1,
		};
	return (struct drm_virtgpu_3d_box){
		.w = bo->pitch / 4,
		.h = (uint32_t)bo->size / bo->pitch,
		.d = 1,
	};
}

void bo_to_host(const struct bo *bo)
{
	bo_to_host_box(bo, whole(bo), 0);
}

void bo_from_host(const struct bo *bo)
{
	bo_from_host_box(bo, whole(bo), 0);
}

void bo_wait(const struct bo *bo)
{
	struct drm_virtgpu_3d_wait arg = {.handle = bo->handle};

	CHECK_SYS(drm_ioctl(bo->fd, DRM_IOCTL_VIRTGPU_WAIT, &arg));
}

bool bo_busy(const struct bo *bo)
{
	struct drm_virtgpu_3d_wait arg = {
		.handle = bo->handle,
		.flags = VIRTGPU_WAIT_NOWAIT,
	};

	if (drm_ioctl(bo->fd, DRM_IOCTL_VIRTGPU_WAIT, &arg) == -1) {
		if (errno == EBUSY)
			return true;
		FAIL("VIRTGPU_WAIT: %s", test_errno());
	}
	return false;
}

int gpu_exec_fence(int fd, const struct sb_exec *exec, size_t count,
		   const struct bo *const *bos, size_t bo_count, int in_fence)
{
	uint32_t handles[8];
	struct drm_virtgpu_execbuffer arg = {
		.flags = VIRTGPU_EXECBUF_FENCE_FD_OUT |
			 (in_fence == -1 ? 0 : VIRTGPU_EXECBUF_FENCE_FD_IN),
		.size = (uint32_t)(count * sizeof(*exec)),
		.command = (uintptr_t)exec,
		.bo_handles = (uintptr_t)handles,
		.num_bo_handles = (uint32_t)bo_count,
		.fence_fd = in_fence,
	};

	CHECK(bo_count <= sizeof(handles) / sizeof(*handles));
	for (size_t i = 0; i < bo_count; i++)
		handles[i] = bos[i]->handle;
	CHECK_SYS(drm_ioctl(fd, DRM_IOCTL_VIRTGPU_EXECBUFFER, &arg));
	return arg.fence_fd;
}

void gpu_exec(int fd, const struct sb_exec *exec, size_t count,
	      const struct bo *const *bos, size_t bo_count)
{
	int fence = gpu_exec_fence(fd, exec, count, bos, bo_count, -1);

	CHECK(sync_file_wait(fence, 10000));
	CHECK_EQ(sync_file_status(fence), 1);
	CHECK_SYS(close(fence));
}

struct sb_exec exec_nop(void)
{
	return (struct sb_exec){
		.op = SB_EXEC_NOP,
		.words = SB_EXEC_WORDS,
	};
}

struct sb_exec exec_fill(const struct bo *dst, uint64_t offset, uint64_t len,
			 uint32_t pattern)
{
	return (struct sb_exec){
		.op = SB_EXEC_FILL,
		.words = SB_EXEC_WORDS,
		.dst_res = dst->res,
		.dst_off = offset,
		.len = len,
		.pattern = pattern,
	};
}

struct sb_exec exec_copy(const struct bo *dst, uint64_t dst_offset,
			 const struct bo *src, uint64_t src_offset,
			 uint64_t len)
{
	return (struct sb_exec){
		.op = SB_EXEC_COPY,
		.words = SB_EXEC_WORDS,
		.src_res = src->res,
		.src_off = src_offset,
		.dst_res = dst->res,
		.dst_off = dst_offset,
		.len = len,
	};
}

struct sb_exec exec_checksum(const struct bo *dst, uint64_t dst_offset,
			     const struct bo *src, uint64_t src_offset,
			     uint64_t len)
{
	struct sb_exec exec = exec_copy(dst, dst_offset, src, src_offset, len);

	exec.op = SB_EXEC_CHECKSUM;
	return exec;
}

/*
 * Open a file of resource @res; -1 if there is no such resource. A resource may go
 * away at any moment.
 */
static int res_open(uint32_t res, const char *file)
{
	char path[64];
	int fd;

	snprintf(path, sizeof(path), "virtio-gpu/resources/%u/%s", res, file);
	fd = device_file_open(path);
	if (fd == -1)
		CHECK_EQ(errno, ENOENT);
	return fd;
}

bool res_exists(uint32_t res)
{
	int fd = res_open(res, "info");

	if (fd != -1)
		CHECK_SYS(close(fd));
	return fd != -1;
}

size_t res_pages(uint32_t res)
{
	unsigned int entries;
	unsigned long bytes = 0;
	char path[64];
	char *info, *line;

	snprintf(path, sizeof(path), "virtio-gpu/resources/%u/info", res);
	info = device_read(path);
	if (!info)
		FAIL("the device has no resource %u", res);
	line = strstr(info, "\nbacking ");
	CHECK(line);
	if (strncmp(line, "\nbacking none\n", 14))
		CHECK_EQ(sscanf(line, "\nbacking entries %u bytes %lu",
				&entries, &bytes),
			 2);
	free(info);
	CHECK_EQ(bytes % PAGE, 0);
	return bytes / PAGE;
}

bool res_attached(uint32_t res)
{
	char path[64];
	char *info, *line;
	bool attached;

	snprintf(path, sizeof(path), "virtio-gpu/resources/%u/info", res);
	info = device_read(path);
	if (!info)
		FAIL("the device has no resource %u", res);
	line = strstr(info, "\ncontexts");
	CHECK(line);
	attached = strncmp(line, "\ncontexts\n", 10);
	free(info);
	return attached;
}

/* Number of lines of the file "leaks" that begin with @start. */
static unsigned int leak_count(const char *start)
{
	char *text = device_read("leaks");
	unsigned int count = 0;
	char *save;

	CHECK(text);
	for (char *line = strtok_r(text, "\n", &save); line;
	     line = strtok_r(NULL, "\n", &save))
		count += !strncmp(line, start, strlen(start));
	free(text);
	return count;
}

unsigned int res_count(void)
{
	return leak_count("virtio-gpu resource ");
}

unsigned int ctx_count(void)
{
	return leak_count("virtio-gpu context ");
}

/* The number after @name in the state of a scanout. */
static uint32_t scanout_field(unsigned int scanout, const char *name)
{
	char path[64];
	char *text, *at;
	uint32_t value;

	snprintf(path, sizeof(path), "virtio-gpu/scanouts/%u", scanout);
	text = device_read(path);
	CHECK(text);
	at = strstr(text, name);
	CHECK(at);
	CHECK_EQ(sscanf(at + strlen(name), "%u", &value), 1);
	free(text);
	return value;
}

uint32_t scanout_resource(unsigned int scanout)
{
	return scanout_field(scanout, "\nresource ");
}

uint32_t cursor_resource(unsigned int scanout)
{
	return scanout_field(scanout, "\ncursor resource ");
}

void *res_data(uint32_t res, size_t offset, size_t size)
{
	char *data = malloc(size);
	int fd = res_open(res, "data");

	CHECK(data);
	if (fd == -1)
		FAIL("the device has no resource %u", res);
	/* A read at offset 0 takes a new snapshot. */
	CHECK_EQ(CHECK_SYS(pread(fd, data, 1, 0)), 1);
	for (size_t done = 0; done < size;) {
		size_t part =
			size - done < SB_HOST_MAX ? size - done : SB_HOST_MAX;
		ssize_t ret = CHECK_SYS(
			pread(fd, data + done, part, (off_t)(offset + done)));

		if (!ret)
			FAIL("resource %u holds %zu bytes, not %zu", res,
			     offset + done, offset + size);
		done += (size_t)ret;
	}
	CHECK_SYS(close(fd));
	return data;
}

void res_expect(const struct bo *bo, uint32_t bo_number, uint32_t generation)
{
	stamp_expect("virtio-gpu", bo->res, bo_number, generation);
}

void res_forget(const struct bo *bo)
{
	stamp_forget("virtio-gpu", bo->res);
}

void res_forget_unused(const struct bo *bo, const char *why)
{
	stamp_forget_unused("virtio-gpu", bo->res, why);
}

void cmd_hold(const char *kind)
{
	device_write("faults", "hold virtio-gpu %s\n", kind);
}

void cmd_release(const char *kind)
{
	device_write("faults", "release virtio-gpu %s\n", kind);
}

void cmd_fail(const char *kind)
{
	device_write("faults", "fail virtio-gpu %s 1\n", kind);
}

bool cmd_pending(const char *kind)
{
	char *text = device_read("virtio-gpu/pending");
	bool found;

	CHECK(text);
	found = *kind ? strstr(text, kind) != NULL : *text;
	free(text);
	/* A misspelt kind is never pending: cmd_seen() fails the test then. */
	if (*kind && !found)
		cmd_seen(kind);
	return found;
}

unsigned int cmd_seen(const char *kind)
{
	char *text = device_read("virtio-gpu/counters");
	size_t len = strcspn(kind, " ");
	unsigned int seen = 0;
	bool found = false;
	char *save;

	CHECK(text);
	for (char *line = strtok_r(text, "\n", &save); line && !found;
	     line = strtok_r(NULL, "\n", &save))
		found = !strncmp(line, kind, len) &&
			sscanf(line + len, " seen %u", &seen) == 1;
	free(text);
	if (!found)
		FAIL("virtio-gpu has no command called \"%s\"", kind);
	return seen;
}
