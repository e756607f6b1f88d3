/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Is the kernel's source there, or can it be downloaded? */
#ifndef DOCTOR_SOURCE_H
#define DOCTOR_SOURCE_H

/* @root: the clone. */
void check_source(const char *root);

#endif
