/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The operations of the random test: a process or the master makes them, and the
 * result is compared with the model.
 */
#ifndef FUZZ_OPS_H
#define FUZZ_OPS_H

#include "model.h"
#include "random.h"

/* Operation @index of the run with @seed. */
struct fuzz_op fuzz_op(uint64_t seed, unsigned int index);

/* Start and end a run. The end checks that nothing was left behind. */
void fuzz_begin(struct fuzz *fuzz);
void fuzz_end(struct fuzz *fuzz);

/*
 * Make the operation, and check all that can be checked. False if it had no target.
 */
bool fuzz_do(struct fuzz *fuzz, const struct fuzz_op *op);

#endif
