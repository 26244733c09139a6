extension Image {
    /// Throws when the checksum does not match or when any record is not as the format has it. Reads the whole image,
    /// which takes a second or so: for images from files, not for the one in the binary.
    func verify() throws(ModelFailure) {
        guard bodyChecksum == u32(ImageFormat.Field.checksum) else {
            throw ModelFailure("the model image is damaged: its checksum does not match; compile it again")
        }
        for index in 0..<serviceCount {
            let storage = try ServiceStorage(image: self, entry: serviceEntry(index))
            guard storage.isSound else { throw ModelFailure("the model image is broken at service \(storage.name)") }
        }
        for place in 0..<ruleSetCount {
            guard let offset = ruleSet(place) else { continue }
            _ = try EndpointRules(cursor(at: offset), prefix: "", partitions: .none)
        }
        if partitions > 0 {
            var cursor = cursor(at: partitions)
            _ = Partitions(&cursor)
            guard !cursor.isBroken else { throw ModelFailure("the model image is broken at the partitions") }
        }
    }
}

extension ServiceStorage {
    /// Whether every record can be read and refers only to shapes that exist.
    var isSound: Bool {
        let shapesAreSound = (0..<shapeCount).allSatisfy { index in
            check(ImageFormat.Block.shapes, index) { cursor in
                ShapeNode(index: index, &cursor).members.allSatisfy { $0.shapeIndex < shapeCount }
            }
        }
        let operationsAreSound = (0..<operationCount).allSatisfy { index in
            check(ImageFormat.Block.operations, index) { cursor in
                let node = OperationNode(&cursor)
                return (node.errors + [node.input, node.output].compactMap { $0 }).allSatisfy { $0 < shapeCount }
            }
        }
        return shapesAreSound && operationsAreSound
            && (0..<paginatorCount).allSatisfy { index in
                check(ImageFormat.Block.paginators, index) { cursor in
                    _ = Paginator(&cursor)
                    return true
                }
            }
            && (0..<waiterCount).allSatisfy { index in
                check(ImageFormat.Block.waiters, index) { cursor in
                    _ = Waiter(&cursor)
                    return true
                }
            }
    }

    private func check(_ table: Int, _ index: Int, _ read: (inout ImageCursor) -> Bool) -> Bool {
        var cursor = cursor(table, index)
        return read(&cursor) && !cursor.isBroken
    }
}
