// SPDX-License-Identifier: GPL-2.0-or-later
/* The driver's trace events. */
#include <errno.h>
#include <string.h>
#include <sys/mount.h>

#include "lib/virtio-lock.h"
#include "lib/virtio-reclaim.h"

#define PAGES 8
#define TRACING "/sys/kernel/tracing/"
#define QUEUED TRACING "events/virtio_gpu/virtio_gpu_cmd_queue/enable"
/* VIRTIO_GPU_CMD_RESOURCE_DETACH_BACKING */
#define DETACH_TYPE " type=0x107 "

/* How many detach commands are in the trace? */
static unsigned int detaches(void)
{
	char *trace = file_read(TRACING "trace");
	unsigned int count = 0;

	for (char *at = trace; (at = strstr(at, DETACH_TYPE)); at++)
		count++;
	free(trace);
	return count;
}

static void mount_tracing(void)
{
	if (!mount("tracefs", TRACING, "tracefs", 0, NULL) || errno == EBUSY)
		return;
	if (errno == ENOENT)
		test_skip("needs trace events");
	FAIL("mount " TRACING ": %s", strerror(errno));
}

TEST(queued, .name = "virtio/trace-queue", EVICTS,
     .about =
	     "a command is in the trace when it is queued, and not if there is "
	     "no room for it")
{
	GPU(fd);
	BO(bo, bo_used(fd, PAGES, 1));
	BO(other, bo_used(fd, PAGES, 2));
	struct lock lock = bo_lock(&other);
	unsigned int before;

	mount_tracing();
	before = detaches();
	file_write(QUEUED, "1");
	gpu_scan(PAGES);
	CHECK_EQ(detaches(), before);
	bo_unlock(&lock);
	gpu_scan_all();
	CHECK_EQ(detaches(), before + 2);
	file_write(QUEUED, "0");
	bo_verify(&bo, 1);
	bo_verify(&other, 2);
}
