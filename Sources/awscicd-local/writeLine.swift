#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// One line to a descriptor at once, so that lines of many calls do not mix.
func writeLine(_ line: String, to descriptor: Int32) {
    let bytes = Array((line + "\n").utf8)
    _ = write(descriptor, bytes, bytes.count)
}
