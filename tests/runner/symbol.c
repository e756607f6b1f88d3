// SPDX-License-Identifier: GPL-2.0-or-later
#include "symbol.h"

#include <elf.h>
#include <string.h>

/* @size bytes at @offset of the file, or NULL if it is shorter. */
static const void *part(GMappedFile *file, guint64 offset, guint64 size)
{
	guint64 length = g_mapped_file_get_length(file);

	if (offset > length || size > length - offset)
		return NULL;
	return g_mapped_file_get_contents(file) + offset;
}

static guint64 search(GMappedFile *file, const Elf64_Shdr *symtab,
		      const Elf64_Shdr *strtab, const char *name)
{
	const Elf64_Sym *symbols =
		part(file, symtab->sh_offset, symtab->sh_size);
	const char *names = part(file, strtab->sh_offset, strtab->sh_size);
	size_t len = strlen(name) + 1;

	if (!symbols || !names)
		return 0;
	for (guint64 i = 0; i < symtab->sh_size / sizeof(*symbols); i++) {
		guint64 at = symbols[i].st_name;

		if (at < strtab->sh_size && strtab->sh_size - at >= len &&
		    !memcmp(names + at, name, len))
			return symbols[i].st_value;
	}
	return 0;
}

guint64 symbol_address(const char *path, const char *name)
{
	g_autoptr(GMappedFile) file = g_mapped_file_new(path, FALSE, NULL);
	const Elf64_Ehdr *header;
	const Elf64_Shdr *sections;

	if (!file)
		return 0;
	header = part(file, 0, sizeof(*header));
	if (!header || memcmp(header->e_ident, ELFMAG, SELFMAG) ||
	    header->e_ident[EI_CLASS] != ELFCLASS64)
		return 0;
	sections = part(file, header->e_shoff,
			(guint64)header->e_shnum * sizeof(*sections));
	if (!sections)
		return 0;
	for (guint i = 0; i < header->e_shnum; i++)
		if (sections[i].sh_type == SHT_SYMTAB &&
		    sections[i].sh_link < header->e_shnum)
			return search(file, &sections[i],
				      &sections[sections[i].sh_link], name);
	return 0;
}
