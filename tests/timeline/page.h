/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The files for people and for Perfetto. */
#ifndef TIMELINE_PAGE_H
#define TIMELINE_PAGE_H

#include "timeline.h"

/* page_html() - a page with all of it, which loads nothing; owned. */
char *page_html(const Timeline *timeline);

/* chrome_json() - the same in Chrome's trace event format; owned. */
char *chrome_json(const Timeline *timeline);

#endif
