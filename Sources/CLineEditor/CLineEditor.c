#include "CLineEditor.h"

#include <CLate.h>
#include <errno.h>
#include <locale.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <wchar.h>
#ifdef __APPLE__
#include <xlocale.h>
#endif

// Of libedit's interface, editline(3), what is called here: its header is not needed to build, nor the library to run.
typedef struct editline EditLine;
typedef struct history History;
typedef struct {
    int number;
    const char *text;
} HistEvent;
enum { EL_PROMPT = 0, EL_EDITOR = 2, EL_BIND = 4, EL_HIST = 10, EL_GETCFN = 13, EL_CLIENTDATA = 14, EL_PREP_TERM = 16, EL_REFRESH = 20 };
enum { H_SETSIZE = 1, H_ENTER = 10, H_SETUNIQUE = 20 };
enum { REMEMBERED_LINES = 1000 };

static struct {
    EditLine *(*el_init)(const char *program, FILE *in, FILE *out, FILE *error);
    void (*el_end)(EditLine *);
    const char *(*el_gets)(EditLine *, int *count);
    int (*el_set)(EditLine *, int option, ...);
    int (*el_get)(EditLine *, int option, ...);
    int (*el_source)(EditLine *, const char *path);
    void (*el_resize)(EditLine *);
    History *(*history_init)(void);
    void (*history_end)(History *);
    int (*history)(History *, HistEvent *, int option, ...);
} lib;

static bool load(void) {
    static const char *const libraries[] = {"libedit.so.2", "libedit.so.0", "libedit.dylib"};
    for (size_t i = 0; i < sizeof libraries / sizeof *libraries; i++) {
#define FIND(name) (*(void **)&lib.name = clate_find(libraries[i], #name))
        if (FIND(el_init) && FIND(el_end) && FIND(el_gets) && FIND(el_set) && FIND(el_get) && FIND(el_source) &&
            FIND(el_resize) && FIND(history_init) && FIND(history_end) && FIND(history))
            return true;
#undef FIND
    }
    return false;
}

struct awscicd_editor {
    EditLine *line;
    History *history;
    const char *prompt;
    int reader;
    int signal;
    /// What is typed is UTF-8, as sources are, whatever the process's locale is.
    locale_t utf8;
};

// Handlers have no other way to know where to write.
static volatile sig_atomic_t signal_writer = -1;

static void tell_editor(int number) {
    int saved = errno;
    unsigned char byte = (unsigned char)number;
    // A full pipe holds enough of them already.
    if (signal_writer >= 0 && write(signal_writer, &byte, 1) < 0) errno = saved;
    errno = saved;
}

static awscicd_editor *editor_of(EditLine *line) {
    void *editor = NULL;
    lib.el_get(line, EL_CLIENTDATA, &editor);
    return editor;
}

static char *prompt_of(EditLine *line) { return (char *)editor_of(line)->prompt; }

/// Deals with a byte of the pipe. False when it ends the line.
static bool take_signal(awscicd_editor *editor) {
    unsigned char number = 0;
    if (read(editor->reader, &number, 1) != 1) return true;
    if (number == SIGWINCH) {
        lib.el_resize(editor->line);
    } else if (number == SIGCONT) {
        // The shell had the terminal meanwhile, and left it as it likes it.
        lib.el_set(editor->line, EL_PREP_TERM, 0);
        lib.el_set(editor->line, EL_PREP_TERM, 1);
        lib.el_set(editor->line, EL_REFRESH);
    } else {
        editor->signal = number;
        return false;
    }
    return true;
}

/// libedit's source of characters: one of the terminal's; 0 at the end, -1 when a signal ends the line.
static int read_character(EditLine *line, wchar_t *character) {
    awscicd_editor *editor = editor_of(line);
    mbstate_t state = {0};
    for (;;) {
        struct pollfd sources[] = {{.fd = 0, .events = POLLIN}, {.fd = editor->reader, .events = POLLIN}};
        if (poll(sources, 2, -1) < 0) {
            if (errno == EINTR) continue;
            return -1;
        }
        if (sources[1].revents & POLLIN) {
            if (!take_signal(editor)) return -1;
            continue;
        }
        char byte = 0;
        ssize_t count = read(0, &byte, 1);
        if (count < 0 && errno == EINTR) continue;
        if (count <= 0) return (int)count;
        size_t used = mbrtowc(character, &byte, 1, &state);
        if (used == (size_t)-2) continue;  // more bytes of the same character are to come
        if (used != (size_t)-1) return 1;
        state = (mbstate_t){0};  // no UTF-8: left out
    }
}

static void watch_terminal(void (*handler)(int)) {
    struct sigaction action = {.sa_handler = handler, .sa_flags = SA_RESTART};
    sigemptyset(&action.sa_mask);
    sigaction(SIGWINCH, &action, NULL);
    sigaction(SIGCONT, &action, NULL);
}

awscicd_editor *awscicd_editor_open(int reader, int writer) {
    if (!load()) return NULL;
    awscicd_editor *editor = calloc(1, sizeof *editor);
    if (!editor) return NULL;
    editor->reader = reader;
    editor->prompt = "";
    editor->utf8 = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0);
    if (!editor->utf8) editor->utf8 = newlocale(LC_CTYPE_MASK, "en_US.UTF-8", (locale_t)0);
    locale_t before = editor->utf8 ? uselocale(editor->utf8) : (locale_t)0;
    editor->line = lib.el_init("awscicd-run", stdin, stderr, stderr);
    editor->history = lib.history_init();
    if (editor->line && editor->history) {
        HistEvent event;
        lib.history(editor->history, &event, H_SETSIZE, REMEMBERED_LINES);
        lib.history(editor->history, &event, H_SETUNIQUE, 1);
        lib.el_set(editor->line, EL_CLIENTDATA, editor);
        lib.el_set(editor->line, EL_PROMPT, prompt_of);
        lib.el_set(editor->line, EL_GETCFN, read_character);
        lib.el_set(editor->line, EL_HIST, lib.history, editor->history);
        lib.el_set(editor->line, EL_EDITOR, "emacs");
        lib.el_set(editor->line, EL_BIND, "^R", "em-inc-search-prev", NULL);
        lib.el_set(editor->line, EL_BIND, "^I", "ed-insert", NULL);  // code that is pasted is indented
        lib.el_source(editor->line, NULL);
        signal_writer = writer;
        watch_terminal(tell_editor);
    }
    if (before) uselocale(before);
    if (editor->line && editor->history) return editor;
    awscicd_editor_close(editor);
    return NULL;
}

void awscicd_editor_close(awscicd_editor *editor) {
    watch_terminal(SIG_DFL);
    signal_writer = -1;
    if (editor->line) lib.el_end(editor->line);
    if (editor->history) lib.history_end(editor->history);
    if (editor->utf8) freelocale(editor->utf8);
    free(editor);
}

awscicd_editor_event awscicd_editor_read(
    awscicd_editor *editor, const char *prompt, const char **line, size_t *length, int *signal) {
    locale_t before = editor->utf8 ? uselocale(editor->utf8) : (locale_t)0;
    editor->prompt = prompt;
    editor->signal = 0;
    // Before the prompt is seen: what is typed at once would else be the terminal's to read, and ^D a character of no meaning.
    lib.el_set(editor->line, EL_PREP_TERM, 1);
    int count = 0;
    const char *text = lib.el_gets(editor->line, &count);
    if (before) uselocale(before);
    if (editor->signal) {
        *signal = editor->signal;
        return AWSCICD_EDITOR_SIGNAL;
    }
    if (!text || count <= 0) return AWSCICD_EDITOR_END;
    *line = text;
    *length = (size_t)count;
    while (*length > 0 && (text[*length - 1] == '\n' || text[*length - 1] == '\r')) *length -= 1;
    return AWSCICD_EDITOR_LINE;
}

void awscicd_editor_remember(awscicd_editor *editor, const char *line) {
    locale_t before = editor->utf8 ? uselocale(editor->utf8) : (locale_t)0;
    HistEvent event;
    lib.history(editor->history, &event, H_ENTER, line);
    if (before) uselocale(before);
}
