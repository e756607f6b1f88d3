/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef RUNNER_SYMBOL_H
#define RUNNER_SYMBOL_H

#include <glib.h>

/*
 * Address of symbol @name in the 64-bit ELF program @path; 0 if it has none,
 * or no symbols.
 */
guint64 symbol_address(const char *path, const char *name);

#endif
