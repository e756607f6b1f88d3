/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One run out of the shards of one. */
#ifndef COVERAGE_MERGE_H
#define COVERAGE_MERGE_H

#include <glib.h>

/*
 * merge() - fills @out/data from those of @dirs, each build/coverage of a shard, if
 * they are all shards of one run; else there is an @error. The report will be @final.
 * @work gets a tracefile per shard, N.info, that names sources below @out/data/source.
 * @failed: shards with failed tests, each after a blank; free it.
 */
gboolean merge(const char *out, const char *final, const char *work,
	       char **dirs, char **failed, GError **error);

#endif
