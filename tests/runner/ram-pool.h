/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Files that hold the guests' RAM, each used by one guest after another: the
 * host need not find and clear new pages for each guest. See
 * uml-config/fixups/ram-file.patch.
 */
#ifndef RUNNER_RAM_POOL_H
#define RUNNER_RAM_POOL_H

/*
 * A descriptor of a file that no guest uses, for ram_give(); -1 if there is
 * none: the kernel then makes a file of its own.
 */
int ram_take(void);

/* Take back what ram_take() returned. All processes of its guest have ended. */
void ram_give(int fd);

/* Close all that have been given back. */
void ram_free(void);

#endif
