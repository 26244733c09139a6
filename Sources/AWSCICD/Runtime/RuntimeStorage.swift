/// Names a value that a module keeps in a runtime, one for each.
///
/// ```swift
/// enum LogSettings: RuntimeStorageKey { typealias Value = Settings }
/// runtime[LogSettings.self] = Settings(level: .info)
/// ```
public protocol RuntimeStorageKey {
    associatedtype Value
}

extension Runtime {
    public subscript<Key: RuntimeStorageKey>(key: Key.Type) -> Key.Value? {
        get { storage[ObjectIdentifier(key)] as? Key.Value }
        set { storage[ObjectIdentifier(key)] = newValue }
    }
}
