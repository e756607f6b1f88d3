#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# What config.sh makes of the words of the kernel's merge_config.sh, and of alternatives
# in the fragments.
. "$(dirname "$0")/lib.sh"

mkdir -p "$TMP/tree/scripts/kconfig" "$TMP/tree/arch/arm" "$TMP/tree/arch/um" "$TMP/out"
stub "$TMP/tree/scripts/kconfig/merge_config.sh" <<'END'
cat "$TMP/words"
exit "$(cat "$TMP/status")"
END
echo 0 >"$TMP/status"
echo "CONFIG_ZRAM=y" >"$TMP/a.config"
echo "# CONFIG_NET is not set" >"$TMP/b.config"

config()
{
	run "$CONFIG_DIR/config.sh" "$TMP/tree" "$TMP/out" "$TMP/a.config" "$TMP/b.config"
}

echo "# merged configuration written" >"$TMP/words"
ok "a configuration that sticks" config

cat >"$TMP/words" <<'END'
Value requested for CONFIG_ZRAM not in final .config
Requested value:  CONFIG_ZRAM=y
Actual value:     

END
ok "an option that did not stick is an error" fails config
ok "that names it, and its place" said "CONFIG_ZRAM=y: unknown here ($TMP/a.config:1)"
ok "and the fragments" said "a.config + b.config"
printf 'config ZRAM\n\tbool\n' >"$TMP/tree/arch/arm/Kconfig"
ok "another architecture has it" fails config
ok "which does not count" said "CONFIG_ZRAM=y: unknown here"
printf 'menuconfig  ZRAM\n\tbool\n' >"$TMP/tree/arch/um/Kconfig.zram"
ok "it exists, but cannot be set" fails config
ok "which is said" said "CONFIG_ZRAM=y: what it depends on is not there"

sed -i 's/^Actual.*/Actual value:     CONFIG_ZRAM=m/' "$TMP/words"
ok "so is one with another value" fails config
ok "which is said" said "CONFIG_ZRAM=y: is CONFIG_ZRAM=m"

cat >"$TMP/words" <<'END'
Value requested for CONFIG_NET not in final .config
Requested value:  # CONFIG_NET is not set
Actual value:     

END
ok "an option that is to be off may as well not exist" config
sed -i 's/^Actual.*/Actual value:     CONFIG_NET=y/' "$TMP/words"
ok "but not be on" fails config
ok "which is said" said "# CONFIG_NET is not set: is CONFIG_NET=y ($TMP/b.config:1)"

echo "Kconfig:1: syntax error" >"$TMP/words"
echo 1 >"$TMP/status"
ok "a configuration that fails is an error" fails config
ok "with its reason" said "syntax error"

# From here on, what $TMP/unmet lists does not stick.
stub "$TMP/tree/scripts/kconfig/merge_config.sh" <<'END'
shift 3
cat "$@" >"$TMP/merged"
grep -xFf "$TMP/unmet" "$TMP/merged" | while read -r line; do
	printf 'Requested value:  %s\nActual value:     \n' "$line"
done
END
merged()
{
	grep -v '^#' "$TMP/merged" | paste -s -d ' ' - >"$TMP/output"
	grep -qx "$1" "$TMP/output"
}
: >"$TMP/unmet"
echo 'CONFIG_OLD=y | CONFIG_NEW=y' >"$TMP/a.config"
echo 'CONFIG_X=y' >"$TMP/b.config"
printf 'config NEW\n' >"$TMP/tree/Kconfig"
ok "of alternatives, the one that exists" config
ok "is asked for" merged 'CONFIG_NEW=y CONFIG_X=y'
printf 'config OLD\nconfig NEW\n' >"$TMP/tree/Kconfig"
ok "if there are two" config
ok "it is the first" merged 'CONFIG_OLD=y CONFIG_X=y'
echo CONFIG_OLD=y >"$TMP/unmet"
ok "one that does not stick" config
ok "is replaced by the next" merged 'CONFIG_NEW=y CONFIG_X=y'
echo CONFIG_NEW=y >>"$TMP/unmet"
ok "if none sticks, that is an error" fails config
ok "that names it" said "CONFIG_OLD=y: what it depends on is not there"
: >"$TMP/tree/Kconfig"
ok "so it is if none exists" fails config
ok "that says so" said "CONFIG_OLD=y: unknown here ($TMP/a.config:1)"
echo 'CONFIG_OLD=y | gone' >"$TMP/a.config"
ok "an option that may be gone" config
ok "is not asked for" merged 'CONFIG_X=y'
printf 'config OLD\n' >"$TMP/tree/Kconfig"
ok "but has to stick where it exists" fails config
ok "which is said" said "CONFIG_OLD=y: what it depends on is not there"
echo CONFIG_X=y >"$TMP/unmet"
ok "another option that does not stick, in a later round" fails config
ok "is named, too" said "CONFIG_X=y: unknown here ($TMP/b.config:1)"
end
