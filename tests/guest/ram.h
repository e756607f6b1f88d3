/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Default RAM of a guest in MiB, for tests without .ram_mib and for make shell. */
#ifndef GUEST_RAM_H
#define GUEST_RAM_H

#define GUEST_RAM_MIB 64

#endif
