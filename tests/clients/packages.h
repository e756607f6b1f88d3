/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The packages that the clients' root is made of. The file "packages" has a line for each
 * fact: "suite NAME", the suite of Debian that all are from; "want PACKAGE", what is asked
 * for; "pin PACKAGE VERSION SHA256", these, and all that they depend on, as last tested;
 * "file PATH SHA256", a file of the mirror, such as a source, that is no package.
 */
#ifndef CLIENTS_PACKAGES_H
#define CLIENTS_PACKAGES_H

#include <glib.h>

typedef struct {
	char *name;
	char *version;
	char *sha256;
	char *file; /* its name in apt's cache, NULL for a pin; for a file, its path */
} Package;

typedef struct {
	char *suite;
	GPtrArray *wanted; /* char * */
	GPtrArray *pins; /* Package */
	GPtrArray *files; /* Package */
} Packages;

/* Owned; NULL with @error set. Free it with packages_free(). */
Packages *packages_parse(const char *text, GError **error);
void packages_free(Packages *packages);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Packages, packages_free)

/*
 * packages_resolved() - array of Package, owned, from what "apt-get --print-uris" prints: lines
 * "'URL' NAME_VERSION_ARCH.deb SIZE SHA256:SUM". NULL with @error set if it names none.
 */
GPtrArray *packages_resolved(const char *text, GError **error);

/*
 * packages_moved() - one line that says which of @resolved are not as they were pinned, owned;
 * NULL if all are. An error if one has another sum under the same version.
 */
gboolean packages_moved(const Packages *packages, const GPtrArray *resolved,
			char **line, GError **error);

/* The file "packages" with what is in @resolved; owned. */
char *packages_text(const Packages *packages, const GPtrArray *resolved);

#endif
