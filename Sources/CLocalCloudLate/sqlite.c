// SQLite, loaded with the local cloud's first table.
#ifdef __linux__
#include <CLate.h>
#include <sqlite3.h>

#define LIBRARY "libsqlite3.so.0"

CLATE(int, sqlite3_open_v2, (const char *path, sqlite3 **database, int flags, const char *vfs), (path, database, flags, vfs))
CLATE(int, sqlite3_close, (sqlite3 *database), (database))
CLATE(int, sqlite3_errcode, (sqlite3 *database), (database))
CLATE(const char *, sqlite3_errmsg, (sqlite3 *database), (database))
CLATE(int, sqlite3_exec,
    (sqlite3 *database, const char *sql, int (*row)(void *, int, char **, char **), void *context, char **message),
    (database, sql, row, context, message))
CLATE(int, sqlite3_prepare_v2,
    (sqlite3 *database, const char *sql, int length, sqlite3_stmt **statement, const char **tail),
    (database, sql, length, statement, tail))
CLATE(int, sqlite3_step, (sqlite3_stmt *statement), (statement))
CLATE(int, sqlite3_reset, (sqlite3_stmt *statement), (statement))
CLATE(int, sqlite3_finalize, (sqlite3_stmt *statement), (statement))
CLATE(int, sqlite3_bind_blob64,
    (sqlite3_stmt *statement, int index, const void *bytes, sqlite3_uint64 count, void (*release)(void *)),
    (statement, index, bytes, count, release))
CLATE(int, sqlite3_bind_text,
    (sqlite3_stmt *statement, int index, const char *text, int length, void (*release)(void *)),
    (statement, index, text, length, release))
CLATE(const void *, sqlite3_column_blob, (sqlite3_stmt *statement, int column), (statement, column))
CLATE(int, sqlite3_column_bytes, (sqlite3_stmt *statement, int column), (statement, column))
CLATE(const unsigned char *, sqlite3_column_text, (sqlite3_stmt *statement, int column), (statement, column))
#endif
