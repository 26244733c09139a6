// The benchmarks' server: answers with ready-made bodies over kept-alive connections, in a single thread, so that what is
// measured is the clients. DescribeInstances and BatchGetBuilds get about 5 MB, GetCallerIdentity its answer, all else a
// small list of pipelines in JSON or an empty answer in XML or CBOR. Prints its port; ends with its input.
#include "answers.h"
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

enum { MAXIMUM = 256, BUFFER = 1 << 16 };
static struct { char data[BUFFER]; size_t count; } buffers[MAXIMUM];

static struct body answer(const char *type, const char *headers, struct body body) {
    struct body answer = {malloc(body.count + 512), 0};
    if (!answer.text) exit(1);
    answer.count = (size_t)sprintf(answer.text,
        "HTTP/1.1 200 OK\r\nContent-Type: %s\r\n%sx-amzn-RequestId: 0123\r\nContent-Length: %zu\r\n\r\n", type, headers, body.count);
    memcpy(answer.text + answer.count, body.text, body.count);
    answer.count += body.count;
    return answer;
}

static bool send_all(int to, struct body answer) {
    while (answer.count > 0) {
        ssize_t sent = send(to, answer.text, answer.count, 0);
        if (sent < 0) return false;
        answer.text += sent;
        answer.count -= (size_t)sent;
    }
    return true;
}

// The length of the first complete request in the buffer; 0 when there is none yet.
static size_t request_length(const char *data, size_t count) {
    const char *end = memmem(data, count, "\r\n\r\n", 4);
    if (!end) return 0;
    size_t length = (size_t)(end - data) + 4;
    for (const char *line = data; line < end; line = (const char *)memchr(line, '\n', (size_t)(end + 2 - line)) + 1)
        if (strncasecmp(line, "content-length:", 15) == 0) length += strtoul(line + 15, NULL, 10);
    return length <= count ? length : 0;
}

static struct body small, builds, instances, identity, rest_xml, cbor;

static void prepare(void) {
    const char *json = "application/x-amz-json-1.1", *xml = "text/xml;charset=UTF-8";
    small = answer(json, "", (struct body){(char *)pipelines, sizeof pipelines - 1});
    builds = answer(json, "", batch_get_builds());
    instances = answer(xml, "", describe_instances());
    identity = answer(xml, "", (struct body){(char *)caller_identity, sizeof caller_identity - 1});
    rest_xml = answer(xml, "", (struct body){"<Answer/>", 9});
    cbor = answer("application/cbor", "smithy-protocol: rpc-v2-cbor\r\n", (struct body){"\xa0", 1});
}

static bool has(const char *request, size_t length, const char *text) {
    return memmem(request, length, text, strlen(text)) != NULL;
}

// The query protocol wraps its results in an element that is named after the operation. Valid until the next call.
static struct body empty_result(const char *action, size_t length) {
    static struct body last;
    const char *end = memchr(action, '&', length);
    int name = (int)(end ? (size_t)(end - action) : length);
    char text[512];
    int count = snprintf(text, sizeof text, "<%.*sResponse><%.*sResult/></%.*sResponse>", name, action, name, action, name, action);
    free(last.text);
    last = answer("text/xml;charset=UTF-8", "", (struct body){text, count < (int)sizeof text ? (size_t)count : 0});
    return last;
}

static struct body answer_to(const char *request, size_t length) {
    if (has(request, length, "ListPipelines")) return small;
    if (has(request, length, "BatchGetBuilds")) return builds;
    if (has(request, length, "DescribeInstances&")) return instances;
    if (has(request, length, "GetCallerIdentity")) return identity;
    if (has(request, length, "rpc-v2-cbor")) return cbor;
    const char *action = memmem(request, length, "\r\n\r\nAction=", 11);
    if (action) return empty_result(action + 11, (size_t)(request + length - action) - 11);
    // The services of REST and XML say so nowhere but in the scope of their signatures.
    static const char *const scopes[] = {"/s3/aws4", "/route53/aws4", "/cloudfront/aws4"};
    for (size_t at = 0; at < sizeof scopes / sizeof *scopes; at++)
        if (has(request, length, scopes[at])) return rest_xml;
    return small;
}

int main(void) {
    signal(SIGPIPE, SIG_IGN);
    prepare();
    int listener = socket(AF_INET, SOCK_STREAM, 0);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    if (bind(listener, (struct sockaddr *)&address, size) || listen(listener, 64)) return 1;
    getsockname(listener, (struct sockaddr *)&address, &size);
    printf("%d\n", ntohs(address.sin_port));
    fflush(stdout);

    struct pollfd sockets[MAXIMUM] = {{.fd = 0, .events = POLLIN}, {.fd = listener, .events = POLLIN}};
    nfds_t count = 2;
    for (;;) {
        if (poll(sockets, count, -1) < 0) return 1;
        char ignored[64];
        if (sockets[0].revents && read(0, ignored, sizeof ignored) <= 0) return 0;
        if (sockets[1].revents && count < MAXIMUM) {
            int one = 1, client = accept(listener, NULL, NULL);
            setsockopt(client, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
            buffers[count].count = 0;
            sockets[count++] = (struct pollfd){.fd = client, .events = POLLIN};
        }
        for (nfds_t at = 2; at < count; at++) {
            if (!sockets[at].revents) continue;
            ssize_t got = recv(sockets[at].fd, buffers[at].data + buffers[at].count, BUFFER - buffers[at].count, 0);
            if (got <= 0) {
                close(sockets[at].fd);
                sockets[at] = sockets[--count];
                buffers[at] = buffers[count];
                at--;
                continue;
            }
            buffers[at].count += (size_t)got;
            size_t length;
            while ((length = request_length(buffers[at].data, buffers[at].count)) > 0) {
                const char *request = buffers[at].data;
                struct body given = answer_to(request, length);
                buffers[at].count -= length;
                memmove(buffers[at].data, buffers[at].data + length, buffers[at].count);
                if (!send_all(sockets[at].fd, given)) break;
            }
        }
    }
}
