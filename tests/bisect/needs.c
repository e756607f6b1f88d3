// SPDX-License-Identifier: GPL-2.0-or-later
#include "needs.h"

#include <string.h>

#include "../host/git.h"

#define NEEDS "needs:"
#define HELPER "include/drm/drm_gem_shmem_helper.h"
#define VIRTIO "drivers/gpu/drm/virtio"
#define PANFROST "drivers/gpu/drm/panfrost"

/* Commits in one command of git, at most. */
#define AT_ONCE 500

/* A kernel has the capability if its source has this text there, in any row. */
static const struct {
	const char *capability, *path, *text;
} told_by_source[] = {
	{"kunit-shmem-locked", HELPER, "drm_gem_shmem_purge_locked"},
	{"panfrost-shrinker", PANFROST, "drmm_gem_shmem_init("},
	{"shmem-lockless", HELPER, "kref vmap_use_count;"},
	{"shmem-lockless", HELPER, "Only the first and the last user"},
	{"shmem-pin-count", HELPER, "pages_pin_count;"},
	{"shmem-sgt-flag", HELPER, "got_pages_sgt"},
	{"shmem-shrinker", HELPER, "drmm_gem_shmem_init("},
	{"virtio-late-attach", VIRTIO, "virtio_gpu_array_attach("},
	{"virtio-madvise", "include/uapi/drm/virtgpu_drm.h",
	 "DRM_VIRTGPU_MADVISE"},
	{"virtio-shrinker", VIRTIO, "drmm_gem_shmem_init("},
};

/* A kernel has the capability if it has none of the others. */
static const struct {
	const char *capability, *none_of[3];
} opposites[] = {
	{"no-panfrost-shrinker", {"panfrost-shrinker", "shmem-shrinker"}},
	{"no-virtio-shrinker", {"virtio-shrinker"}},
};

/* Where a kernel has a capability; by number, GOOD at the end. */
typedef gboolean *Where;

static Commit *commit_at(const History *history, guint i)
{
	return i < history->commits->len ? history->commits->pdata[i]
					 : history->good;
}

static guint count(const History *history)
{
	return history->commits->len + 1;
}

static gboolean has_word(const char *text, const char *word)
{
	g_auto(GStrv) words = g_strsplit(text, " ", 0);

	return g_strv_contains((const char *const *)words, word);
}

/* By the index of the series, if that has the capability. */
static Where by_index(const History *history, const char *capability)
{
	g_autofree Where where = g_new0(gboolean, count(history));
	gboolean known = FALSE;

	for (guint i = 0; i < count(history); i++) {
		where[i] = has_word(commit_at(history, i)->gives, capability);
		known |= where[i];
	}
	return known ? g_steal_pointer(&where) : NULL;
}

/* Set @where for those of the commits from @first on that have @text in @path. */
static void search(const History *history, const char *repo, guint first,
		   const char *path, const char *text, Where where)
{
	guint end = MIN(first + AT_ONCE, count(history));
	char *const begin[] = {"grep", "-l", "-F", "-e", (char *)text};
	g_autoptr(GPtrArray) words = g_ptr_array_new();
	g_autofree char *out = NULL;
	g_auto(GStrv) lines = NULL;

	for (guint i = 0; i < G_N_ELEMENTS(begin); i++)
		g_ptr_array_add(words, begin[i]);
	for (guint i = first; i < end; i++)
		g_ptr_array_add(words, commit_at(history, i)->id);
	g_ptr_array_add(words, (gpointer) "--");
	g_ptr_array_add(words, (gpointer)path);
	g_ptr_array_add(words, NULL);
	out = git_words(repo, NULL, (const char *const *)words->pdata, NULL);
	lines = g_strsplit(out ?: "", "\n", 0);
	for (char **line = lines; *line; line++) {
		char *colon = strchr(*line, ':');

		if (!colon)
			continue;
		*colon = '\0';
		for (guint i = first; i < end; i++)
			where[i] |= !strcmp(commit_at(history, i)->id, *line);
	}
}

static Where by_source(const History *history, const char *repo,
		       const char *capability)
{
	Where where = NULL;

	for (guint row = 0; row < G_N_ELEMENTS(told_by_source); row++) {
		if (strcmp(told_by_source[row].capability, capability))
			continue;
		if (!where)
			where = g_new0(gboolean, count(history));
		for (guint i = 0; i < count(history); i += AT_ONCE)
			search(history, repo, i, told_by_source[row].path,
			       told_by_source[row].text, where);
	}
	return where;
}

static Where find(const History *history, const char *repo,
		  const char *capability)
{
	return by_index(history, capability)
		       ?: by_source(history, repo, capability);
}

/* A capability that says what a kernel lacks. */
static Where find_opposite(const History *history, const char *repo,
			   const char *capability)
{
	for (guint row = 0; row < G_N_ELEMENTS(opposites); row++) {
		Where where;

		if (strcmp(opposites[row].capability, capability))
			continue;
		where = g_new0(gboolean, count(history));
		for (guint i = 0; i < count(history); i++)
			where[i] = TRUE;
		for (const char *const *other = opposites[row].none_of; *other;
		     other++) {
			g_autofree Where has = find(history, repo, *other);

			for (guint i = 0; has && i < count(history); i++)
				where[i] &= !has[i];
		}
		return where;
	}
	return NULL;
}

char *needs_apply(History *history, const char *repo, char **tags)
{
	g_autoptr(GString) decide = g_string_new(NULL);

	for (guint i = 0; i < count(history); i++)
		commit_at(history, i)->applies = TRUE;
	for (; *tags; tags++) {
		const char *name = *tags + strlen(NEEDS);
		g_autofree Where where = NULL;
		gboolean lacks = FALSE;

		if (!g_str_has_prefix(*tags, NEEDS))
			continue;
		where = find_opposite(history, repo, name)
				?: find(history, repo, name);
		if (!where || !where[history->commits->len - 1])
			continue;
		for (guint i = 0; i < count(history); i++) {
			commit_at(history, i)->applies &= where[i];
			lacks |= !where[i];
		}
		if (lacks)
			g_string_append_printf(decide, "%s%s",
					       decide->len ? ", " : "", name);
	}
	return decide->len ? g_string_free(g_steal_pointer(&decide), FALSE)
			   : NULL;
}

void needs_read_plan(History *history, const char *plan)
{
	g_auto(GStrv) lines = g_strsplit(plan, "\n", 0);

	for (guint i = 0; i < count(history); i++) {
		Commit *commit = commit_at(history, i);
		g_autoptr(GString) gives = g_string_new(NULL);

		for (char **line = lines; *line && commit->slot; line++) {
			g_auto(GStrv) words = g_strsplit_set(*line, " \t", 0);

			if (g_strv_length(words) < 3 ||
			    strcmp(words[1], "gives") ||
			    strcmp(words[0], commit->slot) > 0)
				continue;
			for (char **word = words + 2; *word; word++)
				if (**word)
					g_string_append_printf(gives, "%s ",
							       *word);
		}
		g_free(commit->gives);
		commit->gives = g_strchomp(
			g_string_free(g_steal_pointer(&gives), FALSE));
	}
}
