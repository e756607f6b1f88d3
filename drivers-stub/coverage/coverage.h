/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The part of the coverage code that uses libgcov and the host. It includes
 * only the host's headers; its caller includes only the kernel's.
 */
#ifndef SHRINKBENCH_COVERAGE_H
#define SHRINKBENCH_COVERAGE_H

#define COVERAGE_NAME_MAX 128

/**
 * coverage_begin - note on the host that data is being collected
 * @dir: directory of the host; it and its parents are created if necessary
 * @name: path below it, created likewise
 *
 * Creates a file @dir/@name/running, which coverage_write() renames. It remains if the
 * guest is killed, and so names the test whose data is lost.
 *
 * Return: 0, or a negative errno of the host.
 */
int coverage_begin(const char *dir, const char *name);

/**
 * coverage_write - write all counts, and rename @dir/@name/running to dumped
 * @dir: as passed to coverage_begin()
 * @name: as passed to coverage_begin()
 * @again: not NULL: reset the counts afterwards. NULL: the process ends.
 *
 * Counts are added to those of an existing data file. Errors are written to
 * @dir/errors. Needs about 16 KiB of stack, and must not use kmalloc().
 */
void coverage_write(const char *dir, const char *name, const void *again);

/**
 * coverage_block - block the host's signals until coverage_unblock()
 *
 * A signal that arrives while the stack is switched would use a signal stack that is
 * in use already.
 */
void coverage_block(void);

/**
 * coverage_unblock - undo coverage_block()
 */
void coverage_unblock(void);

#endif
