// SPDX-License-Identifier: GPL-2.0-or-later
#include "history.h"

#include <string.h>

static void change_clear(gpointer data)
{
	Change *change = data;

	g_free(change->path);
}

static Commit *commit_new(const char *id)
{
	Commit *commit = g_new0(Commit, 1);

	commit->id = g_strdup(id);
	commit->subject = g_strdup("");
	commit->gives = g_strdup("");
	commit->parents = g_array_new(FALSE, FALSE, sizeof(guint));
	commit->applies = TRUE;
	return commit;
}

static void commit_free(gpointer data)
{
	Commit *commit = data;

	if (!commit)
		return;
	g_free(commit->id);
	g_free(commit->subject);
	g_free(commit->slot);
	g_free(commit->gives);
	g_free(commit->note);
	g_free(commit->ancestors);
	g_array_unref(commit->parents);
	if (commit->changes)
		g_array_unref(commit->changes);
	g_free(commit);
}

History *history_new(void)
{
	History *history = g_new0(History, 1);

	history->commits = g_ptr_array_new_with_free_func(commit_free);
	history->by_id = g_hash_table_new(g_str_hash, g_str_equal);
	return history;
}

void history_free(History *history)
{
	g_hash_table_unref(history->by_id);
	g_ptr_array_unref(history->commits);
	commit_free(history->good);
	g_free(history);
}

Commit *history_add(History *history, const char *id, char **parents)
{
	Commit *commit = commit_new(id);

	commit->number = history->commits->len;
	for (char **name = parents; *name; name++) {
		const Commit *parent =
			g_hash_table_lookup(history->by_id, *name);

		if (parent && name == parents)
			commit->first_inside = TRUE;
		if (parent)
			g_array_append_val(commit->parents, parent->number);
		else
			commit->on_edge = TRUE;
	}
	g_ptr_array_add(history->commits, commit);
	g_hash_table_insert(history->by_id, commit->id, commit);
	return commit;
}

Commit *history_set_good(History *history, const char *id)
{
	history->good = commit_new(id);
	return history->good;
}

const Commit *history_bad(const History *history)
{
	return history->commits->pdata[history->commits->len - 1];
}

void history_complete(History *history)
{
	guint len = history->commits->len;

	for (guint i = 0; i < len; i++) {
		Commit *commit = history->commits->pdata[i];

		commit->ancestors = g_new0(gboolean, len);
		commit->ancestors[i] = TRUE;
		for (guint p = 0; p < commit->parents->len; p++) {
			guint number = g_array_index(commit->parents, guint, p);
			const Commit *parent = history->commits->pdata[number];

			for (guint j = 0; j <= number; j++)
				commit->ancestors[j] |= parent->ancestors[j];
		}
	}
}

void commit_changes(Commit *commit, const char *path, guint64 hash)
{
	Change change = {.path = g_strdup(path), .hash = hash};

	if (!commit->changes) {
		commit->changes = g_array_new(FALSE, FALSE, sizeof(Change));
		g_array_set_clear_func(commit->changes, change_clear);
	}
	g_array_append_val(commit->changes, change);
}

/* How the kernel at @commit differs from that at its first parent. */
static guint64 difference(const Commit *commit, const Reads *reads)
{
	guint64 hash = 0;

	for (guint i = 0; commit->changes && i < commit->changes->len; i++) {
		const Change *change =
			&g_array_index(commit->changes, Change, i);

		if (!reads || reads_objects(reads, change->path))
			hash ^= change->hash;
	}
	return hash;
}

/* A promise of the index makes a skipped test a failed one: it is another kernel. */
static guint64 with_gives(const Commit *commit, guint64 kernel)
{
	return kernel * 31 + g_str_hash(commit->gives);
}

void history_set_kernels(History *history, const Reads *reads)
{
	guint len = history->commits->len;
	g_autofree guint64 *files = g_new0(guint64, len);

	if (history->good)
		history->good->kernel = with_gives(history->good, 0);
	for (guint i = 0; i < len; i++) {
		Commit *commit = history->commits->pdata[i];
		guint first = commit->first_inside
				      ? g_array_index(commit->parents, guint, 0)
				      : i;
		guint64 parent = first < i ? files[first] : commit->edge;

		files[i] = parent ^ difference(commit, reads);
		commit->kernel = with_gives(commit, files[i]);
		commit->same_as_parent =
			reads &&
			(first < i ? ((Commit *)history->commits->pdata[first])
					     ->kernel
				   : with_gives(history->good ?: commit,
						parent)) == commit->kernel;
	}
}

void history_spread(History *history)
{
	g_autoptr(GHashTable) known =
		g_hash_table_new(g_int64_hash, g_int64_equal);
	Commit *good = history->good;

	if (good && good->tried)
		g_hash_table_insert(known, &good->kernel, good);
	for (guint i = 0; i < history->commits->len; i++) {
		Commit *commit = history->commits->pdata[i];

		if (commit->tried)
			g_hash_table_insert(known, &commit->kernel, commit);
	}
	for (guint i = 0; i < history->commits->len; i++) {
		Commit *commit = history->commits->pdata[i];
		const Commit *same;

		if (commit->tried)
			continue;
		same = g_hash_table_lookup(known, &commit->kernel);
		commit->verdict = same ? same->verdict : UNTRIED;
		g_free(commit->note);
		commit->note = same ? g_strdup(same->note) : NULL;
	}
}

gboolean history_has_good(const History *history)
{
	if (history->good && history->good->tried &&
	    history->good->verdict == GOOD)
		return TRUE;
	for (guint i = 0; i < history->commits->len; i++) {
		const Commit *commit = history->commits->pdata[i];

		if (commit->verdict == GOOD)
			return TRUE;
	}
	return FALSE;
}

/* Does @commit stand before the first bad one, with its ancestors? */
static gboolean is_before(const Commit *commit, gboolean has_good)
{
	return commit->verdict == GOOD ||
	       (commit->verdict == ABSENT && !has_good);
}

GPtrArray *history_candidates(const History *history)
{
	gboolean has_good = history_has_good(history);
	g_autofree gboolean *out = g_new0(gboolean, history->commits->len);
	GPtrArray *candidates = g_ptr_array_new();
	const Commit *bad = history_bad(history);

	for (guint i = 0; i < history->commits->len; i++) {
		const Commit *commit = history->commits->pdata[i];

		if (is_before(commit, has_good) && commit != bad)
			for (guint j = 0; j <= i; j++)
				out[j] |= commit->ancestors[j];
	}
	/* The parents come first: the first one that is bad is the earliest. */
	for (guint i = 0; i < history->commits->len; i++) {
		const Commit *commit = history->commits->pdata[i];

		if (commit->verdict == BAD && !out[i] && bad->ancestors[i]) {
			bad = commit;
			break;
		}
	}
	for (guint i = 0; i <= bad->number; i++)
		if (bad->ancestors[i] && (!out[i] || i == bad->number))
			g_ptr_array_add(candidates, history->commits->pdata[i]);
	return candidates;
}

gboolean history_relies_on_good(const History *history, const Commit *commit)
{
	if (commit->on_edge)
		return TRUE;
	for (guint p = 0; p < commit->parents->len; p++) {
		guint parent = g_array_index(commit->parents, guint, p);
		gboolean known = FALSE;

		for (guint i = 0; i < history->commits->len && !known; i++) {
			const Commit *other = history->commits->pdata[i];

			known = other->verdict == GOOD &&
				other->ancestors[parent];
		}
		if (!known)
			return TRUE;
	}
	return FALSE;
}
