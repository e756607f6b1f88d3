/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The operations of the random test: carried out by one of the processes or by
 * the master, and compared with the model.
 */
#ifndef FUZZ_OPS_H
#define FUZZ_OPS_H

#include "model.h"

/*
 * An operation before it is known what it will find: all of it is random, and
 * none of it depends on the operations before, so that any of them can be left
 * out. One that does not apply to what it finds does nothing.
 */
struct fuzz_op {
	unsigned int kind;
	uint32_t bo;
	uint32_t other;
	uint32_t process;
	uint32_t x;
	uint32_t y;
};

/* Operation @index of the run with @seed. */
struct fuzz_op fuzz_op(uint64_t seed, unsigned int index);

/* Start and end a run: the end looks for anything that was left. */
void fuzz_begin(struct fuzz *fuzz);
void fuzz_end(struct fuzz *fuzz);

/* Carry it out, and check everything that can be checked; did it apply? */
bool fuzz_do(struct fuzz *fuzz, const struct fuzz_op *op);

#endif
