// SPDX-License-Identifier: GPL-2.0-or-later
#include "relay.h"

#include <errno.h>
#include <glib-unix.h>
#include <poll.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../guest/shell.h"

struct Relay {
	int fd;
	RelayReadyFunc ready;
	RelayBrokenFunc broken;
	gpointer data;
	GByteArray *frames; /* from the guest, not passed on yet */
	gsize done; /* how many bytes of the first frame are passed on */
	guint watch; /* on the link, or on the output that blocks it */
	guint in_watch; /* on standard input, or on the link if that blocks it */
	gboolean ended; /* no more frames */
	gboolean is_broken;
	int status;
};

/*
 * Can @fd be read or written without blocking? The runner must not block in a
 * system call, since it handles signals in the main loop. It must not set
 * O_NONBLOCK either, since other processes share these descriptors.
 */
static gboolean is_ready(int fd, short events)
{
	struct pollfd poll_fd = {.fd = fd, .events = events};

	return poll(&poll_fd, 1, 0) > 0;
}

static void watch_link(Relay *relay);

static void take_frame(Relay *relay, const struct shell_frame *frame)
{
	switch (frame->type) {
	case SHELL_READY:
		relay->ready(relay->data);
		break;
	case SHELL_STATUS:
		if (frame->len == sizeof(relay->status))
			memcpy(&relay->status, frame->data, frame->len);
		break;
	}
}

static gboolean on_output(int fd, GIOCondition condition, gpointer data);

/* False if @fd accepts no more at the moment. */
static gboolean put(Relay *relay, int fd, const struct shell_frame *frame)
{
	while (relay->done < frame->len && !relay->is_broken) {
		ssize_t n;

		if (!is_ready(fd, POLLOUT))
			return FALSE;
		n = write(fd, frame->data + relay->done,
			  frame->len - relay->done);
		if (n < 0 && errno == EAGAIN)
			return FALSE;
		if (n < 0 && errno != EINTR) {
			relay->is_broken = TRUE;
			relay->broken(errno, relay->data);
		}
		relay->done += MAX(n, 0);
	}
	relay->done = 0;
	return TRUE;
}

/* Pass on all complete frames. False if an output accepts no more at the moment. */
static gboolean pass_on(Relay *relay)
{
	while (relay->frames->len >= SHELL_HEAD_LEN) {
		struct shell_frame frame;
		gsize len;
		int fd;

		memcpy(&frame, relay->frames->data, SHELL_HEAD_LEN);
		len = MIN(frame.len, SHELL_FRAME_MAX);
		if (relay->frames->len < SHELL_HEAD_LEN + len)
			break;
		memcpy(frame.data, relay->frames->data + SHELL_HEAD_LEN, len);
		frame.len = len;
		if (frame.type == SHELL_OUT || frame.type == SHELL_ERR) {
			fd = frame.type == SHELL_OUT ? STDOUT_FILENO
						     : STDERR_FILENO;
			if (!put(relay, fd, &frame)) {
				relay->watch = g_unix_fd_add(fd, G_IO_OUT,
							     on_output, relay);
				return FALSE;
			}
		} else {
			take_frame(relay, &frame);
		}
		g_byte_array_remove_range(relay->frames, 0,
					  SHELL_HEAD_LEN + len);
	}
	return TRUE;
}

static gboolean on_output(int fd, GIOCondition condition, gpointer data)
{
	Relay *relay = data;

	(void)fd;
	(void)condition;
	relay->watch = 0;
	if (pass_on(relay))
		watch_link(relay);
	return G_SOURCE_REMOVE;
}

static gboolean on_link(int fd, GIOCondition condition, gpointer data)
{
	Relay *relay = data;
	guint8 buf[16384];
	ssize_t n = recv(fd, buf, sizeof(buf), MSG_DONTWAIT);

	(void)condition;
	if (n < 0 && (errno == EINTR || errno == EAGAIN))
		return G_SOURCE_CONTINUE;
	relay->watch = 0;
	if (n > 0) {
		g_byte_array_append(relay->frames, buf, n);
		if (pass_on(relay))
			watch_link(relay);
	} else {
		relay->ended = TRUE;
	}
	return G_SOURCE_REMOVE;
}

static void watch_link(Relay *relay)
{
	relay->watch = g_unix_fd_add(relay->fd, G_IO_IN, on_link, relay);
}

/* The link must have space for the frame, or the guest must have ended. */
static void send_frame(Relay *relay, struct shell_frame *frame)
{
	const char *at = (const char *)frame;
	gsize left = SHELL_HEAD_LEN + frame->len;

	while (left) {
		ssize_t n = send(relay->fd, at, left, MSG_NOSIGNAL);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return;
		at += n;
		left -= n;
	}
}

static gboolean on_input(int fd, GIOCondition condition, gpointer data);

static gboolean on_room(int fd, GIOCondition condition, gpointer data)
{
	(void)fd;
	(void)condition;
	relay_input(data);
	return G_SOURCE_REMOVE;
}

static gboolean on_input(int fd, GIOCondition condition, gpointer data)
{
	Relay *relay = data;
	struct shell_frame frame = {.type = SHELL_IN};
	ssize_t n;

	(void)condition;
	if (!is_ready(relay->fd, POLLOUT)) {
		relay->in_watch =
			g_unix_fd_add(relay->fd, G_IO_OUT, on_room, relay);
		return G_SOURCE_REMOVE;
	}
	n = read(fd, frame.data, SHELL_FRAME_MAX);
	if (n < 0 && (errno == EINTR || errno == EAGAIN))
		return G_SOURCE_CONTINUE;
	frame.len = MAX(n, 0);
	send_frame(relay, &frame);
	if (n > 0)
		return G_SOURCE_CONTINUE;
	relay->in_watch = 0;
	return G_SOURCE_REMOVE;
}

void relay_input(Relay *relay)
{
	relay->in_watch = g_unix_fd_add(STDIN_FILENO, G_IO_IN | G_IO_HUP,
					on_input, relay);
}

void relay_size(Relay *relay)
{
	struct shell_frame frame = {.type = SHELL_SIZE,
				    .len = sizeof(struct winsize)};
	struct winsize size;

	if (ioctl(STDIN_FILENO, TIOCGWINSZ, &size))
		return;
	memcpy(frame.data, &size, sizeof(size));
	send_frame(relay, &frame);
}

Relay *relay_new(int fd, RelayReadyFunc ready, RelayBrokenFunc broken,
		 gpointer data)
{
	Relay *relay = g_new0(Relay, 1);

	relay->fd = fd;
	relay->ready = ready;
	relay->broken = broken;
	relay->data = data;
	relay->frames = g_byte_array_new();
	relay->status = -1;
	watch_link(relay);
	return relay;
}

void relay_finish(Relay *relay)
{
	g_clear_handle_id(&relay->in_watch, g_source_remove);
	while (!relay->ended && !relay->is_broken)
		g_main_context_iteration(NULL, TRUE);
}

int relay_status(const Relay *relay)
{
	return relay->status;
}

void relay_free(Relay *relay)
{
	g_clear_handle_id(&relay->watch, g_source_remove);
	g_clear_handle_id(&relay->in_watch, g_source_remove);
	close(relay->fd);
	g_byte_array_unref(relay->frames);
	g_free(relay);
}
