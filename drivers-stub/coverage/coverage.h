/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The half of the coverage code that talks to libgcov and to the host. It sees
 * only the host's headers, its caller only the kernel's.
 */
#ifndef SHRINKBENCH_COVERAGE_H
#define SHRINKBENCH_COVERAGE_H

#define COVERAGE_NAME_MAX 128

/**
 * coverage_begin - note on the host that data is being gathered
 * @dir: directory of the host; it and its parents are made if need be
 * @name: path below it, made too
 *
 * Leaves a file @dir/@name/running, which coverage_write() renames: a guest
 * that is killed leaves it behind, and so the loss has a name.
 *
 * Return: 0, or a negative errno of the host.
 */
int coverage_begin(const char *dir, const char *name);

/**
 * coverage_write - write all counts, and rename @dir/@name/running to dumped
 * @dir: as given to coverage_begin()
 * @name: as given to coverage_begin()
 * @again: not NULL: count from zero afterwards. NULL: the process ends.
 *
 * Counts are added to those of a data file that exists already. Problems are
 * written to @dir/errors. Needs some 16 KiB of stack, and kmalloc off.
 */
void coverage_write(const char *dir, const char *name, const void *again);

/**
 * coverage_block - hold back the host's signals, until coverage_unblock()
 *
 * A signal that came while the stack is switched would run on top of a signal
 * stack that is in use below.
 */
void coverage_block(void);

/**
 * coverage_unblock - undo coverage_block()
 */
void coverage_unblock(void);

#endif
