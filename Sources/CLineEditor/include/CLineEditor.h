// A line editor with a history, for a prompt on a terminal: libedit, loaded when a prompt opens.
#pragma once
#include <stddef.h>

typedef struct awscicd_editor awscicd_editor;

typedef enum {
    AWSCICD_EDITOR_LINE,
    /// ^D on an empty line, or nobody is at the other side any more.
    AWSCICD_EDITOR_END,
    /// A signal came; what had been typed is given up.
    AWSCICD_EDITOR_SIGNAL,
} awscicd_editor_event;

/// An editor on standard input that draws on standard error; NULL where there is no libedit. Keys are Emacs's, unless ~/.editrc
/// says otherwise. There is one at a time.
///
/// `reader` and `writer` are the ends of a pipe: a byte in it is the number of a signal that ends the line. The editor itself
/// writes SIGWINCH and SIGCONT to it and takes them out again: it draws anew then.
awscicd_editor *awscicd_editor_open(int reader, int writer);
void awscicd_editor_close(awscicd_editor *editor);

/// Waits for a line. `line` and `length`, without the line's end, are set for AWSCICD_EDITOR_LINE and hold until the next call;
/// `signal` is set for AWSCICD_EDITOR_SIGNAL. The terminal is as it was when this returns.
awscicd_editor_event awscicd_editor_read(
    awscicd_editor *editor, const char *prompt, const char **line, size_t *length, int *signal);

/// Adds a line to those that the arrow keys go through.
void awscicd_editor_remember(awscicd_editor *editor, const char *line);
