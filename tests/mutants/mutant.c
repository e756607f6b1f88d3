// SPDX-License-Identifier: GPL-2.0-or-later
#include "mutant.h"

#include <string.h>

/* Lines around a change in a patch. */
#define CONTEXT 3

static void mutant_free(gpointer data)
{
	Mutant *mutant = data;

	g_free(mutant->id);
	g_free(mutant->file);
	g_free(mutant->function);
	g_free(mutant->line_text);
	g_free(mutant->edit);
	g_free(mutant);
}

static guint line_of(const char *text, gsize at)
{
	guint line = 1;

	for (gsize i = 0; i < at; i++)
		line += text[i] == '\n';
	return line;
}

static char *line_text(const char *text, gsize at)
{
	const char *begin = text + at, *end = text + at;

	while (begin > text && begin[-1] != '\n')
		begin--;
	end += strcspn(end, "\n");
	return g_strstrip(g_strndup(begin, end - begin));
}

/* @seen: how many mutants have the same key so far, by key. */
static char *make_id(const Mutant *mutant, const char *old, GHashTable *seen)
{
	g_autofree char *key = g_strdup_printf(
		"%s\n%s\n%s\n%s\n%s\n%s", mutant->file, mutant->function,
		mutant->operator, mutant->line_text, old, mutant->edit);
	guint count = GPOINTER_TO_UINT(g_hash_table_lookup(seen, key));
	g_autofree char *whole = g_strdup_printf("%s\n%u", key, count);
	char *id = g_compute_checksum_for_string(G_CHECKSUM_SHA256, whole, -1);

	g_hash_table_insert(seen, g_steal_pointer(&key),
			    GUINT_TO_POINTER(count + 1));
	id[12] = 0;
	return id;
}

static Mutant *mutant_new(const char *file, const char *text,
			  const Place *place, const Operator *operator,
			  GHashTable * seen)
{
	g_autofree char *old =
		g_strndup(text + place->begin, place->end - place->begin);
	char *edit = operator_edit(operator, old);
	Mutant *mutant;

	if (!edit)
		return NULL;
	mutant = g_new0(Mutant, 1);
	mutant->file = g_strdup(file);
	mutant->function = g_strdup(place->function);
	mutant->operator= operator->name;
	mutant->line = line_of(text, place->begin);
	mutant->line_text = line_text(text, place->begin);
	mutant->begin = place->begin;
	mutant->end = place->end;
	mutant->edit = edit;
	mutant->id = make_id(mutant, old, seen);
	return mutant;
}

GPtrArray *mutants_of(const char *file, const char *text, const GArray *places,
		      GHashTable *lines)
{
	GPtrArray *mutants = g_ptr_array_new_with_free_func(mutant_free);
	g_autoptr(GHashTable) seen =
		g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);

	for (guint i = 0; i < places->len; i++) {
		const Place *place = &g_array_index(places, Place, i);
		guint line = line_of(text, place->begin);

		if (lines &&
		    !g_hash_table_contains(lines, GUINT_TO_POINTER(line)))
			continue;
		for (guint k = 0; k < operators_count; k++) {
			Mutant *mutant = NULL;

			if (operators[k].place == place->kind)
				mutant = mutant_new(file, text, place,
						    &operators[k], seen);
			if (mutant)
				g_ptr_array_add(mutants, mutant);
		}
	}
	return mutants;
}

char *mutant_apply(const Mutant *mutant, const char *text)
{
	GString *new = g_string_new_len(text, mutant->begin);

	g_string_append(new, mutant->edit);
	g_string_append(new, text + mutant->end);
	return g_string_free(new, FALSE);
}

static void add_lines(GString *out, char prefix, char **lines, guint from,
		      guint to)
{
	for (guint i = from; i < to; i++)
		g_string_append_printf(out, "%c%s\n", prefix, lines[i]);
}

char *mutant_diff(const Mutant *mutant, const char *text)
{
	g_autofree char *edited = mutant_apply(mutant, text);
	g_auto(GStrv) old = g_strsplit(text, "\n", -1);
	g_auto(GStrv) new = g_strsplit(edited, "\n", -1);
	/* The file ends with a newline, behind which there is no line. */
	guint count = g_strv_length(old) - 1;
	guint first = 0, last = count, from, to;
	GString *out = g_string_new(NULL);

	while (first < count && !strcmp(old[first], new[first]))
		first++;
	while (last > first && !strcmp(old[last - 1], new[last - 1]))
		last--;
	from = first > CONTEXT ? first - CONTEXT : 0;
	to = MIN(last + CONTEXT, count);
	g_string_printf(out,
			"diff --git a/%s b/%s\n--- a/%s\n+++ b/%s\n"
			"@@ -%u,%u +%u,%u @@ %s\n",
			mutant->file, mutant->file, mutant->file, mutant->file,
			from + 1, to - from, from + 1, to - from,
			mutant->function);
	add_lines(out, ' ', old, from, first);
	add_lines(out, '-', old, first, last);
	add_lines(out, '+', new, first, last);
	add_lines(out, ' ', old, last, to);
	return g_string_free(out, FALSE);
}

static int by_index(gconstpointer a, gconstpointer b)
{
	const guint *one = a, *two = b;

	return (*one > *two) - (*one < *two);
}

/* 0 to @len - 1, in random order. */
static GArray *shuffled(guint len, guint seed)
{
	GArray *order = g_array_new(FALSE, FALSE, sizeof(guint));
	GRand *rand = g_rand_new_with_seed(seed);

	for (guint i = 0; i < len; i++)
		g_array_append_val(order, i);
	for (guint i = len; i > 1; i--) {
		guint k = g_rand_int_range(rand, 0, i);
		guint *one = &g_array_index(order, guint, i - 1);
		guint *two = &g_array_index(order, guint, k);
		guint both = *one;

		*one = *two;
		*two = both;
	}
	g_rand_free(rand);
	return order;
}

GPtrArray *mutants_choose(const GPtrArray *all, guint count, guint seed,
			  guint shard, guint shards)
{
	g_autoptr(GArray) order = shuffled(all->len, seed);
	GPtrArray *chosen = g_ptr_array_new();

	g_array_set_size(order, MIN(count, all->len));
	g_array_sort(order, by_index);
	for (guint i = (guint64)order->len * (shard - 1) / shards;
	     i < (guint64)order->len * shard / shards; i++)
		g_ptr_array_add(chosen,
				all->pdata[g_array_index(order, guint, i)]);
	return chosen;
}
