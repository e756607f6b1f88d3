# SPDX-License-Identifier: GPL-2.0-or-later
# Sourced by each.sh: the steps of a series, each prefix of it as a series of
# its own, and a room apart from the kernel of everybody else. Sets
#
#	BUILD		build/each
#	variant		of the kernel
#	tree		its source, at whatever step it is
#	plan		file: the slots, see series.sh
#	slots		all of them, in order
#	prefixes	directory; SLOT/: the series up to there, all/: the patches

. "$CONFIG_DIR/series.sh"
. "$CONFIG_DIR/prefixes.sh"

room each
variant=${VARIANT:-each}
prefixes=$BUILD/series
plan=$BUILD/plan

# subject_of SLOT
subject_of()
{
	reason=$(sed -n "s/^$1 empty //p" "$plan")
	if [ -n "$reason" ]; then
		echo "(empty: $reason)"
		return
	fi
	subject=$(git mailinfo /dev/null /dev/null <"$(patch_of "$1")" \
		2>/dev/null | sed -n 's/^Subject: //p')
	[ -n "$subject" ] || subject=$(basename "$(patch_of "$1")")
	echo "$subject"
}

# key_of SLOT: what its kernel and all that is said of it come from.
key_of()
{
	[ -n "${tools:-}" ] || tools=$({
		cat "$CONFIG_DIR"/*.sh "$CONFIG_DIR"/*.config \
			"$CONFIG_DIR"/*.list "$CONFIG_DIR"/*.vars \
			"$CONFIG_DIR"/*.mk
		find -L "$ROOT/drivers-stub" -type f | sort | xargs cat
		echo "$tree $variant"
		cat "$tree/.git/shrinkbench/manifest" 2>/dev/null
		echo "${CC:-}"
		gcc --version
		ld --version
		sparse --version 2>/dev/null
	} | hash)
	{
		echo "$tools"
		[ ! -d "$prefixes/$1" ] || cat "$prefixes/$1"/*
	} | hash
}

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
	# What does not apply is for its step to say.
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

lock "$BUILD/kernel.lock"
# The tree stays at the step where it is: its files keep their times.
tree=$(SERIES=$(series_of "$(cat "$BUILD/at" 2>/dev/null || echo none)") \
	"$CONFIG_DIR/prepare.sh" 2>/dev/null) ||
	tree=$(SERIES=none "$CONFIG_DIR/prepare.sh")
series=$(series_path "$tree")
series_plan "$series" "$BUILD/series.work" >"$plan"
[ -s "$plan" ] || die "there is no patch in the series${series:+ $series}"
slots=$(sed -n 's/ \(patch\|empty\) .*//p' "$plan")
make_prefixes
rm -rf "$BUILD/series.work"
