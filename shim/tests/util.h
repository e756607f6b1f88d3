/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Shared by several test programs. */
#ifndef SHIM_TESTS_UTIL_H
#define SHIM_TESTS_UTIL_H

#include <glib.h>
#include <stdbool.h>
#include <sys/types.h>

#include "protocol.h"

/* @bytes is consumed and must be exactly @text. */
void assert_text(GBytes *bytes, const char *text);
/* Does @bytes (consumed) contain @text? */
bool contains_text(GBytes *bytes, const char *text);

/* A memfd of @size zero bytes, as a guest's RAM. Mapped at *map if not NULL. */
int ram_file(size_t size, void **map);

/* A hello of this process with @ram_fd and @event_page. */
struct sb_hello hello_for(int ram_fd, guint64 event_page);

/* Is anything mounted at @dir? */
bool is_mount_point(const char *dir);
/* Wait until nothing is mounted at @dir; fails the test after 10 s. */
void wait_unmounted(const char *dir);

/* Write @text to @dir/@file. 0 or a negative errno. */
int write_file(const char *dir, const char *file, const char *text);
/* Content of @dir/@file, owned. Fails the test when it cannot be read. */
char *read_file(const char *dir, const char *file);

#endif
