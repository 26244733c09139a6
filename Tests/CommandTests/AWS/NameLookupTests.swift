import Foundation
import ServerSupport
import Testing

#if os(Linux)
/// A look-up of a name that hangs: libcurl would wait for its end wherever a transfer is given up (curl #8515), and all
/// other transfers with it.
struct NameLookupTests {
    private static let resolver = """
        #define _GNU_SOURCE
        #include <dlfcn.h>
        #include <netdb.h>
        #include <string.h>
        #include <unistd.h>
        typedef int lookup(const char *, const char *, const struct addrinfo *, struct addrinfo **);
        int getaddrinfo(const char *name, const char *service, const struct addrinfo *hints, struct addrinfo **found) {
          if (name && strcmp(name, "hangs.invalid") == 0) { sleep(100); return EAI_NONAME; }
          return ((lookup *)dlsym(RTLD_NEXT, "getaddrinfo"))(name, service, hints, found);
        }
        """

    @Test func aLookUpThatHangsHoldsUpNobody() throws {
        let folder = try TemporaryFolder()
        let source = try folder.write("resolver.c", Self.resolver)
        let compiler = try Program(
            ["clang", "-shared", "-fPIC", "-o", folder.path + "/resolver.so", source, "-ldl"], error: .inherited)
        try #require(compiler.wait() == 0)

        let server = try HTTPServer()
        let script = """
            local hanging = aws.client { endpoint = "http://hangs.invalid", retries = 0,
              credentials = { access_key_id = "a", secret_access_key = "b" }, region = "eu-west-1" }
            local waiting = task.spawn(function() hanging.sqs.list_queues {} end)
            task.sleep(0.1)
            print(http.get("\(server.url)/while").status)
            waiting:cancel()
            waiting:wait()
            print(waiting:status())
            print(http.get("\(server.url)/after").status)
            local _, err = hanging.sqs.try.list_queues({}, { timeout = 0.3 })
            print(err.kind)
            print(http.get("\(server.url)/last").status)
            """
        let result = try withExtendedLifetime(server) {
            try Command(
                arguments: ["-e", script],
                environment: ["LD_PRELOAD": folder.path + "/resolver.so", "AWS_PROFILE": nil, "AWS_ENDPOINT_URL": nil]
            ).run()
        }
        #expect(result.status == 0, "\(result.error)")
        let lines = result.output.split(separator: "\n")
        #expect(lines.count == 5 && lines[1] == "cancelled", "\(result.output)")
        #expect(lines.filter { $0 == "200" }.count == 3 && lines.dropFirst(3).first == "timeout", "\(result.output)")
    }
}
#endif
