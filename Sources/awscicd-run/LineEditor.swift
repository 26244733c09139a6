import CLineEditor

/// A line as it is typed, with arrow keys, ^R and a history, where the machine has libedit.
final class LineEditor {
    private let editor: OpaquePointer

    /// - Parameter pipe: through which signals come, as bytes.
    /// - Returns: nil without libedit.
    init?(pipe: (reader: Int32, writer: Int32)) {
        guard let editor = awscicd_editor_open(pipe.reader, pipe.writer) else { return nil }
        self.editor = editor
    }

    deinit { awscicd_editor_close(editor) }

    func next(prompt: String) -> PromptInput.Event {
        var text: UnsafePointer<CChar>?
        var length = 0
        var signal: Int32 = 0
        switch awscicd_editor_read(editor, prompt, &text, &length, &signal) {
        case AWSCICD_EDITOR_LINE:
            let bytes = UnsafeRawBufferPointer(start: text, count: length)
            return .line(String(decoding: bytes, as: UTF8.self))
        case AWSCICD_EDITOR_SIGNAL:
            return .signal(signal)
        default:
            return .end
        }
    }

    /// Adds a line to those that the arrow keys go through.
    func remember(_ line: String) { awscicd_editor_remember(editor, line) }
}
