// SPDX-License-Identifier: GPL-2.0-or-later
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/mem.h"
#include "lib/test.h"
#include "content.h"
#include "load.h"

/* A BO number that no BO has. */
#define LOAD 0xffffffu
#define PART (32u << 10)
#define STEP (512u << 10)

static void dirty(size_t size, int flags)
{
	void *memory =
		CHECK_SYS(mmap(NULL, size, PROT_READ | PROT_WRITE,
			       MAP_PRIVATE | MAP_ANONYMOUS | flags, -1, 0));

	content_fill(memory, size, LOAD, 1);
	content_verify(memory, size, LOAD, 1);
	CHECK_SYS(munmap(memory, size));
}

void load_dirty(size_t size)
{
	dirty(size, 0);
}

/* Dirty memory until only @swap_left of swap space is free. *@size: how much. */
static char *take(size_t swap_left, size_t *size)
{
	size_t most = mem_info("MemTotal") + mem_info("SwapTotal");
	char *memory = CHECK_SYS(mmap(NULL, most, PROT_READ | PROT_WRITE,
				      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));

	for (*size = 0; mem_info("SwapFree") > swap_left; *size += STEP) {
		CHECK_CMP(*size, <, most);
		CHECK_SYS(madvise(memory + *size, STEP, MADV_POPULATE_WRITE));
		mem_millisecond();
	}
	return memory;
}

static void __attribute__((noreturn)) keep_using(size_t swapped, int ready)
{
	size_t size;
	char *memory = take(mem_info("SwapFree") - swapped, &size);

	CHECK_SYS(close(ready));
	for (size_t at = 0;; at = (at + PART) % size) {
		content_fill(memory + at, PART, LOAD, 1);
		mem_millisecond();
	}
}

pid_t load_start(size_t swapped)
{
	int ready[2];
	char byte;
	pid_t pid;

	CHECK_SYS(pipe(ready));
	pid = CHECK_SYS(fork());
	if (!pid) {
		CHECK_SYS(close(ready[0]));
		keep_using(swapped, ready[1]);
	}
	CHECK_SYS(close(ready[1]));
	/* The process has closed the other end, or has died. */
	CHECK_EQ(CHECK_SYS(read(ready[0], &byte, 1)), 0);
	CHECK_SYS(close(ready[0]));
	return pid;
}

void load_stop(pid_t pid)
{
	int status;

	CHECK_SYS(kill(pid, SIGKILL));
	CHECK_SYS(waitpid(pid, &status, 0));
	/* It must have been killed, not ended by a failed check. */
	CHECK(WIFSIGNALED(status));
}

bool load_locked(size_t size)
{
	int status;
	pid_t pid = CHECK_SYS(fork());

	if (!pid) {
		file_write("/proc/self/oom_score_adj", "1000");
		dirty(size, MAP_LOCKED);
		_exit(TEST_PASS);
	}
	CHECK_SYS(waitpid(pid, &status, 0));
	if (WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL)
		return false;
	if (!WIFEXITED(status) || WEXITSTATUS(status) != TEST_PASS)
		FAIL("the program ended with status %#x", status);
	return true;
}
