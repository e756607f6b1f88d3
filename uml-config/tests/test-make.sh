#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# The top Makefile: paths that it cannot work in, and its list of commands.
. "$(dirname "$0")/lib.sh"

# clone NAME: as much of this clone as make needs to begin, with a deps.sh that
# lets nothing begin that it does not hear of.
clone()
{
	rm -rf "${TMP:?}/clones"
	dir=$TMP/clones/$1/x
	mkdir -p "$dir/uml-config"
	cp "$ROOT/Makefile" "$dir/"
	(
		cd "$ROOT/uml-config" || exit
		cp path.sh shard.sh supervise.c "$dir/uml-config/"
	)
	stub "$dir/uml-config/deps.sh" 'echo begun >&2; exit 3'
}

make_in_clone()
{
	run make -C "$dir" --no-print-directory "$@"
}

# refused WHAT: by each command, before anything else happens.
refused()
{
	for target in check coverage check-each list kernel clean; do
		fails make_in_clone "$target" && [ "$(wc -l <"$TMP/output")" = 1 ] &&
			said "the path of this clone has $1" &&
			said "move the clone" || return 1
	done
}

newline='a
b'
for name in 'a b' 'a	b' "$newline" a:b a#b "a\$b" a%b "a'b" 'a"b' a\\b 'a;b' \
	'a*b' 'a?b' 'a[b' 'a&b' 'a(b' 'a|b' 'a,b' 'a=b'; do
	case $name in
	*[[:space:]]*) what='a blank' ;;
	*:*) what='a colon' ;;
	*) what="the character ${name#a}" what=${what%b} ;;
	esac
	clone "$name"
	shown=$(printf '%s' "$name" | tr '\n\t' '??')
	ok "$shown: commands say $what" refused "$what"
	ok "$shown: make help works" make_in_clone help
	ok "$shown: and so does make" make_in_clone
done
for name in a@b+c~d.e_f-G 'Zoë'; do
	clone "$name"
	ok "$name is a path like any other" fails make_in_clone kernel
	ok "$name: make begins" said begun
done

# The kernel and the programs, each of which waits until the other has begun.
clone together
for folder in shim tests; do
	mkdir "$dir/$folder"
	echo "all:" >"$dir/$folder/Makefile"
done
printf "\t@cat ../gate\n" >>"$dir/shim/Makefile"
mkfifo "$dir/gate"
stub "$dir/uml-config/prepare.sh" ''
cp "$CONFIG_DIR/lib.sh" "$CONFIG_DIR/with-kernel.sh" "$CONFIG_DIR/fill-in.sh" "$dir/uml-config"
stub "$dir/uml-config/build.sh" \
	'mkdir -p build; : >build/gives; echo kernel >gate; echo build/linux'
stub "$dir/uml-config/deps.sh" 'echo looked >>looks'
stub "$dir/tests/doctor/doctor.sh" 'echo looked >>looks'
ok "the kernel and the programs are built at the same time" \
	run timeout 20 make -C "$dir" build
# By deps.sh and by doctor.sh, which is the same here.
ok "the host is looked at once" test "$(wc -l <"$dir/looks")" = 2

# targets: those that the top Makefile names outside of .PHONY.
targets()
{
	sed -n 's/^\([a-z][a-z -]*\):\( [^=]*\)\{0,1\}$/\1/p' "$ROOT/Makefile" |
		tr ' ' '\n' | sort -u
}

phony()
{
	sed -n '/^\.PHONY:/,/[^\\]$/p' "$ROOT/Makefile" |
		sed 's/^\.PHONY://; s/\\$//' | tr -s ' \t' '\n' | sed '/^$/d' |
		sort -u
}

targets >"$TMP/targets"
phony >"$TMP/phony"
ok "there are commands" grep -qx check-each "$TMP/targets"
ok "no file is taken for one" diff "$TMP/targets" "$TMP/phony"
end
