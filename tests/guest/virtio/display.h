/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Modesetting with the legacy (non-atomic) ioctls. */
#ifndef GUEST_VIRTIO_DISPLAY_H
#define GUEST_VIRTIO_DISPLAY_H

#include <stdbool.h>
#include <stdint.h>

#include <drm/drm_mode.h>

#include "lib/virtio-gpu.h"

#define CURSOR_SIDE 64

/**
 * struct display - the first connected output
 * @fd: card, with us as its master
 * @mode: the output's preferred mode
 */
struct display {
	int fd;
	uint32_t crtc;
	uint32_t connector;
	struct drm_mode_modeinfo mode;
};

struct display display_open(void);

/* A framebuffer of all of @bo, XRGB8888; with ARGB8888 for cursor planes. */
uint32_t fb_of(const struct bo *bo, uint32_t width, uint32_t height);
uint32_t fb_of_cursor(const struct bo *bo);
void fb_remove(int fd, uint32_t fb);

/* A dumb buffer that fills the display, and its framebuffer. */
struct bo bo_screen(const struct display *display);
uint32_t fb_screen(const struct display *display, const struct bo *bo);

/* A dumb buffer that is a cursor's size. */
struct bo bo_cursor(const struct display *display);

/* SETCRTC: show the framebuffer, or nothing. try: 0, or -1 and errno. */
void display_show(const struct display *display, uint32_t fb);
int display_try_show(const struct display *display, uint32_t fb);
void display_off(const struct display *display);

/* CURSOR2 with @flags; @bo NULL hides the cursor. */
void display_cursor(const struct display *display, uint32_t flags,
		    const struct bo *bo, int x, int y);
int display_try_cursor(const struct display *display, uint32_t flags,
		       const struct bo *bo, int x, int y);

/*
 * Wait for the end of flips. The kernel reads the state of a flip after it has
 * reported the flip as done; the next flip may free that state
 * (tests/KERNEL-BUGS.md, 29).
 */
void display_settle(void);

/* PAGE_FLIP, and wait for its event and its end. */
void display_flip(const struct display *display, uint32_t fb);

/*
 * Unplug all outputs, or plug them in again: now, with a command that waits for nothing
 * (CTX_CREATE), or before the answer to the next command of @kind. An unplugged output is
 * plugged in again when the device is reset. A test must not leave it unplugged.
 */
void display_change(void);
void display_change_at(const char *kind);

/* Has the driver handled all changes? It clears the event when it has. */
bool display_handled(void);

#endif
