import AWSClient
import AWSModel
import LuaVM

extension AWSValue {
    /// The value for scripts; see ``AnswerWriter``. Null is nil, except inside of lists and maps.
    var lua: LuaWriter {
        var writer = LuaWriter()
        if case .null = self { writer.nil() } else { write(to: &writer) }
        return writer
    }

    /// As part of what is being written.
    func write(to writer: inout LuaWriter) {
        var sink = AnswerWriter(continuing: &writer)
        sink.value(self)
        writer = sink.writer
    }
}

extension ResponseMetadata {
    /// What `aws.metadata(result)` gives.
    var lua: LuaWriter {
        var writer = LuaWriter()
        writer.table(entries: 3) { table in
            table["request_id"] = requestID
            table["status"] = status
            table["attempts"] = attempts
        }
        return writer
    }
}
