/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The random operations of a seed, before they have targets. */
#ifndef FUZZ_RANDOM_H
#define FUZZ_RANDOM_H

#include <stdint.h>

/*
 * It does not depend on the operations before, so any of them can be left out. An
 * operation without a target does nothing.
 */
struct fuzz_op {
	unsigned int kind;
	uint32_t bo;
	uint32_t other;
	uint32_t process;
	uint32_t x;
	uint32_t y;
};

/*
 * Operation @index of the run with @seed. @weights: how often each kind comes, in relation
 * to the others.
 */
struct fuzz_op fuzz_draw(uint64_t seed, unsigned int index,
			 const unsigned int *weights, unsigned int kinds);

/* The next random number: splitmix64. */
uint64_t fuzz_mix(uint64_t *state);

#endif
