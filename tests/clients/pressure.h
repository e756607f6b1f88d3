/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A process that makes memory short beside a client. */
#ifndef CLIENTS_PRESSURE_H
#define CLIENTS_PRESSURE_H

struct pressure;

/*
 * Start it: again and again, it fills @mib MiB of RAM, then of shmem, and has the kernel drop
 * its caches. NULL with errno; pressure_stop() takes that.
 */
struct pressure *pressure_start(unsigned int mib);

/*
 * End it and free @pressure. NULL, or what went wrong: it ended too early, or it had not
 * filled RAM once.
 */
const char *pressure_stop(struct pressure *pressure);

#endif
