// The sandbox's own loopback: the instance's private address and the metadata address, so that programs inside listen
// and connect as on AWS, and the sockets that are handed out to the local cloud.
#include "init.h"
#include <arpa/inet.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sys/socket.h>

int add_loopback_address(const char *address, int prefix) {
    struct {
        struct nlmsghdr header;
        struct ifaddrmsg message;
        char attributes[64];
    } request = {0};
    struct in_addr parsed;
    if (inet_pton(AF_INET, address, &parsed) != 1) return errno = EINVAL, -1;
    int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
    if (fd < 0) return -1;
    request.header.nlmsg_len = NLMSG_LENGTH(sizeof request.message);
    request.header.nlmsg_type = RTM_NEWADDR;
    request.header.nlmsg_flags = NLM_F_REQUEST | NLM_F_CREATE | NLM_F_REPLACE | NLM_F_ACK;
    request.message.ifa_family = AF_INET;
    request.message.ifa_prefixlen = (unsigned char)prefix;
    request.message.ifa_index = if_nametoindex("lo");
    for (int type = IFA_ADDRESS; type <= IFA_LOCAL; type++) {
        struct rtattr *attribute = (struct rtattr *)((char *)&request + NLMSG_ALIGN(request.header.nlmsg_len));
        attribute->rta_type = (unsigned short)type;
        attribute->rta_len = RTA_LENGTH(sizeof parsed);
        memcpy(RTA_DATA(attribute), &parsed, sizeof parsed);
        request.header.nlmsg_len = NLMSG_ALIGN(request.header.nlmsg_len) + attribute->rta_len;
    }
    struct {
        struct nlmsghdr header;
        struct nlmsgerr error;
        char rest[256];
    } answer = {0};
    int code = -1;
    if (send(fd, &request, request.header.nlmsg_len, 0) >= 0 && recv(fd, &answer, sizeof answer, 0) > 0) {
        errno = -answer.error.error;
        code = answer.error.error == 0 ? 0 : -1;
    }
    close(fd);
    return code;
}

int listen_on(const char *address, int port) {
    struct sockaddr_in name = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    int one = 1;
    if (inet_pton(AF_INET, address, &name.sin_addr) != 1) return errno = EINVAL, -1;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0) return -1;
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    if (bind(fd, (struct sockaddr *)&name, sizeof name) == 0 && listen(fd, 128) == 0) return fd;
    int saved = errno;
    close(fd);
    return errno = saved, -1;
}

// Starts a connection; the caller polls for writability. -1 with errno when it was refused at once.
int start_connect(const char *address, int port) {
    struct sockaddr_in name = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    if (inet_pton(AF_INET, address, &name.sin_addr) != 1) return errno = EINVAL, -1;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0) return -1;
    if (connect(fd, (struct sockaddr *)&name, sizeof name) == 0 || errno == EINPROGRESS) return fd;
    int saved = errno;
    close(fd);
    return errno = saved, -1;
}
