/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The file "list", in the program: guests need no path to it. */
#ifndef CLIENTS_TEXT_H
#define CLIENTS_TEXT_H

extern char clients_text[];

#endif
