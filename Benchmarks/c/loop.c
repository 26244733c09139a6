// What the client is measured against: the same signed ListPipelines in a loop, in C on libcurl's easy interface.
// Usage: loop PORT CALLS. Prints milliseconds of CPU a call and calls a second.
#include <curl/curl.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

static const char access_key[] = "AKIDEXAMPLE", secret_key[] = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
static unsigned char key[32];
static char key_day[9];

static void hmac(const void *secret, int length, const char *text, unsigned char out[32]) {
    HMAC(EVP_sha256(), secret, length, (const unsigned char *)text, strlen(text), out, NULL);
}

static void hex(const unsigned char *bytes, char *out) {
    for (int i = 0; i < 32; i++) sprintf(out + 2 * i, "%02x", bytes[i]);
}

static void sha256(const char *text, char *out) {
    unsigned char hash[32];
    EVP_Digest(text, strlen(text), hash, NULL, EVP_sha256(), NULL);
    hex(hash, out);
}

static void sign(const char *host, const char *stamp, const char *body, char *authorization) {
    if (strncmp(key_day, stamp, 8)) {
        char start[64];
        memcpy(key_day, stamp, 8);
        snprintf(start, sizeof start, "AWS4%s", secret_key);
        hmac(start, (int)strlen(start), key_day, key);
        hmac(key, 32, "eu-west-1", key);
        hmac(key, 32, "codepipeline", key);
        hmac(key, 32, "aws4_request", key);
    }
    char payload[65], request[1024], hash[65], text[512], signature[65];
    unsigned char mac[32];
    sha256(body, payload);
    snprintf(request, sizeof request,
        "POST\n/\n\ncontent-type:application/x-amz-json-1.1\nhost:%s\nx-amz-date:%s\n"
        "x-amz-target:CodePipeline_20150709.ListPipelines\n\ncontent-type;host;x-amz-date;x-amz-target\n%s",
        host, stamp, payload);
    sha256(request, hash);
    snprintf(text, sizeof text, "AWS4-HMAC-SHA256\n%s\n%.8s/eu-west-1/codepipeline/aws4_request\n%s", stamp, stamp, hash);
    hmac(key, 32, text, mac);
    hex(mac, signature);
    sprintf(authorization,
        "Authorization: AWS4-HMAC-SHA256 Credential=%s/%.8s/eu-west-1/codepipeline/aws4_request, "
        "SignedHeaders=content-type;host;x-amz-date;x-amz-target, Signature=%s", access_key, stamp, signature);
}

static size_t collect(char *data, size_t size, size_t count, void *context) {
    size_t *received = context;
    (void)data;
    *received += size * count;
    return size * count;
}

static double seconds(struct rusage usage) {
    return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec)
        + (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

int main(int argc, char **argv) {
    if (argc < 3) return 2;
    int calls = atoi(argv[2]);
    char url[64], host[32];
    snprintf(host, sizeof host, "127.0.0.1:%s", argv[1]);
    snprintf(url, sizeof url, "http://%s/", host);
    CURL *curl = curl_easy_init();
    size_t received = 0;
    struct timespec before, after;
    struct rusage first, usage;
    // From -1: the first call opens the connection and is not counted, nor is the start, as in the loops of the others.
    for (int call = -1; call < calls; call++) {
        if (call == 0) {
            getrusage(RUSAGE_SELF, &first);
            clock_gettime(CLOCK_MONOTONIC, &before);
        }
        time_t now = time(NULL);
        char stamp[20], date[40], authorization[512];
        strftime(stamp, sizeof stamp, "%Y%m%dT%H%M%SZ", gmtime(&now));
        sign(host, stamp, "{}", authorization);
        snprintf(date, sizeof date, "X-Amz-Date: %s", stamp);
        struct curl_slist *headers = NULL;
        headers = curl_slist_append(headers, "Content-Type: application/x-amz-json-1.1");
        headers = curl_slist_append(headers, "X-Amz-Target: CodePipeline_20150709.ListPipelines");
        headers = curl_slist_append(headers, date);
        headers = curl_slist_append(headers, authorization);
        curl_easy_setopt(curl, CURLOPT_URL, url);
        curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
        curl_easy_setopt(curl, CURLOPT_COPYPOSTFIELDS, "{}");
        curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, collect);
        curl_easy_setopt(curl, CURLOPT_WRITEDATA, &received);
        if (curl_easy_perform(curl) != CURLE_OK) return 1;
        curl_slist_free_all(headers);
    }
    clock_gettime(CLOCK_MONOTONIC, &after);
    getrusage(RUSAGE_SELF, &usage);
    double wall = (double)(after.tv_sec - before.tv_sec) + (double)(after.tv_nsec - before.tv_nsec) / 1e9;
    double cpu = seconds(usage) - seconds(first);
    printf("%.5f %.0f\n", cpu * 1000 / calls, calls / wall);
    return 0;
}
