// The benchmarks' server: answers every request with one fixed JSON body over kept-alive connections, in a single
// thread, so that what is measured is the clients. Prints its port; ends with its input.
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

enum { MAXIMUM = 256, BUFFER = 1 << 16 };
static struct { char data[BUFFER]; size_t count; } buffers[MAXIMUM];

static const char body[] =
    "{\"pipelines\":[{\"name\":\"awscicd-demo\",\"version\":3,\"pipelineType\":\"V2\",\"created\":1700000000.25,"
    "\"updated\":1700000100.5},{\"name\":\"awscicd-other\",\"version\":1,\"pipelineType\":\"V1\",\"created\":1700000000.25,"
    "\"updated\":1700000100.5}]}";

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
    char answer[2048];
    int answer_length = snprintf(answer, sizeof answer,
        "HTTP/1.1 200 OK\r\nContent-Type: application/x-amz-json-1.1\r\nx-amzn-RequestId: 0123\r\nContent-Length: %zu\r\n\r\n%s",
        sizeof body - 1, body);
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
                buffers[at].count -= length;
                memmove(buffers[at].data, buffers[at].data + length, buffers[at].count);
                if (send(sockets[at].fd, answer, (size_t)answer_length, 0) < 0) break;
            }
        }
    }
}
