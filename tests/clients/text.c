// SPDX-License-Identifier: GPL-2.0-or-later
#include "text.h"

__asm__(".pushsection .data\n"
	".globl clients_text\n"
	"clients_text:\n"
	".incbin \"clients/list\"\n"
	".byte 0\n"
	".popsection\n");
