// SPDX-License-Identifier: GPL-2.0-or-later
/* What every dma-buf guarantees to user space, whatever exports it. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <drm/drm.h>
#include <linux/dma-buf.h>
#include <linux/udmabuf.h>

#include "lib/drm.h"
#include "lib/mem.h"
#include "lib/stamp.h"
#include "lib/test.h"
#include "lib/exporter.h"

#define PAGES 16
#define SIZE (PAGES * PAGE)

/* Messages of later failures name this exporter. */
static int create(const struct exporter *exporter)
{
	test_note("%s", exporter->name);
	return exporter->create(SIZE);
}

TEST(content, .name = "dmabuf/content",
     .about = "a dma-buf is zeroed, has its size, and all mappings are one")
{
	for (unsigned int i = 0; i < exporter_count; i++) {
		int dmabuf = create(&exporters[i]);
		char *map, *other;

		CHECK_EQ(dmabuf_size(dmabuf), SIZE);
		map = dmabuf_mmap(dmabuf);
		other = dmabuf_mmap(dmabuf);
		for (unsigned int at = 0; at < SIZE; at++)
			CHECK_EQ(map[at], 0);
		stamp_fill(map, SIZE, i, 1);
		stamp_verify(other, SIZE, i, 1);
		CHECK_SYS(close(dmabuf));
		stamp_fill(other, SIZE, i, 2);
		CHECK_SYS(munmap(other, SIZE));
		stamp_verify(map, SIZE, i, 2);
		CHECK_SYS(munmap(map, SIZE));
	}
}

TEST(bounds, .name = "dmabuf/bounds",
     .about = "a part of a dma-buf can be mapped, what lies beyond it cannot")
{
	for (unsigned int i = 0; i < exporter_count; i++) {
		int dmabuf = create(&exporters[i]);
		char *map = dmabuf_mmap(dmabuf);
		char *part;

		stamp_fill(map, SIZE, i, 1);
		part = CHECK_SYS(
			mmap(NULL, 2 * PAGE, PROT_READ, MAP_SHARED, dmabuf, 0));
		stamp_verify(part, 2 * PAGE, i, 1);
		CHECK_SYS(munmap(part, 2 * PAGE));
		CHECK_ERRNO((intptr_t)mmap(NULL, SIZE + PAGE, PROT_READ,
					   MAP_SHARED, dmabuf, 0),
			    EINVAL);
		CHECK_ERRNO((intptr_t)mmap(NULL, PAGE, PROT_READ, MAP_SHARED,
					   dmabuf, SIZE),
			    EINVAL);
		CHECK_ERRNO((intptr_t)mmap(NULL, 2 * PAGE, PROT_READ,
					   MAP_SHARED, dmabuf, SIZE - PAGE),
			    EINVAL);
		CHECK_ERRNO(lseek(dmabuf, 1, SEEK_SET), EINVAL);
		CHECK_ERRNO(lseek(dmabuf, 1, SEEK_END), EINVAL);
		CHECK_SYS(munmap(map, SIZE));
		CHECK_SYS(close(dmabuf));
	}
}

TEST(cpu_access, .name = "dmabuf/sync",
     .about = "CPU access can begin and end, either way; odd flags are EINVAL")
{
	static const uint64_t good[] = {
		DMA_BUF_SYNC_READ,
		DMA_BUF_SYNC_WRITE,
		DMA_BUF_SYNC_RW,
	};
	static const uint64_t bad[] = {0, DMA_BUF_SYNC_END, 8, 1ull << 40};

	for (unsigned int i = 0; i < exporter_count; i++) {
		for (unsigned int f = 0; f < sizeof(good) / sizeof(*good);
		     f++) {
			/*
			 * A new buffer each time: udmabuf is mapped in the
			 * direction of the first access, and dma-debug reports
			 * other directions.
			 */
			int dmabuf = create(&exporters[i]);
			char *map = dmabuf_mmap(dmabuf);

			dmabuf_sync(dmabuf, DMA_BUF_SYNC_START | good[f]);
			stamp_fill(map, SIZE, i, f);
			dmabuf_sync(dmabuf, DMA_BUF_SYNC_END | good[f]);
			stamp_verify(map, SIZE, i, f);
			CHECK_SYS(munmap(map, SIZE));
			CHECK_SYS(close(dmabuf));
		}
		for (unsigned int f = 0; f < sizeof(bad) / sizeof(*bad); f++) {
			struct dma_buf_sync arg = {.flags = bad[f]};
			int dmabuf = exporters[i].create(SIZE);

			CHECK_ERRNO(drm_ioctl(dmabuf, DMA_BUF_IOCTL_SYNC, &arg),
				    EINVAL);
			CHECK_SYS(close(dmabuf));
		}
	}
}

TEST(read_only, .name = "dmabuf/read-only",
     .about = "a BO exported without DRM_RDWR cannot be mapped for writing")
{
	int vgem = drm_open(DRM_VGEM, DRM_CARD);
	struct drm_prime_handle arg = {
		.handle = vgem_create(vgem, SIZE),
		.flags = DRM_CLOEXEC,
	};

	CHECK_SYS(drm_ioctl(vgem, DRM_IOCTL_PRIME_HANDLE_TO_FD, &arg));
	CHECK_ERRNO((intptr_t)mmap(NULL, SIZE, PROT_READ | PROT_WRITE,
				   MAP_SHARED, arg.fd, 0),
		    EACCES);
	CHECK_SYS(mmap(NULL, SIZE, PROT_READ, MAP_SHARED, arg.fd, 0));
}

TEST(fences, .name = "dmabuf/fences",
     .about = "a fence on the dma-buf shows in its sync file and its poll")
{
	int vgem = drm_open(DRM_VGEM, DRM_CARD);
	uint32_t handle = vgem_create(vgem, SIZE);
	int dmabuf = drm_export(vgem, handle);
	int before = dmabuf_fences(dmabuf);
	uint32_t lock = vgem_fence_attach(vgem, handle);
	int after = dmabuf_fences(dmabuf);
	struct pollfd poll_fd = {.fd = dmabuf, .events = POLLOUT};

	/* A sync file is of the fences that were there at the time. */
	CHECK_EQ(sync_file_status(before), 1);
	CHECK_EQ(sync_file_status(after), 0);
	CHECK_EQ(CHECK_SYS(poll(&poll_fd, 1, 0)), 0);
	vgem_fence_signal(vgem, lock);
	CHECK_EQ(sync_file_status(after), 1);
	CHECK_EQ(CHECK_SYS(poll(&poll_fd, 1, 10000)), 1);
	CHECK_SYS(close(before));
	CHECK_SYS(close(after));
	CHECK_SYS(close(dmabuf));
}

TEST(import_fence, .name = "dmabuf/import-fence",
     .about = "a fence put into a dma-buf as a sync file is one of its fences")
{
	int vgem = drm_open(DRM_VGEM, DRM_CARD);
	uint32_t handle = vgem_create(vgem, SIZE);
	uint32_t lock = vgem_fence_attach(vgem, handle);
	int locked = drm_export(vgem, handle);
	int dmabuf = dmabuf_from_heap(SIZE);
	struct dma_buf_import_sync_file arg = {
		.flags = DMA_BUF_SYNC_WRITE,
		.fd = dmabuf_fences(locked),
	};
	int fence;

	CHECK_SYS(drm_ioctl(dmabuf, DMA_BUF_IOCTL_IMPORT_SYNC_FILE, &arg));
	CHECK_SYS(close(arg.fd));
	fence = dmabuf_fences(dmabuf);
	CHECK_EQ(sync_file_status(fence), 0);
	vgem_fence_signal(vgem, lock);
	CHECK_EQ(sync_file_status(fence), 1);
	CHECK_SYS(close(fence));
	CHECK_SYS(close(dmabuf));
	CHECK_SYS(close(locked));
}

TEST(udmabuf, .name = "dmabuf/udmabuf-memfd",
     .about = "a udmabuf is its memfd's pages; a memfd without seal is refused")
{
	struct udmabuf_create arg = {.size = SIZE};
	int device = open("/dev/udmabuf", O_RDWR | O_CLOEXEC);
	int memfd, dmabuf;
	char *file, *map;

	if (device == -1 && errno == ENOENT)
		test_skip("the kernel has no udmabuf");
	CHECK_SYS(device);
	memfd = CHECK_SYS(
		memfd_create("udmabuf", MFD_ALLOW_SEALING | MFD_CLOEXEC));
	arg.memfd = (uint32_t)memfd;
	CHECK_SYS(ftruncate(memfd, 2 * SIZE));
	arg.offset = SIZE;
	CHECK_ERRNO(drm_ioctl_value(device, UDMABUF_CREATE, &arg), EINVAL);
	CHECK_SYS(fcntl(memfd, F_ADD_SEALS, F_SEAL_SHRINK));
	arg.offset = 1;
	CHECK_ERRNO(drm_ioctl_value(device, UDMABUF_CREATE, &arg), EINVAL);
	arg.offset = SIZE;
	file = drm_mmap(memfd, 0, 2 * SIZE);
	stamp_fill(file, 2 * SIZE, 1, 1);
	dmabuf = CHECK_SYS(drm_ioctl_value(device, UDMABUF_CREATE, &arg));
	map = dmabuf_mmap(dmabuf);
	stamp_verify_pages(map, SIZE, 1, 1, PAGES);
	stamp_fill_pages(map, SIZE, 1, 2, PAGES);
	stamp_verify(file, SIZE, 1, 1);
	stamp_verify_pages(file + SIZE, SIZE, 1, 2, PAGES);
	CHECK_SYS(munmap(file, 2 * SIZE));
	CHECK_SYS(close(memfd));
	stamp_verify_pages(map, SIZE, 1, 2, PAGES);
	CHECK_SYS(munmap(map, SIZE));
	CHECK_SYS(close(dmabuf));
	CHECK_SYS(close(device));
}

static uint32_t sealed_memfd(unsigned int seals)
{
	int memfd = CHECK_SYS(
		memfd_create("udmabuf", MFD_ALLOW_SEALING | MFD_CLOEXEC));

	CHECK_SYS(ftruncate(memfd, SIZE));
	CHECK_SYS(fcntl(memfd, F_ADD_SEALS, seals));
	return (uint32_t)memfd;
}

TEST(udmabuf_list, .name = "dmabuf/udmabuf-list",
     .about = "a list of memfds of which one is bad is refused, and no page of "
	      "the others stays pinned")
{
	struct {
		struct udmabuf_create_list head;
		struct udmabuf_create_item item[3];
	} list = {.head = {.count = 3}};
	int device = open("/dev/udmabuf", O_RDWR | O_CLOEXEC);
	uint32_t good = sealed_memfd(F_SEAL_SHRINK);
	const struct {
		struct udmabuf_create_item item;
		int err;
	} bad[] = {
		{{.memfd = sealed_memfd(0), .size = SIZE}, EINVAL},
		{{.memfd = sealed_memfd(F_SEAL_SHRINK | F_SEAL_WRITE),
		  .size = SIZE},
		 EINVAL},
		{{.memfd = UINT32_MAX, .size = SIZE}, EBADFD},
		{{.memfd = (uint32_t)device, .size = SIZE}, EBADFD},
		{{.memfd = good, .size = SIZE + PAGE}, EINVAL},
		{{.memfd = good, .offset = 1, .size = PAGE}, EINVAL},
		{{.memfd = good, .offset = SIZE, .size = PAGE}, EINVAL},
		{{.memfd = good, .size = UINT64_MAX - PAGE + 1}, EINVAL},
	};
	unsigned long pinned = mem_vmstat("nr_foll_pin_acquired") -
			       mem_vmstat("nr_foll_pin_released");
	unsigned int buffers = dmabuf_count();
	int dmabuf, ret;

	if (device == -1)
		test_skip("the kernel has no udmabuf");
	for (unsigned int at = 0; at < 3; at++) {
		for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
			for (unsigned int j = 0; j < 3; j++)
				list.item[j] = (struct udmabuf_create_item){
					.memfd = good, .size = SIZE};
			list.item[at] = bad[i].item;
			ret = drm_ioctl_value(device, UDMABUF_CREATE_LIST,
					      &list);
			if (ret != -1 || errno != bad[i].err)
				FAIL("bad entry %zu: %d, %s", i, ret,
				     test_errno());
			CHECK_EQ(mem_vmstat("nr_foll_pin_acquired") -
					 mem_vmstat("nr_foll_pin_released"),
				 pinned);
			CHECK_EQ(dmabuf_count(), buffers);
		}
	}
	for (unsigned int j = 0; j < 3; j++)
		list.item[j] = (struct udmabuf_create_item){.memfd = good,
							    .size = SIZE};
	dmabuf = CHECK_SYS(drm_ioctl_value(device, UDMABUF_CREATE_LIST, &list));
	CHECK_EQ(dmabuf_size(dmabuf), 3 * SIZE);
	CHECK_SYS(close(dmabuf));
	/* Pages are unpinned, if at all, when the last file is put. */
	WAIT_UNTIL(mem_vmstat("nr_foll_pin_acquired") -
			   mem_vmstat("nr_foll_pin_released") ==
		   pinned);
	CHECK_SYS(close((int)good));
	CHECK_SYS(close(device));
}
