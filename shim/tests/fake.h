/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A small device for the tests of everything except the models. */
#ifndef SHIM_TESTS_FAKE_H
#define SHIM_TESTS_FAKE_H

#include "core/device.h"

#define FAKE_ISR_REG 0x60
#define FAKE_ACK_REG 0x64
/* Registers, 4 bytes each. */
#define FAKE_VALUE 0x00 /* keeps what is written */
#define FAKE_RAISE 0x04 /* write: raises this line, sets isr |= 1 << line */
#define FAKE_DEADLINE 0x08 /* write: now + this many ns becomes the deadline */
#define FAKE_TICKS 0x0c /* ticks so far */
#define FAKE_RELEASES 0x10 /* releases so far */
#define FAKE_RESETS 0x14 /* resets so far */
#define FAKE_NOW 0x18 /* 8 bytes: now_ns */
#define FAKE_BAD 0x40 /* -EINVAL */
#define FAKE_WINDOW 0x1000 /* bytes of registers */

/*
 * Two of them, named like two real devices, since fault rules know those names.
 * Files in its directory: `value` (the register), `dir/value`, `42` (while the
 * register is not 0), `big` (200000 bytes). Its device file is `regs`.
 */
extern const DeviceId fake_gpu; /* "virtio-gpu" */
extern const DeviceId fake_panfrost; /* "panfrost" */

#endif
