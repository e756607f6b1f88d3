/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The HTML pages of the report, except LCOV's own. */
#ifndef COVERAGE_PAGES_H
#define COVERAGE_PAGES_H

#include "data.h"

/*
 * pages_write() - the series as HTML: series.html in @out, and series/NUMBER.html for
 * each patch.
 */
gboolean pages_write(const Data *data, const char *out, const char *title,
		     GError **error);

/*
 * report_write() - all pages and tables of the report in @dir, from its coverage.info
 * and directory data. @source: where the files of coverage.info are. @list: see
 * unreached.h; or NULL.
 */
gboolean report_write(const char *dir, const char *source, const char *list,
		      GError **error);

/* prolog() - the header for LCOV's pages, as HTML. */
char *prolog(const Data *data);

#endif
