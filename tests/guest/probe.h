/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Probes whether a guest on this host can do what every test relies on. init calls
 * them before the first test of a run. Each returns NULL, or what does not work,
 * static.
 */
#ifndef GUEST_PROBE_H
#define GUEST_PROBE_H

/* Processes: fork, and signals that leave floating-point registers alone. */
const char *probe_processes(void);

/* Memory that comes back from swap space, which must be on. */
const char *probe_swap(void);

#endif
