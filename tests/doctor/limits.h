/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Memory, processes, sizes of files: what the machine and its cgroups allow. */
#ifndef DOCTOR_LIMITS_H
#define DOCTOR_LIMITS_H

/* @jobs: guests at a time. */
void check_memory(unsigned int jobs);
void check_processes(unsigned int jobs);
void check_ulimits(void);

/* The space at @build, the directory of all output. */
void check_disk(const char *build);

#endif
