// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Reclaim from a memory cgroup whose pages are all active. inactive_is_low() of
 * 6.12 decides whether to scan these. It uses counts that may be four seconds old:
 * prepare_scan_control() updates them only if the periodic flush (every two
 * seconds) is late.
 */
#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/mem.h"
#include "lib/test.h"
#include "lib/cgroup.h"

#define GROUP "active"
#define ACTIVE (2u * MIB)
#define LOCKED (3 * MIB / 2)
/* Free memory below the limit. */
#define MARGIN (256u << 10)

static char *map(size_t size)
{
	return CHECK_SYS(mmap(NULL, size, PROT_READ | PROT_WRITE,
			      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
}

static void touch(volatile char *memory)
{
	for (size_t at = 0; at < ACTIVE; at += PAGE)
		memory[at]++;
}

/*
 * Not cgroup_reclaim(), which makes the kernel update its counts. It is no error
 * here if the kernel finds nothing to reclaim.
 */
static void reclaim_a_little(void)
{
	int fd = CHECK_SYS(open("/sys/fs/cgroup/" GROUP "/memory.reclaim",
				O_WRONLY | O_CLOEXEC));

	if (write(fd, "4096", 4) != 4)
		CHECK_EQ(errno, EAGAIN);
	CHECK_SYS(close(fd));
}

/*
 * The kernel has counted when all pages were inactive. A page that reclaim then
 * finds accessed twice becomes active.
 */
static void activate(char *memory)
{
	touch(memory);
	cgroup_recount(GROUP);
	for (unsigned int i = 0; i < 4; i++) {
		reclaim_a_little();
		touch(memory);
	}
}

static void lock_the_rest(void)
{
	char *memory = map(LOCKED);

	activate(map(ACTIVE));
	cgroup_limit(GROUP, cgroup_size(GROUP, "memory.current") + MARGIN);
	for (size_t at = 0; at < LOCKED; at += PAGE)
		CHECK_SYS(mlock(memory + at, PAGE));
}

TEST(active, .name = "pressure/memcg-active",
     .about = "a cgroup at its limit swaps out active pages before anybody in "
	      "it is killed",
     .swap_mib = 32, .hidden = true)
{
	int status;
	pid_t pid;

	cgroup_new(GROUP, 0);
	pid = CHECK_SYS(fork());
	if (!pid) {
		cgroup_enter(GROUP);
		lock_the_rest();
		_exit(TEST_PASS);
	}
	CHECK_SYS(waitpid(pid, &status, 0));
	CHECK_EQ(cgroup_event(GROUP, "oom_kill"), 0);
	CHECK_EQ(status, TEST_PASS);
	cgroup_remove(GROUP);
}
