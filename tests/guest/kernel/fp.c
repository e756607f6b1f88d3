// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * UML itself: each process has its own x87, SSE and AVX registers. The host's
 * processor has the registers; arch/x86/um/os-Linux/registers.c saves and restores
 * them at each switch between processes of the guest.
 */
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/fp.h"
#include "lib/test.h"
#include "lib/thread.h"

#define ROUNDS 50

/* Load registers, and wait for a byte. */
static void wait_turn(const struct fp *in, int fd)
{
	struct fp out = {0};
	char byte;

	CHECK_EQ(fp_syscall(in, &out, SYS_read, fd, (long)&byte, 1), 1);
	CHECK(fp_same(in, &out));
}

static void __attribute__((noreturn)) other_process(int from, int to)
{
	const struct fp in = fp_make(2);

	for (int i = 0; i < ROUNDS; i++) {
		wait_turn(&in, from);
		CHECK_EQ(write(to, "", 1), 1);
	}
	_exit(TEST_PASS);
}

TEST(fp_switch, .name = "kernel/fp-switch",
     .about = "x87, SSE and AVX registers of two processes survive a switch "
	      "between them")
{
	const struct fp in = fp_make(1);
	int there[2], back[2], status;
	pid_t child;

	CHECK_SYS(pipe(there));
	CHECK_SYS(pipe(back));
	child = CHECK_SYS(fork());
	if (!child)
		other_process(there[0], back[1]);
	/* If it fails, read() here returns. */
	close(back[1]);
	for (int i = 0; i < ROUNDS; i++) {
		CHECK_EQ(write(there[1], "", 1), 1);
		wait_turn(&in, back[0]);
	}
	CHECK_EQ(CHECK_SYS(waitpid(child, &status, 0)), child);
	CHECK_EQ(status, 0);
}

/* What the other thread does: its registers must not be those of this one. */
struct other_thread {
	int from, to;
};

static void run_other(void *arg)
{
	const struct other_thread *other = arg;
	static __thread int own = 2;
	const struct fp in = fp_make(2);

	for (int i = 0; i < ROUNDS; i++) {
		wait_turn(&in, other->from);
		CHECK_EQ(own, 2);
		CHECK_EQ(write(other->to, "", 1), 1);
	}
}

TEST(fp_threads, .name = "kernel/fp-threads",
     .about =
	     "x87, SSE and AVX registers and thread-local storage of two "
	     "threads, "
	     "which are one process of the host, survive a switch between them")
{
	const struct fp in = fp_make(1);
	static __thread int own = 1;
	struct other_thread other;
	int there[2], back[2];
	struct thread *thread;

	CHECK_SYS(pipe(there));
	CHECK_SYS(pipe(back));
	other = (struct other_thread){.from = there[0], .to = back[1]};
	thread = thread_start("other", run_other, &other);
	for (int i = 0; i < ROUNDS; i++) {
		CHECK_EQ(write(there[1], "", 1), 1);
		wait_turn(&in, back[0]);
		CHECK_EQ(own, 1);
	}
	thread_join(thread);
}

TEST(fp_signal, .name = "kernel/fp-signal",
     .about = "x87, SSE and AVX registers survive a signal whose handler uses "
	      "them")
{
	for (int i = 0; i < ROUNDS; i++)
		CHECK(fp_survives_signal());
}

TEST(fp_fault, .name = "kernel/fp-fault",
     .about = "x87, SSE and AVX registers survive a page fault")
{
	const struct fp in = fp_make(1);

	for (int i = 0; i < ROUNDS; i++) {
		/* The first register that is stored takes the fault. */
		struct fp *out =
			mmap(NULL, sizeof(*out), PROT_READ | PROT_WRITE,
			     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

		CHECK(out != MAP_FAILED);
		fp_syscall(&in, out, SYS_getpid, 0, 0, 0);
		CHECK(fp_same(&in, out));
		CHECK_SYS(munmap(out, sizeof(*out)));
	}
}
