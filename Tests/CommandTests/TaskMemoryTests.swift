import Foundation
import Testing

/// A hundred thousand sleeping tasks in one process take at most 1.5 KB each, whatever is counted: coroutine, closure,
/// timer, the scheduler's own.
struct TaskMemoryTests {
    @Test func sleepingTasks() throws {
        let result = try run(
            "-e",
            """
            local function resident()
              local file <close> = assert(io.open "/proc/self/status")
              return tonumber(file:read("a"):match("VmRSS:%s+(%d+)")) * 1024
            end
            local count = 100000
            task.spawn(task.sleep, 0):join()
            collectgarbage()
            local before = resident()
            for i = 1, count do
              task.spawn(function() task.sleep(3600) end)
              if i % 1000 == 0 then task.yield() end
            end
            task.sleep(0.01)
            collectgarbage()
            print((resident() - before) // count)
            os.exit(0)
            """)
        #expect(result.status == 0)
        let bytes = try #require(Int(result.output.filter(\.isNumber)))
        #expect(bytes > 900, "\(bytes) bytes: not all of them are there")
        // The sanitizer's allocator surrounds each block by some of its own.
        let isSanitized = dlsym(nil, "__asan_init") != nil
        #expect(bytes <= (isSanitized ? 8192 : 1536), "\(bytes) bytes for a task")
    }

    /// Tasks in the background are ended with the script, however many there are: each once.
    @Test func backgroundTasksEndWithTheScript() throws {
        let result = try run(
            "-e",
            """
            for i = 1, 50000 do task.background(task.sleep, 3600) end
            task.yield()
            print "over"
            """)
        #expect(result.status == 0 && result.output == "over\n", "\(result.error)")
    }
}
