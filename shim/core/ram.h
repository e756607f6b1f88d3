/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Guest RAM as the devices see it: physical addresses, in bytes. */
#ifndef SHIM_RAM_H
#define SHIM_RAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define RAM_PAGE_SIZE 4096u

typedef struct Ram Ram;

/* An empty RAM; every access to it fails until it is mapped. */
Ram *ram_new(void);
void ram_free(Ram *ram);

/*
 * Map file descriptor @fd (a file of the guest's, whole; not consumed). 0 or a
 * negative errno. Mapping the same file again counts a user; ram_unmap() drops
 * one, and the last one unmaps.
 */
int ram_map(Ram *ram, int fd);
void ram_unmap(Ram *ram);

/* Use the caller's memory instead of a guest's; for unit tests and fuzzing. */
void ram_set(Ram *ram, void *base, size_t size);

/*
 * Pointer to @len bytes at @addr, or NULL when any of them lies outside. It is
 * valid until the guest goes, and guest code may change the bytes only
 * between two accesses (a guest is stopped while a device works).
 */
void *ram_at(Ram *ram, uint64_t addr, size_t len);

/* Copy; false when any byte lies outside, and then nothing is copied. */
bool ram_read(Ram *ram, uint64_t addr, void *buf, size_t len);
bool ram_write(Ram *ram, uint64_t addr, const void *buf, size_t len);

#endif
