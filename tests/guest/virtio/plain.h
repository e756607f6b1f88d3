/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A device without 3D. */
#ifndef VIRTIO_PLAIN_H
#define VIRTIO_PLAIN_H

/* Bind the driver to a device without these features. Name of the device, owned. */
char *plain_bind_without(const char *features);
/* Likewise, without 3D, and without blobs, too: with them, dumb BOs are blobs. */
char *plain_begin(void);
/* Bind it to the device with all features again. Frees @name. */
void plain_end(char *name);

#endif
