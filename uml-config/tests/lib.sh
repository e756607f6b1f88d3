# SPDX-License-Identifier: GPL-2.0-or-later
# Sourced by the tests of this room: a scratch directory, a tree that is a kernel
# as far as source.sh and prepare.sh can tell, and "is it so?".

set -u
CONFIG_DIR=$(cd "$(dirname "$0")/.." && pwd -P)
TMP=$(mktemp -d)
trap 'rm -rf "$TMP"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP
SB_BUILD=$TMP/build
export SB_BUILD
unset KERNEL SERIES KERNEL_URL KERNEL_SHA256 KERNEL_PACKAGE SB_LOCKED 2>/dev/null
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

end()
{
	echo "$passed passed, $failed failed"
	[ "$failed" = 0 ] && [ "$passed" != 0 ]
	exit
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
