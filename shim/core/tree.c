// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Names are resolved at each lookup, because most files come and go with the
 * guest's actions, so the kernel must not cache anything. A register access is one
 * READ or WRITE request on an open file, and uses only find_open() and the bus.
 */
#include "core/tree.h"

#include <errno.h>
#include <fcntl.h>
#include <fuse_log.h>
#include <fuse_lowlevel.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "protocol.h"

/* A name that the kernel knows; freed when the kernel forgets it. */
typedef struct {
	fuse_ino_t ino;
	uint64_t lookups;
	char path[]; /* relative to the root, "" is the root */
} Inode;

typedef struct {
	Bus *bus;
	fuse_ino_t last_ino;
	GHashTable *by_ino; /* ino -> Inode, owned */
	GHashTable *by_path; /* Inode.path -> Inode */
	GHashTable *opens; /* set of Open, owned */
} Tree;

typedef enum {
	KIND_NONE,
	KIND_DIR,
	KIND_TEXT, /* read-only, content from content_of() */
	KIND_COMMAND, /* likewise, and takes commands */
	KIND_DEVICE,
} Kind;

/* An open file or directory. */
typedef struct {
	Kind kind;
	guint device; /* KIND_DEVICE: index on the bus */
	char *path;
	GBytes *content; /* text: snapshot, taken by a read at offset 0 */
	char **names; /* directory: snapshot, ditto */
} Open;

/* The files of the root. */
typedef GBytes *(*TextFn)(Bus *bus);
typedef int (*CommandFn)(Bus *bus, const char *text, size_t len);

static GBytes *faults_show(Bus *bus)
{
	return faults_text(bus_faults(bus));
}

static GBytes *stamps_show(Bus *bus)
{
	return stamps_text(bus_stamps(bus));
}

static GBytes *violations_show(Bus *bus)
{
	return journal_violations_text(bus_journal(bus));
}

static GBytes *refused_show(Bus *bus)
{
	return journal_refused_text(bus_journal(bus));
}

static GBytes *trace_show(Bus *bus)
{
	return journal_trace_text(bus_journal(bus));
}

static GBytes *version_show(Bus *bus G_GNUC_UNUSED)
{
	char *text = g_strdup_printf("%u\n", SB_VERSION);

	return g_bytes_new_take(text, strlen(text));
}

static bool is_clear(const char *text, size_t len)
{
	return (len == 5 || (len == 6 && text[5] == '\n')) &&
	       !memcmp(text, "clear", 5);
}

static int violations_command(Bus *bus, const char *text, size_t len)
{
	if (!is_clear(text, len))
		return -EINVAL;
	journal_clear_violations(bus_journal(bus));
	return 0;
}

static int refused_command(Bus *bus, const char *text, size_t len)
{
	if (!is_clear(text, len))
		return -EINVAL;
	journal_clear_refused(bus_journal(bus));
	return 0;
}

static int trace_command(Bus *bus, const char *text, size_t len)
{
	if (!is_clear(text, len))
		return -EINVAL;
	journal_clear_trace(bus_journal(bus));
	return 0;
}

static const struct {
	const char *name;
	TextFn show;
	CommandFn command; /* NULL: read-only */
} root_files[] = {
	{"faults", faults_show, bus_faults_command},
	{"leaks", bus_leaks_text, NULL},
	{"refused", refused_show, refused_command},
	{"stamps", stamps_show, bus_stamps_command},
	{"trace", trace_show, trace_command},
	{"version", version_show, NULL},
	{"violations", violations_show, violations_command},
};

static int find_root_file(const char *path)
{
	for (guint i = 0; i < G_N_ELEMENTS(root_files); i++)
		if (!strcmp(root_files[i].name, path))
			return (int)i;
	return -1;
}

/*
 * The device whose directory contains @path, or is @path; *rest: the part below it.
 */
static int find_device(Bus *bus, const char *path, const char **rest)
{
	for (guint i = 0; i < bus_count(bus); i++) {
		const char *name = bus_device(bus, i)->name;
		size_t len = strlen(name);

		if (strncmp(path, name, len) != 0)
			continue;
		if (path[len] == '\0' || path[len] == '/') {
			*rest = path + len + (path[len] == '/');
			return (int)i;
		}
	}
	return -1;
}

static bool has_slash_end(const char *name)
{
	return g_str_has_suffix(name, "/");
}

static void add_name(GPtrArray *names, const char *name, const char *suffix)
{
	g_ptr_array_add(names, g_strconcat(name, suffix, NULL));
}

/*
 * Names in the directory @path, directories with a trailing slash, owned; NULL if
 * it is not a directory.
 */
static char **list_dir(Bus *bus, const char *path)
{
	GPtrArray *names;
	Device *device;
	const char *rest;
	int d = find_device(bus, path, &rest);
	char **listed;

	if (*path && d < 0)
		return NULL;
	names = g_ptr_array_new();
	if (!*path) {
		for (guint i = 0; i < bus_count(bus); i++)
			add_name(names, bus_device(bus, i)->name, "/");
		for (guint i = 0; i < G_N_ELEMENTS(root_files); i++)
			add_name(names, root_files[i].name, NULL);
		g_ptr_array_add(names, NULL);
		return (char **)g_ptr_array_free(names, FALSE);
	}
	device = bus_device(bus, (guint)d);
	listed = node_list(device, rest);
	if (!listed) {
		g_ptr_array_free(names, TRUE);
		return NULL;
	}
	if (!*rest)
		add_name(names, device->model->reg_file, NULL);
	for (guint i = 0; listed[i]; i++)
		g_ptr_array_add(names, listed[i]);
	g_ptr_array_add(names, NULL);
	g_free(listed);
	return (char **)g_ptr_array_free(names, FALSE);
}

static Kind kind_of(Bus *bus, const char *path)
{
	g_autofree char *parent = NULL;
	g_auto(GStrv) names = NULL;
	const char *name, *rest;
	int i;

	if (!*path)
		return KIND_DIR;
	i = find_root_file(path);
	if (i >= 0)
		return root_files[i].command ? KIND_COMMAND : KIND_TEXT;
	i = find_device(bus, path, &rest);
	if (i < 0)
		return KIND_NONE;
	if (!*rest)
		return KIND_DIR;
	if (!strcmp(rest, bus_device(bus, (guint)i)->model->reg_file))
		return KIND_DEVICE;

	parent = g_path_get_dirname(path);
	name = strrchr(path, '/') + 1;
	names = list_dir(bus, parent);
	for (i = 0; names && names[i]; i++) {
		size_t len = strlen(name);

		if (strncmp(names[i], name, len) != 0)
			continue;
		if (names[i][len] == '\0')
			return KIND_TEXT;
		if (!strcmp(names[i] + len, "/"))
			return KIND_DIR;
	}
	return KIND_NONE;
}

/* Current content of a text file, owned; NULL if the file is gone. */
static GBytes *content_of(Bus *bus, const char *path)
{
	int i = find_root_file(path);
	Device *device;
	const char *rest;

	if (i >= 0)
		return root_files[i].show(bus);
	i = find_device(bus, path, &rest);
	if (i < 0)
		return NULL;
	device = bus_device(bus, (guint)i);
	return node_show(device, rest);
}

/* The current size. Only stat() asks for it; lookup, open and read do not. */
static off_t size_of(Bus *bus, const char *path)
{
	g_autoptr(GBytes) content = content_of(bus, path);

	return content ? (off_t)g_bytes_get_size(content) : 0;
}

/* Inodes */

static Inode *find_inode(Tree *tree, fuse_ino_t ino)
{
	return g_hash_table_lookup(tree->by_ino, GSIZE_TO_POINTER(ino));
}

static Inode *add_inode(Tree *tree, const char *path)
{
	size_t size = strlen(path) + 1;
	Inode *inode = g_malloc0(sizeof(*inode) + size);

	memcpy(inode->path, path, size);
	inode->ino = ++tree->last_ino;
	g_hash_table_insert(tree->by_ino, GSIZE_TO_POINTER(inode->ino), inode);
	g_hash_table_insert(tree->by_path, inode->path, inode);
	return inode;
}

static void put_inode(Tree *tree, fuse_ino_t ino, uint64_t lookups)
{
	Inode *inode = find_inode(tree, ino);

	if (!inode || ino == FUSE_ROOT_ID)
		return;
	inode->lookups -= MIN(inode->lookups, lookups);
	if (!inode->lookups) {
		g_hash_table_remove(tree->by_path, inode->path);
		g_hash_table_remove(tree->by_ino, GSIZE_TO_POINTER(ino));
	}
}

static struct stat attr_of(fuse_ino_t ino, Kind kind)
{
	static const mode_t modes[] = {
		[KIND_DIR] = S_IFDIR | 0555,
		[KIND_TEXT] = S_IFREG | 0444,
		[KIND_COMMAND] = S_IFREG | 0644,
		[KIND_DEVICE] = S_IFREG | 0600,
	};
	struct stat st = {.st_ino = ino,
			  .st_mode = modes[kind],
			  .st_nlink = kind == KIND_DIR ? 2 : 1,
			  .st_uid = getuid(),
			  .st_gid = getgid(),
			  .st_blksize = 4096};

	return st;
}

/* FUSE requests */

static Tree *tree_of(fuse_req_t req)
{
	return fuse_req_userdata(req);
}

static Open *find_open(const struct fuse_file_info *fi)
{
	return (Open *)(uintptr_t)fi->fh;
}

static void do_init(void *userdata G_GNUC_UNUSED, struct fuse_conn_info *conn)
{
	/* Requests are small, so a single read() and writev() each is cheapest. */
	conn->want &=
		~(unsigned int)(FUSE_CAP_SPLICE_READ | FUSE_CAP_SPLICE_WRITE |
				FUSE_CAP_SPLICE_MOVE);
}

static void do_lookup(fuse_req_t req, fuse_ino_t parent, const char *name)
{
	Tree *tree = tree_of(req);
	const Inode *dir = find_inode(tree, parent);
	struct fuse_entry_param entry = {0};
	g_autofree char *path = NULL;
	Inode *inode;
	Kind kind;

	if (!dir) {
		fuse_reply_err(req, ENOENT);
		return;
	}
	path = *dir->path ? g_strconcat(dir->path, "/", name, NULL)
			  : g_strdup(name);
	kind = kind_of(tree->bus, path);
	if (kind == KIND_NONE) {
		fuse_reply_err(req, ENOENT);
		return;
	}
	inode = g_hash_table_lookup(tree->by_path, path);
	if (!inode)
		inode = add_inode(tree, path);
	entry.ino = inode->ino;
	entry.attr = attr_of(inode->ino, kind);
	inode->lookups++;
	if (fuse_reply_entry(req, &entry) != 0)
		put_inode(tree, inode->ino, 1);
}

static void do_forget(fuse_req_t req, fuse_ino_t ino, uint64_t lookups)
{
	put_inode(tree_of(req), ino, lookups);
	fuse_reply_none(req);
}

static void do_getattr(fuse_req_t req, fuse_ino_t ino,
		       struct fuse_file_info *fi G_GNUC_UNUSED)
{
	Tree *tree = tree_of(req);
	const Inode *inode = find_inode(tree, ino);
	Kind kind = inode ? kind_of(tree->bus, inode->path) : KIND_NONE;
	struct stat st;

	if (kind == KIND_NONE) {
		fuse_reply_err(req, ENOENT);
		return;
	}
	st = attr_of(ino, kind);
	if (kind == KIND_TEXT || kind == KIND_COMMAND)
		st.st_size = size_of(tree->bus, inode->path);
	fuse_reply_attr(req, &st, 0);
}

/* "> file" truncates, and touch is harmless: there is nothing to do. */
static void do_setattr(fuse_req_t req, fuse_ino_t ino,
		       struct stat *attr G_GNUC_UNUSED, int to_set,
		       struct fuse_file_info *fi)
{
	if (to_set &
	    (FUSE_SET_ATTR_MODE | FUSE_SET_ATTR_UID | FUSE_SET_ATTR_GID))
		fuse_reply_err(req, EPERM);
	else
		do_getattr(req, ino, fi);
}

static void free_open(gpointer data)
{
	Open *open = data;

	g_free(open->path);
	g_clear_pointer(&open->content, g_bytes_unref);
	g_strfreev(open->names);
	g_free(open);
}

static void open_any(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi,
		     bool dir)
{
	Tree *tree = tree_of(req);
	const Inode *inode = find_inode(tree, ino);
	Kind kind = inode ? kind_of(tree->bus, inode->path) : KIND_NONE;
	const char *rest;
	Open *open;

	if (kind == KIND_NONE) {
		fuse_reply_err(req, ENOENT);
		return;
	}
	if (kind == KIND_TEXT && (fi->flags & O_ACCMODE) != O_RDONLY) {
		fuse_reply_err(req, EACCES);
		return;
	}
	if (dir != (kind == KIND_DIR)) {
		fuse_reply_err(req, dir ? ENOTDIR : EISDIR);
		return;
	}
	open = g_new0(Open, 1);
	open->kind = kind;
	open->path = g_strdup(inode->path);
	if (kind == KIND_DEVICE)
		open->device =
			(guint)find_device(tree->bus, inode->path, &rest);
	fi->fh = (uintptr_t)open;
	fi->direct_io = 1;
	g_hash_table_add(tree->opens, open);
	if (fuse_reply_open(req, fi) != 0)
		g_hash_table_remove(tree->opens, open);
}

static void do_open(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi)
{
	open_any(req, ino, fi, false);
}

static void do_opendir(fuse_req_t req, fuse_ino_t ino,
		       struct fuse_file_info *fi)
{
	open_any(req, ino, fi, true);
}

static void do_release(fuse_req_t req, fuse_ino_t ino G_GNUC_UNUSED,
		       struct fuse_file_info *fi)
{
	Tree *tree = tree_of(req);
	Open *open = find_open(fi);

	if (open->kind == KIND_DEVICE)
		bus_close(tree->bus, open->device, open);
	g_hash_table_remove(tree->opens, open);
	fuse_reply_err(req, 0);
}

static void do_read(fuse_req_t req, fuse_ino_t ino G_GNUC_UNUSED, size_t size,
		    off_t off, struct fuse_file_info *fi)
{
	Bus *bus = tree_of(req)->bus;
	Open *open = find_open(fi);
	const char *data;
	uint64_t value;
	gsize len;
	int ret;

	if (open->kind == KIND_DEVICE) {
		ret = size > sizeof(value)
			      ? -EINVAL
			      : bus_read(bus, open->device, (uint64_t)off,
					 &value, size);
		if (ret < 0)
			fuse_reply_err(req, -ret);
		else
			fuse_reply_buf(req, (const char *)&value, size);
		return;
	}
	if (off == 0 || !open->content) {
		g_clear_pointer(&open->content, g_bytes_unref);
		open->content = content_of(bus, open->path);
		if (!open->content) {
			fuse_reply_err(req, ENOENT);
			return;
		}
	}
	data = g_bytes_get_data(open->content, &len);
	if (!data || (gsize)off >= len)
		fuse_reply_buf(req, NULL, 0);
	else
		fuse_reply_buf(req, data + off, MIN(size, len - (gsize)off));
}

static void do_write(fuse_req_t req, fuse_ino_t ino G_GNUC_UNUSED,
		     const char *buf, size_t size, off_t off,
		     struct fuse_file_info *fi)
{
	Bus *bus = tree_of(req)->bus;
	const Open *open = find_open(fi);
	int ret = -EBADF;

	if (open->kind == KIND_DEVICE)
		ret = bus_write(bus, open->device, open, (uint64_t)off, buf,
				size);
	else if (open->kind == KIND_COMMAND)
		ret = root_files[find_root_file(open->path)].command(bus, buf,
								     size);
	if (ret < 0)
		fuse_reply_err(req, -ret);
	else
		fuse_reply_write(req, size);
}

static void do_readdir(fuse_req_t req, fuse_ino_t ino G_GNUC_UNUSED,
		       size_t size, off_t off, struct fuse_file_info *fi)
{
	Open *open = find_open(fi);
	g_autofree char *buf = g_malloc(size);
	size_t used = 0;

	if (off == 0) {
		g_strfreev(open->names);
		open->names = list_dir(tree_of(req)->bus, open->path);
	}
	if (!open->names) {
		fuse_reply_err(req, ENOENT);
		return;
	}
	/* Offsets 1 and 2 are "." and "..". */
	for (size_t i = (size_t)off; i < g_strv_length(open->names) + 2; i++) {
		const char *listed = i == 0   ? "./"
				     : i == 1 ? "../"
					      : open->names[i - 2];
		g_autofree char *name = g_strdup(listed);
		struct stat st = {.st_ino = 1, .st_mode = S_IFREG};
		size_t need;

		if (has_slash_end(name)) {
			name[strlen(name) - 1] = '\0';
			st.st_mode = S_IFDIR;
		}
		need = fuse_add_direntry(req, buf + used, size - used, name,
					 &st, (off_t)i + 1);
		if (need > size - used)
			break;
		used += need;
	}
	fuse_reply_buf(req, buf, used);
}

static const struct fuse_lowlevel_ops tree_ops = {
	.init = do_init,
	.lookup = do_lookup,
	.forget = do_forget,
	.getattr = do_getattr,
	.setattr = do_setattr,
	.open = do_open,
	.read = do_read,
	.write = do_write,
	.release = do_release,
	.opendir = do_opendir,
	.readdir = do_readdir,
	.releasedir = do_release,
};

/* The loop */

/*
 * Stopping by a signal. ppoll(), which lets signals in only while it waits, would
 * make every access a tenth slower. So the thread sleeps in read(). The signal
 * handler replaces the descriptor by /dev/null, so that a signal just before the
 * read() makes it return end of file.
 */
static volatile sig_atomic_t stopped;
static volatile sig_atomic_t working;
static int stop_fd, null_fd;

static void on_stop(int sig G_GNUC_UNUSED)
{
	stopped = 1;
	if (!working)
		dup2(null_fd, stop_fd);
}

/* libfuse prints an error for that end of file. */
static void log_unless_stopped(enum fuse_log_level level G_GNUC_UNUSED,
			       const char *fmt, va_list args)
{
	if (!stopped)
		vfprintf(stderr, fmt, args);
}

static void catch_signals(int fuse_fd)
{
	struct sigaction stop = {.sa_handler = on_stop};
	struct sigaction ignore = {.sa_handler = SIG_IGN};
	sigset_t set;

	null_fd = open("/dev/null", O_RDWR | O_CLOEXEC);
	stop_fd = fuse_fd;
	stopped = 0;
	working = 1;
	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGHUP);
	sigaction(SIGTERM, &stop, NULL);
	sigaction(SIGINT, &stop, NULL);
	sigaction(SIGHUP, &stop, NULL);
	sigaction(SIGPIPE, &ignore, NULL);
	sigprocmask(SIG_UNBLOCK, &set, NULL);
}

static void leave_signals(void)
{
	struct sigaction ignore = {.sa_handler = SIG_IGN};

	sigaction(SIGTERM, &ignore, NULL);
	sigaction(SIGINT, &ignore, NULL);
	sigaction(SIGHUP, &ignore, NULL);
	close(null_fd);
}

static bool loop(struct fuse_session *session)
{
	struct fuse_buf buf = {0};
	int ret = 0;

	while (!fuse_session_exited(session)) {
		working = 0;
		if (stopped)
			break;
		ret = fuse_session_receive_buf(session, &buf);
		working = 1;
		if (ret == -EINTR)
			continue;
		if (ret <= 0)
			break;
		fuse_session_process_buf(session, &buf);
	}
	working = 1;
	free(buf.mem);
	return stopped || ret >= 0;
}

static dev_t fs_of(const char *dir)
{
	struct statx stx;

	/* Without DONT_SYNC, this would wait for this process itself. */
	if (statx(AT_FDCWD, dir, AT_STATX_DONT_SYNC | AT_NO_AUTOMOUNT, 0,
		  &stx) < 0)
		return 0;
	return makedev(stx.stx_dev_major, stx.stx_dev_minor);
}

bool tree_serve(Bus *bus, int fuse_fd, const char *dir, int ready_fd,
		bool debug)
{
	struct fuse_args args = FUSE_ARGS_INIT(0, NULL);
	Tree tree = {.bus = bus};
	struct fuse_session *session;
	g_autofree char *mount = g_strdup_printf("/dev/fd/%d", fuse_fd);
	bool good = false;

	tree.by_ino = g_hash_table_new_full(g_direct_hash, g_direct_equal, NULL,
					    g_free);
	tree.by_path = g_hash_table_new(g_str_hash, g_str_equal);
	tree.opens = g_hash_table_new_full(g_direct_hash, g_direct_equal,
					   free_open, NULL);
	add_inode(&tree, ""); /* gets FUSE_ROOT_ID */

	fuse_set_log_func(log_unless_stopped);
	catch_signals(fuse_fd);
	fuse_opt_add_arg(&args, "shim");
	if (debug)
		fuse_opt_add_arg(&args, "-d");
	session = fuse_session_new(&args, &tree_ops, sizeof(tree_ops), &tree);
	fuse_opt_free_args(&args);
	if (session && fuse_session_mount(session, mount) == 0) {
		bus_set_own_fs(bus, fs_of(dir));
		if (ready_fd >= 0 && write(ready_fd, "R", 1) < 0)
			g_printerr("shim: --ready-fd: %s\n", g_strerror(errno));
		if (ready_fd >= 0)
			close(ready_fd);
		good = loop(session);
		if (!good)
			g_printerr("shim: %s: the FUSE connection broke\n",
				   dir);
	} else {
		g_printerr("shim: %s: libfuse cannot start a session\n", dir);
		close(fuse_fd);
	}
	leave_signals();
	if (session)
		fuse_session_destroy(session);
	g_hash_table_unref(tree.opens);
	g_hash_table_unref(tree.by_path);
	g_hash_table_unref(tree.by_ino);
	return good;
}
