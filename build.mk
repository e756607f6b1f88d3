# SPDX-License-Identifier: GPL-2.0-or-later
#
# What the Makefiles of the host's and the guest's programs share. Each sets OUT, the
# directory of its output, and may set PKGS, its libraries by pkg-config, and CPPFLAGS,
# then includes this file.
#
#   $(call compile,FLAGS)  compiles $< to $@, an object
#   $(call link,FLAGS)     links $^ to $@, a program
#   $(MADE_WITH)           what every object depends on, beside its source

ifeq ($(origin CC),default)
CC := gcc
endif
CCACHE := $(shell command -v ccache 2>/dev/null)
CFLAGS ?= -O2 -g
WARN := -Wall -Wextra -Wshadow -Wmissing-prototypes -Werror
# GLib's 2.74 is the oldest supported: no warnings of what is deprecated later.
WARN += -DGLIB_VERSION_MIN_REQUIRED=GLIB_VERSION_2_74
ALL_CFLAGS := -std=gnu11 -D_GNU_SOURCE $(CPPFLAGS) $(WARN) $(CFLAGS) \
	$(if $(PKGS),$(shell pkg-config --cflags $(PKGS)))
LIBS := $(if $(PKGS),$(shell pkg-config --libs $(PKGS)))
SANITIZE := -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer

# V=1 shows whole commands.
V ?= 0
say = @$(if $(filter 0,$(V)),echo "  $(1)  $(patsubst $(BUILD)/%,%,$@)";)

# Make may be killed at any time: a file gets its name when it is complete.
done = && mv -f $@.new $@
DEPS := -MMD
compile = @mkdir -p $(@D)$(newline)\
	$(call say,CC) $(CCACHE) $(CC) $(ALL_CFLAGS) $(1) $(DEPS) \
	-MP -MF $@.d.new -MT $@ -c -o $@.new $< && mv -f $@.d.new $(@:.o=.d) $(done)
link = @mkdir -p $(@D)$(newline)\
	$(call say,LD) $(CC) $(CFLAGS) $(1) $(LDFLAGS) -o $@.new $^ $(LIBS) $(done)
define newline


endef

# Objects are made again if the compiler or its flags change: written only then.
FLAGS := $(CC) $(ALL_CFLAGS)
MADE_WITH := Makefile $(lastword $(MAKEFILE_LIST)) $(OUT)/flags
all:
$(OUT)/flags: FORCE
	@mkdir -p $(@D)
	@printf '%s\n' '$(subst ','\'',$(FLAGS))' | cmp -s - $@ || \
		printf '%s\n' '$(subst ','\'',$(FLAGS))' >$@

clean:
	rm -rf $(OUT)

-include $(shell find $(OUT) -name '*.d' 2>/dev/null)

.PHONY: all clean FORCE
.DELETE_ON_ERROR:
.SECONDARY:
