// SPDX-License-Identifier: GPL-2.0-or-later
#include "source.h"

#include <string.h>

#include "../host/io.h"
#include "ask.h"
#include "say.h"

#define DEBIAN "debian:"

/* The URL from which apt would download @package; owned, or NULL. */
static char *url_of(const char *package)
{
	g_autofree char *text = NULL;
	g_auto(GStrv) parts = NULL;

	if (!ask(&text, "apt-get", "download", "--print-uris", package, NULL))
		return NULL;
	/* 'URL' FILE SIZE */
	parts = g_strsplit(text, "'", 3);
	return g_strdup(parts[0] ? parts[1] : NULL);
}

static gboolean reach(const char *url)
{
	if (has_program("curl"))
		return ask(NULL, "curl", "-fsIL", "-m", "20", "-o", "/dev/null", url, NULL);
	return ask(NULL, "wget", "-q", "--spider", "-T", "20", "-t", "1", url, NULL);
}

static void check_url(const char *url)
{
	if (!has_program("curl") && !has_program("wget"))
		unknown("source",
			"not known: neither curl nor wget is there to look at "
			"%s",
			url);
	else if (reach(url))
		good("source", "%s can be reached", url);
	else
		bad("source",
		    "%s cannot be reached; say where a kernel is: "
		    "KERNEL=directory or "
		    "KERNEL=tarball",
		    url);
}

/* What is to be downloaded: @package, unless KERNEL_URL says otherwise. */
static void check_download(const char *scripts, const char *package)
{
	g_autofree char *pinned = line_after(scripts, "kernel-org.conf", "pinned_package=");
	g_autofree char *pinned_url = line_after(scripts, "kernel-org.conf", "pinned_url=");
	g_autofree char *suites = line_after(scripts, "debian.conf", "debian_suites=");
	g_autofree char *apt_url = NULL;

	if (!package)
		package = pinned;
	apt_url = url_of(package);
	if (*setting("KERNEL_URL"))
		check_url(setting("KERNEL_URL"));
	else if (apt_url)
		check_url(apt_url);
	else if (!strcmp(package, pinned))
		check_url(pinned_url);
	else
		unknown("source", "not known: %s is looked for in Debian's %s", package,
			g_strstrip(g_strdelimit(suites, "\"", ' ')));
}

void check_source(const char *root)
{
	g_autofree char *scripts = g_build_filename(root, "uml-config", NULL);
	g_autofree char *script = g_build_filename(scripts, "source.sh", NULL);
	g_autofree char *text = NULL, *package = NULL;
	const char *kernel = setting("KERNEL");

	if (g_str_has_prefix(kernel, DEBIAN)) {
		package = g_strconcat("linux-source-", kernel + strlen(DEBIAN), NULL);
		kernel = "";
	} else if (*setting("KERNEL_PACKAGE")) {
		package = g_strdup(setting("KERNEL_PACKAGE"));
	}
	if (ask(&text, script, "--stored", NULL))
		good("source", "%s", text);
	else if (*kernel)
		bad("source", "%s", text);
	else
		check_download(scripts, package);
}
