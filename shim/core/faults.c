// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/faults.h"

#include <errno.h>
#include <string.h>

#include "core/registry.h"
#include "core/text.h"

/* Far more than any test writes; a limit for a faulty guest. */
#define RULES_MAX 1024
#define COUNT_MAX 1000000000u
/* 1000 s: longer than any test waits, and sums with a time do not overflow. */
#define DELAY_MAX_NS (1000ull * 1000 * 1000 * 1000)
#define LINE_ANY G_MAXUINT32

typedef enum {
	RULE_HOLD,
	RULE_HANG,
	RULE_DELAY,
	RULE_FAIL,
	RULE_GARBAGE,
	RULE_LOSE_IRQ,
	RULE_LACK,
	RULE_CHANGE,
	/* Orders, which are executed but not kept as rules. */
	RULE_RELEASE,
	RULE_CLEAR,
} RuleType;

typedef struct {
	RuleType type;
	const char *device; /* DeviceId.name */
	const char *kind; /* of the model, or "*" */
	guint64 n; /* fail, garbage, change, lose-irq: events left, 1 is the next */
	guint64 arg; /* delay: ns; fail: code; lose-irq: line or LINE_ANY */
} Rule;

struct Faults {
	GArray *rules; /* of Rule, in the order they were written */
	guint64 garbage; /* state of the generator for FAULT_GARBAGE */
};

static const char *const verbs[] = {
	[RULE_HOLD] = "hold",	    [RULE_HANG] = "hang",
	[RULE_DELAY] = "delay",	    [RULE_FAIL] = "fail",
	[RULE_GARBAGE] = "garbage", [RULE_LOSE_IRQ] = "lose-irq",
	[RULE_LACK] = "lack",	    [RULE_RELEASE] = "release",
	[RULE_CLEAR] = "clear",	    [RULE_CHANGE] = "change",
};

Faults *faults_new(void)
{
	Faults *faults = g_new0(Faults, 1);

	faults->rules = g_array_new(FALSE, FALSE, sizeof(Rule));
	return faults;
}

void faults_free(Faults *faults)
{
	if (!faults)
		return;
	g_array_unref(faults->rules);
	g_free(faults);
}

static const char *find_kind(const Rule *rule, const DeviceKind *kind,
			     const char *name)
{
	if (!g_strcmp0(name, "*"))
		return "*";
	while (kind->name && g_strcmp0(kind->name, name))
		kind++;
	return kind->instant && rule->type != RULE_FAIL ? NULL : kind->name;
}

static const char *find_feature(const DeviceFeature *feature, const char *name)
{
	while (feature && feature->name && g_strcmp0(feature->name, name))
		feature++;
	return feature ? feature->name : NULL;
}

static bool parse_device(Rule *rule, const char *device, const char *kind)
{
	const DeviceId *id = models_find(device);

	if (!id)
		return false;
	rule->device = id->name;
	if (rule->type == RULE_LOSE_IRQ)
		rule->kind = "*";
	else if (rule->type == RULE_LACK)
		rule->kind = find_feature(id->model->features, kind);
	else
		rule->kind = find_kind(rule, id->model->kinds, kind);
	return rule->kind;
}

/* A line that the device has. */
static bool parse_line(const char *device, const char *word, guint64 *line)
{
	guint irqs = models_find(device)->model->irqs;

	return irqs && text_number(word, 0, irqs - 1, line);
}

static bool parse_rule(const TextLine *line, Rule *rule)
{
	char *const *words = line->words;
	size_t type;

	memset(rule, 0, sizeof(*rule));
	for (type = 0; type < G_N_ELEMENTS(verbs); type++)
		if (!strcmp(verbs[type], words[0]))
			break;
	if (type == G_N_ELEMENTS(verbs))
		return false;
	rule->type = (RuleType)type;
	if (rule->type == RULE_CLEAR)
		return line->count == 1;
	if (!parse_device(rule, words[1], words[2]))
		return false;

	switch (rule->type) {
	case RULE_HOLD:
	case RULE_HANG:
	case RULE_LACK:
	case RULE_RELEASE:
		return line->count == 3;
	case RULE_DELAY:
		return line->count == 4 &&
		       text_number(words[3], 1, DELAY_MAX_NS, &rule->arg);
	case RULE_CHANGE:
		if (!models_find(words[1])->model->changes)
			return false;
		/* Fall through. */
	case RULE_GARBAGE:
		return line->count == 4 &&
		       text_number(words[3], 1, COUNT_MAX, &rule->n);
	case RULE_FAIL:
		return line->count <= 5 &&
		       text_number(words[3], 1, COUNT_MAX, &rule->n) &&
		       (line->count < 5 ||
			text_number(words[4], 1, G_MAXUINT32, &rule->arg));
	case RULE_LOSE_IRQ:
		rule->arg = LINE_ANY;
		return line->count <= 4 &&
		       text_number(words[2], 1, COUNT_MAX, &rule->n) &&
		       (line->count < 4 ||
			parse_line(rule->device, words[3], &rule->arg));
	case RULE_CLEAR:
		break;
	}
	return false;
}

static bool is_hold(const Rule *rule)
{
	return rule->type == RULE_HOLD || rule->type == RULE_HANG;
}

/* Drop the rules that @order releases or, being of the same sort, replaces. */
static void drop_rules(GArray *rules, const Rule *order)
{
	for (guint i = rules->len; i-- > 0;) {
		const Rule *rule = &g_array_index(rules, Rule, i);
		bool same;

		if (rule->device != order->device)
			continue;
		same = rule->kind == order->kind;
		if (order->type == RULE_RELEASE)
			same = is_hold(rule) &&
			       (same || !strcmp(order->kind, "*"));
		else if (is_hold(order))
			same = same && is_hold(rule);
		else
			same = same && order->type == rule->type &&
			       (order->type == RULE_DELAY ||
				order->type == RULE_LACK);
		if (same)
			g_array_remove_index(rules, i);
	}
}

int faults_command(Faults *faults, const char *text, size_t len, bool *released)
{
	g_autofree char *copy = NULL;
	g_autoptr(GArray) lines = text_lines(text, len, &copy);
	g_autoptr(GArray) rules = NULL;
	bool release = false;

	*released = false;
	if (!lines)
		return -EINVAL;
	rules = g_array_copy(faults->rules);
	for (guint i = 0; i < lines->len; i++) {
		Rule rule;

		if (!parse_rule(&g_array_index(lines, TextLine, i), &rule))
			return -EINVAL;
		if (rule.type == RULE_CLEAR)
			g_array_set_size(rules, 0);
		else
			drop_rules(rules, &rule);
		if (rule.type == RULE_CLEAR || rule.type == RULE_RELEASE)
			release = true;
		else
			g_array_append_val(rules, rule);
		if (rules->len > RULES_MAX)
			return -EINVAL;
	}
	g_array_unref(faults->rules);
	faults->rules = g_steal_pointer(&rules);
	*released = release;
	return 0;
}

static bool applies(const Rule *rule, const char *device, const char *kind)
{
	return !strcmp(rule->device, device) &&
	       (!strcmp(rule->kind, "*") || !strcmp(rule->kind, kind));
}

/* A number that differs at every call (xorshift of an odd counter). */
static guint64 next_garbage(Faults *faults)
{
	guint64 x = faults->garbage += 0x9e3779b97f4a7c15u;

	x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
	x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
	return x ^ (x >> 31);
}

Fault faults_next(Faults *faults, const char *device, const char *kind)
{
	Fault fault = {FAULT_NONE, 0};

	for (guint i = 0; i < faults->rules->len;) {
		Rule *rule = &g_array_index(faults->rules, Rule, i++);
		Fault now = {FAULT_NONE, rule->arg};

		if (!applies(rule, device, kind))
			continue;
		switch (rule->type) {
		case RULE_HOLD:
			now.kind = FAULT_HOLD;
			break;
		case RULE_HANG:
			now.kind = FAULT_HANG;
			break;
		case RULE_DELAY:
			now.kind = FAULT_DELAY;
			break;
		case RULE_FAIL:
		case RULE_GARBAGE:
			if (--rule->n)
				continue;
			now.kind = rule->type == RULE_FAIL ? FAULT_FAIL
							   : FAULT_GARBAGE;
			g_array_remove_index(faults->rules, --i);
			if (now.kind == FAULT_GARBAGE)
				now.arg = next_garbage(faults);
			break;
		default:
			continue;
		}
		/*
		 * The most specific fault wins: a fault that happens once wins over
		 * one that stays, and a longer wait over a shorter one. The order
		 * of the enum is not enough: DELAY < HOLD < HANG < the rest.
		 */
		if (now.kind >= FAULT_FAIL) {
			if (fault.kind < FAULT_FAIL)
				fault = now;
		} else if (fault.kind == FAULT_NONE) {
			fault = now;
		} else if (fault.kind == FAULT_DELAY) {
			if (now.kind != FAULT_DELAY || now.arg > fault.arg)
				fault = now;
		} else if (fault.kind == FAULT_HOLD && now.kind == FAULT_HANG) {
			fault = now;
		}
	}
	return fault;
}

bool faults_held(Faults *faults, const char *device, const char *kind)
{
	for (guint i = 0; i < faults->rules->len; i++) {
		const Rule *rule = &g_array_index(faults->rules, Rule, i);

		if (is_hold(rule) && applies(rule, device, kind))
			return true;
	}
	return false;
}

bool faults_lacks(Faults *faults, const char *device, const char *feature)
{
	for (guint i = 0; i < faults->rules->len; i++) {
		const Rule *rule = &g_array_index(faults->rules, Rule, i);

		if (rule->type == RULE_LACK && !strcmp(rule->device, device) &&
		    !strcmp(rule->kind, feature))
			return true;
	}
	return false;
}

bool faults_change(Faults *faults, const char *device, const char *kind)
{
	bool change = false;

	for (guint i = 0; i < faults->rules->len;) {
		Rule *rule = &g_array_index(faults->rules, Rule, i++);

		if (rule->type != RULE_CHANGE || !applies(rule, device, kind) ||
		    --rule->n)
			continue;
		change = true;
		g_array_remove_index(faults->rules, --i);
	}
	return change;
}

bool faults_lose_irq(Faults *faults, const char *device, unsigned int line)
{
	bool lose = false;

	for (guint i = 0; i < faults->rules->len;) {
		Rule *rule = &g_array_index(faults->rules, Rule, i++);

		if (rule->type != RULE_LOSE_IRQ ||
		    strcmp(rule->device, device) != 0 ||
		    (rule->arg != LINE_ANY && rule->arg != line) || --rule->n)
			continue;
		lose = true;
		g_array_remove_index(faults->rules, --i);
	}
	return lose;
}

GBytes *faults_text(Faults *faults)
{
	GString *out = g_string_new(NULL);

	for (guint i = 0; i < faults->rules->len; i++) {
		const Rule *rule = &g_array_index(faults->rules, Rule, i);

		g_string_append_printf(out, "%s %s", verbs[rule->type],
				       rule->device);
		if (rule->type != RULE_LOSE_IRQ)
			g_string_append_printf(out, " %s", rule->kind);
		if (rule->n)
			g_string_append_printf(out, " %" G_GUINT64_FORMAT,
					       rule->n);
		if (rule->type == RULE_FAIL && rule->arg)
			g_string_append_printf(
				out, " 0x%" G_GINT64_MODIFIER "x", rule->arg);
		if (rule->type == RULE_DELAY ||
		    (rule->type == RULE_LOSE_IRQ && rule->arg != LINE_ANY))
			g_string_append_printf(out, " %" G_GUINT64_FORMAT,
					       rule->arg);
		g_string_append_c(out, '\n');
	}
	return g_string_free_to_bytes(out);
}
