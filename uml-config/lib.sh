# SPDX-License-Identifier: GPL-2.0-or-later
# The shell library of scripts that work with a kernel: paths, messages, locks, and an
# environment that depends neither on the caller's language nor on git settings.
#
# ROOT, CONFIG_DIR	the clone, and uml-config/ in it
# BUILD			all output; SB_BUILD moves it elsewhere, as tests do

set -eu

ROOT=$(cd "${0%/*}" && pwd -P)
until [ -f "$ROOT/uml-config/lib.sh" ] || [ -z "$ROOT" ]; do
	ROOT=${ROOT%/*}
done
CONFIG_DIR=$ROOT/uml-config
BUILD=${SB_BUILD:-$ROOT/build}

LC_ALL=C
GIT_CONFIG_NOSYSTEM=1
GIT_CONFIG_GLOBAL=/dev/null
export LC_ALL GIT_CONFIG_NOSYSTEM GIT_CONFIG_GLOBAL
# Whoever the tree belongs to: it was named, and git is only asked.
GIT_CONFIG_COUNT=1 GIT_CONFIG_KEY_0=safe.directory GIT_CONFIG_VALUE_0='*'
export GIT_CONFIG_COUNT GIT_CONFIG_KEY_0 GIT_CONFIG_VALUE_0
unset GIT_DIR GIT_WORK_TREE GIT_INDEX_FILE CDPATH

# KERNEL=debian:7.3 is Debian's package.
case ${KERNEL:-} in
debian:*)
	KERNEL_PACKAGE=linux-source-${KERNEL#debian:}
	KERNEL=
	export KERNEL KERNEL_PACKAGE
	;;
esac

say()
{
	echo "kernel: $*" >&2
}

# One line that says what is wrong and what to do. The exit status is 1, or what
# die_status says.
die()
{
	echo "error: $*" >&2
	exit "${die_status:-1}"
}

# lock FILE: held until this process ends. Scripts that this one starts
# inherit it, and see that in SB_LOCKED.
lock()
{
	case ":${SB_LOCKED:-}:" in
	*":$1:"*) return ;;
	esac
	mkdir -p "$(dirname "$1")"
	exec 9>>"$1"
	if ! flock -n 9; then
		say "waiting for another make to finish with the kernel"
		flock 9
	fi
	SB_LOCKED=${SB_LOCKED:-}:$1
	export SB_LOCKED
	locked_here=$1
}

# Releases what this very process has locked.
unlock()
{
	[ -n "${locked_here:-}" ] || return 0
	exec 9>&-
	SB_LOCKED=${SB_LOCKED%":$locked_here"}
	locked_here=
}

# drop_git_locks REPOSITORY: removes the locks that interrupted commands have left. The
# caller makes sure that nobody else uses the repository.
drop_git_locks()
{
	[ ! -d "$1/.git" ] || find "$1/.git/" -maxdepth 4 -name '*.lock' \
		-not -path '*/objects/*' -exec rm -f {} +
}

# number NAME VALUE [LEAST]: VALUE must be one, and not less than LEAST.
number()
{
	case $2 in
	'' | *[!0-9]*) die "$1=$2: that is not a number" ;;
	esac
	[ "$2" -ge "${3:-0}" ] || die "$1=$2: that is less than $3"
}

# shown PATH: as short as can be.
shown()
{
	echo "${1#"$PWD"/}"
}

# workspace NAME: from now on, BUILD is build/NAME. The download is shared.
workspace()
{
	mkdir -p "$BUILD/$1" "$BUILD/download"
	ln -sfn ../download "$BUILD/$1/download"
	BUILD=$BUILD/$1
	SB_BUILD=$BUILD
	export SB_BUILD
}

# hash: a hash of standard input, 12 hexadecimal digits.
hash()
{
	sha256sum | cut -c1-12
}

# kernel_key TREE [TEXT...]: a hash of all that a kernel made from TREE, and the verdicts on
# it, depend on: scripts, configuration, drivers-stub/, tools, TEXT.
kernel_key()
{
	{
		cat "$CONFIG_DIR"/*.sh "$CONFIG_DIR"/*.config "$CONFIG_DIR"/*.list \
			"$CONFIG_DIR"/*.vars "$CONFIG_DIR"/*.mk
		find -L "$ROOT/drivers-stub" -type f | sort | xargs cat
		cat "$1/.git/shrinkbench/manifest" 2>/dev/null || :
		gcc --version
		ld --version
		sparse --version 2>/dev/null || :
		echo "${CC:-} $*"
	} | hash
}

# kconfigs TREE OUT: the Kconfig files that the configuration in OUT read.
kconfigs()
{
	sed -n "s,^\\t\\([^/ ][^ ]*\\) \\\\\$,$1/\\1,p
		s,^\\t\\(/[^ ]*\\) \\\\\$,\\1,p" \
		"$2/include/config/auto.conf.cmd" 2>/dev/null || :
}

# out_dir VARIANT TREE: where that kernel is built.
out_dir()
{
	case ${KERNEL:-}${KERNEL_URL:-}${KERNEL_PACKAGE:-} in
	'') echo "$BUILD/kernel/$1" ;;
	*) echo "$BUILD/kernel/$1-$(basename "$2")" ;;
	esac
}

# fragments VARIANT: the files that its configuration is made of.
fragments()
{
	echo "$CONFIG_DIR/common.config"
	[ ! -f "$CONFIG_DIR/$1.vars" ] || sed -n \
		"s,^fragment ,$CONFIG_DIR/,p" "$CONFIG_DIR/$1.vars"
	echo "$CONFIG_DIR/$1.config"
}

# configure TREE OUT VARIANT KEY: configures the kernel in OUT, unless that was done with
# the same KEY and Kconfig files.
configure()
{
	deps=$(kconfigs "$1" "$2")
	# shellcheck disable=SC2016
	if [ "$4" != "$(cat "$2/config.key" 2>/dev/null)" ] ||
		[ ! -f "$2/.config" ] || [ -z "$deps" ] ||
		[ -n "$(echo "$deps" | xargs sh -c \
			'f=$1; shift; find -L "$@" -maxdepth 0 -cnewer "$f"' \
			sh "$2/config.key" 2>&1)" ]; then
		say "configuring $3"
		# shellcheck disable=SC2046
		"$CONFIG_DIR/config.sh" "$1" "$2" $(fragments "$3")
		echo "$4" >"$2/config.key"
	fi
}

# ccache_env: another clone, or another source, finds what this one compiled. The compiler
# is run once per file that is new, not twice.
ccache_env()
{
	CCACHE_BASEDIR=${CCACHE_BASEDIR:-$BUILD}
	CCACHE_NOHASHDIR=${CCACHE_NOHASHDIR:-1}
	CCACHE_DEPEND=${CCACHE_DEPEND:-1}
	export CCACHE_BASEDIR CCACHE_NOHASHDIR CCACHE_DEPEND
}

# kbuild_env NAME...: sets cc, the compiler, and SB_CC, the same without ccache (see
# compiler.sh). Nothing else of the caller's environment gets into
# the kernel or its build, above all not the variables and flags of the make that
# started us. Variables of ours keep their value even if the caller exports something
# of that name: these, and NAME...
kbuild_env()
{
	SB_CC=$("$CONFIG_DIR/compiler.sh")
	export SB_CC
	keep=" BUILD ROOT CONFIG_DIR var keep $* "
	for var in $(env | sed -n 's/^\([A-Za-z_][A-Za-z0-9_]*\)=.*/\1/p'); do
		case $var in
		PATH | HOME | TERM | TMPDIR | LC_ALL | CCACHE_* | SB_* | \
			GIT_CONFIG_*) continue ;;
		esac
		case $keep in
		*" $var "*) ;;
		*) unset "$var" 2>/dev/null || : ;;
		esac
	done
	cc=$SB_CC
	if command -v ccache >/dev/null; then
		# shellcheck disable=SC2034
		cc="ccache $SB_CC"
		ccache_env
	fi
}

# keep_source TREE DIR: copies to DIR the part of the source in which the runner looks up warnings.
keep_source()
{
	for part in drivers/gpu/drm drivers/gpu/drm/lima drivers/gpu/drm/panfrost \
		drivers/gpu/drm/v3d drivers/gpu/drm/virtio drivers/iommu mm; do
		[ -d "$1/$part" ] || continue
		mkdir -p "$2/$part"
		cp "$1/$part"/*.[ch] "$2/$part"
	done
}
