// SPDX-License-Identifier: GPL-2.0-or-later
#include "init-shell.h"

#include <dirent.h>
#include <drm/drm.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include "shell.h"

#define CARDS_MAX 16

/* What a shell without a terminal has instead; the other ends are init's. */
struct stream {
	int ours;
	int its;
	uint16_t type;
	pthread_t thread;
};

static int link_fd;
static pthread_mutex_t link_lock = PTHREAD_MUTEX_INITIALIZER;
static struct stream streams[] = {{.ours = -1, .type = SHELL_IN},
				  {.ours = -1, .type = SHELL_OUT},
				  {.ours = -1, .type = SHELL_ERR}};

static bool read_all(int fd, void *buf, size_t len)
{
	for (size_t got = 0; got < len;) {
		ssize_t n = read(fd, (char *)buf + got, len - got);

		if (n <= 0 && !(n < 0 && errno == EINTR))
			return false;
		got += n > 0 ? n : 0;
	}
	return true;
}

static bool write_all(int fd, const void *buf, size_t len)
{
	for (size_t put = 0; put < len;) {
		ssize_t n = write(fd, (const char *)buf + put, len - put);

		if (n < 0 && errno != EINTR)
			return false;
		put += n > 0 ? n : 0;
	}
	return true;
}

static void send_frame(struct shell_frame *frame)
{
	pthread_mutex_lock(&link_lock);
	write_all(link_fd, frame, SHELL_HEAD_LEN + frame->len);
	pthread_mutex_unlock(&link_lock);
}

static void close_input(void)
{
	if (streams[0].ours >= 0)
		close(streams[0].ours);
	streams[0].ours = -1;
}

static void set_size(const char *data)
{
	int fd = open(SHELL_TERMINAL, O_RDWR | O_NOCTTY | O_CLOEXEC);

	if (fd < 0)
		return;
	ioctl(fd, TIOCSWINSZ, data);
	close(fd);
}

/* A thread that handles all frames from the runner. */
static void *from_runner(void *arg)
{
	struct shell_frame frame;

	while (read_all(link_fd, &frame, SHELL_HEAD_LEN) &&
	       frame.len <= SHELL_FRAME_MAX &&
	       read_all(link_fd, frame.data, frame.len)) {
		if (frame.type == SHELL_SIZE)
			set_size(frame.data);
		/* Input that nobody reads any more is dropped. */
		else if (!frame.len ||
			 !write_all(streams[0].ours, frame.data, frame.len))
			close_input();
	}
	return arg;
}

/* A thread that forwards one of the two outputs, until its end. */
static void *to_runner(void *arg)
{
	const struct stream *stream = arg;
	struct shell_frame frame = {.type = stream->type};
	ssize_t n;

	while ((n = read(stream->ours, frame.data, SHELL_FRAME_MAX)) > 0) {
		frame.len = n;
		send_frame(&frame);
	}
	return arg;
}

static bool open_link(void)
{
	struct termios raw;

	link_fd = open(SHELL_LINK, O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (link_fd < 0 || tcgetattr(link_fd, &raw))
		return false;
	cfmakeraw(&raw);
	return !tcsetattr(link_fd, TCSANOW, &raw);
}

static bool make_streams(void)
{
	for (int i = 0; i < 3; i++) {
		int fds[2];

		if (pipe2(fds, O_CLOEXEC))
			return false;
		streams[i].its = fds[i ? 1 : 0];
		streams[i].ours = fds[i ? 0 : 1];
	}
	return true;
}

static bool open_terminal(void)
{
	int fd = open(SHELL_TERMINAL, O_RDWR | O_NOCTTY | O_CLOEXEC);

	for (int i = 0; i < 3; i++)
		streams[i].its = fd;
	return fd >= 0;
}

/* "Devices:     virtio_gpu  /dev/dri/card0  /dev/dri/renderD128" */
static bool print_card(FILE *out, const char *title, int card)
{
	char name[64], path[64], render[300] = "no render node";
	struct drm_version version = {.name = name,
				      .name_len = sizeof(name) - 1};
	struct dirent *entry;
	DIR *dir;
	int fd;

	snprintf(path, sizeof(path), "/sys/class/drm/card%d/device/drm", card);
	dir = opendir(path);
	while (dir && (entry = readdir(dir)))
		if (!strncmp(entry->d_name, "renderD", 7))
			snprintf(render, sizeof(render), "/dev/dri/%s",
				 entry->d_name);
	if (dir)
		closedir(dir);
	snprintf(path, sizeof(path), "/dev/dri/card%d", card);
	fd = open(path, O_RDWR | O_CLOEXEC);
	if (fd < 0)
		return false;
	if (ioctl(fd, DRM_IOCTL_VERSION, &version))
		version.name_len = 0;
	close(fd);
	fprintf(out, "%-12s %-11.*s %s %s\n", title, (int)version.name_len,
		name, path, render);
	return true;
}

static void greet(const struct shell *shell)
{
	FILE *out = fdopen(dup(streams[1].its), "w");
	struct utsname kernel;
	const char *title = "Devices:";

	if (!out)
		return;
	uname(&kernel);
	fprintf(out, "Linux %s, variant %s, as User-Mode Linux\n",
		kernel.release, shell->variant);
	for (int card = 0; card < CARDS_MAX; card++)
		if (print_card(out, title, card))
			title = "";
	if (shell->gpu)
		fprintf(out, "FUSE tree:   %s; on the host: %s/gpu\n",
			shell->gpu, shell->host_dir);
	fprintf(out,
		"Shrinkers:   /sys/kernel/debug/shrinker\n"
		"Kernel log:  dmesg; on the host: %s/log\n"
		"Run a test:  guest-tests run NAME; make list, on the host, "
		"names them\n"
		"Leave:       exit, or Ctrl-D\n",
		shell->host_dir);
	fclose(out);
}

static void __attribute__((noreturn)) exec_shell(const struct shell *shell)
{
	setsid();
	if (shell->terminal)
		ioctl(streams[0].its, TIOCSCTTY, 0);
	for (int i = 0; i < 3; i++)
		dup2(streams[i].its, i);
	setenv("PATH", "/tmp:/usr/sbin:/usr/bin:/sbin:/bin", 1);
	setenv("HOME", "/tmp", 1);
	setenv("PS1", "guest# ", 1);
	if (chdir("/tmp"))
		perror("/tmp");
	if (shell->command)
		execl("/bin/sh", "sh", "-c", shell->command, NULL);
	else if (!shell->terminal)
		execl("/bin/sh", "sh", NULL);
	/* bash has line editing. */
	else if (!access("/bin/bash", X_OK))
		execl("/bin/bash", "bash", "--noprofile", "--norc", "-i", NULL);
	else
		execl("/bin/sh", "sh", "-i", NULL);
	perror("/bin/sh");
	_exit(127);
}

/* Wait for the shell's status, and kill what it left in the background. */
static int wait_for(pid_t pid)
{
	int status = 0, other;
	pid_t dead;

	while ((dead = wait(&other)) != pid)
		if (dead < 0 && errno != EINTR)
			break;
	if (dead == pid)
		status = other;
	kill(-1, SIGKILL);
	while (wait(&other) > 0 || errno == EINTR)
		;
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status)
				   : WEXITSTATUS(status);
}

static void send_status(int status)
{
	struct shell_frame frame = {.type = SHELL_STATUS,
				    .len = sizeof(status)};

	memcpy(frame.data, &status, sizeof(status));
	send_frame(&frame);
	tcdrain(link_fd);
}

bool shell_run(const struct shell *shell)
{
	struct shell_frame ready = {.type = SHELL_READY};
	pthread_t thread;
	int err, status;
	pid_t pid;

	if (!open_link() ||
	    !(shell->terminal ? open_terminal() : make_streams()))
		return false;
	if (shell->terminal)
		greet(shell);
	pid = fork();
	if (pid < 0)
		return false;
	if (!pid)
		exec_shell(shell);
	err = pthread_create(&thread, NULL, from_runner, NULL);
	for (int i = 0; i < 3 && !err; i++) {
		if (i == 0 || !shell->terminal)
			close(streams[i].its);
		if (i && !shell->terminal)
			err = pthread_create(&streams[i].thread, NULL,
					     to_runner, &streams[i]);
	}
	if (err) {
		errno = err;
		return false;
	}
	send_frame(&ready);
	status = wait_for(pid);
	for (int i = 1; i < 3 && !shell->terminal; i++)
		pthread_join(streams[i].thread, NULL);
	send_status(status);
	return true;
}
