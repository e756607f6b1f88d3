/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The processor's floating-point and vector registers, as a process sees them. */
#ifndef GUEST_FP_H
#define GUEST_FP_H

#include <stdbool.h>

/* Some registers of each kind. */
struct fp {
	unsigned short x87_control;
	double x87;
	unsigned int mxcsr;
	unsigned char vector[8][32]; /* the low half is SSE's */
};

/* Different values for each @salt below 4. */
struct fp fp_make(unsigned int salt);

/*
 * Loads @in into the registers, makes the system call @number, and stores the
 * registers to @out: nothing the compiler does comes in between. Value of the
 * call: negative for an error, errno is left alone.
 */
long fp_syscall(const struct fp *in, struct fp *out, long number, long a,
		long b, long c);

/* Are they the same, as far as this processor has them? */
bool fp_same(const struct fp *a, const struct fp *b);

/*
 * Uses other registers in the handler of a signal that comes while some are
 * loaded: are these the same afterwards? Spends SIGUSR1.
 */
bool fp_survives_signal(void);

#endif
