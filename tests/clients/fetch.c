// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * fetch DIR PACKAGES: makes DIR/root, a root file system, from the packages of Debian that
 * the file PACKAGES names (packages.h), and puts the other files that it names into DIR.
 * Needs neither root's rights nor anything of the machine's own packages: apt gets lists, a
 * cache and a status of its own. MIRROR=URL is the mirror; default: that of the machine's
 * apt. Does nothing if DIR/root is of this PACKAGES already.
 */
#include <errno.h>
#include <glib/gstdio.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../host/child.h"
#include "../host/io.h"
#include "../host/workspace.h"
#include "packages.h"

#define APT_HELPER "/usr/lib/apt/apt-helper"
#define KEYS "/usr/share/keyrings/debian-archive-keyring.gpg"

/* Whose packages the root has: its key; in the root. */
#define STAMP ".packages"

typedef struct {
	const char *dir; /* absolute */
	char *apt; /* apt's own directory in it */
	char *root_new;
	char **env; /* of apt */
	Packages *packages;
	GPtrArray *resolved;
} Fetch;

static char *find_mirror(GError **error)
{
	char *argv[] = {"apt-get", "indextargets", "--format", "$(REPO_URI)",
			NULL};
	g_autofree char *text = NULL;
	g_auto(GStrv) lines = NULL;

	if (*setting("MIRROR"))
		return g_strdup(setting("MIRROR"));
	text = child_ask((ChildArgs){.argv = argv, .errors = "/dev/null"},
			 NULL);
	lines = g_strsplit(text ?: "", "\n", 0);
	for (char **line = lines; *line; line++)
		if (g_str_has_suffix(*line, "/debian/"))
			return g_strdup(*line);
	fail(error, "apt on this machine uses no Debian mirror; name one: "
		    "MIRROR=URL");
	return NULL;
}

static gboolean write_config(Fetch *fetch, const char *mirror, GError **error)
{
	g_autofree char *path = g_build_filename(fetch->apt, "conf", NULL);
	g_autofree char *set = g_strconcat("APT_CONFIG=", path, NULL);
	const char *const more[] = {set, NULL};
	gboolean keys = g_file_test(KEYS, G_FILE_TEST_EXISTS);
	g_autofree char *sources = g_strdup_printf(
		"deb [arch=amd64%s] %s %s main\n",
		keys ? " signed-by=" KEYS : "", mirror, fetch->packages->suite);
	g_autofree char *conf =
		g_strdup_printf("Dir::State \"%1$s/state\";\n"
				"Dir::State::status \"%1$s/status\";\n"
				"Dir::Cache \"%1$s/cache\";\n"
				"Dir::Etc::SourceList \"%1$s/sources.list\";\n"
				"Dir::Etc::SourceParts \"/dev/null\";\n"
				"Dir::Etc::Preferences \"/dev/null\";\n"
				"Dir::Etc::PreferencesParts \"/dev/null\";\n"
				"APT::Architecture \"amd64\";\n"
				"APT::Architectures { \"amd64\"; };\n"
				"APT::Sandbox::User \"%2$s\";\n"
				"APT::Update::Error-Mode \"any\";\n"
				"Acquire::Languages \"none\";\n"
				"Acquire::ForceHash \"SHA256\";\n"
				"Acquire::Retries \"2\";\n",
				fetch->apt, g_get_user_name());

	fetch->env = child_env(more);
	return write_file(fetch->apt, "sources.list", sources, error) &&
	       write_file(fetch->apt, "conf", conf, error) &&
	       write_file(fetch->apt, "status", "", error) &&
	       write_file(fetch->apt, "none/partial/.keep", "", error) &&
	       write_file(fetch->apt, "state/lists/partial/.keep", "", error) &&
	       write_file(fetch->apt, "cache/archives/partial/.keep", "",
			  error);
}

/*
 * @program of apt with @words. Its output, owned; NULL with @error set to what it complains
 * of.
 */
static char *apt_run(const Fetch *fetch, const char *program,
		     const char *const *words, GError **error)
{
	g_autoptr(GPtrArray) argv = g_ptr_array_new();
	g_autoptr(GString) text = g_string_new(NULL);
	g_autofree char *log = g_build_filename(fetch->apt, "log", NULL);
	g_autofree char *why = NULL;
	int status = 0;

	g_ptr_array_add(argv, (gpointer)program);
	for (; *words; words++)
		g_ptr_array_add(argv, (gpointer)*words);
	g_ptr_array_add(argv, NULL);
	if (child_run(&(ChildArgs){.argv = (char **)argv->pdata,
				   .env = fetch->env,
				   .errors = log,
				   .text = text},
		      &status, error) != CHILD_ENDED)
		return NULL;
	if (!status)
		return g_string_free(g_steal_pointer(&text), FALSE);
	why = line_after(fetch->apt, "log", "E: ");
	fail(error, "no packages for the clients, which are needed once: %s",
	     why ?: "apt failed");
	return NULL;
}

/* The same, to install all that is wanted, with @first. */
static char *apt_install(const Fetch *fetch, const char *const *first,
			 GError **error)
{
	const GPtrArray *wanted = fetch->packages->wanted;
	g_autoptr(GPtrArray) words = g_ptr_array_new();

	g_ptr_array_add(words, (gpointer) "-qy");
	g_ptr_array_add(words, (gpointer) "--no-install-recommends");
	for (; *first; first++)
		g_ptr_array_add(words, (gpointer)*first);
	g_ptr_array_add(words, (gpointer) "install");
	for (guint i = 0; i < wanted->len; i++)
		g_ptr_array_add(words, wanted->pdata[i]);
	g_ptr_array_add(words, NULL);
	return apt_run(fetch, "apt-get", (const char *const *)words->pdata,
		       error);
}

static gboolean resolve(Fetch *fetch, GError **error)
{
	static const char *const update[] = {"-q", "update", NULL};
	g_autofree char *updated = apt_run(fetch, "apt-get", update, error);
	/* Of what is in its cache already, apt-get says nothing. */
	g_autofree char *empty = g_strconcat(
		"-oDir::Cache::archives=", fetch->apt, "/none", NULL);
	const char *const print[] = {"--print-uris", empty, NULL};
	g_autofree char *text =
		updated ? apt_install(fetch, print, error) : NULL;
	g_autofree char *moved = NULL, *now = NULL;

	fetch->resolved = text ? packages_resolved(text, error) : NULL;
	if (!fetch->resolved ||
	    !packages_moved(fetch->packages, fetch->resolved, &moved, error))
		return FALSE;
	now = packages_text(fetch->packages, fetch->resolved);
	if (moved)
		g_printerr("clients: %s (all are in %s/packages)\n", moved,
			   fetch->dir);
	return write_file(fetch->dir, "packages", now, error);
}

static gboolean check_sum(const char *path, const Package *package,
			  GError **error)
{
	g_autoptr(GMappedFile) file = g_mapped_file_new(path, FALSE, error);
	g_autofree char *sum = NULL;

	if (!file)
		return FALSE;
	sum = g_compute_checksum_for_data(
		G_CHECKSUM_SHA256,
		(const guchar *)g_mapped_file_get_contents(file),
		g_mapped_file_get_length(file));
	if (!strcmp(sum, package->sha256))
		return TRUE;
	g_unlink(path);
	return fail(error, "%s is corrupt, and was removed; run make again",
		    path);
}

/* The other files. apt checks their sums. */
static gboolean fetch_files(const Fetch *fetch, const char *mirror,
			    GError **error)
{
	const GPtrArray *files = fetch->packages->files;

	for (guint i = 0; i < files->len; i++) {
		const Package *file = files->pdata[i];
		g_autofree char *uri = g_strdup_printf(
			"%s%s%s", mirror,
			g_str_has_suffix(mirror, "/") ? "" : "/", file->file);
		g_autofree char *name = g_path_get_basename(file->file);
		g_autofree char *path =
			g_build_filename(fetch->dir, name, NULL);
		g_autofree char *sum =
			g_strconcat("SHA256:", file->sha256, NULL);
		const char *const words[] = {"download-file", uri, path, sum,
					     NULL};
		g_autofree char *got = NULL;

		g_printerr("clients: getting %s\n", name);
		got = apt_run(fetch, APT_HELPER, words, error);
		if (!got)
			return FALSE;
	}
	return TRUE;
}

/* Scripts of the packages are not run. */
static gboolean unpack(const Fetch *fetch, const Package *package,
		       GError **error)
{
	g_autofree char *deb = g_build_filename(fetch->apt, "cache/archives",
						package->file, NULL);
	char *argv[] = {"sh",
			"-c",
			"dpkg-deb --fsys-tarfile \"$1\" | tar -x "
			"--no-same-owner --keep-directory-symlink -C \"$2\"",
			"sh",
			deb,
			fetch->root_new,
			NULL};
	g_autoptr(GString) text = g_string_new(NULL);
	int status;

	if (!check_sum(deb, package, error) ||
	    child_run(&(ChildArgs){.argv = argv, .text = text}, &status,
		      error) != CHILD_ENDED)
		return FALSE;
	return !status ||
	       fail(error, "cannot unpack %s: %s", deb, g_strchomp(text->str));
}

/* What base-files and base-passwd would make, and places to mount at. */
static gboolean make_skeleton(const Fetch *fetch, GError **error)
{
	static const char *const dirs[] = {
		"usr/bin", "usr/sbin", "usr/lib", "usr/lib64", "dev", "proc",
		"sys",	   "tmp",      "run",	  "var",       "etc"};
	static const char *const links[] = {"bin", "sbin", "lib", "lib64"};

	remove_tree(fetch->root_new);
	for (guint i = 0; i < G_N_ELEMENTS(dirs); i++) {
		g_autofree char *path =
			g_build_filename(fetch->root_new, dirs[i], NULL);

		if (g_mkdir_with_parents(path, 0755))
			return fail(error, "%s: %s", path, g_strerror(errno));
	}
	for (guint i = 0; i < G_N_ELEMENTS(links); i++) {
		g_autofree char *path =
			g_build_filename(fetch->root_new, links[i], NULL);
		g_autofree char *to = g_strconcat("usr/", links[i], NULL);

		if (symlink(to, path))
			return fail(error, "%s: %s", path, g_strerror(errno));
	}
	return write_file(fetch->root_new, "etc/passwd",
			  "root:x:0:0:root:/tmp:/bin/sh\n", error) &&
	       write_file(fetch->root_new, "etc/group", "root:x:0:\n", error);
}

static gboolean make_root(const Fetch *fetch, const char *root, const char *key,
			  GError **error)
{
	if (!make_skeleton(fetch, error))
		return FALSE;
	for (guint i = 0; i < fetch->resolved->len; i++)
		if (!unpack(fetch, fetch->resolved->pdata[i], error))
			return FALSE;
	if (!write_file(fetch->root_new, STAMP, key, error))
		return FALSE;
	remove_tree(root);
	return !g_rename(fetch->root_new, root) ||
	       fail(error, "%s: %s", root, g_strerror(errno));
}

static gboolean has_program(const char *name)
{
	g_autofree char *path = g_find_program_in_path(name);

	return path != NULL;
}

static gboolean fetch_root(Fetch *fetch, const char *root, const char *key,
			   GError **error)
{
	g_autofree char *mirror = find_mirror(error);
	static const char *const download[] = {"--download-only", NULL};
	g_autofree char *got = NULL;

	if (mirror && !(has_program("apt-get") && has_program("dpkg-deb")))
		return fail(error, "apt-get and dpkg-deb are needed to get the "
				   "clients");
	if (!mirror || !write_config(fetch, mirror, error))
		return FALSE;
	g_printerr("clients: looking for packages at %s\n", mirror);
	if (!resolve(fetch, error))
		return FALSE;
	g_printerr("clients: getting %u packages\n", fetch->resolved->len);
	got = apt_install(fetch, download, error);
	if (!got || !fetch_files(fetch, mirror, error) ||
	    !make_root(fetch, root, key, error))
		return FALSE;
	remove_tree(fetch->apt);
	return TRUE;
}

static gboolean run(Fetch *fetch, const char *file, GError **error)
{
	g_autofree char *text = NULL, *key = NULL, *stamp = NULL;
	g_autofree char *root = g_build_filename(fetch->dir, "root", NULL);
	g_autofree char *lock = g_build_filename(fetch->dir, "lock", NULL);

	if (!g_file_get_contents(file, &text, NULL, error) ||
	    !workspace_lock(lock, NULL, error))
		return FALSE;
	fetch->packages = packages_parse(text, error);
	if (!fetch->packages) {
		g_prefix_error(error, "%s: ", file);
		return FALSE;
	}
	key = g_compute_checksum_for_string(G_CHECKSUM_SHA256, text, -1);
	stamp = read_word(root, STAMP);
	return !strcmp(stamp, key) || fetch_root(fetch, root, key, error);
}

int main(int argc, char **argv)
{
	g_autoptr(GError) error = NULL;
	g_autofree char *dir = NULL, *apt = NULL, *root_new = NULL;
	Fetch fetch = {0};
	gboolean good;

	if (argc != 3) {
		fprintf(stderr, "usage: fetch DIR PACKAGES\n");
		return 2;
	}
	g_setenv("LC_ALL", "C", TRUE);
	child_catch_signals();
	g_mkdir_with_parents(argv[1], 0777);
	dir = realpath(argv[1], NULL);
	if (!dir) {
		fprintf(stderr, "error: %s: %s\n", argv[1], g_strerror(errno));
		return 1;
	}
	fetch.dir = dir;
	fetch.apt = apt = g_build_filename(dir, "apt", NULL);
	fetch.root_new = root_new = g_build_filename(dir, "root.new", NULL);
	good = run(&fetch, argv[2], &error);
	if (!good && child_interrupted())
		return 128 + child_interrupted();
	if (!good)
		fprintf(stderr, "error: %s\n", error->message);
	g_strfreev(fetch.env);
	if (fetch.packages)
		packages_free(fetch.packages);
	if (fetch.resolved)
		g_ptr_array_unref(fetch.resolved);
	return good ? 0 : 1;
}
