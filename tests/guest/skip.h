/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Why a test does not apply, as make compare reads it. */
#ifndef GUEST_SKIP_H
#define GUEST_SKIP_H

/*
 * Begins the reason where the test is about what the kernel lacks: that it is skipped is
 * then no loss.
 */
#define SKIP_ONLY_FOR "only for "

#endif
