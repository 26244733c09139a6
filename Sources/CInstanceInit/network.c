// An instance's network: a wire with the private address, at whose far end the metadata service is, so that programs inside
// listen and connect as on AWS, and the sockets that are handed out to the local cloud.
#include "init.h"
#include <arpa/inet.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <netinet/in.h>
#include <linux/veth.h>
#include <sched.h>
#include <sys/socket.h>
#include <sys/wait.h>

struct request {
    struct nlmsghdr header;
    char body[512];
};

static void *append(struct request *request, unsigned short type, const void *data, size_t size) {
    struct rtattr *attribute = (struct rtattr *)((char *)request + NLMSG_ALIGN(request->header.nlmsg_len));
    attribute->rta_type = type;
    attribute->rta_len = (unsigned short)RTA_LENGTH(size);
    if (size) memcpy(RTA_DATA(attribute), data, size);
    request->header.nlmsg_len = (unsigned)(NLMSG_ALIGN(request->header.nlmsg_len) + RTA_ALIGN(attribute->rta_len));
    return attribute;
}

// Closes an attribute that holds others.
static void close_nest(struct request *request, void *attribute) {
    ((struct rtattr *)attribute)->rta_len = (unsigned short)((char *)request + request->header.nlmsg_len - (char *)attribute);
}

static struct request start_request(unsigned short type, unsigned short flags, const void *body, size_t size) {
    struct request request = {0};
    request.header.nlmsg_len = (unsigned)NLMSG_LENGTH(size);
    request.header.nlmsg_type = type;
    request.header.nlmsg_flags = (unsigned short)(NLM_F_REQUEST | NLM_F_ACK | flags);
    memcpy(request.body, body, size);
    return request;
}

static int perform(struct request *request) {
    struct {
        struct nlmsghdr header;
        struct nlmsgerr error;
        char rest[1024];
    } answer = {0};
    int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE), code = -1;
    if (fd < 0) return -1;
    if (send(fd, request, request->header.nlmsg_len, 0) >= 0 && recv(fd, &answer, sizeof answer, 0) > 0) {
        errno = -answer.error.error;
        code = answer.error.error == 0 ? 0 : -1;
    }
    close(fd);
    return code;
}

static int add_address(const char *interface, const char *address) {
    struct in_addr parsed;
    if (inet_pton(AF_INET, address, &parsed) != 1) return errno = EINVAL, -1;
    struct ifaddrmsg message = {.ifa_family = AF_INET, .ifa_prefixlen = 32, .ifa_index = if_nametoindex(interface)};
    struct request request = start_request(RTM_NEWADDR, NLM_F_CREATE | NLM_F_REPLACE, &message, sizeof message);
    append(&request, IFA_ADDRESS, &parsed, sizeof parsed);
    append(&request, IFA_LOCAL, &parsed, sizeof parsed);
    return perform(&request);
}

static int bring_up(const char *interface) {
    struct ifinfomsg message = {
        .ifi_family = AF_UNSPEC, .ifi_index = (int)if_nametoindex(interface), .ifi_flags = IFF_UP, .ifi_change = IFF_UP};
    struct request request = start_request(RTM_NEWLINK, 0, &message, sizeof message);
    return perform(&request);
}

static int add_route(const char *interface, const char *address) {
    struct in_addr parsed;
    int index = (int)if_nametoindex(interface);
    if (inet_pton(AF_INET, address, &parsed) != 1) return errno = EINVAL, -1;
    struct rtmsg message = {.rtm_family = AF_INET, .rtm_dst_len = 32, .rtm_table = RT_TABLE_MAIN, .rtm_protocol = RTPROT_BOOT,
                            .rtm_scope = RT_SCOPE_LINK, .rtm_type = RTN_UNICAST};
    struct request request = start_request(RTM_NEWROUTE, NLM_F_CREATE | NLM_F_REPLACE, &message, sizeof message);
    append(&request, RTA_DST, &parsed, sizeof parsed);
    append(&request, RTA_OIF, &index, sizeof index);
    return perform(&request);
}

static int add_pair(const char *near, const char *far, pid_t namespace_of) {
    struct ifinfomsg message = {.ifi_family = AF_UNSPEC};
    struct request request = start_request(RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, &message, sizeof message);
    append(&request, IFLA_IFNAME, near, strlen(near) + 1);
    void *information = append(&request, IFLA_LINKINFO, NULL, 0);
    append(&request, IFLA_INFO_KIND, "veth", 5);
    void *data = append(&request, IFLA_INFO_DATA, NULL, 0);
    void *peer = append(&request, VETH_INFO_PEER, &message, sizeof message);
    append(&request, IFLA_IFNAME, far, strlen(far) + 1);
    append(&request, IFLA_NET_NS_PID, &namespace_of, sizeof namespace_of);
    close_nest(&request, peer);
    close_nest(&request, data);
    close_nest(&request, information);
    return perform(&request);
}

// The wire's far end: a network of its own with the metadata address, so that the metadata service can listen on port 80
// while a program of the instance listens on 0.0.0.0:80. The network lives on in the listening socket, which is sent out.
static int far_end(const char *address, const char *metadata, int ready, int wired, void (*hand_out)(int)) {
    char byte;
    if (unshare(CLONE_NEWNET) != 0) return errno;
    if (write(ready, "r", 1) != 1 || read(wired, &byte, 1) != 1) return EPIPE;
    if (bring_up("aws0") != 0 || add_address("aws0", metadata) != 0 || add_route("aws0", address) != 0) return errno;
    int fd = listen_on(metadata, 80);
    if (fd < 0) return errno;
    hand_out(fd);
    return 0;
}

int add_network(const char *address, const char *metadata, void (*hand_out)(int)) {
    int ready[2], wired[2], status;
    char byte;
    if (pipe(ready) != 0 || pipe(wired) != 0) return -1;
    pid_t child = fork();
    if (child < 0) return -1;
    if (child == 0) {
        close(ready[0]);
        close(wired[1]);
        _exit(far_end(address, metadata, ready[1], wired[0], hand_out));
    }
    close(ready[1]);
    close(wired[0]);
    int code = -1;
    if (read(ready[0], &byte, 1) == 1) {
        code = add_pair("eth0", "aws0", child);
        if (code == 0) code = add_address("eth0", address);
        if (code == 0) code = bring_up("eth0");
        if (code == 0) code = add_route("eth0", metadata);
        if (code == 0 && write(wired[1], "w", 1) != 1) code = -1;
    }
    int saved = errno;
    close(ready[0]);
    close(wired[1]);
    while (waitpid(child, &status, 0) < 0 && errno == EINTR) {}
    if (code == 0 && status != 0) code = -1, saved = WIFEXITED(status) ? WEXITSTATUS(status) : EINTR;
    return errno = saved, code;
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
