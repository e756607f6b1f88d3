// SPDX-License-Identifier: GPL-2.0-or-later
#include "progress.h"

#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

static ProgressFunc line_func; /* NULL: there is no progress line */
static gpointer line_data;
static gboolean is_shown;
static guint tick;

void progress_hide(void)
{
	if (!is_shown)
		return;
	is_shown = FALSE;
	/* Go to the start of the line, and erase it. */
	printf("\r\033[K");
}

/* The last column stays free: a line that wraps cannot be erased. */
void progress_show(void)
{
	struct winsize size = {0};

	progress_hide();
	if (line_func) {
		g_autofree char *text = line_func(line_data);

		if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) || !size.ws_col)
			size.ws_col = 80;
		printf("%.*s", size.ws_col - 1, text);
		is_shown = TRUE;
	}
	fflush(stdout);
}

static gboolean on_tick(gpointer data)
{
	(void)data;
	progress_show();
	return G_SOURCE_CONTINUE;
}

/* Standard error may be the same terminal. */
static void print_error(const char *text)
{
	progress_hide();
	fflush(stdout);
	fputs(text, stderr);
	fflush(stderr);
	progress_show();
}

void progress_begin(ProgressFunc func, gpointer data)
{
	const char *term = g_getenv("TERM");

	if (!isatty(STDOUT_FILENO) || !term || !*term || !strcmp(term, "dumb"))
		return;
	line_func = func;
	line_data = data;
	tick = g_timeout_add_seconds(1, on_tick, NULL);
	g_set_printerr_handler(print_error);
	progress_show();
}

void progress_end(void)
{
	if (!line_func)
		return;
	progress_hide();
	line_func = NULL;
	g_source_remove(tick);
	g_set_printerr_handler(NULL);
}
