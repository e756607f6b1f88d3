// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * UML itself: a process that is traced by another one of the guest stops after each
 * instruction, if asked. The host does the step, by ptrace or by a flag of the processor.
 */
#include <signal.h>
#include <sys/ptrace.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/test.h"

/* As many instructions of one byte, then one that is none. */
#define STEPS 20
__asm__(".pushsection .text\n"
	"nops:\n"
	"	.fill 20, 1, 0x90\n"
	"	ud2\n"
	".popsection\n");
extern void nops(void);

static void wait_signal(pid_t child, int sig)
{
	int status;

	CHECK_EQ(CHECK_SYS(waitpid(child, &status, 0)), child);
	CHECK(WIFSTOPPED(status));
	CHECK_EQ(WSTOPSIG(status), sig);
}

TEST(single_step, .name = "kernel/single-step",
     .about = "a traced process stops after each instruction, and runs on to "
	      "the next signal when it is told to")
{
	struct user_regs_struct regs;
	pid_t child = CHECK_SYS(fork());
	int status;

	if (!child) {
		CHECK_SYS(ptrace(PTRACE_TRACEME, 0, NULL, NULL));
		CHECK_SYS(raise(SIGSTOP));
		nops();
		_exit(1);
	}
	wait_signal(child, SIGSTOP);
	CHECK_SYS(ptrace(PTRACE_GETREGS, child, NULL, &regs));
	regs.rip = (unsigned long)nops;
	regs.orig_rax = -1;
	CHECK_SYS(ptrace(PTRACE_SETREGS, child, NULL, &regs));
	for (int i = 1; i < STEPS; i++) {
		CHECK_SYS(ptrace(PTRACE_SINGLESTEP, child, NULL, NULL));
		wait_signal(child, SIGTRAP);
		CHECK_SYS(ptrace(PTRACE_GETREGS, child, NULL, &regs));
		CHECK_EQ(regs.rip, (unsigned long)nops + i);
	}
	CHECK_SYS(ptrace(PTRACE_CONT, child, NULL, NULL));
	wait_signal(child, SIGILL);
	CHECK_SYS(ptrace(PTRACE_GETREGS, child, NULL, &regs));
	CHECK_EQ(regs.rip, (unsigned long)nops + STEPS);
	CHECK_SYS(ptrace(PTRACE_KILL, child, NULL, NULL));
	CHECK_EQ(CHECK_SYS(waitpid(child, &status, 0)), child);
}
