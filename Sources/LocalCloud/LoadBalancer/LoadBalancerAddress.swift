import NIOCore
import NIOPosix

/// The places where load balancers listen: each has a loopback address of its own, so that several can have port 80.
enum LoadBalancerAddress {
    /// An address of 127.64.0.0/10 that depends on the name alone, and the ones after it for when it is taken.
    static func candidates(for name: String) -> [String] {
        var hash: UInt32 = 0x811c_9dc5  // FNV-1a
        for byte in name.utf8 { hash = (hash ^ UInt32(byte)) &* 0x0100_0193 }
        return (0..<64).map { step in
            let number = (hash &+ UInt32(step) &* 2_654_435_761) & 0x003f_ffff
            return AddressBlock.text(0x7f40_0000 | (number | 1))
        }
    }

    /// Where a listener's port is to be served at an address: there, else (port 80 needs root or a sysctl) at a port above
    /// 1024.
    static func canBind(_ address: String, _ port: Int) async -> Bool {
        let group = MultiThreadedEventLoopGroup.singleton
        guard
            let channel = try? await ServerBootstrap(group: group)
                .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
                .bind(host: address, port: port).get()
        else { return false }
        try? await channel.close()
        return true
    }
}
