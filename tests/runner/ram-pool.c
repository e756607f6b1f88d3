// SPDX-License-Identifier: GPL-2.0-or-later
#include "ram-pool.h"

#include <glib.h>
#include <sys/mman.h>
#include <unistd.h>

static GArray *unused; /* of int */

int ram_take(void)
{
	int fd;

	if (!unused || !unused->len)
		return memfd_create("guest-ram", MFD_CLOEXEC);
	fd = g_array_index(unused, int, unused->len - 1);
	g_array_set_size(unused, unused->len - 1);
	return fd;
}

void ram_give(int fd)
{
	if (fd < 0)
		return;
	if (!unused)
		unused = g_array_new(FALSE, FALSE, sizeof(int));
	g_array_append_val(unused, fd);
}

void ram_free(void)
{
	for (guint i = 0; unused && i < unused->len; i++)
		close(g_array_index(unused, int, i));
	g_clear_pointer(&unused, g_array_unref);
}
