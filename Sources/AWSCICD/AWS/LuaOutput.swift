import AWSClient
import AWSModel
import LuaVM

extension AWSValue {
    /// The value for scripts: structures, maps and lists are tables (a list stays one when it is empty), timestamps are
    /// numbers (whole seconds are whole), blobs and bodies strings, a body in a file is `{ file = path, … }`.
    func write(to writer: inout LuaWriter) {
        switch self {
        case .null: writer.null()
        case .bool(let value): writer.value(value)
        case .integer(let value): writer.value(value)
        case .double(let value): writer.value(value)
        case .timestamp(let seconds):
            if let whole = Int64(exactly: seconds) { writer.value(whole) } else { writer.value(seconds) }
        case .string(let value): writer.value(value)
        case .blob(let bytes), .body(.bytes(let bytes)): writer.string(bytes)
        case .body(.file(let path, let offset, let length)):
            writer.table(entries: 3) { table in
                table["file"] = path
                table["offset"] = offset
                table["length"] = length
            }
        case .list(let elements):
            writer.beginTable(items: elements.count, entries: 0, isSequence: true)
            for element in elements { element.write(to: &writer) }
            writer.endTable()
        case .map(let map): Self.write(map, to: &writer, metatable: nil)
        }
    }

    private static func write(_ map: AWSMap, to writer: inout LuaWriter, metatable: LuaReference?) {
        writer.beginTable(items: 0, entries: map.count, isSequence: false, metatable: metatable)
        map.withEntries { keys, values in
            for place in keys.indices {
                writer.value(keys[place])
                values[place].write(to: &writer)
            }
        }
        writer.endTable()
    }

    /// An operation's output: the outermost table has the methods of results.
    func result(metatable: LuaReference) -> LuaWriter {
        var writer = LuaWriter()
        if case .map(let map) = self {
            Self.write(map, to: &writer, metatable: metatable)
        } else {
            write(to: &writer)
        }
        return writer
    }

    /// Any value; null is nil, except inside of lists and maps.
    var lua: LuaWriter {
        var writer = LuaWriter()
        if case .null = self { writer.nil() } else { write(to: &writer) }
        return writer
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
