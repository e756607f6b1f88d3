/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Somebody who has the reservation lock of a BO, for as long as a test wants.
 * The way to it: who finds the control queue full waits for room with the lock
 * of his BO held. So there is no room for anybody meanwhile.
 */
#ifndef GUEST_VIRTIO_LOCK_H
#define GUEST_VIRTIO_LOCK_H

#include "lib/virtio-gpu.h"

struct lock {
	pid_t filler;
	pid_t holder;
};

/* @bo is one that the host has seen; child processes do not get its mapping. */
struct lock bo_lock(struct bo *bo);
void bo_unlock(const struct lock *lock);

#endif
