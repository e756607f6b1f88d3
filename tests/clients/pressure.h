/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A process that makes memory short beside a client. */
#ifndef CLIENTS_PRESSURE_H
#define CLIENTS_PRESSURE_H

#include <sys/types.h>

/*
 * Start it: again and again, it fills @mib MiB of RAM, then of shmem, and has the kernel drop
 * its caches. Returns when it has done so once. -1 if there is no process; pressure_stop()
 * takes that.
 */
pid_t pressure_start(unsigned int mib);

/* End it. NULL, or what went wrong: it has ended by itself, for example. */
const char *pressure_stop(pid_t pid);

#endif
