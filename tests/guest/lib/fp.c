// SPDX-License-Identifier: GPL-2.0-or-later
#include "lib/fp.h"

#include <signal.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

/* All exceptions are masked. @salt selects the rounding mode and the values. */
struct fp fp_make(unsigned int salt)
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

/* The macro restores the control words. */
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

long fp_syscall(const struct fp *in, struct fp *out, long number, long a,
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

/* Only registers that this processor has were loaded. */
bool fp_same(const struct fp *a, const struct fp *b)
{
	size_t bytes = __builtin_cpu_supports("avx") ? 32 : 16;

	for (unsigned int i = 0; i < 8; i++)
		if (memcmp(a->vector[i], b->vector[i], bytes))
			return false;
	return a->x87_control == b->x87_control && a->x87 == b->x87 &&
	       (a->mxcsr & ~0x3fu) == (b->mxcsr & ~0x3fu);
}

static void spoil(int number)
{
	const struct fp in = fp_make(number);
	struct fp out;

	fp_syscall(&in, &out, SYS_getpid, 0, 0, 0);
}

bool fp_survives_signal(void)
{
	const struct sigaction action = {.sa_handler = spoil};
	const struct fp in = fp_make(3);
	struct fp out = {0};

	return !sigaction(SIGUSR1, &action, NULL) &&
	       !fp_syscall(&in, &out, SYS_kill, getpid(), SIGUSR1, 0) &&
	       fp_same(&in, &out);
}
