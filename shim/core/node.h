/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A device's part of the tree as a table of files. The directories follow from it:
 * a directory exists if it can contain some file.
 */
#ifndef SHIM_NODE_H
#define SHIM_NODE_H

#include <glib.h>
#include <stdint.h>

typedef struct Device Device;

/**
 * Node - a read-only file, or one for each of several numbers
 *
 * @path: below the device's directory. At most one part of it is "%u", which
 *	stands for a number, decimal: "as/%u/map". NULL ends the table.
 * @show: append its content; @n is the number, one of those that there are now,
 *	or 0 when @path has none
 * @count: the numbers are 0 .. @count - 1, always; 0: @list says
 * @list: append the numbers that there are now, of uint32_t, in order
 */
typedef struct {
	const char *path;
	void (*show)(Device *device, uint32_t n, GString *out);
	unsigned int count;
	void (*list)(Device *device, GArray *numbers);
} Node;

/**
 * node_list - names in a directory of @device
 * @path: "" is the device's own directory; no leading or trailing slash
 *
 * Return: owned and NULL-terminated, directories with a trailing slash; NULL
 * when @path is no directory.
 */
char **node_list(Device *device, const char *path);

/* Content of the file @path of @device, owned; NULL when there is none. */
GBytes *node_show(Device *device, const char *path);

#endif
