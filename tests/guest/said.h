/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How lines of a foreign program stand in the kernel's log. */
#ifndef GUEST_SAID_H
#define GUEST_SAID_H

/* Begins such a line, which is never taken for a report of the kernel. */
#define SAID "> "

#endif
