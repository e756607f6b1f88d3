// SPDX-License-Identifier: GPL-2.0-or-later
#include "packages.h"

#include <string.h>

#include "../host/io.h"

/* Packages that the line names. */
#define MOST_NAMED 4

#define SHA256_LEN 64

static void package_free(gpointer data)
{
	Package *package = data;

	g_free(package->name);
	g_free(package->version);
	g_free(package->sha256);
	g_free(package->file);
	g_free(package);
}

void packages_free(Packages *packages)
{
	g_free(packages->suite);
	g_ptr_array_unref(packages->wanted);
	g_ptr_array_unref(packages->pins);
	g_ptr_array_unref(packages->files);
	g_free(packages);
}

static gboolean is_sha256(const char *text)
{
	return strlen(text) == SHA256_LEN &&
	       strspn(text, "0123456789abcdef") == SHA256_LEN;
}

static gboolean add_line(Packages *packages, char **words)
{
	guint count = g_strv_length(words);

	if (count == 2 && !strcmp(words[0], "suite") && !packages->suite) {
		packages->suite = g_strdup(words[1]);
	} else if (count == 2 && !strcmp(words[0], "want")) {
		g_ptr_array_add(packages->wanted, g_strdup(words[1]));
	} else if (count == 4 && !strcmp(words[0], "pin") &&
		   is_sha256(words[3])) {
		Package *pin = g_new0(Package, 1);

		pin->name = g_strdup(words[1]);
		pin->version = g_strdup(words[2]);
		pin->sha256 = g_strdup(words[3]);
		g_ptr_array_add(packages->pins, pin);
	} else if (count == 3 && !strcmp(words[0], "file") &&
		   is_sha256(words[2])) {
		Package *file = g_new0(Package, 1);

		file->file = g_strdup(words[1]);
		file->sha256 = g_strdup(words[2]);
		g_ptr_array_add(packages->files, file);
	} else {
		return FALSE;
	}
	return TRUE;
}

Packages *packages_parse(const char *text, GError **error)
{
	g_autoptr(Packages) packages = g_new0(Packages, 1);
	g_auto(GStrv) lines = g_strsplit(text, "\n", 0);

	packages->wanted = g_ptr_array_new_with_free_func(g_free);
	packages->pins = g_ptr_array_new_with_free_func(package_free);
	packages->files = g_ptr_array_new_with_free_func(package_free);
	for (guint i = 0; lines[i]; i++) {
		g_auto(GStrv) words = NULL;

		if (!*lines[i] || *lines[i] == '#')
			continue;
		words = g_strsplit(lines[i], " ", 0);
		if (!add_line(packages, words)) {
			fail(error, "line %u is no line of packages: \"%s\"",
			     i + 1, lines[i]);
			return NULL;
		}
	}
	if (!packages->suite || !packages->wanted->len) {
		fail(error, "no suite is named, or no package is wanted");
		return NULL;
	}
	return g_steal_pointer(&packages);
}

/* "libc6_2.43-7_amd64.deb"; apt writes the colon of an epoch as %3a. */
static Package *resolved_new(const char *file, const char *sum)
{
	g_auto(GStrv) parts = g_strsplit(file, "_", 0);
	Package *package;

	if (g_strv_length(parts) != 3 || !g_str_has_prefix(sum, "SHA256:") ||
	    !is_sha256(sum + strlen("SHA256:")))
		return NULL;
	package = g_new0(Package, 1);
	package->name = g_strdup(parts[0]);
	package->version =
		g_uri_unescape_string(parts[1], NULL) ?: g_strdup(parts[1]);
	package->sha256 = g_strdup(sum + strlen("SHA256:"));
	package->file = g_strdup(file);
	return package;
}

static int by_name(gconstpointer a, gconstpointer b)
{
	return strcmp((*(const Package *const *)a)->name,
		      (*(const Package *const *)b)->name);
}

GPtrArray *packages_resolved(const char *text, GError **error)
{
	g_autoptr(GPtrArray) list =
		g_ptr_array_new_with_free_func(package_free);
	g_auto(GStrv) lines = g_strsplit(text, "\n", 0);

	for (char **line = lines; *line; line++) {
		g_auto(GStrv) words = g_strsplit(*line, " ", 0);
		Package *package = NULL;

		if (**line != '\'')
			continue;
		if (g_strv_length(words) == 4)
			package = resolved_new(words[1], words[3]);
		if (!package) {
			fail(error, "apt-get says \"%s\"", *line);
			return NULL;
		}
		g_ptr_array_add(list, package);
	}
	if (!list->len) {
		fail(error, "apt-get names no package to download");
		return NULL;
	}
	g_ptr_array_sort(list, by_name);
	return g_steal_pointer(&list);
}

static const Package *find(const GPtrArray *list, const char *name)
{
	for (guint i = 0; i < list->len; i++) {
		const Package *package = list->pdata[i];

		if (!strcmp(package->name, name))
			return package;
	}
	return NULL;
}

/* " NAME OLD -> NEW", for the first few. */
static void name_moved(GString *text, guint count, const char *name,
		       const char *old, const char *new)
{
	if (count <= MOST_NAMED)
		g_string_append_printf(text, "%s %s %s -> %s",
				       count > 1 ? "," : "", name, old, new);
	else if (count == MOST_NAMED + 1)
		g_string_append(text, ", ...");
}

gboolean packages_moved(const Packages *packages, const GPtrArray *resolved,
			char **line, GError **error)
{
	g_autoptr(GString) text = g_string_new(NULL);
	guint count = 0;

	*line = NULL;
	for (guint i = 0; i < resolved->len; i++) {
		const Package *now = resolved->pdata[i];
		const Package *pin = find(packages->pins, now->name);

		if (pin && !strcmp(pin->version, now->version)) {
			if (!strcmp(pin->sha256, now->sha256))
				continue;
			return fail(error,
				    "%s %s has the SHA-256 %s, not %s, which "
				    "is pinned",
				    now->name, now->version, now->sha256,
				    pin->sha256);
		}
		name_moved(text, ++count, now->name,
			   pin ? pin->version : "none", now->version);
	}
	for (guint i = 0; i < packages->pins->len; i++) {
		const Package *pin = packages->pins->pdata[i];

		if (!find(resolved, pin->name))
			name_moved(text, ++count, pin->name, pin->version,
				   "none");
	}
	if (count)
		*line = g_strdup_printf(
			"%u of %u packages have moved on from those with which "
			"this was tested, and are used as they are now:%s",
			count, resolved->len, text->str);
	return TRUE;
}

char *packages_text(const Packages *packages, const GPtrArray *resolved)
{
	GString *text = g_string_new(
		"# SPDX-License-Identifier: GPL-2.0-or-later\n"
		"# What a root is made of; packages.h has the words. make "
		"check-clients writes it anew to the\n"
		"# file packages beside the root when it gets packages.\n");

	g_string_append_printf(text, "suite %s\n", packages->suite);
	for (guint i = 0; i < packages->wanted->len; i++)
		g_string_append_printf(text, "want %s\n",
				       (char *)packages->wanted->pdata[i]);
	for (guint i = 0; i < packages->files->len; i++) {
		const Package *file = packages->files->pdata[i];

		g_string_append_printf(text, "file %s %s\n", file->file,
				       file->sha256);
	}
	for (guint i = 0; i < resolved->len; i++) {
		const Package *package = resolved->pdata[i];

		g_string_append_printf(text, "pin %s %s %s\n", package->name,
				       package->version, package->sha256);
	}
	return g_string_free(text, FALSE);
}
