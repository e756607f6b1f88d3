// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * UML itself: x87, SSE and AVX registers are a process's own. The host's
 * processor has them; arch/x86/um/os-Linux/registers.c saves and restores them
 * whenever another process of the guest runs.
 */
#include <signal.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../test.h"

#define ROUNDS 50

/* Some registers of each kind, as bytes. */
struct fp {
	unsigned short x87_control;
	double x87;
	unsigned int mxcsr;
	unsigned char vector[8][32]; /* the low half is SSE's */
};

/* Masked exceptions; rounding by @salt, which also goes into each register. */
static struct fp fp_make(unsigned int salt)
{
	struct fp fp = {.x87_control = 0x37f | (salt & 3) << 10,
			.x87 = salt + 0.5,
			.mxcsr = 0x1f80 | (salt & 3) << 13};

	for (unsigned int i = 0; i < 8; i++)
		for (unsigned int j = 0; j < 32; j++)
			fp.vector[i][j] = salt * 89 + i * 32 + j;
	return fp;
}

#define LOAD(move, reg, n, at) move " " #at "(%[in]), %%" reg #n "\n"
#define STORE(move, reg, n, at) move " %%" reg #n ", " #at "(%[out])\n"
#define EACH(DO, move, reg)                                                    \
	DO(move, reg, 0, 0)                                                    \
	DO(move, reg, 1, 32)                                                   \
	DO(move, reg, 2, 64)                                                   \
	DO(move, reg, 3, 96)                                                   \
	DO(move, reg, 12, 128)                                                 \
	DO(move, reg, 13, 160)                                                 \
	DO(move, reg, 14, 192)                                                 \
	DO(move, reg, 15, 224)

#define BEFORE                                                                 \
	"fnstcw %[x87_before]\n"                                               \
	"stmxcsr %[mxcsr_before]\n"                                            \
	"fldcw %[x87_in]\n"                                                    \
	"fldl %[st_in]\n"                                                      \
	"ldmxcsr %[mxcsr_in]\n"
#define AFTER                                                                  \
	"stmxcsr %[mxcsr_out]\n"                                               \
	"fstpl %[st_out]\n"                                                    \
	"fnstcw %[x87_out]\n"                                                  \
	"fldcw %[x87_before]\n"                                                \
	"ldmxcsr %[mxcsr_before]\n"

/*
 * Loads @in into the registers, makes a system call, and stores the registers
 * to @out: nothing the compiler does comes in between. The control words are
 * as before afterwards.
 */
#define WITH_FP(move, reg)                                                     \
	BEFORE EACH(LOAD, move, reg) "syscall\n" EACH(STORE, move, reg) AFTER

#define WITH_FP_ARGS                                                           \
	: "+a"(number), [x87_out] "=m"(out->x87_control),                      \
	  [st_out] "=m"(out->x87), [mxcsr_out] "=m"(out->mxcsr),               \
	  [x87_before] "=m"(x87_before), [mxcsr_before] "=m"(mxcsr_before)     \
	: "D"(a), "S"(b), "d"(c), [in] "r"(in->vector),                        \
	  [out] "r"(out->vector), [x87_in] "m"(in->x87_control),               \
	  [st_in] "m"(in->x87), [mxcsr_in] "m"(in->mxcsr)                      \
	: "rcx", "r11", "memory", "cc", "xmm0", "xmm1", "xmm2", "xmm3",        \
	  "xmm12", "xmm13", "xmm14", "xmm15", "st(7)"

static long with_fp(const struct fp *in, struct fp *out, long number, long a,
		    long b, long c)
{
	unsigned short x87_before;
	unsigned int mxcsr_before;

	if (__builtin_cpu_supports("avx"))
		asm volatile(
			WITH_FP("vmovdqu", "ymm") "vzeroupper\n" WITH_FP_ARGS);
	else
		asm volatile(WITH_FP("movdqu", "xmm") WITH_FP_ARGS);
	return number;
}

/* Only what this processor has was loaded. */
static bool fp_same(const struct fp *a, const struct fp *b)
{
	size_t bytes = __builtin_cpu_supports("avx") ? 32 : 16;

	for (unsigned int i = 0; i < 8; i++)
		if (memcmp(a->vector[i], b->vector[i], bytes))
			return false;
	return a->x87_control == b->x87_control && a->x87 == b->x87 &&
	       (a->mxcsr & ~0x3fu) == (b->mxcsr & ~0x3fu);
}

/* Waits for a byte, with registers of its own loaded. */
static void wait_turn(const struct fp *in, int fd)
{
	struct fp out = {0};
	char byte;

	CHECK_EQ(with_fp(in, &out, SYS_read, fd, (long)&byte, 1), 1);
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

static void spoil(int number)
{
	const struct fp in = fp_make(number);
	struct fp out;

	with_fp(&in, &out, SYS_getpid, 0, 0, 0);
}

TEST(fp_signal, .name = "kernel/fp-signal",
     .about = "x87, SSE and AVX registers survive a signal whose handler uses "
	      "them")
{
	const struct sigaction action = {.sa_handler = spoil};
	const struct fp in = fp_make(3);

	CHECK_SYS(sigaction(SIGUSR1, &action, NULL));
	for (int i = 0; i < ROUNDS; i++) {
		struct fp out = {0};

		CHECK_EQ(with_fp(&in, &out, SYS_kill, getpid(), SIGUSR1, 0), 0);
		CHECK(fp_same(&in, &out));
	}
}
