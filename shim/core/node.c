// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/node.h"

#include <stdbool.h>
#include <string.h>

#include "core/device.h"

/* Length of the first part of a path. */
static size_t part(const char *path)
{
	return strcspn(path, "/");
}

static bool is_number(const char *pattern)
{
	return part(pattern) == 2 && !memcmp(pattern, "%u", 2);
}

/* Only one spelling of a number is valid, so that a file has one name. */
static bool parse_number(const char *text, size_t len, uint32_t *n)
{
	uint64_t value = 0;

	if (!len || len > 10 || (len > 1 && text[0] == '0'))
		return false;
	for (size_t i = 0; i < len; i++) {
		if (!g_ascii_isdigit(text[i]))
			return false;
		value = value * 10 + (uint64_t)(text[i] - '0');
	}
	*n = (uint32_t)value;
	return value <= G_MAXUINT32;
}

/* The numbers of @node that exist now, of uint32_t; owned. */
static GArray *numbers_of(const Node *node, Device *device)
{
	GArray *numbers = g_array_new(FALSE, FALSE, sizeof(uint32_t));

	for (uint32_t i = 0; i < node->count; i++)
		g_array_append_val(numbers, i);
	if (node->list)
		node->list(device, numbers);
	return numbers;
}

static bool has_number(const Node *node, Device *device, uint32_t n)
{
	g_autoptr(GArray) numbers = numbers_of(node, device);

	for (guint i = 0; i < numbers->len; i++)
		if (g_array_index(numbers, uint32_t, i) == n)
			return true;
	return false;
}

/*
 * The rest of @node's path after @path, "" if it is the whole path, NULL if @path
 * is not a prefix of it. *n: the number in @path, or 0.
 */
static const char *follow(const Node *node, Device *device, const char *path,
			  uint32_t *n)
{
	const char *pattern = node->path;
	bool numbered = false;

	*n = 0;
	while (*path) {
		size_t len = part(path), want = part(pattern);

		if (is_number(pattern)) {
			numbered = parse_number(path, len, n);
			if (!numbered)
				return NULL;
		} else if (!want || len != want || memcmp(path, pattern, len)) {
			return NULL;
		}
		if (path[len] && !path[len + 1])
			return NULL;
		path += len + (path[len] == '/');
		pattern += want + (pattern[want] == '/');
	}
	return !numbered || has_number(node, device, *n) ? pattern : NULL;
}

/* Does a node before @node have a path with the same first @len bytes? */
static bool is_repeated(const Node *nodes, const Node *node, size_t len)
{
	for (; nodes < node; nodes++)
		if (!strncmp(nodes->path, node->path, len))
			return true;
	return false;
}

static void add_names(GPtrArray *names, const Node *node, Device *device,
		      const char *rest)
{
	const char *slash = rest[part(rest)] ? "/" : "";
	g_autoptr(GArray) numbers = NULL;

	if (!is_number(rest)) {
		g_ptr_array_add(names,
				g_strdup_printf("%.*s%s", (int)part(rest), rest,
						slash));
		return;
	}
	numbers = numbers_of(node, device);
	for (guint i = 0; i < numbers->len; i++)
		g_ptr_array_add(
			names,
			g_strdup_printf("%u%s",
					g_array_index(numbers, uint32_t, i),
					slash));
}

char **node_list(Device *device, const char *path)
{
	const Node *nodes = device->model->nodes;
	GPtrArray *names = g_ptr_array_new_with_free_func(g_free);
	bool found = !*path;

	for (const Node *node = nodes; node->path; node++) {
		uint32_t n;
		const char *rest = follow(node, device, path, &n);

		if (!rest || !*rest)
			continue;
		found = true;
		/* Including the slash or the end after its name. */
		if (!is_repeated(nodes, node,
				 (size_t)(rest - node->path) + part(rest) + 1))
			add_names(names, node, device, rest);
	}
	if (!found) {
		g_ptr_array_free(names, TRUE);
		return NULL;
	}
	g_ptr_array_add(names, NULL);
	return (char **)g_ptr_array_free(names, FALSE);
}

GBytes *node_show(Device *device, const char *path)
{
	for (const Node *node = device->model->nodes; node->path; node++) {
		uint32_t n;
		const char *rest = follow(node, device, path, &n);
		GString *out;

		if (!rest || *rest || !*path)
			continue;
		out = g_string_new(NULL);
		node->show(device, n, out);
		return g_string_free_to_bytes(out);
	}
	return NULL;
}
