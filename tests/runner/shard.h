/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A share of the tests, so that several machines together can run all of them. */
#ifndef RUNNER_SHARD_H
#define RUNNER_SHARD_H

#include <glib.h>

typedef struct {
	guint number; /* 1..count */
	guint count; /* 0: there are no shards */
} Shard;

/* Parse "2/5". False with @error set. uml-config/shard.sh takes the same. */
gboolean shard_parse(const char *text, Shard *shard, GError **error);

/*
 * The tests of @tests that belong to @shard, in their order. Each test belongs to
 * one shard, regardless of the machine and the number of jobs. The sizes of shards
 * differ by at most one test, for each kind of guest and in total. Array of
 * TestInfo that belong to the owner of @tests.
 */
GPtrArray *shard_select(GPtrArray *tests, const Shard *shard);

#endif
