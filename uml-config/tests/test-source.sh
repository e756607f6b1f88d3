#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Where source.sh gets a kernel from.
. "$(dirname "$0")/lib.sh"

source()
{
	run env "$@" "$CONFIG_DIR/source.sh"
}

echo "a kernel" >"$TMP/linux-6.12.9.tar"
sum=$(sha256sum <"$TMP/linux-6.12.9.tar" | cut -d' ' -f1)
url=file://$TMP/linux-6.12.9.tar

ok "a URL is downloaded" source KERNEL_URL="$url" KERNEL_SHA256="$sum"
ok "and its path printed" cmp -s "$(cat "$TMP/stdout")" "$TMP/linux-6.12.9.tar"
mv "$TMP/linux-6.12.9.tar" "$TMP/moved"
ok "once" source KERNEL_URL="$url" KERNEL_SHA256="$sum"
mv "$TMP/moved" "$TMP/linux-6.12.9.tar"
rm -rf "$SB_BUILD"

bad=$(echo other | sha256sum | cut -d' ' -f1)
bad "a wrong checksum is an error" "linux-6.12.9.tar is corrupt" \
	source KERNEL_URL="$url" KERNEL_SHA256="$bad"
ok "which is thrown away" \
	test -z "$(find "$SB_BUILD/download" -name 'linux-*')"
ok "a URL without a checksum is an error" fails source KERNEL_URL="$url"
ok "a URL that is not there is an error" \
	fails source KERNEL_URL="file://$TMP/none" KERNEL_SHA256="$sum"
ok "that says what else there is" said KERNEL=

# Debian's package, from an apt-get and a dpkg-deb of our own.
mkdir -p "$TMP/pkg/usr/src"
echo "Debian's kernel" >"$TMP/pkg/usr/src/linux-source-6.12.tar.xz"
tar -C "$TMP/pkg" -cf "$TMP/data.tar" ./usr/src
stub "$TMP/bin/apt-get" <<'END'
echo "$*" >>"$TMP/apt.log"
case $* in
*update*) touch "$TMP/updated" ;;
*"download linux-source-6.12"*)
	[ -e "$TMP/updated" ] || exit 100
	[ ! -e "$TMP/slow" ] || cat "$TMP/gate" >/dev/null
	cp "$TMP/data.tar" linux-source-6.12_6.12.9-1_all.deb ;;
*indextargets*) echo http://mirror/debian/ ;;
*SourceParts=/dev/null*"download linux-source-7.3"*)
	[ ! -e "$TMP/gone" ] || exit 100
	cp "$TMP/data.tar" linux-source-7.3_7.3.9-1_all.deb ;;
*) exit 100 ;;
esac
END
stub "$TMP/bin/apt-cache" 'printf "linux-source-%s\n" 7.5 6.12 7.3-rt; echo linux-source'
stub "$TMP/bin/dpkg-deb" <<'END'
case $1 in
-f) echo "$(basename "$2" | cut -d _ -f 2)" ;;
--fsys-tarfile) [ ! -e "$TMP/corrupt" ] && cat "$2" ;;
esac
END
with_stubs="PATH=$TMP/bin:$PATH"
ok "the package is downloaded, after an update where it is not known" \
	source "$with_stubs"
ok "its tarball is the source" grep -q "Debian's kernel" "$(cat "$TMP/stdout")"
ok "the machine's lists are not written" \
	sh -c "! grep update '$TMP/apt.log' | grep -v Dir::State=$SB_BUILD"
rm "$TMP/updated"
ok "a second run needs no apt" source "$with_stubs"
rm -rf "$SB_BUILD"
touch "$TMP/updated" "$TMP/corrupt"
ok "a corrupt package is an error" fails source "$with_stubs"
ok "that names it" said linux-source-6.12_6.12.9-1_all.deb
rm "$TMP/corrupt"
ok "and is downloaded again" source "$with_stubs"
ok "a package that apt does not have is an error" \
	fails source "$with_stubs" KERNEL_PACKAGE=linux-source-0
ok "that names it" said linux-source-0
(. "$CONFIG_DIR/kernel-org.conf"
	cp "$TMP/linux-6.12.9.tar" "$SB_BUILD/download/"
	echo linux-6.12.9.tar >"$SB_BUILD/download/url-$pinned_sha256.name")
ok "whose place the pinned kernel does not take" \
	fails source "$with_stubs" KERNEL_PACKAGE=linux-source-0

# Debian's packages of other kernels.
cp "$TMP/pkg/usr/src/linux-source-6.12.tar.xz" "$TMP/pkg/usr/src/linux-source-7.3.tar.xz"
tar -C "$TMP/pkg" -cf "$TMP/data.tar" ./usr/src
ok "a package that the machine's apt lacks comes from Debian's other suites" \
	source "$with_stubs" KERNEL=debian:7.3
ok "of the machine's mirror" said "http://mirror/debian/"
ok "its tarball is the source" grep -q "Debian's kernel" "$(cat "$TMP/stdout")"
ok "and a release that was not tested is said" \
	said "linux-source-7.3 has moved on from 7.3.4, with which this was tested, to 7.3.9-1, which"
ok "a second run needs no apt" source "$with_stubs" KERNEL=debian:7.3
rm -rf "$SB_BUILD"
touch "$TMP/gone"
bad "a package that is gone is an error" "KERNEL=debian:6.12, KERNEL=debian:7.5" \
	source "$with_stubs" KERNEL=debian:7.3
ok "in one line" test "$(grep -c ^error: "$TMP/output")" = 1

# Two build directories with one store: the first is downloading, which takes until
# this test lets it go on, when the second begins.
mkfifo "$TMP/gate"

# second_waits VARIABLE=VALUE...: runs both; their sources are $TMP/out.1 and .2.
second_waits()
{
	rm -rf "$SB_BUILD" "$TMP"/out.? "$TMP"/err.?
	mkdir -p "$SB_BUILD/each" "$SB_BUILD/download"
	ln -s ../download "$SB_BUILD/each/download"
	for n in 1 2; do
		build=$SB_BUILD
		[ "$n" = 1 ] || build=$SB_BUILD/each
		timeout 30 env "$@" SB_BUILD="$build" "$CONFIG_DIR/source.sh" \
			>"$TMP/out.$n" 2>"$TMP/err.$n" &
		until [ -s "$TMP/err.$n" ]; do :; done
	done
	cat "$TMP/err.2" >"$TMP/output"
	# To all that would read it: only one does.
	timeout 5 cat "$TMP/linux-6.12.9.tar" >"$TMP/gate"
	wait
	cat "$TMP"/err.? >>"$TMP/output"
	[ -s "$TMP/out.1" ] && [ -s "$TMP/out.2" ] &&
		cmp "$(cat "$TMP/out.1")" "$(cat "$TMP/out.2")" && grep -q . "$(cat "$TMP/out.1")"
}

says_that_it_waits()
{
	test "$(head -n 1 "$TMP/output")" = \
		"kernel: waiting for another make to download the kernel"
}

ok "two build directories download once from a URL" \
	second_waits KERNEL_URL="file://$TMP/gate" KERNEL_SHA256="$sum"
ok "the second says that it waits" says_that_it_waits
touch "$TMP/slow"
ok "and once from apt" second_waits "$with_stubs"
ok "the second says so, too" says_that_it_waits
end
