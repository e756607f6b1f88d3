// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/mount.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <mntent.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define FUSE_DEVICE "/dev/fuse"
#define FUSERMOUNT "fusermount3"
#define FS_TYPE "fuse.shim"

static gboolean fail(GError **error, int err, const char *fmt, ...)
	G_GNUC_PRINTF(3, 4);

static gboolean fail(GError **error, int err, const char *fmt, ...)
{
	g_autofree char *text = NULL;
	va_list args;

	va_start(args, fmt);
	text = g_strdup_vprintf(fmt, args);
	va_end(args);
	g_set_error_literal(error, G_FILE_ERROR, g_file_error_from_errno(err),
			    text);
	return FALSE;
}

static gboolean check_fuse(GError **error)
{
	int fd = open(FUSE_DEVICE, O_RDWR | O_CLOEXEC);

	if (fd >= 0) {
		close(fd);
		return TRUE;
	}
	switch (errno) {
	case EACCES:
	case EPERM:
		return fail(error, errno,
			    "no permission to use %s: ask the administrator "
			    "for read and write access to it",
			    FUSE_DEVICE);
	default:
		return fail(error, errno,
			    "cannot use %s (%s): load the module with "
			    "'modprobe fuse', or in a container start it with "
			    "'--device %s'",
			    FUSE_DEVICE, g_strerror(errno), FUSE_DEVICE);
	}
}

static gboolean check_dir(const char *dir, GError **error)
{
	g_autoptr(GError) why = NULL;
	g_autoptr(GDir) open = g_dir_open(dir, 0, &why);

	if (!open && access(dir, F_OK) < 0 && errno == ENOTCONN)
		return fail(error, ENOTCONN,
			    "%s: a dead mount is in the way: unmount it with "
			    "'%s -u %s'",
			    dir, FUSERMOUNT, dir);
	if (!open)
		return fail(error, ENOTDIR,
			    "%s: no usable mount point: name an existing, "
			    "empty directory of yours (%s)",
			    dir, why->message);
	if (g_dir_read_name(open))
		return fail(error, ENOTEMPTY,
			    "%s: not empty (perhaps mounted already): name "
			    "an empty directory",
			    dir);
	return TRUE;
}

/* fusermount3 sends the descriptor of the mounted /dev/fuse over the socket. */
static int receive_fd(int socket)
{
	union {
		struct cmsghdr head;
		char space[CMSG_SPACE(sizeof(int))];
	} control;
	char byte;
	struct iovec iov = {&byte, 1};
	struct msghdr msg = {.msg_iov = &iov,
			     .msg_iovlen = 1,
			     .msg_control = &control,
			     .msg_controllen = sizeof(control)};
	struct cmsghdr *cmsg;
	ssize_t n;
	int fd;

	do
		n = recvmsg(socket, &msg, MSG_CMSG_CLOEXEC);
	while (n < 0 && errno == EINTR);
	cmsg = n > 0 ? CMSG_FIRSTHDR(&msg) : NULL;
	if (!cmsg || cmsg->cmsg_type != SCM_RIGHTS)
		return -1;
	memcpy(&fd, CMSG_DATA(cmsg), sizeof(fd));
	return fd;
}

/* Run fusermount3, in a child that dies with its parent. */
static void run_fusermount(const char *dir, int socket,
			   int err) G_GNUC_NORETURN;

static void run_fusermount(const char *dir, int socket, int err)
{
	static const char missing[] = FUSERMOUNT " not found: install fuse3";
	char number[16];

	fcntl(socket, F_SETFD, 0);
	dup2(err, STDOUT_FILENO);
	dup2(err, STDERR_FILENO);
	g_snprintf(number, sizeof(number), "%d", socket);
	setenv("_FUSE_COMMFD", number, 1);
	execlp(FUSERMOUNT, FUSERMOUNT, "-o",
	       "nosuid,nodev,noexec,fsname=shrinkbench,subtype=shim", "--", dir,
	       NULL);
	if (write(STDERR_FILENO, missing, sizeof(missing) - 1) < 0)
		_exit(2);
	_exit(1);
}

/* Is the topmost mount at @dir a tree of a shim? */
static bool is_mounted(const char *dir)
{
	FILE *mounts = setmntent("/proc/self/mounts", "re");
	const struct mntent *entry;
	bool ours = false;

	while (mounts && (entry = getmntent(mounts)))
		if (!strcmp(entry->mnt_dir, dir))
			ours = !strcmp(entry->mnt_type, FS_TYPE);
	if (mounts)
		endmntent(mounts);
	return ours;
}

/*
 * In the watcher: wait until nobody has the other end of @pipe open, then unmount.
 * The watcher has its own session, ignores signals, and has none of the shim's
 * files open, so that whatever ends the shim does not end the watcher.
 */
static void watch(const char *dir, int pipe) G_GNUC_NORETURN;

static void watch(const char *dir, int pipe)
{
	int null = open("/dev/null", O_RDWR);
	sigset_t all;
	char byte;

	sigfillset(&all);
	sigprocmask(SIG_BLOCK, &all, NULL);
	setsid();
	prctl(PR_SET_NAME, "unmount-watch");
	if (chdir("/") < 0)
		_exit(1);
	dup2(null, STDOUT_FILENO);
	dup2(null, STDERR_FILENO);
	dup2(pipe, STDIN_FILENO);
	closefrom(STDERR_FILENO + 1);
	while (read(STDIN_FILENO, &byte, 1) < 0 && errno == EINTR)
		;
	if (is_mounted(dir))
		execlp(FUSERMOUNT, FUSERMOUNT, "-u", "-q", "-z", "--", dir,
		       NULL);
	_exit(0);
}

static char *read_all(int fd)
{
	GString *text = g_string_new(NULL);
	char buf[256];
	ssize_t n;

	while ((n = read(fd, buf, sizeof(buf))) > 0 ||
	       (n < 0 && errno == EINTR))
		if (n > 0)
			g_string_append_len(text, buf, n);
	g_strdelimit(g_strchomp(text->str), "\n", ' ');
	return g_string_free(text, FALSE);
}

static pid_t start_watcher(const char *dir, int *watch_fd)
{
	int ends[2];
	pid_t pid;

	if (pipe2(ends, O_CLOEXEC) < 0)
		return -1;
	pid = fork();
	if (pid == 0) {
		close(ends[1]);
		watch(dir, ends[0]);
	}
	close(ends[0]);
	*watch_fd = ends[1];
	if (pid < 0)
		close(ends[1]);
	return pid;
}

static int start_fusermount(const Mount *mount, const char *dir, char **why)
{
	int sockets[2], err[2], fd = -1;
	pid_t pid;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sockets) < 0)
		return -1;
	if (pipe2(err, O_CLOEXEC) < 0) {
		close(sockets[0]);
		close(sockets[1]);
		return -1;
	}
	pid = fork();
	if (pid == 0) {
		/*
		 * If the shim dies from here on, the watcher waits for fusermount3.
		 */
		fcntl(mount->watch_fd, F_SETFD, 0);
		run_fusermount(dir, sockets[1], err[1]);
	}
	close(sockets[1]);
	close(err[1]);
	if (pid > 0) {
		fd = receive_fd(sockets[0]);
		*why = read_all(err[0]);
		waitpid(pid, NULL, 0);
	}
	close(err[0]);
	close(sockets[0]);
	return fd;
}

gboolean mount_new(Mount *mount, const char *dir, GError **error)
{
	g_autofree char *why = NULL;
	char path[PATH_MAX];

	if (!check_fuse(error) || !check_dir(dir, error))
		return FALSE;
	if (!realpath(dir, path))
		return fail(error, errno, "%s: %s", dir, g_strerror(errno));
	mount->watcher = start_watcher(path, &mount->watch_fd);
	if (mount->watcher < 0)
		return fail(error, errno, "cannot start the watcher: %s",
			    g_strerror(errno));
	mount->fuse_fd = start_fusermount(mount, path, &why);
	if (mount->fuse_fd < 0) {
		mount_end(mount);
		return fail(error, EIO, "%s: cannot mount: %s", dir,
			    why && *why ? why : FUSERMOUNT " failed");
	}
	return TRUE;
}

void mount_end(Mount *mount)
{
	close(mount->watch_fd);
	while (waitpid(mount->watcher, NULL, 0) < 0)
		if (errno != EINTR)
			break;
}
