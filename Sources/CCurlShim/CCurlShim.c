#ifndef _GNU_SOURCE
#define _GNU_SOURCE  // O_TMPFILE
#endif
#include "CCurlShim.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

CURLcode awscicd_easy_set_long(CURL *handle, CURLoption option, long value) {
    return curl_easy_setopt(handle, option, value);
}

CURLcode awscicd_easy_set_offset(CURL *handle, CURLoption option, curl_off_t value) {
    return curl_easy_setopt(handle, option, value);
}

CURLcode awscicd_easy_set_string(CURL *handle, CURLoption option, const char *value) {
    return curl_easy_setopt(handle, option, value);
}

CURLcode awscicd_easy_set_pointer(CURL *handle, CURLoption option, const void *value) {
    return curl_easy_setopt(handle, option, value);
}

CURLcode awscicd_easy_set_data_function(CURL *handle, CURLoption option, awscicd_data_function function) {
    return curl_easy_setopt(handle, option, function);
}

CURLcode awscicd_easy_set_seek_function(CURL *handle, awscicd_seek_function function) {
    return curl_easy_setopt(handle, CURLOPT_SEEKFUNCTION, function);
}

CURLcode awscicd_easy_set_prereq_function(CURL *handle, awscicd_prereq_function function) {
    return curl_easy_setopt(handle, CURLOPT_PREREQFUNCTION, function);
}

CURLcode awscicd_easy_get_long(CURL *handle, CURLINFO info, long *value) {
    return curl_easy_getinfo(handle, info, value);
}

CURLcode awscicd_easy_get_offset(CURL *handle, CURLINFO info, curl_off_t *value) {
    return curl_easy_getinfo(handle, info, value);
}

CURLcode awscicd_easy_get_string(CURL *handle, CURLINFO info, const char **value) {
    return curl_easy_getinfo(handle, info, value);
}

CURLMcode awscicd_multi_set_long(CURLM *handle, CURLMoption option, long value) {
    return curl_multi_setopt(handle, option, value);
}

CURL *awscicd_multi_next_finished(CURLM *handle, CURLcode *result) {
    int remaining = 0;
    CURLMsg *message;
    while ((message = curl_multi_info_read(handle, &remaining)) != NULL) {
        if (message->msg == CURLMSG_DONE) {
            *result = message->data.result;
            return message->easy_handle;
        }
    }
    return NULL;
}

static _Thread_local void *thread_driver;

void *awscicd_thread_driver(void) { return thread_driver; }
void awscicd_set_thread_driver(void *driver) { thread_driver = driver; }

unsigned int awscicd_url_punycode(void) {
#ifdef CURLU_PUNYCODE
    return CURLU_PUNYCODE;
#else
    return 0;
#endif
}

#ifdef O_TMPFILE
static void own_path(int descriptor, char path[64]) { snprintf(path, 64, "/proc/self/fd/%d", descriptor); }

int awscicd_open_unnamed(const char *folder, unsigned int mode) {
    int descriptor = open(folder, O_TMPFILE | O_WRONLY | O_CLOEXEC, (mode_t)mode);
    if (descriptor < 0) return -1;
    // By this it is to get its name.
    char path[64];
    own_path(descriptor, path);
    if (access(path, F_OK) == 0) return descriptor;
    close(descriptor);
    return -1;
}

int awscicd_name(int descriptor, const char *path) {
    char own[64];
    own_path(descriptor, own);
    return linkat(AT_FDCWD, own, AT_FDCWD, path, AT_SYMLINK_FOLLOW);
}
#else
int awscicd_open_unnamed(const char *folder, unsigned int mode) {
    errno = ENOTSUP;
    return -1;
}

int awscicd_name(int descriptor, const char *path) {
    errno = ENOTSUP;
    return -1;
}
#endif
