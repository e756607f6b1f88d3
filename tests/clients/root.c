// SPDX-License-Identifier: GPL-2.0-or-later
#include "root.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define ROOT "/tmp/root"
#define LINE_MAX_LEN 800
#define ENV_MAX 32

/* There is no VT behind it on UML, where programs would look for one. */
#define NO_VT "/dev/tty0"

const char *root_path(const char *path)
{
	static char text[4096];

	snprintf(text, sizeof(text), ROOT "%s", path);
	return text;
}

static const char *mount_tmpfs(const char *path)
{
	return mount("tmpfs", path, "tmpfs", 0, NULL) ? path : NULL;
}

const char *root_mount(const char *host)
{
	static const char *const binds[] = {"/dev", "/proc", "/sys"};
	static const char *const tmpfs[] = {"/tmp", "/run"};
	const char *failed;

	if (mkdir(ROOT, 0755) || mount("none", ROOT, "hostfs", MS_RDONLY, host))
		return ROOT;
	if ((mkdir("/dev/shm", 01777) && errno != EEXIST))
		return "/dev/shm";
	failed = mount_tmpfs("/dev/shm");
	if (failed)
		return failed;
	if (unlink(NO_VT) && errno != ENOENT)
		return NO_VT;
	for (size_t i = 0; i < sizeof(binds) / sizeof(*binds); i++)
		if (mount(binds[i], root_path(binds[i]), NULL, MS_BIND | MS_REC,
			  NULL))
			return root_path(binds[i]);
	for (size_t i = 0; i < sizeof(tmpfs) / sizeof(*tmpfs); i++) {
		failed = mount_tmpfs(root_path(tmpfs[i]));
		if (failed)
			return failed;
	}
	return NULL;
}

static void __attribute__((noreturn))
exec_program(char *const *argv, char *const *env, int out)
{
	char *envp[ENV_MAX + 1] = {"PATH=/usr/sbin:/usr/bin:/sbin:/bin",
				   "HOME=/tmp", "LC_ALL=C.UTF-8",
				   "XDG_RUNTIME_DIR=/run"};
	size_t count = 4;

	for (; *env && count < ENV_MAX; env++)
		envp[count++] = *env;
	setpgid(0, 0);
	if (!chroot(ROOT) && !chdir("/tmp") && dup2(out, STDOUT_FILENO) >= 0 &&
	    dup2(out, STDERR_FILENO) >= 0)
		execve(argv[0], argv, envp);
	dprintf(out, "%s: %s\n", argv[0], strerror(errno));
	_exit(127);
}

struct reader {
	char text[LINE_MAX_LEN + 1];
	size_t len;
	root_line_fn line;
	void *data;
};

static void end_line(struct reader *reader)
{
	reader->text[reader->len] = '\0';
	reader->len = 0;
	reader->line(reader->text, reader->data);
}

/* Read what is there. False at the end. */
static bool read_some(struct reader *reader, int fd)
{
	char buf[4096];
	ssize_t n = read(fd, buf, sizeof(buf));

	for (ssize_t i = 0; i < n; i++) {
		if (buf[i] == '\n') {
			end_line(reader);
			continue;
		}
		reader->text[reader->len++] = buf[i];
		if (reader->len == LINE_MAX_LEN)
			end_line(reader);
	}
	return n > 0 || (n < 0 && errno == EINTR);
}

/* Until the output or the process ends; then what is left. */
static void read_output(struct reader *reader, int fd, int pidfd)
{
	struct pollfd fds[] = {{.fd = fd, .events = POLLIN},
			       {.fd = pidfd, .events = POLLIN}};

	for (;;) {
		if (poll(fds, 2, -1) < 0)
			continue;
		if (fds[0].revents && !read_some(reader, fd))
			break;
		if (!fds[0].revents && fds[1].revents)
			break;
	}
	if (reader->len)
		end_line(reader);
}

int root_run(char *const *argv, char *const *env, root_line_fn line, void *data)
{
	struct reader reader = {.line = line, .data = data};
	int fds[2], pidfd, status;
	pid_t pid;

	if (pipe2(fds, O_CLOEXEC))
		return -1;
	pid = fork();
	if (pid < 0)
		return -1;
	if (!pid)
		exec_program(argv, env, fds[1]);
	close(fds[1]);
	pidfd = syscall(SYS_pidfd_open, pid, 0);
	if (pidfd < 0)
		return -1;
	read_output(&reader, fds[0], pidfd);
	close(fds[0]);
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return -1;
	close(pidfd);
	return status;
}
