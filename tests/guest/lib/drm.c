// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <drm/drm.h>
#include <drm/drm_mode.h>
#include <drm/vgem_drm.h>
#include <linux/dma-buf.h>
#include <linux/dma-heap.h>
#include <linux/sync_file.h>
#include <linux/udmabuf.h>

#include "lib/drm.h"
#include "lib/process.h"
#include "lib/test.h"

/* Minors per kind of node, as in the kernel's drm_drv.c. */
#define MINORS 64
#define FIRST_RENDER 128

int drm_ioctl_value(int fd, unsigned long request, void *arg)
{
	int ret;

	do
		ret = ioctl(fd, request, arg);
	while (ret == -1 && errno == EINTR);
	return ret;
}

int drm_ioctl_at(const char *file, int line, const char *name, int fd,
		 unsigned long request, void *arg)
{
	int ret = drm_ioctl_value(fd, request, arg);

	if (ret != 0 && ret != -1)
		test_fail(file, line, "ioctl %s (%#lx): want 0 or -1, got %d",
			  name, request, ret);
	return ret;
}

/**
 * struct child - what a child process of drm_child_start() does
 * @fd: the DRM file
 * @function, @arg: called when the file is the child's
 * @owner: pipe that the child closes then
 */
struct child {
	int fd;
	void (*function)(void *arg);
	void *arg;
	int owner[2];
};

static void child_main(void *arg)
{
	const struct child *child = arg;
	struct drm_version version = {0};

	CHECK_SYS(close(child->owner[0]));
	CHECK_SYS(drm_ioctl(child->fd, DRM_IOCTL_VERSION, &version));
	CHECK_SYS(close(child->owner[1]));
	child->function(child->arg);
}

pid_t drm_child_start(int fd, void (*function)(void *arg), void *arg)
{
	struct child child = {.fd = fd, .function = function, .arg = arg};
	pid_t pid;
	char byte;

	CHECK_SYS(pipe2(child.owner, O_CLOEXEC));
	pid = child_start(child_main, &child);
	CHECK_SYS(close(child.owner[1]));
	CHECK_EQ(CHECK_SYS(read(child.owner[0], &byte, 1)), 0);
	CHECK_SYS(close(child.owner[0]));
	return pid;
}

static bool is_driver(int fd, const char *driver)
{
	char name[32] = "";
	struct drm_version version = {
		.name = name,
		.name_len = sizeof(name) - 1,
	};

	return !drm_ioctl(fd, DRM_IOCTL_VERSION, &version) &&
	       !strcmp(name, driver);
}

static int try_open_nth(const char *driver, enum drm_node node, unsigned int n)
{
	for (int i = 0; i < MINORS; i++) {
		char path[32];
		int fd;

		if (node == DRM_CARD)
			snprintf(path, sizeof(path), "/dev/dri/card%d", i);
		else
			snprintf(path, sizeof(path), "/dev/dri/renderD%d",
				 FIRST_RENDER + i);
		fd = open(path, O_RDWR | O_CLOEXEC);
		if (fd == -1)
			continue;
		if (is_driver(fd, driver) && !n--)
			return fd;
		close(fd);
	}
	errno = ENODEV;
	return -1;
}

int drm_try_open(const char *driver, enum drm_node node)
{
	return try_open_nth(driver, node, 0);
}

int drm_open_nth(const char *driver, enum drm_node node, unsigned int n)
{
	int fd = try_open_nth(driver, node, n);

	if (fd == -1)
		FAIL("no %s node of %s device %u in /dev/dri",
		     node == DRM_CARD ? "card" : "render", driver, n);
	return fd;
}

int drm_open(const char *driver, enum drm_node node)
{
	return drm_open_nth(driver, node, 0);
}

char *drm_shrinker(const char *driver)
{
	int fd = drm_open(driver, DRM_RENDER);
	char path[64], *device, *name;
	struct stat st;

	CHECK_SYS(fstat(fd, &st));
	CHECK_SYS(close(fd));
	snprintf(path, sizeof(path), "/sys/dev/char/%u:%u/device",
		 major(st.st_rdev), minor(st.st_rdev));
	device = realpath(path, NULL);
	if (!device)
		FAIL("%s: %s", path, test_errno());
	CHECK_SYS(asprintf(&name, "drm-shmem:%s", strrchr(device, '/') + 1));
	free(device);
	return name;
}

uint64_t drm_cap(int fd, uint64_t cap)
{
	struct drm_get_cap arg = {.capability = cap};

	CHECK_SYS(drm_ioctl(fd, DRM_IOCTL_GET_CAP, &arg));
	return arg.value;
}

void *drm_mmap(int fd, uint64_t offset, size_t size)
{
	return CHECK_SYS(mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED,
			      fd, (off_t)offset));
}

void drm_gem_close(int fd, uint32_t handle)
{
	struct drm_gem_close arg = {.handle = handle};

	CHECK_SYS(drm_ioctl(fd, DRM_IOCTL_GEM_CLOSE, &arg));
}

int drm_export(int fd, uint32_t handle)
{
	struct drm_prime_handle arg = {
		.handle = handle,
		.flags = DRM_RDWR | DRM_CLOEXEC,
	};

	CHECK_SYS(drm_ioctl(fd, DRM_IOCTL_PRIME_HANDLE_TO_FD, &arg));
	return arg.fd;
}

int drm_try_import(int fd, int dmabuf, uint32_t *handle)
{
	struct drm_prime_handle arg = {.fd = dmabuf};

	if (drm_ioctl(fd, DRM_IOCTL_PRIME_FD_TO_HANDLE, &arg) == -1)
		return errno;
	*handle = arg.handle;
	return 0;
}

uint32_t drm_import(int fd, int dmabuf)
{
	uint32_t handle = 0;
	int err = drm_try_import(fd, dmabuf, &handle);

	errno = err;
	if (err)
		FAIL("import of a dma-buf: %s", test_errno());
	return handle;
}

size_t dmabuf_size(int dmabuf)
{
	off_t size = CHECK_SYS(lseek(dmabuf, 0, SEEK_END));

	CHECK_SYS(lseek(dmabuf, 0, SEEK_SET));
	return (size_t)size;
}

void *dmabuf_mmap(int dmabuf)
{
	return drm_mmap(dmabuf, 0, dmabuf_size(dmabuf));
}

void dmabuf_sync(int dmabuf, uint64_t flags)
{
	struct dma_buf_sync arg = {.flags = flags};

	CHECK_SYS(drm_ioctl(dmabuf, DMA_BUF_IOCTL_SYNC, &arg));
}

int dmabuf_from_heap(size_t size)
{
	struct dma_heap_allocation_data arg = {
		.len = size,
		.fd_flags = O_RDWR | O_CLOEXEC,
	};
	int heap = open("/dev/dma_heap/system", O_RDWR | O_CLOEXEC);

	if (heap == -1 && errno == ENOENT)
		test_skip("the kernel has no system dma-heap");
	CHECK_SYS(heap);
	CHECK_SYS(drm_ioctl(heap, DMA_HEAP_IOCTL_ALLOC, &arg));
	CHECK_SYS(close(heap));
	return (int)arg.fd;
}

int dmabuf_from_udmabuf(size_t size)
{
	struct udmabuf_create arg = {
		.flags = UDMABUF_FLAGS_CLOEXEC,
		.size = size,
	};
	int memfd, dmabuf;
	int device = open("/dev/udmabuf", O_RDWR | O_CLOEXEC);

	if (device == -1 && errno == ENOENT)
		test_skip("the kernel has no udmabuf");
	CHECK_SYS(device);
	memfd = CHECK_SYS(
		memfd_create("udmabuf", MFD_ALLOW_SEALING | MFD_CLOEXEC));
	CHECK_SYS(ftruncate(memfd, (off_t)size));
	CHECK_SYS(fcntl(memfd, F_ADD_SEALS, F_SEAL_SHRINK));
	arg.memfd = (uint32_t)memfd;
	dmabuf = CHECK_SYS(drm_ioctl_value(device, UDMABUF_CREATE, &arg));
	CHECK_SYS(close(memfd));
	CHECK_SYS(close(device));
	return dmabuf;
}

uint32_t vgem_create(int vgem, size_t size)
{
	struct drm_mode_create_dumb arg = {
		.width = (uint32_t)size,
		.height = 1,
		.bpp = 8,
	};

	CHECK_SYS(drm_ioctl(vgem, DRM_IOCTL_MODE_CREATE_DUMB, &arg));
	return arg.handle;
}

uint32_t vgem_fence_attach(int vgem, uint32_t handle)
{
	struct drm_vgem_fence_attach arg = {
		.handle = handle,
		.flags = VGEM_FENCE_WRITE,
	};

	CHECK_SYS(drm_ioctl(vgem, DRM_IOCTL_VGEM_FENCE_ATTACH, &arg));
	return arg.out_fence;
}

void vgem_fence_signal(int vgem, uint32_t fence)
{
	struct drm_vgem_fence_signal arg = {.fence = fence};

	CHECK_SYS(drm_ioctl(vgem, DRM_IOCTL_VGEM_FENCE_SIGNAL, &arg));
}

int dmabuf_fences(int dmabuf)
{
	struct dma_buf_export_sync_file arg = {
		.flags = DMA_BUF_SYNC_RW,
		.fd = -1,
	};

	CHECK_SYS(drm_ioctl(dmabuf, DMA_BUF_IOCTL_EXPORT_SYNC_FILE, &arg));
	return arg.fd;
}

int sync_file_status(int fd)
{
	struct sync_file_info arg = {0};

	CHECK_SYS(drm_ioctl(fd, SYNC_IOC_FILE_INFO, &arg));
	return arg.status;
}

bool sync_file_wait(int fd, int ms)
{
	struct pollfd poll_fd = {.fd = fd, .events = POLLIN};
	int ret;

	do
		ret = poll(&poll_fd, 1, ms);
	while (ret == -1 && errno == EINTR);
	CHECK_SYS(ret);
	return ret == 1;
}
