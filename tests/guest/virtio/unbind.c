// SPDX-License-Identifier: GPL-2.0-or-later
/* The driver is unbound from the device, and bound again. */
#include <errno.h>
#include <libgen.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

#include "lib/bind.h"
#include "lib/caps.h"
#include "lib/virtio-gpu.h"
#include "display.h"

#define SIZE (16 * PAGE)
#define TRANSPORT "/sys/bus/platform/drivers/virtio-mmio"

static void unbind(const char *name)
{
	gpu_unbind(name);
	CHECK_ERRNO(drm_try_open(DRM_VIRTIO, DRM_RENDER), ENODEV);
	CHECK_EQ(res_count(), 0);
	CHECK_EQ(ctx_count(), 0);
}

static void check_works(void)
{
	int fd = gpu_render();
	struct bo bo = bo_buffer(fd, SIZE);

	stamp_fill(bo.map, SIZE, 99, 1);
	res_expect(&bo, 99, 1);
	bo_to_host(&bo);
	memset(bo.map, 0, SIZE);
	res_forget(&bo);
	bo_from_host(&bo);
	stamp_verify(bo.map, SIZE, 99, 1);
	bo_close(&bo);
	CHECK_SYS(close(fd));
	WAIT_UNTIL(!res_exists(bo.res));
}

TEST(again, .name = "virtio/unbind",
     .about = "the driver works each time after three unbinds and binds")
{
	char *name = gpu_device();

	for (int i = 0; i < 3; i++) {
		check_works();
		unbind(name);
		gpu_bind(name);
	}
	check_works();
	free(name);
}

TEST(shrinker, .name = "virtio/unbind-shrinker", .needs = "virtio-shrinker",
     .about = "the shrinker goes with its device, and there is one when it is "
	      "bound again")
{
	char *name = gpu_device(), *shrinker = drm_shrinker(DRM_VIRTIO);

	for (int i = 0; i < 2; i++) {
		CHECK(shrinker_exists(shrinker));
		unbind(name);
		WAIT_UNTIL(!shrinker_exists(shrinker));
		mem_drop_caches();
		gpu_bind(name);
	}
	CHECK(shrinker_exists(shrinker));
	CHECK_EQ(shrinker_count(shrinker), 0);
	check_works();
	free(shrinker);
	free(name);
}

TEST(transport, .name = "virtio/unbind-transport",
     .about = "the transport below the driver can be unbound and bound again, "
	      "too")
{
	char path[256];
	char *real, *parent, *name = gpu_device();

	snprintf(path, sizeof(path), GPU_DRIVER "/%s", name);
	real = realpath(path, NULL);
	CHECK(real);
	parent = basename(dirname(real));
	check_works();
	file_write(TRANSPORT "/unbind", parent);
	CHECK_EQ(drm_try_open(DRM_VIRTIO, DRM_RENDER), -1);
	file_write(TRANSPORT "/bind", parent);
	check_works();
	free(real);
	free(name);
}

/*
 * The tests below bind the driver again only after the old device has been freed.
 * While something keeps it, its slab cache exists, and creating a second one with
 * the same name is a WARNING in kernels with CONFIG_DEBUG_VM.
 */
TEST(open_file, .name = "virtio/unbind-open",
     .about = "an open file outlives its device: every ioctl is ENODEV")
{
	char *name = gpu_device();
	int fd = gpu_render();
	int value;
	struct drm_virtgpu_getparam arg = {
		.param = VIRTGPU_PARAM_3D_FEATURES,
		.value = (uintptr_t)&value,
	};

	CHECK_EQ(gpu_param(fd, VIRTGPU_PARAM_3D_FEATURES), 1);
	unbind(name);
	CHECK_ERRNO(drm_ioctl(fd, DRM_IOCTL_VIRTGPU_GETPARAM, &arg), ENODEV);
	CHECK_ERRNO((intptr_t)mmap(NULL, PAGE, PROT_READ, MAP_SHARED, fd, 0),
		    ENODEV);
	CHECK_SYS(close(fd));
	gpu_bind(name);
	check_works();
	free(name);
}

TEST(mapped, .name = "virtio/unbind-mapped", .boot_needs = "virtio-late-free",
     .about = "a mapped BO without a handle keeps its content after the device")
{
	char *name = gpu_device();
	int fd = gpu_render();
	struct bo bo = bo_buffer(fd, SIZE);

	stamp_fill(bo.map, SIZE, 1, 1);
	bo_wait(&bo);
	drm_gem_close(fd, bo.handle);
	/* The mapping has the last reference of the file. */
	CHECK_SYS(close(fd));
	unbind(name);
	/* The CPU's page tables are empty: this faults all pages in again. */
	stamp_verify(bo.map, SIZE, 1, 1);
	stamp_fill(bo.map, SIZE, 1, 2);
	stamp_verify(bo.map, SIZE, 1, 2);
	bo_unmap(&bo);
	gpu_bind(name);
	check_works();
	free(name);
}

TEST(exported, .name = "virtio/unbind-exported",
     .boot_needs = "virtio-late-free",
     .about = "a dma-buf outlives device, file and handle with its content")
{
	char *name = gpu_device();
	int fd = gpu_render();
	int vgem = drm_open(DRM_VGEM, DRM_CARD);
	struct bo bo = bo_buffer(fd, SIZE);
	int dmabuf = drm_export(fd, bo.handle);
	uint32_t imported = drm_import(vgem, dmabuf);
	void *map;

	stamp_fill(bo.map, SIZE, 1, 1);
	bo_wait(&bo);
	bo_close(&bo);
	CHECK_SYS(close(fd));
	unbind(name);
	map = dmabuf_mmap(dmabuf);
	stamp_verify(map, SIZE, 1, 1);
	CHECK_SYS(munmap(map, SIZE));
	CHECK_SYS(close(dmabuf));
	dmabuf = drm_export(vgem, imported);
	map = dmabuf_mmap(dmabuf);
	stamp_verify(map, SIZE, 1, 1);
	CHECK_SYS(munmap(map, SIZE));
	CHECK_SYS(close(dmabuf));
	drm_gem_close(vgem, imported);
	gpu_bind(name);
	check_works();
	free(name);
}

/* 7.2 has a bug here (tests/KERNEL-BUGS.md, 76). */
TEST(held, .name = "virtio/unbind-held", .fixed_with = "virtio-reclaim-vbufs",
     .about = "unbinding does not wait for work under way but cancels it")
{
	char *name = gpu_device();
	int fd = gpu_render();
	struct bo bo = bo_buffer(fd, SIZE);
	struct sb_exec exec = exec_nop();
	struct drm_virtgpu_execbuffer arg = {
		.size = sizeof(exec),
		.command = (uintptr_t)&exec,
	};

	bo_wait(&bo);
	cmd_hold("SUBMIT_3D");
	cmd_hold("RESOURCE_UNREF");
	cmd_hold("CTX_DESTROY");
	CHECK_SYS(drm_ioctl(fd, DRM_IOCTL_VIRTGPU_EXECBUFFER, &arg));
	bo_close(&bo);
	CHECK_SYS(close(fd));
	WAIT_UNTIL(cmd_pending("RESOURCE_UNREF"));
	CHECK(cmd_pending("SUBMIT_3D"));
	CHECK(cmd_pending("CTX_DESTROY"));
	unbind(name);
	CHECK(!cmd_pending(""));
	device_write("faults", "clear\n");
	gpu_bind(name);
	check_works();
	free(name);
}

/*
 * Closing a handle takes a reference of its BO for CTX_DETACH_RESOURCE. Without a
 * device, the driver of 6.12 drops the command but not the reference
 * (virtio_gpu_queue_ctrl_sgs() frees the vbuf, but does not put its objs). The BOs
 * are never freed, and DRM finds their mmap offsets when the device is freed. A
 * series that attaches backing late must fix that.
 */
TEST(handles, .name = "virtio/unbind-handles", .last = true,
     .needs = "virtio-late-attach",
     .about = "a file with BOs can be closed after its device has gone")
{
	char *name = gpu_device();
	int fd = gpu_render();
	struct bo bo[3];

	bo[0] = bo_buffer(fd, SIZE);
	bo[1] = bo_blob(fd, SIZE);
	bo[2] = bo_texture(fd, 64, 64);
	for (unsigned int i = 0; i < 3; i++) {
		stamp_fill(bo[i].map, bo[i].size, i, 1);
		bo_wait(&bo[i]);
	}
	unbind(name);
	for (unsigned int i = 0; i < 3; i++) {
		stamp_verify(bo[i].map, bo[i].size, i, 1);
		bo_unmap(&bo[i]);
	}
	CHECK_SYS(close(fd));
	gpu_bind(name);
	check_works();
	free(name);
}

/*
 * A call that fails may have queued a command before: the context, or the backing of a BO.
 * Unbinding notifies the host, too, if it has a screen to turn off.
 */
TEST(unkicked, .name = "virtio/unbind-unkicked", .last = true,
     .needs = "virtio-late-notify",
     .about =
	     "a file whose last call failed can be closed after its device has "
	     "gone")
{
	struct display display = display_open();
	char *name = gpu_device();
	int fd = gpu_render();
	struct drm_virtgpu_3d_transfer_from_host from = {
		.bo_handle = 99, .box = {.w = 1, .h = 1, .d = 1}};

	display_off(&display);
	CHECK_SYS(close(display.fd));
	CHECK_ERRNO(drm_ioctl(fd, DRM_IOCTL_VIRTGPU_TRANSFER_FROM_HOST, &from),
		    ENOENT);
	unbind(name);
	CHECK_SYS(close(fd));
	gpu_bind(name);
	check_works();
	free(name);
}

/*
 * A fence that is not signalled when the device goes stays in the driver's list,
 * which is freed with the device. Nobody can wait for it any more, but its memory
 * is leaked.
 */
TEST(fences, .name = "virtio/unbind-fences", .last = true, .hidden = true,
     .about = "a fence whose device has gone is signalled, and not lost")
{
	char *name = gpu_device();
	int fd = gpu_render();
	struct sb_exec exec = exec_nop();
	int fence;

	cmd_hold("SUBMIT_3D");
	fence = gpu_exec_fence(fd, &exec, 1, NULL, 0, -1);
	CHECK_EQ(sync_file_status(fence), 0);
	CHECK_SYS(close(fd));
	unbind(name);
	CHECK_CMP(sync_file_status(fence), !=, 0);
	CHECK_SYS(close(fence));
	gpu_bind(name);
	check_works();
	free(name);
}

TEST(leaves_nothing, .name = "virtio/unbind-leaves-nothing", BIND_AGAIN)
{
	char *name = gpu_device();

	bind_again(&(struct bind){GPU_DRIVER, name, check_works, NULL});
	free(name);
}

/*
 * Binds while the allocations of @steps fail. After a driver has refused, the kernel does not
 * reset the device before it tries again (tests/KERNEL-BUGS.md).
 */
static void bind_without_memory(const struct bind_step *steps)
{
	char *name = gpu_device();

	bind_each(&(struct bind){GPU_DRIVER, name, check_works, steps});
	violations_take("features changed after FEATURES_OK");
	free(name);
}

#define BINDS                                                                  \
	.needs = BIND_NEEDS, .seconds = BIND_SECONDS, .alone = true,           \
	.about = "a driver that has no memory to bind leaves nothing, and "    \
		 "binds when there is some"

TEST(alloc_fails, .name = "virtio/fail-nth-bind", BINDS)
{
	const struct bind_step steps[] = {
		{"drm_dev_alloc", "drm_sysfs_minor_alloc", false},
		{"drmm_mode_config_init", NULL, false},
		{"virtio_gpu_alloc_vbufs", NULL, false},
		{"__drmm_add_action_or_reset", "virtio_gpu_modeset_init", true},
		/* Only the series has it. */
		{caps_has("virtio-shrinker") ? "drmm_gem_shmem_init" : NULL,
		 NULL, true},
		{NULL, NULL, false},
	};

	bind_without_memory(steps);
}

/* DRM thinks that the device is registered when that has failed. */
TEST(register_fails, .name = "virtio/fail-nth-register", BINDS,
     .known = "drm_mode_object_unregister WARN_ON(!dev->driver->load "
	      "&& dev->registered && !object->free_cb)")
{
	static const struct bind_step steps[] = {
		{"drm_dev_register", NULL, false}, {NULL, NULL, false}};

	bind_without_memory(steps);
}

TEST(minor_fails, .name = "virtio/fail-nth-bind-minor", BINDS, .hidden = true)
{
	static const struct bind_step steps[] = {
		{"drm_sysfs_minor_alloc", NULL, false}, {NULL, NULL, false}};

	bind_without_memory(steps);
}

TEST(output_fails, .name = "virtio/fail-nth-bind-output", BINDS, .hidden = true)
{
	static const struct bind_step steps[] = {
		{"virtio_gpu_modeset_init", "drmm_mode_config_init", false},
		{NULL, NULL, false}};

	bind_without_memory(steps);
}
