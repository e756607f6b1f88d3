#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# judge.sh PATCH TAP: have the tests, of which TAP is the output, caught the bug
# that PATCH plants? One of those that its header names at Caught-by: must have
# failed for its Reason:, and none but those and the ones at Also:.
#
# Prints how it was caught (kind of failure, colon, tests), or "not caught"; then
# what is wrong, if anything is, with a tab before what only explains it. Exit
# status 0: it was caught as it should be.
#
# A reason is a regular expression over all that was said of one failure, the
# lines of the kernel's report included.
. "$(dirname "$0")/../../uml-config/lib.sh"

# Lines of the header first, as "patch TAB line".
{
	sed '/^diff --git /,$d; s/^/patch	/' "$1"
	sed 's/^/tap	/' "$2"
} | awk '
function kind(text)
{
	if (text ~ /KASAN/)
		return "KASAN"
	if (text ~ /refcount_t/)
		return "refcount"
	if (text ~ /list_(add|del)[ _]/)
		return "list"
	if (text ~ /DMA-API/)
		return "DMA-API"
	if (text ~ /unreferenced|memory leak|leaked|lost memory/)
		return "leak"
	if (text ~ /possible |[Ll]ock held|held lock|lock balance|DEBUG_LOCKS|lockdep/ ||
	    text ~ /drm_gem_shmem_resv_assert/)
		return "lockdep"
	if (text ~ /stamp/)
		return "stamp"
	if (text ~ /^violation/)
		return "violation"
	if (text ~ /within [0-9]+ s|blocked for more|lockup|stall/)
		return "hang"
	if (text ~ /^WARNING/)
		return "warning"
	if (text ~ /^(BUG|kernel BUG|Oops|Kernel|Unable|general)|segfault|ended/)
		return "oops"
	return "assertion"
}

# The line of text in which the reason begins.
function line_of(text,  before, after)
{
	match(text, reason)
	before = substr(text, 1, RSTART - 1)
	sub(/.*\n/, "", before)
	after = substr(text, RSTART)
	sub(/\n.*/, "", after)
	return before after
}

# 2: it is to catch the bug; 1: it may fail because of it.
function expected(name,  i)
{
	for (i = 1; i <= count; i++)
		if (name ~ pattern[i])
			return weight[i]
	return 0
}

# A test, or what a guest does before or after its tests.
function exists(i,  name)
{
	if ("boot" ~ pattern[i] || "lost-memory" ~ pattern[i])
		return 1
	for (name in all)
		if (name ~ pattern[i])
			return 1
	return 0
}

function problem(text)
{
	problems = problems text "\n"
}

function explain(name)
{
	if (++explained <= 10)
		problem("\t" name ": " first[name])
}

{
	is_patch = sub(/^patch\t/, "")
	if (!is_patch)
		sub(/^tap\t/, "")
}
is_patch && /^(Caught-by|Also): / {
	for (i = 2; i <= NF; i++) {
		shown[count + 1] = $i
		weight[count + 1] = $1 == "Also:" ? 1 : 2
		gsub(/[][.+?(){}|^$\\]/, "\\\\&", $i)
		gsub(/[*]/, ".*", $i)
		pattern[++count] = "^" $i "$"
	}
}
is_patch && sub(/^Reason: */, "") { reason = $0 }
is_patch { next }

/^not ok [0-9]+ - / {
	sub(/^not ok [0-9]+ - /, "")
	name = failed[++failures] = $0
	all[name]
	next
}
# No guest came up.
sub(/^Bail out! /, "") {
	name = failed[++failures] = "boot"
	first[name] = said[name] = $0 "\n"
	whole = 1
	next
}
/^ok |^1\.\./ { name = "" }
/^ok / {
	sub(/^ok [0-9]+ - /, "")
	sub(/ # SKIP.*/, "")
	all[$0]
}
/^1\.\./ { whole = 1 }
/^# log: / { next }
name != "" && sub(/^# ([|] )?/, "") {
	if (!(name in said))
		first[name] = $0
	said[name] = said[name] $0 "\n"
}

END {
	for (i = 1; i <= failures; i++) {
		name = failed[i]
		if (!expected(name)) {
			others++
		} else if (expected(name) == 2 && said[name] ~ reason) {
			how = kind(line_of(said[name]))
			if (!(how in tests))
				kinds[++caught] = how
			tests[how] = tests[how] " " name
		} else {
			more++
		}
	}
	for (i = 1; i <= caught; i++)
		printf "%s%s:%s", i == 1 ? "" : "; ", kinds[i], tests[kinds[i]]
	if (caught && more)
		printf "; %d more fail", more
	print caught ? "" : "not caught"

	if (!whole)
		problem("the tests did not come to their end")
	for (i = 1; whole && i <= count; i++)
		if (weight[i] == 2 && !exists(i))
			problem("no test is called like " shown[i])
	if (!failures) {
		problem("no test failed")
	} else if (!caught) {
		problem("no test of Caught-by failed for the Reason")
		for (i = 1; i <= failures; i++)
			if (expected(failed[i]) == 2)
				explain(failed[i])
	}
	if (others) {
		problem("tests failed that are not in Caught-by or Also")
		explained = 0
		for (i = 1; i <= failures; i++)
			if (!expected(failed[i]))
				explain(failed[i])
	}
	printf "%s", problems
	exit problems != ""
}'
