/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Holds the reservation lock of a BO for as long as a test wants. The control queue
 * is filled; a process that then waits for space in the queue holds the lock of its
 * BO. Meanwhile no command can be queued.
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
