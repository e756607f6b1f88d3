# SPDX-License-Identifier: GPL-2.0-or-later
# The library of all tests of shell scripts: a scratch directory, checks, stub programs and
# fake kernels. It unsets the variables of this project and of make that the caller has set.

set -u
ROOT=$(cd "$(dirname "$0")" && pwd -P)
while [ ! -f "$ROOT/uml-config/lib.sh" ]; do
	ROOT=${ROOT%/*}
done
# shellcheck disable=SC2034
CONFIG_DIR=$ROOT/uml-config
TMP=$(mktemp -d)
trap 'rm -rf "$TMP"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP
SB_BUILD=$TMP/build
export SB_BUILD TMP
unset KERNEL SERIES KERNEL_URL KERNEL_SHA256 KERNEL_PACKAGE SB_LOCKED BASE VARIANT T J V \
	FROM TO N KEEP_GOING SHARD R RUNS PATCHES GOOD BAD ANY SEED SEEDS TIME LENGTH VIRTUAL \
	KEEP COVERAGE_FROM CC CFLAGS CPPFLAGS UAPI BUILD MAKEFLAGS MAKELEVEL 2>/dev/null
passed=0
failed=0

# ok NAME COMMAND...: one test. What COMMAND prints is shown if it fails.
ok()
{
	name=$1
	shift
	if ("$@") >"$TMP/ok.log" 2>&1; then
		echo "ok - $name"
		passed=$((passed + 1))
	else
		echo "not ok - $name"
		sed 's/^/    /' "$TMP/ok.log" "$TMP/output" 2>/dev/null
		failed=$((failed + 1))
	fi
}

# Runs COMMAND, keeps what it says in $TMP/output, and is its status.
run()
{
	"$@" >"$TMP/stdout" 2>"$TMP/stderr" </dev/null
	status=$?
	cat "$TMP/stdout" "$TMP/stderr" >"$TMP/output"
	return $status
}

fails()
{
	! run "$@"
}

# The last run said so.
said()
{
	grep -qF -e "$1" "$TMP/output" || {
		echo "did not say: $1"
		return 1
	}
}

# line REGEX: so begins a line of the last run's standard output; last_line REGEX: the
# last one is such.
line()
{
	grep -q "^$1" "$TMP/stdout"
}

last_line()
{
	tail -n 1 "$TMP/stdout" | grep -qx -e "$1"
}

# tells TEXT: the last run said so; ^REGEX: so begins a line of its standard output; =REGEX:
# such is the last one.
tells()
{
	case $1 in
	^*) line "${1#^}" ;;
	=*) last_line "${1#=}" ;;
	*) said "$1" ;;
	esac
}

# good NAME TEXT COMMAND..., bad NAME TEXT COMMAND...: one test: COMMAND succeeds, or
# fails, and says TEXT (see tells).
good()
{
	name=$1 text=$2
	shift 2
	ok "$name" does_tell "$text" "$@"
}

bad()
{
	name=$1 text=$2
	shift 2
	ok "$name" does_tell "$text" fails "$@"
}

does_tell()
{
	text=$1
	shift
	"$@" && tells "$text"
}

# interrupted COMMAND...: ended by SIGTERM when a child of its has written its process ID
# to $TMP/fifo, it says so, and leaves nothing running.
interrupted()
{
	[ -p "$TMP/fifo" ] || mkfifo "$TMP/fifo"
	"$@" >"$TMP/stdout" 2>"$TMP/stderr" &
	child=$(timeout 60 cat "$TMP/fifo")
	kill -TERM $!
	wait $!
	[ $? = 143 ] && ! kill -0 "$child" 2>/dev/null &&
		last_line "interrupted; so far: 0 passed, 0 failed"
}

# stub FILE [COMMANDS]: a program, of these commands or those that come in. (It may have
# to run where PATH has no sh.)
real_sh=$(command -v sh)
stub()
{
	mkdir -p "$(dirname "$1")"
	{
		echo "#!$real_sh"
		if [ $# = 1 ]; then
			cat
		else
			echo "$2"
		fi
	} >"$1.new"
	chmod +x "$1.new"
	mv -f "$1.new" "$1"
}

# The last line, and the exit status of a test.
end()
{
	echo "$passed passed, $failed failed"
	[ "$failed" = 0 ] && [ "$passed" != 0 ]
}

# fake_kernel DIR
fake_kernel()
{
	mkdir -p "$1"
	(
		cd "$1" || exit 1
		mkdir -p arch/um/drivers arch/arm/mm arch/x86/um \
			drivers/gpu/drm/amd drivers/net include/drm \
			Documentation/gpu lib
		printf 'VERSION = 6\nPATCHLEVEL = 12\nSUBLEVEL = 1\n' >Makefile
		echo 'obj-y += arch/' >Kbuild
		printf '*.o\n.*\n/lib/generated.h\n# Debian packaging: x\n/*\n' \
			>.gitignore
		echo 'menu "UML"' >arch/um/drivers/Kconfig
		echo 'obj-y := a.o' >arch/um/drivers/Makefile
		echo 'int arm;' >arch/arm/mm/fault.c
		echo 'config NET' >drivers/net/Kconfig
		echo 'int net;' >drivers/net/net.c
		echo 'int amd;' >drivers/gpu/drm/amd/amd.c
		seq 1 40 >drivers/gpu/drm/drm_gem.c
		seq 1 40 >lib/lib.c
		echo 'text' >Documentation/gpu/index.rst
		: >include/drm/drm_gem.h
	)
}

# fake_build DIR: a fake kernel that builds: of two files, with makefiles and
# checkers to match.
fake_build()
{
	fake_kernel "$1"
	(
		cd "$1" || exit 1
		mkdir -p scripts/kconfig include/uapi/drm
		echo 'int gem(void);' >include/drm/drm_gem.h
		printf '/* %s */\n' a b c >include/uapi/drm/drm.h
		cat >drivers/gpu/drm/drm_gem.c <<-'END'
			#include "drm_gem.h"
			/* undocumented old */
			static int old;
			int gem(void) { return 0; }
			/* one */
			/* two */
			/* three */
		END
		printf '/* %s */\n' one two three >lib/lib.c
		cat >>Makefile <<-'END'
			.RECIPEPREFIX = >
			objects := drivers/gpu/drm/drm_gem.o lib/lib.o
			flags := $(if $(W),-Wunused-variable,-Wno-unused-variable)
			linux: $(addprefix $(O)/,$(objects))
			>@cat drivers/gpu/drm/drm_gem.c lib/lib.c >$(O)/linux.new
			>@mv $(O)/linux.new $(O)/linux
			$(objects): %.o: $(O)/%.o
			$(O)/%.o: %.c include/drm/drm_gem.h
			>@mkdir -p $(@D)
			>@echo "  CC      $*.o"
			>@$(CC) $(flags) -I include/drm -c -o $@ $(CURDIR)/$<
		END
		cat >scripts/kconfig/merge_config.sh <<-'END'
			#!/bin/sh
			mkdir -p "$3/include/config"
			: >"$3/.config"
			printf '\tlib/Kconfig \\\n' >"$3/include/config/auto.conf.cmd"
		END
		: >lib/Kconfig
		cat >scripts/checkpatch.pl <<-'END'
			#!/bin/sh
			for file; do :; done
			grep -n '^+.*ugly' "$file" | while IFS=: read -r line text; do
				echo "$file:$line: ERROR:UGLY: this is ugly"
				status=1
			done
			! grep -q '^+.*ugly' "$file"
		END
		cat >scripts/kernel-doc <<-'END'
			#!/bin/sh
			sed -n "s,.*undocumented \([a-z]*\).*,$2:1: warning: say what \1 is,p" "$2"
		END
		chmod +x scripts/checkpatch.pl scripts/kernel-doc scripts/kconfig/*
	)
}

# fake_series DIR OUT: three patches for it; $TMP/work is the repository.
fake_series()
{
	rm -rf "$TMP/work"
	cp -R "$1" "$TMP/work"
	(
		cd "$TMP/work" || exit 1
		git init -q
		git add -f .
		git config user.name a
		git config user.email a@b
		git config core.hooksPath /nonexistent
		git commit -qm base
		i=0
		gem=drivers/gpu/drm/drm_gem.c
		for edit in "/one/int one;/$gem" "/two/int two;/$gem" \
			"/three/int three;/lib/lib.c"; do
			i=$((i + 1))
			old=${edit#/}
			new=${old#*/}
			file=${new#*/}
			sed -i "s,^/\* ${old%%/*} \*/,${new%%/*}," "$file"
			[ $i != 2 ] || sed -i 's,b,new,' include/uapi/drm/drm.h
			git commit -qam "gem: Step $i"
		done
		git format-patch -q -o "$2" HEAD~3
	)
}
