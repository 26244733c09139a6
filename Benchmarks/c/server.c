// The benchmarks' server: answers with ready-made bodies over kept-alive connections, in a single thread, so that what is
// measured is the clients. DescribeInstances and BatchGetBuilds get about 5 MB, all else a small list of pipelines.
// Prints its port; ends with its input.
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

static struct body answer(const char *type, struct body body) {
    struct body answer = {malloc(body.count + 256), 0};
    if (!answer.text) exit(1);
    answer.count = (size_t)sprintf(answer.text,
        "HTTP/1.1 200 OK\r\nContent-Type: %s\r\nx-amzn-RequestId: 0123\r\nContent-Length: %zu\r\n\r\n", type, body.count);
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

int main(void) {
    signal(SIGPIPE, SIG_IGN);
    const char *json = "application/x-amz-json-1.1";
    struct body small = answer(json, (struct body){(char *)pipelines, sizeof pipelines - 1});
    struct body builds = answer(json, batch_get_builds());
    struct body instances = answer("text/xml;charset=UTF-8", describe_instances());
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
                struct body given = memmem(request, length, "BatchGetBuilds", 14) ? builds
                    : memmem(request, length, "DescribeInstances", 17) ? instances : small;
                buffers[at].count -= length;
                memmove(buffers[at].data, buffers[at].data + length, buffers[at].count);
                if (!send_all(sockets[at].fd, given)) break;
            }
        }
    }
}
