/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What an address space maps, as text: the content of a file such as `as/0/map`. */
#ifndef SHIM_MAP_H
#define SHIM_MAP_H

#include "core/space.h"

/* Append a line for each range: address, pages, physical address, rights. */
void map_show(const Space *space, GString *out);

#endif
