import AWSClient

extension Runtime {
    /// Waits until what ``Configuration/loadsTransport`` began is done, some milliseconds at most. A process that has such
    /// a runtime calls it before it ends.
    public static func waitForTransport() { HTTPTransport.waitUntilLoaded() }
}
