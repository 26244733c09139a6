import Dispatch
import NIOPosix

/// Threads for work on files that waits for the disk. The tasks' own threads are as few as the processors: one that waits
/// there keeps calls from being answered.
enum FileWork {
    /// More than processors, as they wait most of the time.
    private static let width = 16
    private static let pool: NIOThreadPool = {
        let pool = NIOThreadPool(numberOfThreads: width)
        pool.start()
        return pool
    }()

    static func run<Result: Sendable>(_ work: @escaping @Sendable () -> Result) async -> Result {
        await withCheckedContinuation { continuation in
            pool.submit { _ in continuation.resume(returning: work()) }
        }
    }

    /// Does something with every element, many at a time, and returns when all are done. Not to be called from ``run(_:)``,
    /// whose threads it needs.
    static func forEach<Element: Sendable>(_ elements: [Element], _ work: @escaping @Sendable (Element) -> Void) {
        let group = DispatchGroup()
        let share = max(1, (elements.count + width - 1) / width)
        for start in stride(from: 0, to: elements.count, by: share) {
            let part = elements[start..<min(start + share, elements.count)]
            group.enter()
            pool.submit { _ in
                for element in part { work(element) }
                group.leave()
            }
        }
        group.wait()
    }
}
