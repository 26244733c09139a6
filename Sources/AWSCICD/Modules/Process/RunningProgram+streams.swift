import Subprocess
import SystemPackage

// The kinds of stream that a program can be given. Subprocess tells them apart by type; opened as existentials they can
// be combined freely (see RunningProgram.launch).

protocol InputSide: Sendable {
    associatedtype Kind: InputProtocol
    func kind() throws -> Kind
    func writer<O, E>(of execution: Execution<Kind, O, E>) -> StandardInputWriter?
    /// Gives up what was opened for a program that is not started.
    func close()
}

protocol OutputSide: Sendable {
    associatedtype Kind: OutputProtocol
    func kind() throws -> Kind
    func sequence<I, E>(of execution: Execution<I, Kind, E>) -> SubprocessOutputSequence?
    func close()
}

protocol ErrorSide: Sendable {
    associatedtype Kind: ErrorOutputProtocol
    func kind() throws -> Kind
    func sequence<I, O>(of execution: Execution<I, O, Kind>) -> SubprocessOutputSequence?
}

struct PipedInput: InputSide {
    func kind() -> CustomWriteInput { .inputWriter }
    func writer<O, E>(of execution: Execution<CustomWriteInput, O, E>) -> StandardInputWriter? {
        execution.standardInputWriter
    }
    func close() {}
}

struct DescriptorInput: InputSide {
    let descriptor: FileDescriptor
    let closes: Bool
    func kind() -> FileDescriptorInput { .fileDescriptor(descriptor, closeAfterSpawningProcess: closes) }
    func writer<O, E>(of execution: Execution<FileDescriptorInput, O, E>) -> StandardInputWriter? { nil }
    func close() { if closes { try? descriptor.close() } }
}

struct PipedOutput: OutputSide, ErrorSide {
    func kind() -> SequenceOutput { .sequence }
    func sequence<I, E>(of execution: Execution<I, SequenceOutput, E>) -> SubprocessOutputSequence? {
        execution.standardOutput
    }
    func sequence<I, O>(of execution: Execution<I, O, SequenceOutput>) -> SubprocessOutputSequence? {
        execution.standardError
    }
    func close() {}
}

struct DescriptorOutput: OutputSide, ErrorSide {
    let descriptor: FileDescriptor
    let closes: Bool
    func kind() -> FileDescriptorOutput { .fileDescriptor(descriptor, closeAfterSpawningProcess: closes) }
    func sequence<I, E>(of execution: Execution<I, FileDescriptorOutput, E>) -> SubprocessOutputSequence? { nil }
    func sequence<I, O>(of execution: Execution<I, O, FileDescriptorOutput>) -> SubprocessOutputSequence? { nil }
    func close() { if closes { try? descriptor.close() } }
}

struct MergedError: ErrorSide {
    func kind() -> CombinedErrorOutput { .combinedWithOutput }
    func sequence<I, O>(of execution: Execution<I, O, CombinedErrorOutput>) -> SubprocessOutputSequence? { nil }
}

extension Program {
    var subprocessEnvironment: Environment {
        if clearsEnvironment {
            let kept = environment.compactMap { name, value in value.map { (Environment.Key(stringLiteral: name), $0) }
            }
            return .custom(Dictionary(kept, uniquingKeysWith: { _, last in last }))
        }
        let changes = environment.map { (Environment.Key(stringLiteral: $0), $1) }
        return .inherit.updating(Dictionary(changes, uniquingKeysWith: { _, last in last }))
    }

    /// What a script is told when the program could not be started.
    func failure(from error: SubprocessError) -> ProgramFailure {
        if error.code == .executableNotFound {
            return ProgramFailure(description: "cannot run \(name): \(reasonNotFound.text)", code: reasonNotFound.code)
        }
        guard let system = error.underlyingError else {
            return ProgramFailure(description: "cannot run \(name): \(error)", code: "EIO")
        }
        let named = FileError("run", path: name, errno: system.rawValue)
        return ProgramFailure(description: named.description, code: named.code)
    }

    /// Subprocess tells a file that may not be executed as one that is not there.
    private var reasonNotFound: (text: String, code: String) {
        guard name.contains("/") else { return ("no such program on the PATH", "ENOENT") }
        let kind = (try? FSPath(name)).flatMap { try? FileSystem.status(of: $0).kind }
        switch kind {
        case nil: return ("no such program", "ENOENT")
        case .directory: return ("it is a folder", "EACCES")
        default: return ("it may not be executed (chmod +x makes a script a program)", "EACCES")
        }
    }

    func inputSide() throws -> any InputSide {
        switch input {
        case .bytes, .pipe: PipedInput()
        case .inherit: DescriptorInput(descriptor: .standardInput, closes: false)
        case .empty: DescriptorInput(descriptor: try open("/dev/null", .readOnly), closes: true)
        case .file(let path): DescriptorInput(descriptor: try open(path, .readOnly), closes: true)
        }
    }

    func outputSide() throws -> any OutputSide { try side(of: output, inherited: .standardOutput) }

    func errorSide() throws -> any ErrorSide {
        if error == .merge { return MergedError() }
        return try side(of: error, inherited: .standardError)
    }

    private func side(of output: Output, inherited: FileDescriptor) throws -> any OutputSide & ErrorSide {
        switch output {
        case .pipe, .merge: PipedOutput()
        case .inherit: DescriptorOutput(descriptor: inherited, closes: false)
        case .discard: DescriptorOutput(descriptor: try open("/dev/null", .writeOnly), closes: true)
        case .file(let path, let append):
            DescriptorOutput(
                descriptor: try open(path, .writeOnly, [.create, append ? .append : .truncate]), closes: true)
        }
    }

    private func open(
        _ path: String, _ mode: FileDescriptor.AccessMode, _ options: FileDescriptor.OpenOptions = []
    ) throws -> FileDescriptor {
        // A relative path is the script's, not the program's, whatever folder the program runs in.
        let verb = mode == .readOnly ? "read" : "write"
        var flags = mode.rawValue | options.rawValue
        flags |= FileDescriptor.OpenOptions.closeOnExec.rawValue
        return FileDescriptor(rawValue: try FileSystem.open(FSPath(path), flags, verb: verb, mode: 0o666))
    }
}
