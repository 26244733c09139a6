// Libraries that are loaded when something of them is called first, and not when the program starts.
//
// A script that sends no request needs no libcurl, and one that runs on AWS none of the local cloud's libraries; loading
// them all would take longer than everything else that happens at the start. A file of such functions defines each one
// that the package calls, under its own name, so that callers are written as ever:
//
//     #define LIBRARY "libcurl.so.4"
//     CLATE(CURL *, curl_easy_init, (void), ())
//
// A function that has no such line works all the same: the linker then makes the library one that is loaded at the start.
#pragma once

/// The address of a function of a library, which is loaded if it has not been. Ends the process, and says why, when there is
/// no such library or function: to a program that needs one it is what a missing library at the start would have been.
void *clate_symbol(const char *library, const char *name);

/// The same of a library that may be missing: NULL when it is.
void *clate_find(const char *library, const char *name);

#define CLATE(result, name, parameters, arguments)                                  \
    result name parameters {                                                        \
        static result(*found) parameters;                                           \
        result(*function) parameters = __atomic_load_n(&found, __ATOMIC_RELAXED);   \
        if (!function) {                                                            \
            function = (result(*) parameters)clate_symbol(LIBRARY, #name);          \
            __atomic_store_n(&found, function, __ATOMIC_RELAXED);                   \
        }                                                                           \
        return function arguments;                                                  \
    }
