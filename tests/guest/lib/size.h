/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Sizes in bytes. */
#ifndef LIB_SIZE_H
#define LIB_SIZE_H

#define KIB 1024u
#define MIB (1024u * KIB)
/* UML has pages of this size only. */
#define PAGE 4096u

#endif
