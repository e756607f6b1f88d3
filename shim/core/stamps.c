// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/stamps.h"

#include <errno.h>
#include <string.h>

#include "core/registry.h"
#include "protocol.h"
#include "core/ram.h"
#include "core/text.h"

/* Far more than any test writes; a limit for a faulty guest. */
#define RULES_MAX 65536
#define AS_MAX 16
/* Root of a rule for all address spaces; a real root is aligned. */
#define ROOT_ANY G_MAXUINT64
#define VA_MAX ((1ull << 48) - 1)

typedef struct {
	const DeviceId *device;
	guint64 root; /* by address: page-table root or ROOT_ANY */
	guint64 start; /* resource ID, or GPU address of the first page */
	guint64 pages; /* by address only */
	guint32 bo;
	guint32 generation;
	guint32 first_page;
	guint64 checked;
	guint64 bad;
	guint64 line; /* of the journal, about the latest checks */
} Rule;

struct Stamps {
	Journal *journal;
	GHashTable *resources; /* key_of() -> Rule, owned; by resource */
	GPtrArray *ranges; /* of Rule, owned; by address */
	guint64 *roots; /* AS_MAX of each device */
};

typedef enum { ORDER_EXPECT, ORDER_FORGET, ORDER_CLEAR } OrderType;

typedef struct {
	OrderType type;
	Rule rule;
} Order;

static void drop_rules(Stamps *stamps)
{
	g_clear_pointer(&stamps->resources, g_hash_table_unref);
	g_clear_pointer(&stamps->ranges, g_ptr_array_unref);
	stamps->resources = g_hash_table_new_full(g_direct_hash, g_direct_equal,
						  NULL, g_free);
	stamps->ranges = g_ptr_array_new_with_free_func(g_free);
}

Stamps *stamps_new(Journal *journal)
{
	Stamps *stamps = g_new0(Stamps, 1);

	stamps->journal = journal;
	stamps->roots = g_new0(guint64, (gsize)models_count() * AS_MAX);
	drop_rules(stamps);
	return stamps;
}

void stamps_free(Stamps *stamps)
{
	if (!stamps)
		return;
	g_hash_table_unref(stamps->resources);
	g_ptr_array_unref(stamps->ranges);
	g_free(stamps->roots);
	g_free(stamps);
}

static gsize number_of(const DeviceId *device)
{
	return (gsize)(device - models_device(0));
}

static gpointer key_of(const DeviceId *device, guint32 resource)
{
	return GSIZE_TO_POINTER(resource | number_of(device) << 32);
}

/* Roots of the address spaces of @device, AS_MAX of them. */
static guint64 *roots_of(const Stamps *stamps, const DeviceId *device)
{
	return stamps->roots + number_of(device) * AS_MAX;
}

static bool parse_u32(const char *word, guint32 *out)
{
	uint64_t value;

	if (!text_number(word, 0, G_MAXUINT32, &value))
		return false;
	*out = (guint32)value;
	return true;
}

static bool parse_va(const char *word, guint64 *out)
{
	return text_hex(word, VA_MAX, out) && !(*out % RAM_PAGE_SIZE);
}

static bool parse_root(const guint64 *roots, const char *word, guint64 *out)
{
	uint64_t as;

	if (word && !strcmp(word, "*")) {
		*out = ROOT_ANY;
		return true;
	}
	if (!text_number(word, 0, AS_MAX - 1, &as) || !roots[as])
		return false;
	*out = roots[as];
	return true;
}

static bool parse_expect(const Stamps *stamps, const TextLine *line, Rule *rule)
{
	char *const *words = line->words;

	switch (rule->device->model->stamps) {
	case STAMPS_BY_RESOURCE:
		return (line->count == 5 || line->count == 6) &&
		       text_number(words[2], 1, G_MAXUINT32, &rule->start) &&
		       parse_u32(words[3], &rule->bo) &&
		       parse_u32(words[4], &rule->generation) &&
		       (line->count == 5 ||
			parse_u32(words[5], &rule->first_page));
	case STAMPS_BY_ADDRESS:
		return line->count == 7 &&
		       parse_root(roots_of(stamps, rule->device), words[2],
				  &rule->root) &&
		       parse_va(words[3], &rule->start) &&
		       text_number(words[4], 1,
				   (VA_MAX - rule->start) / RAM_PAGE_SIZE + 1,
				   &rule->pages) &&
		       parse_u32(words[5], &rule->bo) &&
		       parse_u32(words[6], &rule->generation);
	case STAMPS_NONE:
		break;
	}
	return false;
}

static bool parse_forget(const TextLine *line, Rule *rule)
{
	switch (rule->device->model->stamps) {
	case STAMPS_BY_RESOURCE:
		return line->count == 3 &&
		       text_number(line->words[2], 1, G_MAXUINT32,
				   &rule->start);
	case STAMPS_BY_ADDRESS:
		return line->count == 3 &&
		       parse_va(line->words[2], &rule->start);
	case STAMPS_NONE:
		break;
	}
	return false;
}

static bool parse_order(const Stamps *stamps, const TextLine *line,
			Order *order)
{
	memset(order, 0, sizeof(*order));
	if (!strcmp(line->words[0], "clear")) {
		order->type = ORDER_CLEAR;
		return line->count == 1;
	}
	order->rule.device = models_find(line->words[1]);
	if (!order->rule.device)
		return false;
	if (!strcmp(line->words[0], "expect")) {
		order->type = ORDER_EXPECT;
		return parse_expect(stamps, line, &order->rule);
	}
	order->type = ORDER_FORGET;
	return !strcmp(line->words[0], "forget") &&
	       parse_forget(line, &order->rule);
}

/*
 * Drop the ranges of @device at @start: only those of @root, unless it is ROOT_ANY.
 */
static void drop_ranges(Stamps *stamps, const DeviceId *device, guint64 start,
			guint64 root)
{
	for (guint i = stamps->ranges->len; i-- > 0;) {
		const Rule *rule = stamps->ranges->pdata[i];

		if (rule->device == device && rule->start == start &&
		    (root == ROOT_ANY || rule->root == root))
			g_ptr_array_remove_index(stamps->ranges, i);
	}
}

static void obey(Stamps *stamps, const Order *order)
{
	const Rule *rule = &order->rule;

	if (order->type == ORDER_CLEAR) {
		drop_rules(stamps);
	} else if (rule->device->model->stamps == STAMPS_BY_RESOURCE) {
		gpointer key = key_of(rule->device, (guint32)rule->start);

		g_hash_table_remove(stamps->resources, key);
		if (order->type == ORDER_EXPECT)
			g_hash_table_insert(stamps->resources, key,
					    g_memdup2(rule, sizeof(*rule)));
	} else if (order->type == ORDER_EXPECT) {
		drop_ranges(stamps, rule->device, rule->start, rule->root);
		g_ptr_array_add(stamps->ranges, g_memdup2(rule, sizeof(*rule)));
	} else {
		drop_ranges(stamps, rule->device, rule->start, ROOT_ANY);
	}
}

int stamps_command(Stamps *stamps, const char *text, size_t len)
{
	g_autofree char *copy = NULL;
	g_autoptr(GArray) lines = text_lines(text, len, &copy);
	g_autoptr(GArray) orders = NULL;
	guint rules =
		g_hash_table_size(stamps->resources) + stamps->ranges->len;

	if (!lines)
		return -EINVAL;
	orders = g_array_new(FALSE, FALSE, sizeof(Order));
	for (guint i = 0; i < lines->len; i++) {
		Order order;

		if (!parse_order(stamps, &g_array_index(lines, TextLine, i),
				 &order))
			return -EINVAL;
		if (order.type == ORDER_CLEAR)
			rules = 0;
		else if (order.type == ORDER_EXPECT && ++rules > RULES_MAX)
			return -EINVAL;
		g_array_append_val(orders, order);
	}
	for (guint i = 0; i < orders->len; i++)
		obey(stamps, &g_array_index(orders, Order, i));
	return 0;
}

static bool is_whole(const struct sb_stamp *stamp)
{
	return stamp->check == ~(stamp->bo ^ stamp->page ^ stamp->generation);
}

/*
 * Count a check of @page. True if it has the stamp of @rule; otherwise *found says
 * what it has.
 */
static bool check(Rule *rule, guint32 page, const void *bytes, char **found)
{
	struct sb_stamp stamp;

	rule->checked++;
	if (!bytes) {
		*found = g_strdup("no page");
	} else {
		memcpy(&stamp, bytes, sizeof(stamp));
		if (stamp.magic == SB_STAMP_MAGIC && stamp.bo == rule->bo &&
		    stamp.page == page &&
		    stamp.generation == rule->generation && is_whole(&stamp))
			return true;
		if (stamp.magic != SB_STAMP_MAGIC)
			*found = g_strdup_printf(
				"no stamp but 0x%016" G_GINT64_MODIFIER "x",
				(guint64)stamp.magic);
		else
			*found = g_strdup_printf(
				"BO %u page %u generation %u%s", stamp.bo,
				stamp.page, stamp.generation,
				is_whole(&stamp) ? ""
						 : " with a wrong check word");
	}
	rule->bad++;
	return false;
}

void stamps_check_resource(Stamps *stamps, const char *device, guint32 resource,
			   guint64 page, const void *bytes)
{
	Rule *rule = g_hash_table_lookup(stamps->resources,
					 key_of(models_find(device), resource));
	g_autofree char *found = NULL;
	guint32 number;

	if (!rule)
		return;
	journal_checked(stamps->journal, rule->device->name, "resource",
			rule->start, &rule->line);
	number = (guint32)(rule->first_page + page);
	if (!check(rule, number, bytes, &found))
		journal_violation(stamps->journal, device,
				  "stamp: resource %u page %" G_GUINT64_FORMAT
				  ": expected BO %u page %u generation %u, "
				  "found %s",
				  resource, page, rule->bo, number,
				  rule->generation, found);
}

void stamps_check_address(Stamps *stamps, const char *device, guint as,
			  guint64 root, guint64 va, const void *bytes)
{
	for (guint i = 0; i < stamps->ranges->len; i++) {
		Rule *rule = stamps->ranges->pdata[i];
		guint64 page = (va - rule->start) / RAM_PAGE_SIZE;
		g_autofree char *found = NULL;

		if (strcmp(rule->device->name, device) != 0 ||
		    (rule->root != ROOT_ANY && rule->root != root) ||
		    va < rule->start || page >= rule->pages)
			continue;
		journal_checked(stamps->journal, rule->device->name, "address",
				rule->start, &rule->line);
		if (!check(rule, (guint32)page, bytes, &found))
			journal_violation(
				stamps->journal, device,
				"stamp: AS %u address 0x%" G_GINT64_MODIFIER
				"x: expected BO %u page %u generation %u, "
				"found %s",
				as, va, rule->bo, (guint32)page,
				rule->generation, found);
	}
}

void stamps_set_root(Stamps *stamps, const char *device, guint as, guint64 root)
{
	if (as < AS_MAX)
		roots_of(stamps, models_find(device))[as] = root;
}

static gint by_start(gconstpointer a, gconstpointer b)
{
	const Rule *x = a, *y = b;
	gpointer m = key_of(x->device, (guint32)x->start);
	gpointer n = key_of(y->device, (guint32)y->start);

	return (m > n) - (m < n);
}

GBytes *stamps_text(Stamps *stamps)
{
	GString *out = g_string_new(NULL);
	GList *list = g_list_sort(g_hash_table_get_values(stamps->resources),
				  by_start);

	for (GList *l = list; l; l = l->next) {
		const Rule *rule = l->data;

		g_string_append_printf(
			out,
			"%s resource %" G_GUINT64_FORMAT
			" bo %u generation %u first-page %u checked "
			"%" G_GUINT64_FORMAT " bad %" G_GUINT64_FORMAT "\n",
			rule->device->name, rule->start, rule->bo,
			rule->generation, rule->first_page, rule->checked,
			rule->bad);
	}
	g_list_free(list);
	for (guint i = 0; i < stamps->ranges->len; i++) {
		const Rule *rule = stamps->ranges->pdata[i];
		char root[32] = "*";

		if (rule->root != ROOT_ANY)
			g_snprintf(root, sizeof(root),
				   "0x%" G_GINT64_MODIFIER "x", rule->root);
		g_string_append_printf(
			out,
			"%s root %s va 0x%" G_GINT64_MODIFIER
			"x pages %" G_GUINT64_FORMAT
			" bo %u generation %u checked %" G_GUINT64_FORMAT
			" bad %" G_GUINT64_FORMAT "\n",
			rule->device->name, root, rule->start, rule->pages,
			rule->bo, rule->generation, rule->checked, rule->bad);
	}
	return g_string_free_to_bytes(out);
}
