// SPDX-License-Identifier: GPL-2.0-or-later
/* A race of udmabuf, built with hold points. */
#include <linux/dma-buf.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "lib/drm.h"
#include "lib/hold.h"
#include "lib/mem.h"
#include "lib/size.h"
#include "lib/test.h"
#include "lib/thread.h"

/* Entries of dma-debug that are free: each mapped page of a table takes one. */
static unsigned long free_entries(void)
{
	char *text = file_read("/sys/kernel/debug/dma-api/num_free_entries");
	unsigned long count = strtoul(text, NULL, 10);

	free(text);
	return count;
}

static void begin_access(void *arg)
{
	struct dma_buf_sync args = {.flags = DMA_BUF_SYNC_START |
					     DMA_BUF_SYNC_RW};

	CHECK_SYS(ioctl(*(int *)arg, DMA_BUF_IOCTL_SYNC, &args));
}

/* 6.12 has a bug here (tests/KERNEL-BUGS.md, 57). */
TEST(hold_sync, .name = "dmabuf/hold-sync", .needs = "race", .hidden = true,
     .about = "two threads that are the first to access a udmabuf leave no "
	      "table mapped")
{
	unsigned long entries = free_entries();
	int dmabuf = dmabuf_from_udmabuf(16 * PAGE);
	HOLD(hold, "get_sg_table+entry task first");
	struct thread *first = thread_start("first", begin_access, &dmabuf);

	hold_wait(hold);
	begin_access(&dmabuf);
	hold_release(hold);
	thread_join(first);
	CHECK_SYS(close(dmabuf));
	WAIT_UNTIL(free_entries() >= entries);
}
