/* SPDX-License-Identifier: GPL-2.0-or-later */
/* RAM of a guest whose tests do not ask for more, MiB; make shell has it, too. */
#ifndef GUEST_RAM_H
#define GUEST_RAM_H

#define GUEST_RAM_MIB 96

#endif
