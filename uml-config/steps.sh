#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# steps.sh: for make check-each (tests/each/): makes, in SB_BUILD, the file plan of the series
# (see series-index.sh) and the directory series, in which each prefix is a series of its own (see
# prefixes.sh). Prints the private copy of the source, and a hash of what a kernel depends on
# beside the patches. The caller has the lock.
#
# steps.sh --uapi: prints a directory include/uapi as the whole series makes it.
. "${0%/*}/lib.sh"
. "$CONFIG_DIR/series-index.sh"
. "$CONFIG_DIR/prefixes.sh"

prefixes=$BUILD/series
plan=$BUILD/plan

# include/uapi as it was, with what the patches do to it; prints its path.
make_uapi()
{
	new=$BUILD/uapi.new
	rm -rf "$new"
	mkdir -p "$new/include"
	cp -R "$tree/include/uapi" "$new/include/"
	(
		cd "$tree" || exit
		git diff --name-only --diff-filter=A refs/shrinkbench/base \
			HEAD -- include/uapi | while read -r file; do
			rm -f "$new/$file"
		done
		git archive refs/shrinkbench/base -- include/uapi |
			tar -xf - -C "$new"
	)
	# A patch that does not apply is reported when its step comes.
	for patch in "$prefixes/all"/*; do
		(cd "$new" && GIT_CEILING_DIRECTORIES=$BUILD git apply \
			--include='include/uapi/*' "$patch" 2>/dev/null) || :
	done
	# Files that did not change keep their times.
	if diff -qr "$new" "$BUILD/uapi" >/dev/null 2>&1; then
		rm -rf "$new"
	else
		rm -rf "$BUILD/uapi"
		mv "$new" "$BUILD/uapi"
	fi
	echo "$BUILD/uapi/include/uapi"
}

# The tree stays at the step where it is: its files keep their times.
tree=$(SERIES=$(series_of "$prefixes" "$(cat "$BUILD/at" 2>/dev/null || echo none)") \
	"$CONFIG_DIR/prepare.sh" 2>/dev/null) ||
	tree=$(SERIES=none "$CONFIG_DIR/prepare.sh")
series=$(series_path "$tree")
series_plan "$series" "$BUILD/series.work" >"$plan"
[ -s "$plan" ] || die "there is no patch in the series${series:+ $series}"
make_prefixes "$series" "$plan" "$prefixes"
rm -rf "$BUILD/series.work"
if [ "${1:-}" = --uapi ]; then
	make_uapi
else
	echo "$tree"
	kernel_key "$tree" "$tree ${VARIANT:-each}"
fi
