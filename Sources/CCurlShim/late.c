// libcurl, loaded with the first request. On other systems than Linux it is an ordinary library of the program.
#ifdef __linux__
#include <CLate.h>
#include <curl/curl.h>
#include <stdarg.h>

#undef curl_easy_setopt
#undef curl_easy_getinfo
#undef curl_multi_setopt
#define LIBRARY "libcurl.so.4"

CLATE(CURLcode, curl_global_init, (long flags), (flags))
CLATE(CURL *, curl_easy_init, (void), ())
CLATE(void, curl_easy_cleanup, (CURL *handle), (handle))
CLATE(void, curl_easy_reset, (CURL *handle), (handle))
CLATE(CURLcode, curl_easy_perform, (CURL *handle), (handle))
CLATE(CURLcode, curl_easy_pause, (CURL *handle, int mask), (handle, mask))
CLATE(const char *, curl_easy_strerror, (CURLcode code), (code))
CLATE(CURLM *, curl_multi_init, (void), ())
CLATE(CURLMcode, curl_multi_cleanup, (CURLM *multi), (multi))
CLATE(CURLMcode, curl_multi_add_handle, (CURLM *multi, CURL *handle), (multi, handle))
CLATE(CURLMcode, curl_multi_remove_handle, (CURLM *multi, CURL *handle), (multi, handle))
CLATE(CURLMcode, curl_multi_perform, (CURLM *multi, int *running), (multi, running))
CLATE(CURLMcode, curl_multi_poll,
    (CURLM *multi, struct curl_waitfd fds[], unsigned int count, int timeout, int *ready),
    (multi, fds, count, timeout, ready))
CLATE(CURLMcode, curl_multi_wakeup, (CURLM *multi), (multi))
CLATE(CURLMsg *, curl_multi_info_read, (CURLM *multi, int *remaining), (multi, remaining))
CLATE(const char *, curl_multi_strerror, (CURLMcode code), (code))
CLATE(struct curl_slist *, curl_slist_append, (struct curl_slist *list, const char *text), (list, text))
CLATE(void, curl_slist_free_all, (struct curl_slist *list), (list))
// Later headers than Debian's take a const handle here.
typedef __typeof__(_Generic(&curl_url_get,
    CURLUcode (*)(CURLU *, CURLUPart, char **, unsigned int): (CURLU *)0, default: (const CURLU *)0)) read_url;
CLATE(CURLU *, curl_url, (void), ())
CLATE(void, curl_url_cleanup, (CURLU *url), (url))
CLATE(CURLUcode, curl_url_set, (CURLU *url, CURLUPart part, const char *text, unsigned int flags), (url, part, text, flags))
CLATE(CURLUcode, curl_url_get, (read_url url, CURLUPart part, char **text, unsigned int flags), (url, part, text, flags))
CLATE(const char *, curl_url_strerror, (CURLUcode code), (code))
CLATE(void, curl_free, (void *memory), (memory))
CLATE(curl_version_info_data *, curl_version_info, (CURLversion version), (version))

// Variadic functions take one value here, a long, an offset or a pointer: all of them are passed alike.
#define CLATE_OPTION(result, name, handle_type, option_type)                                                 \
    result name(handle_type *handle, option_type option, ...) {                                              \
        static result (*found)(handle_type *, option_type, ...);                                             \
        result (*function)(handle_type *, option_type, ...) = __atomic_load_n(&found, __ATOMIC_RELAXED);     \
        if (!function) {                                                                                     \
            function = (result(*)(handle_type *, option_type, ...))clate_symbol(LIBRARY, #name);             \
            __atomic_store_n(&found, function, __ATOMIC_RELAXED);                                            \
        }                                                                                                    \
        va_list values;                                                                                      \
        va_start(values, option);                                                                            \
        void *value = va_arg(values, void *);                                                                \
        va_end(values);                                                                                      \
        return function(handle, option, value);                                                              \
    }
CLATE_OPTION(CURLcode, curl_easy_setopt, CURL, CURLoption)
CLATE_OPTION(CURLcode, curl_easy_getinfo, CURL, CURLINFO)
CLATE_OPTION(CURLMcode, curl_multi_setopt, CURLM, CURLMoption)
#endif
