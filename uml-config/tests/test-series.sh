#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# What series.sh reads out of a series and its index, and what it refuses.
. "$(dirname "$0")/lib.sh"

# (lib.sh looks for the clone above $0.)
cat >"$TMP/plan.sh" <<END
. "$CONFIG_DIR/lib.sh"
. "$CONFIG_DIR/series.sh"
series_plan "\$1" "$TMP/work" >"$TMP/plan"
cat "$TMP/plan"
series_gives <"$TMP/plan"
END
plan_of()
{
	run sh -c '. "$2"' "$CONFIG_DIR/plan" "$1" "$TMP/plan.sh"
}

# series SLOT...: a directory with these patches, and the index that comes in.
series()
{
	rm -rf "$TMP/series"
	mkdir "$TMP/series"
	for slot; do
		echo '+++ b/file' >"$TMP/series/$slot-a.patch"
	done
	cat >"$TMP/series/index"
}

plan()
{
	plan_of "$TMP/series"
}

# refuses WORDS: one line with these.
refuses()
{
	fails plan && said "$1" && [ "$(wc -l <"$TMP/stderr")" = 1 ] &&
		said 'error: '
}

printed()
{
	cat >"$TMP/want"
	diff "$TMP/want" "$TMP/stdout"
}

series 0001 0003 <<'END'
# A comment, and a line of nothing:

0002 empty 6.12 has it already
0001 except LONG_LINE a table # of numbers
0001	except  CAMELCASE  names of the hardware
0003 gives second first
0001 gives first
0003 last
END
ok "a series with an index" plan
ok "in order" printed <<END
0001 patch $TMP/series/0001-a.patch
0001 except LONG_LINE a table # of numbers
0001 except CAMELCASE  names of the hardware
0001 gives first
0002 empty 6.12 has it already
0003 patch $TMP/series/0003-a.patch
0003 gives second first
first second
END
rm "$TMP/series/index"
ok "without an index, there are no gaps" plan
ok "in the order of names" printed <<END
0001 patch $TMP/series/0001-a.patch
0002 patch $TMP/series/0003-a.patch

END
series </dev/null
ok "an index of nothing" plan

series 0001 0003 </dev/null
ok "a slot that is missing in the middle" refuses "slot 0002 has neither"
echo "0003 last" | series 0001 0002
ok "at the end" refuses "slot 0003 has neither"
echo "0002 empty nothing left" | series 0002
ok "at the beginning" refuses "slot 0001 has neither"
echo "0001 last" | series 0001 0002
ok "one after the last" refuses "slot 0002 comes after"
echo "0001 empty why" | series 0001
ok "one that is not empty" refuses "slot 0001 is not empty"
echo "0001 empty" | series
ok "one without a reason" refuses "index:1: give a reason why slot 0001 is empty"
printf '0001 empty a\n0001 empty b\n' | series
ok "one that is empty twice" refuses "index:2: second entry of this kind for slot 0001"
printf '0001 gives a\n0001 gives b\n' | series 0001
ok "one that gives twice" refuses "index:2: second entry of this kind for slot 0001"
printf '0001 except A b\n0001 except A c\n' | series 0001
ok "an exception twice" refuses "index:2: second entry of this kind for slot 0001"
printf '0001 last\n0001 last\n' | series 0001
ok "two last ones" refuses "index:2: the last slot is already set: 0001"
echo "0001 unless LONG_LINE why" | series 0001
ok "an unknown keyword" refuses 'index:1: unknown keyword "unless"'
echo "1 gives a" | series 0001
ok "a slot of one digit" refuses "index:1: a line must begin with a slot"
echo "0001 except LONG_LINE" | series 0001
ok "an exception without a reason" refuses "give a reason for the exception LONG_LINE"
echo "0001 except long line" | series 0001
ok "an exception without a TYPE" refuses "a TYPE of checkpatch.pl"
echo "0001 gives" | series 0001
ok "a gift of nothing" refuses "names of capabilities"
echo "0001 gives A_b" | series 0001
ok "a name that is none" refuses "names of capabilities"
printf '0001 empty why\n0001 gives a\n' | series
ok "an empty slot that gives" refuses "index:2: slot 0001 is empty"
series 0001 </dev/null
cp "$TMP/series/0001-a.patch" "$TMP/series/0001-b.patch"
ok "two patches in a slot" refuses "slot 0001 has two patches"
series 0001 </dev/null
mv "$TMP/series/0001-a.patch" "$TMP/series/a.patch"
ok "a patch without a slot" refuses "must be named NNNN-"
series 0000 </dev/null
ok "slot 0000" refuses "the first slot is 0001"

# Each of the project's own is read.
for index in "$CONFIG_DIR"/series/*/index; do
	[ -e "$index" ] || continue
	name=$(basename "$(dirname "$index")")
	ok "the index for $name" plan_of "$(dirname "$index")"
done
end
