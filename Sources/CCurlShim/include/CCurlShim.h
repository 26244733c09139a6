// libcurl's setters and getters are variadic or macros, which Swift cannot call: one typed function for each kind.
#pragma once
#include <curl/curl.h>

CURLcode awscicd_easy_set_long(CURL *handle, CURLoption option, long value);
CURLcode awscicd_easy_set_offset(CURL *handle, CURLoption option, curl_off_t value);
CURLcode awscicd_easy_set_string(CURL *handle, CURLoption option, const char *value);
CURLcode awscicd_easy_set_pointer(CURL *handle, CURLoption option, const void *value);

/// Write and header functions: called with data that arrived.
typedef size_t (*awscicd_data_function)(char *data, size_t size, size_t count, void *context);
CURLcode awscicd_easy_set_data_function(CURL *handle, CURLoption option, awscicd_data_function function);
typedef int (*awscicd_seek_function)(void *context, curl_off_t offset, int origin);
CURLcode awscicd_easy_set_seek_function(CURL *handle, awscicd_seek_function function);
typedef int (*awscicd_prereq_function)(void *context, char *, char *, int, int);
CURLcode awscicd_easy_set_prereq_function(CURL *handle, awscicd_prereq_function function);

CURLcode awscicd_easy_get_long(CURL *handle, CURLINFO info, long *value);
CURLcode awscicd_easy_get_offset(CURL *handle, CURLINFO info, curl_off_t *value);
CURLcode awscicd_easy_get_string(CURL *handle, CURLINFO info, const char **value);

CURLMcode awscicd_multi_set_long(CURLM *handle, CURLMoption option, long value);

/// The next finished transfer, or NULL; `result` is only set with one.
CURL *awscicd_multi_next_finished(CURLM *handle, CURLcode *result);

/// A new file in the folder that has no name yet, to write to: nothing of it is left when the process is killed. -1 where the
/// file system or the system has none.
int awscicd_open_unnamed(const char *folder, unsigned int mode);
/// Gives it one, of a file that is not there; 0, or -1 with the reason in errno.
int awscicd_name(int descriptor, const char *path);

/// What drives transfers on the calling thread (a TransportDriver); NULL where nothing does.
void *awscicd_thread_driver(void);
void awscicd_set_thread_driver(void *driver);

/// CURLU_PUNYCODE where this libcurl's header has it (from 7.88 on), else 0: host names as they are looked up.
unsigned int awscicd_url_punycode(void);
