/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the kernel complains of while a client runs. */
#ifndef CLIENTS_ERRORS_H
#define CLIENTS_ERRORS_H

#include <stdbool.h>
#include <stddef.h>

/* From now on. A file, owned; -1 with errno. */
int errors_begin(void);

/*
 * Has the kernel printed an error since errors_begin(), a message of the level KERN_ERR or
 * above? The first is copied to @text, of @size bytes. If nobody can tell, that is one, too.
 */
bool errors_any(int fd, char *text, size_t size);

#endif
