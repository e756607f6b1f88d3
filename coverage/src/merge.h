/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Merges the shards of a run. */
#ifndef COVERAGE_MERGE_H
#define COVERAGE_MERGE_H

#include <glib.h>

/*
 * merge() - fills @out/data from those of @dirs, each build/coverage of a shard.
 * Sets @error if these are not all the shards of one run. The report will be @final.
 * @work gets a tracefile per shard, N.info, that names sources below @out/data/source.
 * @failed: shards with failed tests, each after a blank; free it.
 */
gboolean merge(const char *out, const char *final, const char *work,
	       char **dirs, char **failed, GError **error);

#endif
