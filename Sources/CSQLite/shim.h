#pragma once
#include <sqlite3.h>

// What Swift cannot import of SQLite's interface: a variadic function and a function pointer made of -1.

/// sqlite3_db_config for the options that take (int new value, int *value now).
static inline int csqlite_db_config(sqlite3 *db, int option, int on, int *now) {
  return sqlite3_db_config(db, option, on, now);
}

/// Binds text that SQLite copies before this returns. A null pointer with length 0 is the empty text, not NULL.
static inline int csqlite_bind_text(sqlite3_stmt *statement, int index, const char *text, sqlite3_uint64 length) {
  return sqlite3_bind_text64(statement, index, text ? text : "", length, SQLITE_TRANSIENT, SQLITE_UTF8);
}

/// Binds bytes that SQLite copies before this returns. A null pointer with length 0 is the empty blob, not NULL.
static inline int csqlite_bind_blob(sqlite3_stmt *statement, int index, const void *bytes, sqlite3_uint64 length) {
  return sqlite3_bind_blob64(statement, index, bytes ? bytes : "", length, SQLITE_TRANSIENT);
}

/// As csqlite_bind_text, without a copy: the text must stay what it is until the binding is gone.
static inline int csqlite_lend_text(sqlite3_stmt *statement, int index, const void *text, sqlite3_uint64 length) {
  return sqlite3_bind_text64(statement, index, text ? text : "", length, SQLITE_STATIC, SQLITE_UTF8);
}

/// As csqlite_bind_blob, without a copy: the bytes must stay what they are until the binding is gone.
static inline int csqlite_lend_blob(sqlite3_stmt *statement, int index, const void *bytes, sqlite3_uint64 length) {
  return sqlite3_bind_blob64(statement, index, bytes ? bytes : "", length, SQLITE_STATIC);
}

/// Has SQLite count no memory, which takes a lock at every piece of it. Only before anything else is asked of SQLite.
static inline int csqlite_count_no_memory(void) { return sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0); }

/// The WAL (or rollback journal) that the connection has open; null if there is none.
static inline sqlite3_file *csqlite_journal(sqlite3 *db) {
  sqlite3_file *file = 0;
  if (sqlite3_file_control(db, "main", SQLITE_FCNTL_JOURNAL_POINTER, &file) != SQLITE_OK) return 0;
  return file && file->pMethods ? file : 0;
}

/// The errno of the last failure on the WAL (or rollback journal), 0 if there was none. sqlite3_system_errno() does not
/// know it when a COMMIT fails.
static inline int csqlite_journal_errno(sqlite3 *db) {
  sqlite3_file *file = csqlite_journal(db);
  int code = 0;
  if (!file || file->pMethods->xFileControl(file, SQLITE_FCNTL_LAST_ERRNO, &code) != SQLITE_OK) return 0;
  return code;
}
