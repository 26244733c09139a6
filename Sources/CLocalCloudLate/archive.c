// libarchive, loaded with the first bundle.
#ifdef __linux__
#include <CLate.h>
#include <archive.h>
#include <archive_entry.h>

#define LIBRARY "libarchive.so.13"

CLATE(struct archive_entry *, archive_entry_new, (void), ())
CLATE(void, archive_entry_free, (struct archive_entry *entry), (entry))
CLATE(__LA_MODE_T, archive_entry_filetype, (struct archive_entry *entry), (entry))
CLATE(__LA_MODE_T, archive_entry_perm, (struct archive_entry *entry), (entry))
CLATE(const char *, archive_entry_pathname, (struct archive_entry *entry), (entry))
CLATE(const char *, archive_entry_pathname_utf8, (struct archive_entry *entry), (entry))
CLATE(const char *, archive_entry_symlink, (struct archive_entry *entry), (entry))
CLATE(const char *, archive_entry_symlink_utf8, (struct archive_entry *entry), (entry))
CLATE(const char *, archive_entry_hardlink, (struct archive_entry *entry), (entry))
CLATE(void, archive_entry_set_filetype, (struct archive_entry *entry, unsigned int type), (entry, type))
CLATE(void, archive_entry_set_perm, (struct archive_entry *entry, __LA_MODE_T mode), (entry, mode))
CLATE(void, archive_entry_set_mtime, (struct archive_entry *entry, time_t seconds, long ns), (entry, seconds, ns))
CLATE(void, archive_entry_set_size, (struct archive_entry *entry, la_int64_t size), (entry, size))
CLATE(void, archive_entry_set_pathname_utf8, (struct archive_entry *entry, const char *path), (entry, path))
CLATE(void, archive_entry_set_symlink_utf8, (struct archive_entry *entry, const char *target), (entry, target))

CLATE(const char *, archive_error_string, (struct archive *archive), (archive))
CLATE(struct archive *, archive_read_new, (void), ())
CLATE(int, archive_read_free, (struct archive *archive), (archive))
CLATE(int, archive_read_support_filter_gzip, (struct archive *archive), (archive))
CLATE(int, archive_read_support_format_tar, (struct archive *archive), (archive))
CLATE(int, archive_read_support_format_zip, (struct archive *archive), (archive))
CLATE(int, archive_read_open_filename, (struct archive *archive, const char *path, size_t block), (archive, path, block))
CLATE(int, archive_read_next_header, (struct archive *archive, struct archive_entry **entry), (archive, entry))
CLATE(la_ssize_t, archive_read_data, (struct archive *archive, void *to, size_t size), (archive, to, size))
CLATE(struct archive *, archive_write_new, (void), ())
CLATE(int, archive_write_free, (struct archive *archive), (archive))
CLATE(int, archive_write_close, (struct archive *archive), (archive))
CLATE(int, archive_write_set_format_zip, (struct archive *archive), (archive))
CLATE(int, archive_write_set_format_pax_restricted, (struct archive *archive), (archive))
CLATE(int, archive_write_open_filename, (struct archive *archive, const char *path), (archive, path))
CLATE(int, archive_write_header, (struct archive *archive, struct archive_entry *entry), (archive, entry))
CLATE(la_ssize_t, archive_write_data, (struct archive *archive, const void *from, size_t size), (archive, from, size))
#endif
